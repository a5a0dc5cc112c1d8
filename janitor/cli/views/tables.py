"""Plain tables: columns as wide as their longest cell, two blanks between. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from janitor.words import called


def columns(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """The table's lines, heading first. Whatever a cell holds, its row stays one line of bounded length."""
    cells = [heading, *([called(cell) for cell in row] for row in rows)]
    widths = [max(len(row[number]) for row in cells) for number in range(len(heading))]
    return tuple(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in cells
    )
