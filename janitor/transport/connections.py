"""What requests and urllib3 do not do by themselves, added in subclasses of theirs. Each says what it is for.

Figures are CPU time of a client for one small GET over a connection that is kept open, with urllib3 alone as 1.0:
`requests.get` 5, a session of requests 3.5, one without the environment 2.5, `Adapter` 1.1, all of `Http` 1.4. A
clean-up of ten thousand agents sends twenty thousand requests.
"""

from __future__ import annotations

import contextlib
import errno
import http.client
import os
import socket
import ssl
import threading
from typing import IO, Any

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPSConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import Retry

from janitor.errors import LoginPage, Unreachable
from janitor.transport.dial import CONNECT_TIMEOUT, open_socket, words_of
from janitor.transport.proxies import LOGIN_REMEDY, proxy_for
from janitor.transport.trust import OWN_REMEDY, Tls, refuses_ours, untrusted
from janitor.transport.urls import Origin, split
from janitor.transport.watchdog import RequestWatch, ShutdownHandle, watch_of_this_thread

POOL_SIZE = 64
"""Connections kept per origin, and origins kept: as many as anyone should put on a master at once."""

_NOT_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE")
_NO_TLS_REMEDY = "Is it http:// there?"
_ANY_REFUSAL = "sslv3 alert handshake failure"
"""What a server says up to TLS 1.2 when it gets no certificate; it may have other reasons."""


_TUNNEL_WANTS_LOGIN = "Tunnel connection failed: 407"
"""What http.client says of a CONNECT that a proxy answered with 407."""


class _CutLineDetector:
    """Stands in for the file of an answer while lines of it are read: its head, and the sizes of its chunks.

    Why: http.client takes the end of the file for the end of a head or of chunks, so a Location or a chunk's size that
    was cut in the middle would be believed. A line that does not end in a line break tells the watch that it was cut.
    What it takes is too little to be measured (below 4 % of a request).
    """

    def __init__(self, file: IO[bytes], watch: RequestWatch | None) -> None:
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


class _ResponseNotCut(http.client.HTTPResponse):
    """http.client's response, read through a `_CutLineDetector`."""

    def begin(self) -> None:
        """Read the head; what was cut in it, or later in the frame of its chunks, is told to the watch."""
        whole = self.fp
        self.fp = _CutLineDetector(whole, watch_of_this_thread())  # type: ignore[assignment]  # its four methods are used
        super().begin()
        if not self.chunked:
            self.fp = whole


class WatchedConnection(HTTPConnection):
    """urllib3's connection, whose socket the watchdog can shut down while a request uses it.

    Why: a timeout of the socket begins anew with every byte, and urllib3 looks a name up without any. So the socket is
    opened in `janitor.transport.dial`, within one deadline, and has no timeout of its own afterwards.
    """

    response_class = _ResponseNotCut
    _handle: ShutdownHandle | None = None

    def _new_conn(self) -> socket.socket:
        sock, self._handle = open_socket(self._dns_host, self.port)
        return sock

    def connect(self) -> None:
        """Connect. From then on the watchdog ends the connection, not a timeout of its socket."""
        super().connect()
        if self.sock is not None:
            self.sock.settimeout(None)
        if watch := watch_of_this_thread():
            watch.connected = watch.fresh = True

    def putrequest(self, method: str, url: str, skip_host: bool = False, skip_accept_encoding: bool = False) -> None:
        """Begin a request; one over a connection that was there already tells the watch which it is."""
        watch = watch_of_this_thread()
        if watch is not None and self._handle is not None and not watch.fresh:
            watch.connected = True
            watch.uses(self._handle)
        super().putrequest(method, url, skip_host, skip_accept_encoding)

    def close(self) -> None:
        """Close, and give the watchdog's descriptor back."""
        super().close()
        if self._handle is not None:
            self._handle.close()
            self._handle = None


class WatchedTlsConnection(WatchedConnection, HTTPSConnection):
    """The same over https.

    Why: what goes wrong in a handshake is said in plain words, with what to do, and as what it is: nothing was sent.
    """

    def connect(self) -> None:
        """Connect and shake hands. Raises Untrusted or Unreachable: nothing was sent yet."""
        watch = watch_of_this_thread()
        where = watch.shown_url if watch else f"https://{self.host}:{self.port}"
        try:
            super().connect()
            if isinstance(self.sock, ssl.SSLSocket) and self.sock.version() is None:
                # A connection that is reset before the handshake begins is wrapped all the same (SSLSocket._create).
                raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET))
        except ssl.SSLCertVerificationError as error:
            raise untrusted(where, error) from None
        except ssl.SSLError as error:
            if error.reason in _NOT_TLS:
                failure = Unreachable(
                    f"{where} cannot be reached.",
                    why="what answers does not speak TLS",
                    sent=False,
                    remedy=_NO_TLS_REMEDY,
                )
                raise failure from None
            if (ours := refuses_ours(where, error)) is not None:
                raise ours from None
            fault = (error.reason or "the connection was closed").lower().replace("_", " ")
            remedy = OWN_REMEDY if fault == _ANY_REFUSAL else None
            why = f"no TLS connection: {fault}"
            raise Unreachable(f"{where} cannot be reached.", why=why, sent=False, remedy=remedy) from None
        except TimeoutError:
            raise Unreachable(
                f"{where} cannot be reached.", why=f"no TLS connection within {CONNECT_TIMEOUT:g} s", sent=False
            ) from None
        except OSError as error:
            # A proxy that wants a login says so again and again: that ends every wait, as a login page does.
            wants_login = str(error).startswith(_TUNNEL_WANTS_LOGIN)
            kind = LoginPage if wants_login else Unreachable
            raise kind(
                f"{where} cannot be reached.",
                why=f"no TLS connection: {words_of(error)}",
                sent=False,
                remedy=LOGIN_REMEDY if wants_login else None,
            ) from None
        # Whoever asked for no verification announces it; urllib3 need not warn about every request.
        self.is_verified = True

    def send(self, data: Any) -> None:
        """Send; when the server has ended the connection, raise what it said of that, where it said anything.

        Why: in TLS 1.3 a server refuses our certificate when the handshake is over for us. Its alert waits to be read
        while we write.
        """
        try:
            super().send(data)
        except OSError:
            if self.sock is not None:
                with contextlib.suppress(ConnectionError, ssl.SSLEOFError):
                    self.sock.recv(1)
            raise


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = WatchedConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = WatchedTlsConnection


class Adapter(HTTPAdapter):
    """requests' transport adapter, used without a session, with the connections of a run kept open.

    Why no session: it would add cookies, and logins that the environment names (netrc), neither of which may decide
    where a token goes; and it takes three times as long as the adapter alone. Proxies are those that a session would
    use, by requests' own rules, looked up once for each origin.
    """

    def __init__(self, tls: Tls) -> None:
        """Raises UsageError when a certificate's file that was named cannot be used."""
        self._tls = tls
        self._lock = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._managers: dict[tuple[str, str | None], PoolManager] = {}
        self._proxies: dict[Origin, str | None] = {}
        if tls.ca_cert is not None or tls.client_cert is not None:
            self._context = tls.context()
        super().__init__(max_retries=Retry(False))  # what goes wrong is raised as it is

    def init_poolmanager(self, *_arguments: object, **_more: object) -> None:
        """Make none: there is one for each scheme, since https needs a context, which takes time to make."""

    def pool_for(self, origin: Origin) -> HTTPConnectionPool:
        """The connections to `origin`. The usual bundle of CAs takes 20 ms to read: it is, once it is needed."""
        proxy = self.proxy_of(origin)
        with self._lock:
            manager = self._managers.get((origin.scheme, proxy))
            if manager is None:
                manager = self._managers[origin.scheme, proxy] = self._manager(origin.scheme, proxy)
        return manager.connection_from_host(origin.host, origin.port, origin.scheme)

    def _manager(self, scheme: str, proxy: str | None) -> PoolManager:
        if "https" in (scheme, (proxy or "").partition(":")[0]) and self._context is None:
            self._context = self._tls.context()
        more = {"num_pools": POOL_SIZE, "maxsize": POOL_SIZE, "ssl_context": self._context}
        if proxy is None:
            manager = PoolManager(**more)  # type: ignore[arg-type]  # its numbers and its context
        else:
            headers = self.proxy_headers(proxy)  # the user and the password of its URL
            manager = ProxyManager(proxy, proxy_headers=headers, proxy_ssl_context=self._context, **more)  # type: ignore[arg-type]
        manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}
        return manager

    def proxy_of(self, origin: Origin) -> str | None:
        """The URL of the proxy through which `origin` is asked; None without one. Raises UsageError, as `proxy_for`."""
        if origin not in self._proxies:
            self._proxies[origin] = proxy_for(origin)
        return self._proxies[origin]

    def get_connection_with_tls_context(
        self, request: PreparedRequest, *_arguments: object, **_more: object
    ) -> HTTPConnectionPool:
        """The run's own connections to the request's origin: their context says what is verified (rule C4)."""
        return self.pool_for(split(request.url or "")[0])

    def cert_verify(self, *_arguments: object) -> None:
        """Change nothing: requests would add its own bundle to the CA that was asked for."""

    def request_url(self, request: PreparedRequest, _proxies: object) -> str:
        """Path and query, as they were given; a proxy for plain http wants to know the origin, too."""
        origin, target = split(request.url or "")
        return f"{origin}{target}" if origin.scheme == "http" and self.proxy_of(origin) is not None else target

    def build_response(self, req: PreparedRequest, resp: BaseHTTPResponse) -> Response:
        """The answer, its body not read yet: what requests adds, cookies and encodings, is 15 % of a request."""
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

    def close(self) -> None:
        """Close what is not in use; what is closes itself when it is done.

        Pool by pool: PoolManager.clear() leaves that to the garbage collector, which may take its time.
        """
        for manager in list(self._managers.values()):
            for key in manager.pools.keys():  # noqa: SIM118  # it cannot be iterated over otherwise
                with contextlib.suppress(KeyError):
                    manager.pools[key].close()
            manager.clear()
