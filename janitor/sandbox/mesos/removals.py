"""Agents that miss their pings are removed when the limiter permits it, and are listed until then (SlaveObserver)."""

from __future__ import annotations

import asyncio

from janitor.sandbox.mesos.network import Action, Timers


class Removals:
    """The removals of one leadership: how many were scheduled, and what became of them."""

    def __init__(self, timers: Timers) -> None:
        self._timers = timers
        self._waiting: dict[str, asyncio.TimerHandle] = {}
        self._next_permit = 0.0
        self.scheduled = 0
        self.completed = 0
        self.canceled = 0

    def schedule(self, agent_id: str, every: float, remove: Action) -> None:
        """An agent has missed its last ping: it is removed now, or when the limiter permits one, `every` so often."""
        self.scheduled += 1
        now = asyncio.get_running_loop().time()
        permit = max(now, self._next_permit)
        self._next_permit = permit + every

        def complete() -> None:
            self._waiting.pop(agent_id, None)
            self.completed += 1
            remove()

        if permit > now:
            self._waiting[agent_id] = self._timers.later(permit - now, complete)
        else:
            complete()

    def waits(self, agent_id: str) -> bool:
        """Whether it has missed its last ping, and waits for the limiter."""
        return agent_id in self._waiting

    def cancel(self, agent_id: str) -> None:
        """It answers a ping after all."""
        self.canceled += self.forget(agent_id)

    def forget(self, agent_id: str) -> bool:
        """It is removed in another way: its observer ends, and what it waited for is never counted as ended."""
        timer = self._waiting.pop(agent_id, None)
        if timer is not None:
            timer.cancel()
        return timer is not None
