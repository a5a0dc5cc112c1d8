"""A large cluster's /slaves made into what a look needs, against json.loads, each in a process of its own.

`python -m benchmarks.decoding json|janitor FILE` prints seconds, and by how many bytes the peak of memory rose.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

from benchmarks.cluster import Recording, many
from benchmarks.peak import peak
from benchmarks.table import Row

AGENTS = 10_000
SECONDS = 6.0
MEMORY = 15.0
"""At least so many times less. A third of the time is packing, for which the answer itself need not be kept."""

REPEATED = 3


def rows(recording: Recording, directory: Path) -> Iterator[Row]:
    """How many times less time and memory; the best of a few for each."""
    file = directory / "slaves.json"
    body = many(recording, AGENTS)
    file.write_bytes(body)
    what = f"{AGENTS:,} agents' /slaves ({len(body) / 1e6:.0f} MB)"
    theirs, ours = _best("json", file), _best("janitor", file)
    yield Row(
        f"{what}: time, against json.loads",
        theirs[0] / ours[0],
        SECONDS,
        f"{theirs[0]:.2f} s and {ours[0]:.2f} s (all that Master.agents does with a reply), best of {REPEATED}",
    )
    yield Row(
        f"{what}: memory, against json.loads",
        theirs[1] / ours[1],
        MEMORY,
        f"{theirs[1] / 1e6:.0f} MB and {ours[1] / 1e6:.0f} MB: how far the peak rose (VmHWM), the body not counted",
    )


def _best(how: str, file: Path) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.decoding", how, str(file)]
    found = []
    for _ in range(REPEATED):
        seconds, grown = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
        found.append((float(seconds), float(grown)))
    return min(found)[0], min(grown for _, grown in found)


def _by_json(body: bytes) -> Callable[[], object]:
    return lambda: json.loads(body)


def _by_janitor(body: bytes) -> Callable[[], object]:
    from janitor.mesos.master import Master
    from janitor.transport.http import Http, Reply

    reply = Reply(200, {"Content-Type": "application/json"}, body, "http://127.0.0.1/master/slaves", None)

    class Canned:
        def request(self, *_: object, **__: object) -> Reply:
            return reply

    return Master(cast(Http, Canned()), "http://127.0.0.1/master/").agents


def _measure(how: str, file: Path) -> None:
    body = file.read_bytes()
    decode = {"json": _by_json, "janitor": _by_janitor}[how](body)
    before = peak()
    began = time.perf_counter()
    value = decode()
    seconds = time.perf_counter() - began
    grown = peak() - before
    del value
    print(seconds, grown)


if __name__ == "__main__":
    _measure(sys.argv[1], Path(sys.argv[2]))
