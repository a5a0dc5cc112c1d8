"""The next step of an uninstall: a pure function of what is seen. Resuming, zombies and dry runs follow from it."""

from __future__ import annotations

from janitor.cleanup.refusals import clusters_own
from janitor.dcos.naming import is_clusters_own
from janitor.dcos.scheduler import COMPLETE, Phase, Plan
from janitor.dcos.scheduler import Step as PlanStep
from janitor.mesos.cluster import Framework, Unknown
from janitor.rules import CLUSTER_FRAMEWORK
from janitor.uninstall.service import is_uninstalling
from janitor.uninstall.situation import Away, Choice, Situation, WaitLimits, Way
from janitor.uninstall.steps import (
    CleanUp,
    DeleteApp,
    Done,
    Force,
    Next,
    ReplacePod,
    ShutDown,
    StartUninstall,
    Stuck,
    Wait,
)
from janitor.uninstall.stuck import RESOURCE_PHASES, StuckStep
from janitor.words import called, command, counted, foreign, listed


def choose_way(labelled: bool, has_package: bool, dcos: tuple[int, int] | None) -> tuple[Way, str]:
    """Which way fits, and why.

    labelled: the app carries the label that Cosmos goes by; dcos: (major, minor), None when that cannot be told.
    """
    if labelled and (dcos is None or dcos >= (1, 10)):
        return "modern", "its scheduler uninstalls itself (label DCOS_COMMONS_UNINSTALL)"
    if labelled and dcos is not None:
        return "legacy", f"DC/OS {dcos[0]}.{dcos[1]} cannot have a scheduler uninstall itself (1.10 and later can)"
    if has_package:
        return "legacy", "its package cannot uninstall itself (no label DCOS_COMMONS_UNINSTALL)"
    return "manual", "it is no package of Cosmos, or its app is gone"


def next_step(situation: Situation, choice: Choice, limits: WaitLimits) -> Next:
    """What to do now, by what is seen alone: a run that was interrupted goes on where it was."""
    app = situation.service.app
    if not choice.cluster_framework and (own := _clusters_own(situation)) is not None:
        refusal = clusters_own(own)
        lift = command("--override", CLUSTER_FRAMEWORK)
        return Stuck(refusal.cited, f"{refusal.remedy}. To go ahead all the same: {lift}", refusal.exit_status)
    if situation.replaced or (app is not None and situation.strangers and not situation.frameworks):
        return _left_alone(situation, f"App {situation.service.app_id} was installed anew meanwhile")
    if app is not None:
        return _with_app(situation, choice, limits)
    if situation.frameworks:
        return _without_app(situation, situation.frameworks[0], choice)
    if isinstance(situation.tasks, Unknown):
        return Wait(f"its tasks to end, which cannot be seen: {situation.tasks.why}")
    if situation.tasks:
        return Wait(f"{situation.tasks} {'tasks' if situation.tasks > 1 else 'task'} of it to end")
    if situation.strangers:
        names = listed(framework.id for framework in situation.strangers)
        return _left_alone(situation, f"Framework {names} of the same name came later")
    if "clean" not in situation.done:
        return CleanUp("Remove what is left of reservations, volumes and znode, and prove it gone")
    return Done()


def _clusters_own(situation: Situation) -> str | None:
    """The name of a framework of the cluster's own, where the service is one."""
    seen = [(situation.service.name, None), *((one.name, one.principal) for one in situation.frameworks)]
    return next((name for name, principal in seen if is_clusters_own(name, principal)), None)


def _left_alone(situation: Situation, why: str) -> Next:
    """Another service of the same name is there: only what names this one's framework can still be told apart."""
    ids = situation.service.framework_ids
    if "clean" not in situation.done and any(held.framework_id in ids for held in situation.reserved):
        return CleanUp(f"{why}. Remove what names the old framework, and nothing else")
    return Done(f"{why}: another service, which is left alone.")


def _with_app(situation: Situation, choice: Choice, limits: WaitLimits) -> Next:
    service = situation.service
    app = service.app
    assert app is not None
    if situation.way == "manual":
        return _delete(situation, f"Delete {service.app_id} from Marathon: its scheduler ends, its tasks do not")
    if situation.way == "legacy" or not is_uninstalling(app):
        if "start" in situation.done:
            return Wait(f"Cosmos to stop {service.app_id}")
        return _before_the_start(situation, choice, limits) or _start(situation, choice)
    return _watch(situation, choice, limits)


def _before_the_start(situation: Situation, choice: Choice, limits: WaitLimits) -> Next | None:
    """Pods on agents that never return can be moved now, and never again: their steps would wait for ever.

    None when there are none, or they are to be forced (or left) afterwards.
    """
    if situation.way != "modern" or choice.force_missing:
        return None
    lost = [pod for pod in situation.away_pods if pod.lost and pod.name not in situation.kept_pods]
    if not lost:
        return None
    if situation.replaced_for > limits.pods_elsewhere:
        names = listed(pod.name for pod in lost)
        return Stuck(
            f"{names} did not start on another agent within {limits.pods_elsewhere:.0f} s.",
            f"Go on without: {_uninstall(situation, '--force-complete-missing')}",
        )
    waiting = [pod for pod in lost if pod.name in situation.moved_pods]
    if len(waiting) == len(lost):
        return Wait(f"pod {called(lost[0].name)} to start on another agent")
    pod = next(pod for pod in lost if pod.name not in situation.moved_pods)
    return ReplacePod(
        f"Replace pod {called(pod.name)}: it was on agent {pod.agent_id}, which never returns",
        f"Replace pod {called(pod.name)} before the uninstall? It was on agent {pod.agent_id}, which never returns; "
        "afterwards its steps would have to be forced.",
        pod.name,
    )


def _start(situation: Situation, choice: Choice) -> Next:
    service = situation.service
    package = choice.package or service.package
    if package is None:
        return Stuck(
            f"{service.app_id} carries no label DCOS_PACKAGE_NAME: Cosmos does not know it.",
            f"Name its package with --package, or go the manual way: {_uninstall(situation, '--manual')}",
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
        return Force(f"Force {called(first.phase.name)} / {called(first.step.name)}. {first.why}", None, first)
    if safe and len(safe) == len(situation.stuck) and _rest_is_done(plan):
        steps = "1 step" if len(safe) == 1 else f"{len(safe)} steps"
        why = f"{steps} of {service.name}'s uninstall cannot end by {'itself' if len(safe) == 1 else 'themselves'}."
        again = [word for agent in choice.lost_agents[:20] for word in ("--lost-agent", agent)]
        remedy = f"Force them: {_uninstall(situation, '--force-complete-missing', *again)}"
        return Stuck(f"{why} {safe[0].why}", remedy)
    if (failed := _failed(plan)) is not None and not situation.stuck:
        return _explain_failure(service.name, plan, *failed)
    return Wait(_progress(plan, situation.stuck))


def _rest_is_done(plan: Plan) -> bool:
    """Whether all but unreserving, and what waits for it, is over."""
    return all(
        phase.status == COMPLETE for phase in plan.phases if not phase.name.startswith((*RESOURCE_PHASES, "deregister"))
    )


def _failed(plan: Plan) -> tuple[Phase, PlanStep] | None:
    """A step that ended in an error and is not tried again, such as tls-cleanup when its secrets cannot be read."""
    return next(((phase, step) for phase in plan.phases for step in phase.steps if step.status == "ERROR"), None)


def _explain_failure(name: str, plan: Plan, phase: Phase, step: PlanStep) -> Stuck:
    said = foreign(plan.errors[0] if plan.errors else step.message) or "it does not say why"
    force = command("janitor", "plan", "force-complete", name, plan.name, phase.name, step.name)
    return Stuck(
        f"{called(phase.name)} / {called(step.name)} failed: {said}",
        f"Its scheduler's log says more. To go on without it, leaving behind what it would have removed: {force}",
    )


def _progress(plan: Plan, stuck: tuple[StuckStep, ...]) -> str:
    """How far it is, and what is worth knowing most: what is not merely waiting for its turn."""
    steps = [step for phase in plan.phases for step in phase.steps]
    done = sum(step.status == COMPLETE for step in steps)
    first = next((one for one in stuck if one.kind != "offered"), None)
    more = f"; {called(first.step.name)}: {first.why}" if first is not None else ""
    errors = f"; its scheduler reports: {foreign(plan.errors[0])}" if plan.errors else ""
    return f"the scheduler's uninstall, {done} of {len(steps)} steps are COMPLETE{more}{errors}"


def _away(situation: Situation, away: Away, limits: WaitLimits) -> Next:
    name = situation.service.name
    if away.seconds < limits.scheduler_away:
        return Wait(f"the scheduler of {name} to answer: {away.why}")
    manual = _uninstall(situation, "--manual")
    return Stuck(
        f"The scheduler of {name} has not answered for {away.seconds:.0f} s: {away.why}",
        f"Look at its task in Marathon. If it never comes back, go the manual way: {manual}",
    )


def _zombie(situation: Situation, limits: WaitLimits) -> Next:
    """The plan is COMPLETE: Cosmos removes the app, unless it has given up, was restarted, or its token expired."""
    service = situation.service
    if situation.frameworks:
        return Wait(f"framework {situation.frameworks[0].id} to be gone: its uninstall is complete")
    if situation.complete_for < limits.zombie_after:
        return Wait(
            f"Cosmos to remove {service.app_id}: its uninstall is complete. If it has not within "
            f"{limits.zombie_after:.0f} s, you will be asked whether to delete it"
        )
    why = (
        f"The scheduler of {service.name} has done its work and was not removed: its plan is COMPLETE and its "
        "framework gone, but Cosmos has given up (it was restarted, or its token expired)"
    )
    return _delete(situation, why)


def _delete(situation: Situation, why: str) -> Next:
    app_id = situation.service.app_id
    if "delete" in situation.done:
        return Wait(f"Marathon to remove {app_id}")
    data = "" if isinstance(situation.plan, Plan) and situation.plan.complete else " The service's data is lost."
    return DeleteApp(why, f"Delete app {app_id} from Marathon?{data}", app_id)


def _without_app(situation: Situation, framework: Framework, choice: Choice) -> Next:
    """Its framework is there and its app is not: only a scheduler that runs is a reason for doubt.

    Marathon shows an app only to those who may see it (Enterprise), and not every scheduler runs on this Marathon.
    """
    if framework.active and not situation.done and choice.way is None:
        name = situation.service.name
        manual = _uninstall(situation, "--manual")
        return Stuck(
            f"Framework {framework.id} of {name} is active, so its scheduler runs; yet Marathon shows no app "
            f"{situation.service.app_id}. These credentials may not see it, or it runs somewhere else.",
            f"Look with credentials that may. If there really is no app, say so: {manual}",
        )
    return _shut_down(framework)


def _shut_down(framework: Framework) -> ShutDown:
    state = "active" if framework.active else "inactive"
    held = len(framework.allocated)
    return ShutDown(
        f"Shut down framework {called(framework.name)} ({framework.id}, {state}, holds {counted(held, 'item')})",
        f"Shut down framework {framework.id} ({called(framework.name)}) with all its tasks? Their data is lost.",
        framework.id,
        framework.principal,
    )


def _uninstall(situation: Situation, *options: str) -> str:
    """The command that uninstalls the service, to be pasted."""
    return command("janitor", "uninstall", situation.service.name, *options)
