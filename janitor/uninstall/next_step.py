"""The next step of an uninstall: a pure function of what is seen. Resuming, zombies and dry runs follow from it."""

from __future__ import annotations

from dataclasses import replace

from janitor.cleanup.refusals import clusters_own
from janitor.dcos.naming import is_clusters_own
from janitor.mesos.cluster import Framework, Unknown
from janitor.message import Again, Message, Remedy, do
from janitor.rules import CLUSTER_FRAMEWORK, LIFTED
from janitor.uninstall.actions import CleanUp, Done, Next, ShutDown, Stuck, WaitFor
from janitor.uninstall.service import is_uninstalling
from janitor.uninstall.situation import Choice, Situation, WaitLimits
from janitor.uninstall.starting import before_the_start, start
from janitor.uninstall.watching import delete_app, watch
from janitor.words import Word, called, clause, counted, listed


def next_step(situation: Situation, choice: Choice, limits: WaitLimits) -> Next:
    """What to do now, by what is seen alone: a run that was interrupted goes on where it was."""
    app = situation.service.app
    if not choice.cluster_framework and (own := _clusters_own(situation)) is not None:
        refusal = clusters_own(own, situation.reach)
        lifted = replace(choice, cluster_framework=True)
        lift = Again("--override", CLUSTER_FRAMEWORK, otherwise=situation.paste_uninstall(lifted))
        remedy = Remedy.of(refusal.remedy or "").also(LIFTED[CLUSTER_FRAMEWORK], lift)
        return Stuck(refusal.cited, remedy, refusal.exit_status)
    if situation.replaced or (app is not None and situation.strangers and not situation.frameworks):
        return _left_alone(situation, f"App {situation.service.app_id} was installed anew meanwhile")
    if app is not None:
        return _with_app(situation, choice, limits)
    if situation.frameworks:
        return _without_app(situation, choice)
    if isinstance(situation.tasks, Unknown):
        return WaitFor(f"its tasks to end, which cannot be seen: {clause(situation.tasks.why)}")
    if situation.tasks:
        return WaitFor(f"{situation.tasks} {'tasks' if situation.tasks > 1 else 'task'} of it to end")
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
        return delete_app(situation, f"Delete {service.app_id} from Marathon: its scheduler ends, its tasks do not")
    if situation.way == "legacy" or not is_uninstalling(app):
        if "start" in situation.done:
            return WaitFor(f"Cosmos to stop {service.app_id}")
        return before_the_start(situation, choice, limits) or start(situation, choice)
    return watch(situation, choice, limits)


def _without_app(situation: Situation, choice: Choice) -> Next:
    """Its framework is there and its app is not: only a scheduler that runs is a reason for doubt.

    Marathon shows an app only to those who may see it (Enterprise), and not every scheduler runs on this Marathon.
    """
    left = [framework for framework in situation.frameworks if framework.id not in situation.shut_down]
    if not left:
        return WaitFor(f"framework {situation.frameworks[0].id} to be gone: it was shut down")
    framework = left[0]
    name = situation.service.name
    manual = situation.paste_uninstall(replace(choice, way="manual"))
    undecided = not situation.done and choice.way is None
    if situation.started_by and undecided:
        app = situation.started_by
        return Stuck(
            Message(f"Framework {framework.id} of {name} may be app {called(app)}'s", "the app is started as that"),
            do("To uninstall that app:", situation.paste("uninstall", Word(app.strip("/")), *choice.words)).also(
                "If it is not, and the framework's own app is gone, say so:", manual
            ),
        )
    if framework.active and undecided:
        return Stuck(
            Message(
                f"Framework {framework.id} of {name} is active, so its scheduler runs; yet Marathon shows no app "
                f"{situation.service.app_id}.",
                "These credentials may not see it, or it runs somewhere else.",
            ),
            do("Use credentials that may see it.").also("If there really is no app, say so:", manual),
        )
    return _shut_down(framework)


def _shut_down(framework: Framework) -> ShutDown:
    state = "active" if framework.active else "inactive"
    held = len(framework.allocated)
    return ShutDown(
        f"Shut down framework {called(framework.name)} ({framework.id}, {state}, holds {counted(held, 'resource')})",
        f"Shut down framework {framework.id} ({called(framework.name)}) with all its tasks? Their data is lost.",
        framework.id,
        framework.principal,
    )
