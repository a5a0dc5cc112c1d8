"""How a run waits for what others do: it says what for, and looks again, less often while nothing moves."""

from __future__ import annotations

from dataclasses import dataclass, field

from janitor.events import View, Waiting
from janitor.message import Message
from janitor.patience import Patience

LONGEST_PAUSE = 5.0
"""Seconds between two looks at what takes long; and for so long the steps that a look found safe may be forced."""


@dataclass(slots=True)
class Pacing:
    """every: seconds between two looks when something moves; they double up to LONGEST_PAUSE while nothing does."""

    patience: Patience
    view: View
    every: float
    _since: dict[str, float] = field(default_factory=dict)
    _idle: int = 0

    def wait(self, what: str) -> None:
        """Wait for this, a while. Raises OutOfTime at the deadline, Interrupted on a signal."""
        now = self.patience.clock()
        if what not in self._since:
            self._idle = 0
        since = self._since.setdefault(what, now)
        self.view(Waiting(what, now - since, self.patience.at_most(now - since)))
        self.patience.check(f"waiting for {Message.of(what).what}")
        self.patience.pause(min(self.every * 2.0 ** min(self._idle, 10), LONGEST_PAUSE))
        self._idle += 1
