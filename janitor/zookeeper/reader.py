"""Many reads at once, over a connection of their own: a tree of 50,000 znodes is listed in a second or two.

kazoo hands each request and each answer from thread to thread, which costs more than all the rest of a walk. So where
there is much to list, the requests are written and the answers are read here, hundreds in one piece, on a second
session with the very server that kazoo is connected to: it shows no less than the first one has seen.
"""

from __future__ import annotations

import select
import socket
import struct
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import chain, islice

from kazoo.client import KazooClient
from kazoo.exceptions import EXCEPTIONS, ConnectionLoss, KazooException
from kazoo.protocol.serialization import Auth, Connect

from janitor.zookeeper.session import SLICE, Session

Answer = tuple[list[str], int] | KazooException
"""The names of a node's children, and the session that it lives as long as (0: it is not ephemeral); or a refusal."""

FEW = 200
"""Nodes up to which kazoo does it."""

WINDOW = 256
"""Requests sent ahead of their answers."""

PIECE = 256 * 1024
"""Bytes read or written at once."""

TIMEOUT = 5.0
"""Seconds for the connection, and for each of the first answers, with which the session comes about."""

SESSION_TIMEOUT = 10.0
"""Seconds after which the server forgets us, and after which one that says nothing counts as lost."""

_INT = struct.Struct("!i")
_REQUEST = struct.Struct("!iiii")  # length, xid, type, length of the path
_REPLY = struct.Struct("!iqi")  # xid, zxid, error
_OWNER = struct.Struct("!q")
_STAT_LENGTH, _OWNER_AT = 68, 44
_GET_CHILDREN, _AUTH, _CLOSE = 12, 100, -11
_AUTH_XID = -4


class Reader:
    """Lists nodes. Close it when the walk is over. Where no second session can be had, kazoo goes on alone."""

    def __init__(self, session: Session, client: KazooClient) -> None:
        self._session = session
        self._client = client
        self._socket: socket.socket | None = None
        self._alone = session.over_tls
        self._silence = TIMEOUT
        self._xid = 0
        self._out = bytearray()
        self._in = bytearray()

    def __call__(self, paths: Iterable[str]) -> Iterator[tuple[str, Answer]]:
        """Ask each node for its children; answers come in order. Raises ConnectionLoss when the connection is lost."""
        rest = iter(paths)
        if self._socket is None and not self._alone:
            first = list(islice(rest, FEW))
            self._alone = len(first) == FEW and not self._opened()
            rest = chain(first, rest)
        if self._socket is None:
            yield from by_kazoo(self._session, self._client, rest)
            return
        while window := list(islice(rest, WINDOW)):
            for path in window:
                self._request(path)
            for number, path in enumerate(window, self._xid - len(window) + 1):
                yield path, self._answer(number)

    def close(self) -> None:
        """End the second session, if there is one."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.send(struct.pack("!iii", 8, self._xid + 1, _CLOSE))
            self._socket.close()
            self._socket = None

    def _opened(self) -> bool:
        """Begin a session with kazoo's own server; false when there is none to be had."""
        peer = self._session.peer()
        if peer is None:
            return False
        try:
            self._socket = socket.create_connection(peer, TIMEOUT)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            begin = Connect(0, self._client.last_zxid, int(SESSION_TIMEOUT * 1000), 0, b"\0" * 16, False)
            self._send(bytes(begin.serialize()))
            agreed, _ = Connect.deserialize(bytes(self._frame()), 0)
            if agreed.time_out > 0 and all(self._authenticated(*auth) for auth in self._client.auth_data):
                self._silence = SESSION_TIMEOUT
                return True
        except (OSError, ConnectionLoss, struct.error):
            pass
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        return False

    def _authenticated(self, scheme: str, auth: str) -> bool:
        self._send(struct.pack("!ii", _AUTH_XID, _AUTH) + Auth(0, scheme, auth).serialize())
        return bool(_REPLY.unpack_from(self._frame(), 0)[2] == 0)

    def _send(self, frame: bytes) -> None:
        self._out += _INT.pack(len(frame)) + frame

    def _request(self, path: str) -> None:
        self._xid += 1
        name = path.encode()
        self._out += _REQUEST.pack(len(name) + 13, self._xid, _GET_CHILDREN, len(name)) + name + b"\0"

    def _answer(self, number: int) -> Answer:
        frame = self._frame()
        xid, _, error = _REPLY.unpack_from(frame, 0)
        if xid != number:
            raise ConnectionLoss(f"an answer to request {xid} came for {number}")
        if error:
            refusal: KazooException = EXCEPTIONS[error]()
            return refusal
        offset = _REPLY.size
        (count,) = _INT.unpack_from(frame, offset)
        offset += _INT.size
        names = []
        for _ in range(count):
            (length,) = _INT.unpack_from(frame, offset)
            offset += _INT.size
            names.append(frame[offset : offset + length].decode())
            offset += length
        if len(frame) != offset + _STAT_LENGTH:
            raise ConnectionLoss("an answer has another form than it should have")
        return names, _OWNER.unpack_from(frame, offset + _OWNER_AT)[0]

    def _frame(self) -> bytearray:
        """Wait for one answer, and give it without its length. Raises ConnectionLoss when it is silent for too long."""
        heard = self._session.patience.clock()
        while True:
            if len(self._in) >= _INT.size:
                end = _INT.size + _INT.unpack_from(self._in, 0)[0]
                if len(self._in) >= end:
                    frame = self._in[_INT.size : end]
                    del self._in[:end]
                    return frame
            if self._move():
                heard = self._session.patience.clock()
            elif self._session.patience.clock() - heard > self._silence:
                raise ConnectionLoss(f"the server has said nothing for {self._silence:g} s")

    def _move(self) -> bool:
        """Write and read what goes without waiting, or wait a little; whether anything was read.

        Raises at the deadline and on a signal.
        """
        assert self._socket is not None
        self._session.check()
        poll = select.poll()
        poll.register(self._socket, select.POLLIN | (select.POLLOUT if self._out else 0))
        try:
            for _, events in poll.poll(SLICE * 1000):
                if events & select.POLLOUT:
                    del self._out[: self._socket.send(self._out[:PIECE])]
                if events & ~select.POLLOUT:
                    data = self._socket.recv(PIECE)
                    if not data:
                        raise ConnectionLoss("the server closed the connection")
                    self._in += data
                    return True
        except OSError as error:
            raise ConnectionLoss(str(error)) from error
        return False


def by_kazoo(session: Session, client: KazooClient, paths: Iterable[str]) -> Iterator[tuple[str, Answer]]:
    """Ask each node for its children, through kazoo."""
    for path, answer in session.pipelined(lambda path: client.get_children_async(path, include_data=True), paths):
        if isinstance(answer, KazooException):
            yield path, answer
        else:
            names, stat = answer
            yield path, (names, stat.ephemeralOwner)
