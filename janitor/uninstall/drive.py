"""Drive an uninstall to its end: survey, next step, do it, and again. What is left is explained, never guessed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from janitor.cleanup.outcome import Outcome
from janitor.dcos.scheduler import Plan
from janitor.errors import (
    Bug,
    HttpStatus,
    Interrupted,
    JanitorError,
    NoAnswer,
    OutOfTime,
    Refusal,
    Unreadable,
    Untrusted,
)
from janitor.events import PlanSeen, Told, View, Waiting, Warned
from janitor.patience import Patience
from janitor.uninstall.actions import Actions
from janitor.uninstall.explain import introduction, ways_out
from janitor.uninstall.next_step import next_step
from janitor.uninstall.remains import cleanup_jobs, comeback_commands
from janitor.uninstall.service import is_uninstalling
from janitor.uninstall.site import Site
from janitor.uninstall.situation import Away, Choice, Situation, WaitLimits
from janitor.uninstall.steps import CleanUp, Done, Force, ReplacePod, StartUninstall, Step, Stuck, Wait
from janitor.uninstall.survey import Surveyor, check_lost
from janitor.uninstall.tree import draw
from janitor.words import command

_log = logging.getLogger(__name__)

Confirm = Callable[[str, str], bool]
"""Asked before what cannot be undone: (question, the name to type) -> whether it was confirmed."""

TOKEN_SOON = 3600.0
"""Seconds: Cosmos goes on with this run's token for as long as the uninstall takes."""

LONGEST_PAUSE = 5.0
"""Seconds between two looks at what takes long."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How an uninstall ended.

    status     the exit status; 0 exactly when app, framework, reservations and znode are proven gone
    why        what stands in the way; "" for nothing
    remedy     the exact next command, where there is one
    next       what a run would do now; a dry run's answer
    taken      the steps that were taken, in order
    cleanups   the outcomes of the clean-ups at the end
    comebacks  ready commands for what was given up on
    """

    status: int
    situation: Situation | None
    why: str = ""
    remedy: str | None = None
    next: str = ""
    taken: tuple[str, ...] = ()
    cleanups: tuple[Outcome, ...] = ()
    comebacks: tuple[str, ...] = ()


@dataclass(slots=True)
class Driver:
    """One uninstall.

    every  seconds between two looks when something moves; they double up to LONGEST_PAUSE while nothing does
    reach  the options that name the cluster, for the commands that are suggested
    """

    site: Site
    surveyor: Surveyor
    choice: Choice
    patience: Patience
    view: View
    confirm: Confirm
    limits: WaitLimits = field(default_factory=WaitLimits)
    every: float = 1.0
    dry_run: bool = False
    reach: tuple[str, ...] = ()
    _actions: Actions = field(init=False)
    _situation: Situation | None = None
    _taken: list[str] = field(default_factory=list)
    _cleanups: list[Outcome] = field(default_factory=list)
    _waited: dict[str, float] = field(default_factory=dict)
    _told: set[str] = field(default_factory=set)
    _idle: int = 0

    def __post_init__(self) -> None:
        self._actions = Actions(self.site, self.surveyor, self.view)

    def run(self) -> Ended:
        """Go on to the end.

        Raises UsageError for a service that is not there, and what keeps a first look from being taken; everything
        after that is in the result.
        """
        situation = self._situation = self.surveyor.look()
        check_lost(self.choice, situation.snapshot.agents)
        self.view(Told(f"Service {situation.service.name}", introduction(situation, self.surveyor.why)))
        for warning in _warnings(situation):
            self.view(Warned(warning))
        try:
            return self._to_the_end(situation)
        except Interrupted as error:
            return self._ended(error.exit_status, self._interrupted(), self._go_on())
        except OutOfTime as error:
            why = f"{error.message} {self._explained()}".strip()
            return self._ended(error.exit_status, why, self._go_on())
        except Refusal as error:
            return self._ended(error.exit_status, error.message, error.remedy)
        except JanitorError as error:
            return self._ended(error.exit_status, error.message, error.remedy or self._go_on())
        except Exception as error:  # what was done until then is told all the same
            _log.debug("what nobody expected:", exc_info=error)
            bug = Bug(error)
            return self._ended(bug.exit_status, bug.message, bug.remedy)

    def _to_the_end(self, situation: Situation) -> Ended:
        while True:
            following = next_step(situation, self.choice, self.limits)
            self._show(situation)
            if isinstance(following, Stuck):
                return self._ended(5, following.why, following.remedy)
            if isinstance(following, Done):
                return self._ended(0, following.why)
            if self.dry_run:
                return self._rehearsed(situation, following)
            if isinstance(following, CleanUp):
                failed = self._clean(situation, following)
                if failed is not None:
                    return self._ended(failed.status, "The clean-up at the end is not complete.", self._go_on())
            elif isinstance(following, Step):
                self._take(following, situation)
            else:
                self._wait(following.what)
            situation = self._situation = self._look_again()

    def _show(self, situation: Situation) -> None:
        """The plan as it stands, and each reason why a step does not end, once."""
        if isinstance(situation.plan, Plan):
            self.view(PlanSeen(situation.plan.name, draw(situation.plan)))
        for one in situation.stuck:
            if one.kind != "offered" and one.why not in self._told:
                self._told.add(one.why)
                same = sum(other.why == one.why for other in situation.stuck)
                steps = f"{same} steps wait" if same > 1 else f"{one.step.name} waits"
                self.view(Told(f"{one.phase.name}: {steps}. {one.why}{' Safe to force.' * one.safe}"))

    def _look_again(self) -> Situation:
        """The next look; what passes by itself is waited out, since an uninstall restarts much on its way."""
        began = self.patience.clock()
        causes: list[JanitorError] = []

        def attempt() -> Situation | None:
            try:
                return self.surveyor.look()
            except (Unreadable, Untrusted, OutOfTime):
                raise
            except HttpStatus as error:
                if error.status < 500:
                    raise
                causes[:] = [error]
            except NoAnswer as error:
                causes[:] = [error]
            return None

        def on_wait() -> None:
            waited = self.patience.clock() - began
            self.view(Waiting(f"the cluster to answer: {causes[0].message}", waited, self.patience.timeout))

        return self.patience.poll(
            attempt, every=self.every, at_most=LONGEST_PAUSE, what="looking again", on_wait=on_wait
        )

    def _wait(self, what: str) -> None:
        now = self.patience.clock()
        if what not in self._waited:
            self._idle = 0
        since = self._waited.setdefault(what, now)
        self.view(Waiting(what, now - since, self.patience.timeout))
        self.patience.check(f"waiting for {what}")
        self.patience.pause(min(self.every * 2.0 ** min(self._idle, 10), LONGEST_PAUSE))
        self._idle += 1

    def _take(self, step: Step, situation: Situation) -> None:
        """Ask where it cannot be undone, then do it."""
        if isinstance(step, StartUninstall):
            self._warn_of_the_token()
        name = step.pod if isinstance(step, ReplacePod) else situation.service.name
        if step.ask is not None and not self.confirm(step.ask, name):
            if isinstance(step, ReplacePod):
                self.surveyor.kept_pods.add(step.pod)
                return
            raise Refusal("Not confirmed: nothing was done." if not self._taken else "Not confirmed.", rule="O5")
        self.view(Told(f"{step.what}."))
        if self._actions.take(step, situation):
            self._taken.append(step.what)
        elif not isinstance(step, Force):
            self.patience.pause(self.every)

    def _warn_of_the_token(self) -> None:
        expires = self.site.token_expires_in()
        if expires is not None and expires < TOKEN_SOON:
            left = f"expires in {max(1, round(expires / 60))} minutes" if expires > 0 else "has expired"
            self.view(Warned(f"The token {left}; Cosmos goes on with it, and gives up silently when it is refused."))

    def _clean(self, situation: Situation, step: CleanUp) -> Outcome | None:
        """The clean-ups, one after another; the first that did not end with 0, if any."""
        self.view(Told(f"{step.what}."))
        for job in cleanup_jobs(situation, self.choice.lost_agents, dry_run=self.dry_run):
            outcome = self.site.clean(job)
            self._cleanups.append(outcome)
            if outcome.status != 0:
                return outcome
        self.surveyor.done.add("clean")
        if not self.dry_run:
            self._taken.append(step.what)
        return None

    def _rehearsed(self, situation: Situation, following: Step | Wait) -> Ended:
        """A dry run: what a run would do now; of a clean-up, how that would end."""
        if isinstance(following, CleanUp):
            failed = self._clean(situation, following)
            return self._ended(failed.status if failed is not None else 0, next=following.what)
        return self._ended(0, next=following.what if isinstance(following, Step) else f"wait for {following.what}")

    def _interrupted(self) -> str:
        situation = self._situation
        app = situation.service.app if situation is not None else None
        if app is not None and is_uninstalling(app):
            return "The watching was stopped; the uninstall goes on in the cluster."
        return "Stopped." if self._taken else "Stopped before anything was done."

    def _explained(self) -> str:
        """Why it does not end: the scheduler's silence, or that of the steps that are left, each reason once."""
        plan = self._situation.plan if self._situation is not None else None
        if isinstance(plan, Away):
            return f"Its scheduler does not answer: {plan.why}"
        stuck = self._situation.stuck if self._situation is not None else ()
        return " ".join(dict.fromkeys(one.why for one in stuck if one.kind != "offered"))

    def _go_on(self) -> str:
        name = self.surveyor.name
        out = ways_out(self._situation) if self._situation is not None else ""
        go_on, look = command("janitor", "uninstall", name), command("janitor", "status", name)
        where = f"To go on: {go_on}. To see where it stands: {look}"
        return f"{where}. {out}" if out else where

    def _ended(self, status: int, why: str = "", remedy: str | None = None, *, next: str = "") -> Ended:
        service = self.surveyor.service
        comebacks = comeback_commands(self._actions.given_up, service, self.reach) if service is not None else ()
        return Ended(status, self._situation, why, remedy, next, tuple(self._taken), tuple(self._cleanups), comebacks)


def _warnings(situation: Situation) -> list[str]:
    """What has to be known before it is begun."""
    warnings = [
        f"Role {role} is shared with others: only what is this service's own is removed."
        for role in situation.service.shared_roles
    ]
    for pod in situation.away_pods:
        if not pod.lost:
            warnings.append(
                f"Pod {pod.name} is on agent {pod.agent_id}, which is away: the uninstall will wait until it is back. "
                f"If it never returns, say so now ({command('--lost-agent', pod.agent_id)}): its pods can be replaced "
                "only before."
            )
    return warnings
