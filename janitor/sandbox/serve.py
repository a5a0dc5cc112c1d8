"""Real HTTP, on 127.0.0.1 unless told otherwise: one event loop in one daemon thread, any number of servers on it.

    host = Host()
    host.start()
    served = host.serve(app)          # an aiohttp application, or one_handler(handler)
    requests.get(served.url)
    host.stop()

Ports are chosen by the system unless one is asked for. A server can be shut (connections refused, standing ones
broken) and opened again on the same port, which stays reserved for it: that is what a process that dies and comes back
looks like.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

from aiohttp import web

from janitor.sandbox.door import Door, bound

T = TypeVar("T")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


BODY_LIMIT = 64 * 1024 * 1024


def one_handler(handler: Handler) -> web.Application:
    """An application in which one handler answers every path and method, and no `Server` header is sent."""
    app = web.Application(client_max_size=BODY_LIMIT)
    app.router.add_route("*", "/{path:.*}", handler)
    app.on_response_prepare.append(_without_server)
    return app


async def _without_server(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.popall("Server", None)


class CannotListen(Exception):
    """An address or a port is taken, not allowed, or not this machine's; the message says which, and why."""


class Served:
    """One server: its port, its URL, and its door. Its methods belong to the loop's thread."""

    def __init__(self, app: web.Application, tls: ssl.SSLContext | None, host: str, port: int = 0) -> None:
        self._runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=0.1)
        self._tls = tls
        self._host = host
        # Bound and never listening: it keeps the port ours while the door is shut, and refuses who comes.
        self._keeper = _bound(host, port)
        self.port: int = self._keeper.getsockname()[1]
        self._door: Door | None = None

    @property
    def address(self) -> str:
        """host:port"""
        return f"{self._host}:{self.port}"

    @property
    def url(self) -> str:
        """`http://host:port`, or https; without a trailing slash."""
        return f"{'https' if self._tls else 'http'}://{self.address}"

    async def start(self) -> None:
        """Set the application up and listen."""
        await self._runner.setup()
        self.open()

    def open(self) -> None:
        """Accept connections (again); who connects from now on is answered."""
        if self._door is None:
            assert self._runner.server is not None
            self._door = Door(self._runner.server, self._tls)
            self._door.open(_bound(self._host, self.port))

    def shut(self) -> None:
        """Refuse new connections and reset those that stand, whatever they were doing."""
        if self._door is not None:
            self._door.shut()
            self._door = None
        if self._runner.server is not None:
            for connection in list(self._runner.server.connections):
                if connection.transport is not None:
                    connection.transport.abort()

    async def close(self) -> None:
        """The end: the port is free afterwards."""
        door = self._door
        self.shut()
        if door is not None:
            await door.close()
        await self._runner.cleanup()
        self._keeper.close()


def _bound(host: str, port: int) -> socket.socket:
    try:
        return bound(host, port)
    except OSError as error:
        what = f"address {host}" if error.errno == errno.EADDRNOTAVAIL else f"port {port}"
        raise CannotListen(f"{what} cannot be used: {error.strerror}") from error


class Host:
    """The thread, its loop, and the servers on it. `address` is an IPv4 address of this machine."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.address = address
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="sandbox", daemon=True)
        self._served: list[Served] = []

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.close()

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Close every server and end the thread; once more is nothing. What clients left open is broken off."""
        if not self._thread.is_alive():
            return
        self.run(self._close_all)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    async def _close_all(self) -> None:
        for served in self._served:
            await served.close()
        rest = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await self._loop.shutdown_asyncgens()

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Begin a coroutine on the loop and wait for it; from any thread but the loop's own.

        The loop's thread makes it, too: Ctrl-C comes to the main thread alone, and would leave behind one that was made
        there and never begun, which Python tells about on stderr.
        """
        begun: Future[Future[T]] = Future()

        def begin() -> None:
            begun.set_result(asyncio.run_coroutine_threadsafe(work(), self._loop))

        self._loop.call_soon_threadsafe(begin)
        return begun.result().result()

    def call(self, work: Callable[[], T]) -> T:
        """Run a function on the loop's thread and wait for it; from any thread but that one."""

        async def on_loop() -> T:
            return work()

        return self.run(on_loop)

    async def add(self, app: web.Application, tls: ssl.SSLContext | None = None, port: int = 0) -> Served:
        """Serve an application on a port of its own; from the loop's thread. Raises CannotListen."""
        served = Served(app, tls, self.address, port)
        self._served.append(served)
        await served.start()
        return served

    def serve(self, app: web.Application, tls: ssl.SSLContext | None = None, port: int = 0) -> Served:
        """The same from any other thread."""
        return self.run(lambda: self.add(app, tls, port))


def tls_context(certificate: str, key: str) -> ssl.SSLContext:
    """A server's TLS from a certificate (chain) and its key, both PEM files."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context
