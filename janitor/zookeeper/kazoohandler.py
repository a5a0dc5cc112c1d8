"""The sockets and threads below kazoo: what became of every server that was tried, and an end that comes in time."""

from __future__ import annotations

import errno
import logging
import math
import select
import socket
import ssl
import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from typing import Protocol

from kazoo.client import KazooClient
from kazoo.handlers.threading import SequentialThreadingHandler

from janitor.zookeeper.paths import format_server

CONNECT_TIMEOUT = 5.0
"""Seconds for one TCP (and TLS) connection to one address, less where there are many."""

ROUND = 10.0
"""Seconds within which every server should have been tried once."""

GRACE = 1.0
"""Seconds for an orderly end of the session before its socket is shut."""

_log = logging.getLogger("janitor.zookeeper")

NO_SESSION = "accepts connections, but gives no session (no quorum, or no ZooKeeper at that port)"

WANTS_TLS = "speaks TLS, and was asked without"
WANTS_NONE = "does not speak TLS, and was asked with it"
WANTS_CERTIFICATE = "wants a certificate of its client, and accepts none that was given"
"""How a server wants to be asked: neither time nor another try changes that."""

RECORD = 1 << 14
"""Bytes of a record of TLS, at most: what is read at once of a handshake."""

LONGEST_ANSWER = 64
"""Bytes that are read of a server's answer to a question without TLS: that there is one says enough."""


class _HasFileno(Protocol):
    def fileno(self) -> int: ...


class ObservingHandler(SequentialThreadingHandler):
    """kazoo's threading handler, which is its seam for sockets: it keeps what kazoo only logs.

    All its threads are daemons, so that none of them can hold the process at its end.
    """

    def __init__(self, servers: Iterable[tuple[str, int]], tls: ssl.SSLContext | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # kazoo has no annotations
        self._servers = tuple(servers)
        self._tls = tls
        self._timeout = min(CONNECT_TIMEOUT, ROUND / len(self._servers))
        self._tried: dict[tuple[str, int], str] = {}
        self._refused: dict[tuple[str, int], dict[tuple[str, int], bool]] = {server: {} for server in self._servers}
        self._unknown: dict[str, socket.gaierror] = {}
        self._manners: dict[tuple[str, int], str] = {}
        self._socket: socket.socket | None = None
        self._ending = False

    def probe(self) -> None:
        """Try every server aside and at once, since kazoo tries one after the other: so that verdicts name them all."""
        for server in self._servers:
            threading.Thread(target=self._probe, args=(server,), daemon=True).start()

    def _probe(self, server: tuple[str, int]) -> None:
        try:
            with socket.create_connection(server, self._timeout) as connection:
                if self._tls is None:
                    self._wants(server, WANTS_TLS, _shakes_hands(connection))
                else:
                    self._wants(server, WANTS_NONE, _answers(connection))
            if self._tls is not None and server not in self._manners:
                with self._connected(server, server[0], self._timeout) as connection:
                    self._wants(server, WANTS_CERTIFICATE, _refuses(connection))
            words = NO_SESSION
        except socket.gaierror as error:
            self._unknown[server[0]] = error
            words = f"cannot be resolved ({_plain(error)})"
        except OSError as error:
            self._wants(server, WANTS_CERTIFICATE, _is_about_ours(error))
            words = _plain(error)
        self._tried.setdefault(server, words)

    def _wants(self, server: tuple[str, int], manner: str, seen: bool) -> None:
        if seen:
            self._manners.setdefault(server, manner)

    @property
    def reached_one(self) -> bool:
        """True once there was a connection to a server."""
        return self._socket is not None

    def unresolvable(self) -> bool:
        """True when no server has a name that exists: waiting will not help."""
        return all(
            host in self._unknown and self._unknown[host].errno == socket.EAI_NONAME for host, _ in self._servers
        )

    def mistaken(self) -> str | None:
        """How the servers want to be asked when every one of them wants it otherwise: waiting will not help."""
        return next(iter(self._manners.values())) if len(self._manners) == len(self._servers) else None

    def refused(self) -> bool:
        """True when every server was tried, and every address of theirs refused the last try: that is an answer."""
        return all(addresses and all(addresses.values()) for addresses in self._refused.values())

    def verdict(self) -> str:
        """Say for every server how the last try to reach it ended."""
        tried = self._tried | self._manners
        words = (tried.get(server, "was not reached in time") for server in self._servers)
        return "; ".join(f"{format_server(server)} {each}" for server, each in zip(self._servers, words, strict=True))

    def select(  # kazoo's own asks the system for an epoll, and closes it, several times for each request
        self,
        rlist: Sequence[_HasFileno],
        wlist: Sequence[_HasFileno],
        xlist: Sequence[_HasFileno],  # noqa: ARG002  # kazoo never gives one
        timeout: float | None = None,
    ) -> tuple[list[_HasFileno], list[_HasFileno], list[_HasFileno]]:
        """Wait until one of them can be read or written, as `select.select` does, with any number of open files.

        Raises ValueError for one that is closed, OSError for what the system says.
        """
        poll = select.poll()
        wanted: dict[int, int] = {}
        for each, event in (*((one, select.POLLIN) for one in rlist), *((one, select.POLLOUT) for one in wlist)):
            wanted[each.fileno()] = wanted.get(each.fileno(), 0) | event
        for descriptor, events in wanted.items():
            poll.register(descriptor, events)
        # An error is found by who reads or writes.
        ready = dict(poll.poll(None if timeout is None else max(0, math.ceil(timeout * 1000))))
        return (
            [one for one in rlist if ready.get(one.fileno(), 0) & ~select.POLLOUT],
            [one for one in wlist if ready.get(one.fileno(), 0) & ~select.POLLIN],
            [],
        )

    def create_connection(self, address: tuple[str, int], hostname: str, timeout: float, **_: object) -> socket.socket:
        """Connect for kazoo, with a shorter timeout and our own TLS (kazoo's leaks its socket), and keep what came."""
        server = (hostname, address[1])
        if self._ending:
            raise OSError(errno.ECANCELED, "closing")
        try:
            connection = self._connected(address, hostname, min(timeout, self._timeout))
        except OSError as error:
            self._tried[server] = _plain(error)
            self._refused[server] = {**self._refused[server], address: isinstance(error, ConnectionRefusedError)}
            raise
        self._tried[server] = NO_SESSION
        self._refused[server] = {**self._refused[server], address: False}
        self._socket = connection
        return connection

    def _connected(self, address: tuple[str, int], hostname: str, timeout: float) -> socket.socket:
        connection = socket.create_connection(address, timeout)
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return self._tls.wrap_socket(connection, server_hostname=hostname) if self._tls else connection
        except BaseException:
            connection.close()
            raise

    def end(self, client: KazooClient) -> None:
        """End `client` and its threads: in an orderly way within GRACE where there is a session, else at once."""
        ending = threading.Thread(target=_stop, args=(client,), daemon=True)
        ending.start()
        if client.connected:
            ending.join(GRACE)
        self._ending = True
        if ending.is_alive() and self._socket is not None:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
        ending.join(GRACE)
        if ending.is_alive():
            _log.debug("kazoo's threads did not end; they end with the process")


def _stop(client: KazooClient) -> None:
    try:
        client.stop()
        client.close()
    except Exception as error:  # kazoo raises bare ones, too; what it could not end ends with the process
        _log.debug("closing the ZooKeeper session: %r", error)


def _shakes_hands(connection: socket.socket) -> bool:
    """Whether the server at the other end speaks TLS. Nothing is said to it, so no certificate has to be trusted."""
    asking = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    asking.check_hostname = False
    asking.verify_mode = ssl.CERT_NONE
    # Not wrap_socket: it leaves a socket open that is reset before the handshake (CPython, SSLSocket._create).
    theirs, ours = ssl.MemoryBIO(), ssl.MemoryBIO()
    tls = asking.wrap_bio(theirs, ours)
    try:
        while True:
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                connection.sendall(ours.read())
                theirs.write(said) if (said := connection.recv(RECORD)) else theirs.write_eof()
            else:
                return True
    except ssl.SSLError as error:  # an alert is a word of TLS, too: it wants a certificate, or another version
        return "ALERT" in (error.reason or "")
    except OSError:
        return False


def _answers(connection: socket.socket) -> bool:
    """Whether the server at the other end answers ZooKeeper's question `srvr`, be it by refusing it, in plain text.

    The line end is for one that speaks TLS: a record has five bytes in front, and of fewer it would await the rest.
    """
    try:
        connection.sendall(b"srvr\n")
        return connection.recv(LONGEST_ANSWER)[:1].isalpha()
    except OSError:
        return False


def _refuses(connection: socket.socket) -> bool:
    """Whether the server at the other end wants a certificate: with TLS 1.3 it says so when it is asked something."""
    try:
        connection.sendall(b"srvr")
        connection.recv(LONGEST_ANSWER)
    except OSError as error:
        return _is_about_ours(error)
    return False


def _is_about_ours(error: OSError) -> bool:
    """Whether the other side refuses our certificate, or misses one: that it cannot be verified here is no alert."""
    reason = (error.reason or "") if isinstance(error, ssl.SSLError) else ""
    return "ALERT" in reason and "CERTIFICATE" in reason


def _plain(error: OSError) -> str:
    """Put an error into an operator's words."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"has a certificate that cannot be verified ({error.verify_message})"
    if isinstance(error, ssl.SSLError):
        return f"does not speak TLS as expected ({error.reason})"
    if isinstance(error, TimeoutError):
        return "timed out"
    return (error.strerror or str(error)).lower()
