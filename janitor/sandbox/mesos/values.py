"""The three kinds of values: scalars, ranges, sets (Mesos src/common/values.cpp).

Values of one kind are added, subtracted and compared with each other; mixing kinds is a mistake of the caller, since
the key of a resource includes its kind.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

Interval = tuple[int, int]

_LEAST = -(2**63)
"""What a conversion to a whole number of 64 bits gives when the amount does not fit (x86)."""


def _thousandths(number: float) -> int:
    """The nearest whole number of thousandths; halves go away from zero (`llround`)."""
    scaled = number * 1000
    if not abs(scaled) < 2**63:
        return _LEAST
    whole = math.trunc(scaled)
    if abs(scaled - whole) < 0.5:
        return whole
    return whole + (1 if scaled > 0 else -1)


@dataclass(frozen=True, eq=False)
class Scalar:
    """An amount, kept as it was sent. Mesos compares amounts in thousandths, and rounds when it adds or subtracts."""

    number: float

    kind = "SCALAR"

    @classmethod
    def of_thousandths(cls, milli: int) -> Scalar:
        """An amount in thousandths."""
        return cls(milli / 1000)

    @cached_property
    def milli(self) -> int:
        """Itself in thousandths, rounded."""
        return _thousandths(self.number)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scalar) and other.milli == self.milli

    def __hash__(self) -> int:
        return hash(self.milli)

    def plus(self, other: Value) -> Scalar:
        """Both together, rounded."""
        assert isinstance(other, Scalar)
        return Scalar.of_thousandths(self.milli + other.milli)

    def minus(self, other: Value) -> Scalar:
        """What stays, rounded; never less than nothing."""
        assert isinstance(other, Scalar)
        return Scalar.of_thousandths(max(0, self.milli - other.milli))

    def covers(self, other: Value) -> bool:
        """Whether `other` is at most this."""
        assert isinstance(other, Scalar)
        return other.milli <= self.milli

    @property
    def amount(self) -> Scalar:
        """Itself."""
        return self

    def __bool__(self) -> bool:
        return self.milli != 0

    def __str__(self) -> str:
        return f"{self.milli / 1000:.15g}"


def in_json(number: float) -> float:
    """A number as a master writes it into JSON: fifteen digits."""
    return float(f"{number:.15g}")


@dataclass(frozen=True, eq=False)
class Ranges:
    """A set of whole numbers: intervals as they were sent, until something is added or taken away."""

    intervals: tuple[Interval, ...]

    kind = "RANGES"

    @classmethod
    def of(cls, intervals: Iterable[Interval]) -> Ranges:
        """The same numbers in as few sorted intervals as can be."""
        merged: list[Interval] = []
        for begin, end in sorted(intervals):
            if merged and begin <= merged[-1][1] + 1:
                merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
            else:
                merged.append((begin, end))
        return cls(tuple(merged))

    @cached_property
    def merged(self) -> Ranges:
        """The same numbers, with neighbours joined."""
        return Ranges.of(self.intervals)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ranges) and other.merged.intervals == self.merged.intervals

    def __hash__(self) -> int:
        return hash(self.merged.intervals)

    def plus(self, other: Value) -> Ranges:
        """The numbers of both."""
        assert isinstance(other, Ranges)
        return Ranges.of([*self.intervals, *other.intervals])

    def minus(self, other: Value) -> Ranges:
        """The numbers that `other` does not have."""
        assert isinstance(other, Ranges)
        return Ranges(tuple(self._cut(other.merged.intervals)))

    def _cut(self, away: tuple[Interval, ...]) -> Iterator[Interval]:
        for begin, end in self.merged.intervals:
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
    def amount(self) -> Scalar:
        """How many numbers."""
        return Scalar(sum(end - begin + 1 for begin, end in self.merged.intervals))

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
    def amount(self) -> Scalar:
        """How many names."""
        return Scalar(len(self.names))

    def __bool__(self) -> bool:
        return bool(self.names)

    def __str__(self) -> str:
        return "{" + ", ".join(sorted(self.names)) + "}"


Value = Scalar | Ranges | Items
