"""What was selected on an agent at the first settled look (rule S2), in few bytes: a run remembers it to its end."""

from __future__ import annotations

import zlib
from collections.abc import ItemsView, Iterator, KeysView, Mapping, ValuesView
from functools import lru_cache
from operator import is_
from types import MappingProxyType

import msgspec

from janitor.holdings.owners import MARATHON_TASK, RESOURCE_ID
from janitor.mesos.resources import Amount, Kind, Reservation

UNIQUE_LABELS = frozenset({RESOURCE_ID, MARATHON_TASK})
"""Labels that are unique to one reservation: an SDK's, and Marathon's."""

_FAST = 1


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

    __slots__ = ("_bytes", "_kinds", "families", "item_count", "thousandths", "volume_count")

    def __init__(self, pins: Mapping[Kind, Pin]) -> None:
        self._bytes = zlib.compress(msgspec.json.encode([*pins.items()]), _FAST) if pins else b""
        self._kinds = len(pins)
        self.item_count = sum(pin.items for pin in pins.values())
        self.volume_count = sum(len(pin.volumes) for pin in pins.values())
        sums: dict[str, int] = {}
        for kind, pin in pins.items():
            amount = pin.amount  # of a scalar, which most are, the property is not asked: half a million times
            sums[kind.name] = sums.get(kind.name, 0) + (amount.thousandths or amount.counted)
        self.thousandths = _same(tuple(sums.items()))
        self.families = _shared(frozenset(map(family, pins)))

    def __getitem__(self, kind: Kind) -> Pin:
        return self.unpacked()[kind]

    def __iter__(self) -> Iterator[Kind]:
        return iter(self.unpacked())

    def __len__(self) -> int:
        return self._kinds

    def __eq__(self, other: object) -> bool:
        if isinstance(other, Pins) and self._bytes == other._bytes:
            return True
        return super().__eq__(other)

    __hash__ = None  # type: ignore[assignment]

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
        return dict(_DECODER.decode(zlib.decompress(self._bytes))) if self._kinds else {}

    def same_bytes(self, other: Pins) -> bool:
        """Whether both are certainly equal, without unpacking: the same things were shown in the same order."""
        return self._bytes == other._bytes


def family(kind: Kind) -> Kind:
    """The kind without the labels that are unique to one reservation: whose it is, and what."""
    stack = [_without_unique(level) for level in kind.stack]
    if all(map(is_, stack, kind.stack)):
        return kind
    return _of_family(kind.name, tuple(stack), kind.provider, kind.source, kind.creator)


def _without_unique(level: Reservation) -> Reservation:
    labels = level.labels
    if not labels:
        return level
    if len(labels) == 1:  # by far the most common, half a million times
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
