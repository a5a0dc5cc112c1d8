"""What was selected on an agent at the first settled look (rule S2), in few bytes: a run remembers it to its end."""

from __future__ import annotations

from array import array
from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from functools import lru_cache
from operator import is_
from types import MappingProxyType

import msgspec

from janitor.holdings.owners import MARATHON_TASK, RESOURCE_ID
from janitor.mesos.packed import PackedList, PackedMember
from janitor.mesos.resources import Amount, Kind, Reservation, Resource, parse_list

UNIQUE_LABELS = frozenset({RESOURCE_ID, MARATHON_TASK})
"""Labels that are unique to one reservation: an SDK's, and Marathon's."""


class Pin(msgspec.Struct, frozen=True, gc=False):
    """How much of one kind was selected on an agent, and in which volumes, at the first settled look."""

    amount: Amount
    volumes: frozenset[str] = frozenset()
    items: int = 0


class Pins(Mapping[Kind, Pin]):
    """Kind -> what of it was there, of one agent.

    It is worked out each time that it is asked for, from the list that the master showed then, which is kept packed:
    there may be half a million of them in a cluster, and mostly the sums are enough.

    item_count, volume_count  how many items and persistent volumes there were
    thousandths               name of a resource -> how much of it, as `Amount.counted` has it
    families                  the kinds without what tells one reservation from the next: few in any cluster
    """

    __slots__ = ("_places", "_shown", "families", "item_count", "thousandths", "volume_count")

    def __init__(
        self, shown: PackedList | PackedMember | None, places: Sequence[int], items: Sequence[Resource]
    ) -> None:
        """shown: the list of a role; places: where in it the items stand that are pinned."""
        self._shown = shown
        self._places = places
        self.item_count = len(items)
        self.volume_count = sum([item.volume_id is not None for item in items])
        sums: dict[str, int] = {}
        for item in items:
            name, amount = item.kind.name, item.amount
            # Of a scalar, which most are, the property is not asked: half a million times.
            sums[name] = sums.get(name, 0) + (amount.thousandths or amount.counted)
        self.thousandths = _same(tuple(sums.items()))
        self.families = _shared(families([item.kind for item in items]))

    def __getitem__(self, kind: Kind) -> Pin:
        return self.unpacked()[kind]

    def __iter__(self) -> Iterator[Kind]:
        return iter(self.unpacked())

    def __len__(self) -> int:
        return len(self.unpacked())

    def __bool__(self) -> bool:
        return bool(self.item_count)

    def keys(self) -> KeysView[Kind]:
        """All kinds, unpacked once."""
        return self.unpacked().keys()

    def values(self) -> ValuesView[Pin]:
        """All pins, unpacked once."""
        return self.unpacked().values()

    def items(self) -> ItemsView[Kind, Pin]:
        """All of it, unpacked once."""
        return self.unpacked().items()

    def unpacked(self) -> dict[Kind, Pin]:
        """A dictionary of it, to ask more than once."""
        pins: dict[Kind, Pin] = {}
        for _, item in self._items():
            pins[item.kind] = _with(pins.get(item.kind, _NOTHING), item)
        return pins

    def only(self, fits: Callable[[Kind], bool]) -> Pins:
        """Of these kinds alone."""
        kept = [(place, item) for place, item in self._items() if fits(item.kind)]
        if len(kept) == self.item_count:
            return self
        return Pins(self._shown, array("I", [place for place, _ in kept]), [item for _, item in kept])

    def same_bytes(self, other: Pins) -> bool:
        """Whether both are certainly equal, without unpacking: the same things were shown in the same order."""
        if self is other:
            return True
        if self._shown is None or other._shown is None:
            return self._shown is other._shown
        return self._places == other._places and self._shown.same_bytes(other._shown)

    def _items(self) -> Iterator[tuple[int, Resource]]:
        """Each pinned item, and where it stands."""
        if self._shown is None or not self._places:
            return iter(())
        shown = parse_list(self._shown.unpacked(), "what was pinned")
        return ((place, shown[place]) for place in self._places)


_NOTHING = Pin(Amount())


def _with(pin: Pin, item: Resource) -> Pin:
    """The pin with one more item of its kind."""
    volumes = pin.volumes if item.volume_id is None else pin.volumes | {item.volume_id}
    return Pin(pin.amount.plus(item.amount), volumes, pin.items + 1)


def family(kind: Kind) -> Kind:
    """The kind without the labels that are unique to one reservation: whose it is, and what."""
    stack = _family_of_stack(kind.stack)
    return kind if stack is kind.stack else _of_family(kind.name, stack, kind.provider, kind.source, kind.creator)


def families(kinds: Iterable[Kind]) -> frozenset[Kind]:
    """The families of them: of very many kinds there are few."""
    found = {(kind.name, _family_of_stack(kind.stack), kind.provider, kind.source, kind.creator) for kind in kinds}
    return frozenset([_of_family(*of) for of in found])


def _family_of_stack(stack: tuple[Reservation, ...]) -> tuple[Reservation, ...]:
    """The stack itself, where nothing in it is unique."""
    if len(stack) == 1:  # by far the most common, half a million times
        level = _without_unique(stack[0])
        return stack if level is stack[0] else (level,)
    levels = tuple(map(_without_unique, stack))
    return stack if all(map(is_, levels, stack)) else levels


def _without_unique(level: Reservation) -> Reservation:
    labels = level.labels
    if not labels:
        return level
    if len(labels) == 1:
        return _level(level.type, level.role, level.principal, ()) if labels[0][0] in UNIQUE_LABELS else level
    kept = tuple([label for label in labels if label[0] not in UNIQUE_LABELS])
    return _level(level.type, level.role, level.principal, kept) if len(kept) < len(labels) else level


_level = lru_cache(maxsize=4096)(Reservation)
"""The one copy of a level that many items share."""

_of_family = lru_cache(maxsize=4096)(Kind)


@lru_cache(maxsize=4096)
def _same(sums: tuple[tuple[str, int], ...]) -> Mapping[str, int]:
    """The one copy of what thousands of agents have in common."""
    return MappingProxyType(dict(sums))


@lru_cache(maxsize=4096)
def _shared(families: frozenset[Kind]) -> frozenset[Kind]:
    """The one copy of what thousands of agents share."""
    return families


NO_PINS = Pins(None, (), ())
