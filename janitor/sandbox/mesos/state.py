"""What there is of a cluster: its masters, agents, schedulers, and what its leader knows. What befalls it is elsewhere.

Everything here runs on one asyncio loop, as a Mesos master is one actor: nothing is locked.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable

from janitor.sandbox.mesos.access import Access
from janitor.sandbox.mesos.agents import Agent
from janitor.sandbox.mesos.clock import Clock
from janitor.sandbox.mesos.frameworks import Scheduler
from janitor.sandbox.mesos.leader import Leader
from janitor.sandbox.mesos.masters import Master
from janitor.sandbox.mesos.network import Network, Timers
from janitor.sandbox.mesos.operations import Operation
from janitor.sandbox.mesos.registry import Registry
from janitor.sandbox.mesos.removals import Removals
from janitor.sandbox.mesos.settings import Settings
from janitor.sandbox.mesos.version import Version


class State:
    """A cluster as it stands. `arrived` is told of each operation that has come to its agent."""

    def __init__(
        self,
        version: Version,
        settings: Settings | None,
        access: Access | None,
        arrived: Callable[[Agent, Operation], None],
    ) -> None:
        self.version = version
        self.settings = settings or Settings()
        self.access = access or Access()
        self.clock = Clock()
        self.registry = Registry()
        self.agents: dict[str, Agent] = {}
        self.schedulers: dict[str, Scheduler] = {}
        self.masters: list[Master] = []
        self.leader: Leader | None = None
        self.aborted = False
        self.timers = Timers()
        self.network = Network(self.settings, self.timers, arrived)
        self.removals = Removals(self.timers)
        self.cluster_id = str(uuid.uuid4())

    def lead(self) -> Leader:
        """The leader. Raises ValueError when nobody leads."""
        if self.leader is None:
            raise ValueError("nobody leads")
        return self.leader

    @property
    def leading(self) -> Master | None:
        """The master that leads, or None while nobody does."""
        return next((m for m in self.masters if self.leader is not None and m.id == self.leader.id and m.running), None)

    def new_leader(self, master: Master, elected: float) -> Leader:
        """A master leads since then, and knows nothing yet."""
        self.leader = Leader(master.id, self.version, self.clock, self.registry, self.network, elected)
        return self.leader

    def register(self, agent: Agent) -> None:
        """An agent comes to the leader, with its tasks."""
        leader = self.lead()
        completed = {done.info.id for done in leader.completed}
        for executor in agent.executors.values():
            if executor.framework_id not in completed:
                leader.recover_framework(self.schedulers[executor.framework_id])
        leader.register(agent)

    def subscribe_again(self, scheduler: Scheduler) -> None:
        """A scheduler that lives finds the leader, if there is one."""
        if self.leader is not None and scheduler.alive:
            self.leader.subscribe(scheduler)
