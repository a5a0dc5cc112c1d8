"""Plain tables: columns as wide as their longest cell, two blanks between. Pure.

A cell is never cut or folded, since half of an id is another one. Where a terminal is too narrow for the table, the
last columns stand below the others; where only a few rows do not fit, those alone take several lines.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from janitor.words import called

_GAP = 2
"""Blanks between two columns, and before what stands below."""


def columns(heading: Sequence[str], rows: Sequence[Sequence[str]], width: int | None = None) -> Iterator[str]:
    """Give the table's lines, heading first.

    Whatever a cell holds, it stays on one line of bounded length. width: columns of the terminal, None for a pipe.
    """
    cells = [tuple(called(cell) for cell in row) for row in rows]
    widths = [max(len(row[number]) for row in (heading, *cells)) for number in range(len(heading))]
    groups = [range(len(heading))]
    if width is not None and _total(widths) > width:
        narrow = _shrunk(widths, heading, width)
        if _total(narrow) <= width and 4 * sum(_fits(row, narrow) for row in cells) >= 3 * len(cells):
            widths = narrow
        else:
            groups = _below_each_other(widths, width)
    yield from _lines(heading, widths, groups)
    for row in cells:
        # What is much longer than the rest of its column has a line of its own, and so have the others of its row.
        apart = [range(number, number + 1) for number in range(len(row))]
        yield from _lines(row, widths, groups if _fits(row, widths) else apart)


def _total(widths: Sequence[int]) -> int:
    return sum(widths) + _GAP * (len(widths) - 1)


def _fits(row: Sequence[str], widths: Sequence[int]) -> bool:
    return all(len(cell) <= room for cell, room in zip(row, widths, strict=True))


def _shrunk(widths: Sequence[int], heading: Sequence[str], width: int) -> list[int]:
    """The same, the widest columns made narrower until all of it fits; none is narrower than its name."""
    narrow = list(widths)
    while _total(narrow) > width:
        wide = max(range(len(narrow)), key=lambda number: narrow[number] - len(heading[number]))
        if narrow[wide] <= len(heading[wide]):
            break
        narrow[wide] -= 1
    return narrow


def _below_each_other(widths: Sequence[int], width: int) -> list[range]:
    """Which columns stand on each line of a row."""
    groups = list[range]()
    first, indent = 0, 0
    for number in range(1, len(widths)):
        if indent + _total(widths[first : number + 1]) > width:
            groups.append(range(first, number))
            first, indent = number, _GAP
    return [*groups, range(first, len(widths))]


def _lines(row: Sequence[str], widths: Sequence[int], groups: Sequence[range]) -> Iterator[str]:
    for group in groups:
        indent = "" if group is groups[0] else " " * _GAP
        cells = (row[number].ljust(widths[number]) for number in group)
        yield f"{indent}{(' ' * _GAP).join(cells)}".rstrip()
