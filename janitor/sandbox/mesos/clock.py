"""The cluster's own clock: what `Date`, `elected_time` and all other times are taken from."""

from __future__ import annotations

import time
from collections.abc import Callable
from email.utils import formatdate


class Clock:
    """Real time plus an offset that tests move, so that no test has to wait until something is old."""

    def __init__(self, source: Callable[[], float] = time.time) -> None:
        self._source = source
        self._offset = 0.0

    def now(self) -> float:
        """Seconds since the epoch, as this cluster believes."""
        return self._source() + self._offset

    def advance(self, seconds: float) -> None:
        """Move the clock by `seconds`; timers are not touched, they run in real time."""
        self._offset += seconds

    def date(self) -> str:
        """The value of a `Date` header."""
        return formatdate(self.now(), usegmt=True)
