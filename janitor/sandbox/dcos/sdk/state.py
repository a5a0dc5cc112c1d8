"""What a scheduler keeps: its framework's id, its tasks with what they hold, and whether it uninstalls.

It is written as znodes, path by path below the service's root (dcos-commons: curator/CuratorPersister.java, state/*);
only a task's TaskInfo is JSON here, and protobuf there.
"""

from __future__ import annotations

import json
import uuid
from dataclasses import asdict, dataclass, field
from typing import Protocol

Nodes = dict[str, bytes]
"""Data by path, relative to the service's root; "" is the root itself."""

UNINSTALLING = "Properties/uninstalling"


@dataclass
class Reserved:
    """One reservation of a task: its resource_id, and the volume on it."""

    resource_id: str
    name: str
    amount: float | str
    volume: str | None = None


@dataclass
class TaskRecord:
    """A task as it was launched. `pod` is the instance, such as node-0; `failed` is set by a replace."""

    name: str
    pod: str
    task_id: str
    agent_id: str
    host: str
    reserved: list[Reserved] = field(default_factory=list)


@dataclass
class State:
    """Everything that survives the scheduler's process."""

    service: str
    framework_id: str | None = None
    uninstalling: bool = False
    tasks: dict[str, TaskRecord] = field(default_factory=dict)
    config: str = field(default_factory=lambda: str(uuid.uuid4()))

    def nodes(self) -> Nodes:
        """As znodes."""
        nodes: Nodes = {
            "": b"",
            "SchemaVersion": b"1",
            "servicename": self.service.encode(),
            "ConfigTarget": self.config.encode(),
            f"Configurations/{self.config}": json.dumps({"name": self.service}).encode(),
        }
        if self.framework_id is not None:
            nodes["FrameworkID"] = b"\x0a" + bytes([len(self.framework_id)]) + self.framework_id.encode()
        if self.uninstalling:
            nodes[UNINSTALLING] = b"true"
        for task in self.tasks.values():
            nodes[f"Tasks/{task.name}/TaskInfo"] = json.dumps(asdict(task)).encode()
            nodes[f"Tasks/{task.name}/TaskStatus"] = b"\x10\x01"
        return nodes

    @classmethod
    def read(cls, service: str, nodes: Nodes) -> State:
        """From znodes; what is not there starts anew."""
        state = cls(service)
        if (identity := nodes.get("FrameworkID")) is not None:
            state.framework_id = identity[2:].decode()
        state.uninstalling = UNINSTALLING in nodes
        state.config = nodes.get("ConfigTarget", state.config.encode()).decode()
        for path, data in sorted(nodes.items()):
            if path.startswith("Tasks/") and path.endswith("/TaskInfo"):
                told = json.loads(data)
                reserved = [Reserved(**each) for each in told.pop("reserved")]
                record = TaskRecord(**told, reserved=reserved)
                state.tasks[record.name] = record
        return state


class Store(Protocol):
    """Where state is kept. Its methods may take a while, and belong to no event loop."""

    def open(self) -> Nodes:
        """Take the scheduler's lock and read everything."""

    def write(self, nodes: Nodes) -> None:
        """Have exactly these."""

    def wipe(self) -> None:
        """Nothing is left but an empty root and its lock (storage/PersisterUtils.java, clearAllData)."""

    def close(self) -> None:
        """Let the lock go."""


class Memory:
    """State of a cluster without a ZooKeeper; it outlives the scheduler's process, not the sandbox."""

    def __init__(self) -> None:
        self._nodes: Nodes = {}

    def open(self) -> Nodes:
        """Nobody else wants the lock."""
        return dict(self._nodes)

    def write(self, nodes: Nodes) -> None:
        """Have exactly these."""
        self._nodes = dict(nodes)

    def wipe(self) -> None:
        """Nothing is left."""
        self._nodes = {}

    def close(self) -> None:
        """Nobody waits for it."""
