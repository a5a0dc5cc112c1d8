"""The cluster: its masters, agents and schedulers, what passes between them, and what befalls them.

Everything here runs on one asyncio loop, as a Mesos master is one actor: nothing is locked.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from janitor.sandbox.mesos.access import Access
from janitor.sandbox.mesos.agents import Agent
from janitor.sandbox.mesos.clock import Clock
from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.frameworks import Executor, Scheduler, Status, Task
from janitor.sandbox.mesos.leader import Leader
from janitor.sandbox.mesos.operations import Kind, Operation
from janitor.sandbox.mesos.registry import Registry
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.settings import Settings
from janitor.sandbox.mesos.version import Version

AGE = 3600.0
"""How old a new sandbox's leader is, in seconds."""


class Door(Protocol):
    """Where a process listens."""

    def open(self) -> None:
        """Accept connections."""

    def shut(self) -> None:
        """Refuse new connections, and break those that stand."""


class _NoDoor:
    def open(self) -> None:
        """Nobody listens."""

    def shut(self) -> None:
        """Nobody listened."""


@dataclass
class Master:
    """One master's process. `follows` is whom it takes for the leader: another, itself, or nobody."""

    id: str
    hostname: str
    port: int
    start_time: float
    running: bool = True
    follows: Master | None = field(default=None, repr=False)
    door: Door = field(default_factory=_NoDoor, repr=False)

    @property
    def address(self) -> str:
        """host:port"""
        return f"{self.hostname}:{self.port}"

    @property
    def pid(self) -> str:
        """The master's libprocess address."""
        return f"master@{self.address}"


class World:
    """A cluster. Its methods are what can happen to it."""

    def __init__(self, version: Version, settings: Settings | None = None, access: Access | None = None) -> None:
        self.version = version
        self.settings = settings or Settings()
        self.access = access or Access()
        self.clock = Clock()
        self.registry = Registry()
        self.agents: dict[str, Agent] = {}
        self.doors: dict[str, Door] = {}
        self.schedulers: dict[str, Scheduler] = {}
        self.masters: list[Master] = []
        self.leader: Leader | None = None
        self.aborted = False
        self.steps: deque[tuple[str, float | None, Callable[[], None]]] = deque()
        self._held: list[Callable[[], None]] = []
        self._ending: list[Callable[[], None]] = []
        self._timers: set[asyncio.TimerHandle] = set()
        self._watches: dict[str, asyncio.TimerHandle] = {}
        self._step_timer: asyncio.TimerHandle | None = None
        self._session: dict[str, int] = {}
        self._agents_seen = 0
        self._frameworks_seen = 0
        self._cluster_id = str(uuid.uuid4())

    # Time

    def later(self, delay: float, action: Callable[[], None]) -> asyncio.TimerHandle:
        """Do something in `delay` seconds."""
        loop = asyncio.get_running_loop()

        def due() -> None:
            self._timers.discard(handle)
            action()

        handle = loop.call_later(delay, due)
        self._timers.add(handle)
        return handle

    def close(self) -> None:
        """Forget all that was to happen."""
        for handle in (*self._timers, *self._watches.values(), *([self._step_timer] if self._step_timer else [])):
            handle.cancel()
        self._timers.clear()

    # Masters

    def add_master(self, hostname: str, port: int) -> Master:
        """One more master; the first one leads, and has for an hour."""
        born = self.clock.now() - AGE
        own = self._cluster_id if not self.masters else str(uuid.uuid4())
        master = Master(own, hostname, port, born)
        self.masters.append(master)
        if self.leader is None:
            self.leader = self._new_leader(master, born)
            self.leader.finished_recovery = True
        master.follows = self.masters[0]
        return master

    def _new_leader(self, master: Master, elected: float) -> Leader:
        return Leader(master.id, self.version, self.clock, self.registry, self, elected)

    @property
    def leading(self) -> Master | None:
        """The master that leads, or None while nobody does."""
        return next((m for m in self.masters if self.leader is not None and m.id == self.leader.id and m.running), None)

    def stop_master(self, master: Master) -> None:
        """The process ends: connections are refused from now on."""
        master.running = False
        master.door.shut()

    def abort(self) -> None:
        """The leader dies on a CHECK, and its connections with it; the others, if there are any, elect a new one."""
        self.aborted = True
        if (leading := self.leading) is not None:
            self._fail_over(leading)

    def fail_over(self, *, lose_in_flight: bool = False) -> None:
        """The leader is killed; the next master takes over, phase by phase (see `Pace`)."""
        leading = self.leading
        if leading is None:
            raise ValueError("nobody leads")
        if lose_in_flight:
            for agent_id in self.agents:
                self._break_session(agent_id)
        self._fail_over(leading)

    def _fail_over(self, leading: Master) -> None:
        self.stop_master(leading)
        self.leader = None
        heir = next((master for master in self.masters if master.running), None)
        self.steps.clear()
        if heir is None:
            return
        pace = self.settings.pace
        self.steps.append(("elect", pace.stale, lambda: self._elect(heir)))
        self.steps.append(("recover", pace.recovering, self._recover))
        first = True
        for agent in [self.agents[agent_id] for agent_id in self.registry.admitted if agent_id in self.agents]:
            if agent.running and agent.linked and not agent.frozen:
                delay = pace.recovered if first else pace.agent
                self.steps.append((f"agent {agent.id}", delay, partial(self._come_back, agent)))
                first = False
        for scheduler in self.schedulers.values():
            if scheduler.alive:
                self.steps.append(
                    (f"framework {scheduler.info.id}", pace.framework, partial(self._resubscribe, scheduler))
                )
        self._arm()

    def _arm(self) -> None:
        if self._step_timer is not None:
            self._step_timer.cancel()
            self._step_timer = None
        if self.steps and (delay := self.steps[0][1]) is not None:
            self._step_timer = asyncio.get_running_loop().call_later(delay, self.step)

    def step(self) -> str | None:
        """The failover's next step, now; its name, or None when there is none left."""
        if not self.steps:
            return None
        name, _, action = self.steps.popleft()
        action()
        self._arm()
        return name

    def _elect(self, heir: Master) -> None:
        self.leader = self._new_leader(heir, self.clock.now())
        for master in self.masters:
            master.follows = heir

    def _recover(self) -> None:
        assert self.leader is not None
        self.leader.finished_recovery = True
        known = (agent_id for agent_id in self.registry.admitted if agent_id in self.agents)
        self.leader.recovered = {agent_id: self.agents[agent_id] for agent_id in known}
        self.leader.touch()

    def _come_back(self, agent: Agent) -> None:
        if self.leader is not None and agent.running and agent.linked and agent.id in self.leader.recovered:
            self._register(agent)

    def _register(self, agent: Agent) -> None:
        assert self.leader is not None
        for executor in agent.executors.values():
            if not any(done.info.id == executor.framework_id for done in self.leader.completed):
                self.leader.recover_framework(self.schedulers[executor.framework_id])
        self.leader.register(agent)

    def _resubscribe(self, scheduler: Scheduler) -> None:
        if self.leader is not None and scheduler.alive:
            self.leader.subscribe(scheduler)

    def start_master(self, master: Master) -> None:
        """A stopped master's process runs again, with a new id; it leads when nobody else does."""
        master.id, master.start_time, master.running = str(uuid.uuid4()), self.clock.now(), True
        master.follows = self.leading
        master.door.open()
        if self.leading is None and not self.steps:
            self.leader = None
            self.aborted = False
            self._elect(master)
            self._recover()
            for agent_id in list(self.registry.admitted):
                if agent_id in self.agents:
                    self._come_back(self.agents[agent_id])
            for scheduler in self.schedulers.values():
                self._resubscribe(scheduler)

    # Agents

    def next_agent_id(self) -> str:
        """The id that the next agent gets."""
        self._agents_seen += 1
        return f"{self._cluster_id}-S{self._agents_seen - 1}"

    def add_agent(
        self,
        static: Sequence[Resource],
        *,
        hostname: str,
        port: int,
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
            version=runs,
            static=tuple(static),
            attributes=dict(attributes or {}),
            capabilities=tuple(runs.agent_capabilities if capabilities is None else capabilities),
            start_time=self.clock.now(),
        )
        agent.resources.update(static)
        self.agents[agent.id] = agent
        if door is not None:
            self.doors[agent.id] = door
        if self.leader is not None:
            self.leader.register(agent, again=False)
        return agent

    def _break_session(self, agent_id: str) -> None:
        self._session[agent_id] = self._session.get(agent_id, 0) + 1

    def _watch(self, agent: Agent) -> None:
        """Pings are missed from now on."""
        self._unwatch(agent)
        loop = asyncio.get_running_loop()
        self._watches[agent.id] = loop.call_later(self.settings.ping_window, self.lose_agent, agent.id)

    def _unwatch(self, agent: Agent) -> None:
        if (timer := self._watches.pop(agent.id, None)) is not None:
            timer.cancel()

    def disconnect_agent(self, agent_id: str) -> None:
        """The connection to the master breaks; the process lives on. Messages under way are lost."""
        agent = self.agents[agent_id]
        agent.linked = False
        agent.inbox.clear()
        self._break_session(agent_id)
        if self.leader is not None:
            self.leader.disconnect(agent)
        self._watch(agent)

    def stop_agent(self, agent_id: str) -> None:
        """The process ends."""
        agent = self.agents[agent_id]
        agent.running, agent.frozen = False, False
        if (door := self.doors.get(agent_id)) is not None:
            door.shut()
        self.disconnect_agent(agent_id)

    def start_agent(self, agent_id: str) -> None:
        """The process runs, or its connection stands, again; it registers, unless it was marked gone."""
        agent = self.agents[agent_id]
        if not agent.running:
            agent.running, agent.start_time = True, self.clock.now()
            if (door := self.doors.get(agent_id)) is not None:
                door.open()
        self._rejoin(agent)

    def freeze_agent(self, agent_id: str) -> None:
        """SIGSTOP: the connection stands, nothing is answered; unreachable after the ping window."""
        agent = self.agents[agent_id]
        agent.frozen = True
        self._watch(agent)

    def thaw_agent(self, agent_id: str) -> None:
        """SIGCONT: what waited is done now, if the master has not given the agent up meanwhile."""
        agent = self.agents[agent_id]
        agent.frozen = False
        waiting, agent.inbox = agent.inbox, []
        for message in waiting:
            message()
        if self.leader is not None and agent_id not in self.leader.agents:
            self._rejoin(agent)
        else:
            self._unwatch(agent)

    def _rejoin(self, agent: Agent) -> None:
        agent.linked = True
        self._unwatch(agent)
        if self.leader is not None and self.leader.finished_recovery and agent.id not in self.registry.gone:
            self._register(agent)

    def lose_agent(self, agent_id: str) -> None:
        """It is declared unreachable. It may come back."""
        agent = self.agents[agent_id]
        self._unwatch(agent)
        agent.linked = agent.linked and agent.frozen
        agent.inbox.clear()
        self._break_session(agent_id)
        if self.leader is not None:
            self.leader.lose(agent_id)

    def drain_agent(self, agent_id: str, *, grace: float = 0.0, mark_gone: bool = False) -> None:
        """Its tasks are killed, and it is offered no more; it goes on answering the master."""
        if self.leader is None:
            raise ValueError("nobody leads")
        config: Json = {"max_grace_period": {"nanoseconds": int(grace * 1e9)}, "mark_gone": mark_gone}
        busy = bool(self.agents[agent_id].executors)
        drain: Json = {"state": "DRAINING" if busy else "DRAINED", "config": config, "since": self.clock.now()}
        self.leader.deactivate(agent_id, deactivated=True, drain=drain)

    def give_up_agent(self, agent_id: str) -> None:
        """It is marked gone. Its process ends, and its id never comes back."""
        if (agent := self.agents.get(agent_id)) is not None and agent.running:
            self.stop_agent(agent_id)
            self._unwatch(agent)
        if self.leader is not None:
            self.leader.give_up(agent_id)

    # Messages (see leader.Messages)

    def send(self, agent: Agent, operation: Operation) -> None:
        """An operation goes to an agent; it arrives a moment later, or never."""
        if not (agent.running and agent.linked):
            return
        session = self._session.get(agent.id, 0)

        def arrive() -> None:
            if session != self._session.get(agent.id, 0) or not agent.running:
                return
            if agent.frozen:
                agent.inbox.append(arrive)
            else:
                self._apply(agent, operation)

        if self.settings.apply_delay is None:
            self._held.append(arrive)
        else:
            self.later(self.settings.apply_delay, arrive)

    def release_operations(self, count: int | None = None) -> None:
        """What was held arrives now: the oldest `count`, or everything."""
        count = len(self._held) if count is None else count
        held, self._held = self._held[:count], self._held[count:]
        for arrive in held:
            arrive()

    @property
    def held(self) -> int:
        """How many operations wait to be released."""
        return len(self._held)

    def _apply(self, agent: Agent, operation: Operation) -> None:
        volumes = {item.disk.persistence for item in operation.items if item.disk is not None}
        busy = operation.kind is Kind.DESTROY and bool(volumes & agent.volumes_in_use())
        agent.apply(operation.consumed, operation.produced)
        if busy and self.settings.exits_on_busy_volume:
            # The directory cannot be removed; the agent exits and tries again when it starts (slave.cpp).
            self.stop_agent(agent.id)
        elif self.leader is not None:
            self.leader.finish(operation)

    def shut_down(self, agent: Agent, framework_id: str) -> None:
        """An agent ends a framework's executors, after their grace period."""
        if not (agent.running and agent.linked):
            return
        for executor in [one for one in agent.executors.values() if one.framework_id == framework_id]:
            executor.ending = True

            def end(executor: Executor = executor) -> None:
                if agent.executors.pop(executor.id, None) is not None:
                    agent.past_executors.append(executor)

            if self.settings.executor_grace is None:
                self._ending.append(end)
            else:
                self.later(self.settings.executor_grace, end)

    def finish_executors(self) -> None:
        """Executors that are shutting down are over now."""
        ending, self._ending = self._ending, []
        for end in ending:
            end()

    # Frameworks

    def subscribe(self, scheduler: Scheduler) -> Scheduler:
        """A scheduler subscribes; an id is made for it when it has none."""
        if not scheduler.info.id:
            number = f"{self._frameworks_seen:04d}"
            self._frameworks_seen += 1
            scheduler.info = replace(scheduler.info, id=f"{self._cluster_id}-{number}")
        self.schedulers[scheduler.info.id] = scheduler
        scheduler.alive = True
        if self.leader is not None:
            self.leader.subscribe(scheduler)
        return scheduler

    def run_task(
        self, framework_id: str, agent_id: str, resources: Sequence[Resource], *, name: str, role: str
    ) -> Task:
        """A framework launches a task on what it was offered."""
        if self.leader is None:
            raise ValueError("nobody leads")
        now = self.clock.now()
        container = str(uuid.uuid4())
        task = Task(
            id=f"{name}-{uuid.uuid4().hex[:8]}",
            name=name,
            framework_id=framework_id,
            agent_id=agent_id,
            role=role,
            resources=tuple(item.allocated(role) for item in resources),
        )
        for state in ("TASK_STARTING", "TASK_RUNNING"):
            task.statuses.append(Status(state, now, uuid.uuid4().hex, container))
        self.agents[agent_id].executors[task.id] = Executor(task.id, framework_id, task)
        self.leader.start_task(self.leader.frameworks[framework_id], self.leader.agents[agent_id], task)
        return task

    def disconnect_framework(self, framework_id: str) -> None:
        """Its scheduler goes away."""
        self.schedulers[framework_id].alive = False
        if self.leader is not None:
            self.leader.disconnect_framework(framework_id)

    def teardown(self, framework_id: str) -> None:
        """The framework is over."""
        if self.leader is not None:
            self.schedulers[framework_id].alive = False
            self.leader.teardown(framework_id)
