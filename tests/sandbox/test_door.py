"""Who comes at the moment at which a server shuts."""

from __future__ import annotations

import asyncio
import gc
import os
import resource
import socket
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import pytest
from aiohttp import web

from janitor.sandbox.gate import Gate
from janitor.sandbox.serve import Host, Served, one_handler
from tests.clock import HANGS

Coming = Coroutine[Any, Any, socket.socket]

STEPS = range(7)
"""Turns of the event loop between the connection and the end of the server: asyncio lets it in within these."""


@pytest.fixture
def served(host: Host) -> Served:
    return host.serve(one_handler(hello))


async def hello(_: web.Request) -> web.StreamResponse:
    return web.Response(text="hello")


def come(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), timeout=HANGS)


def is_ended(client: socket.socket) -> bool:
    """Whether the other side ends this connection; raises TimeoutError where it leaves it standing."""
    with client:
        try:
            return client.recv(1) == b""
        except ConnectionResetError:
            return True


def come_and(port: int, steps: int, then: Callable[[], Awaitable[None]]) -> Callable[[], Coming]:
    async def work() -> socket.socket:
        client = come(port)
        for _ in range(steps):
            await asyncio.sleep(0)
        await then()
        return client

    return work


@pytest.mark.parametrize("steps", STEPS)
def test_a_server_that_shuts_ends_whom_it_is_letting_in(host: Host, served: Served, steps: int) -> None:
    async def shut() -> None:
        served.shut()

    assert is_ended(host.run(come_and(served.port, steps, shut)))
    host.call(served.open)
    with come(served.port) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.0 200 OK")


@pytest.mark.parametrize("steps", STEPS)
def test_nothing_stays_open_after_the_end(served: Served, steps: int) -> None:
    """Python tells of what nobody closed when it is collected; that fails a test."""
    host = Host()
    host.start()
    ends = host.serve(one_handler(hello))
    assert is_ended(host.run(come_and(ends.port, steps, host._close_all)))
    host.stop()
    with Gate("127.0.0.1", served.port) as gate:
        client = gate._in_loop(come_and(gate.port, steps, gate._close)())
    assert is_ended(client)
    del host, ends, gate
    gc.collect()


@pytest.mark.parametrize("steps", STEPS)
def test_a_gate_that_refuses_ends_whom_it_is_letting_in(served: Served, steps: int) -> None:
    with Gate("127.0.0.1", served.port) as gate:
        assert is_ended(gate._in_loop(come_and(gate.port, steps, gate._refuse)()))
        gate.accept_connections()
        with come(gate.port) as client:
            client.sendall(b"GET / HTTP/1.0\r\n\r\n")
            assert client.recv(100).startswith(b"HTTP/1.0 200 OK")


def test_a_server_without_a_free_descriptor_lets_in_later(host: Host, served: Served) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with socket.socket() as client:
        client.settimeout(HANGS)
        lowest = os.dup(0)
        os.close(lowest)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, hard))
        try:
            with pytest.raises(OSError, match="Too many open files"):
                socket.socket()
            client.connect(("127.0.0.1", served.port))
            for _ in range(3):  # its loop has seen that somebody comes
                host.call(lambda: None)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.0 200 OK")
