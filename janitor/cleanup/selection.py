"""What was asked for, among what a cluster holds (rules S1 and S2). Pure and total."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from janitor.cleanup.asked import NO_ITEMS, Items, asked_on, unfit
from janitor.cleanup.job import Job
from janitor.cleanup.marks import Marks
from janitor.cleanup.pins import NO_PINS, Pin, Pins, family
from janitor.mesos.cluster import Agent
from janitor.mesos.resources import Amount, Kind, Reservation, Resource

Whose = tuple[tuple[Reservation, ...], str | None]
"""A reservation stack without the labels that are unique to one reservation, and the principal: whose, not which.

It is narrower than an owner (holdings/owners.py): what differs in one label more is another one, since rule S2 pins the
whole stack and may only shrink.
"""


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

    def of(self, agent_id: str) -> Pins:
        """What was selected on an agent."""
        return self.pins.get(agent_id, NO_PINS)

    @cached_property
    def kinds(self) -> frozenset[Kind]:
        """The kinds without what tells one reservation from the next, few in any cluster; empty for no selection."""
        return frozenset[Kind]().union(*{pins.families for pins in self.pins.values()})

    def every_kind(self) -> Iterator[Kind]:
        """Every kind on every agent, as it was shown, unpacked one agent after the other."""
        return (kind for pins in self.pins.values() for kind in pins)

    @cached_property
    def marks(self) -> Marks:
        """What tells that an item belongs to the selection."""
        return Marks.of(pins for pins in self.pins.values() if pins)

    def joined(self, agents: Iterable[Agent], job: Job) -> Selection:
        """With what agents that were not registered at the first look bring along, where it may be added.

        Such an agent may add what an owner of the selection left on it in the same way: the pinned stacks, but for
        labels that are unique to one reservation. Where nothing could be pinned at all, every agent that was expected
        adds what it has.
        """
        arrived = [agent for agent in agents if agent.id not in self.pins]
        if not arrived:
            return self
        owners = frozenset(whose(kind) for kind in self.kinds)
        new: dict[str, Pins] = {}
        for agent in arrived:
            pins = asked_on(agent, job).pins
            begins = self.open and agent.id in self.expected
            new[agent.id] = pins if begins else pins.only(lambda kind: whose(kind) in owners)
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

    selected: Items = NO_ITEMS
    excess: tuple[Excess, ...] = ()
    new: tuple[Resource, ...] = ()


def whose(kind: Kind) -> Whose:
    """The stack without the labels that are unique to one reservation, and the principal."""
    of = family(kind)
    return of.stack, of.principal


def pin(agents: Iterable[Agent], expected: Iterable[str], job: Job) -> Selection:
    """The selection of a first settled look."""
    agents = tuple(agents)
    awaited = frozenset(expected) - {agent.id for agent in agents}
    pins = {agent.id: asked_on(agent, job).pins for agent in agents}
    hosts = {agent.id: agent.host for agent in agents}
    return Selection(pins, hosts, awaited, open=bool(awaited) and not any(pins.values()))


def remaining(agent: Agent, selection: Selection, job: Job) -> Remaining:
    """What is left of the selection on this agent now, what is withheld and what is new (rule S2)."""
    asked, pins = asked_on(agent, job), selection.of(agent.id)
    if not asked.items:
        return Remaining()
    if asked.pins.same_bytes(pins) and not asked.unfit:
        return Remaining(asked.items)
    return _compared(asked.items, pins.unpacked(), expected=agent.id in selection.expected)


def _compared(items: Items, pins: Mapping[Kind, Pin], *, expected: bool) -> Remaining:
    """What is asked for now, item by item, against what was pinned."""
    selected: list[int] = []
    excess: list[Excess] = []
    new: list[Resource] = []
    by_kind: dict[Kind, list[tuple[int, Resource]]] = {}
    for number, item in enumerate(items):
        by_kind.setdefault(item.kind, []).append((number, item))
    for kind, numbered in by_kind.items():
        if kind not in pins:
            if expected:
                excess += [Excess(item, _RESERVED_OTHERWISE) for _, item in numbered]
            else:
                new += [item for _, item in numbered]
            continue
        why = _withheld([item for _, item in numbered], pins[kind])
        for number, item in numbered:
            reason = why or unfit(item)
            if reason is None:
                selected.append(number)
            else:
                excess.append(Excess(item, reason))
    return Remaining(items.only(selected), tuple(excess), tuple(new))


_RESERVED_OTHERWISE = (
    "Its agent was away when this run began, and its principal or labels differ from those of everything that was "
    "selected."
)


def _withheld(items: list[Resource], pin: Pin) -> str | None:
    """Why nothing may be sent for these items of one kind; None when it may."""
    fresh = {item.volume_id for item in items if item.volume_id is not None} - pin.volumes
    if fresh:
        return f"Volume {', '.join(sorted(fresh))} was created after this run began."
    total = Amount()
    for item in items:
        total = total.plus(item.amount)
    if not pin.amount.covers(total):
        return f"There is more of it now ({total}) than before ({pin.amount}): somebody reserves there."
    return None
