"""The roll call (rule L6): which agents the cluster should have, which of them are away, and whether that matters."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from janitor.cleanup.absent import RETURNS, still_to_register, waits_for_recovered
from janitor.cleanup.asked import asks_for_resources
from janitor.cleanup.awaited import Awaited
from janitor.cleanup.case import Case
from janitor.cleanup.job import Job
from janitor.cleanup.lost import unknown
from janitor.cleanup.objection import LOOKS
from janitor.cleanup.outcome import WHATEVER, Leftover
from janitor.cleanup.prove import doubtful
from janitor.cleanup.selection import Selection
from janitor.holdings.away import ANY, fewer_shown, missing, nameless, ties, uncounted
from janitor.holdings.owners import owners
from janitor.mesos.cluster import Agent, Roll, Snapshot
from janitor.words import counted, listed

MOST_NAMED = 10
"""Agents that get a line each; the rest of them is counted."""


@dataclass(frozen=True, slots=True)
class RollCall:
    """Who is away: what to wait for, what stays because of it, and what an operator should know all the same."""

    waits: tuple[Awaited, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    notices: tuple[str, ...] = ()

    @property
    def away(self) -> str:
        """The agents that it takes to be back, in words; "" for none, and where it cannot be told which they are."""
        if not all(left.agent_id for left in self.leftovers):
            return ""
        names = {left.agent_id: left.host for left in self.leftovers}
        named = [f"{agent_id} on {host}" if host else agent_id for agent_id, host in sorted(names.items())]
        parts = [f"{_agents(named)} to be back"] if named else []
        return ", and ".join([*parts, *(wait.what for wait in self.waits)])


def call_roll(case: Case) -> RollCall:
    """Compare who should be there with who is."""
    snapshot = case.snapshot
    selection = case.selection
    waits: list[Awaited] = []
    leftovers: list[Leftover] = []
    notices = [unknown(word) for word, ids in case.meant.items() if not ids]
    recovered = still_to_register(case)
    if recovered:
        waits.append(Awaited(waits_for_recovered(recovered), case.now))
    away = sorted(
        (
            agent
            for agent in snapshot.agents
            if not agent.served and agent.id not in case.given_up and _matters(agent, case)
        ),
        key=lambda agent: agent.id,
    )
    waits += _to_connect(away, case)
    leftovers += [left for agent in away for left in _disconnected(agent, selection, case.job)]
    to_register: list[str] = []
    untied: list[str] = []
    tied = ties(snapshot, _roles(case.job), case.path, owners(selection.kinds))
    for agent_id in sorted(missing(snapshot, selection.holders | case.memory.doubted)):
        if agent_id in case.given_up:
            continue
        if isinstance(snapshot.roll, Roll) and agent_id in snapshot.roll.admitted:
            to_register.append(agent_id)
        elif agent_id in selection.holders:
            leftovers += _held_by_absent(agent_id, case)
        elif agent_id in case.memory.doubted:
            leftovers.append(_unseen(agent_id, "it left before it was proven that it holds nothing", case))
        elif (tie := tied.get(agent_id, tied.get(ANY))) is not None:
            leftovers.append(_unseen(agent_id, tie, case))
        else:
            untied.append(agent_id)
    if to_register:
        waits.append(Awaited(f"{_agents(to_register)} to register", case.now, agent_id=_only(to_register)))
    leftovers += _untold(case)
    notices += _untied(untied, snapshot, case.job, tied=bool(leftovers))
    notices += _gave_up(case)
    return RollCall(tuple(waits), tuple(leftovers), tuple(notices))


def _to_connect(away: list[Agent], case: Case) -> list[Awaited]:
    """Agents that are listed and do not answer come back, or the master declares them unreachable soon."""
    window = case.snapshot.flags.ping_window
    waited = [
        (agent, since)
        for agent in away
        if case.now - (since := case.memory.away_since.get(agent.id, case.now)) < window
    ]
    if not waited:
        return []
    names = _agents([agent.named for agent, _ in waited])
    return [
        Awaited(
            f"{names} to connect again",
            max(since for _, since in waited),
            window,
            agent_id=_only(agent.id for agent, _ in waited),
        )
    ]


def _only(agent_ids: Iterable[str]) -> str | None:
    """The one agent; None for several."""
    first, *more = agent_ids
    return None if more else first


def _matters(agent: Agent, case: Case) -> bool:
    """Whether a disconnected agent holds something of the selection, or may do so (rule P2a)."""
    held = bool(case.selection.of(agent.id))
    return held or (doubtful(agent, case) and agent.id not in case.memory.told)


def _disconnected(agent: Agent, selection: Selection, job: Job) -> list[Leftover]:
    items = _selected_on(agent.id, selection) or [_whatever(job)]
    return [Leftover(agent.id, agent.host, item, "The agent is disconnected.", RETURNS) for item in items]


def _selected_on(agent_id: str, selection: Selection) -> list[str]:
    """What was selected on an agent, in words."""
    return [f"{kind.name}:{pin.amount}" for kind, pin in selection.of(agent_id).items()]


def _held_by_absent(agent_id: str, case: Case) -> list[Leftover]:
    host = case.selection.hosts.get(agent_id, "")
    saw = "this run saw it hold" if case.job.approved is None else "the plan says that it holds"
    words = f"{_state_of(agent_id, case.snapshot)}; {saw} this.{_on_its_host(host, case)}"
    return [Leftover(agent_id, host, item, words, RETURNS) for item in _selected_on(agent_id, case.selection)]


def _state_of(agent_id: str, snapshot: Snapshot) -> str:
    """How an agent is away: a master forgets one that was stopped in order, or that came back under another id."""
    known = not isinstance(snapshot.roll, Roll) or agent_id in snapshot.roll.unreachable
    return "The agent is unreachable" if known else "The master does not know the agent any more"


def _on_its_host(host: str, case: Case) -> str:
    """Which agent is registered there: it may be the same machine, which came back under another id."""
    others = [agent.id for agent in case.snapshot.agents if host and agent.host == host]
    return f" On its host is agent {listed(others)} now: it may be the same one, which came back." if others else ""


def _roles(job: Job) -> frozenset[str]:
    """The role that was asked for; none for `*`."""
    return frozenset({job.role} if job.role is not None and asks_for_resources(job) else ())


def _untold(case: Case) -> list[Leftover]:
    """Where the registry may not be read, the numbers of unreachable and of active agents stand in for their names."""
    words = str(uncounted(case.snapshot) or "")
    if not words and case.memory.missing_looks >= LOOKS:
        words = fewer_shown(case.snapshot)
    if not words:
        return []
    return [Leftover("", "", _whatever(case.job), words, RETURNS)]


def _agents(names: list[str]) -> str:
    """These agents in a sentence: one by its name, the first few of many."""
    return f"agent {names[0]}" if len(names) == 1 else f"{len(names)} agents ({listed(names)})"


def _untied(untied: list[str], snapshot: Snapshot, job: Job, *, tied: bool) -> list[str]:
    """Agents that are away and do not matter: worth a line, not a line each."""
    notices = []
    no_sign = f"There is no sign of {job.role or job.znode} on"
    if untied:
        names, verb, them = _agents(untied), *(("is", "it") if len(untied) == 1 else ("are", "them"))
        notices.append(f"{names[0].upper()}{names[1:]} {verb} unreachable. {no_sign} {them}.")
    if nameless(snapshot) and not tied:
        unnamed = nameless(snapshot)
        verb, them = ("is", "it") if unnamed == 1 else ("are", "them")
        notices.append(f"{counted(unnamed, 'agent')} {verb} unreachable. {no_sign} {them}.")
    return notices


def _whatever(job: Job) -> str:
    """What is left where nobody could look."""
    return f"{WHATEVER}{job.role or job.znode} holds there"


def _unseen(agent_id: str, tie: str, case: Case) -> Leftover:
    return Leftover(agent_id, "", _whatever(case.job), f"{_state_of(agent_id, case.snapshot)}; {tie}.", RETURNS)


def _gave_up(case: Case) -> list[str]:
    """What the operator's word means, agent by agent; of very many agents the first, and how many more."""
    told = sorted(case.given_up)
    notices = []
    for agent_id in told[:MOST_NAMED]:
        held = listed(_selected_on(agent_id, case.selection), 10, "")
        what = f"not removed there: {held}" if held else "nothing to remove was seen there"
        notices.append(f"Agent {agent_id} counts as permanently lost (--lost-agent); {what}.")
    if len(told) > MOST_NAMED:
        notices.append(f"{len(told) - MOST_NAMED} more agents count as permanently lost (--lost-agent).")
    return notices
