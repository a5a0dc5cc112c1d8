"""The proofs of all agents together: whom to ask, what to wait for, and how what is known is known (rule P2a). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from janitor.cleanup.awaited import Awaited
from janitor.cleanup.case import Case
from janitor.cleanup.job import Job
from janitor.cleanup.memory import Memory
from janitor.cleanup.pings import removals_waiting
from janitor.cleanup.proof import Proof
from janitor.cleanup.prove import Finding, believed, doubtful, holds, prove
from janitor.cleanup.selection import Remaining
from janitor.mesos.cluster import Agent, OwnState, Unknown
from janitor.words import counted

FEW = 16
"""Agents that held nothing and could not be asked are asked again in each look, if they are no more than this."""


@dataclass(frozen=True, slots=True)
class Proven:
    """What is known of the agents that show nothing of what was asked for.

    proofs   agent id -> how it is known that nothing is left there, of those that held something
    waits    what is missing to the proof of the others
    ask      agents whose own state the next look should read
    """

    memory: Memory
    proofs: dict[str, Proof] = field(default_factory=dict)
    waits: tuple[Awaited, ...] = ()
    ask: frozenset[str] = frozenset()
    notices: tuple[str, ...] = ()


def prove_all(case: Case) -> Proven:
    """Ask for the proof of every agent that needs one."""
    snapshot, job, left = case.snapshot, case.job, case.left
    own = {agent_id: state for agent_id, said in snapshot.own.items() if (state := believed(said, job)) is not None}
    holders = case.selection.holders
    agents = sorted((one for one in snapshot.agents if one.id not in case.given_up), key=lambda agent: agent.id)
    in_doubt = frozenset(agent.id for agent in agents if doubtful(agent, case))
    silent = [one for one in agents if one.served and not left[one.id].selected and not left[one.id].excess]
    held = [agent for agent in silent if agent.id in holders]
    others = [agent for agent in silent if agent.id not in holders and agent.id in in_doubt]
    emptied = [agent.id for agent in (*held, *others) if not _shows(agent, own.get(agent.id), job)]
    memory = case.memory.after_own_states(own).after_empty(emptied, case.now)
    known = replace(case, memory=memory)
    found = {agent.id: prove(agent, known) for agent in (*held, *others)}
    rest = [found[agent.id] for agent in others]
    waits = [wait for agent in held if (wait := found[agent.id].wait) is not None]
    return Proven(
        memory=_remembered(known, left, found, in_doubt),
        proofs={agent.id: proof for agent in held if (proof := found[agent.id].proof) is not None},
        waits=(*waits, *_together(rest, case)),
        ask=frozenset(agent_id for agent_id, finding in found.items() if finding.ask) | _once_more(others, found),
        notices=tuple(_notices(rest, job)),
    )


def _once_more(others: Sequence[Agent], found: Mapping[str, Finding]) -> frozenset[str]:
    """The few that could not be asked: one that was busy may answer long before the ping window is over."""
    unread = [agent.id for agent in others if found[agent.id].wait is not None]
    return frozenset(unread if len(unread) <= FEW else ())


def _shows(agent: Agent, own: OwnState | Unknown | None, job: Job) -> bool:
    return isinstance(own, OwnState) and holds(own, agent, job)


def _remembered(
    case: Case,
    left: Mapping[str, Remaining],
    found: Mapping[str, Finding],
    in_doubt: frozenset[str],
) -> Memory:
    """With what this look has proven. Agents that went away before they proved it stay doubted (rule L6)."""
    memory = case.memory
    listed = {agent.id for agent in case.snapshot.agents}
    served = {agent.id for agent in case.snapshot.agents if agent.served}
    proven = {agent_id for agent_id, finding in found.items() if finding.proof is not None}
    told = {agent_id for agent_id in proven if found[agent_id].proof is Proof.BY_OWN_STATE} | (memory.told - served)
    returned = {agent_id for agent_id in memory.doubted if agent_id in left and left[agent_id].new} | memory.returned
    unasked = memory.quiet_at if case.snapshot.counts is None else None
    return memory.after_proofs(
        told=told,
        doubted=((in_doubt | (memory.doubted - listed)) - proven - told) | returned,
        returned=returned,
        quiet_at=case.now if removals_waiting(case.snapshot) == 0 else unasked,
    )


def _together(rest: Sequence[Finding], case: Case) -> list[Awaited]:
    """One wait for all agents that held nothing and lack the same: there may be thousands."""
    waits: dict[tuple[float | None, str | None], list[Awaited]] = {}
    for finding in rest:
        if finding.wait is not None:
            waits.setdefault((finding.wait.at_most, finding.wait.remedy), []).append(finding.wait)
    unasked = sum(finding.ask and finding.wait is None for finding in rest)
    asked = [Awaited(f"the own state of {counted(unasked, 'agent')} to be read", case.now)] if unasked else []
    return asked + [
        alike[0]
        if len(alike) == 1
        else replace(alike[0], what=f"{alike[0].what}, and {len(alike) - 1} more agents", agent_id=None)
        for alike in waits.values()
    ]


def _notices(rest: Sequence[Finding], job: Job) -> list[str]:
    """How it is known of the agents that held nothing, or, in a dry run, what is not known of them."""
    if not rest or any(finding.ask for finding in rest):
        return []
    word = "The master cannot tell what its agents have done."
    unknown = [finding.wait.what for finding in rest if finding.wait is not None]
    if unknown:
        more = f", and {len(unknown) - 1} more" if len(unknown) > 1 else ""
        return [f"{word} Not known yet; a run would wait for {unknown[0]}{more}."] if job.dry_run else []
    ways = Counter(finding.proof.sentence for finding in rest if finding.proof is not None)
    return [f"{word} Checked on {count} that show nothing of it: {how}." for how, count in sorted(ways.items())]
