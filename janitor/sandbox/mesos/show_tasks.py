"""Tasks as a master, or an agent, shows them, v0 and v1."""

from __future__ import annotations

import base64

from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.frameworks import Status, Task
from janitor.sandbox.mesos.show_agents import summary, written_inside
from janitor.sandbox.mesos.version import Version
from janitor.sandbox.mesos.viewer import Viewer


def _container(status: Status, version: Version) -> Json:
    address: Json = {"ip_address": "127.0.0.1"}
    if version.since(1, 4):
        address = {"protocol": "IPv4", **address}
    return {"container_id": {"value": status.container}, "network_infos": [{"ip_addresses": [address]}]}


def _history(task: Task, version: Version) -> list[Status]:
    """Mesos's own executor says TASK_STARTING first; recorded from 1.9 on, not in 1.4."""
    return [status for status in task.statuses if version.since(1, 5) or status.state != "TASK_STARTING"]


def task_v0(task: Task, version: Version) -> Json:
    """A task in /frameworks, /state and /tasks."""
    shown: Json = {
        "id": task.id,
        "name": task.name,
        "framework_id": task.framework_id,
        "executor_id": "",
        "slave_id": task.agent_id,
        "state": task.state,
        "resources": summary(task.resources),
    }
    if version.since(1, 3):
        shown["role"] = task.role
    shown["statuses"] = [
        {
            "state": status.state,
            "timestamp": status.timestamp,
            **({"container_status": _container(status, version)} if status.container else {}),
        }
        for status in _history(task, version)
    ]
    if task.labels:
        shown["labels"] = [{"key": key, "value": value} for key, value in task.labels.items()]
    return shown


def base64_of(text: str) -> str:
    """A hexadecimal UUID as bytes fields show it."""
    return base64.b64encode(bytes.fromhex(text)).decode()


def task_v1(task: Task, viewer: Viewer) -> Json:
    """A task in GET_TASKS."""
    statuses = []
    for status in _history(task, viewer.version):
        shown: Json = {"task_id": {"value": task.id}, "state": status.state}
        if status.container:
            container = {**_container(status, viewer.version), "executor_pid": 4321}
            shown |= {
                "source": "SOURCE_EXECUTOR",
                "agent_id": {"value": task.agent_id},
                "executor_id": {"value": task.id},
                "timestamp": status.timestamp,
                "uuid": base64_of(status.uuid),
                "container_status": container,
            }
        else:
            shown |= {"source": "SOURCE_MASTER", "timestamp": status.timestamp}
        statuses.append(shown)
    updates = [status for status in task.statuses if status.container]
    full: Json = {
        "name": task.name,
        "task_id": {"value": task.id},
        "framework_id": {"value": task.framework_id},
        "agent_id": {"value": task.agent_id},
        "state": task.state,
        "resources": written_inside(viewer.resources(task.resources), viewer.version),
        "statuses": statuses,
    }
    if updates:
        full |= {"status_update_state": updates[-1].state, "status_update_uuid": base64_of(updates[-1].uuid)}
    if task.labels:
        full["labels"] = {"labels": [{"key": key, "value": value} for key, value in task.labels.items()]}
    return full
