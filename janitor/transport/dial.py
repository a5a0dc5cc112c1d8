"""Making a connection: a name, its addresses, and the first of them that answers, all within the time there is."""

from __future__ import annotations

import errno
import math
import os
import queue
import socket
import threading
import time
from typing import TypeAlias

from janitor.errors import Unreachable
from janitor.message import Again, do
from janitor.patience import Stop
from janitor.transport.watchdog import RequestWatch, ShutdownHandle, watch_of_this_thread
from janitor.words import command

CONNECT_TIMEOUT = 10.0
"""Seconds for a connection to come about, its TLS handshake included, over all addresses of a name."""

new_socket = socket.socket
"""What makes a socket; tests put a system in its place that makes none."""

Address: TypeAlias = tuple[socket.AddressFamily, tuple[str | int | bytes, ...]]


class Refused(Unreachable):
    """Nobody listens there."""


def open_socket(host: str, port: int) -> tuple[socket.socket, ShutdownHandle]:
    """A connected socket to `host`, with the handle that can shut it down.

    Its timeout is what is left of the connect timeout. Raises Refused and Unreachable, always with `sent` false.
    """
    watch = watch_of_this_thread() or RequestWatch(math.inf, Stop())
    ends = min(watch.ends, time.monotonic() + CONNECT_TIMEOUT)
    where = watch.shown_url or f"{host}:{port}"
    addresses = _addresses(host, port, watch, ends)
    errors: list[OSError] = []
    for place, (family, address) in enumerate(addresses):
        # A share of the time for each address, so that a dead first one leaves something for the others.
        share = (ends - time.monotonic()) / (len(addresses) - place)
        if share <= 0 or watch.ended:
            break
        try:
            return _connected(family, address, share, ends, watch)
        except OSError as problem:
            errors.append(problem)
    raise _unreachable(where, errors)


def _connected(
    family: socket.AddressFamily, address: tuple[str | int | bytes, ...], share: float, ends: float, watch: RequestWatch
) -> tuple[socket.socket, ShutdownHandle]:
    """A connection to one address. Raises OSError, also where the system gives no socket at all."""
    sock = new_socket(family, socket.SOCK_STREAM)
    handle: ShutdownHandle | None = None
    try:
        handle = ShutdownHandle(sock)
        watch.uses(handle)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.settimeout(share)
        sock.connect(address)
        sock.settimeout(max(0.001, ends - time.monotonic()))
    except OSError:
        if handle is not None:
            handle.close()
        sock.close()
        raise
    return sock, handle


_NO_SUCH_FAMILY = frozenset({errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL, errno.ENETUNREACH, errno.EPROTONOSUPPORT})
"""What a machine without IPv6 says of an IPv6 address: it tells nothing about who listens at the others."""


def _unreachable(where: str, errors: list[OSError]) -> Unreachable:
    """What the addresses of one name came to: the reason that tells most, a refusal before all others."""
    telling = [error for error in errors if error.errno not in _NO_SUCH_FAMILY] or errors
    if any(isinstance(error, ConnectionRefusedError) for error in telling):
        return Refused(f"{where} cannot be reached.", why="connection refused", sent=False)
    if not telling or isinstance(telling[-1], TimeoutError):
        return Unreachable(f"{where} cannot be reached.", why=f"no connection within {CONNECT_TIMEOUT:g} s", sent=False)
    why = words_of(telling[-1])
    return Unreachable(f"{where} cannot be reached.", why=why, sent=False, remedy=remedy_of(telling[-1]))


def remedy_of(error: OSError) -> str | None:
    """What to do about an error of this machine's own; None where the other side is to blame."""
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return do("This process may open no more files. Raise the limit:", command("ulimit", "-n", "4096")).also(
            "Or send fewer requests at a time:", Again("--concurrency", "4")
        )
    return None


def words_of(error: OSError) -> str:
    """What the system says, in plain words: "connection refused", "name or service not known"."""
    text = error.strerror if isinstance(error, socket.gaierror) else os.strerror(error.errno) if error.errno else None
    return (text or str(error) or type(error).__name__).lower().rstrip(".")


def _addresses(host: str, port: int, watch: RequestWatch, ends: float) -> list[Address]:
    """The addresses of `host`. A look-up cannot be ended, so it has a thread of its own that may be left behind."""
    try:
        return _look_up(host, port, socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        pass
    results: queue.SimpleQueue[list[Address] | OSError | UnicodeError | None] = queue.SimpleQueue()

    def look_up() -> None:
        try:
            results.put(_look_up(host, port, 0))
        except (OSError, UnicodeError) as error:
            results.put(error)

    watch.on_fire(lambda: results.put(None))
    where = f"{watch.shown_url}: {host}" if watch.shown_url else host
    try:
        threading.Thread(target=look_up, name="janitor-look-up", daemon=True).start()
    except RuntimeError:
        raise Unreachable(f"{where} cannot be looked up.", why="no thread is left for it", sent=False) from None
    try:
        found = results.get(timeout=max(0.0, ends - time.monotonic()))
    except queue.Empty:
        found = None
    if found is None:
        raise Unreachable(f"{where} cannot be looked up.", why=f"no address within {CONNECT_TIMEOUT:g} s", sent=False)
    if isinstance(found, UnicodeError):
        raise Unreachable(f"{where} cannot be looked up.", why="it is no host name", sent=False)
    if isinstance(found, OSError):
        raise Unreachable(f"{where} cannot be looked up.", why=words_of(found), sent=False)
    return found


def _look_up(host: str, port: int, flags: int) -> list[Address]:
    found = socket.getaddrinfo(host, port, socket.AF_UNSPEC, socket.SOCK_STREAM, flags=flags)
    return [(family, address) for family, _, _, _, address in found]
