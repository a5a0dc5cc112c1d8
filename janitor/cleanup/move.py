"""What a run does next, as a value, and which of them follows from what was found. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from janitor.cleanup.awaited import Awaited
from janitor.cleanup.case import Case
from janitor.cleanup.objection import Objection
from janitor.cleanup.outcome import Blocked
from janitor.cleanup.prove import tells
from janitor.cleanup.work import AgentWork

LIGHT_AFTER = 3
"""Looks in a row without work after which ZooKeeper is left alone until something changes."""

LONGEST_WAIT = 2.0
"""Seconds between two looks that only wait."""


@dataclass(frozen=True, slots=True)
class Write:
    """Send this work, let it settle, and look at everything again.

    own     agents whose own state that look should read
    """

    work: tuple[AgentWork, ...]
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Look once more.

    own     agents whose own state to read
    whole   whether to look at the znode and at Marathon, too
    after   seconds to wait before it, if the looks themselves take no longer; 0 for at once
    """

    own: frozenset[str] = frozenset()
    whole: bool = True
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Stay:
    """All the rest is clean: stay until these agents are back, as long as the operator said, and look now and then."""

    what: str


@dataclass(frozen=True, slots=True)
class Refuse:
    """A rule ends the run."""

    blocked: Blocked


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing more can be done: what is left stays; so does the znode. Where a dry run has seen all, it stops, too."""


@dataclass(frozen=True, slots=True)
class Finish:
    """All that was asked for on agents is proven gone, as this very look shows: the znode may go."""


Move = Write | LookAgain | Stay | Refuse | Stop | Finish
"""What the run does next."""


def next_move(
    case: Case,
    objection: Objection,
    work: Sequence[AgentWork],
    *,
    waits: bool,
    ask: frozenset[str],
    clean: bool,
    kept: bool,
    away: str = "",
) -> Move:
    """What the run does next. Before it writes or ends, it looks at everything.

    away: the agents that it takes to be back, where nothing else is open; "" otherwise.
    """
    if isinstance(objection, Blocked):
        return Refuse(objection)
    guarded = isinstance(objection, Awaited)
    unasked = ask - case.memory.asked
    again = LookAgain(ask | case.snapshot.own.keys())
    if case.job.dry_run and not guarded:
        return again if unasked else Stop()
    whole = case.inventory.znode is not None or not case.path
    if (work or clean) and not whole:
        return again
    if clean:
        return Stop() if kept else Finish()
    if work:
        return Write(tuple(work), ask | _untold(case, work))
    if away and case.job.wait_for_agents:
        return Stay(away)
    if not (waits or ask):
        return Stop()
    idle = case.memory.idle + 1
    after = 0.0 if unasked else min(0.05 * 2 ** min(idle, 6), LONGEST_WAIT)
    return LookAgain(ask, whole=guarded or idle <= LIGHT_AFTER, after=after)


def _untold(case: Case, work: Sequence[AgentWork]) -> frozenset[str]:
    """The agents of this work of which the master does not tell what they have done (rule P2)."""
    touched = frozenset(step.agent_id for step in work)
    return frozenset(
        agent.id for agent in case.snapshot.agents if agent.id in touched and not tells(agent, case.snapshot)
    )
