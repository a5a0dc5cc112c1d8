"""The next step of an uninstall: a pure function of what is seen. Resuming, zombies and dry runs follow from it."""

from __future__ import annotations

from dataclasses import dataclass

from janitor.dcos.scheduler import Plan
from janitor.mesos.cluster import Framework, Unknown
from janitor.uninstall.service import is_uninstalling
from janitor.uninstall.situation import Away, Choice, Situation, WaitLimits, Way
from janitor.uninstall.stuck import StuckStep


@dataclass(frozen=True, slots=True)
class Step:
    """Something to do. `what` says it to the operator; `ask` what is asked first, None for what needs no word."""

    what: str
    ask: str | None = None


@dataclass(frozen=True, slots=True)
class StartUninstall(Step):
    """Have Cosmos uninstall the package: by its scheduler, or by deletion and teardown (cosmos: UninstallHandler)."""

    package: str = ""
    app_id: str = ""


@dataclass(frozen=True, slots=True)
class DeleteApp(Step):
    """Delete the scheduler's app from Marathon."""

    app_id: str = ""


@dataclass(frozen=True, slots=True)
class ShutDown(Step):
    """Tear a framework down with all its tasks."""

    framework_id: str = ""


@dataclass(frozen=True, slots=True)
class Force(Step):
    """Force one step of the plan that cannot end by itself."""

    stuck: StuckStep | None = None


@dataclass(frozen=True, slots=True)
class CleanUp(Step):
    """Remove what is left of reservations, volumes and znode, and prove all of it gone."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Nothing to do but look again."""

    what: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """It does not go on by itself: why, and the exact next command."""

    why: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left to do. `why` says more where that needs saying."""

    why: str = ""


Next = Step | Wait | Stuck | Done


def choose_way(situation_app_modern: bool, has_package: bool, dcos: tuple[int, int] | None) -> tuple[Way, str]:
    """Which way fits, and why.

    situation_app_modern: the app carries the label that Cosmos goes by; dcos: (major, minor), None when not told.
    """
    if situation_app_modern and (dcos is None or dcos >= (1, 10)):
        return "modern", "its scheduler uninstalls itself (label DCOS_COMMONS_UNINSTALL)"
    if situation_app_modern:
        return "legacy", f"DC/OS {dcos[0]}.{dcos[1]} is older than 1.10" if dcos else "DC/OS is older than 1.10"
    if has_package:
        return "legacy", "its package cannot uninstall itself (no label DCOS_COMMONS_UNINSTALL)"
    return "manual", "it is no package of Cosmos, or its app is gone"


def next_step(situation: Situation, choice: Choice, limits: WaitLimits) -> Next:
    """What to do now, by what is seen alone: a run that was interrupted goes on where it was."""
    app = situation.service.app
    if app is not None and situation.strangers and not situation.frameworks and situation.done:
        names = ", ".join(framework.id for framework in situation.strangers)
        return Done(f"A service of the same name was installed meanwhile (framework {names}); it is left alone.")
    if app is not None:
        return _with_app(situation, choice, limits)
    if situation.frameworks:
        return _shut_down(situation.frameworks[0])
    if isinstance(situation.tasks, Unknown) or situation.tasks:
        count = situation.tasks if isinstance(situation.tasks, int) else "its"
        return Wait(f"{count} tasks to end")
    if situation.strangers:
        names = ", ".join(framework.id for framework in situation.strangers)
        return Done(f"Framework {names} of the same name is not the one that was uninstalled; it is left alone.")
    if "clean" not in situation.done:
        return CleanUp("Remove what is left of reservations, volumes and znode, and prove it gone")
    return Done()


def _with_app(situation: Situation, choice: Choice, limits: WaitLimits) -> Next:
    service = situation.service
    app = service.app
    assert app is not None
    if situation.way == "manual":
        return _delete(situation, f"Delete {service.app_id} from Marathon: its scheduler ends, its tasks do not.")
    if not is_uninstalling(app):
        if "start" in situation.done:
            return Wait(f"Cosmos to stop {service.app_id}")
        return _start(situation, choice)
    if situation.way == "legacy":
        return Wait(f"Cosmos to stop {service.app_id}")
    return _watch(situation, choice, limits)


def _start(situation: Situation, choice: Choice) -> Next:
    service = situation.service
    package = choice.package or service.package
    if package is None:
        return Stuck(
            f"{service.app_id} carries no label DCOS_PACKAGE_NAME: Cosmos does not know it.",
            f"Name its package with --package, or go the manual way: janitor uninstall {service.name} --manual",
        )
    question = f"Uninstall {service.name}? Its data is lost; this cannot be undone."
    if situation.way == "modern":
        question = f"Uninstall {service.name}? Its data is lost, and an uninstall that has begun cannot be cancelled."
    return StartUninstall(
        f"Have Cosmos uninstall package {package} of {service.app_id}", question, package, service.app_id
    )


def _watch(situation: Situation, choice: Choice, limits: WaitLimits) -> Next:
    """The scheduler uninstalls: what it waits for, what is stuck, and when it is a zombie."""
    service, plan = situation.service, situation.plan
    if plan is None:
        return Wait("the scheduler to begin its uninstall")
    if isinstance(plan, Away):
        return _away(situation, plan, limits)
    if plan.complete:
        return _zombie(situation, limits)
    safe = [stuck for stuck in situation.stuck if stuck.safe]
    if safe and choice.force_missing:
        first = safe[0]
        return Force(f"Force {first.phase.name} / {first.step.name}: {first.why}", None, first)
    if safe and len(safe) == len(situation.stuck) and _rest_is_done(plan):
        why = f"{len(safe)} steps of {service.name}'s uninstall cannot end by themselves: {safe[0].why}"
        return Stuck(why, f"Force them: janitor uninstall {service.name} --force-complete-missing")
    return Wait(_progress(plan, situation.stuck))


def _rest_is_done(plan: Plan) -> bool:
    """Whether all but unreserving, and what waits for it, is over."""
    return all(
        phase.status == "COMPLETE"
        for phase in plan.phases
        if not phase.name.startswith(("unreserve-resources", "resource-phase", "deregister"))
    )


def _progress(plan: Plan, stuck: tuple[StuckStep, ...]) -> str:
    steps = [step for phase in plan.phases for step in phase.steps]
    done = sum(step.status == "COMPLETE" for step in steps)
    first = f"; {stuck[0].step.name}: {stuck[0].why}" if stuck else ""
    return f"the scheduler's uninstall: {done} of {len(steps)} steps{first}"


def _away(situation: Situation, away: Away, limits: WaitLimits) -> Next:
    name = situation.service.name
    if away.seconds < limits.scheduler_away:
        return Wait(f"the scheduler of {name} to answer ({away.why})")
    return Stuck(
        f"The scheduler of {name} has not answered for {away.seconds:.0f} s: {away.why}",
        f"Look at its task in Marathon. If it never comes back, go the manual way: janitor uninstall {name} --manual",
    )


def _zombie(situation: Situation, limits: WaitLimits) -> Next:
    """The plan is COMPLETE: Cosmos removes the app, unless it has given up, was restarted, or its token expired."""
    service = situation.service
    if situation.frameworks:
        return Wait(f"framework {situation.frameworks[0].id} to be gone")
    if situation.complete_for < limits.zombie_after:
        return Wait(f"Cosmos to remove {service.app_id}: its uninstall is complete")
    why = f"The scheduler of {service.name} is finished and was not removed: its plan is COMPLETE, its framework gone."
    return _delete(situation, why)


def _delete(situation: Situation, why: str) -> Next:
    app_id = situation.service.app_id
    if "delete" in situation.done:
        return Wait(f"Marathon to remove {app_id}")
    return DeleteApp(why, f"Delete app {app_id} from Marathon?", app_id)


def _shut_down(framework: Framework) -> ShutDown:
    state = "active" if framework.active else "inactive"
    held = len(framework.allocated)
    return ShutDown(
        f"Shut down framework {framework.name} ({framework.id}, {state}, holds {held} items)",
        f"Shut down framework {framework.id} ({framework.name}) with all its tasks?",
        framework.id,
    )
