"""Agents that are absent: which are still to register, and what to do about one that is away (rule L6). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from janitor.cleanup.case import Case
from janitor.mesos.cluster import Recovered
from janitor.message import Again, do
from janitor.words import counted, listed

RETURNS = (
    do("When the agent is back, run this again:", Again())
    .also("If it never returns, say so, once for each agent:", Again("--lost-agent", "AGENT_ID"))
    .also("Or mark it gone:", "dcos node decommission AGENT_ID")
)


def still_to_register(case: Case) -> tuple[Recovered, ...]:
    """The recovered agents that are waited for: all but those that never return, on the operator's word (rule L6)."""
    return tuple(agent for agent in case.snapshot.recovered if agent.id not in case.given_up)


def waits_for_recovered(recovered: Sequence[Recovered]) -> str:
    """What a wait for these agents is called."""
    names = listed(agent.host or agent.id for agent in recovered)
    return f"{counted(len(recovered), 'agent')} to register with the new leader ({names})"
