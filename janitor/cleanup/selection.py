"""What was asked for, among what a cluster holds (rules S1 and S2). Pure and total."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import msgspec

from janitor import rules
from janitor.cleanup.job import Job
from janitor.mesos.cluster import Agent
from janitor.mesos.resources import Amount, Kind, Reservation, Resource

RESOURCE_ID = "resource_id"
"""The label that tells one reservation of an SDK service from the next (dcos-commons: AuxLabelAccess)."""

UNIQUE_LABELS = frozenset({RESOURCE_ID, "marathon_task_id"})
"""Labels that are unique to one reservation: an SDK's, and Marathon's (mesosphere/marathon: TaskLabels.scala)."""

Owner = tuple[tuple[Reservation, ...], str | None]
"""A reservation stack without the labels that are unique to one reservation, and the principal: whose, not which."""


class Pin(msgspec.Struct, frozen=True, gc=False):
    """How much of one kind was selected on an agent, and in which volumes, at the first settled look."""

    amount: Amount
    volumes: frozenset[str] = frozenset()
    items: int = 0


Pins = Mapping[Kind, Pin]


@dataclass(frozen=True)
class Selection:
    """The pinned selection: what may be removed, and nothing else (rule S2).

    pins      agent id -> kind -> what was there
    hosts     agent id -> host, for messages
    expected  agents that the cluster was known to have at the first look without showing them
    open      nothing was seen at the first look: what expected agents bring is the selection, whoever reserved it
    """

    pins: Mapping[str, Pins]
    hosts: Mapping[str, str]
    expected: frozenset[str] = frozenset()
    open: bool = False

    @cached_property
    def holders(self) -> frozenset[str]:
        """The agents on which something was selected."""
        return frozenset(agent_id for agent_id, pins in self.pins.items() if pins)

    @cached_property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(kind for pins in self.pins.values() for kind in pins)

    @cached_property
    def volume_ids(self) -> frozenset[str]:
        return frozenset(volume for pins in self.pins.values() for pin in pins.values() for volume in pin.volumes)

    def joined(self, agents: Iterable[Agent], job: Job) -> Selection:
        """With what agents that were not registered at the first look bring along, where it may be added.

        Such an agent may add what an owner of the selection left on it: the pinned stacks, but for labels that are
        unique to one reservation. Where nothing could be pinned at all, every agent that was expected adds what it has.
        """
        arrived = [agent for agent in agents if agent.id not in self.pins]
        if not arrived:
            return self
        owners = frozenset(owner(kind) for kind in self.kinds)
        new: dict[str, Pins] = {}
        for agent in arrived:
            begins = self.open and agent.id in self.expected
            new[agent.id] = {kind: pin for kind, pin in pinned(agent, job).items() if begins or owner(kind) in owners}
        return replace(
            self,
            pins={**self.pins, **new},
            hosts={**self.hosts, **{agent.id: agent.host for agent in arrived}},
        )


@dataclass(frozen=True, slots=True)
class Excess:
    """Something under a pinned stack for which nothing is sent, and why."""

    item: Resource
    why: str


@dataclass(frozen=True, slots=True)
class Remaining:
    """What a look shows on one agent: what is left of the selection, what is withheld, and what is new."""

    selected: tuple[Resource, ...] = ()
    excess: tuple[Excess, ...] = ()
    new: tuple[Resource, ...] = ()


def asks_for_resources(job: Job) -> bool:
    """Whether the job selects reservations at all: a role was given, and `*` has nothing to unreserve (rule S3)."""
    return job.role is not None and job.role != "*"


def wanted(item: Resource, job: Job) -> bool:
    """Whether the job asks for this item of its role (rule S1)."""
    stack = item.kind.stack
    if not stack or stack[-1].role != job.role:
        return False
    if stack[-1].type == "DYNAMIC":
        return right_principal(stack[-1].principal, job) and right_labels(stack[-1], job)
    return item.volume_id is not None and right_principal(item.volume_principal, job) and not job.labels


def right_principal(principal: str | None, job: Job) -> bool:
    """Exactly the one that was asked for; any, when none was or the original's meaning is wanted (rules S3, S4)."""
    return job.principal is None or job.any_principal or principal == job.principal


def right_labels(reservation: Reservation, job: Job) -> bool:
    """Same key = or, different keys = and (rule S1)."""
    if not job.labels:
        return True
    keys = {key for key, _ in job.labels}
    return all(any((key, value) in reservation.labels for k, value in job.labels if k == key) for key in keys)


def owner(kind: Kind) -> Owner:
    """Whose it is: the stack without the labels that are unique to one reservation, and the principal."""
    stack = tuple(
        msgspec.structs.replace(level, labels=tuple(label for label in level.labels if label[0] not in UNIQUE_LABELS))
        for level in kind.stack
    )
    return stack, kind.principal


def wanted_on(agent: Agent, job: Job) -> tuple[Resource, ...]:
    """What the job asks for on this agent, as it is now."""
    if not asks_for_resources(job) or job.role is None:
        return ()
    return tuple(item for item in agent.resources(job.role) if wanted(item, job))


def pinned(agent: Agent, job: Job) -> Pins:
    """The pins that this agent gives at a first look."""
    pins: dict[Kind, Pin] = {}
    for item in wanted_on(agent, job):
        volumes = frozenset({item.volume_id}) if item.volume_id is not None else frozenset[str]()
        pin = pins.get(item.kind)
        if pin is not None:
            pins[item.kind] = Pin(pin.amount.plus(item.amount), pin.volumes | volumes, pin.items + 1)
        else:
            pins[item.kind] = Pin(item.amount, volumes, 1) if volumes else _pin_of_one(item.amount)
    return pins


@lru_cache(maxsize=4096)
def _pin_of_one(amount: Amount) -> Pin:
    """The one copy of a pin that many kinds share."""
    return Pin(amount, frozenset(), 1)


def pin(agents: Iterable[Agent], expected: Iterable[str], job: Job) -> Selection:
    """The selection of a first settled look."""
    agents = tuple(agents)
    awaited = frozenset(expected) - {agent.id for agent in agents}
    pins = {agent.id: pinned(agent, job) for agent in agents}
    hosts = {agent.id: agent.host for agent in agents}
    return Selection(pins, hosts, awaited, open=bool(awaited) and not any(pins.values()))


def remaining(agent: Agent, selection: Selection, job: Job) -> Remaining:
    """What is left of the selection on this agent now, what is withheld and what is new (rule S2)."""
    pins = selection.pins.get(agent.id, {})
    selected: list[Resource] = []
    excess: list[Excess] = []
    new: list[Resource] = []
    by_kind: dict[Kind, list[Resource]] = {}
    for item in wanted_on(agent, job):
        by_kind.setdefault(item.kind, []).append(item)
    for kind, items in by_kind.items():
        if kind not in pins and agent.id in selection.expected:
            excess += [Excess(item, _OF_ANOTHER) for item in items]
            continue
        if kind not in pins:
            new += items
            continue
        why = _withheld(items, pins[kind])
        if why is not None:
            excess += [Excess(item, why) for item in items]
            continue
        for item in items:
            unfit = _unfit(item)
            if unfit is None:
                selected.append(item)
            else:
                excess.append(Excess(item, unfit))
    return Remaining(tuple(selected), tuple(excess), tuple(new))


_OF_ANOTHER = "It came with an agent that was away at the first look, and no owner of the selection reserved it."


def _unfit(item: Resource) -> str | None:
    """Why an item can be in no request at all (rule D2); None when it can."""
    if not item.amount.positive:
        return f"It has no positive value; a master aborts when such an item is sent (rule {rules.D2})."
    if item.allocated:
        return f"The master shows it as allocated; it takes back only what is not (rule {rules.D2})."
    return None


def _withheld(items: list[Resource], pin: Pin) -> str | None:
    """Why nothing may be sent for these items of one kind; None when it may."""
    fresh = {item.volume_id for item in items if item.volume_id is not None} - pin.volumes
    if fresh:
        return f"Volume {', '.join(sorted(fresh))} was created after the first look."
    total = Amount()
    for item in items:
        total = total.plus(item.amount)
    if not pin.amount.covers(total):
        return f"There is more of it now ({total}) than at the first look ({pin.amount}): somebody reserves there."
    return None
