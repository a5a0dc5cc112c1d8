"""Why a step of an uninstall does not end, and whether it is safe to force it. Pure.

An unreserve step ends when its reservation is offered to the scheduler and given back (dcos-commons:
ResourceCleanupStep). It waits for ever when the agent is gone for good; that alone makes it safe to force.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from janitor.dcos.scheduler import COMPLETE, Phase, Plan, Step
from janitor.mesos.cluster import Agent, Framework, Roll, Snapshot, Unknown
from janitor.mesos.resources import Resource
from janitor.uninstall.service import Service

RESOURCE_PHASES = ("unreserve-resources", "resource-phase")
"""Phases whose steps unreserve: since SDK 0.30 (with a host since 0.52), and before."""


@dataclass(frozen=True, slots=True)
class StuckStep:
    """A step that is not COMPLETE.

    why       what it waits for, with the evidence
    agent_id  on which agent, where that can be told
    safe      whether it may be forced: its reservation is gone, or its agent never returns
    given_up  its agent never returns, and takes the reservation along: forcing gives it up
    """

    plan: str
    phase: Phase
    step: Step
    why: str
    agent_id: str | None = None
    host: str = ""
    safe: bool = False
    given_up: bool = False

    @property
    def resource_id(self) -> str:
        """The reservation's resource_id; before SDK 0.30 the step's name is just that."""
        return self.step.name.removeprefix("unreserve-")


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a reservation is or was: an agent's id, and how that is known."""

    agent_id: str
    known_by: str


def stuck_steps(plan: Plan, snapshot: Snapshot, service: Service, lost: frozenset[str]) -> tuple[StuckStep, ...]:
    """Every unreserve step of the plan that is not COMPLETE, and why.

    lost: ids of agents that never return, on the operator's word.
    """
    held = _reservations(snapshot, service)
    return tuple(
        _explain(plan, phase, step, snapshot, held, lost)
        for phase in plan.phases
        if phase.name.startswith(RESOURCE_PHASES)
        for step in phase.steps
        if step.status != COMPLETE
    )


def _explain(
    plan: Plan, phase: Phase, step: Step, snapshot: Snapshot, held: dict[str, Agent], lost: frozenset[str]
) -> StuckStep:
    stuck = StuckStep(plan.name, phase, step, "")
    resource_id = stuck.resource_id
    if resource_id in held:
        return _with_reservation(stuck, held[resource_id], snapshot, lost)
    places = _places(resource_id, phase, snapshot)
    if not places:
        return _told(stuck, None, "", "Which agent holds it cannot be told: it may be on one that is away.", safe=False)
    verdicts = [_without_reservation(stuck, place, snapshot, lost) for place in places]
    return next((verdict for verdict in verdicts if not verdict.safe), verdicts[0])


def _told(
    stuck: StuckStep, agent_id: str | None, host: str, why: str, *, safe: bool, given_up: bool = False
) -> StuckStep:
    return StuckStep(stuck.plan, stuck.phase, stuck.step, why, agent_id, host, safe, given_up)


def _with_reservation(stuck: StuckStep, agent: Agent, snapshot: Snapshot, lost: frozenset[str]) -> StuckStep:
    """The master shows the reservation: it will be offered once nobody holds it and the agent answers."""
    where = f"agent {agent.id} on {agent.host}"
    if agent.id in lost and not agent.served:
        return _told(stuck, agent.id, agent.host, f"{where} never returns, on your word.", safe=True, given_up=True)
    if agent.deactivated:
        why = f"{where} is drained or deactivated: nothing of it is offered until it is reactivated."
    elif not agent.active:
        why = f"{where} is disconnected; it may come back."
    else:
        why = _holder(stuck.resource_id, snapshot.frameworks) or f"{where} holds it; it will be offered: wait."
    return _told(stuck, agent.id, agent.host, why, safe=False)


def _holder(resource_id: str, frameworks: Iterable[Framework]) -> str | None:
    """Whose task or offer keeps the reservation from being offered to its scheduler."""
    for framework in frameworks:
        if framework.completed:
            continue
        state = "" if framework.active else ", inactive"
        if any(_has_id(item, resource_id) for item in framework.allocated):
            return f"A task of framework {framework.name} ({framework.id}{state}) uses it: it has to end first."
        if any(_has_id(item, resource_id) for item in framework.offered):
            return f"It is in an offer to framework {framework.name} ({framework.id}{state}): wait."
    return None


def _has_id(item: Resource, resource_id: str) -> bool:
    return bool(item.kind.stack) and item.top.label("resource_id") == resource_id


def _places(resource_id: str, phase: Phase, snapshot: Snapshot) -> tuple[_Place, ...]:
    """Where the reservation was: by the tasks that used it, else by the host in the phase's name."""
    if not isinstance(snapshot.tasks, Unknown):
        by_task = {task.agent_id: task for task in snapshot.tasks if resource_id in task.resource_ids}
        if by_task:
            return tuple(_Place(agent_id, f"task {task.name} used it there") for agent_id, task in by_task.items())
    host = phase.name.removeprefix("unreserve-resources-") if phase.name.startswith("unreserve-resources-") else ""
    known = [(agent.id, agent.host) for agent in snapshot.agents] + [(a.id, a.host) for a in snapshot.recovered]
    here = [agent_id for agent_id, agent_host in known if host and agent_host == host]
    if len(here) == 1 and isinstance(snapshot.roll, Roll) and not snapshot.roll.unreachable:
        return (_Place(here[0], f"the phase names its host, {host}"),)
    return ()


def _without_reservation(stuck: StuckStep, place: _Place, snapshot: Snapshot, lost: frozenset[str]) -> StuckStep:
    """No agent shows the reservation, and this is where it was."""
    agent_id, by = place.agent_id, place.known_by
    agent = next((agent for agent in snapshot.agents if agent.id == agent_id), None)
    host = agent.host if agent is not None else ""
    roll = snapshot.roll
    if isinstance(roll, Roll) and agent_id in roll.gone:
        why = f"agent {agent_id} is marked gone ({by}): it never returns."
        return _told(stuck, agent_id, host, why, safe=True, given_up=True)
    if agent_id in lost and (agent is None or not agent.served):
        why = f"agent {agent_id} never returns, on your word ({by})."
        return _told(stuck, agent_id, host, why, safe=True, given_up=True)
    if agent is not None and agent.active:
        if hidden := agent.hidden():
            why = f"agent {agent_id} on {host} has {hidden} that this view does not show ({by})."
            return _told(stuck, agent_id, host, why, safe=False)
        why = f"agent {agent_id} on {host} is active and does not hold it any more ({by})."
        return _told(stuck, agent_id, host, why, safe=True)
    if agent is not None:
        why = f"agent {agent_id} on {host} is disconnected ({by}); it may come back."
    elif any(recovered.id == agent_id for recovered in snapshot.recovered):
        why = f"agent {agent_id} has not registered with the new leader yet ({by}): wait."
    elif isinstance(roll, Roll) and agent_id in roll.unreachable:
        why = f"agent {agent_id} is unreachable{_since(roll, agent_id)} ({by}); it may come back."
    else:
        why = f"The master does not know agent {agent_id} ({by}); it may register again."
    return _told(stuck, agent_id, host, why, safe=False)


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
