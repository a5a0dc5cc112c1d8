"""What a run waits for, as a value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Awaited:
    """Look again: what for, since when and for how long at most, in seconds (None: until the deadline).

    remedy      what to do when the run ends before it came; None where another run goes on from there
    agent_id    the one agent that it takes; None for the cluster, or for several
    """

    what: str
    since: float
    at_most: float | None = None
    remedy: str | None = None
    agent_id: str | None = None
