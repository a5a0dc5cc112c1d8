"""How long help takes: a command that is typed many times a day should answer like any other."""

from __future__ import annotations

import statistics
from collections.abc import Iterator

from benchmarks.children import seconds
from benchmarks.table import Row

TARGET = 1.5
REPEATED = 11


def rows() -> Iterator[Row]:
    """`janitor --help` over an import of requests, the medians of runs that take turns."""
    helps: list[float] = []
    imports: list[float] = []
    for _ in range(REPEATED):
        helps.append(seconds(["-m", "janitor", "--help"]))
        imports.append(seconds(["-c", "import requests"]))
    ours, theirs = statistics.median(helps), statistics.median(imports)
    yield Row(
        "janitor --help, against importing requests",
        ours / theirs,
        TARGET,
        f"{ours * 1000:.0f} ms and {theirs * 1000:.0f} ms, medians of {REPEATED}",
        at_most=True,
    )
