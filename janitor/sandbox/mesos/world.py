"""The cluster: its masters, agents and schedulers, and what happens to them."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from janitor.sandbox.mesos.access import Access
from janitor.sandbox.mesos.agents import Agent
from janitor.sandbox.mesos.failover import Failover
from janitor.sandbox.mesos.fates import Fates
from janitor.sandbox.mesos.frameworks import Executor, Scheduler, Status, Task
from janitor.sandbox.mesos.masters import Door, Master
from janitor.sandbox.mesos.operations import Kind, NotContained, Operation, convert
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.settings import Settings
from janitor.sandbox.mesos.state import State
from janitor.sandbox.mesos.version import Version

AGE = 3600.0
"""How old a new sandbox's leader is, in seconds."""


class World(State):
    """A cluster, and what can happen to it. What befalls agents is in `fates`, a leader's death in `failover`."""

    def __init__(self, version: Version, settings: Settings | None = None, access: Access | None = None) -> None:
        super().__init__(version, settings, access, self._arrived)
        self.fates = Fates(self)
        self.failover = Failover(self, self.fates)
        self._agents_seen = 0
        self._frameworks_seen = 0

    def close(self) -> None:
        """Nothing happens any more."""
        self.timers.forget()

    # Masters

    def add_master(self, hostname: str, port: int) -> Master:
        """One more master; the first one leads, and has for an hour."""
        born = self.clock.now() - AGE
        own = self.cluster_id if not self.masters else str(uuid.uuid4())
        master = Master(own, hostname, port, born)
        self.masters.append(master)
        if self.leader is None:
            self.new_leader(master, born).finished_recovery = True
        master.follows = self.masters[0]
        return master

    def abort(self) -> None:
        """The leader dies on a CHECK, and its connections with it; the others, if there are any, elect a new one."""
        self.aborted = True
        if self.leading is not None:
            self.failover.begin()

    def forget_leader(self) -> None:
        """The masters lose sight of each other: those that do not lead know of no leader, and say so (503)."""
        for master in self.masters:
            if master is not self.leading:
                master.follows = None

    # Agents

    def next_agent_id(self) -> str:
        """The id that the next agent gets."""
        self._agents_seen += 1
        return f"{self.cluster_id}-S{self._agents_seen - 1}"

    def add_agent(
        self,
        static: Sequence[Resource],
        *,
        hostname: str,
        port: int,
        ip: str = "",
        attributes: dict[str, str] | None = None,
        capabilities: Sequence[str] | None = None,
        version: Version | None = None,
        agent_id: str | None = None,
        door: Door | None = None,
    ) -> Agent:
        """A new agent registers. `static` is what its `--resources` says, statically reserved items included."""
        runs = version or self.version
        agent = Agent(
            id=agent_id or self.next_agent_id(),
            hostname=hostname,
            port=port,
            ip=ip,
            version=runs,
            static=tuple(static),
            attributes=dict(attributes or {}),
            capabilities=tuple(runs.agent_capabilities if capabilities is None else capabilities),
            start_time=self.clock.now(),
        )
        agent.resources.update(static)
        self.agents[agent.id] = agent
        self.fates.give_door(agent, door)
        if self.leader is not None:
            self.leader.register(agent, again=False)
        return agent

    def place(self, agent_id: str, kind: Kind, items: Sequence[Resource]) -> None:
        """What an operation would do, straight into the truth: the agent's, and the master's view of it.

        Raises ValueError when the agent does not have what it takes.
        """
        agent = self.agents[agent_id]
        after = agent.resources.copy()
        operation = Operation("", kind, agent_id, tuple(items))
        try:
            convert(operation, after, self.version)
        except NotContained as error:
            raise ValueError(f"agent {agent_id}: {error}") from error
        agent.resources = after
        view = self.leader.agents.get(agent_id) if self.leader else None
        if view is not None and self.leader is not None:
            view.total.exchange(operation.consumed, operation.produced)
            self.leader.touch(view)

    def _arrived(self, agent: Agent, operation: Operation) -> None:
        """An operation has come to its agent, which does it."""
        volumes = {item.disk.persistence for item in operation.items if item.disk is not None}
        busy = operation.kind is Kind.DESTROY and bool(volumes & agent.volumes_in_use())
        agent.apply(operation.consumed, operation.produced)
        if busy and self.settings.exits_on_busy_volume:
            # The directory cannot be removed; the agent exits and tries again when it starts (slave.cpp).
            self.fates.stop(agent.id)
        elif self.leader is not None:
            self.leader.finish(operation)

    # Frameworks

    def subscribe(self, scheduler: Scheduler) -> Scheduler:
        """A scheduler subscribes; an id is made for it when it has none."""
        if not scheduler.info.id:
            number = f"{self._frameworks_seen:04d}"
            self._frameworks_seen += 1
            scheduler.info = replace(scheduler.info, id=f"{self.cluster_id}-{number}")
        self.schedulers[scheduler.info.id] = scheduler
        scheduler.alive = True
        self.subscribe_again(scheduler)
        return scheduler

    def run_task(
        self, framework_id: str, agent_id: str, resources: Sequence[Resource], *, name: str, role: str
    ) -> Task:
        """A framework launches a task on what it was offered."""
        leader, now, container = self.lead(), self.clock.now(), str(uuid.uuid4())
        held = tuple(item.allocated(role) for item in resources)
        task = Task(f"{name}-{uuid.uuid4().hex[:8]}", name, framework_id, agent_id, role, held)
        for state in ("TASK_STARTING", "TASK_RUNNING"):
            task.statuses.append(Status(state, now, uuid.uuid4().hex, container))
        self.agents[agent_id].executors[task.id] = Executor(task.id, framework_id, task)
        leader.start_task(leader.frameworks[framework_id], leader.agents[agent_id], task)
        return task

    def end_task(self, framework_id: str, task_id: str, state: str) -> None:
        """A task ends by itself, and its executor with it."""
        leader = self.lead()
        framework = leader.frameworks[framework_id]
        task = framework.tasks[task_id]
        leader.end_task(framework, task, state)
        agent = self.agents[task.agent_id]
        agent.past_executors.append(agent.executors.pop(task_id))

    def kill_task(self, framework_id: str, task_id: str) -> bool:
        """Its scheduler has a task killed; False when the agent does not answer: the message is lost."""
        task = self.lead().frameworks[framework_id].tasks.get(task_id)
        if task is None or not self.agents[task.agent_id].answers:
            return False
        self.end_task(framework_id, task_id, "TASK_KILLED")
        return True

    def operate(self, framework_id: str, kind: Kind, agent_id: str, items: Sequence[Resource]) -> None:
        """A scheduler accepts an offer with an operation. Raises NotContained when the items are not free."""
        leader = self.lead()
        view = leader.agents[agent_id]
        operation = Operation(uuid.uuid4().hex, kind, agent_id, tuple(items), framework_id)
        convert(operation, view.free(), self.version)
        leader.take_on(operation, view)

    def disconnect_framework(self, framework_id: str) -> None:
        """Its scheduler goes away."""
        self.schedulers[framework_id].alive = False
        if self.leader is not None:
            self.leader.disconnect_framework(framework_id)

    def teardown(self, framework_id: str) -> None:
        """The framework is over."""
        self.schedulers[framework_id].alive = False
        self.lead().teardown(framework_id)
