"""Fixtures: one real ZooKeeper for the session, a sandbox for each test, and what stands around them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest
from kazoo.client import KazooClient

from janitor.sandbox import Sandbox
from janitor.sandbox.gate import Gate
from janitor.target import Target
from tests.engine.scene import Scene
from tests.zookeeper.fixtures import client, super_client, zookeeper
from tests.zookeeper.server import ZooKeeperServer

__all__ = ["client", "super_client", "zookeeper"]  # fixtures are found by their names

Make = Callable[..., Scene]


@pytest.fixture
def make(zookeeper: ZooKeeperServer, client: KazooClient, nobody: str) -> Iterator[Make]:
    """Makes a scene around a sandbox with these settings: four agents, no limit on metrics, no Marathon.

    The masters' flag names another ZooKeeper than the one that runs are told of, and none is registered in it.
    """
    with ExitStack() as stack:

        def scene(version: str = "1.12", *, agents: Any = 4, **settings: Any) -> Scene:
            settings = {"metrics_per_second": 0, "zk": "zk://zk-1.zk:2181/mesos", "registers": False, **settings}
            sandbox = stack.enter_context(Sandbox(version, agents=agents, **settings))
            target = Target(
                mesos=sandbox.master_url,
                marathon=f"http://{nobody}/v2/apps/",
                exhibitor=f"http://{nobody}/",
                zookeeper=zookeeper.address,
            )
            return Scene(sandbox, zookeeper, client, target)

        yield scene


@pytest.fixture
def scene(make: Make) -> Scene:
    """An abandoned Kafka on a cluster of four agents, as the newest release shows it."""
    made = make()
    made.kafka()
    return made


@pytest.fixture
def gate(scene: Scene) -> Iterator[Gate]:
    """A gate before the scene's master; runs on that scene go through it."""
    host, _, port = scene.sandbox.cluster.served[0].address.partition(":")
    with Gate(host, int(port)) as opened:
        scene.target = replace(scene.target, mesos=opened.url(path="/master/"))
        yield opened
