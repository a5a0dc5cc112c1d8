"""What a leader believes of an agent."""

from __future__ import annotations

from dataclasses import dataclass, field

from janitor.sandbox.mesos.agents import Agent
from janitor.sandbox.mesos.algebra import Pool
from janitor.sandbox.mesos.formats import Json


@dataclass
class View:
    """One registered agent in a leader's memory: the agent's own truth may differ."""

    agent: Agent
    total: Pool
    registered: float
    reregistered: float | None = None
    active: bool = True
    deactivated: bool = False
    drain: Json | None = None
    used: Pool = field(default_factory=Pool)
    offered: Pool = field(default_factory=Pool)
    shown: dict[tuple[str, str | None], bytes] = field(default_factory=dict)
    """what was last shown of it, as JSON; emptied by every change"""

    def free(self) -> Pool:
        """What neither a task uses nor an offer holds; a shared volume is always free."""
        free = self.total.copy()
        for item in (*self.used, *self.offered):
            if not item.shared:
                free.take(item.allocated(None))
        return free
