"""One session with ZooKeeper, through kazoo: connecting, waiting for answers, losing the connection, ending.

Nothing here blocks for longer than a slice without looking at the patience: kazoo's own waits do not listen to it.
"""

from __future__ import annotations

import itertools
import ssl
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol, TypeVar
from urllib.request import getproxies_environment

from kazoo.client import KazooClient
from kazoo.exceptions import (
    AuthFailedError,
    ConnectionClosedError,
    ConnectionLoss,
    KazooException,
    OperationTimeoutError,
    SessionExpiredError,
)
from kazoo.protocol.states import KeeperState

from janitor.errors import UsageError, ZooKeeperTrouble
from janitor.events import View, Waiting, silent
from janitor.message import Again, Remedy, do
from janitor.patience import Patience
from janitor.secret import Secret
from janitor.zookeeper.ensemble import check_time
from janitor.zookeeper.kazooclient import new_client
from janitor.zookeeper.kazoohandler import WANTS_CERTIFICATE, WANTS_NONE, WANTS_TLS, ObservingHandler
from janitor.zookeeper.paths import NAME_IT, Hosts, format_server

T = TypeVar("T")
Item = TypeVar("Item")
Result = TypeVar("Result", covariant=True)

SLICE = 0.1
"""Seconds between two looks at the patience while an answer is awaited."""

IN_FLIGHT = 128
"""Requests sent ahead of their answers. Far below the 278 at which kazoo's wake-up pipe is full and sending blocks."""

CONNECT_WITHIN = 15.0
"""Seconds for the first connection: an ensemble that elects a leader takes a few."""

REFUSED_WITHIN = 5.0
"""Seconds after which a refused connection of every server is taken for the answer: a restart takes a few."""

TOLD_AFTER = 1.0
"""Seconds of waiting after which it is told what for."""

PROBE_AFTER = 0.1
"""Seconds of connecting after which it is worth asking every server aside why it is not reached."""

LOST = (ConnectionLoss, ConnectionClosedError, SessionExpiredError, OperationTimeoutError)
"""What kazoo says when the answer will not come, and the request may have been carried out all the same."""

NO_AUTH = "KeeperErrorCode = NoAuth"
"""How ZooKeeper itself words a denial (KeeperException)."""

_MANNERS = {
    WANTS_TLS: do("Use TLS:", Again("--zookeeper-tls")),
    WANTS_NONE: do(
        "Name the port that speaks TLS (secureClientPort in zoo.cfg), or do not use TLS:",
        Again(without=("--zookeeper-tls", "--zookeeper-ca", "--zookeeper-cert", "--zookeeper-key")),
    ),
    WANTS_CERTIFICATE: do(
        "Give a certificate that its administrator has issued, and its key:",
        Again("--zookeeper-cert", "FILE", "--zookeeper-key", "FILE"),
    ),
}
"""What to do about how a server wants to be asked."""


class Pending(Protocol[Result]):
    """What is used of kazoo's IAsyncResult."""

    def wait(self, timeout: float) -> bool: ...
    def get(self, block: bool, timeout: float | None = None) -> Result: ...


class Session:
    """A connection that comes about when it is first needed, and again after it was lost.

    `auth` is "user:password" for ZooKeeper's digest scheme, or with `sasl` for SASL's DIGEST-MD5. `tls` is for a
    `secureClientPort`; without it, the connection is plain. `connect_within` is in seconds. `view` is told what is
    waited for. Raises UsageError for credentials of another form, Incomplete for a package that SASL needs.
    """

    def __init__(
        self,
        hosts: Hosts,
        patience: Patience,
        *,
        auth: Secret | None = None,
        sasl: bool = False,
        tls: ssl.SSLContext | None = None,
        connect_within: float = CONNECT_WITHIN,
        view: View = silent,
    ) -> None:
        self.patience = patience
        self._view = view
        self.name = f"ZooKeeper at {', '.join(map(format_server, hosts.servers))}"
        self.servers = ",".join(map(format_server, hosts.servers))
        self._connect_within = connect_within
        if auth and ":" not in auth.reveal():
            raise UsageError("The ZooKeeper credentials are not of the form USER:PASSWORD.")
        self._handler = ObservingHandler(hosts.servers, tls)
        self._client = new_client(hosts, self._handler, auth, sasl=sasl)
        self._started = self._was_connected = self._closed = False

    def run(self, work: Callable[[KazooClient], T]) -> T:
        """Do `work`, from its beginning again whenever the connection is lost in it, until the deadline.

        So `work` has to be repeatable: it looks first. Raises ZooKeeperTrouble when there is no connection, and what
        `work` raises.
        """
        for wait in itertools.chain((0.1, 0.2, 0.4, 0.8), itertools.repeat(1.0)):
            self._connect()
            try:
                return work(self._client)
            except LOST:
                self.patience.pause(wait)
            except AuthFailedError as error:
                raise self._not_accepted() from error
            except KazooException as error:
                # What is expected of a server is handled where it is asked for; this is something else.
                raise ZooKeeperTrouble(f"{self.name} refuses.", why=_words(error)) from error
        raise AssertionError("unreachable")

    def answer(self, pending: Pending[T]) -> T:
        """Wait for one answer. Raises kazoo's exception for what the server says, ZooKeeperTrouble at the deadline."""
        self._check()
        self._await(pending)
        return pending.get(False)

    def _await(self, pending: Pending[T]) -> None:
        """Return once the answer is there, and say so when it takes long."""
        began = self.patience.clock()
        while not pending.wait(SLICE):
            self._check()
            self._tell(f"an answer of {self.name}", self.patience.clock() - began, self.patience.timeout)

    def outcome(self, pending: Pending[T]) -> T | KazooException:
        """Wait for one answer and give what the server says, a refusal included. Raises only what ends the walk."""
        try:
            return self.answer(pending)
        except (*LOST, AuthFailedError):
            raise
        except KazooException as refusal:
            return refusal

    def pipelined(
        self, send: Callable[[Item], Pending[T]], items: Iterable[Item], *, ahead: int = IN_FLIGHT
    ) -> Iterator[tuple[Item, T | KazooException]]:
        """Send for every item without waiting for the answers before it, at most `ahead`; give answers in order.

        Answers are awaited half a window at a time, since waking up for each costs more than reading it.
        """
        sent: deque[tuple[Item, Pending[T]]] = deque()
        rest = iter(items)
        step = max(1, ahead // 2)
        while True:
            sent.extend((item, send(item)) for item in itertools.islice(rest, ahead - len(sent)))
            if not sent:
                return
            turn = [sent.popleft() for _ in range(min(step, len(sent)))]
            self._await(turn[-1][1])
            for item, pending in turn:
                yield item, self.outcome(pending)

    def close(self) -> None:
        """End the session and its threads. May be called more than once."""
        if self._started and not self._closed:
            self._handler.end(self._client)
        self._closed = True

    def _connect(self) -> None:
        """Return once there is a connection. The first is awaited for a while, one that was lost until the deadline."""
        if self._closed:
            raise ZooKeeperTrouble(f"The session with {self.name} is closed.")
        self._check()
        first = not self._was_connected
        within = self.patience.within(self._connect_within) if first else self.patience
        if not self._started:
            self._started = True
            self._client.start_async()
        began = within.clock()
        probed = not first
        while not self._client.connected:
            waited = within.clock() - began
            if not probed and waited > PROBE_AFTER:
                self._handler.probe()
                probed = True
            # kazoo gives up for this reason alone, and is "closed" a moment after it said so.
            given_up = self._client.client_state == KeeperState.CLOSED and self._handler.reached_one
            if given_up or self._client.client_state == KeeperState.AUTH_FAILED:
                raise self._not_accepted()
            refused = first and self._handler.refused()
            mistaken = self._handler.mistaken() if first else None
            hopeless = (
                (refused and waited > REFUSED_WITHIN) or bool(mistaken) or (first and self._handler.unresolvable())
            )
            if within.remaining() <= 0 or hopeless:
                begin = (
                    "Cannot reach ZooKeeper" if first else "Lost the connection to ZooKeeper, and it does not return"
                )
                remedy = _MANNERS[mistaken] if mistaken else _remedy()
                raise ZooKeeperTrouble(f"{begin}.", why=self._handler.verdict(), remedy=remedy)
            at_most = min(REFUSED_WITHIN, within.timeout) if refused else within.timeout
            self._tell(f"a connection to ZooKeeper ({self._handler.verdict()})", waited, at_most)
            within.pause(0.02 if first else SLICE)
        self._was_connected = True

    def _tell(self, what: str, waited: float, at_most: float) -> None:
        if waited > TOLD_AFTER:
            self._view(Waiting(what, waited, at_most))

    def _check(self) -> None:
        """Go on, or raise ZooKeeperTrouble when the deadline has passed, Interrupted when a signal came."""
        check_time(self.name, self.patience)

    def _not_accepted(self) -> ZooKeeperTrouble:
        return ZooKeeperTrouble(
            f"{self.name} does not accept the credentials.",
            denied=True,
            remedy=do(
                "Check the file that holds USER:PASSWORD, or give another one:", Again("--zookeeper-auth-file", "FILE")
            ),
        )


def _remedy() -> Remedy:
    """What to do when it is not reached: who has proxies for everything else is told that they are not for this."""
    proxies = getproxies_environment().keys() - {"no"}
    return NAME_IT.also("Proxies (HTTP_PROXY and the like) are not used for ZooKeeper.") if proxies else NAME_IT


def _words(error: KazooException) -> str:
    return f"{type(error).__name__} {error}".strip()
