"""Agents that never return, on the operator's word (rule L6): whom `--lost-agent` means. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from janitor.mesos.cluster import Agent, Roll, Snapshot, Unknown


def agents_meant(
    snapshot: Snapshot, words: Iterable[str], hosts: Mapping[str, str] | None = None
) -> dict[str, frozenset[str]]:
    """word -> the ids of the agents that it means: an id that the cluster knows, or a host where one is known by it.

    hosts: agent id -> host of agents that were seen before. An empty set is a word that means no agent.
    """
    known = dict(hosts or {})
    known.update({agent.id: agent.host for agent in snapshot.agents})
    known.update({agent.id: agent.host for agent in snapshot.recovered})
    ids = set(known)
    if not isinstance(snapshot.tasks, Unknown):
        ids |= {task.agent_id for task in snapshot.tasks}
    if isinstance(snapshot.roll, Roll):
        ids |= snapshot.roll.admitted | snapshot.roll.unreachable | snapshot.roll.gone
    on: dict[str, set[str]] = {}
    for agent_id, host in known.items():
        on.setdefault(host, set()).add(agent_id)
    return {word: frozenset(on.get(word, set()) | ({word} & ids)) for word in words}


def not_lost(agents: Iterable[Agent], words: Iterable[str]) -> Agent | None:
    """An agent that is said to be lost although it is registered and answers; None when there is none."""
    words = frozenset(words)
    return next((agent for agent in agents if agent.served and {agent.id, agent.host} & words), None)
