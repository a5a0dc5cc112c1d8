"""Fixtures: a sandbox of three agents, of the newest release unless the test names another; a real ZooKeeper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from kazoo.client import KazooClient

from janitor.sandbox import Sandbox
from janitor.sandbox.serve import Host
from tests.zookeeper.server import ZooKeeperServer, zookeeper_or_skip

Start = Callable[..., Sandbox]


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a sandbox with the arguments of `Sandbox`; all are stopped at the end."""
    with ExitStack() as stack:

        def start(*arguments: Any, **options: Any) -> Sandbox:
            return stack.enter_context(Sandbox(*arguments, **options))

        yield start


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    """A loop to serve on, for the tests of one file."""
    host = Host()
    host.start()
    yield host
    host.stop()


@pytest.fixture(scope="module")
def server() -> Iterator[ZooKeeperServer]:
    """A real ZooKeeper for the tests of one file."""
    zookeeper_or_skip()
    with ZooKeeperServer() as server:
        yield server


@pytest.fixture
def client(server: ZooKeeperServer) -> Iterator[KazooClient]:
    """A client of it, as anybody."""
    with server.connected() as client:
        yield client
