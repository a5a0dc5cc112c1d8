"""What was selected on an agent at the first settled look (rule S2), in few bytes: a run remembers it to its end."""

from __future__ import annotations

from collections.abc import Callable, ItemsView, Iterable, Iterator, KeysView, Mapping, Sequence, ValuesView
from functools import lru_cache
from operator import is_
from types import MappingProxyType

import msgspec

from janitor.holdings.owners import MARATHON_TASK
from janitor.mesos.alike import tallied
from janitor.mesos.packed import PackedList, PackedMember
from janitor.mesos.resources import RESOURCE_ID, Amount, Kind, Reservation, Resource, parse_list

UNIQUE_LABELS = frozenset({RESOURCE_ID, MARATHON_TASK})
"""Labels that are unique to one reservation: an SDK's, and Marathon's."""


class Pin(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How much of one kind was selected on an agent, and in which volumes, at the first settled look."""

    amount: Amount
    volumes: frozenset[str] = frozenset()
    items: int = 0


_DECODER = msgspec.json.Decoder(list[tuple[Kind, Pin]])


class Pins(Mapping[Kind, Pin]):
    """Kind -> what of it was there, of one agent. It is packed: there may be half a million of them in a cluster.

    item_count, volume_count  how many items and persistent volumes there were
    thousandths               name of a resource -> how much of it, as `Amount.counted` has it
    families                  the kinds without what tells one reservation from the next: few in any cluster
    """

    __slots__ = ("_packed", "families", "item_count", "thousandths", "volume_count")

    def __init__(self, pins: Mapping[Kind, Pin]) -> None:
        self._packed: PackedList | PackedMember | None = None
        if pins:
            self._packed = PackedList(msgspec.Raw(msgspec.json.encode([*pins.items()])))
        self.item_count = sum(pin.items for pin in pins.values())
        self.volume_count = sum(len(pin.volumes) for pin in pins.values())
        self._sum_up((kind.name, pin.amount.counted) for kind, pin in pins.items())
        self.families = _shared(families(pins))

    def _sum_up(self, amounts: Iterable[tuple[str, int]]) -> None:
        sums: dict[str, int] = {}
        for name, counted in amounts:
            sums[name] = sums.get(name, 0) + counted
        self.thousandths = _same(tuple(sums.items()))

    def __getitem__(self, kind: Kind) -> Pin:
        return self.unpacked()[kind]

    def __iter__(self) -> Iterator[Kind]:
        return iter(self.unpacked())

    def __len__(self) -> int:
        return len(self.unpacked())

    def __bool__(self) -> bool:
        return bool(self.families)

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
        return dict(_DECODER.decode(self._packed.unpacked())) if self._packed is not None else {}

    def only(self, fits: Callable[[Kind], bool]) -> Pins:
        """Of these kinds alone."""
        pins = self.unpacked()
        kept = {kind: pin for kind, pin in pins.items() if fits(kind)}
        return self if len(kept) == len(pins) else Pins(kept)

    def same_bytes(self, other: Pins) -> bool:
        """Whether both are certainly equal, without unpacking: the same things were shown in the same order."""
        if self is other or self._packed is None or other._packed is None:
            return self._packed is other._packed
        return type(self) is type(other) and self._packed.same_bytes(other._packed)


class ShownPins(Pins):
    """The same, of a list that the master showed: it is kept as it is packed, and read again when it is asked for.

    Mostly the sums are enough; to write half a million pins down once more takes longer than to read them.
    """

    __slots__ = ("_places",)

    def __init__(self, shown: PackedList | PackedMember, places: Sequence[int], items: Sequence[Resource]) -> None:
        """shown: the list of a role; places: where in it the items stand that are pinned, which may lack their ids."""
        self._packed = shown if items else None
        self._places = places
        self.item_count = len(items)
        each = tallied(items)
        self.volume_count = sum(count for item, count in each if item.volume_id is not None)
        self._sum_up((item.kind.name, count * item.amount.counted) for item, count in each)
        self.families = _shared(families(item.kind for item, _ in each))

    def unpacked(self) -> dict[Kind, Pin]:
        """A dictionary of it, to ask more than once."""
        if self._packed is None:
            return {}
        pins: dict[Kind, Pin] = {}
        shown = parse_list(self._packed.unpacked(), "what was pinned")
        for place in self._places:
            item = shown[place]
            pins[item.kind] = _with(pins.get(item.kind, _NOTHING), item)
        return pins

    def same_bytes(self, other: Pins) -> bool:
        """Whether both are certainly equal, without unpacking."""
        same_places = not isinstance(other, ShownPins) or self._places == other._places
        return same_places and super().same_bytes(other)


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


NO_PINS = Pins({})
