"""What is decided about, as one value: a settled look, what was asked for, and what this run remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from janitor.cleanup.inventory import Inventory
from janitor.cleanup.job import Job
from janitor.cleanup.lost import agents_meant
from janitor.cleanup.memory import Memory
from janitor.cleanup.selection import Remaining, Selection, remaining
from janitor.mesos.cluster import Snapshot


@dataclass(frozen=True)
class Case:
    """The input of every guard and every proof. `memory` holds what this very look added, the pinned selection too."""

    inventory: Inventory
    job: Job
    memory: Memory

    @property
    def snapshot(self) -> Snapshot:
        return self.inventory.snapshot

    @property
    def now(self) -> float:
        """When the look began, in seconds on the run's own clock."""
        return self.inventory.now

    @property
    def selection(self) -> Selection:
        return self.memory.selection

    @property
    def path(self) -> str:
        """The znode's path; "" where none was named."""
        return self.job.path

    @cached_property
    def meant(self) -> Mapping[str, frozenset[str]]:
        """word of `--lost-agent` -> the ids of the agents that it means (rule L6)."""
        return agents_meant(self.snapshot, self.job.lost_agents, self.selection.hosts)

    @cached_property
    def given_up(self) -> frozenset[str]:
        """The agents that, on the operator's word, never return."""
        return frozenset(agent_id for ids in self.meant.values() for agent_id in ids)

    @cached_property
    def left(self) -> Mapping[str, Remaining]:
        """agent id -> what this look shows of the selection there; nothing counts on an agent that was given up."""
        return {
            agent.id: remaining(agent, self.selection, self.job) if agent.id not in self.given_up else Remaining()
            for agent in self.snapshot.agents
        }
