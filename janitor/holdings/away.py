"""Which agents are away, and what ties them to a role, an owner or a znode (rule L6). Pure.

The one place that says so: the roll call of a clean-up and a scan both ask here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from janitor import rules
from janitor.holdings.naming import implied_by_znode, names_of, plain
from janitor.holdings.owners import Owner
from janitor.mesos.cluster import Counts, Framework, Roll, Snapshot, Unknown, version_number
from janitor.message import Message
from janitor.words import called, counted, foreign

ANY = ""
"""Stands for every agent where it cannot be told which one."""


def registered(snapshot: Snapshot) -> frozenset[str]:
    """The ids of the agents that the leader shows, those that it waits for after a failover included."""
    return frozenset(agent.id for agent in snapshot.agents) | {agent.id for agent in snapshot.recovered}


def to_register(snapshot: Snapshot) -> frozenset[str]:
    """The ids of the agents that did not register with this leader yet, and are expected to."""
    waited_for = frozenset(agent.id for agent in snapshot.recovered)
    if isinstance(snapshot.roll, Roll):
        waited_for |= snapshot.roll.admitted - snapshot.roll.gone - registered(snapshot)
    return waited_for


def missing(snapshot: Snapshot, seen: frozenset[str] = frozenset()) -> frozenset[str]:
    """Agents that the cluster should have, or that were `seen` before, and that are not there; those gone are ignored.

    Where the registry may not be read, and agents are counted as unreachable, the agents of tasks take its place.
    """
    expected = seen
    if isinstance(snapshot.roll, Roll):
        expected = (expected | snapshot.roll.admitted | snapshot.roll.unreachable) - snapshot.roll.gone
    elif nameless(snapshot) and not isinstance(snapshot.tasks, Unknown):
        expected |= frozenset(task.agent_id for task in snapshot.tasks)
    return expected - registered(snapshot)


def nameless(snapshot: Snapshot) -> int:
    """How many agents the master counts as unreachable while its registry, which names them, may not be read."""
    if isinstance(snapshot.roll, Unknown) and isinstance(snapshot.counts, Counts):
        return snapshot.counts.agents_unreachable or 0
    return 0


def uncounted(snapshot: Snapshot) -> Message | None:
    """Why it cannot be told which agents are away; None where it can. A registry that may be read names them all."""
    roll, counts = snapshot.roll, snapshot.counts
    if isinstance(roll, Roll) or counts is None:
        return None
    if isinstance(counts, Unknown):
        return Message("It is not known whether agents are unreachable", f"{roll.why} {counts.why}")
    if lacking := _not_told(counts, snapshot.leader.version):
        return Message("It is not known whether agents are missing", f"{roll.why} {lacking}")
    unnamed = nameless(snapshot)
    if unnamed and isinstance(snapshot.tasks, Unknown):
        verb = "is" if unnamed == 1 else "are"
        which = f"{counted(unnamed, 'agent')} {verb} unreachable, and it is not known which ones"
        return Message(which, snapshot.tasks.why)
    return None


def _not_told(counts: Counts, version: str) -> str:
    """What the master does not count, in words; before Mesos 1.2 no agent is ever unreachable."""
    if counts.agents_active is None:
        return "/metrics/snapshot does not tell master/slaves_active."
    if counts.agents_unreachable is None and version_number(version) >= (1, 2):
        return "/metrics/snapshot does not tell master/slaves_unreachable."
    return ""


def fewer_shown(snapshot: Snapshot) -> str:
    """That the master counts more active agents than it shows, where no registry tells who is missing; "" if not."""
    roll, counts = snapshot.roll, snapshot.counts
    if isinstance(roll, Roll) or not isinstance(counts, Counts) or counts.agents_active is None:
        return ""
    shown = sum(agent.active for agent in snapshot.agents)
    if counts.agents_active <= shown:
        return ""
    return f"The master counts {counts.agents_active} active agents and shows {shown}. {roll.why}"


def ties(snapshot: Snapshot, roles: Collection[str], path: str, owners: Iterable[Owner]) -> dict[str, str]:
    """agent id -> what ties it to these; every agent is tied where the tasks cannot be read.

    roles   that were asked for: a task of a framework that has one of them ties, and a task that used one of them
    path    of a znode, "" for none: so do the frameworks of its service's name, and the role that it implies
    owners  of what is reserved: so do the frameworks that they are by their ids, whatever roles those have by now
    """
    if isinstance(snapshot.tasks, Unknown):
        return {ANY: f"it is not known whether tasks of the role ran there: {snapshot.tasks.why}"}
    names = names_of(path)

    def of_a_role(those: Iterable[str]) -> bool:
        return any(role in roles or implied_by_znode(path, role) for role in those)

    def owns(framework: Framework) -> bool:
        return of_a_role(framework.roles) or plain(framework.name) in names

    names_by_id = {one.framework_id: one.framework_id for one in owners if one.framework_id is not None}
    names_by_id |= {one.id: one.name for one in snapshot.frameworks if one.id in names_by_id or owns(one)}
    asked = lru_cache(maxsize=None)(of_a_role)  # few sets, many tasks
    found: dict[str, str] = {}
    for task in snapshot.tasks:
        if task.agent_id in found:
            continue
        if task.unclear:
            found[task.agent_id] = f"what task {foreign(task.name, 80)} used there cannot be read"
        elif task.framework_id in names_by_id or asked(task.roles):
            name = names_by_id.get(task.framework_id, task.framework_id)
            found[task.agent_id] = f"framework {called(name)} had a task there"
    return found


@dataclass(frozen=True, slots=True)
class Away:
    """What a view tells of the agents that are away, whoever asks: worked out once, since a cluster has many znodes.

    doubts     what is not known of them as a whole, a line each
    missing    ids of those that are not expected to register, sorted
    snapshot   the view, of the tasks those alone that were on these: the others tie nothing, and are far more
    """

    doubts: tuple[str, ...]
    missing: tuple[str, ...]
    snapshot: Snapshot

    @classmethod
    def of(cls, snapshot: Snapshot) -> Away:
        """Make it of a view."""
        unknown, fewer = uncounted(snapshot), fewer_shown(snapshot)
        why = [*([unknown.why] if unknown is not None else []), *([fewer] if fewer else [])]
        doubts = tuple(Message("What agents that are away hold.", one) for one in why)
        absent = missing(snapshot)
        if not isinstance(snapshot.tasks, Unknown):
            there = tuple(task for task in snapshot.tasks if task.agent_id in absent)
            snapshot = replace(snapshot, tasks=there)
        return cls(doubts, tuple(sorted(absent - to_register(snapshot))), snapshot)


def may_hold_more(away: Away, roles: Collection[str], path: str, owners: Iterable[Owner]) -> tuple[str, ...]:
    """What is not known of agents that are away, a line each: they may hold something of these. As `ties` has it."""
    if not away.missing:
        return away.doubts
    tied = ties(away.snapshot, roles, path, owners)
    told = [(agent_id, tie) for agent_id in away.missing if (tie := tied.get(agent_id, tied.get(ANY))) is not None]
    if not told:
        return away.doubts
    agent_id, tie = told[0]
    more = f", and so of {counted(len(told) - 1, 'more agent')}" if len(told) > 1 else ""
    return (*away.doubts, f"What agent {called(agent_id)} holds, which is unreachable: {tie}{more} (rule {rules.L6}).")
