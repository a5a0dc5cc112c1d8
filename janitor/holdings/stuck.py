"""Why a step of an uninstall does not end, and whether it is safe to force it. Pure.

An unreserve step ends when its reservation is offered to the scheduler and given back (dcos-commons:
ResourceCleanupStep). It waits for ever when the agent is gone for good; that alone makes it safe to force.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from janitor.dcos.scheduler import COMPLETE, Phase, Plan, Step
from janitor.holdings.where import RENAMED, Index, Place, host_of, index, resource_id_of
from janitor.mesos.cluster import Agent, Recovered, Roll, Snapshot
from janitor.words import called, utc

RESOURCE_PHASES = ("unreserve-resources", "resource-phase")
"""Phases whose steps unreserve: since SDK 0.30 (with a host since 0.52), and before."""

StuckKind = Literal["offered", "held", "away", "lost", "absent", "unknown"]
"""Its reservation will be offered; is held by a task or an offer; is on an agent that is away and may come back; is on
one that never returns; is on no agent any more although its agent answers; or: where it is cannot be told."""


@dataclass(frozen=True, slots=True)
class StuckStep:
    """A step that is not COMPLETE, or that was forced although its agent may hold the reservation still.

    kind      what it waits for; `lost` and `absent` are safe to force
    why       the same in words, with the evidence
    cause     the same without the place: what is one cause for many steps
    agent_id  on which agent, where that can be told
    """

    plan: str
    phase: Phase
    step: Step
    kind: StuckKind
    why: str
    agent_id: str | None = None
    host: str = ""
    cause: str = ""

    @property
    def resource_id(self) -> str:
        """The reservation's resource_id."""
        return resource_id_of(self.step.name)

    @property
    def safe(self) -> bool:
        """Whether it may be forced: its reservation is gone, or its agent never returns."""
        return self.kind in ("lost", "absent")

    @property
    def given_up(self) -> bool:
        """Whether forcing it gives something up: its agent may hold the reservation still, should it ever return."""
        return self.kind == "lost"


@dataclass(frozen=True, slots=True)
class _Finding:
    kind: StuckKind
    why: str
    agent_id: str | None = None
    host: str = ""
    cause: str = ""


def judged(
    plan: Plan, snapshot: Snapshot, roles: Iterable[str], lost: frozenset[str] = frozenset()
) -> tuple[tuple[StuckStep, ...], tuple[StuckStep, ...]]:
    """(the unreserve steps that are not COMPLETE, those that are and gave something up), and why.

    The plan must have been read after the snapshot: a step is COMPLETE before its reservation is given back, so that
    an absent reservation of an open step is none that was just given back. roles: the service's. lost: ids or hosts of
    agents that never return, on the operator's word.

    What is COMPLETE although it was on an agent that never returns was forced, by this run or by one before it, since
    nobody offers what is on such an agent.
    """
    known = index(snapshot, roles)
    steps = tuple(_judged(plan, known, lost))
    stuck = tuple(one for one in steps if one.step.status != COMPLETE)
    return stuck, tuple(one for one in steps if one.step.status == COMPLETE and one.given_up)


def _judged(plan: Plan, known: Index, lost: frozenset[str]) -> Iterable[StuckStep]:
    for phase in plan.phases:
        if not phase.name.startswith(RESOURCE_PHASES):
            continue
        of_phase = known.of_phase(phase)
        for step in phase.steps:
            if RENAMED in step.name:  # given back before its scheduler was restarted
                continue
            finding = _finding(resource_id_of(step.name), phase, known, of_phase, lost)
            yield StuckStep(
                plan.name, phase, step, finding.kind, finding.why, finding.agent_id, finding.host, finding.cause
            )


def _finding(
    resource_id: str, phase: Phase, known: Index, of_phase: tuple[Place, ...], lost: frozenset[str]
) -> _Finding:
    if resource_id in known.held:
        return _with_reservation(resource_id, known.held[resource_id], known, lost)
    places = known.used.get(resource_id) or of_phase
    if places:
        # Where it may be on one of several, each of them has to be safe; and one that may hold it is given up.
        return min((_without_reservation(place, known, lost) for place in places), key=_by_doubt)
    host = host_of(phase)
    if host in lost:
        return _Finding("lost", f"Host {called(host)} never returns (--lost-agent).", None, host, "never returns")
    where = f"on host {called(host)}, which no registered agent has" if host else "on an agent that cannot be told"
    why = f"No agent shows it, and it was {where}: it may come back."
    return _Finding("unknown", why, None, host, "no agent shows it")


def _by_doubt(finding: _Finding) -> int:
    return {"absent": 2, "lost": 1}.get(finding.kind, 0)


def _with_reservation(resource_id: str, agent: Agent, known: Index, lost: frozenset[str]) -> _Finding:
    """The master shows the reservation: it will be offered once nobody holds it and the agent answers."""
    where = f"Agent {agent.named}"

    def found(kind: StuckKind, why: str, cause: str) -> _Finding:
        return _Finding(kind, f"{where} {why}", agent.id, agent.host, cause)

    if not agent.served and {agent.id, agent.host} & lost:
        return found("lost", "never returns (--lost-agent).", "never returns")
    if agent.deactivated:
        return found("away", _DEACTIVATED, "deactivated")
    if not agent.active:
        return found("away", "is disconnected; it may come back.", "disconnected")
    holder = known.holders.get(resource_id)
    if holder is not None:
        return found("held", f"has it, and {holder}", holder)
    return found("offered", "has it; it will be offered: wait.", "offered")


_DEACTIVATED = "is drained or deactivated: nothing of it is offered until it is reactivated."


def _without_reservation(place: Place, known: Index, lost: frozenset[str]) -> _Finding:
    """No agent shows the reservation, and this is where it was."""
    agent_id, snapshot = place.agent_id, known.snapshot
    agent, recovered = known.agents.get(agent_id), known.recovered.get(agent_id)
    host = agent.host if agent is not None else recovered.host if recovered is not None else ""
    named = f"agent {agent_id}{f' on {called(host)}' if host else ''} ({place.known_by})"

    def found(kind: StuckKind, why: str, cause: str) -> _Finding:
        return _Finding(kind, f"It {'is' if kind == 'away' else 'was'} on {named}, which {why}", agent_id, host, cause)

    if isinstance(snapshot.roll, Roll) and agent_id in snapshot.roll.gone:
        return found("lost", "is marked gone: it never returns.", "marked gone")
    if (agent is None or not agent.served) and {agent_id, host} & lost:
        return found("lost", "never returns (--lost-agent).", "never returns")
    if agent is not None and agent.active:
        if hidden := agent.hidden():
            return found("unknown", f"has {hidden} that this view does not show.", "hidden")
        return found("absent", "is active and does not hold it any more.", "absent")
    return found("away", *absence(agent, recovered, agent_id, snapshot))


def absence(agent: Agent | None, recovered: Recovered | None, agent_id: str, snapshot: Snapshot) -> tuple[str, str]:
    """How an agent is away: a clause, and the cause in a word or two."""
    if agent is not None and agent.deactivated:
        return _DEACTIVATED, "deactivated"
    if agent is not None:
        return "is disconnected; it may come back.", "disconnected"
    if recovered is not None:
        return "has not registered with the new leader yet: wait.", "recovered"
    if isinstance(snapshot.roll, Roll) and agent_id in snapshot.roll.unreachable:
        return f"is unreachable{_since(snapshot.roll, agent_id)}; it may come back.", "unreachable"
    return "the master does not know; it may register again.", "not known"


def _since(roll: Roll, agent_id: str) -> str:
    when = roll.since.get(agent_id)
    return f" since {utc(when)}" if when else ""
