"""Fixtures: one real ZooKeeper for the session, a DC/OS sandbox for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from kazoo.client import KazooClient

from janitor.sandbox.rehearsal import Rehearsal
from tests.uninstall.scene import Scene
from tests.zookeeper.server import SUPER, ZooKeeperServer, zookeeper_or_skip

Make = Callable[..., Scene]


@pytest.fixture(scope="package")
def zookeeper() -> Iterator[ZooKeeperServer]:
    zookeeper_or_skip()
    with ZooKeeperServer() as server:
        yield server


@pytest.fixture(scope="package")  # no longer: its thread draws random numbers, which Hypothesis resents elsewhere
def _super_client(zookeeper: ZooKeeperServer) -> Iterator[KazooClient]:
    with zookeeper.connected(auth=SUPER) as connected:
        yield connected


@pytest.fixture
def make(zookeeper: ZooKeeperServer, _super_client: KazooClient) -> Iterator[Make]:
    """Makes a scene: three agents with nothing on them, a Cosmos that hurries. What a test wrote is removed after it.

    `fast` is for agents that stay away: they are declared unreachable at once.
    """
    before = set(_super_client.get_children("/"))
    with ExitStack() as stack:

        def scene(version: str = "1.12", *, scenario: str = "plain", agents: int | None = 3, **settings: Any) -> Scene:
            settings = {"metrics_per_second": 0, **settings}
            rehearsal = stack.enter_context(
                Rehearsal(scenario, version=version, agents=agents, zookeeper=zookeeper.address, **settings)
            )
            rehearsal.services.pace_cosmos(every=0.05)
            return Scene(rehearsal, _super_client)

        yield scene
    for name in set(_super_client.get_children("/")) - before:
        _super_client.delete(f"/{name}", recursive=True)


@pytest.fixture
def scene(make: Make) -> Scene:
    return make()
