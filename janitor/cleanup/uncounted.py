"""Where the registry may not be read, numbers stand in for the names of agents (rule L6). Pure."""

from __future__ import annotations

from janitor.cleanup.absent import RETURNS
from janitor.cleanup.case import Case
from janitor.cleanup.objection import LOOKS
from janitor.cleanup.outcome import WHATEVER, Leftover
from janitor.mesos.cluster import Counts, Roll, Snapshot, Unknown, version_number
from janitor.words import counted


def untold(case: Case) -> list[Leftover]:
    """Where the registry may not be read, the numbers of unreachable and of active agents stand in for their names."""
    snapshot, counts = case.snapshot, case.snapshot.counts
    if isinstance(snapshot.roll, Roll) or counts is None:
        return []
    if isinstance(counts, Unknown):
        words = f"It is not known whether agents are unreachable: {snapshot.roll.why} {counts.why}"
    elif uncounted := _uncounted(counts, snapshot.leader.version):
        words = f"It is not known whether agents are missing: {snapshot.roll.why} {uncounted}"
    elif case.memory.missing_looks >= LOOKS:
        shown = sum(agent.active for agent in snapshot.agents)
        words = f"The master counts {counts.agents_active} active agents and shows {shown}. {snapshot.roll.why}"
    elif nameless(snapshot) and isinstance(snapshot.tasks, Unknown):
        unnamed = nameless(snapshot)
        verb = "is" if unnamed == 1 else "are"
        words = f"{counted(unnamed, 'agent')} {verb} unreachable, and it is not known which ones: {snapshot.tasks.why}"
    else:
        return []
    return [Leftover("", "", f"{WHATEVER}{case.job.role or case.job.znode} holds there", words, RETURNS)]


def _uncounted(counts: Counts, version: str) -> str:
    """What the master does not count, in words; before Mesos 1.2 no agent is ever unreachable."""
    if counts.agents_active is None:
        return "/metrics/snapshot does not tell master/slaves_active."
    if counts.agents_unreachable is None and version_number(version) >= (1, 2):
        return "/metrics/snapshot does not tell master/slaves_unreachable."
    return ""


def nameless(snapshot: Snapshot) -> int:
    """How many agents the master counts as unreachable while its registry, which names them, may not be read."""
    if isinstance(snapshot.roll, Unknown) and isinstance(snapshot.counts, Counts):
        return snapshot.counts.agents_unreachable or 0
    return 0
