"""A dry run on a large cluster whose every reservation is asked for, against msgspec's decoding of the same /slaves.

`python -m benchmarks.dry_run decode|janitor FILE RECORDING` prints CPU seconds, and by how many bytes the peak rose.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import msgspec

from benchmarks.cluster import PRINCIPAL, ROLE, Recording, slaves
from benchmarks.decoding import peak
from benchmarks.table import Row

AGENTS = 10_000
ITEMS = 50
SECONDS = 3.0
MEMORY = 0.4
"""At most so many times what it takes to decode the answer into plain dictionaries and lists."""


def rows(recording: Recording, directory: Path) -> Iterator[Row]:
    """How many times the time and the memory, from the answer that is there to the outcome."""
    file, recorded = directory / "crowded.json", directory / "recording"
    body = crowded(recording, AGENTS, ITEMS)
    file.write_bytes(body)
    recording.write(recorded)
    what = f"dry run, {AGENTS:,} agents with {ITEMS} items ({len(body) / 1e6:.0f} MB)"
    theirs, ours = (_measured(how, file, recorded) for how in ("decode", "janitor"))
    yield Row(
        f"{what}: time, against decoding",
        ours[0] / theirs[0],
        SECONDS,
        f"{ours[0]:.2f} s and {theirs[0]:.2f} s of CPU (msgspec, into dictionaries and lists)",
        at_most=True,
    )
    yield Row(
        f"{what}: memory, against decoding",
        ours[1] / theirs[1],
        MEMORY,
        f"{ours[1] / 1e6:.0f} MB and {theirs[1] / 1e6:.0f} MB: how far the peak rose (VmHWM), the body not counted",
        at_most=True,
    )


def crowded(recording: Recording, agents: int, items: int) -> bytes:
    """A /slaves of so many agents, each with so many items of the role, of which no two have the same resource_id."""
    id, written = next(iter(recording.before.items()))
    entry = json.loads(written)
    shown = itertools.cycle(entry["reserved_resources_full"][ROLE])
    entry["reserved_resources_full"][ROLE] = [_numbered(next(shown), number) for number in range(items)]
    template = json.dumps(entry, separators=(",", ":")).encode()
    return slaves(
        [
            template.replace(id.encode(), b"%s-%d" % (id.encode(), number)).replace(b"<agent>", b"%06d" % number)
            for number in range(agents)
        ]
    )


def _numbered(item: dict[str, Any], number: int) -> dict[str, Any]:
    copied = json.loads(json.dumps(item))
    for level in [*copied.get("reservations", ()), copied.get("reservation", {})]:
        for label in level.get("labels", {}).get("labels", ()):
            if label["key"] == "resource_id":
                label["value"] = f"<agent>-{number:04d}-4000-8000-000000000000"
    if "persistence" in copied.get("disk", {}):
        copied["disk"]["persistence"]["id"] = f"volume-<agent>-{number:04d}"
    return cast("dict[str, Any]", copied)


def _measured(how: str, file: Path, recorded: Path) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.dry_run", how, str(file), str(recorded)]
    seconds, grown = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.split()
    return float(seconds), float(grown)


def _by_janitor(body: bytes, recorded: Path) -> Callable[[], object]:
    from janitor.cleanup.cluster import Cluster
    from janitor.cleanup.job import Job
    from janitor.cleanup.run import clean
    from janitor.mesos.master import Master
    from janitor.patience import Patience
    from janitor.transport.http import Http, Reply
    from janitor.transport.reply import epoch

    recording = Recording.read(recorded)
    date = epoch(recording.date)
    listed = [{"info": {"id": {"value": agent.id}}} for agent in msgspec.json.decode(body, type=_Slaves).slaves]
    registry = msgspec.json.encode({"master": {"info": {}}, "slaves": {"slaves": listed}})

    class Canned:
        def request(self, _method: str, url: str, *, body: bytes | None = None, **_: object) -> Reply:
            return Reply(200, {}, self._answer(url, body or b""), url, date)

        def _answer(self, url: str, asked: bytes) -> bytes:
            if url.endswith("/slaves"):
                return body
            if url.endswith("/registry"):
                return registry
            if asked:
                return recording.calls[json.loads(asked)["type"]]
            return recording.paths["metrics/snapshot"]

    class Alone:
        master = Master(cast(Http, Canned()), "http://127.0.0.1/master/")
        concurrency = 16

        def apps_named(self, _names: object) -> frozenset[str]:
            return frozenset()

    def run() -> object:
        job = Job(role=ROLE, principal=PRINCIPAL, dry_run=True)
        outcome = clean(cast(Cluster, Alone()), job, Patience(900.0), lambda _event: None)
        found = sum(agent.items for agent in outcome.agents)
        if outcome.status or found != len(listed) * ITEMS:
            raise RuntimeError(f"status {outcome.status}, {found} items: {outcome.blocked[:1]} {outcome.error}")
        return outcome

    return run


class _Agent(msgspec.Struct):
    id: str


class _Slaves(msgspec.Struct):
    slaves: list[_Agent]


def _measure(how: str, file: Path, recorded: Path) -> None:
    body = file.read_bytes()
    work = _by_janitor(body, recorded) if how == "janitor" else lambda: msgspec.json.decode(body)
    before = peak()
    began = time.process_time()
    value = work()
    seconds = time.process_time() - began
    grown = peak() - before
    del value
    print(seconds, grown)


if __name__ == "__main__":
    _measure(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
