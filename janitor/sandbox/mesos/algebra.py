"""Pools of resources: adding, taking away, containing (Mesos src/common/resources.cpp)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from janitor.sandbox.mesos.resources import Resource


class Pool:
    """A multiset of resources. Items of one key are one item, except those that are taken whole."""

    __slots__ = ("_merged", "_whole")

    def __init__(self, items: Iterable[Resource] = ()) -> None:
        self._merged: dict[tuple[object, ...], Resource] = {}
        self._whole: list[Resource] = []
        self.update(items)

    def __iter__(self) -> Iterator[Resource]:
        yield from self._merged.values()
        yield from self._whole

    def __len__(self) -> int:
        return len(self._merged) + len(self._whole)

    def __bool__(self) -> bool:
        return bool(self._merged or self._whole)

    def copy(self) -> Pool:
        """A pool of its own with the same items."""
        copied = Pool()
        copied._merged = dict(self._merged)
        copied._whole = list(self._whole)
        return copied

    def add(self, item: Resource) -> None:
        """Put an item in; one without a positive value disappears."""
        if item.is_zero:
            return
        if item.is_whole:
            self._whole.append(item)
            return
        own = self._merged.get(item.key)
        self._merged[item.key] = item if own is None else own.with_value(own.value.plus(item.value))

    def take(self, item: Resource) -> None:
        """Take an item away, as far as it is there."""
        if item.is_whole:
            if (own := self._same(item)) is not None:
                self._whole.remove(own)
        elif (own := self._merged.get(item.key)) is not None:
            if left := own.value.minus(item.value):
                self._merged[item.key] = own.with_value(left)
            else:
                del self._merged[item.key]

    def _same(self, item: Resource) -> Resource | None:
        return next((own for own in self._whole if own.key == item.key and own.value == item.value), None)

    def contains(self, item: Resource) -> bool:
        """Whether one item of the pool holds all of `item`; nothing is in every pool."""
        if item.is_zero:
            return True
        if item.is_whole:
            return self._same(item) is not None
        own = self._merged.get(item.key)
        return own is not None and own.value.covers(item.value)

    def contains_all(self, items: Iterable[Resource]) -> bool:
        """Whether the items are there together."""
        rest = self.copy()
        for item in items:
            if not rest.contains(item):
                return False
            rest.take(item)
        return True

    def update(self, items: Iterable[Resource]) -> None:
        """Add many."""
        for item in items:
            self.add(item)

    def take_all(self, items: Iterable[Resource]) -> None:
        """Take many away."""
        for item in items:
            self.take(item)

    def exchange(self, away: Iterable[Resource], instead: Iterable[Resource]) -> None:
        """Take items away and put others in, pair by pair."""
        for old, new in zip(away, instead, strict=True):
            self.take(old)
            self.add(new)
