"""Verbs about frameworks and their tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypedDict, Unpack

from janitor.sandbox.mesos.cluster import resources
from janitor.sandbox.mesos.frameworks import FrameworkInfo, Scheduler
from janitor.sandbox.mesos.verbs_base import OnCluster


class Info(TypedDict, total=False):
    """What a framework may say of itself beside its name, roles and principal; see `FrameworkInfo`."""

    user: str
    failover_timeout: float
    checkpoint: bool
    multi_role: bool
    webui_url: str
    hostname: str


class FrameworkVerbs(OnCluster):
    """Frameworks go by their ids."""

    def subscribe(
        self,
        name: str,
        role: str | Sequence[str],
        principal: str | None = None,
        *,
        id: str = "",
        holds_offers: bool = False,
        **info: Unpack[Info],
    ) -> str:
        """A framework; its id, a new one unless it is given. `holds_offers`: it takes what is free, and keeps it."""
        roles = (role,) if isinstance(role, str) else tuple(role)
        scheduler = Scheduler(FrameworkInfo(id, name, roles, principal, **info), holds_offers=holds_offers)
        return self._world.subscribe(scheduler).info.id

    def run_task(
        self,
        framework: str,
        agent: str,
        *,
        role: str | None = None,
        name: str | None = None,
        labels: Mapping[str, str] | None = None,
        **amounts: float | str,
    ) -> str:
        """A task on the whole of the role's free dynamic reservations there, and on free `amounts`; its id."""
        info = self._world.schedulers[framework].info
        role = role or info.roles[0]
        held = [item for item in self._leader().agents[agent].free() if item.is_dynamic and item.role == role]
        items = [*held, *resources(amounts)]
        task = self._world.run_task(framework, agent, items, name=name or f"{info.name}-task", role=role)
        task.labels.update(labels or {})
        return task.id

    def end_task(self, framework: str, task: str, state: str = "TASK_FINISHED") -> None:
        """A task ends by itself."""
        self._world.end_task(framework, task, state)

    def disconnect(self, framework: str) -> None:
        """Its scheduler goes away; its tasks run on."""
        self._world.disconnect_framework(framework)

    def reconnect(self, framework: str) -> None:
        """Its scheduler subscribes again."""
        self._world.subscribe(self._world.schedulers[framework])

    def teardown(self, framework: str) -> None:
        """It is completed: torn down, or finished by itself. Its executors end a moment later."""
        self._world.teardown(framework)

    def forget(self, framework: str) -> None:
        """The master no longer lists it as completed."""
        leader = self._leader()
        kept = [one for one in leader.completed if one.info.id != framework]
        leader.completed.clear()
        leader.completed.extend(kept)
        leader.touch()

    def finish_executors(self) -> None:
        """Executors that are shutting down are over."""
        self._world.network.finish_executors()
