"""Fixtures: one real server for the whole session, and a client of it for each test."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import pytest
from kazoo.client import KazooClient

from janitor.patience import Patience
from janitor.transport.http import Http
from janitor.transport.trust import Trust
from janitor.zookeeper.direct import KazooEnsemble
from janitor.zookeeper.ensemble import Ensemble
from janitor.zookeeper.exhibitor import ExhibitorEnsemble
from janitor.zookeeper.paths import parse_hosts
from tests.clock import HANGS
from tests.zookeeper.exhibitor import Exhibitor
from tests.zookeeper.server import SUPER, ZooKeeperServer, zookeeper_or_skip
from tests.zookeeper.trees import fell

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
    """A client of the shared server, as super user; what a test wrote is removed after it."""
    with zookeeper.connected(auth=SUPER) as connected:
        before = set(connected.get_children("/"))
        yield connected
        for name in set(connected.get_children("/")) - before:
            fell(connected, f"/{name}")


@pytest.fixture
def exhibitor(zookeeper: ZooKeeperServer) -> Iterator[Exhibitor]:
    """An Exhibitor in front of the shared server, as on a master: it may delete top-level nodes."""
    with Exhibitor(zookeeper, auth=SUPER) as started:
        yield started


@pytest.fixture
def direct(zookeeper: ZooKeeperServer) -> Iterator[KazooEnsemble]:
    """The ensemble, asked directly and as anybody."""
    ensemble = KazooEnsemble(parse_hosts(zookeeper.address), Patience(HANGS))
    yield ensemble
    ensemble.close()


@pytest.fixture
def through_exhibitor(exhibitor: Exhibitor) -> Iterator[ExhibitorEnsemble]:
    """The ensemble, asked through Exhibitor."""
    patience = Patience(HANGS)
    http = Http(trust=Trust([exhibitor.url]), patience=patience)
    yield ExhibitorEnsemble(http, exhibitor.url, patience)
    http.close()


@pytest.fixture(params=["direct", "through_exhibitor"])
def ensemble(request: pytest.FixtureRequest) -> Ensemble:
    """Each of the two ways to ask, for what both have to answer alike."""
    found: Ensemble = request.getfixturevalue(request.param)
    return found


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show the end of the server's log with a test that failed."""
    report = yield
    if report.failed:
        report.sections.extend(("ZooKeeper's log", server.log_tail()) for server in _running)
    return report
