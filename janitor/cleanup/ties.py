"""What ties an agent that is away to what was asked for (rule L6). Pure."""

from __future__ import annotations

from functools import lru_cache

from janitor.cleanup.asked import asks_for_resources
from janitor.cleanup.case import Case
from janitor.cleanup.job import Job
from janitor.mesos.cluster import Unknown
from janitor.mesos.roles import implied_by_znode
from janitor.words import called, foreign
from janitor.zookeeper.paths import names_of

ANY = ""
"""Stands for every agent where it cannot be told which one."""


def ties(case: Case) -> dict[str, str]:
    """agent id -> what ties it to what was asked for; every agent is tied where the tasks cannot be read."""
    tasks = case.snapshot.tasks
    if isinstance(tasks, Unknown):
        return {ANY: f"it is not known whether tasks of the role ran there: {tasks.why}"}
    owners = {f.id: f for f in case.snapshot.frameworks if _of_the_role(f.roles, f.name, case.job)}
    asked = lru_cache(maxsize=None)(lambda roles: _of_the_role(tuple(roles), "", case.job))  # few sets, many tasks
    found: dict[str, str] = {}
    for task in tasks:
        if task.agent_id in found:
            continue
        if task.unclear:
            found[task.agent_id] = f"what task {foreign(task.name, 80)} used there cannot be read"
        elif task.framework_id in owners or asked(task.roles):
            name = owners[task.framework_id].name if task.framework_id in owners else task.framework_id
            found[task.agent_id] = f"framework {called(name)} had a task there"
    return found


def _of_the_role(roles: tuple[str, ...], name: str, job: Job) -> bool:
    if asks_for_resources(job) and job.role in roles:
        return True
    return any(implied_by_znode(job.path, role) for role in roles) or (name != "" and name in names_of(job.path))
