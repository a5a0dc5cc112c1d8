"""requests' adapter, over connections with three things added: known sockets, whole heads, errors in our words."""

from __future__ import annotations

import contextlib
import errno
import http.client
import os
import socket
import ssl
import threading
from typing import IO

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import Retry

from janitor.errors import Unreachable
from janitor.transport.dial import CONNECT_TIMEOUT, open_socket, words
from janitor.transport.sockets import Line, Watch, watch_of_this_thread
from janitor.transport.trust import Tls, untrusted
from janitor.transport.urls import Origin, split

POOL_SIZE = 64
"""Connections kept per origin, and origins kept: as many as anyone should put on a master at once."""


_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")
_NO_TLS_REMEDY = "Is it http:// there?"


class _Lines:
    """Stands in for the file of an answer while lines of it are read: its head, and the sizes of its chunks.

    http.client takes the end of the file for the end of a head or of chunks, so a Location or a chunk's size that was
    cut in the middle would be believed. A line that does not end in a line break tells the watch that it was cut.
    """

    def __init__(self, file: IO[bytes], watch: Watch | None) -> None:
        self._file = file
        self._watch = watch
        self.read = file.read
        self.flush = file.flush
        self.close = file.close

    def readline(self, size: int = -1) -> bytes:
        line = self._file.readline(size)
        if self._watch is not None:
            if line:
                self._watch.answered = True
            if line[-1:] != b"\n":
                self._watch.cut = True
        return line


class _Answer(http.client.HTTPResponse):
    def begin(self) -> None:
        """Read the head; what was cut in it, or later in the frame of its chunks, is told to the watch."""
        whole = self.fp
        self.fp = _Lines(whole, watch_of_this_thread())  # type: ignore[assignment]  # the four methods it has are used
        super().begin()
        if not self.chunked:
            self.fp = whole


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
        watch = watch_of_this_thread()
        where = watch.about if watch else f"https://{self.host}:{self.port}"
        try:
            super().connect()
            if isinstance(self.sock, ssl.SSLSocket) and self.sock.version() is None:
                # A connection that is reset before the handshake begins is wrapped all the same (SSLSocket._create).
                raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        except ssl.SSLCertVerificationError as error:
            raise untrusted(where, error) from None
        except ssl.SSLError as error:
            if error.reason in _NOT_TLS:
                failure = Unreachable(f"{where}: what answers does not speak TLS.", sent=False, remedy=_NO_TLS_REMEDY)
                raise failure from None
            fault = (error.reason or "the connection was closed").lower().replace("_", " ")
            raise Unreachable(f"{where}: no TLS connection: {fault}.", sent=False) from None
        except TimeoutError:
            raise Unreachable(f"{where}: no TLS connection within {CONNECT_TIMEOUT:g} s.", sent=False) from None
        except OSError as error:
            raise Unreachable(f"{where}: no TLS connection: {words(error)}.", sent=False) from None
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


class Adapter(HTTPAdapter):
    """requests' transport adapter, used without a session: no proxies, no netrc, no cookies, no retries.

    The pool of a request is the run's own, which settles TLS, too; its target is sent as it was given.
    """

    def __init__(self, pools: Pools) -> None:
        self._of = pools.of
        super().__init__()
        self.max_retries = Retry(False)  # what goes wrong is raised as it is

    def init_poolmanager(self, *_arguments: object, **_more: object) -> None:
        """The pools are made elsewhere."""

    def get_connection_with_tls_context(
        self, request: PreparedRequest, *_arguments: object, **_more: object
    ) -> HTTPConnectionPool:
        """The connections to the request's origin."""
        return self._of(split(request.url or "")[0])

    def cert_verify(self, *_arguments: object) -> None:
        """The pool's own context verifies, or does not when that was asked for (rule C4)."""

    def request_url(self, request: PreparedRequest, _proxies: object) -> str:
        """Path and query, as they were given."""
        return split(request.url or "")[1]

    def build_response(self, req: PreparedRequest, resp: BaseHTTPResponse) -> Response:
        """The answer, its body not read yet; requests' own way costs a third of the whole for cookies and encodings."""
        response = Response()
        response.status_code = resp.status
        response.raw = resp
        response.request = req
        return response

    def ask(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> BaseHTTPResponse:
        """Send one request and give the answer, its body not read yet.

        Raises what `janitor.transport.failures.explain` explains.
        """
        request = PreparedRequest()
        request.method, request.url, request.body = method, url, body
        request.headers = CaseInsensitiveDict(headers)
        if body is not None:
            request.headers["Content-Length"] = str(len(body))
        answer: BaseHTTPResponse = self.send(request, stream=True, timeout=None).raw
        return answer


class Pools:
    """The connections of a run, kept open for the next request."""

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
        """Close what is not in use; what is closes itself when it is done.

        Pool by pool: PoolManager.clear() leaves that to the garbage collector, which may take its time.
        """
        for manager in list(self._managers.values()):
            for key in manager.pools.keys():  # noqa: SIM118  # it cannot be iterated over otherwise
                with contextlib.suppress(KeyError):
                    manager.pools[key].close()
            manager.clear()


def _manager(context: ssl.SSLContext | None) -> PoolManager:
    manager = PoolManager(num_pools=POOL_SIZE, maxsize=POOL_SIZE, ssl_context=context)
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
    return manager
