"""By what an item is known to belong to the selection, whoever shows it (rule O1)."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator

from janitor.cleanup.pins import Pins
from janitor.holdings.holding import item_marks, marks_of
from janitor.mesos.resources import Resource


class Marks:
    """The stacks, resource ids and volumes of the selection, as 64-bit hashes: there may be half a million of each.

    Two that differ and have the same hash would end in a refusal, and are as likely as one in ten million at that size.
    """

    __slots__ = ("_hashes",)

    def __init__(self, hashes: Iterable[int]) -> None:
        self._hashes = array("q", sorted(hashes))

    @classmethod
    def of(cls, every: Iterable[Pins]) -> Marks:
        """The marks of what was pinned."""
        return cls(mark for pins in every for mark in _marks(pins))

    def bear(self, item: Resource) -> bool:
        """Whether it is of the selection: by the whole stack, or by what a holding is told by: its id or its volume."""
        if not item.kind.stack:
            return False
        return self._has(hash(item.kind.stack)) or any(map(self._has, item_marks(item)))

    def _has(self, hashed: int) -> bool:
        place = bisect_left(self._hashes, hashed)
        return place < len(self._hashes) and self._hashes[place] == hashed


def _marks(pins: Pins) -> Iterator[int]:
    for kind, pin in pins.items():
        # A static reservation is whoever's of the role: there only the volume itself tells.
        if kind.stack and kind.stack[-1].type == "DYNAMIC":
            yield hash(kind.stack)
        yield from marks_of(kind, pin.volumes)
