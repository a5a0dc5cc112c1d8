"""A server on a real socket that misbehaves as it is told, byte by byte. Standard library only."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

from tests.clock import HANGS


@dataclass(frozen=True)
class Request:
    """One request as it arrived."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes
    head: bytes


@dataclass
class Wire:
    """The server's end of one connection, for the function that answers on it."""

    sock: socket.socket
    closing: threading.Event
    number: int
    """The how-maniest connection it is, from 1."""
    answered: int = 0
    """How many requests were answered on it before."""
    open: bool = field(default=True)

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def drip(self, data: bytes, every: float = 0.02) -> None:
        """Send byte after byte, and begin again at the end, until the other side or the server gives up."""
        while not self.closing.wait(every):
            self.sock.sendall(data[:1])
            data = data[1:] + data[:1]

    def hold(self) -> None:
        """Neither answer nor close."""
        self.closing.wait()

    def cut(self) -> None:
        """Close in an orderly way (FIN)."""
        self.open = False

    def reset(self) -> None:
        """Close with a reset (RST)."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()
        self.open = False


Answer = Callable[[Wire, Request], None]


class WireServer:
    """Listens on a port of the system's choice. `answer` is called for each request, in a thread per connection.

    `greet` is called before anything is read; a connection that it closes is never read. `tls` makes it https;
    `in_plain_text` is what came in plain text all the same.
    """

    def __init__(
        self,
        answer: Answer | bytes = b"",
        *,
        host: str = "127.0.0.1",
        greet: Callable[[Wire], None] | None = None,
        tls: ssl.SSLContext | None = None,
        port: int = 0,
    ) -> None:
        self._answer: Answer = (lambda wire, _: wire.send(answer)) if isinstance(answer, bytes) else answer
        self._greet = greet
        self._tls = tls
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self.closing = threading.Event()
        self.requests: list[Request] = []
        self.in_plain_text: list[bytes] = []
        self.connections = 0
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._listener = socket.create_server((host, port), family=family)
        self.host = f"[{host}]" if ":" in host else host
        self.port: int = self._listener.getsockname()[1]

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}"

    @property
    def tokens(self) -> list[str | None]:
        """What came as Authorization, request by request."""
        return [request.headers.get("authorization") for request in self.requests]

    def __enter__(self) -> Self:
        self._start(self._accept)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.closing.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop()
        for thread in self._threads:
            thread.join(HANGS)
            assert not thread.is_alive()

    def drop(self) -> None:
        """Close every connection there is."""
        with self._lock:
            for sock in self._open:
                with contextlib.suppress(OSError):
                    socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _start(self, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            number = self.connections
            self._start(lambda sock=sock, number=number: self._serve(sock, number))  # type: ignore[misc]  # defaults

    def _serve(self, sock: socket.socket, number: int) -> None:
        with contextlib.suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            if self._tls:
                raw = sock
                with self._lock:
                    self._open.add(raw)
                try:
                    if (first := sock.recv(65536, socket.MSG_PEEK))[:1] != b"\x16":
                        self.in_plain_text.append(first)
                    sock = self._tls.wrap_socket(sock, server_side=True)
                finally:
                    with self._lock:
                        self._open.discard(raw)
            with self._lock:
                self._open.add(sock)
            self._talk(Wire(sock, self.closing, number))
        except OSError:
            pass
        finally:
            with self._lock:
                self._open.discard(sock)
            sock.close()

    def _talk(self, wire: Wire) -> None:
        if self._greet:
            self._greet(wire)
        if not wire.open:
            return
        with wire.sock.makefile("rb") as file:
            while wire.open and not self.closing.is_set():
                if file.peek(1)[:1] == b"\x16":
                    return  # a TLS handshake, at a port of plain http
                request = _read(file.readline, file.read)
                if request is None:
                    return
                self.requests.append(request)
                self._answer(wire, request)
                wire.answered += 1


def _read(readline: Callable[[], bytes], read: Callable[[int], bytes]) -> Request | None:
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = readline()
        if not line:
            return None
        head += line
    first, *rest = head.decode("latin-1").rstrip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
    return Request(method, target, headers, read(int(headers.get("content-length", "0"))), head)


def answer(status: int = 200, body: bytes = b"", *headers: str, framed: bool = True) -> bytes:
    """A complete answer; without Content-Length when it is not `framed`."""
    lines = [f"HTTP/1.1 {status} Word", *headers]
    if framed:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body
