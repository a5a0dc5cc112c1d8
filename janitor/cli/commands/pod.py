"""`janitor pod list NAME` and `janitor pod replace NAME POD`."""

from __future__ import annotations

from janitor import rules
from janitor.cli.arguments.commands import PodList, PodReplace
from janitor.cli.results import PodReplaced, PodsFound, Rehearsed
from janitor.cli.session import Session
from janitor.dcos.elements import check_pod, tasks_of
from janitor.errors import Refusal
from janitor.message import do
from janitor.uninstall.scheduler import AskedScheduler
from janitor.words import Word, called, own_command


def run(asked: PodList | PodReplace, session: Session) -> PodsFound | PodReplaced | Rehearsed:
    """List pods, or replace one. Raises JanitorError."""
    scheduler = AskedScheduler(session.site, asked.name, session.view)
    pods = scheduler.pods()
    if isinstance(asked, PodList):
        return PodsFound(pods)
    check_pod(asked.pod, pods)
    pod, tasks = asked.pod, tasks_of(asked.pod, pods)
    if asked.dry_run:
        first = f"Replace pod {called(pod)} of {asked.name}: its tasks end, and what it stored is lost"
        states = ((one, called(one.status) or "unknown") for one in tasks.values())
        ended = (f"task {called(one.name)} ({state}), {called(one.id)}" for one, state in states)
        return Rehearsed.of((first, *ended), detailed=asked.detailed)
    question = f"Replace pod {pod} of {asked.name}? What it stored where it is now is lost."
    session.insist(question, pod, yes=asked.yes)
    if tasks_of(pod, scheduler.pods()).keys() != tasks.keys():
        raise Refusal(
            f"Pod {called(pod)} changed while you were asked: it has other tasks now. Nothing was done.",
            rule=rules.O6,
            remedy=do(
                "See what it runs now:", own_command(session.site.reach, "pod", "list", Word(asked.name.strip("/")))
            ),
        )
    scheduler.send(lambda calls: calls.replace_pod(pod), "pod", "list", Word(asked.name.strip("/")))
    return PodReplaced(pod)
