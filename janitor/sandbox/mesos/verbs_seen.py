"""Verbs that look: what was asked, and what is true whatever a master shows."""

from __future__ import annotations

from dataclasses import asdict

from janitor.sandbox.mesos import show_agents
from janitor.sandbox.mesos.agents import Agent
from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.verbs_base import OnCluster


class SeenVerbs(OnCluster):
    """They change nothing but the log."""

    def requests(self, *, to: str | None = None, method: str | None = None) -> list[Json]:
        """The log, oldest first; of one process (`to`) or method. See `wire.Entry`."""
        entries = self._cluster.log.entries()
        return [entry for entry in entries if to in (None, entry["to"]) and method in (None, entry["method"])]

    def writes(self) -> list[Json]:
        """The requests that could have changed something: forms, and v1 calls that do not begin with GET_."""
        return [
            entry for entry in self._cluster.log.entries() if entry["method"] == "POST" and '"GET_' not in entry["body"]
        ]

    def counts(self) -> dict[str, int]:
        """Requests by path."""
        return self._cluster.log.counts()

    def clear_requests(self) -> None:
        """Forget the log."""
        self._cluster.log.clear()

    def aborted(self) -> bool:
        """Whether a request has killed a master."""
        return self._world.aborted

    def held_by(self, agent: str, role: str | None = None) -> list[Json]:
        """What the agent itself holds reserved, of one role or of all; in the endpoints' format."""
        items = [item for item in self._world.agents[agent].resources if item.stack and role in (None, item.role)]
        return show_agents.written(items, self._world.version)

    def truth(self) -> Json:
        """What agents hold and what the master shows, side by side; frameworks; what is pending."""
        world = self._world
        frameworks = world.leader.frameworks.values() if world.leader else ()
        return {
            "agents": {agent.id: self._truth_of(agent) for agent in world.agents.values()},
            "frameworks": {
                one.info.id: {**asdict(one.info), "active": one.active, "tasks": list(one.tasks)} for one in frameworks
            },
            "held": world.network.held,
            "pending": len(world.leader.operations) if world.leader else 0,
            "leader": world.leading.address if world.leading else None,
            "aborted": world.aborted,
            "failover": [step.name for step in world.failover.steps],
        }

    def _truth_of(self, agent: Agent) -> Json:
        view = self._world.leader.agents.get(agent.id) if self._world.leader else None
        return {
            "running": agent.running,
            "linked": agent.linked,
            "frozen": agent.frozen,
            "executors": [executor.id for executor in agent.executors.values()],
            "holds": show_agents.written(agent.resources, self._world.version),
            "registered": view is not None,
            "active": view is not None and view.active,
            "deactivated": view is not None and view.deactivated,
            "shown": show_agents.written(view.total, self._world.version) if view else [],
        }
