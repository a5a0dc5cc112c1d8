"""`python -m benchmarks [NAME...]`: measure, print the table, and end with 1 when a target is missed."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks import clean_up, decoding, dry_run, showing, startup, znodes
from benchmarks.cluster import Recording, record
from benchmarks.table import Row, show

AGENTS = 1000

Bench = Callable[[Recording, Path], Iterator[Row]]

BENCHES: dict[str, Bench] = {
    "startup": lambda _recording, _directory: startup.rows(),
    "decoding": decoding.rows,
    "dry-run": dry_run.rows,
    "clean-up": clean_up.rows,
    "showing": lambda _recording, _directory: showing.rows(),
    "znodes": lambda _recording, _directory: znodes.rows(),
}


def main() -> int:
    """Measure what is named, or everything."""
    parser = argparse.ArgumentParser(prog="./scripts/bench", description=__doc__.partition(": ")[2])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure: {', '.join(BENCHES)}")
    names = parser.parse_args().names or list(BENCHES)
    if unknown := set(names) - set(BENCHES):
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    load, cores = os.getloadavg()[0], os.cpu_count() or 1
    print(f"{cores} cores, load {load:.1f}. Ratios within this run; a busy machine makes them worse.", flush=True)
    found: list[Row] = []
    with tempfile.TemporaryDirectory(prefix="janitor-bench-") as directory:
        print(f"Recording a cluster of {AGENTS} agents", file=sys.stderr, flush=True)
        recording = record(AGENTS)
        for name in names:
            print(f"Measuring {name}", file=sys.stderr, flush=True)
            found += BENCHES[name](recording, Path(directory))
    print(show(found))
    return 0 if all(row.met for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
