"""`janitor pod list NAME` and `janitor pod replace NAME POD`."""

from __future__ import annotations

from janitor import rules
from janitor.cli.arguments.commands import PodList, PodReplace
from janitor.cli.commands.site import answered, at_site
from janitor.cli.confirm import Confirm
from janitor.cli.ending import Ending
from janitor.cli.engine import Engine
from janitor.cli.environment import Environment
from janitor.cli.views.sitedocument import pods_document
from janitor.dcos.naming import near_names
from janitor.dcos.scheduler import NoSuchElement, PodInstance, Scheduler
from janitor.errors import BadAnswer, NotConfirmed, Refusal, UsageError
from janitor.exits import Exit
from janitor.words import called, listed
from janitor.words import command as command_line


def run(asked: PodList | PodReplace, env: Environment, engine: Engine) -> Ending:
    """List pods, or replace one. Raises JanitorError."""
    name = asked.name
    with at_site(asked.common, env, engine) as (site, screen, _):
        pods = answered(site, name, screen, lambda scheduler: _pods(scheduler, name))
        if isinstance(asked, PodReplace):
            pod = _known(asked.pod, pods)
            confirm = Confirm(env, screen, site.patience, yes=asked.yes)
            if not confirm(f"Replace pod {pod} of {name}? What it stored where it is now is given up.", pod):
                raise NotConfirmed("Not confirmed: nothing was done.")
            again = answered(site, name, screen, lambda scheduler: _pods(scheduler, name))
            if _tasks(pod, again) != _tasks(pod, pods):
                raise Refusal(
                    f"Pod {called(pod)} changed while the question waited for its answer: it has other tasks now. "
                    "Nothing was done.",
                    rule=rules.O6,
                    remedy=f"See what it runs now: {command_line('janitor', 'pod', 'list', name.strip('/'))}",
                )
            site.scheduler(name).replace_pod(pod)
    if isinstance(asked, PodReplace):
        env.out.line(f"Pod {pod} is being replaced.")
    elif asked.common.show.json:
        env.out.block(pods_document(pods))
    else:
        for instance in pods:
            env.out.line(called(instance.name))
            for task in instance.tasks:
                env.out.line(f"  {called(task.name)} ({called(task.status) or 'unknown'})")
    return Ending(Exit.CLEAN)


def _pods(scheduler: Scheduler, name: str) -> tuple[PodInstance, ...]:
    try:
        return scheduler.pods()
    except (NoSuchElement, BadAnswer) as error:
        raise UsageError(
            f"{name} serves no pods: it is being uninstalled, or it is no SDK service ({error.message}).",
            remedy=f"See: {command_line('janitor', 'status', name.strip('/'))}",
        ) from None


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
        remedy=f"Did you mean {called(near[0])}?" if near else f"Its pods: {listed(names)}",
    )
