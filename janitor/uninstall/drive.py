"""Drive an uninstall to its end: survey, next step, do it, and again. What is left is explained, never guessed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from janitor.cleanup.outcome import Outcome
from janitor.dcos.scheduler import NoSuchElement, Plan, SchedulerAway
from janitor.errors import HttpStatus, Interrupted, JanitorError, NoAnswer, OutOfTime, Refusal, Unreadable, Untrusted
from janitor.events import Notice, PlanSeen, Told, View, Waiting, Warned
from janitor.mesos.cluster import Unknown
from janitor.patience import Patience
from janitor.uninstall.next_step import (
    CleanUp,
    DeleteApp,
    Done,
    Force,
    ShutDown,
    StartUninstall,
    Step,
    Stuck,
    next_step,
)
from janitor.uninstall.pods import lost_pods
from janitor.uninstall.remains import cleanup_jobs, comeback_commands
from janitor.uninstall.site import Site
from janitor.uninstall.situation import Choice, Situation, WaitLimits
from janitor.uninstall.stuck import StuckStep
from janitor.uninstall.survey import Surveyor, check_lost
from janitor.uninstall.tree import draw

Confirm = Callable[[str, str], bool]
"""Asked before what cannot be undone: (question, the name to type) -> whether it was confirmed."""

TOKEN_SOON = 3600.0
"""Seconds: Cosmos goes on with this run's token for as long as the uninstall takes."""

MOST_FORCES = 5
"""How often one step is forced before something else must be wrong: each restart of the scheduler forgets it once."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How an uninstall ended.

    status     the exit status; 0 exactly when app, framework, reservations and znode are proven gone
    why        what stands in the way; "" for nothing
    remedy     the exact next command, where there is one
    taken      the steps that were taken, in order
    cleanups   the outcomes of the clean-ups at the end
    comebacks  ready commands for what was given up on
    """

    status: int
    situation: Situation | None
    why: str = ""
    remedy: str | None = None
    taken: tuple[str, ...] = ()
    cleanups: tuple[Outcome, ...] = ()
    comebacks: tuple[str, ...] = ()


@dataclass(slots=True)
class Driver:
    """One uninstall. `every` is how long to wait between two looks, in seconds."""

    site: Site
    surveyor: Surveyor
    choice: Choice
    patience: Patience
    view: View
    confirm: Confirm
    limits: WaitLimits = field(default_factory=WaitLimits)
    every: float = 5.0
    dry_run: bool = False
    _situation: Situation | None = None
    _taken: list[str] = field(default_factory=list)
    _cleanups: list[Outcome] = field(default_factory=list)
    _forced: dict[str, int] = field(default_factory=dict)
    _given_up: list[StuckStep] = field(default_factory=list)
    _waited: dict[str, float] = field(default_factory=dict)

    def run(self) -> Ended:
        """Go on to the end.

        Raises UsageError for a service that is not there, and what keeps a first look from being taken; everything
        after that is in the result.
        """
        self._introduce(self._look_first())
        try:
            return self._to_the_end()
        except Interrupted as error:
            why = "The watching was stopped; what was begun goes on in the cluster." if self._taken else error.message
            return self._ended(error.exit_status, why, f"To go on: janitor uninstall {self.surveyor.name}")
        except OutOfTime as error:
            return self._ended(error.exit_status, f"{error.message} {self._explained()}".strip(), self._go_on())
        except Refusal as error:
            return self._ended(error.exit_status, error.message, error.remedy)
        except JanitorError as error:
            return self._ended(error.exit_status, error.message, error.remedy or self._go_on())

    def _look_first(self) -> Situation:
        situation = self._situation = self.surveyor.look()
        check_lost(self.choice, situation.snapshot.agents)
        return situation

    def _introduce(self, situation: Situation) -> None:
        """Show what the name stands for, which way applies and why, before anything is asked."""
        service = situation.service
        frameworks = ", ".join(f"{one.id} ({_state(one.active)})" for one in situation.frameworks)
        details = (
            f"way: {situation.way}, since {self.surveyor.why}",
            f"app: {service.app_id if service.app is not None else 'none'}",
            f"framework: {frameworks or 'none registered'}",
            f"roles, from {service.known_from}: {', '.join(service.roles)}",
            f"principals: {', '.join(service.principals)}",
            f"reserved: {sum(held.items for held in situation.reserved)} items",
            f"znode: {service.znode} ({_existence(situation.znode)})",
        )
        self.view(Told(f"Service {service.name}", details))
        if service.shared:
            self.view(
                Warned(f"Role {service.roles[0]} is shared with others: only what is this service's own is removed.")
            )

    def _to_the_end(self) -> Ended:
        situation = self._situation
        while situation is not None:
            following = next_step(situation, self.choice, self.limits)
            if isinstance(situation.plan, Plan):
                self.view(PlanSeen(situation.plan.name, draw(situation.plan)))
            if isinstance(following, Stuck):
                return self._ended(5, following.why, following.remedy)
            if isinstance(following, Done):
                return self._done(situation, following)
            if self.dry_run:
                what = following.what if isinstance(following, Step) else f"wait for {following.what}"
                return self._ended(0, f"A run would now: {what}")
            if isinstance(following, Step):
                self._take(following, situation)
            else:
                self._wait(following.what)
            situation = self._situation = self._look_again()
        raise AssertionError("unreachable: a look always gives a situation")

    def _look_again(self) -> Situation:
        """The next look; what passes by itself is waited out, since an uninstall restarts much on its way."""

        def attempt() -> Situation | None:
            try:
                return self.surveyor.look()
            except (Unreadable, Untrusted, OutOfTime):
                raise
            except HttpStatus as error:
                if error.status < 500:
                    raise
                self.view(Waiting(error.message, 0.0, self.patience.timeout))
            except NoAnswer as error:
                self.view(Waiting(error.message, 0.0, self.patience.timeout))
            return None

        return self.patience.poll(attempt, every=min(1.0, self.every), at_most=max(1.0, self.every))

    def _wait(self, what: str) -> None:
        now = self.patience.clock()
        since = self._waited.setdefault(what, now)
        self.view(Waiting(what, now - since, self.patience.timeout))
        self.patience.check(f"waiting for {what}")
        self.patience.pause(self.every)

    def _take(self, step: Step, situation: Situation) -> None:
        if isinstance(step, StartUninstall):
            self._before_the_start(situation)
        if step.ask is not None and not self.confirm(step.ask, situation.service.name):
            raise Refusal("Not confirmed: nothing was done." if not self._taken else "Not confirmed.", rule="O5")
        self.view(Told(step.what))
        if isinstance(step, StartUninstall):
            notes = self.site.start_uninstall(step.package, step.app_id)
            self.surveyor.done.add("start")
            self.view(Told("Cosmos has begun.", tuple(notes.splitlines())))
        elif isinstance(step, DeleteApp):
            self.site.delete_app(step.app_id)
            self.surveyor.done.add("delete")
        elif isinstance(step, ShutDown):
            self.site.shut_down(step.framework_id)
            self.surveyor.done.add("shutdown")
        elif isinstance(step, Force):
            self._force(step, situation)
        elif isinstance(step, CleanUp):
            self._clean(situation)
        self._taken.append(step.what)

    def _before_the_start(self, situation: Situation) -> None:
        """What can only be done, or has to be known, before an uninstall begins."""
        expires = self.site.token_expires_in()
        if expires is not None and expires < TOKEN_SOON:
            left = f"expires in {expires / 60:.0f} minutes" if expires > 0 else "has expired"
            self.view(Warned(f"The token {left}; Cosmos goes on with it, and gives up silently when it is refused."))
        if situation.way != "modern":
            return
        scheduler = self.site.scheduler(situation.service.scheduler_name)
        try:
            pods = scheduler.pods()
        except (SchedulerAway, NoSuchElement) as error:
            self.view(Notice(f"Its pods could not be read: {error.message}"))
            return
        for pod, agent_id in lost_pods(pods, situation.snapshot, frozenset(self.choice.lost_agents)):
            self.view(Warned(f"Pod {pod} was on agent {agent_id}, which never returns. It can be replaced only now."))
            if self.confirm(f"Replace pod {pod} first?", pod):
                scheduler.replace_pod(pod)
                self._taken.append(f"Replaced pod {pod}")

    def _force(self, step: Force, situation: Situation) -> None:
        stuck = step.stuck
        assert stuck is not None
        self._forced[stuck.step.name] = self._forced.get(stuck.step.name, 0) + 1
        if self._forced[stuck.step.name] > MOST_FORCES:
            raise Refusal(f"{stuck.step.name} was forced {MOST_FORCES} times and is not complete.", rule="P3")
        # By id: it is this very step of this very start of the scheduler; before SDK 0.30 its name cannot be addressed.
        scheduler = self.site.scheduler(situation.service.scheduler_name)
        scheduler.force_complete(stuck.plan, stuck.phase.id or stuck.phase.name, stuck.step.id or stuck.step.name)
        if stuck.given_up:
            self._given_up.append(stuck)

    def _clean(self, situation: Situation) -> None:
        for job in cleanup_jobs(situation, self.choice.lost_agents):
            self._cleanups.append(self.site.clean(job))
            if self._cleanups[-1].status != 0:
                break
        self.surveyor.done.add("clean")

    def _done(self, situation: Situation, done: Done) -> Ended:
        bad = next((outcome for outcome in self._cleanups if outcome.status != 0), None)
        if bad is not None:
            return self._ended(bad.status, "The clean-up at the end is not complete.", self._go_on())
        if not done.why:
            self.view(
                Told(f"{situation.service.name} is gone: its app, its framework, its reservations and its znode.")
            )
        return self._ended(0, done.why)

    def _explained(self) -> str:
        stuck = self._situation.stuck if self._situation is not None else ()
        return "; ".join(f"{one.step.name}: {one.why}" for one in stuck[:5])

    def _go_on(self) -> str:
        name = self.surveyor.name
        return f"To go on: janitor uninstall {name}. To see where it stands: janitor status {name}"

    def _ended(self, status: int, why: str = "", remedy: str | None = None) -> Ended:
        service = self.surveyor.service
        comebacks = comeback_commands(self._given_up, service) if service is not None else ()
        return Ended(status, self._situation, why, remedy, tuple(self._taken), tuple(self._cleanups), comebacks)


def _state(active: bool) -> str:
    return "active" if active else "inactive"


def _existence(znode: bool | Unknown) -> str:
    if isinstance(znode, Unknown):
        return f"cannot be told: {znode.why}"
    return "exists" if znode else "does not exist"
