"""What happens after a leader's death, step by step."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from janitor.sandbox.mesos.masters import Master
from janitor.sandbox.mesos.network import Action, Timers

if TYPE_CHECKING:
    from janitor.sandbox.mesos.world import World


@dataclass(frozen=True)
class Step:
    """One of them: `elect`, `recover`, `agent ID`, `framework ID`; None as delay waits for a hand."""

    name: str
    delay: float | None
    action: Action


class Failover:
    """The steps that are still to come, each after its delay (see `settings.Pace`) or by hand."""

    def __init__(self, world: World, timers: Timers) -> None:
        self._world = world
        self._timers = timers
        self._timer: asyncio.TimerHandle | None = None
        self.steps: deque[Step] = deque()

    def begin(self, heir: Master | None) -> None:
        """The leader is dead; `heir` follows it, if anybody is left."""
        self.steps.clear()
        if heir is not None:
            pace = self._world.settings.pace
            self.steps.append(Step("elect", pace.stale, partial(self._world.elect, heir)))
            self.steps.append(Step("recover", pace.recovering, self._recover))
        self._arm()

    def _recover(self) -> None:
        """The registry is read; who lives comes back, agents first."""
        self._world.recover()
        pace = self._world.settings.pace
        for number, agent in enumerate(self._world.agents_to_come_back()):
            delay = pace.agent if number else pace.recovered
            self.steps.append(Step(f"agent {agent.id}", delay, partial(self._world.come_back, agent)))
        for scheduler in self._world.schedulers.values():
            if scheduler.alive:
                again = partial(self._world.subscribe_again, scheduler)
                self.steps.append(Step(f"framework {scheduler.info.id}", pace.framework, again))

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.steps and (delay := self.steps[0].delay) is not None:
            self._timer = self._timers.later(delay, self._due)

    def _due(self) -> None:
        self.step()

    def step(self) -> str | None:
        """The next step, now; its name, or None when there is none left."""
        if not self.steps:
            return None
        step = self.steps.popleft()
        step.action()
        self._arm()
        return step.name

    def advance(self, name: str) -> None:
        """Let a later step be the next. Raises ValueError when there is none of that name."""
        for step in self.steps:
            if step.name == name:
                self.steps.remove(step)
                self.steps.appendleft(step)
                self._arm()
                return
        raise ValueError(f"no step {name}")
