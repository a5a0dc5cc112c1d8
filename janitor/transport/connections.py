"""urllib3's connections, with three things added: sockets that are known, heads that are whole, errors in our words."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from typing import IO

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection

from janitor.errors import Unreachable
from janitor.transport.sockets import Line, open_socket, watch_of_this_thread, words
from janitor.transport.trust import Tls, untrusted
from janitor.transport.urls import Origin

POOL_SIZE = 64
"""Connections kept per origin, and origins kept: as many as anyone should put on a master at once."""


class HeadCut(http.client.HTTPException):
    """The connection ended inside the status line or the headers."""


class _Head:
    """Stands in for the file of an answer while its head is read, and knows whether the closing blank line came."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.last = b""

    def readline(self, size: int = -1) -> bytes:
        line = self._file.readline(size)
        if line and not self.last and (watch := watch_of_this_thread()):
            watch.answered = True
        self.last = line
        return line

    def flush(self) -> None:
        self._file.flush()

    def close(self) -> None:
        self._file.close()


class _Answer(http.client.HTTPResponse):
    def begin(self) -> None:
        """Read the head. Raises HeadCut when it does not end as it has to.

        http.client's parse_headers() stops at the end of the file as it does at the blank line, so a Location or a
        Content-Length that was cut in the middle would be believed.
        """
        whole = self.fp
        head = _Head(whole)
        self.fp = head  # type: ignore[assignment]  # while the head is read, only these three methods are used
        super().begin()
        self.fp = whole
        if head.last not in (b"\r\n", b"\n"):
            raise HeadCut


class _Known:
    """What both kinds of connection add: their sockets are known while a request uses them."""

    _line: Line | None = None

    def _open(self, host: str, port: int) -> socket.socket:
        sock, self._line = open_socket(host, port)
        return sock

    def _made(self, sock: socket.socket | None) -> None:
        """A connection was made. From here on the watchdog ends it, not a timeout of the socket."""
        if sock is not None:
            sock.settimeout(None)
        if watch := watch_of_this_thread():
            watch.connected = watch.fresh = True

    def _used(self) -> None:
        """A request begins over a connection that is there already."""
        watch = watch_of_this_thread()
        if watch is not None and self._line is not None and not watch.fresh:
            watch.connected = True
            watch.use(self._line)

    def _left(self) -> None:
        if self._line is not None:
            self._line.close()
            self._line = None


class PlainConnection(_Known, HTTPConnection):
    """A connection of http."""

    response_class = _Answer

    def _new_conn(self) -> socket.socket:
        return self._open(self._dns_host, self.port)

    def connect(self) -> None:
        super().connect()
        self._made(self.sock)

    def putrequest(self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False) -> None:
        if self.sock is not None:
            self._used()
        super().putrequest(method, url, skip_host, skip_accept_encoding)

    def close(self) -> None:
        super().close()
        self._left()


class TlsConnection(_Known, HTTPSConnection):
    """A connection of https."""

    response_class = _Answer

    def _new_conn(self) -> socket.socket:
        return self._open(self._dns_host, self.port)

    def connect(self) -> None:
        """Connect and shake hands. Raises Untrusted or Unreachable: nothing was sent yet."""
        origin = Origin("https", self.host, self.port)
        try:
            super().connect()
        except ssl.SSLCertVerificationError as error:
            raise untrusted(origin, error) from None
        except ssl.SSLError as error:
            if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG"):
                raise Unreachable(
                    f"{origin}: what answers there does not speak TLS.", sent=False, remedy="Is it http:// there?"
                ) from None
            fault = (error.reason or "the connection was closed").lower().replace("_", " ")
            raise Unreachable(f"{origin}: no TLS connection: {fault}.", sent=False) from None
        except TimeoutError:
            raise Unreachable(f"{origin}: no TLS connection in time.", sent=False) from None
        except OSError as error:
            raise Unreachable(f"{origin}: no TLS connection: {words(error)}.", sent=False) from None
        self._made(self.sock)
        # Whoever asked for no verification announces it; urllib3 need not warn about every request.
        self.is_verified = True

    def putrequest(self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False) -> None:
        self._used()
        super().putrequest(method, url, skip_host, skip_accept_encoding)

    def close(self) -> None:
        super().close()
        self._left()


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = TlsConnection


class Pools:
    """The connections of a run, kept open for the next request; no proxies, no netrc, no cookies."""

    def __init__(self, tls: Tls) -> None:
        """Raises UsageError when the CA file that was asked for cannot be used."""
        self._tls = tls
        self._lock = threading.Lock()
        self._managers = {"http": _manager(None)}
        if tls.ca_cert is not None:
            self._managers["https"] = _manager(tls.context())

    def of(self, origin: Origin) -> HTTPConnectionPool:
        """The connections to `origin`. The usual bundle of CAs takes 20 ms to read: it is, once it is needed."""
        with self._lock:
            manager = self._managers.get(origin.scheme)
            if manager is None:
                manager = self._managers[origin.scheme] = _manager(self._tls.context())
        return manager.connection_from_host(origin.host, origin.port, origin.scheme)

    def close(self) -> None:
        """Close what is not in use; what is closes itself when it is done."""
        for manager in list(self._managers.values()):
            manager.clear()


def _manager(context: ssl.SSLContext | None) -> PoolManager:
    manager = PoolManager(num_pools=POOL_SIZE, maxsize=POOL_SIZE, ssl_context=context)
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
    return manager
