"""Pods whose agent never returns: they can be replaced only before the uninstall begins. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from janitor.dcos.scheduler import PodInstance
from janitor.mesos.cluster import Roll, Snapshot, Unknown


def lost_pods(pods: Iterable[PodInstance], snapshot: Snapshot, lost: frozenset[str]) -> tuple[tuple[str, str], ...]:
    """(pod instance, agent id) of those that had a task on an agent that is gone, or lost on the operator's word.

    Once a scheduler uninstalls, it serves its pods no more (dcos-commons: UninstallScheduler.getHTTPEndpoints).
    """
    if isinstance(snapshot.tasks, Unknown):
        return ()
    gone = lost | (snapshot.roll.gone if isinstance(snapshot.roll, Roll) else frozenset())
    at = {task.name: task.agent_id for task in snapshot.tasks if task.agent_id in gone}
    elsewhere = {task.name for task in snapshot.tasks if task.agent_id not in gone and not task.ended}
    return tuple(
        (pod.name, next(at[task.name] for task in pod.tasks if task.name in at))
        for pod in pods
        if any(task.name in at and task.name not in elsewhere for task in pod.tasks)
    )
