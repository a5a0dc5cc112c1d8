"""The three kinds of values: scalars, ranges, sets (Mesos src/common/values.cpp).

Values of one kind are added, subtracted and compared with each other; mixing kinds is a mistake of the caller, since
the key of a resource includes its kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

Interval = tuple[int, int]


@dataclass(frozen=True)
class Scalar:
    """An amount in thousandths: Mesos compares and adds doubles so."""

    milli: int

    kind = "SCALAR"

    @classmethod
    def of(cls, number: float) -> Scalar:
        """The amount as written, rounded to three decimals."""
        return cls(round(number * 1000))

    def plus(self, other: Value) -> Scalar:
        """Both together."""
        assert isinstance(other, Scalar)
        return Scalar(self.milli + other.milli)

    def minus(self, other: Value) -> Scalar:
        """What stays; never less than nothing."""
        assert isinstance(other, Scalar)
        return Scalar(max(0, self.milli - other.milli))

    def covers(self, other: Value) -> bool:
        """Whether `other` is at most this."""
        assert isinstance(other, Scalar)
        return other.milli <= self.milli

    @property
    def quantity(self) -> int:
        """Itself, in thousandths."""
        return self.milli

    def __bool__(self) -> bool:
        return self.milli != 0

    def __str__(self) -> str:
        return f"{self.milli / 1000:.3f}".rstrip("0").rstrip(".")


@dataclass(frozen=True)
class Ranges:
    """A set of whole numbers, as few sorted intervals."""

    intervals: tuple[Interval, ...]

    kind = "RANGES"

    @classmethod
    def of(cls, intervals: Iterable[Interval]) -> Ranges:
        """The same numbers, with neighbours joined."""
        merged: list[Interval] = []
        for begin, end in sorted(intervals):
            if merged and begin <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((begin, end))
        return cls(tuple(merged))

    def plus(self, other: Value) -> Ranges:
        """The numbers of both."""
        assert isinstance(other, Ranges)
        return Ranges.of([*self.intervals, *other.intervals])

    def minus(self, other: Value) -> Ranges:
        """The numbers that `other` does not have."""
        assert isinstance(other, Ranges)
        return Ranges(tuple(self._cut(other.intervals)))

    def _cut(self, away: tuple[Interval, ...]) -> Iterator[Interval]:
        for begin, end in self.intervals:
            start = begin
            for low, high in away:
                if high < start or low > end:
                    continue
                if low > start:
                    yield (start, low - 1)
                start = high + 1
            if start <= end:
                yield (start, end)

    def covers(self, other: Value) -> bool:
        """Whether all numbers of `other` are here."""
        assert isinstance(other, Ranges)
        return not other.minus(self)

    @property
    def quantity(self) -> int:
        """How many numbers, in thousandths."""
        return 1000 * sum(end - begin + 1 for begin, end in self.intervals)

    def __bool__(self) -> bool:
        return bool(self.intervals)

    def __str__(self) -> str:
        return "[" + ", ".join(f"{begin}-{end}" for begin, end in self.intervals) + "]"


@dataclass(frozen=True)
class Items:
    """A set of names."""

    names: frozenset[str]

    kind = "SET"

    def plus(self, other: Value) -> Items:
        """The names of both."""
        assert isinstance(other, Items)
        return Items(self.names | other.names)

    def minus(self, other: Value) -> Items:
        """The names that `other` does not have."""
        assert isinstance(other, Items)
        return Items(self.names - other.names)

    def covers(self, other: Value) -> bool:
        """Whether all names of `other` are here."""
        assert isinstance(other, Items)
        return other.names <= self.names

    @property
    def quantity(self) -> int:
        """How many names, in thousandths."""
        return 1000 * len(self.names)

    def __bool__(self) -> bool:
        return bool(self.names)

    def __str__(self) -> str:
        return "{" + ", ".join(sorted(self.names)) + "}"


Value = Scalar | Ranges | Items
