"""Every open socket of the run is known, so that a deadline or a signal can end what is blocked on one.

A timeout of the socket is not enough: it starts anew with every byte, so an answer that drips never meets it. One
watchdog thread shuts sockets down instead; whoever reads, writes, connects or shakes hands over TLS on one wakes up.
"""

from __future__ import annotations

import contextlib
import math
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator

from janitor.patience import Patience, Stop

LEAST_SPEED = 4 << 20
"""Bytes a second. What comes in at this speed takes no time of a request: so long as it lasts, it is no hanging server.
"""

_AGAIN = 0.05  # seconds until what was ended, and is still there, is ended once more
_current = threading.local()


class ShutdownHandle:
    """A second descriptor of a socket, kept for one purpose: shutting the connection down from another thread.

    Its own descriptor, because the first one is closed, or handed over to TLS, under nobody's lock: its number may
    belong to another connection by the time the watchdog would use it.
    """

    def __init__(self, sock: socket.socket) -> None:
        self._twin = sock.dup()
        self._lock = threading.Lock()
        self._user: RequestWatch | None = None
        self._closing = False

    def belongs_to(self, watch: RequestWatch) -> None:
        """From now on this is the socket of `watch`, no longer of the one that used it before."""
        with self._lock:
            self._user = watch

    def let_go(self, watch: RequestWatch) -> None:
        """`watch` no longer needs it."""
        with self._lock:
            if self._user is watch:
                self._user = None
                if self._closing:
                    self._twin.close()

    def shut_down(self, watch: RequestWatch) -> None:
        """End the connection, if it still is the one that `watch` uses."""
        with self._lock, contextlib.suppress(OSError):
            if self._user is watch:
                self._twin.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Give the descriptor back: now, or when the watch that uses it is over (its answer may still be read)."""
        with self._lock:
            self._closing = True
            if self._user is None:
                self._twin.close()


class RequestWatch:
    """What one request is blocked on, and until when (`ends`, in monotonic seconds).

    `fired` turns true when the watchdog ended it. `shown_url` is the one being asked, as it may be shown; `connected`,
    `fresh` and `answered` say how far it came: whether there was a connection, whether it was made for this request,
    and whether something of the answer arrived. `cut` turns true when the answer ended where it may not. `more`:
    seconds that it was given beyond its time for what came in, never past `latest`.
    """

    def __init__(self, ends: float, stop: Stop, latest: float = 0.0) -> None:
        self.ends = ends
        self.latest = max(ends, latest)
        self.more = 0.0
        self.stop = stop
        self.fired = False
        self.shown_url = ""
        self.connected = False
        self.fresh = False
        self.answered = False
        self.cut = False
        self._handles: list[ShutdownHandle] = []
        self._wake: Callable[[], None] | None = None

    def arrived(self, size: int) -> None:
        """So many bytes more of the answer came in: a large answer may take longer than a small one."""
        if self.ends < self.latest:
            more = min(size / LEAST_SPEED, self.latest - self.ends)
            self.ends += more
            self.more += more

    def begin_attempt(self, shown_url: str) -> None:
        """An attempt begins, perhaps another one."""
        self.shown_url = shown_url
        self.connected = self.fresh = self.answered = self.cut = False

    @property
    def ended(self) -> bool:
        """Whether its time is over, or a signal came. The watchdog may be a moment later than a socket's timeout."""
        return self.fired or self.stop.raised or time.monotonic() >= self.ends

    def uses(self, handle: ShutdownHandle) -> None:
        """The request goes on over the socket of `handle`."""
        handle.belongs_to(self)
        self._handles.append(handle)
        if self.fired:
            handle.shut_down(self)

    def on_fire(self, wake: Callable[[], None]) -> None:
        """Have `wake` called when the watch fires (at once, if it has): the request waits for something else."""
        self._wake = wake
        if self.fired:
            wake()

    def fire(self) -> None:
        """End whatever the request is blocked on. May be repeated: what is just about to connect does not feel it."""
        self.fired = True
        for handle in list(self._handles):
            handle.shut_down(self)
        if self._wake is not None:
            self._wake()

    def let_go(self) -> None:
        """The request is done with its sockets."""
        for handle in self._handles:
            handle.let_go(self)


def watch_of_this_thread() -> RequestWatch | None:
    """The watch under which this thread makes a request, if it makes one."""
    watch: RequestWatch | None = getattr(_current, "watch", None)
    return watch


class Watchdog:
    """The watchdog: ends the requests whose time is over, and all of them when the stop flag goes up.

    Its thread is started by the first request, and ends with `close`.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._watches: set[RequestWatch] = set()
        self._stops: list[tuple[Stop, Callable[[], None]]] = []
        self._next = math.inf  # when the thread looks again by itself
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()  # its put() is safe in a signal handler
        self._thread: threading.Thread | None = None
        self._closed = False

    @contextlib.contextmanager
    def watch(self, patience: Patience, ends: float) -> Iterator[RequestWatch]:
        """Requests of this thread inside the `with` end at `ends` (monotonic seconds), or when a signal comes.

        What comes in gives them more time, up to the deadline of `patience`.
        """
        watch = RequestWatch(ends, patience.stop, time.monotonic() + patience.remaining())
        outer = watch_of_this_thread()
        with self._lock:
            self._closed = False
            self._listen_to(patience.stop)
            self._watches.add(watch)
            if self._thread is None:
                self._thread = threading.Thread(target=self._keep_watch, name="janitor-sockets", daemon=True)
                self._thread.start()
            sooner = ends < self._next
        if sooner:
            self._bell.put(None)
        if patience.stop.raised:
            watch.fire()
        _current.watch = watch
        try:
            yield watch
        finally:
            _current.watch = outer
            with self._lock:
                self._watches.discard(watch)
            watch.let_go()

    def close(self) -> None:
        """Let the thread end. A later request starts another."""
        with self._lock:
            self._closed = True
            for _, forget in self._stops:
                forget()
            self._stops.clear()
        self._bell.put(None)

    def _listen_to(self, stop: Stop) -> None:
        if all(known is not stop for known, _ in self._stops):
            self._stops.append((stop, stop.on_raise(lambda: self._bell.put(None))))

    def _keep_watch(self) -> None:
        while True:
            now = time.monotonic()
            with self._lock:
                due = [watch for watch in self._watches if watch.ends <= now or watch.stop.raised]
                self._next = min((watch.ends for watch in self._watches.difference(due)), default=math.inf)
                if self._closed and not self._watches:
                    self._thread = None
                    return
                pause = None if self._next == math.inf else min(self._next - now, threading.TIMEOUT_MAX)
            for watch in due:
                watch.fire()
                pause = _AGAIN
            with contextlib.suppress(queue.Empty):
                self._bell.get(timeout=pause)
