"""Fixtures: one real ZooKeeper for the session, a DC/OS sandbox for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from kazoo.client import KazooClient

from janitor.sandbox.rehearsal import Rehearsal
from janitor.sandbox.services import LARGE_AGENT
from tests.uninstall.scene import Scene
from tests.zookeeper.fixtures import client, super_client, zookeeper
from tests.zookeeper.server import ZooKeeperServer

__all__ = ["client", "super_client", "zookeeper"]  # fixtures are found by their names

Make = Callable[..., Scene]


@pytest.fixture
def make(zookeeper: ZooKeeperServer, client: KazooClient) -> Iterator[Make]:
    """Makes a scene: agents with nothing on them, each on a host of its own, and a Cosmos that hurries."""
    with ExitStack() as stack:

        def scene(version: str = "1.12", *, agents: int = 3, **settings: Any) -> Scene:
            settings = {"metrics_per_second": 0, **settings}
            rehearsal = stack.enter_context(
                Rehearsal("plain", version=version, agents=0, zookeeper=zookeeper.address, **settings)
            )
            for number in range(agents):
                agent = rehearsal.sandbox.control.add_agent(LARGE_AGENT, hostname=f"10.0.0.{number}", listens=True)
                rehearsal.built.agents[f"agent-{number}"] = agent
            rehearsal.services.pace_cosmos(every=0.05)
            return Scene(rehearsal, client)

        yield scene


@pytest.fixture
def scene(make: Make) -> Scene:
    return make()
