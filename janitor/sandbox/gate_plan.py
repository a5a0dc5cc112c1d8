"""What a gate does to an exchange, and to all of them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

Action = Callable[[], object]


@dataclass(slots=True)
class Plan:
    """What is done to one exchange (or to one connection, where it is not HTTP)."""

    before: list[Action] = field(default_factory=list)  # with the request in hand, not yet passed on
    after: list[Action] = field(default_factory=list)  # with the whole answer in hand, not yet passed on
    instead: bytes | None = None  # answered so by the gate, never passed on
    swap: bytes | None = None  # passed on, and the answer replaced
    ends_after: int | None = None  # bytes of the answer
    resets: bool = False  # whether it then ends with RST, else with FIN
    drip: tuple[int, float] | None = None  # bytes, and the seconds between

    def add(self, other: Plan) -> None:
        """Take over what another plan has; where both say something, the later one counts."""
        self.before += other.before
        self.after += other.after
        self.instead = self.instead if other.instead is None else other.instead
        self.swap = self.swap if other.swap is None else other.swap
        self.drip = self.drip or other.drip
        if other.ends_after is not None:
            self.ends_after, self.resets = other.ends_after, other.resets


class Weather:
    """What holds for all connections at the moment: whether bytes flow, and how late. Lives in the gate's loop."""

    def __init__(self) -> None:
        self.flowing = asyncio.Event()
        self.flowing.set()
        self.latency = 0.0
