"""What a clean-up needs of the world, as protocols: it gets values from below, and never a client of its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from janitor.mesos.cluster import (
    Agent,
    Counts,
    Flags,
    Framework,
    Leader,
    Operation,
    OwnState,
    Recovered,
    Roll,
    TaskPlace,
    Unknown,
)
from janitor.mesos.resources import Resource
from janitor.patience import Patience
from janitor.zookeeper.ensemble import Ensemble


class Said(Protocol):
    """An answer to a write."""

    @property
    def status(self) -> int: ...

    @property
    def text(self) -> str: ...


class MasterCalls(Protocol):
    """The calls to a master that a clean-up makes; what each gives and raises is told by `janitor.mesos.master`."""

    @property
    def url(self) -> str: ...

    @property
    def remedy(self) -> str: ...

    def forget_leader(self) -> None: ...

    def leader(self) -> Leader: ...

    def agents(self) -> tuple[tuple[Agent, ...], tuple[Recovered, ...]]: ...

    def frameworks(self) -> tuple[Framework, ...]: ...

    def operations(self, version: str) -> tuple[Operation, ...] | None: ...

    def roll(self) -> Roll | Unknown: ...

    def counts(self) -> Counts | Unknown: ...

    def flags(self, leader_id: str) -> Flags: ...

    def tasks(self) -> tuple[TaskPlace, ...] | Unknown: ...

    def own_state(self, agent: Agent) -> OwnState | Unknown: ...

    def destroy_volumes(self, agent_id: str, volumes: Sequence[Resource]) -> Said: ...

    def unreserve(self, agent_id: str, items: Sequence[Resource]) -> Said: ...


class Cluster(Protocol):
    """A cluster: its master, its ZooKeeper, and its Marathon as a witness."""

    @property
    def master(self) -> MasterCalls: ...

    @property
    def concurrency(self) -> int: ...

    def ensemble(self, flags: Flags, leader: Leader, patience: Patience) -> Ensemble:
        """The way to the cluster's ZooKeeper (rule Z2), built at the first call."""

    def mesos_path(self, flags: Flags, leader: Leader) -> str:
        """Where the masters register in ZooKeeper."""

    def masters_register(self, flags: Flags, leader: Leader) -> bool:
        """Whether the master's flag says that masters register in the very ensemble that `ensemble` gives."""

    def apps_named(self, names: Sequence[str]) -> frozenset[str] | Unknown:
        """The Marathon apps with these ids that exist (rule O2)."""
