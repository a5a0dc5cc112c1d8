"""What passes between a leader and its agents, and how it is delayed, held, or lost."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from janitor.sandbox.mesos.agents import Agent
from janitor.sandbox.mesos.frameworks import Executor
from janitor.sandbox.mesos.operations import Operation
from janitor.sandbox.mesos.settings import Settings

Action = Callable[[], None]


class Timers:
    """Things to do later, in real time."""

    def __init__(self) -> None:
        self._handles: set[asyncio.TimerHandle] = set()

    def later(self, delay: float, action: Action) -> asyncio.TimerHandle:
        """Do something in `delay` seconds, unless the handle is cancelled."""

        def due() -> None:
            self._handles.discard(handle)
            action()

        handle = asyncio.get_running_loop().call_later(delay, due)
        self._handles.add(handle)
        return handle

    def forget(self) -> None:
        """None of it happens."""
        for handle in self._handles:
            handle.cancel()
        self._handles.clear()


class Network:
    """The messages of `leader.Messages`. An agent's session ends when its connection breaks; so do its messages."""

    def __init__(self, settings: Settings, timers: Timers, arrived: Callable[[Agent, Operation], None]) -> None:
        self._settings = settings
        self._timers = timers
        self._arrived = arrived
        self._sessions: dict[str, int] = {}
        self._held: list[Action] = []
        self._ending: list[Action] = []

    def cut(self, agent: Agent) -> None:
        """The connection to an agent breaks: what is under way never arrives."""
        self._sessions[agent.id] = self._sessions.get(agent.id, 0) + 1
        agent.inbox.clear()

    def send(self, agent: Agent, operation: Operation) -> None:
        """An operation goes to an agent; it arrives a moment later, or never."""
        if not (agent.running and agent.linked):
            return
        session = self._sessions.get(agent.id, 0)

        def arrive() -> None:
            if session != self._sessions.get(agent.id, 0) or not agent.running:
                return
            if agent.frozen:
                agent.inbox.append(arrive)
            else:
                self._arrived(agent, operation)

        if self._settings.apply_delay is None:
            self._held.append(arrive)
        else:
            self._timers.later(self._settings.apply_delay, arrive)

    @property
    def held(self) -> int:
        """How many operations wait to be released."""
        return len(self._held)

    def release(self, count: int | None = None) -> None:
        """What was held arrives now: the oldest `count`, or everything."""
        count = len(self._held) if count is None else count
        held, self._held = self._held[:count], self._held[count:]
        for arrive in held:
            arrive()

    def shut_down(self, agent: Agent, framework_id: str) -> None:
        """An agent ends a framework's executors, after their grace period."""
        if agent.running and agent.linked:
            for executor in agent.executors.values():
                if executor.framework_id == framework_id and not executor.ending:
                    self._end(agent, executor)

    def _end(self, agent: Agent, executor: Executor) -> None:
        executor.ending = True

        def over() -> None:
            if agent.executors.pop(executor.id, None) is not None:
                agent.past_executors.append(executor)

        if self._settings.executor_grace is None:
            self._ending.append(over)
        else:
            self._timers.later(self._settings.executor_grace, over)

    def finish_executors(self) -> None:
        """Executors that are shutting down are over now."""
        ending, self._ending = self._ending, []
        for over in ending:
            over()
