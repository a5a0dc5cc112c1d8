"""By what an item is known to belong to the selection, whoever shows it (rule O1)."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator

from janitor.cleanup.pins import Pins
from janitor.mesos.resources import RESOURCE_ID, Resource


class Marks:
    """The stacks, resource ids and volumes of the selection, as 64-bit hashes: there may be half a million of each.

    Two that differ and have the same hash would end in a refusal, and are as likely as one in ten million at that size.
    """

    __slots__ = ("_hashes", "_roles")

    def __init__(self, hashes: Iterable[int], roles: frozenset[str]) -> None:
        self._hashes = array("q", sorted(hashes))
        self._roles = roles

    @classmethod
    def of(cls, every: Iterable[Pins]) -> Marks:
        """The marks of what was pinned."""
        every = tuple(every)
        roles = frozenset(kind.stack[-1].role for pins in every for kind in pins.families if kind.stack)
        return cls((mark for pins in every for mark in _marks(pins)), roles)

    def bear(self, item: Resource) -> bool:
        """Whether it is of the selection: by resource_id, persistence id, or the whole stack."""
        if not item.kind.stack:
            return False
        resource_id = item.top.label(RESOURCE_ID)
        return (
            self._has(item.kind.stack)
            or (resource_id is not None and self._has((RESOURCE_ID, resource_id)))
            or (item.volume_id is not None and item.top.role in self._roles and self._has(("volume", item.volume_id)))
        )

    def _has(self, mark: Hashable) -> bool:
        hashed = hash(mark)
        place = bisect_left(self._hashes, hashed)
        return place < len(self._hashes) and self._hashes[place] == hashed


def _marks(pins: Pins) -> Iterator[int]:
    for kind, pin in pins.items():
        # A static reservation is whoever's of the role: there only the volume itself tells.
        if kind.stack and kind.stack[-1].type == "DYNAMIC":
            yield hash(kind.stack)
            resource_id = kind.stack[-1].label(RESOURCE_ID)
            if resource_id is not None:
                yield hash((RESOURCE_ID, resource_id))
        for volume in pin.volumes:
            yield hash(("volume", volume))
