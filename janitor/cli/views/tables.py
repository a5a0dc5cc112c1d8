"""Plain tables: columns as wide as their longest cell, two blanks between. Pure."""

from __future__ import annotations

from collections.abc import Sequence


def columns(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The table's lines, heading first."""
    cells = [heading, *rows]
    widths = [max(len(row[number]) for row in cells) for number in range(len(heading))]
    return tuple(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )
