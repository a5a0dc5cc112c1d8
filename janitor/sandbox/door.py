"""A port that is opened and shut: who comes is let in by a protocol of asyncio's.

asyncio's own server is not for this: who is accepted at the moment at which it closes is neither answered nor closed
(https://github.com/python/cpython/issues/109564).
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable

_Connected = tuple[asyncio.Transport, asyncio.BaseProtocol]

_BACKLOG = 1024

_NO_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
_LATER = 1.0
"""Seconds after which it is tried again where the machine had no room for a connection."""


def bound(host: str, port: int = 0) -> socket.socket:
    """A socket that is bound and does not listen: it keeps the port, and refuses who comes. Raises OSError.

    Another one may be bound beside it, and listen.
    """
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made


class Door:
    """A listening port. Its methods belong to the loop's thread.

    protocol: makes the protocol of one connection; tls: what the server shows, None for plain TCP.
    """

    def __init__(self, protocol: Callable[[], asyncio.BaseProtocol], tls: ssl.SSLContext | None = None) -> None:
        self._protocol = protocol
        self._tls = tls
        self._listening: socket.socket | None = None
        self._arriving: dict[asyncio.Task[_Connected], socket.socket | None] = {}

    def open(self, bound: socket.socket) -> None:
        """Listen on this socket, which is the door's from now on; who connects from now on is let in."""
        bound.setblocking(False)
        bound.listen(_BACKLOG)
        self._listening = bound
        self._wait(bound)

    def shut(self) -> None:
        """Refuse who comes, and end the connections that are being let in. Those that are in are their protocols'."""
        if self._listening is not None:
            asyncio.get_running_loop().remove_reader(self._listening)
            self._listening.close()
            self._listening = None
        for arriving, connection in self._arriving.items():
            if connection is not None:
                arriving.cancel()

    async def close(self) -> None:
        """Shut; afterwards nobody is being let in any more."""
        self.shut()
        await asyncio.sleep(0)  # a TLS connection that has just begun cannot be broken off before its first step
        for arriving in self._arriving:
            arriving.cancel()
        await asyncio.gather(*self._arriving, return_exceptions=True)
        await asyncio.sleep(0)  # what was broken off is closed at the next turn

    def _wait(self, listening: socket.socket) -> None:
        if listening is self._listening:
            asyncio.get_running_loop().add_reader(listening, self._accept, listening)

    def _accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        try:
            connection, _ = listening.accept()
        except OSError as error:  # the client went again; or there is no room
            if error.errno in _NO_ROOM:
                loop.remove_reader(listening)
                loop.call_later(_LATER, self._wait, listening)
            return
        connection.setblocking(False)

        def protocol() -> asyncio.BaseProtocol:
            self._arriving[arriving] = None  # from here on asyncio closes it
            return self._protocol()

        arriving = loop.create_task(loop.connect_accepted_socket(protocol, connection, ssl=self._tls))
        self._arriving[arriving] = connection
        arriving.add_done_callback(self._arrived)

    def _arrived(self, arriving: asyncio.Task[_Connected]) -> None:
        connection = self._arriving.pop(arriving)
        if connection is not None:
            connection.close()
        elif not arriving.cancelled() and arriving.exception() is None and self._listening is None:
            arriving.result()[0].abort()
