"""What befalls agents: they stop, freeze, lose their master, drain, come back, or never do."""

from __future__ import annotations

import asyncio

from janitor.sandbox.mesos import flags
from janitor.sandbox.mesos.agents import Agent
from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.masters import Door, NoDoor
from janitor.sandbox.mesos.removals import Removals
from janitor.sandbox.mesos.state import State


class Fates:
    """The fates of a cluster's agents, by their ids. Raises KeyError for an agent that there is not."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._doors: dict[str, Door] = {}
        self._missed_pings: dict[str, asyncio.TimerHandle] = {}

    def give_door(self, agent: Agent, door: Door | None) -> None:
        """Where an agent listens, if it does."""
        self._doors[agent.id] = door or NoDoor()

    def _misses_pings(self, agent: Agent) -> None:
        """After the ping window it is unreachable, unless it answers again before; only registered ones are pinged."""
        if self._state.removals.waits(agent.id):
            return
        self.answers_pings(agent)
        if self._state.leader is None or agent.id not in self._state.leader.agents:
            return
        self._missed_pings[agent.id] = self._state.timers.later(
            flags.ping_window(self._state), lambda: self._is_to_be_removed(agent.id)
        )

    def _is_to_be_removed(self, agent_id: str) -> None:
        every = flags.removal_interval(self._state)
        self._state.removals.schedule(agent_id, every, lambda: self.lose(agent_id))

    def answers_pings(self, agent: Agent) -> None:
        """It is not about to be lost any more."""
        self._state.removals.cancel(agent.id)
        self._is_observed_no_more(agent)

    def _is_observed_no_more(self, agent: Agent) -> None:
        if (timer := self._missed_pings.pop(agent.id, None)) is not None:
            timer.cancel()
        self._state.removals.forget(agent.id)

    def begin_leadership(self) -> None:
        """A new leader counts removals from none."""
        self._state.removals = Removals(self._state.timers)

    def disconnect(self, agent_id: str) -> None:
        """The connection to the master breaks; the process lives on. Messages under way are lost."""
        agent = self._state.agents[agent_id]
        agent.linked = False
        self._state.network.cut(agent)
        if self._state.leader is not None:
            self._state.leader.disconnect(agent)
        self._misses_pings(agent)

    def stop(self, agent_id: str) -> None:
        """The process ends."""
        agent = self._state.agents[agent_id]
        agent.running, agent.frozen = False, False
        self._doors[agent_id].shut()
        self.disconnect(agent_id)

    def start(self, agent_id: str) -> None:
        """The process runs, or its connection stands, again; it registers, unless it was marked gone."""
        agent = self._state.agents[agent_id]
        if not agent.running:
            agent.running, agent.start_time = True, self._state.clock.now()
            self._doors[agent_id].open()
        self._rejoin(agent)

    def freeze(self, agent_id: str) -> None:
        """SIGSTOP: the connection stands, nothing is answered; unreachable after the ping window."""
        agent = self._state.agents[agent_id]
        agent.frozen = True
        self._misses_pings(agent)

    def thaw(self, agent_id: str) -> None:
        """SIGCONT: what waited is done now, if the master has not given the agent up meanwhile."""
        agent = self._state.agents[agent_id]
        agent.frozen = False
        waiting, agent.inbox = agent.inbox, []
        for message in waiting:
            message()
        if self._state.leader is not None and agent_id not in self._state.leader.agents:
            self._rejoin(agent)
        else:
            self.answers_pings(agent)

    def _rejoin(self, agent: Agent) -> None:
        agent.linked = True
        self.answers_pings(agent)
        if (
            self._state.leader is not None
            and self._state.leader.finished_recovery
            and agent.id not in self._state.registry.gone
        ):
            self._state.register(agent)

    def lose(self, agent_id: str) -> None:
        """It is declared unreachable. It may come back."""
        agent = self._state.agents[agent_id]
        self._is_observed_no_more(agent)
        self._state.network.cut(agent)
        self._state.lead().lose(agent_id)

    def drain(self, agent_id: str, *, grace: float = 0.0, mark_gone: bool = False) -> None:
        """It is offered no more, and its tasks are killed within `grace` seconds; it goes on answering the master."""
        config: Json = {"max_grace_period": {"nanoseconds": int(grace * 1e9)}, "mark_gone": mark_gone}
        drain: Json = {"state": "DRAINING", "config": config, "since": self._state.clock.now()}
        self._state.lead().deactivate(agent_id, deactivated=True, drain=drain)
        if self._state.agents[agent_id].executors:
            self._state.timers.later(grace, lambda: self._drained(agent_id, drain))
        else:
            self._drained(agent_id, drain)

    def _drained(self, agent_id: str, drain: Json) -> None:
        leader, agent = self._state.leader, self._state.agents[agent_id]
        if leader is None or agent_id not in leader.agents or leader.agents[agent_id].drain is not drain:
            return
        for framework in leader.frameworks.values():
            for task in [task for task in framework.tasks.values() if task.agent_id == agent_id]:
                leader.end_task(framework, task, "TASK_KILLED")
        agent.past_executors.extend(agent.executors.values())
        agent.executors.clear()
        drain["state"] = "DRAINED"
        leader.touch(leader.agents[agent_id])
        if drain["config"]["mark_gone"]:
            self.give_up(agent_id)

    def give_up(self, agent_id: str) -> None:
        """It is marked gone. Its process ends, and its id never comes back."""
        if (agent := self._state.agents.get(agent_id)) is not None and agent.running:
            self.stop(agent_id)
            self._is_observed_no_more(agent)
        self._state.lead().give_up(agent_id)
