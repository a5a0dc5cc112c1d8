"""The leading master: what it remembers, and what it does with it. It lives as long as its leadership."""

from __future__ import annotations

import uuid
from collections import deque
from collections.abc import Iterable
from typing import Protocol

from janitor.sandbox.mesos.agents import Agent
from janitor.sandbox.mesos.clock import Clock
from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.frameworks import Executor, Framework, Scheduler, Status, Task
from janitor.sandbox.mesos.offers import Offers
from janitor.sandbox.mesos.operations import Operation
from janitor.sandbox.mesos.registry import Registry
from janitor.sandbox.mesos.version import Version
from janitor.sandbox.mesos.views import View


class Messages(Protocol):
    """How a leader reaches its agents; the world carries the messages."""

    def send(self, agent: Agent, operation: Operation) -> None:
        """An operation, on its way to an agent."""

    def shut_down(self, agent: Agent, framework_id: str) -> None:
        """The agent is told to end a framework's executors."""


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
        self.offers = Offers(id, self.frameworks, self.touch)

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
            self.offers.rescind(view)
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
            self.offers.rescind(view)
            for framework in self.frameworks.values():
                for task in [task for task in framework.tasks.values() if task.agent_id == agent_id]:
                    self.end_task(framework, task, state)
            for key in [key for key, operation in self.operations.items() if operation.agent_id == agent_id]:
                del self.operations[key]
        self.touch()

    def deactivate(self, agent_id: str, deactivated: bool, drain: Json | None = None) -> None:
        """Take an agent out of service, or back; it goes on answering."""
        view = self.agents[agent_id]
        view.deactivated, view.drain = deactivated, drain
        view.active = not deactivated
        self.registry.admitted[agent_id] = deactivated
        self.offers.rescind(view)
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
            for view in self.agents.values():
                self.offers.give(framework, view)
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
            self.offers.rescind(view, framework)
        self.touch()

    def start_task(self, framework: Framework, view: View, task: Task) -> None:
        """A task runs; what it holds is used from now on."""
        framework.tasks[task.id] = task
        framework.used.update(task.resources)
        view.used.update(task.resources)
        self.touch(view)

    def end_task(self, framework: Framework, task: Task, state: str) -> None:
        """A task is over, in this state; unreachable ones are kept apart, they may come back."""
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
        framework = self.frameworks[framework_id]
        for view in self.agents.values():
            self.offers.rescind(view, framework)
        for task in list(framework.tasks.values()):
            self.end_task(framework, task, "TASK_KILLED")
        framework.active = framework.connected = framework.recovered = False
        framework.unregistered = self.clock.now()
        del self.frameworks[framework_id]
        self.completed.append(framework)
        for view in self.agents.values():
            self.messages.shut_down(view.agent, framework_id)
        self.touch()

    # Operations

    def take_on(self, operation: Operation, view: View) -> None:
        """An operation is accepted: its effect is seen here at once, and on the agent when the message arrives."""
        view.total.exchange(operation.consumed, operation.produced)
        if operation.items:
            if view.agent.reports_operations and self.version.since(1, 5):
                self.operations[operation.uuid] = operation
            self.messages.send(view.agent, operation)
        self.touch(view)

    def finish(self, operation: Operation) -> None:
        """The agent has confirmed it; an operator's operation is then forgotten."""
        if self.operations.pop(operation.uuid, None) is not None:
            self.operations_ended["finished"] += 1
            self.touch()

    def pending(self) -> Iterable[Operation]:
        """What has been accepted and not been confirmed, the newest first."""
        return reversed(self.operations.values())
