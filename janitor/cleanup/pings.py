"""The proof by pings (rule P2): an agent that has answered one has read every message that was sent before it. Pure."""

from __future__ import annotations

from functools import partial

from janitor.cleanup.awaited import Awaited
from janitor.cleanup.case import Case
from janitor.mesos.cluster import Agent, Counts, Flags, Snapshot, Unknown, version_number
from janitor.message import Again, Remedy, do
from janitor.transport.advice import CLUSTER
from janitor.words import clause, counted, foreign

_COUNTED_FOR_EVER = (
    "The master goes on counting an agent that left while it waited to be removed, until another master leads."
)

_ELSEWHERE = "Or run it where the agent's own state can be read: where its port 5051 can be reached, or here:"


def unanswered(agent: Agent, why: str, case: Case) -> Awaited | None:
    """What is missing to the proof; None when it is complete. `why` its own state cannot be read is said.

    An agent that the master still lists as active has answered a ping when the window is over, and the metrics, read
    after that, show that nobody waits to be removed. A removal takes a moment to be written: so it must be listed once
    more, in a later look.
    """
    snapshot, now = case.snapshot, case.now
    flags = snapshot.flags
    since = case.memory.empty_since.get(agent.id, now)
    who = f"agent {agent.named}"
    wait = partial(Awaited, since=since, agent_id=agent.id)
    silent = f"its own state cannot be read: {clause(why)}"
    if flags.unread:
        what = (
            f"{who} to be proven clean ({silent}; the master's flags cannot be read, so how long it pings is not known)"
        )
        return wait(what, remedy=_elsewhere("Use credentials that may read the master's flags."))
    if case.memory.quiet_at is not None and case.memory.quiet_at - since > flags.answer_window:
        return None
    if now - since <= flags.answer_window:
        return wait(f"{who} to answer pings ({silent})", at_most=flags.answer_window, remedy=_more_time(flags))
    waiting = removals_waiting(snapshot)
    if isinstance(waiting, Unknown):
        what = (
            f"{who} to be proven clean ({silent}; the master does not tell whether it waits to be removed: "
            f"{clause(waiting.why)})"
        )
        return wait(what, remedy=_elsewhere("Use credentials that may read /metrics/snapshot."))
    if waiting:
        limit = f", at most {foreign(flags.removal_limit, 40)}" if flags.removal_limit else ""
        what = (
            f"{who} to be proven clean ({silent}; the master has {counted(waiting, 'agent')} to remove{limit}, "
            "perhaps this one)"
        )
        again = "When the master has removed them, run this again:"
        return wait(what, remedy=_elsewhere(again, Again()).also(_COUNTED_FOR_EVER))
    return wait(f"{who} to be in the master's list again ({silent})", at_most=flags.answer_window + 10.0)


def removals_waiting(snapshot: Snapshot) -> int | Unknown:
    """How many agents answer no ping and are listed as active all the same, until they may be removed.

    An agent that goes away by itself while it waits is never counted as completed or canceled: its observer ends with
    it (mesos: SlaveObserver). A later look cannot tell it from one that waits. But without a limit nobody waits: what
    is counted then is such an agent, or one that the next look does not list any more.
    """
    counts = snapshot.counts
    if not isinstance(counts, Counts):
        return counts if counts is not None else Unknown("/metrics/snapshot was not read.")
    old = version_number(snapshot.leader.version) < (1, 1)
    waiting = counts.waiting_old if old else counts.waiting
    if waiting and not snapshot.flags.removal_limit and not snapshot.flags.unread:
        return 0
    name = "master/slave_shutdowns" if old else "master/slave_unreachable"
    return waiting if waiting is not None else Unknown(f"/metrics/snapshot does not tell {name}_scheduled.")


def _more_time(flags: Flags) -> Remedy:
    seconds = flags.answer_window + 60.0
    return _elsewhere("Run this with more time:", Again("--timeout", f"{seconds:.0f}s"))


def _elsewhere(first: str, *commands: str) -> Remedy:
    return do(first, *commands).also(_ELSEWHERE, CLUSTER)
