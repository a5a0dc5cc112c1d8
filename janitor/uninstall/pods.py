"""Pods whose agent is away: what they held there can be given up only before the uninstall begins. Pure.

Once a scheduler uninstalls, it serves its pods no more (dcos-commons: UninstallScheduler.getHTTPEndpoints).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from janitor.dcos.scheduler import PodInstance
from janitor.mesos.cluster import Roll, Snapshot, TaskPlace, Unknown


@dataclass(frozen=True, slots=True)
class AwayPod:
    """A pod instance whose last task was on an agent that is away. `lost`: that agent never returns."""

    name: str
    agent_id: str
    lost: bool


def away_pods(
    pods: Iterable[PodInstance], snapshot: Snapshot, own: frozenset[str], lost: frozenset[str]
) -> tuple[AwayPod, ...]:
    """The pods whose tasks are on no agent that answers, and were on one that does not.

    own: ids of the service's frameworks, since other services have tasks of the same names. lost: ids of agents that
    never return, on the operator's word. A pod that runs elsewhere by now is not among them.
    """
    if isinstance(snapshot.tasks, Unknown):
        return ()
    answering = frozenset(agent.id for agent in snapshot.agents if agent.served)
    gone = lost | (snapshot.roll.gone if isinstance(snapshot.roll, Roll) else frozenset())
    by_name: dict[str, list[TaskPlace]] = {}
    for task in snapshot.tasks:
        if task.framework_id in own:
            by_name.setdefault(task.name, []).append(task)
    found: list[AwayPod] = []
    for pod in pods:
        names = dict.fromkeys(task.name for task in pod.tasks)
        tasks = [task for name in names for task in by_name.get(name, ())]
        away = [task for task in tasks if task.agent_id not in answering]
        if not away or any(task.agent_id in answering and not task.ended for task in tasks):
            continue
        agent_id = _last(away, gone)
        found.append(AwayPod(pod.name, agent_id, agent_id in gone))
    return tuple(found)


def _last(tasks: list[TaskPlace], gone: frozenset[str]) -> str:
    """Where the pod was last, as far as that can be told: where a task has not ended, else on an agent that is gone."""
    open_ended = [task.agent_id for task in tasks if not task.ended]
    return next(iter(open_ended or [task.agent_id for task in tasks if task.agent_id in gone]), tasks[0].agent_id)
