"""A dry run on a large cluster whose every reservation is asked for, and a scan of it, against fetching and decoding
the same /slaves.
"""

from __future__ import annotations

import itertools
import json
import random
import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import msgspec

from benchmarks.clean_up import serving
from benchmarks.cluster import PRINCIPAL, ROLE, Recording
from benchmarks.table import Row

AGENTS = 10_000
ITEMS = 50
SECONDS = 0.5
MEMORY = 0.08
"""At most so many times what it takes to fetch the answer and decode it into plain dictionaries and lists.

That is 1.8 GB here, so that the promise is 140 MB; less than 400 MB is what was wanted.
"""

SCAN_SECONDS, SCAN_MEMORY = 0.65, 1.0
"""At most so many times the time of decoding, and the bytes of the answer itself."""

OWNERS = 20
"""Holdings on every agent of a cluster that many services share, each of them in a role of its own."""

OWNERS_SECONDS = OWNERS_MEMORY = 3.0
"""At most so many times the time of decoding, and the bytes of the answer itself."""

NOBODY = "127.0.0.1:9"
"""Marathon and ZooKeeper of the scan: what cannot be read is said, and costs nothing."""

_ID = re.compile(rb"<(id|volume)[0-9]+>")


def rows(recording: Recording, directory: Path) -> Iterator[Row]:
    """How many times the time and the memory of a whole process, from its start to its end."""
    large = crowded(recording, AGENTS, ITEMS)
    size = sum(map(len, large.before.values()))
    with serving(large, directory) as server:
        theirs = _measured("decode", server.url + "slaves")
        ours = _measured("janitor", "-m", server.url, "-r", ROLE, "-p", PRINCIPAL, "--dry-run")
        scan = _scan(server.url)
    del large
    what = f"dry run, {AGENTS:,} agents with {ITEMS} items ({size / 1e6:.0f} MB)"
    yield Row(
        f"{what}: time, against decoding",
        ours[0] / theirs[0],
        SECONDS,
        f"{ours[0]:.2f} s and {theirs[0]:.2f} s of CPU (requests and msgspec, into dictionaries and lists)",
        at_most=True,
    )
    yield Row(
        f"{what}: memory, against decoding",
        ours[1] / theirs[1],
        MEMORY,
        f"{ours[1] / 1e6:.0f} MB and {theirs[1] / 1e6:.0f} MB: the peak of the whole process (VmHWM)",
        at_most=True,
    )
    yield from _scanned(f"{ITEMS} items", scan, theirs, size, (SCAN_SECONDS, SCAN_MEMORY))
    yield from _shared(recording, directory)


def _shared(recording: Recording, directory: Path) -> Iterator[Row]:
    """A scan of a cluster that many services share: as many owners as items on each agent."""
    shared = crowded(recording, AGENTS, OWNERS, owners=OWNERS)
    size = sum(map(len, shared.before.values()))
    with serving(shared, directory) as server:
        theirs, scan = _measured("decode", server.url + "slaves"), _scan(server.url)
    on_each = f"{OWNERS} holdings each ({size / 1e6:.0f} MB)"
    yield from _scanned(on_each, scan, theirs, size, (OWNERS_SECONDS, OWNERS_MEMORY))


def _scanned(
    on_each: str, scan: tuple[float, float], theirs: tuple[float, float], size: int, targets: tuple[float, float]
) -> Iterator[Row]:
    """The two rows of a scan: its time against that of decoding, and its memory against the bytes of the answer."""
    what = f"scan, {AGENTS:,} agents with {on_each}"
    yield Row(
        f"{what}: time, against decoding",
        scan[0] / theirs[0],
        targets[0],
        f"{scan[0]:.2f} s and {theirs[0]:.2f} s of CPU",
        at_most=True,
    )
    yield Row(
        f"{what}: memory, against the answer",
        scan[1] / size,
        targets[1],
        f"{scan[1] / 1e6:.0f} MB and {size / 1e6:.0f} MB: the peak of the process, and the bytes of /slaves",
        at_most=True,
    )


def crowded(recording: Recording, agents: int, items: int, owners: int = 1) -> Recording:
    """The recording with so many agents, each with so many items; no two have the same ids (UUIDs).

    The items are of the role, or dealt out to so many roles, each of a service of its own.
    """
    id, written = next(iter(recording.before.items()))
    entry = json.loads(written)
    shown = itertools.cycle(entry["reserved_resources_full"][ROLE])
    made = [_numbered(next(shown), number) for number in range(items)]
    roles = [(ROLE, made)] if owners == 1 else [_of_owner(made[n::owners], n) for n in range(owners)]
    entry["reserved_resources_full"] = dict(roles)
    # Neither a role without a list nor anything that no list shows: a scan of that would have less to judge.
    entry["reserved_resources"] = {}
    entry["resources"] = entry["unreserved_resources"]
    template = json.dumps(entry, separators=(",", ":")).encode()
    ids = random.Random(1)
    before: dict[str, bytes] = {}
    for number in range(agents):
        known: dict[bytes, bytes] = {}

        def unique(place: re.Match[bytes], known: dict[bytes, bytes] = known) -> bytes:
            return known.setdefault(place[0], str(uuid.UUID(int=ids.getrandbits(128), version=4)).encode())

        name = f"{id}-{number}"
        before[name] = _ID.sub(unique, template.replace(id.encode(), name.encode()))
    listed = [{"info": {"id": {"value": name}, "hostname": name, "port": 5051}} for name in before]
    registry = msgspec.json.encode({"master": {"info": {}}, "slaves": {"slaves": listed}})
    paths = {**recording.paths, "registrar(1)/registry": registry}
    return Recording(recording.calls, paths, before, {}, recording.date)


def _numbered(item: dict[str, Any], number: int) -> dict[str, Any]:
    """The item with places for its ids: the same id in both formats of its reservation."""
    copied = json.loads(json.dumps(item))
    for level in [*copied.get("reservations", ()), copied.get("reservation", {})]:
        for label in level.get("labels", {}).get("labels", ()):
            if label["key"] == "resource_id":
                label["value"] = f"<id{number}>"
    if "persistence" in copied.get("disk", {}):
        copied["disk"]["persistence"]["id"] = f"<volume{number}>"
    return cast("dict[str, Any]", copied)


def _of_owner(items: list[dict[str, Any]], number: int) -> tuple[str, list[dict[str, Any]]]:
    """The role of another service, and the items as it would have reserved them."""
    name = ROLE.partition("-")[0]
    written = json.dumps(items).replace(f'"{name}-', f'"{name}{number}-')
    return ROLE.replace(name, f"{name}{number}"), json.loads(written)


def _scan(url: str) -> tuple[float, float]:
    return _measured("janitor", "scan", "-m", url, "-n", f"http://{NOBODY}/v2/apps/", "--zookeeper", NOBODY)


def _measured(*arguments: str) -> tuple[float, float]:
    """CPU seconds and bytes of a process of its own."""
    command = [sys.executable, "-m", "benchmarks.whole", *arguments]
    lines = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()
    seconds, most = lines[-1].split()
    return float(seconds), float(most)
