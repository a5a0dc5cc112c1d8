"""A clock for what waits: a test says when time passes, so that nothing depends on how fast the machine is."""

from __future__ import annotations

import time

HANGS = 540.0
"""Seconds after which a program, or a server, is taken to hang. No test is about this limit: a machine that does twenty
things at once takes its time, and only what never ends meets it."""


class Clock:
    """The seconds of one run. They pass as everywhere, until a test stops them, or makes the deadline pass."""

    def __init__(self) -> None:
        self._stopped: float | None = None
        self._jumped = 0.0

    def __call__(self) -> float:
        return (time.monotonic() if self._stopped is None else self._stopped) + self._jumped

    def stop(self) -> None:
        """Stand still: nothing runs out of time, however slow the machine is."""
        self._stopped = time.monotonic()

    def go(self) -> None:
        """Go on from where it stood."""
        if self._stopped is not None:
            self._jumped += self._stopped - time.monotonic()
            self._stopped = None

    def jump(self, seconds: float = 1e6) -> None:
        """So many seconds pass now; by default more than there are until any deadline."""
        self._jumped += seconds
