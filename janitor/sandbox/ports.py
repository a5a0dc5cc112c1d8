"""A port for a server that must be told one: where the system gives out none by itself, and claimed by a lock."""

from __future__ import annotations

import fcntl
import os
import random
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

_PORTS = range(20_000, 32_768)
"""Below what Linux gives to whoever binds port 0, or connects (net.ipv4.ip_local_port_range)."""

_TRIES = 1000


@contextmanager
def claimed_port(address: str = "127.0.0.1") -> Iterator[int]:
    """A port at `address` that nobody listens at, and that nobody else gets from here meanwhile, in any process.

    Raises OSError when there is none.
    """
    # Not the shared generator: whoever has seeded it counts on its numbers.
    for port in random.SystemRandom().sample(_PORTS, _TRIES):
        lock = Path(tempfile.gettempdir()) / f"janitor-port-{port}.lock"
        try:
            claim = lock.open("w")
        except PermissionError:  # another user's
            continue
        with claim:
            if _is_ours(claim) and _is_free(address, port):
                try:
                    yield port
                finally:
                    lock.unlink(missing_ok=True)
                return
    raise OSError(f"no port is free at {address}")


def _is_ours(claim: IO[str]) -> bool:
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return os.fstat(claim.fileno()).st_nlink > 0  # else it was given back, and removed, between opening and locking


def _is_free(address: str, port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True
