"""Fixtures: one real server for the whole session, and a client of it for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kazoo.client import KazooClient

from tests.zookeeper.server import ZooKeeperServer, zookeeper_or_skip

_running: list[ZooKeeperServer] = []


@pytest.fixture(scope="session")
def zookeeper() -> Iterator[ZooKeeperServer]:
    """A server that all tests share; a test that stops or freezes one starts its own."""
    zookeeper_or_skip()
    with ZooKeeperServer() as server:
        _running.append(server)
        yield server
        _running.remove(server)


@pytest.fixture
def client(zookeeper: ZooKeeperServer) -> Iterator[KazooClient]:
    """A client of the shared server; what a test wrote is removed after it."""
    with zookeeper.connected() as connected:
        before = set(connected.get_children("/"))
        yield connected
        for name in set(connected.get_children("/")) - before:
            connected.delete(f"/{name}", recursive=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Show the end of the server's log with a test that failed."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]  # a pluggy.Result, which pluggy sends untyped
    if report.failed:
        report.sections.extend(("ZooKeeper's log", server.log_tail()) for server in _running)
