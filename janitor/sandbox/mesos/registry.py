"""The registry: which agents the cluster has, has lost, and has given up. It survives every leader."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Registry:
    """Ids of agents. Reservations are not in it: they live on the agents."""

    admitted: dict[str, bool] = field(default_factory=dict)
    """id -> deactivated"""
    unreachable: dict[str, float] = field(default_factory=dict)
    """id -> since when"""
    gone: dict[str, float] = field(default_factory=dict)
    """id -> since when"""

    used: set[str] = field(default_factory=set)
    """the lists that were ever filled: they are shown from then on, even empty"""

    def admit(self, agent_id: str) -> None:
        """An agent has registered."""
        self.unreachable.pop(agent_id, None)
        self.admitted.setdefault(agent_id, False)

    def lose(self, agent_id: str, when: float) -> None:
        """An agent has not answered for the ping window."""
        self.admitted.pop(agent_id, None)
        self.unreachable[agent_id] = when
        self.used.add("unreachable")

    def give_up(self, agent_id: str, when: float) -> None:
        """An operator marked it gone; its id never comes back."""
        self.admitted.pop(agent_id, None)
        self.unreachable.pop(agent_id, None)
        self.gone[agent_id] = when
        self.used.add("gone")
