"""Agents that never return, on the operator's word (rule L6): whom `--lost-agent` means. Pure.

An id always works. A host works while the cluster shows the agent with it: of an unreachable one it tells the id alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher

from janitor.cleanup.near import alike
from janitor.mesos.cluster import Agent, Roll, Snapshot, Unknown
from janitor.message import Again, Remedy, do
from janitor.words import called, command, listed

_ID = re.compile(r"(?P<master>\S+-)?(?P<number>S\d+)")
"""An agent's id: that of the master that gave it, and a number (mesos: Master::newSlaveId)."""

_RANDOM = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-")
"""The id of a master since Mesos 0.23: two of them have nothing in common."""

_HOST = re.compile(r"[\w.:-]+")

_SHORTEST_START = 8
"""Characters of an id that somebody may have pasted instead of all."""

_ALIKE = 0.9
"""Likeness of two random ids of which one is mistyped: three characters of 36."""


def agents_meant(
    snapshot: Snapshot, words: Iterable[str], hosts: Mapping[str, str] | None = None
) -> dict[str, frozenset[str]]:
    """word -> the ids of the agents that it means: an id that the cluster knows, or a host where one is known by it.

    hosts: agent id -> host of agents that were seen before. An empty set is a word that means no agent.
    """
    known = dict(hosts or {}) | _hosts(snapshot)
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


def is_there(agent: Agent) -> str:
    """What is said of such an agent."""
    option = command("--lost-agent", agent.id)
    where = f", on {called(agent.host)}," if agent.host else ""
    return f"{option}: this agent{where} is registered and answers: it is not lost."


def unknown(word: str) -> str:
    """What is said of a word that means no agent."""
    return f"{command('--lost-agent', word)}: this cluster knows no such agent."


def those_away(snapshot: Snapshot, roll: Roll) -> Remedy:
    """Which word may be given instead."""
    away = _away(snapshot, roll)
    if not away:
        return do("No agent is away. Leave the option out:", Again(without=["--lost-agent"]))
    return do(
        f"Agents that are away: {listed(away)}. Give the id of one:",
        Again("--lost-agent", "AGENT_ID", without=["--lost-agent"]),
    )


def likely_mistake(word: str, snapshot: Snapshot, roll: Roll) -> Remedy | None:
    """What to do about a word that means no agent, where it is a mistake; None where it may be right all the same.

    It may be the id of an agent that the master has forgotten since, or a host while nobody is away: a second run.
    """
    away, hosts = _away(snapshot, roll), _hosts(snapshot)
    near = [agent_id for agent_id in away if _mistaken_id(word, agent_id) or _mistaken_host(word, hosts.get(agent_id))]
    if near:
        meant = [Again("--lost-agent", agent_id, without=["--lost-agent"]) for agent_id in near[:3]]
        return do("Did you mean this one?", *meant)
    if _ID.fullmatch(word) or (not away and _HOST.fullmatch(word)):
        return None
    return those_away(snapshot, roll)


def _away(snapshot: Snapshot, roll: Roll) -> list[str]:
    served = {agent.id for agent in snapshot.agents if agent.served}
    return sorted((roll.admitted | roll.unreachable | {agent.id for agent in snapshot.agents}) - roll.gone - served)


def _hosts(snapshot: Snapshot) -> dict[str, str]:
    """agent id -> its host, of the agents that the master shows by it."""
    hosts = {agent.id: agent.host for agent in snapshot.agents}
    return hosts | {agent.id: agent.host for agent in snapshot.recovered}


def _mistaken_id(word: str, agent_id: str) -> bool:
    """Whether the word is very likely this id, mistyped or cut off. Ids of one master differ in their number alone."""
    typed, real = _ID.fullmatch(word), _ID.fullmatch(agent_id)
    if typed is None or real is None:
        return len(word) >= _SHORTEST_START and agent_id.startswith(word)
    if typed["number"] != real["number"]:
        return False
    one, two = (typed["master"] or "").lower(), real["master"] or ""
    return not one or (bool(_RANDOM.fullmatch(two)) and SequenceMatcher(None, one, two).ratio() >= _ALIKE)


def _mistaken_host(word: str, host: str | None) -> bool:
    """Whether the word is very likely this host, mistyped or with a port."""
    return bool(host) and (word.partition(":")[0] == host or alike(word, host or ""))
