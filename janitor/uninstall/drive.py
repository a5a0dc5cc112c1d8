"""Drive an uninstall to its end: survey, next step, do it, and again. What is left is explained, never guessed."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from janitor import rules
from janitor.cleanup.outcome import Outcome
from janitor.dcos.scheduler import Plan
from janitor.errors import (
    Bug,
    HttpStatus,
    Interrupted,
    JanitorError,
    NoAnswer,
    NotConfirmed,
    OutOfTime,
    Refusal,
    Unreadable,
    Untrusted,
)
from janitor.events import PlanSeen, Told, View, Waiting, Warned
from janitor.exits import Exit
from janitor.patience import Patience
from janitor.uninstall.actions import Actions
from janitor.uninstall.before import warnings
from janitor.uninstall.ended import Ended
from janitor.uninstall.explain import introduction, ways_out
from janitor.uninstall.groups import Telling, explained
from janitor.uninstall.lost import check_lost
from janitor.uninstall.next_step import next_step
from janitor.uninstall.relook import changed, other_frameworks, overtaken
from janitor.uninstall.remains import cleanup_jobs, comeback_commands, given_up
from janitor.uninstall.service import is_uninstalling
from janitor.uninstall.site import Site
from janitor.uninstall.situation import Away, Choice, Situation, WaitLimits
from janitor.uninstall.steps import CleanUp, Done, Force, ReplacePod, StartUninstall, Step, Stuck, Wait
from janitor.uninstall.survey import Surveyor
from janitor.uninstall.tree import draw
from janitor.uninstall.verdict import name_the_znode, summary, unknown_znode
from janitor.words import called, command

_log = logging.getLogger(__name__)

Confirm = Callable[[str, str], bool]
"""Asked before what cannot be undone: (question, the name to type) -> whether it was confirmed."""

TOKEN_SOON = 3600.0
"""Seconds: Cosmos goes on with this run's token for as long as the uninstall takes."""

LONGEST_PAUSE = 5.0
"""Seconds between two looks at what takes long; and for so long the steps that a look found safe may be forced."""


MOST_TOLD = 20
"""Steps of one cause that are told one by one while they are forced."""


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
    _first: Situation | None = None
    _situation: Situation | None = None
    _taken: list[str] = field(default_factory=list)
    _cleanups: list[Outcome] = field(default_factory=list)
    _waited: dict[str, float] = field(default_factory=dict)
    _telling: Telling = field(default_factory=Telling)
    _idle: int = 0

    def __post_init__(self) -> None:
        self._actions = Actions(self.site, self.surveyor, self.view)

    def run(self) -> Ended:
        """Go on to the end.

        Raises UsageError for a service that is not there, and what keeps a first look from being taken; everything
        after that is in the result.
        """
        situation = self._first = self._situation = self.surveyor.look()
        check_lost(self.choice, situation)
        self.view(
            Told(f"Service {called(situation.service.name)}", introduction(situation, self.surveyor.why, self.choice))
        )
        for warning in warnings(situation, self.choice):
            self.view(Warned(warning))
        try:
            return self._to_the_end(situation)
        except Interrupted as error:
            return self._ended(error.exit_status, self._interrupted(), self._go_on())
        except OutOfTime as error:
            why = f"{error.message} {self._explained()}".strip()
            return self._ended(error.exit_status, why, self._go_on())
        except (Refusal, NotConfirmed) as error:
            return self._ended(error.exit_status, error.cited, error.remedy)
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
                return self._ended(following.status, following.why, following.remedy)
            if isinstance(following, Done):
                return self._done(situation, following)
            if self.dry_run:
                return self._rehearsed(situation, following)
            if isinstance(following, CleanUp):
                failed = self._clean(situation, following)
                if failed is not None:
                    return self._ended(failed.status, "The clean-up at the end is not complete.", self._go_on())
            elif isinstance(following, Force):
                self._force(situation)
            elif isinstance(following, Step):
                self._take(following, situation)
            else:
                self._wait(following.what)
            situation = self._situation = self._look_again()

    def _show(self, situation: Situation) -> None:
        """The plan as it stands, and each reason why a step does not end, once."""
        if isinstance(situation.plan, Plan):
            self.view(PlanSeen(situation.plan.name, draw(situation.plan)))
        for text in self._telling.of(situation.stuck):
            self.view(Told(text))

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
        if step.ask is not None:
            name = step.pod if isinstance(step, ReplacePod) else situation.service.name
            if not self.confirm(step.ask, name):
                if isinstance(step, ReplacePod):
                    self.surveyor.kept_pods.add(step.pod)
                    return
                raise NotConfirmed("Not confirmed: nothing was done." if not self._taken else "Not confirmed.")
            situation = self._still_so(step, situation)
            if overtaken(step, situation):
                return
        self.view(Told(f"{step.what}."))
        if self._actions.take(step, situation):
            self._taken.append(step.what)
        else:
            self.patience.pause(self.every)

    def _still_so(self, step: Step, before: Situation) -> Situation:
        """The situation after an answer. Raises Refusal when it is not the one that was asked about."""
        after = self._situation = self._look_again()
        if overtaken(step, after) and not other_frameworks(before, after):
            return after
        how = changed(step, before, after, next_step(after, self.choice, self.limits))
        if how:
            nothing = "Nothing was done." if not self._taken else "Nothing more was done."
            look = command("janitor", "status", self.surveyor.name)
            raise Refusal(
                f"{called(before.service.name)} changed while the question waited for its answer: {how}. {nothing}",
                rule=rules.O6,
                remedy=f"See what it is now: {look}",
            )
        return after

    def _force(self, situation: Situation) -> None:
        """Force what this look found safe, until it is too old to go by; the first that may not be done ends it."""
        began = self.patience.clock()
        told: Counter[str] = Counter()
        while isinstance(step := next_step(situation, self.choice, self.limits), Force) and step.stuck is not None:
            told[step.stuck.cause] += 1
            if told[step.stuck.cause] <= MOST_TOLD:
                self.view(Told(f"{step.what}."))
            elif told[step.stuck.cause] == MOST_TOLD + 1:
                self.view(Told("The other steps of the same cause are forced, too."))
            if not self._actions.take(step, situation):
                return
            self._taken.append(step.what)
            situation = replace(situation, stuck=tuple(one for one in situation.stuck if one is not step.stuck))
            if self.patience.clock() - began > LONGEST_PAUSE:
                return
            self.patience.check("forcing what cannot end")

    def _warn_of_the_token(self) -> None:
        expires = self.site.token_expires_in()
        if expires is not None and expires < TOKEN_SOON:
            left = f"expires in {max(1, round(expires / 60))} minutes" if expires > 0 else "has expired"
            self.view(Warned(f"The token {left}; Cosmos goes on with it, and gives up silently when it is refused."))

    def _clean(self, situation: Situation, step: CleanUp) -> Outcome | None:
        """The clean-ups, one after another; the first that did not end with 0, if any."""
        self.view(Told(f"{step.what}."))
        for job in cleanup_jobs(situation, self.choice, dry_run=self.dry_run):
            outcome = self.site.clean(replace(job, reach=self.reach))
            self._cleanups.append(outcome)
            if outcome.status != Exit.CLEAN:
                return outcome
        self.surveyor.done.add("clean")
        if not self.dry_run:
            self._taken.append(step.what)
        return None

    def _rehearsed(self, situation: Situation, following: Step | Wait) -> Ended:
        """A dry run: what a run would do now; of a clean-up, how that would end."""
        if isinstance(following, CleanUp):
            failed = self._clean(situation, following)
            return self._ended(failed.status if failed is not None else Exit.CLEAN, next=following.what)
        return self._ended(
            Exit.CLEAN, next=following.what if isinstance(following, Step) else f"wait for {following.what}"
        )

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
        return explained(self._situation.stuck) if self._situation is not None else ""

    def _go_on(self) -> str:
        name = self.surveyor.name
        out = ways_out(self._situation) if self._situation is not None else ""
        go_on, look = command("janitor", "uninstall", name), command("janitor", "status", name)
        where = f"To go on: {go_on}. To see where it stands: {look}"
        return f"{where}. {out}" if out else where

    def _done(self, situation: Situation, following: Done) -> Ended:
        """Nothing is left to do. What was not looked at is not called gone: then it could not be told."""
        if following.why:
            return self._ended(Exit.CLEAN, following.why)
        untold = unknown_znode(situation, self.choice)
        assert self._first is not None
        told = summary(self._first, situation, self.choice)
        if untold:
            return self._ended(Exit.FAILED, f"{told} {untold}", name_the_znode(self.surveyor.name))
        return self._ended(Exit.CLEAN, summary=told)

    def _ended(
        self, status: Exit, why: str = "", remedy: str | None = None, *, next: str = "", summary: str = ""
    ) -> Ended:
        situation, service = self._situation, self.surveyor.service
        lost = given_up(situation) if situation is not None else ()
        return Ended(
            status=status,
            situation=situation,
            why=why,
            summary=summary,
            remedy=remedy,
            next=next,
            taken=tuple(self._taken),
            cleanups=tuple(self._cleanups),
            given_up=lost,
            comebacks=comeback_commands(lost, service, self.reach) if service is not None else (),
        )
