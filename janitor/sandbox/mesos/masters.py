"""Masters as processes: an id, an address, a door."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


class Door(Protocol):
    """Where a process listens."""

    def open(self) -> None:
        """Accept connections."""

    def shut(self) -> None:
        """Refuse new connections, and break those that stand."""


class NoDoor:
    """Of a process that nobody can connect to."""

    def open(self) -> None:
        """Nobody listens."""

    def shut(self) -> None:
        """Nobody listened."""


@dataclass
class Master:
    """One master's process. `follows` is whom it takes for the leader: another, itself, or nobody."""

    id: str
    hostname: str
    port: int
    start_time: float
    running: bool = True
    follows: Master | None = field(default=None, repr=False)
    door: Door = field(default_factory=NoDoor, repr=False)

    @property
    def address(self) -> str:
        """host:port"""
        return f"{self.hostname}:{self.port}"

    @property
    def pid(self) -> str:
        """The master's libprocess address."""
        return f"master@{self.address}"

    def stop(self) -> None:
        """The process ends: connections are refused from now on."""
        self.running = False
        self.door.shut()
