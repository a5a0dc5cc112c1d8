"""A measurement with its target beside it, and the table of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One promise: `value` has to be at least (or at most) `target`. `how` says what it was made of."""

    name: str
    value: float
    target: float
    how: str
    at_most: bool = False
    unit: str = "x"

    @property
    def met(self) -> bool:
        """Whether the promise is kept."""
        return self.value <= self.target if self.at_most else self.value >= self.target


def show(rows: Sequence[Row]) -> str:
    """The table, one line for each promise and one under it for what it was made of."""
    width = max(len(row.name) for row in rows)
    lines = [f"{'':7}{'':{width}}  {'measured':>9}  target"]
    for row in rows:
        sign = "at most" if row.at_most else "at least"
        lines.append(
            f"{'ok' if row.met else 'MISSED':6} {row.name:{width}}  {row.value:>8.3g}{row.unit}"
            f"  {sign} {row.target:g}{row.unit}"
        )
        lines.append(f"{'':7}{row.how}")
    return "\n".join(lines)
