"""What to send to each agent (rules D1 to D3). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from janitor.cleanup.case import Case
from janitor.mesos.cluster import Agent
from janitor.mesos.resources import Resource


@dataclass(frozen=True, slots=True)
class AgentWork:
    """What to send to one agent for one resource provider: the volumes first, then everything (rule D1)."""

    agent_id: str
    host: str
    provider: str | None
    volumes: Sequence[Resource]
    reservations: Sequence[Resource]
    one_by_one: bool = False

    @property
    def requests(self) -> int:
        if self.one_by_one:
            return len(self.volumes) + len(self.reservations)
        return bool(self.volumes) + bool(self.reservations)


def workable(case: Case) -> tuple[Agent, ...]:
    """The agents that answer and still have something (rule D3)."""
    return tuple(agent for agent in case.snapshot.agents if agent.served and case.left[agent.id].selected)


def work_on(agent: Agent, case: Case) -> list[AgentWork]:
    """One piece of work per resource provider: two in one request are refused (rules D1, D2)."""
    items, memory = case.left[agent.id].selected, case.memory.of(agent.id)
    if memory.final:
        items = items.only(number for number, item in enumerate(items) if memory.ended(item.kind) is None)
    work = []
    for provider in sorted(items.providers, key=str):
        of_provider = items.of(provider)
        work.append(
            AgentWork(
                agent_id=agent.id,
                host=agent.host,
                provider=provider,
                volumes=of_provider.volumes,
                reservations=of_provider.dynamic,
                one_by_one=memory.tries >= 2,
            )
        )
    return [step for step in work if step.requests]
