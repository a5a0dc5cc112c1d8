"""A clean-up of many agents, against a client that asks what the original asks, on the same server."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import msgspec
import requests

from benchmarks.children import Run, run
from benchmarks.cluster import PRINCIPAL, ROLE, Recording
from benchmarks.table import Row

CONCURRENCY = 16
"""Janitor's default."""

TARGETS = {0.005: 8.0, 0.020: 12.0}
"""Latency per request in seconds -> how many times faster, at least."""

BOUND = 1.5
"""Wall time over what the latency, or the client's own work, makes necessary."""

REPEATED = 3
"""Janitor is timed so often, and the best counts: it needs a core for itself, and whatever else runs takes from that.

The original's client mostly waits, so that a busy machine hardly slows it down.
"""


class Counters(msgspec.Struct):
    """What the server counted, and for how long it was busy."""

    requests: int
    cpu: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A run, and what the server counted of it."""

    run: Run
    counters: Counters

    @property
    def load(self) -> float:
        """The part of the time in which the server was busy: near 1, it would be what was measured."""
        return self.counters.cpu / self.run.wall


class Server:
    """The canned master, in a process of its own."""

    def __init__(self, port: int) -> None:
        self._root = f"http://127.0.0.1:{port}"
        self.url = f"{self._root}/master/"

    def measure(self, latency: float, module: str, *arguments: str) -> Measured:
        """Run a client against it, from the state before any clean-up."""
        requests.put(f"{self._root}/bench/latency", data=str(latency), timeout=10)
        measured = run(module, self.url, *arguments)
        counters = requests.get(f"{self._root}/bench/counters", timeout=10).content
        left = requests.get(f"{self.url}slaves", timeout=60).content.count(f'"role":"{ROLE}"'.encode())
        if left:
            raise RuntimeError(f"{left} reservations were left by {module}")
        return Measured(measured, msgspec.json.decode(counters, type=Counters))


@contextmanager
def serving(recording: Recording, directory: Path) -> Iterator[Server]:
    """Serve a recording within a `with`."""
    file = directory / "recording"
    recording.write(file)
    command = [sys.executable, "-m", "benchmarks.canned", str(file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield Server(int(process.stdout.readline()))
        assert process.stdin is not None
        process.stdin.close()


def rows(recording: Recording, directory: Path) -> Iterator[Row]:
    """How many times faster, and how near to what is necessary, at each latency."""
    with serving(recording, directory) as server:
        for latency, target in TARGETS.items():
            janitor = [server.measure(latency, "benchmarks.engine", ROLE, PRINCIPAL) for _ in range(REPEATED)]
            ours = min(janitor, key=lambda measured: measured.run.wall)
            theirs = server.measure(latency, "benchmarks.original", ROLE)
            yield from _compare(len(recording.before), latency, target, ours, theirs)


def _compare(agents: int, latency: float, target: float, ours: Measured, theirs: Measured) -> Iterator[Row]:
    name = f"{agents} agents at {latency * 1000:g} ms"
    yield Row(
        f"{name}, against the original's requests",
        theirs.run.wall / ours.run.wall,
        target,
        f"{theirs.run.wall:.2f} s for {theirs.counters.requests} requests, {ours.run.wall:.2f} s for "
        f"{ours.counters.requests}, the proof included (with the start of the program {theirs.run.process:.2f} s and "
        f"{ours.run.process:.2f} s); the server was busy {theirs.load:.0%} and {ours.load:.0%} of the time",
    )
    waiting = ours.counters.requests * latency / CONCURRENCY
    working = ours.run.cpu
    yield Row(
        f"{name}, against what is necessary",
        ours.run.wall / max(waiting, working),
        BOUND,
        f"{ours.run.wall:.2f} s; latency {waiting:.2f} s ({ours.counters.requests} requests, {CONCURRENCY} at once), "
        f"CPU {working:.2f} s ({working / ours.counters.requests * 1000:.2f} ms for each)",
        at_most=True,
    )
