"""Why a step of an uninstall does not end, and whether it is safe to force it. Pure.

An unreserve step ends when its reservation is offered to the scheduler and given back (dcos-commons:
ResourceCleanupStep). It waits for ever when the agent is gone for good; that alone makes it safe to force.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from janitor.dcos.scheduler import COMPLETE, Phase, Plan, Step
from janitor.mesos.cluster import Agent, Framework, Recovered, Roll, Snapshot, Unknown
from janitor.mesos.resources import Resource
from janitor.uninstall.service import Service

RESOURCE_PHASES = ("unreserve-resources", "resource-phase")
"""Phases whose steps unreserve: since SDK 0.30 (with a host since 0.52), and before."""

HOST_PHASE = "unreserve-resources-"
NO_HOST = "UNKNOWN_AGENT"
"""What stands for the host where a task does not tell it (dcos-commons: UninstallPlanFactory)."""

Kind = Literal["offered", "held", "away", "lost", "absent", "unknown"]
"""Its reservation will be offered; is held by a task or an offer; is on an agent that is away and may come back; is on
one that never returns; is on no agent any more although its agent answers; or: where it is cannot be told."""


@dataclass(frozen=True, slots=True)
class StuckStep:
    """A step that is not COMPLETE.

    kind      what it waits for; `lost` and `absent` are safe to force
    why       the same in words, with the evidence
    agent_id  on which agent, where that can be told
    """

    plan: str
    phase: Phase
    step: Step
    kind: Kind
    why: str
    agent_id: str | None = None
    host: str = ""

    @property
    def resource_id(self) -> str:
        """The reservation's resource_id; before SDK 0.30 the step's name is just that."""
        return self.step.name.removeprefix("unreserve-")

    @property
    def safe(self) -> bool:
        """Whether it may be forced: its reservation is gone, or its agent never returns."""
        return self.kind in ("lost", "absent")

    @property
    def given_up(self) -> bool:
        """Whether forcing it gives something up: its agent may hold the reservation still, should it ever return."""
        return self.kind == "lost"


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a reservation is or was: an agent's id, and how that is known."""

    agent_id: str
    known_by: str


@dataclass(frozen=True, slots=True)
class _Verdict:
    kind: Kind
    why: str
    agent_id: str | None = None
    host: str = ""


def stuck_steps(plan: Plan, snapshot: Snapshot, service: Service, lost: frozenset[str]) -> tuple[StuckStep, ...]:
    """Every unreserve step of the plan that is not COMPLETE, and why.

    The plan must have been read after the snapshot: a step is COMPLETE before its reservation is given back, so that
    an absent reservation of an open step is none that was just given back. lost: ids or hosts of agents that never
    return, on the operator's word.
    """
    held = _reservations(snapshot, service)
    used = _used(snapshot)
    found: list[StuckStep] = []
    for phase in plan.phases:
        if not phase.name.startswith(RESOURCE_PHASES):
            continue
        of_phase = _places_of_phase(phase, used, held, snapshot)
        for step in phase.steps:
            if step.status != COMPLETE:
                bare = StuckStep(plan.name, phase, step, "unknown", "")
                verdict = _verdict(bare.resource_id, phase, snapshot, held, used.get(bare.resource_id), of_phase, lost)
                found.append(
                    StuckStep(plan.name, phase, step, verdict.kind, verdict.why, verdict.agent_id, verdict.host)
                )
    return tuple(found)


def _verdict(
    resource_id: str,
    phase: Phase,
    snapshot: Snapshot,
    held: Mapping[str, Agent],
    used: tuple[_Place, ...] | None,
    of_phase: tuple[_Place, ...],
    lost: frozenset[str],
) -> _Verdict:
    if resource_id in held:
        return _with_reservation(resource_id, held[resource_id], snapshot, lost)
    places = used or of_phase
    if places:
        # Where it may be on one of several, each of them has to be safe; and one that may hold it is given up.
        return min((_without_reservation(place, snapshot, lost) for place in places), key=_by_doubt)
    host = _host_of(phase)
    if host in lost:
        return _Verdict("lost", f"Host {host} never returns, on your word.", None, host)
    where = f"on host {host}, which no registered agent has" if host else "on an agent that cannot be told"
    return _Verdict("unknown", f"No agent shows it, and it was {where}: it may come back.", None, host)


def _by_doubt(verdict: _Verdict) -> int:
    return {"absent": 2, "lost": 1}.get(verdict.kind, 0)


def _with_reservation(resource_id: str, agent: Agent, snapshot: Snapshot, lost: frozenset[str]) -> _Verdict:
    """The master shows the reservation: it will be offered once nobody holds it and the agent answers."""
    where = f"Agent {agent.id} on {agent.host}"
    if not agent.served and {agent.id, agent.host} & lost:
        return _Verdict("lost", f"{where} never returns, on your word.", agent.id, agent.host)
    if agent.deactivated:
        why = f"{where} is drained or deactivated: nothing of it is offered until it is reactivated."
        return _Verdict("away", why, agent.id, agent.host)
    if not agent.active:
        return _Verdict("away", f"{where} is disconnected; it may come back.", agent.id, agent.host)
    holder = _holder(resource_id, snapshot.frameworks)
    if holder is not None:
        return _Verdict("held", f"{where} has it, and {holder}", agent.id, agent.host)
    return _Verdict("offered", f"{where} has it; it will be offered: wait.", agent.id, agent.host)


def _holder(resource_id: str, frameworks: Iterable[Framework]) -> str | None:
    """Whose task or offer keeps the reservation from being offered to its scheduler."""
    for framework in frameworks:
        if framework.completed:
            continue
        state = "" if framework.active else ", inactive"
        who = f"framework {framework.name} ({framework.id}{state})"
        if any(_has_id(item, resource_id) for item in framework.allocated):
            return f"a task of {who} uses it: that has to end first."
        if any(_has_id(item, resource_id) for item in framework.offered):
            return f"it is in an offer to {who}: wait."
    return None


def _has_id(item: Resource, resource_id: str) -> bool:
    return bool(item.kind.stack) and item.top.label("resource_id") == resource_id


def _used(snapshot: Snapshot) -> dict[str, tuple[_Place, ...]]:
    """resource_id -> the agents of the tasks that used it."""
    if isinstance(snapshot.tasks, Unknown):
        return {}
    places: dict[str, dict[str, _Place]] = {}
    for task in snapshot.tasks:
        for resource_id in task.resource_ids:
            place = _Place(task.agent_id, f"task {task.name} used it there")
            places.setdefault(resource_id, {}).setdefault(task.agent_id, place)
    return {resource_id: tuple(found.values()) for resource_id, found in places.items()}


def _host_of(phase: Phase) -> str:
    """The host that the phase is for, "" where it does not tell one."""
    host = phase.name.removeprefix(HOST_PHASE) if phase.name.startswith(HOST_PHASE) else ""
    return "" if host == NO_HOST else host


def _places_of_phase(
    phase: Phase, used: Mapping[str, tuple[_Place, ...]], held: Mapping[str, Agent], snapshot: Snapshot
) -> tuple[_Place, ...]:
    """The agents of a phase's host: what is told of its other steps, and every agent that is known by the host's name.

    Executors' reservations are no task's (GET_TASKS): without this nothing would be known of them. An agent that has
    the name now says nothing of an earlier one that is away: while any is unreachable, it is no evidence by itself.
    """
    host = _host_of(phase)
    if not host:
        return ()
    places: dict[str, _Place] = {}
    known: list[Agent | Recovered] = [*snapshot.agents, *snapshot.recovered]
    told = not isinstance(snapshot.roll, Unknown) and not snapshot.roll.unreachable
    if told:
        places |= {one.id: _Place(one.id, f"the phase names its host, {host}") for one in known if one.host == host}
    for step in phase.steps:
        resource_id = step.name.removeprefix("unreserve-")
        by = f"the phase is for host {host}, and others of it were there"
        if resource_id in held:
            places.setdefault(held[resource_id].id, _Place(held[resource_id].id, by))
        for place in used.get(resource_id, ()):
            places.setdefault(place.agent_id, _Place(place.agent_id, by))
    return tuple(places.values())


def _without_reservation(place: _Place, snapshot: Snapshot, lost: frozenset[str]) -> _Verdict:
    """No agent shows the reservation, and this is where it was."""
    agent_id, by = place.agent_id, place.known_by
    agent = next((agent for agent in snapshot.agents if agent.id == agent_id), None)
    recovered = next((recovered for recovered in snapshot.recovered if recovered.id == agent_id), None)
    host = agent.host if agent is not None else recovered.host if recovered is not None else ""
    named = f"agent {agent_id}{f' on {host}' if host else ''} ({by})"
    if isinstance(snapshot.roll, Roll) and agent_id in snapshot.roll.gone:
        return _Verdict("lost", f"It was on {named}, which is marked gone: it never returns.", agent_id, host)
    if (agent is None or not agent.served) and {agent_id, host} & lost:
        return _Verdict("lost", f"It was on {named}, which never returns, on your word.", agent_id, host)
    if agent is not None and agent.active:
        if hidden := agent.hidden():
            why = f"It was on {named}, which has {hidden} that this view does not show."
            return _Verdict("unknown", why, agent_id, host)
        return _Verdict("absent", f"It was on {named}, which is active and has it no more.", agent_id, host)
    return _Verdict("away", f"It is on {named}, which {_absence(agent, recovered, agent_id, snapshot)}", agent_id, host)


def _absence(agent: Agent | None, recovered: Recovered | None, agent_id: str, snapshot: Snapshot) -> str:
    if agent is not None and agent.deactivated:
        return "is drained or deactivated: nothing of it is offered until it is reactivated."
    if agent is not None:
        return "is disconnected; it may come back."
    if recovered is not None:
        return "has not registered with the new leader yet: wait."
    if isinstance(snapshot.roll, Roll) and agent_id in snapshot.roll.unreachable:
        return f"is unreachable{_since(snapshot.roll, agent_id)}; it may come back."
    return "the master does not know; it may register again."


def _since(roll: Roll, agent_id: str) -> str:
    when = roll.since.get(agent_id)
    return f" since {datetime.fromtimestamp(when, UTC):%Y-%m-%d %H:%M:%S} UTC" if when else ""


def _reservations(snapshot: Snapshot, service: Service) -> dict[str, Agent]:
    """resource_id -> the agent that the master shows with it, over all of the service's roles."""
    held: dict[str, Agent] = {}
    for agent in snapshot.agents:
        for role in service.roles:
            for item in agent.resources(role):
                resource_id = item.top.label("resource_id") if item.dynamic else None
                if resource_id is not None:
                    held[resource_id] = agent
    return held
