"""Verbs about agents: what they hold, and what befalls them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Unpack

from janitor.sandbox.control_wire import awaited
from janitor.sandbox.mesos import messages
from janitor.sandbox.mesos.cluster import AgentSpec, Amounts, resources
from janitor.sandbox.mesos.formats import Json, from_json
from janitor.sandbox.mesos.operations import Kind
from janitor.sandbox.mesos.resources import Disk, Labels, Reservation, Resource
from janitor.sandbox.mesos.values import Scalar
from janitor.sandbox.mesos.verbs_base import OnCluster


def _labels(labels: Mapping[str, str] | None) -> Labels | None:
    return None if labels is None else tuple(labels.items())


class AgentVerbs(OnCluster):
    """What they hold is put there and taken away behind everybody's back: no operation, no authorization."""

    @awaited
    async def add_agent(self, amounts: Amounts | None = None, **spec: Unpack[AgentSpec]) -> str:
        """A new agent, see `Cluster.add_agent`; its id."""
        return (await self._cluster.add_agent(amounts, **spec)).id

    def reserve(
        self,
        agent: str,
        role: str,
        principal: str | None = None,
        *,
        labels: Mapping[str, str] | None = None,
        refines: Sequence[Json] = (),
        raw: Sequence[Json] = (),
        **amounts: float | str,
    ) -> None:
        """A dynamic reservation: `reserve(agent, "kafka-role", "kafka-principal", cpus=1, ports="[9092-9092]")`.

        `refines` are the levels below it, `raw` whole resources as Mesos writes them.
        """
        below = [
            Reservation(level.get("type", "STATIC") == "DYNAMIC", level["role"], level.get("principal"))
            for level in refines
        ]
        stack = (*below, Reservation(True, role, principal, _labels(labels)))
        self._world.place(agent, Kind.RESERVE, [*resources(amounts, stack), *self._read(raw)])

    def create_volume(
        self,
        agent: str,
        role: str,
        volume: str,
        size: float,
        principal: str | None = None,
        *,
        labels: Mapping[str, str] | None = None,
        path: str = "data",
        source: Mapping[str, Any] | None = None,
        static: bool = False,
        shared: bool = False,
    ) -> None:
        """A persistent volume with the disk reserved for it; `static`: on a disk that the agent was started with."""
        level = Reservation(False, role) if static else Reservation(True, role, principal, _labels(labels))
        disk_source = Disk.text(source)
        bare = Disk(source=disk_source) if disk_source else None
        disk = Resource("disk", Scalar(size), (level,), bare)
        whole = Disk(disk_source, volume, principal, Disk.text({"mode": "RW", "container_path": path}))
        if not static:
            self._world.place(agent, Kind.RESERVE, [disk])
        self._world.place(agent, Kind.CREATE, [Resource("disk", disk.value, disk.stack, whole, shared=shared)])

    def unreserve(self, agent: str, raw: Sequence[Json]) -> None:
        """Reservations that vanish, on the agent and in the master's view."""
        self._world.place(agent, Kind.UNRESERVE, self._read(raw))

    def _read(self, raw: Sequence[Json]) -> list[Resource]:
        return [from_json(messages.resource(dict(each)), self._world.version) for each in raw]

    def stop_agent(self, agent: str) -> None:
        """Its process ends: not active at once, unreachable after the ping window."""
        self._world.fates.stop(agent)

    def start_agent(self, agent: str) -> None:
        """It runs, or is connected, again, and registers."""
        self._world.fates.start(agent)

    def disconnect_agent(self, agent: str) -> None:
        """The network between it and the master breaks; it still answers on its own port."""
        self._world.fates.disconnect(agent)

    def freeze_agent(self, agent: str) -> None:
        """Active to the master, and answering nothing."""
        self._world.fates.freeze(agent)

    def thaw_agent(self, agent: str) -> None:
        """It does now what waited; nothing, when it was given up meanwhile."""
        self._world.fates.thaw(agent)

    def mark_unreachable(self, agent: str) -> None:
        """The ping window is over for it, now."""
        if self._world.agents[agent].linked and not self._world.agents[agent].frozen:
            self._world.fates.disconnect(agent)
        self._world.fates.lose(agent)

    def mark_gone(self, agent: str) -> None:
        """An operator gave it up, for ever."""
        self._world.fates.give_up(agent)

    def drain_agent(self, agent: str, *, grace: float = 0.0, mark_gone: bool = False) -> None:
        """An operator drains it: not active, and still answering."""
        self._world.fates.drain(agent, grace=grace, mark_gone=mark_gone)

    def deactivate_agent(self, agent: str) -> None:
        """An operator takes it out of service: not active, and still answering."""
        self._leader().deactivate(agent, deactivated=True)

    def reactivate_agent(self, agent: str) -> None:
        """An operator puts it back into service."""
        self._leader().deactivate(agent, deactivated=False)
