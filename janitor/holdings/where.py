"""Where a reservation is or was, looked up once for all steps of a plan: agents, hosts, tasks, holders. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from janitor.dcos.scheduler import Phase
from janitor.mesos.cluster import Agent, Framework, Recovered, Snapshot, Unknown
from janitor.mesos.resources import Resource
from janitor.words import called

HOST_PHASE = "unreserve-resources-"
NO_HOST = "UNKNOWN_AGENT"
"""What stands for the host where a task does not tell it (dcos-commons: UninstallPlanFactory)."""

RENAMED = "uninstalled_"
"""What the SDK before 0.50 puts before the id of a reservation that it has given back."""


def resource_id_of(step: str) -> str:
    """The resource_id of the reservation that a step of this name is for; before SDK 0.30 the name is just that."""
    return step.removeprefix("unreserve-").removeprefix(RENAMED)


def host_of(phase: Phase) -> str:
    """The host that the phase is for, "" where it does not tell one."""
    host = phase.name.removeprefix(HOST_PHASE) if phase.name.startswith(HOST_PHASE) else ""
    return "" if host == NO_HOST else host


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reservation is or was: an agent's id, and how that is known."""

    agent_id: str
    known_by: str


@dataclass(frozen=True, slots=True)
class Index:
    """What a snapshot tells of places, each looked up in one go: plans have as many steps as there are reservations.

    agents     id -> registered agent
    recovered  id -> agent that has not registered with the new leader yet
    on_host    host -> ids of agents known by it; empty while an agent is away that may have had that name before
    held       resource_id -> the agent that the master shows with it, over all of the service's roles
    used       resource_id -> the places of the tasks that used it
    holders    resource_id -> whose task or offer keeps it from being offered to its scheduler, in words
    """

    snapshot: Snapshot
    agents: Mapping[str, Agent]
    recovered: Mapping[str, Recovered]
    on_host: Mapping[str, tuple[str, ...]]
    held: Mapping[str, Agent]
    used: Mapping[str, tuple[Place, ...]]
    holders: Mapping[str, str]

    def of_phase(self, phase: Phase) -> tuple[Place, ...]:
        """The agents of a phase's host: what is told of its other steps, and every agent known by the host's name.

        Executors' reservations are no task's (GET_TASKS): without this nothing would be known of them.
        """
        host = host_of(phase)
        if not host:
            return ()
        places = {one: Place(one, f"the phase names its host, {called(host)}") for one in self.on_host.get(host, ())}
        by = f"the phase is for host {called(host)}, and others of it were there"
        for step in phase.steps:
            resource_id = resource_id_of(step.name)
            if resource_id in self.held:
                agent_id = self.held[resource_id].id
                places.setdefault(agent_id, Place(agent_id, by))
            for place in self.used.get(resource_id, ()):
                places.setdefault(place.agent_id, Place(place.agent_id, by))
        return tuple(places.values())


def index(snapshot: Snapshot, roles: Iterable[str]) -> Index:
    """Look everything up once. roles: the service's."""
    return Index(
        snapshot=snapshot,
        agents={agent.id: agent for agent in snapshot.agents},
        recovered={agent.id: agent for agent in snapshot.recovered},
        on_host=_on_host(snapshot),
        held=_held(snapshot, roles),
        used=_used(snapshot),
        holders=_holders(snapshot.frameworks),
    )


def _on_host(snapshot: Snapshot) -> dict[str, tuple[str, ...]]:
    """An agent that has a name now says nothing of an earlier one that is away: then it is no evidence by itself."""
    if isinstance(snapshot.roll, Unknown) or snapshot.roll.unreachable:
        return {}
    known: list[Agent | Recovered] = [*snapshot.agents, *snapshot.recovered]
    ids: dict[str, list[str]] = {}
    for one in known:
        ids.setdefault(one.host, []).append(one.id)
    return {host: tuple(found) for host, found in ids.items()}


def _held(snapshot: Snapshot, roles: Iterable[str]) -> dict[str, Agent]:
    held: dict[str, Agent] = {}
    roles = tuple(roles)
    for agent in snapshot.agents:
        for role in roles:
            for item in agent.resources(role):
                resource_id = item.top.label("resource_id") if item.dynamic else None
                if resource_id is not None:
                    held[resource_id] = agent
    return held


def _used(snapshot: Snapshot) -> dict[str, tuple[Place, ...]]:
    if isinstance(snapshot.tasks, Unknown):
        return {}
    places: dict[str, dict[str, Place]] = {}
    for task in snapshot.tasks:
        for resource_id in task.resource_ids:
            place = Place(task.agent_id, f"task {called(task.name)} used it there")
            places.setdefault(resource_id, {}).setdefault(task.agent_id, place)
    return {resource_id: tuple(found.values()) for resource_id, found in places.items()}


def _holders(frameworks: Iterable[Framework]) -> dict[str, str]:
    holders: dict[str, str] = {}
    for framework in frameworks:
        if framework.completed:
            continue
        state = "" if framework.active else ", inactive"
        who = f"framework {called(framework.name)} ({framework.id}{state})"
        for resource_id in _ids(framework.allocated):
            holders.setdefault(resource_id, f"a task of {who} uses it: that has to end first.")
        for resource_id in _ids(framework.offered):
            holders.setdefault(resource_id, f"it is in an offer to {who}: wait.")
    return holders


def _ids(items: Iterable[Resource]) -> set[str]:
    found = {item.top.label("resource_id") for item in items if item.kind.stack}
    return {resource_id for resource_id in found if resource_id is not None}
