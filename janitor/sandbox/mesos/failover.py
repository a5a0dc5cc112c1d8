"""The death of a leader, and what follows it, step by step."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from dataclasses import dataclass
from functools import partial

from janitor.sandbox.mesos.agents import Agent
from janitor.sandbox.mesos.fates import Fates
from janitor.sandbox.mesos.masters import Master
from janitor.sandbox.mesos.network import Action
from janitor.sandbox.mesos.state import State


@dataclass(frozen=True)
class Step:
    """One of them: `elect`, `recover`, `agent ID`, `framework ID`; None as delay waits for a hand."""

    name: str
    delay: float | None
    action: Action


class Failover:
    """The steps that are still to come, each after its delay (see `settings.Pace`) or by hand."""

    def __init__(self, state: State, fates: Fates) -> None:
        self._state = state
        self._fates = fates
        self._timer: asyncio.TimerHandle | None = None
        self.steps: deque[Step] = deque()

    def begin(self, *, lose_in_flight: bool = False) -> None:
        """The leader is killed; the next master takes over. Raises ValueError when nobody leads."""
        leading = self._state.leading
        if leading is None:
            raise ValueError("nobody leads")
        leading.stop()
        self._state.leader = None
        for agent in self._state.agents.values():
            self._fates.answers_pings(agent)  # the next leader waits for ten minutes; it pings nobody it has not seen
            if lose_in_flight:
                self._state.network.cut(agent)
        self._inherit(next((master for master in self._state.masters if master.running), None))

    def start_master(self, master: Master) -> None:
        """A stopped master's process runs again, with a new id; it leads when nobody else does."""
        master.id, master.start_time, master.running = str(uuid.uuid4()), self._state.clock.now(), True
        master.follows = self._state.leading
        master.door.open()
        if self._state.leading is None and not self.steps:
            self._state.aborted = False
            self._inherit(master)
            while self.step() is not None:
                pass

    def _inherit(self, heir: Master | None) -> None:
        """The leader is dead; `heir` follows it, if anybody is left."""
        self.steps.clear()
        if heir is not None:
            pace = self._state.settings.pace
            self.steps.append(Step("elect", pace.stale, partial(self._elect, heir)))
            self.steps.append(Step("recover", pace.recovering, self._recover))
        self._arm()

    def _elect(self, heir: Master) -> None:
        """A master leads, and knows nothing yet."""
        self._state.new_leader(heir, self._state.clock.now())
        self._fates.begin_leadership()
        for master in self._state.masters:
            master.follows = heir

    def _recover(self) -> None:
        """The leader has read the registry: it knows its agents' ids. Who lives comes back, agents first."""
        leader = self._state.lead()
        leader.finished_recovery = True
        leader.recovered = {key: self._state.agents[key] for key in self._state.registry.admitted}
        leader.touch()
        pace = self._state.settings.pace
        for number, agent in enumerate(agent for agent in leader.recovered.values() if agent.answers):
            delay = pace.agent if number else pace.recovered
            self.steps.append(Step(f"agent {agent.id}", delay, partial(self._come_back, agent)))
        for scheduler in self._state.schedulers.values():
            if scheduler.alive:
                again = partial(self._state.subscribe_again, scheduler)
                self.steps.append(Step(f"framework {scheduler.info.id}", pace.framework, again))

    def _come_back(self, agent: Agent) -> None:
        """A recovered agent registers, if it still can."""
        if agent.answers and agent.id in self._state.lead().recovered:
            self._state.register(agent)

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self.steps and (delay := self.steps[0].delay) is not None:
            self._timer = self._state.timers.later(delay, self._due)

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
