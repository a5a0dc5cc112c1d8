"""Agents: what they hold, whatever a master believes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from janitor.sandbox.mesos.algebra import Pool
from janitor.sandbox.mesos.frameworks import Executor
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.version import Version


@dataclass
class Agent:
    """The agent's process and its disk.

    `running`   the process lives
    `linked`    its connection to the leader stands
    `frozen`    the process is stopped (SIGSTOP): it is connected and answers nothing; messages wait in `inbox`
    `resources` its truth: what it has checkpointed
    `ip`        where it listens, where that is not its host's name
    """

    id: str
    hostname: str
    port: int
    version: Version
    static: tuple[Resource, ...]
    attributes: dict[str, str] = field(default_factory=dict)
    capabilities: tuple[str, ...] = ()
    resources: Pool = field(default_factory=Pool)
    executors: dict[str, Executor] = field(default_factory=dict)
    past_executors: list[Executor] = field(default_factory=list)
    start_time: float = 0.0
    running: bool = True
    linked: bool = True
    frozen: bool = False
    ip: str = ""
    inbox: list[Callable[[], None]] = field(default_factory=list)

    @property
    def pid(self) -> str:
        """The agent's libprocess address."""
        return f"slave(1)@{self.address}"

    @property
    def address(self) -> str:
        """host:port of its own HTTP server."""
        return f"{self.ip or self.hostname}:{self.port}"

    @property
    def answers(self) -> bool:
        """Whether a message of the master is acted upon now."""
        return self.running and self.linked and not self.frozen

    @property
    def reports_operations(self) -> bool:
        """Whether operations are confirmed, and its own view wins when it comes back (RESOURCE_PROVIDER)."""
        return "RESOURCE_PROVIDER" in self.capabilities

    def volumes_in_use(self) -> set[str]:
        """The persistence ids that executors of it have mounted."""
        used = (item for executor in self.executors.values() for item in executor.task.resources)
        return {item.disk.persistence for item in used if item.disk is not None and item.disk.persistence is not None}

    def apply(self, consumed: Iterable[Resource], produced: Iterable[Resource]) -> bool:
        """Turn `consumed` into `produced`, item by item, all or nothing. False when it does not have them."""
        after = self.resources.copy()
        for old, new in zip(consumed, produced, strict=True):
            if not after.contains(old):
                return False
            after.take(old)
            after.add(new)
        self.resources = after
        return True
