"""Fixtures that several packages of tests have: one real ZooKeeper for the package, and a client of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kazoo.client import KazooClient

from tests.zookeeper.server import SUPER, ZooKeeperServer, zookeeper_or_skip
from tests.zookeeper.trees import fell


@pytest.fixture(scope="package")
def zookeeper() -> Iterator[ZooKeeperServer]:
    zookeeper_or_skip()
    with ZooKeeperServer() as server:
        yield server


@pytest.fixture(scope="package")  # no longer: its thread draws random numbers, which Hypothesis resents elsewhere
def super_client(zookeeper: ZooKeeperServer) -> Iterator[KazooClient]:
    with zookeeper.connected(auth=SUPER) as connected:
        yield connected


@pytest.fixture
def client(super_client: KazooClient) -> Iterator[KazooClient]:
    """A client as super user; what a test wrote is removed after it."""
    before = set(super_client.get_children("/"))
    yield super_client
    for name in set(super_client.get_children("/")) - before:
        fell(super_client, f"/{name}")
