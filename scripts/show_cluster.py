"""Show what a cluster holds, asked of the master and of ZooKeeper themselves: `show_cluster.py MASTER_URL ZOOKEEPER`.

It is no part of Janitor and uses nothing of it, so that the demonstration does not vouch for itself.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import requests
from kazoo.client import KazooClient

SYSTEM = (
    "zookeeper",
    "mesos",
    "marathon",
    "metronome",
    "cosmos",
    "cluster-id",
    "dcos",
    "bouncer",
    "vault",
    "exhibitor",
)


def amount(items: list[dict[str, Any]], name: str) -> str:
    """The sum of what is called `name`, or its ranges."""
    same = [item for item in items if item["name"] == name]
    if not same:
        return "-"
    if same[0]["type"] == "RANGES":
        ranges = [each for item in same for each in item["ranges"]["range"]]
        return ",".join(f"{r['begin']}" if r["begin"] == r["end"] else f"{r['begin']}-{r['end']}" for r in ranges)
    return f"{sum(item['scalar']['value'] for item in same):g}"


def reservations(master: str) -> Iterator[tuple[str, ...]]:
    """A row for each agent and role with dynamic reservations."""
    agents = requests.get(f"{master}slaves", timeout=10).json()["slaves"]
    for agent in sorted(agents, key=lambda agent: str(agent["id"])):
        for role, items in sorted(agent["reserved_resources_full"].items()):
            dynamic = [item for item in items if item["reservations"][-1]["type"] == "DYNAMIC"]
            if dynamic:
                volumes = [item for item in dynamic if "persistence" in item.get("disk", {})]
                sizes = " ".join(f"{item['scalar']['value']:g}" for item in volumes) or "-"
                yield (
                    agent["id"].rpartition("-")[2],
                    role,
                    *(amount(dynamic, n) for n in ("cpus", "mem", "disk", "ports")),
                    sizes,
                )


def znodes(zookeeper: str) -> Iterator[tuple[str, str]]:
    """Each service's top-level znode, and how many znodes it is with all below it."""
    client = KazooClient(zookeeper)
    client.start(timeout=15)
    try:
        for name in sorted(client.get_children("/")):
            if name not in SYSTEM:
                yield f"/{name}", str(count(client, f"/{name}"))
    finally:
        client.stop()
        client.close()


def count(client: KazooClient, path: str) -> int:
    """How many znodes there are at and below `path`."""
    return 1 + sum(count(client, f"{path}/{child}") for child in client.get_children(path))


def table(heads: tuple[str, ...], rows: list[tuple[str, ...]]) -> None:
    """Print rows in columns."""
    widths = [max(map(len, column)) for column in zip(heads, *rows, strict=True)]
    for row in (heads, *rows):
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def main(master: str, zookeeper: str) -> None:
    """Reservations by agent and role, then znodes."""
    rows = list(reservations(master))
    table(("AGENT", "ROLE", "CPUS", "MEM", "DISK", "PORTS", "VOLUMES"), rows)
    print()
    table(("ZNODE", "ZNODES IN IT"), list(znodes(zookeeper)))


if __name__ == "__main__":
    main(*sys.argv[1:])
