"""What of a service is on agents that are missing: it waits for them, or was given up with them. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from janitor.holdings.stuck import StuckStep, absence
from janitor.mesos.cluster import Roll, Snapshot, TaskPlace, Unknown
from janitor.words import called, listed

_WITH_ITS_AGENT = ("TASK_GONE_BY_OPERATOR", "TASK_GONE", "TASK_LOST")
"""States of tasks that ended because their agent was gone: what they used is on it still."""


@dataclass(frozen=True, slots=True)
class Missing:
    """An agent that does not answer, and what of the service it may hold.

    lost          it never returns: marked gone, or on the operator's word
    state         how it is away, as a clause
    cause         the same in a word or two, without when
    resource_ids  of the reservations that come back with it, as far as they are known
    forced        those of them whose steps were forced
    """

    agent_id: str
    host: str
    lost: bool
    state: str
    cause: str
    resource_ids: frozenset[str]
    forced: frozenset[str] = frozenset()

    @property
    def named(self) -> str:
        """The agent in a sentence."""
        if not self.agent_id:
            return f"host {called(self.host)}"
        return f"agent {self.agent_id}{f' on {called(self.host)}' if self.host else ''}"


def missing_agents(
    snapshot: Snapshot, own: frozenset[str], lost: frozenset[str], given_up: Iterable[StuckStep]
) -> tuple[Missing, ...]:
    """The agents that do not answer and may hold something of the service, by its tasks and by what was given up.

    own: ids of its frameworks; lost: ids or hosts of agents that never return, on the operator's word.
    """
    ids: dict[tuple[str, str], set[str]] = {}
    given_up = tuple(given_up)
    forced = frozenset(one.resource_id for one in given_up)
    for one in given_up:
        ids.setdefault((one.agent_id or "", "" if one.agent_id else one.host), set()).add(one.resource_id)
    served = frozenset(agent.id for agent in snapshot.agents if agent.served)
    if not isinstance(snapshot.tasks, Unknown):
        for task in snapshot.tasks:
            if task.framework_id in own and task.agent_id not in served and task.resource_ids and _went_with(task):
                ids.setdefault((task.agent_id, ""), set()).update(task.resource_ids)
    agents = {agent.id: agent for agent in snapshot.agents}
    recovered = {agent.id: agent for agent in snapshot.recovered}
    gone = snapshot.roll.gone if isinstance(snapshot.roll, Roll) else frozenset()
    found: list[Missing] = []
    for (agent_id, host), resource_ids in sorted(ids.items()):
        agent, back = agents.get(agent_id), recovered.get(agent_id)
        if agent is not None and agent.served:
            continue
        host = agent.host if agent is not None else back.host if back is not None else host
        if agent_id in gone:
            state, cause = "is marked gone", "marked gone"
        elif {agent_id, host} & lost:
            state, cause = "never returns (--lost-agent)", "never returns"
        else:
            state, cause = absence(agent, back, agent_id, snapshot)
        never = agent_id in gone or bool({agent_id, host} & lost)
        found.append(
            Missing(agent_id, host, never, state.rstrip("."), cause, frozenset(resource_ids), forced & resource_ids)
        )
    return tuple(found)


def _went_with(task: TaskPlace) -> bool:
    """Whether the task was there when its agent went away: what it used was not given back before."""
    return not task.ended or task.state in _WITH_ITS_AGENT


def missing_lines(missing: Iterable[Missing]) -> tuple[str, ...]:
    """A line for each cause: how many reservations are on which agents."""
    groups: dict[tuple[bool, str], list[Missing]] = {}
    for one in missing:
        groups.setdefault((one.lost, one.cause), []).append(one)
    return tuple(_line(members) for members in groups.values())


def _line(members: list[Missing]) -> str:
    first = members[0]
    if len(members) == 1:
        return f"{counted(first.resource_ids)} on {first.named}, which {first.state}"
    ids = frozenset(resource_id for one in members for resource_id in one.resource_ids)
    names = listed(one.agent_id or one.host for one in members)
    return f"{counted(ids)} on {len(members)} agents ({names}); the first of them {first.state}"


def counted(resource_ids: frozenset[str]) -> str:
    """How many reservations these are."""
    return "1 reservation" if len(resource_ids) == 1 else f"{len(resource_ids)} reservations"
