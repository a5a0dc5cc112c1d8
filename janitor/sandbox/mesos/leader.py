"""The leading master: what it remembers, and what it does with it. It lives as long as its leadership."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from janitor.sandbox.mesos import validation
from janitor.sandbox.mesos.agents import Agent
from janitor.sandbox.mesos.algebra import Pool
from janitor.sandbox.mesos.clock import Clock
from janitor.sandbox.mesos.formats import Json, from_json
from janitor.sandbox.mesos.frameworks import Executor, Framework, Offer, Scheduler, Status, Task
from janitor.sandbox.mesos.operations import Kind, NotContained, Operation, convert
from janitor.sandbox.mesos.registry import Registry
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.version import Version


class MasterAborted(Exception):
    """The master's process has died on a CHECK; `answered` says whether the request was still answered."""


class Messages(Protocol):
    """How a leader reaches its agents; the world carries the messages."""

    def send(self, agent: Agent, operation: Operation) -> None:
        """An operation, on its way to an agent."""

    def shut_down(self, agent: Agent, framework_id: str) -> None:
        """The agent is told to end a framework's executors."""


@dataclass
class View:
    """What a leader believes of an agent."""

    agent: Agent
    total: Pool
    registered: float
    reregistered: float | None = None
    active: bool = True
    deactivated: bool = False
    drain: Json | None = None
    used: Pool = field(default_factory=Pool)
    offered: Pool = field(default_factory=Pool)
    shown: dict[tuple[str, str | None], bytes] = field(default_factory=dict)
    """what was last shown of it, as JSON; emptied by every change"""

    def free(self) -> Pool:
        """What neither a task uses nor an offer holds; a shared volume is always free."""
        free = self.total.copy()
        for item in (*self.used, *self.offered):
            if not item.shared:
                free.take(item.allocated(None))
        return free


@dataclass(frozen=True)
class Answer:
    """What a write is answered: a status and a text."""

    status: int
    text: str = ""


ACCEPTED = Answer(202)


class Leader:
    """One master's leadership, from its election on."""

    def __init__(
        self,
        id: str,
        version: Version,
        clock: Clock,
        registry: Registry,
        messages: Messages,
        elected: float,
        max_completed: int = 50,
    ) -> None:
        self.id = id
        self.version = version
        self.clock = clock
        self.registry = registry
        self.messages = messages
        self.elected = elected
        self.finished_recovery = False
        self.agents: dict[str, View] = {}
        self.recovered: dict[str, Agent] = {}
        self.frameworks: dict[str, Framework] = {}
        self.completed: deque[Framework] = deque(maxlen=max_completed)
        self.operations: dict[str, Operation] = {}
        self.operations_ended = {"finished": 0, "dropped": 0}
        self.generation = 0
        self._offers = 0

    def touch(self, view: View | None = None) -> None:
        """Something has changed: of one agent, or of none in particular."""
        self.generation += 1
        if view is not None:
            view.shown.clear()

    # Agents

    def register(self, agent: Agent, *, again: bool = True) -> View:
        """An agent registers, or comes back; whose view of its resources wins depends on both (facts of 1.5 on)."""
        now = self.clock.now()
        self.recovered.pop(agent.id, None)
        view = self.agents.get(agent.id)
        if view is None:
            view = View(agent, agent.resources.copy(), now, now if again else None)
            self.agents[agent.id] = view
        else:
            view.reregistered = now
            view.active = True
            if agent.reports_operations:
                self._drop_operations(agent)
                view.total = agent.resources.copy()
            else:
                agent.resources = view.total.copy()
        view.deactivated = self.registry.admitted.get(agent.id, False)
        view.active = not view.deactivated
        self.registry.admit(agent.id)
        for executor in list(agent.executors.values()):
            self._meet(view, executor)
        self.touch(view)
        return view

    def _drop_operations(self, agent: Agent) -> None:
        for key in [key for key, operation in self.operations.items() if operation.agent_id == agent.id]:
            del self.operations[key]
            self.operations_ended["dropped"] += 1

    def _meet(self, view: View, executor: Executor) -> None:
        """A task that came with an agent: of a framework that is known, was completed here, or is recovered."""
        if any(done.info.id == executor.framework_id for done in self.completed):
            self.messages.shut_down(view.agent, executor.framework_id)
            return
        framework = self.frameworks.get(executor.framework_id)
        if executor.ending or framework is None or executor.task.id in framework.tasks:
            return
        framework.unreachable_tasks = [task for task in framework.unreachable_tasks if task.id != executor.task.id]
        executor.task.state = "TASK_RUNNING"
        self.start_task(framework, view, executor.task)

    def disconnect(self, agent: Agent) -> None:
        """Its socket broke: it is listed as not active."""
        if (view := self.agents.get(agent.id)) is not None:
            view.active = False
            self._rescind(view, lambda _: True)
            self.touch(view)

    def lose(self, agent_id: str) -> None:
        """It is unreachable: not listed any more, its tasks unreachable, its operations forgotten."""
        self._remove(agent_id, "TASK_UNREACHABLE")
        self.registry.lose(agent_id, self.clock.now())

    def give_up(self, agent_id: str) -> None:
        """It was marked gone."""
        self._remove(agent_id, "TASK_GONE_BY_OPERATOR")
        self.registry.give_up(agent_id, self.clock.now())

    def _remove(self, agent_id: str, state: str) -> None:
        self.recovered.pop(agent_id, None)
        view = self.agents.pop(agent_id, None)
        if view is not None:
            self._rescind(view, lambda _: True)
            for framework in self.frameworks.values():
                for task in [task for task in framework.tasks.values() if task.agent_id == agent_id]:
                    self._end_task(framework, task, state)
            for key in [key for key, operation in self.operations.items() if operation.agent_id == agent_id]:
                del self.operations[key]
        self.touch()

    def deactivate(self, agent_id: str, deactivated: bool, drain: Json | None = None) -> None:
        """Take an agent out of service, or back; it goes on answering."""
        view = self.agents[agent_id]
        view.deactivated, view.drain = deactivated, drain
        view.active = not deactivated
        self.registry.admitted[agent_id] = deactivated
        self._rescind(view, lambda _: True)
        self.touch(view)

    # Frameworks

    def subscribe(self, scheduler: Scheduler) -> Framework:
        """A scheduler subscribes, for the first time or again."""
        now = self.clock.now()
        framework = self.frameworks.get(scheduler.info.id)
        if framework is None:
            framework = self.frameworks[scheduler.info.id] = Framework(scheduler.info, now)
        else:
            framework.info = scheduler.info
            framework.reregistered = now
        framework.active, framework.connected, framework.recovered = True, True, False
        self.touch()
        if scheduler.holds_offers:
            self.offer_everything(framework)
        return framework

    def recover_framework(self, scheduler: Scheduler) -> None:
        """A framework known from its agents only: the master was elected after it had subscribed."""
        if scheduler.info.id not in self.frameworks:
            known = Framework(scheduler.info, self.clock.now(), active=False, connected=False, recovered=True)
            self.frameworks[scheduler.info.id] = known

    def disconnect_framework(self, framework_id: str) -> None:
        """Its scheduler is gone; its tasks run on."""
        framework = self.frameworks[framework_id]
        framework.active = framework.connected = False
        for view in self.agents.values():
            self._rescind(view, lambda offer: offer.framework_id == framework_id)
        self.touch()

    def start_task(self, framework: Framework, view: View, task: Task) -> None:
        """A task runs; what it holds is used from now on."""
        framework.tasks[task.id] = task
        framework.used.update(task.resources)
        view.used.update(task.resources)
        self.touch(view)

    def _end_task(self, framework: Framework, task: Task, state: str) -> None:
        del framework.tasks[task.id]
        framework.used.take_all(task.resources)
        if (view := self.agents.get(task.agent_id)) is not None:
            view.used.take_all(task.resources)
            self.touch(view)
        task.state = state
        task.statuses.append(Status(state, self.clock.now(), uuid.uuid4().hex))
        kept = framework.unreachable_tasks if state == "TASK_UNREACHABLE" else framework.completed_tasks
        kept.append(task)

    def teardown(self, framework_id: str) -> None:
        """The framework is over: in the master at once, on the agents when they have killed its executors."""
        framework = self.frameworks.pop(framework_id)
        for view in self.agents.values():
            self._rescind_of(view, framework)
        for task in list(framework.tasks.values()):
            self._end_task(framework, task, "TASK_KILLED")
        framework.active = framework.connected = framework.recovered = False
        framework.unregistered = self.clock.now()
        self.completed.append(framework)
        for view in self.agents.values():
            self.messages.shut_down(view.agent, framework_id)
        self.touch()

    # Offers

    def offer_everything(self, framework: Framework) -> None:
        """All that is free and is not another role's, one offer for each agent."""
        for view in self.agents.values():
            role = framework.info.roles[0]
            items = [item for item in view.free() if item.role in ("*", *framework.info.roles)]
            if items and view.active:
                resources = tuple(item.allocated(role) for item in items)
                offer = Offer(f"{self.id}-O{self._offers}", framework.info.id, view.agent.id, role, resources)
                self._offers += 1
                framework.offers[offer.id] = offer
                framework.offered.update(resources)
                view.offered.update(resources)
                self.touch(view)

    def _offers_on(self, view: View) -> list[Offer]:
        every = (offer for framework in self.frameworks.values() for offer in framework.offers.values())
        return [offer for offer in every if offer.agent_id == view.agent.id]

    def _withdraw(self, framework: Framework, view: View, offer: Offer) -> None:
        del framework.offers[offer.id]
        framework.offered.take_all(offer.resources)
        view.offered.take_all(offer.resources)
        self.touch(view)

    def _rescind(self, view: View, which: Callable[[Offer], bool]) -> None:
        for offer in self._offers_on(view):
            if which(offer):
                self._withdraw(self.frameworks[offer.framework_id], view, offer)

    def _rescind_of(self, view: View, framework: Framework) -> None:
        for offer in [offer for offer in framework.offers.values() if offer.agent_id == view.agent.id]:
            self._withdraw(framework, view, offer)

    def _rescind_for(self, view: View, wanted: Sequence[Resource]) -> None:
        """Offers that hold some of `wanted` go, until what they held covers it (master.cpp, rescindOffers)."""
        recovered = Pool()
        keys = {item.key for item in wanted}
        for offer in self._offers_on(view):
            freed = [item.allocated(None) for item in offer.resources]
            if recovered.contains_all(wanted):
                return
            if any(item.key in keys for item in freed):
                self._withdraw(self.frameworks[offer.framework_id], view, offer)
                recovered.update(freed)

    # Operations

    def operate(
        self,
        kind: Kind,
        agent_id: str,
        raws: Sequence[Json],
        principal: str | None,
        authorized: Callable[[Sequence[Resource]], bool],
    ) -> Answer:
        """One write of an operator, through all checks in the master's order. Raises `MasterAborted`."""
        view = self.agents.get(agent_id)
        if view is None:
            return Answer(400, "No agent found with specified ID")
        for raw in raws:
            if (mistake := validation.resource_mistake(raw, self.version)) is not None:
                return Answer(400, mistake)
        items = tuple(from_json(raw, self.version) for raw in raws)
        if not self.version.since(1, 4):
            items = tuple(Pool(items))
        if (reason := self._refused(kind, items, view, principal)) is not None:
            return Answer(400, self._refusal(kind, view, reason))
        if not authorized(items):
            return Answer(403, "403 Forbidden." if self.version.since(1, 8) else "")
        return self._accept(kind, items, view)

    def _refusal(self, kind: Kind, view: View, reason: str) -> str:
        where = ""
        if kind is Kind.RESERVE and self.version.since(1, 3):
            where = f" on agent {view.agent.id} at {view.agent.pid} ({view.agent.hostname})"
        return f"Invalid {kind.value} operation{where}: {reason}"

    def _refused(self, kind: Kind, items: Sequence[Resource], view: View, principal: str | None) -> str | None:
        if (reason := validation.refused_resources(items, self.version)) is not None:
            return f"Invalid resources: {reason}"
        if kind is Kind.RESERVE:
            return validation.refused_reserve(items, principal, view.agent.capabilities, self.version)
        if kind is Kind.UNRESERVE:
            return validation.refused_unreserve(items, self.version)
        if kind is Kind.CREATE:
            return validation.refused_create(items, principal, view.total, self.version)
        return validation.refused_destroy(items, view.total, view.used, self.version)

    def _accept(self, kind: Kind, items: tuple[Resource, ...], view: View) -> Answer:
        # A conversion with nothing to convert has no resource provider: `Slave::apply` dies on a CHECK (master.cpp).
        if kind in (Kind.RESERVE, Kind.UNRESERVE) and self.version.since(1, 6) and any(i.is_zero for i in items):
            raise MasterAborted
        operation = Operation(uuid.uuid4().hex, kind, view.agent.id, items)
        self._rescind_for(view, operation.consumed)
        try:
            convert(operation, view.free(), self.version)
        except NotContained as refusal:
            return Answer(409, str(refusal))
        view.total.exchange(operation.consumed, operation.produced)
        if items:
            if view.agent.reports_operations and self.version.since(1, 5):
                self.operations[operation.uuid] = operation
            self.messages.send(view.agent, operation)
        self.touch(view)
        return ACCEPTED

    def finish(self, operation: Operation) -> None:
        """The agent has confirmed it; an operator's operation is then forgotten."""
        if self.operations.pop(operation.uuid, None) is not None:
            self.operations_ended["finished"] += 1
            self.touch()

    def pending(self) -> Iterable[Operation]:
        """What has been accepted and not been confirmed, the newest first."""
        return reversed(self.operations.values())
