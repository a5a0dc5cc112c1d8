"""Frameworks and their tasks, as a leading master remembers them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from janitor.sandbox.mesos.algebra import Pool
from janitor.sandbox.mesos.resources import Resource

RUNNING = "TASK_RUNNING"


@dataclass(frozen=True)
class Status:
    """One update of a task; `container` is absent in updates that the master made up itself."""

    state: str
    timestamp: float
    uuid: str
    container: str | None = None


@dataclass
class Task:
    """A task, what it holds, and its history. `resources` are allocated to the task's role."""

    id: str
    name: str
    framework_id: str
    agent_id: str
    role: str
    resources: tuple[Resource, ...]
    state: str = RUNNING
    statuses: list[Status] = field(default_factory=list)
    labels: dict[str, str] = field(default_factory=dict)


@dataclass
class Executor:
    """What runs on an agent; it outlives the master's view of its task by the shutdown's grace period."""

    id: str
    framework_id: str
    task: Task
    ending: bool = False


@dataclass(frozen=True)
class FrameworkInfo:
    """What a scheduler says about itself. The master's id of it is the same over all leaders."""

    id: str
    name: str
    roles: tuple[str, ...]
    principal: str | None = None
    user: str = "root"
    failover_timeout: float = 3600.0
    checkpoint: bool = True
    multi_role: bool = True
    webui_url: str = ""
    hostname: str = ""


@dataclass(frozen=True)
class Offer:
    """Resources of one agent that a framework may take; they are allocated to `role`."""

    id: str
    framework_id: str
    agent_id: str
    role: str
    resources: tuple[Resource, ...]


@dataclass
class Framework:
    """One framework in the memory of a leader."""

    info: FrameworkInfo
    registered: float
    active: bool = True
    connected: bool = True
    recovered: bool = False
    reregistered: float | None = None
    unregistered: float | None = None
    tasks: dict[str, Task] = field(default_factory=dict)
    completed_tasks: list[Task] = field(default_factory=list)
    unreachable_tasks: list[Task] = field(default_factory=list)
    offers: dict[str, Offer] = field(default_factory=dict)
    used: Pool = field(default_factory=Pool)
    offered: Pool = field(default_factory=Pool)

    def held(self) -> Sequence[Resource]:
        """Used and offered together."""
        both = self.used.copy()
        both.update(self.offered)
        return list(both)


@dataclass
class Scheduler:
    """The framework's own process: whether it lives, and so whether it subscribes again after a failover."""

    info: FrameworkInfo
    alive: bool = True
    holds_offers: bool = False
