"""`janitor pod list NAME` and `janitor pod replace NAME POD`."""

from __future__ import annotations

from janitor import rules
from janitor.cli.arguments.commands import PodList, PodReplace
from janitor.cli.results import PodReplaced, PodsFound, Rehearsed
from janitor.cli.session import Session
from janitor.dcos.naming import near_names
from janitor.dcos.scheduler import PodInstance
from janitor.errors import Refusal, UsageError
from janitor.message import do
from janitor.uninstall.scheduler import AskedScheduler
from janitor.words import MOST_NAMES, called, did_you_mean, listed, own_command


def run(asked: PodList | PodReplace, session: Session) -> PodsFound | PodReplaced | Rehearsed:
    """List pods, or replace one. Raises JanitorError."""
    scheduler = AskedScheduler(session.site, asked.name, session.view)
    pods = scheduler.pods()
    if isinstance(asked, PodList):
        return PodsFound(pods)
    pod = _known(asked.pod, pods)
    if asked.dry_run:
        first = f"Replace pod {called(pod)} of {asked.name}: its tasks end, and what it stored is lost"
        tasks = (task for instance in pods if instance.name == pod for task in instance.tasks)
        ended = (f"task {called(task.name)} ({called(task.status) or 'unknown'}), {called(task.id)}" for task in tasks)
        return Rehearsed.of((first, *ended), detailed=asked.detailed)
    question = f"Replace pod {pod} of {asked.name}? What it stored where it is now is lost."
    session.insist(question, pod, yes=asked.yes)
    if _tasks(pod, scheduler.pods()) != _tasks(pod, pods):
        raise Refusal(
            f"Pod {called(pod)} changed while you were asked: it has other tasks now. Nothing was done.",
            rule=rules.O6,
            remedy=do("See what it runs now:", own_command(session.site.reach, "pod", "list", asked.name.strip("/"))),
        )
    scheduler.send(lambda calls: calls.replace_pod(pod), "pod", "list", asked.name.strip("/"))
    return PodReplaced(pod)


def _tasks(pod: str, pods: tuple[PodInstance, ...]) -> set[str]:
    """The tasks of the pod by their ids, which a new start changes."""
    return {task.id for instance in pods if instance.name == pod for task in instance.tasks}


def _known(pod: str, pods: tuple[PodInstance, ...]) -> str:
    names = [instance.name for instance in pods]
    if pod in names:
        return pod
    near = near_names(pod, names)
    raise UsageError(
        f"There is no pod {pod}.",
        remedy=did_you_mean(map(called, near)) or f"Its pods: {listed(names, MOST_NAMES)}",
    )
