"""Frameworks, tasks and roles as a master shows them, v0 and v1."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.frameworks import Framework, Offer, Status, Task
from janitor.sandbox.mesos.leader import Leader
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.roles import is_below
from janitor.sandbox.mesos.show_agents import (
    TASK_STATES,
    attributes,
    nanoseconds,
    summary,
    written,
    written_inside,
)
from janitor.sandbox.mesos.version import Version
from janitor.sandbox.mesos.viewer import Viewer

CAPABILITIES = ("MULTI_ROLE", "RESERVATION_REFINEMENT", "PARTITION_AWARE")
"""What the frameworks of the sandbox can do, where the master knows such things (1.4)."""


def _capabilities(framework: Framework, version: Version) -> list[str]:
    return list(CAPABILITIES) if framework.info.multi_role and version.refinement else []


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


def _offer_v0(offer: Offer, version: Version) -> Json:
    shown: Json = {"id": offer.id, "framework_id": offer.framework_id}
    if version.since(1, 3):
        shown["allocation_info"] = {"role": offer.role}
    return {**shown, "slave_id": offer.agent_id, "resources": summary(offer.resources)}


def _framework_head(framework: Framework, version: Version) -> Json:
    info = framework.info
    shown: Json = {
        "id": info.id,
        "name": info.name,
        "used_resources": summary(framework.used),
        "offered_resources": summary(framework.offered),
        "capabilities": _capabilities(framework, version),
        "hostname": info.hostname,
        "webui_url": info.webui_url,
        "active": framework.active,
    }
    if version.since(1, 2):
        shown |= {"connected": framework.connected, "recovered": framework.recovered}
    return shown


def framework_v0(framework: Framework, version: Version) -> Json:
    """A framework in /frameworks and /state."""
    info = framework.info
    shown = _framework_head(framework, version)
    shown |= {
        "user": info.user,
        "failover_timeout": info.failover_timeout,
        "checkpoint": info.checkpoint,
        "registered_time": framework.registered,
        "unregistered_time": framework.unregistered or 0.0,
    }
    if framework.reregistered is not None:
        shown["reregistered_time"] = framework.reregistered
    if info.principal is not None:
        shown["principal"] = info.principal
    shown["resources"] = summary(framework.held())
    if info.multi_role and version.refinement:
        shown["roles"] = list(info.roles)
    else:
        shown["role"] = info.roles[0]
    shown["tasks"] = [task_v0(task, version) for task in framework.tasks.values()]
    if version.since(1, 2):
        shown["unreachable_tasks"] = [task_v0(task, version) for task in framework.unreachable_tasks]
    shown["completed_tasks"] = [task_v0(task, version) for task in framework.completed_tasks]
    shown["offers"] = [_offer_v0(offer, version) for offer in framework.offers.values()]
    shown["executors"] = []
    if version.since(1, 11):
        shown["offer_constraints"] = {}
    return shown


def framework_summary(framework: Framework, version: Version) -> Json:
    """A framework in /state-summary."""
    counts: Json = dict.fromkeys(TASK_STATES, 0)
    if not version.since(1, 2):
        del counts["TASK_UNREACHABLE"]
    every = (*framework.tasks.values(), *framework.completed_tasks, *framework.unreachable_tasks)
    for task in every:
        counts[task.state] = counts.get(task.state, 0) + 1
    agents = list(dict.fromkeys(task.agent_id for task in every))
    return {**_framework_head(framework, version), **counts, "slave_ids": agents}


def _info_v1(framework: Framework, version: Version) -> Json:
    info = framework.info
    shown: Json = {
        "user": info.user,
        "name": info.name,
        "id": {"value": info.id},
        "failover_timeout": info.failover_timeout,
        "checkpoint": info.checkpoint,
    }
    if info.multi_role and version.refinement:
        shown["roles"] = list(info.roles)
    else:
        shown["role"] = info.roles[0]
    if info.principal is not None:
        shown["principal"] = info.principal
    if capabilities := _capabilities(framework, version):
        shown["capabilities"] = [{"type": name} for name in capabilities]
    return shown


def _offer_v1(offer: Offer, leader: Leader, viewer: Viewer) -> Json:
    agent = leader.agents[offer.agent_id].agent
    address = {"hostname": agent.hostname, "ip": agent.hostname, "port": agent.port}
    shown: Json = {
        "id": {"value": offer.id},
        "framework_id": {"value": offer.framework_id},
        "agent_id": {"value": offer.agent_id},
        "hostname": agent.hostname,
        "url": {"scheme": "http", "address": address, "path": "/slave(1)"},
        "resources": written_inside(viewer.resources(offer.resources), viewer.version),
    }
    if agent.attributes:
        shown["attributes"] = attributes(agent)
    if viewer.version.since(1, 2):
        shown["allocation_info"] = {"role": offer.role}
    return shown


def framework_v1(framework: Framework, leader: Leader, viewer: Viewer) -> Json:
    """A framework in GET_FRAMEWORKS; one that never re-registered shows its registration twice, as recorded."""
    version = viewer.version
    shown: Json = {"framework_info": _info_v1(framework, version), "active": framework.active}
    if version.since(1, 2):
        shown |= {"connected": framework.connected, "recovered": framework.recovered}
    again = framework.registered if framework.reregistered is None else framework.reregistered
    shown |= {"registered_time": nanoseconds(framework.registered), "reregistered_time": nanoseconds(again)}
    if framework.unregistered is not None:
        shown["unregistered_time"] = nanoseconds(framework.unregistered)
    if framework.offers:
        shown["offers"] = [_offer_v1(offer, leader, viewer) for offer in framework.offers.values()]
    for name, items in (("allocated", framework.used), ("offered", framework.offered)):
        if items:
            shown[f"{name}_resources"] = written(viewer.resources(items), version)
    if version.since(1, 11):
        shown["offer_constraints"] = {}
    return shown


def _amounts(items: Iterable[Resource]) -> Json:
    """Quantities by name: of ranges and sets, how many."""
    sums: dict[str, int] = {}
    for item in items:
        sums[item.name] = sums.get(item.name, 0) + item.value.quantity
    return {name: milli / 1000 for name, milli in sorted(sums.items())}


def known_roles(leader: Leader, viewer: Viewer) -> list[str]:
    """The roles that a master lists: of frameworks; from 1.9 on of reservations, too, with all their parents."""
    names = {role for framework in leader.frameworks.values() for role in framework.info.roles}
    if viewer.version.since(1, 9):
        reserved = {item.role for view in leader.agents.values() for item in view.total if item.stack}
        for role in reserved | set(names):
            parts = role.split("/")
            names |= {"/".join(parts[: depth + 1]) for depth in range(len(parts))}
    return sorted(name for name in names if viewer.access.sees_role(viewer.principal, name))


def role_v0(name: str, leader: Leader, viewer: Viewer) -> Json:
    """A role in /roles. From 1.9 on with what is reserved, its whole subtree's."""
    subscribed = [one for one in leader.frameworks.values() if name in one.info.roles]
    held = [item for framework in subscribed for item in framework.held()]
    frameworks = [one.info.id for one in subscribed]
    if not viewer.version.since(1, 9):
        sums = _amounts(held)
        shown = {key: sums.get(key, 0) for key in sorted({"cpus", "disk", "gpus", "mem", *sums})}
        return {"frameworks": frameworks, "name": name, "resources": shown, "weight": 1.0}

    def mine(role: str) -> bool:
        return role == name or is_below(role, name)

    totals = [item for view in leader.agents.values() for item in view.total]
    reserved = [item for item in totals if item.stack and mine(item.role)]
    used = [item for view in leader.agents.values() for item in view.used if mine(item.allocated_to or "*")]
    offered = [item for view in leader.agents.values() for item in view.offered if mine(item.allocated_to or "*")]
    unreserved_used = [item for item in used if not item.stack]
    return {
        "name": name,
        "weight": 1.0,
        "quota": {
            "role": name,
            "guarantee": {},
            "limit": {},
            "consumed": _amounts([*reserved, *unreserved_used]),
        },
        "resources": _amounts([*used, *offered]),
        "allocated": _amounts(used),
        "offered": _amounts(offered),
        "reserved": _amounts(reserved),
        "frameworks": frameworks,
    }


def role_v1(name: str, leader: Leader) -> Json:
    """A role in GET_ROLES: without what is reserved."""
    shown: Json = {"name": name, "weight": 1.0}
    subscribed = [one for one in leader.frameworks.values() if name in one.info.roles]
    if subscribed:
        shown["frameworks"] = [{"value": one.info.id} for one in subscribed]
        sums = _amounts([item for framework in subscribed for item in framework.held()])
        resources = [
            {"name": key, "type": "SCALAR", "scalar": {"value": value}, "role": "*"} for key, value in sums.items()
        ]
        if resources:
            shown["resources"] = resources
    return shown
