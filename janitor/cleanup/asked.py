"""What a job asks for on one agent (rule S1), worked out in one pass, in few bytes. Pure."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import overload

from janitor import rules
from janitor.cleanup.job import Job
from janitor.cleanup.pins import NO_PINS, Pins, ShownPins
from janitor.mesos.alike import distinct
from janitor.mesos.cluster import Agent
from janitor.mesos.resources import RESOURCE_ID, Reservation, Resource

_VOLUME, _DYNAMIC = 1, 2

MOST = 4
"""Items that are named of those that nobody asked for."""


class Items(Sequence[Resource]):
    """Some of what an agent shows for a role: where they stand there. They are decoded each time they are looked at.

    Half a million of them are a gigabyte otherwise, and mostly it is enough to know how many there are.
    """

    __slots__ = ("_agent", "_marks", "_places", "_role", "providers")

    def __init__(
        self, agent: Agent | None, role: str, places: Sequence[int], marks: bytes, providers: frozenset[str | None]
    ) -> None:
        """marks: for each place, whether a persistent volume is there, and whether it is reserved dynamically."""
        self._agent = agent
        self._role = role
        self._places = places
        self._marks = marks
        self.providers = providers

    def __len__(self) -> int:
        return len(self._places)

    def __iter__(self) -> Iterator[Resource]:
        if self._agent is None or not self._places:
            return iter(())
        shown = self._agent.resources(self._role)
        return (shown[place] for place in self._places)

    @overload
    def __getitem__(self, index: int) -> Resource: ...
    @overload
    def __getitem__(self, index: slice) -> tuple[Resource, ...]: ...
    def __getitem__(self, index: int | slice) -> Resource | tuple[Resource, ...]:
        return tuple(self)[index]

    @property
    def volumes(self) -> Items:
        """The persistent volumes among them."""
        return self._marked(_VOLUME)

    @property
    def volume_count(self) -> int:
        """How many persistent volumes are among them."""
        return self._marks.count(_VOLUME) + self._marks.count(_VOLUME | _DYNAMIC)

    @property
    def dynamic(self) -> Items:
        """Those that are reserved dynamically."""
        return self._marked(_DYNAMIC)

    def of(self, provider: str | None) -> Items:
        """Those of one resource provider."""
        if self.providers == {provider}:
            return self
        return self.only(number for number, item in enumerate(self) if item.kind.provider == provider)

    def only(self, numbers: Iterable[int]) -> Items:
        """These of them, in this order."""
        numbers = tuple(numbers)
        if numbers == tuple(range(len(self))):
            return self
        places = array("I", [self._places[number] for number in numbers])
        return Items(self._agent, self._role, places, bytes([self._marks[n] for n in numbers]), self.providers)

    def _marked(self, mark: int) -> Items:
        return self.only([number for number, marks in enumerate(self._marks) if marks & mark])


NO_ITEMS = Items(None, "", (), b"", frozenset())


@dataclass(frozen=True, slots=True)
class Asked:
    """What a job asks for on one agent, as it is now.

    items      what is asked for
    pins       what a first look pins of it (rule S2)
    unfit      whether something of it can be in no request (rule D2)
    dynamic    how many dynamic items the role has there, asked for or not
    others     principal -> how many dynamic items of the role are not asked for
    static     what of the role is reserved by the agent's own flags and not asked for: the first few in words
    statics    how many those are
    """

    items: Items = NO_ITEMS
    pins: Pins = field(default_factory=lambda: NO_PINS)
    unfit: bool = False
    dynamic: int = 0
    others: Mapping[str | None, int] = field(default_factory=dict)
    static: tuple[str, ...] = ()
    statics: int = 0


_NOTHING = Asked()


def asks_for_resources(job: Job) -> bool:
    """Whether the job selects reservations at all: a role was given, and `*` has nothing to unreserve (rule S3)."""
    return job.role is not None and job.role != "*"


def wanted(item: Resource, job: Job) -> bool:
    """Whether the job asks for this item of its role (rule S1)."""
    stack = item.kind.stack
    top = stack[-1] if stack else None
    if top is None or top.role != job.role:
        return False
    if top.type == "DYNAMIC":
        return right_principal(top.principal, job) and (not job.labels or right_labels(top, job))
    return item.volume_id is not None and right_principal(item.volume_principal, job) and not job.labels


def right_principal(principal: str | None, job: Job) -> bool:
    """Exactly the one that was asked for; any, when none was or the original's meaning is wanted (rules S3, S4)."""
    return job.principal is None or job.any_principal or principal == job.principal


def right_labels(reservation: Reservation, job: Job) -> bool:
    """Same key = or, different keys = and (rule S1)."""
    keys = {key for key, _ in job.labels}
    return all(any((key, value) in reservation.labels for k, value in job.labels if k == key) for key in keys)


def unfit(item: Resource) -> str | None:
    """Why an item can be in no request at all (rule D2); None when it can."""
    if not item.amount.positive:
        return f"It has no positive value; a master crashes on such a request (rule {rules.D2})."
    if item.allocated:
        return f"The master shows it as allocated; it accepts only what is not allocated (rule {rules.D2})."
    return None


def asked_on(agent: Agent, job: Job) -> Asked:
    """What the job asks for on this agent, as it is now. Raises Unreadable when that cannot be told (rule L4)."""
    role = job.role
    if role is None or not asks_for_resources(job):
        return _NOTHING
    key = ("asked", role, job.principal, job.any_principal, job.labels)
    return agent.once(key, lambda: _asked(agent, role, job))


def _asked(agent: Agent, role: str, job: Job) -> Asked:
    by_id = any(key == RESOURCE_ID for key, _ in job.labels)
    shown = agent.resources(role) if by_id else agent.alike(role)
    each = distinct(shown)
    marked = {key: _marks(item) for key, item in each.items()}
    marks = bytes([marked[id(item)] for item in shown])
    chosen = {key: item for key, item in each.items() if wanted(item, job)}
    places: Sequence[int] = range(len(shown))
    items = shown
    others, static = Counter[str | None](), list[int]()
    if len(chosen) < len(each):  # mostly it is not: a role is of one service
        places = array("I", [place for place, item in enumerate(shown) if id(item) in chosen])
        items = tuple([shown[place] for place in places])
        left = sorted(set(range(len(shown))).difference(places))
        others = Counter(shown[place].top.principal for place in left if marks[place] & _DYNAMIC)
        static = [place for place in left if not marks[place] & _DYNAMIC]
    dynamic = marks.count(_DYNAMIC) + marks.count(_VOLUME | _DYNAMIC)
    words = tuple([str(agent.resources(role)[place]) for place in static[:MOST]])
    if not items:
        return Asked(dynamic=dynamic, others=others, static=words, statics=len(static))
    providers = frozenset([item.kind.provider for item in chosen.values()])
    return Asked(
        items=Items(agent, role, places, bytes([marks[place] for place in places]), providers),
        pins=ShownPins(agent.packed(role), places, items),
        unfit=not all(not item.allocated and item.amount.positive for item in chosen.values()),
        dynamic=dynamic,
        others=others,
        static=words,
        statics=len(static),
    )


def _marks(item: Resource) -> int:
    dynamic = item.kind.stack[-1].type == "DYNAMIC"  # none is without a stack: its role is named
    return (_DYNAMIC if dynamic else 0) | (_VOLUME if item.volume_id is not None else 0)
