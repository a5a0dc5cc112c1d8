"""How it is known that an agent has nothing left of what was asked for (rules P1, P2 and P2a)."""

from __future__ import annotations

from enum import Enum


class Proof(Enum):
    """The three ways, each with the sentence that an operator reads."""

    BY_OPERATIONS = "no operation is pending there"
    BY_OWN_STATE = "the agent's own state shows none of it"
    BY_PINGS = "the agent has answered the master's pings since, and no agent waits to be removed"

    @property
    def sentence(self) -> str:
        return self.value
