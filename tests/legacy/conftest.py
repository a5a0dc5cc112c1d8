"""A laptop for each test, with either generation of the CLI; and a ZooKeeper for those with the real one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from kazoo.client import KazooClient

from tests.legacy.laptop import Laptop, kafka
from tests.zookeeper.server import SUPER, ZooKeeperServer, zookeeper_or_skip

NewLaptop = Callable[..., Laptop]


@pytest.fixture(params=["python", "go"])
def generation(request: pytest.FixtureRequest) -> str:
    """Of the CLI."""
    chosen: str = request.param
    return chosen


@pytest.fixture
def laptop(tmp_path: Path, generation: str) -> NewLaptop:
    """`laptop(name, **changed)`: one before a cluster with a Kafka; see `laptop.kafka`."""

    def new(name: str = "/kafka", shell: str = "/bin/sh", **changed: Any) -> Laptop:
        return Laptop(tmp_path, kafka(generation, name, **changed), shell)

    return new


@pytest.fixture(scope="session")
def zookeeper() -> Iterator[ZooKeeperServer]:
    zookeeper_or_skip()
    with ZooKeeperServer() as server:
        yield server


@pytest.fixture
def znodes(zookeeper: ZooKeeperServer) -> Iterator[KazooClient]:
    """A client of it, as super user; what a test wrote is removed after it."""
    with zookeeper.connected(auth=SUPER) as connected:
        before = set(connected.get_children("/"))
        yield connected
        for name in set(connected.get_children("/")) - before:
            connected.delete(f"/{name}", recursive=True)
