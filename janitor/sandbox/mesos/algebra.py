"""Pools of resources: adding, taking away, containing (Mesos src/common/resources.cpp)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from janitor.sandbox.mesos.resources import Resource


class Pool:
    """A multiset of resources. Items of one key are one item, except those that are taken whole."""

    __slots__ = ("_items",)

    def __init__(self, items: Iterable[Resource] = ()) -> None:
        self._items: list[Resource] = []
        for item in items:
            self.add(item)

    def __iter__(self) -> Iterator[Resource]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __bool__(self) -> bool:
        return bool(self._items)

    def copy(self) -> Pool:
        """A pool of its own with the same items."""
        copied = Pool()
        copied._items = list(self._items)
        return copied

    def add(self, item: Resource) -> None:
        """Put an item in; one without a positive value disappears."""
        if item.is_zero:
            return
        if not item.is_whole:
            for index, own in enumerate(self._items):
                if own.key == item.key:
                    self._items[index] = own.with_value(own.value.plus(item.value))
                    return
        self._items.append(item)

    def take(self, item: Resource) -> None:
        """Take an item away, as far as it is there."""
        for index, own in enumerate(self._items):
            if own.key != item.key or (item.is_whole and own.value != item.value):
                continue
            left = own.value.minus(item.value)
            if item.is_whole or not left:
                del self._items[index]
            else:
                self._items[index] = own.with_value(left)
            return

    def contains(self, item: Resource) -> bool:
        """Whether one item of the pool holds all of `item`; nothing is in every pool."""
        if item.is_zero:
            return True
        for own in self._items:
            if own.key == item.key and (own.value == item.value if item.is_whole else own.value.covers(item.value)):
                return True
        return False

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

    def filter(self, keep: Callable[[Resource], bool]) -> Pool:
        """The items of which `keep` says yes."""
        chosen = Pool()
        chosen._items = [item for item in self._items if keep(item)]
        return chosen
