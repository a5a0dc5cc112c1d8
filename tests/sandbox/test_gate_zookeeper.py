"""The gate before a real ZooKeeper, and what its client makes of the faults."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from kazoo.client import KazooClient
from kazoo.exceptions import ConnectionLoss
from kazoo.handlers.threading import KazooTimeoutError
from kazoo.retry import KazooRetry

from janitor.sandbox.gate import Gate
from tests.clock import HANGS
from tests.zookeeper.server import ZooKeeperServer

persistently = KazooRetry(max_tries=100, delay=0.02, max_delay=0.1)


@pytest.fixture
def gate(server: ZooKeeperServer) -> Iterator[Gate]:
    with Gate("127.0.0.1", server.port) as gate:
        yield gate


@pytest.fixture
def client(gate: Gate) -> Iterator[KazooClient]:
    client = KazooClient(hosts=gate.address, timeout=20.0, connection_retry=persistently.copy())
    client.start(timeout=HANGS)
    yield client
    client.stop()
    client.close()


def test_without_faults_a_session_works(gate: Gate, client: KazooClient) -> None:
    client.create("/gate/a", b"hello", makepath=True)
    assert client.get("/gate/a")[0] == b"hello"
    client.delete("/gate", recursive=True)
    assert gate.connections == 1


def test_a_lost_answer_is_a_lost_connection_and_the_write_was_made(gate: Gate, client: KazooClient) -> None:
    gate.when(nth=1).reset_after(0)
    with pytest.raises(ConnectionLoss):
        client.create("/written")
    assert persistently(client.exists, "/written") is not None, "on a new connection of the same session"
    assert gate.connections == 2
    persistently(client.delete, "/written")


def test_a_frozen_server_answers_when_it_thaws(gate: Gate, client: KazooClient) -> None:
    gate.freeze()
    waiting = client.exists_async("/")
    with pytest.raises(KazooTimeoutError):
        waiting.get(timeout=0.2)
    gate.thaw()
    assert waiting.get(timeout=HANGS) is not None


def test_a_server_that_refuses_comes_back(gate: Gate, client: KazooClient) -> None:
    gate.refuse_connections()
    waiting = client.exists_async("/")  # kazoo keeps it until it is connected again, unless it was just under way
    with pytest.raises((KazooTimeoutError, ConnectionLoss)):
        waiting.get(timeout=0.2)
    gate.accept_connections()
    assert persistently(client.exists, "/") is not None


def test_pipelined_requests_are_late_together(gate: Gate, client: KazooClient) -> None:
    """One after the other they would take more than three minutes."""
    gate.delay(1.0)
    started = time.monotonic()
    for answer in [client.exists_async("/") for _ in range(200)]:
        answer.get(timeout=HANGS)
    assert 1.0 <= time.monotonic() - started < 190
