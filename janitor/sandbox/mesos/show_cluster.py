"""Whole documents of a master: /state, /slaves, /registrar(1)/registry, /flags, /metrics/snapshot and their kin."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

import msgspec

from janitor.sandbox.mesos import show_agents, show_frameworks
from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.leader import Leader
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.settings import duration
from janitor.sandbox.mesos.values import Scalar
from janitor.sandbox.mesos.viewer import Viewer

if TYPE_CHECKING:
    from janitor.sandbox.mesos.masters import Master
    from janitor.sandbox.mesos.world import World

BUILD: Json = {"build_date": "2024-08-01 00:00:00", "build_time": 1722470400.0, "build_user": "sandbox"}


def version(world: World) -> Json:
    """/version"""
    return {**BUILD, "version": str(world.version)}


def flags(world: World, master: Master) -> dict[str, str]:
    """The master's flags, as texts."""
    settings = world.settings
    readonly = str(world.access.asks).lower()
    shown = {
        "agent_ping_timeout": duration(settings.ping_timeout),
        "agent_reregister_timeout": "10mins",
        "allocation_interval": "1secs",
        "authenticate_agents": "false",
        "authenticate_frameworks": "false",
        "authenticate_http_readonly": readonly,
        "authenticate_http_readwrite": readonly,
        "authorizers": "local",
        "hostname": master.hostname,
        "http_authenticators": "basic",
        "ip": master.hostname,
        "max_agent_ping_timeouts": str(settings.ping_limit),
        "max_completed_frameworks": "50",
        "max_completed_tasks_per_framework": "1000",
        "port": str(master.port),
        "quorum": str(len(world.masters) // 2 + 1),
        "recovery_agent_removal_limit": "100%",
        "registry": "replicated_log",
        "version": "false",
        "work_dir": "/var/lib/mesos/master",
        "zk": settings.zk,
        "zk_session_timeout": "10secs",
        **settings.flags,
    }
    return dict(sorted(shown.items()))


def _packed(address: str) -> int:
    """MasterInfo.ip: network byte order, read as little-endian."""
    try:
        number: int = struct.unpack("<I", socket.inet_aton(address))[0]
    except OSError:
        return 0
    return number


def master_info(world: World, master: Master) -> Json:
    """MasterInfo, as v1, the registry and ZooKeeper show it."""
    info: Json = {
        "id": master.id,
        "ip": _packed(master.hostname),
        "port": master.port,
        "pid": master.pid,
        "hostname": master.hostname,
        "version": str(world.version),
        "address": {"hostname": master.hostname, "ip": master.hostname, "port": master.port},
    }
    if world.version.master_capabilities:
        info["capabilities"] = [{"type": name} for name in world.version.master_capabilities]
    return info


def slaves(leader: Leader, viewer: Viewer, only: str | None) -> Json:
    """/slaves; `only` is the agent that `?slave_id=` names."""
    listed = (view for key, view in leader.agents.items() if only in (None, key))
    recovered = (agent for key, agent in leader.recovered.items() if only in (None, key))
    shown: Json = {"slaves": show_agents.listed(show_agents.slave(view, viewer) for view in listed)}
    if viewer.version.since(1, 2):
        shown["recovered_slaves"] = [show_agents.recovered_v0(agent) for agent in recovered]
    return shown


def frameworks(leader: Leader, viewer: Viewer, only: str | None = None) -> Json:
    """/frameworks, and the same part of /state."""
    version = viewer.version
    running = [one for key, one in leader.frameworks.items() if only in (None, key) and viewer.framework(one)]
    over = [one for one in leader.completed if only in (None, one.info.id) and viewer.framework(one)]
    return {
        "frameworks": [show_frameworks.framework_v0(one, version) for one in running],
        "completed_frameworks": [show_frameworks.framework_v0(one, version) for one in over],
    }


def state(world: World, master: Master, leader: Leader, viewer: Viewer) -> Json:
    """/state"""
    version = world.version
    views = list(leader.agents.values())
    shown: Json = {"version": str(version), **BUILD, "start_time": master.start_time, "elected_time": leader.elected}
    shown |= {"id": master.id, "pid": master.pid, "hostname": master.hostname}
    if version.master_capabilities:
        shown["capabilities"] = list(version.master_capabilities)
    shown["activated_slaves"] = float(sum(view.active for view in views))
    shown["deactivated_slaves"] = float(sum(not view.active for view in views))
    if version.since(1, 2):
        shown["unreachable_slaves"] = float(len(world.registry.unreachable))
    shown["leader"] = master.pid
    if version.since(1, 1):
        shown["leader_info"] = {
            "id": master.id,
            "pid": master.pid,
            "port": master.port,
            "hostname": master.hostname,
        }
    if viewer.flags():
        shown["flags"] = flags(world, master)
    shown["slaves"] = [show_agents.agent_v0(view, viewer) for view in views]
    if version.since(1, 2):
        shown["recovered_slaves"] = [show_agents.recovered_v0(agent) for agent in leader.recovered.values()]
    shown |= frameworks(leader, viewer)
    shown |= {"orphan_tasks": [], "unregistered_frameworks": []}
    return shown


def state_summary(master: Master, leader: Leader, viewer: Viewer) -> Json:
    """/state-summary"""
    agents = [
        {**show_agents.agent_v0(view, viewer), **show_agents.task_counts(leader, view, viewer)}
        for view in leader.agents.values()
    ]
    shown = [one for one in leader.frameworks.values() if viewer.framework(one)]
    return {
        "hostname": master.hostname,
        "slaves": agents,
        "frameworks": [show_frameworks.framework_summary(one, viewer.version) for one in shown],
    }


def registry(world: World, master: Master) -> Json:
    """/registrar(1)/registry; `{}` on a master that does not lead. Keys are sorted, as by the real one."""
    if world.leading is not master:
        return {}
    known = world.registry
    admitted = []
    for agent_id, deactivated in known.admitted.items():
        element: Json = {"info": show_agents.registry_info(world.agents[agent_id])}
        if world.version.since(1, 9):
            element = {"deactivated": deactivated, **element}
        admitted.append(element)
    shown: Json = {"master": {"info": master_info(world, master)}, "slaves": {"slaves": admitted}}
    for name, lost in (("unreachable", known.unreachable), ("gone", known.gone)):
        away = []
        for agent_id, since in lost.items():
            element = {"id": {"value": agent_id}, "timestamp": show_agents.nanoseconds(since)}
            if name == "unreachable" and world.version.since(1, 9):
                element = {"deactivated": False, **element}
            away.append(element)
        if away:
            shown[name] = {"slaves": away}
        elif name in known.used:
            shown[name] = {}
    return dict(sorted(shown.items()))


def _sum(items: list[Resource], name: str) -> float:
    return sum(i.value.milli for i in items if i.name == name and isinstance(i.value, Scalar)) / 1000


def metrics(world: World, master: Master) -> dict[str, float]:
    """/metrics/snapshot: what is about the cluster; counts of requests and messages are left out."""
    leader = world.leader if world.leading is master else None
    views = list(leader.agents.values()) if leader else []
    running = list(leader.frameworks.values()) if leader else []
    shown = {
        "master/elected": float(leader is not None),
        "master/uptime_secs": world.clock.now() - master.start_time,
        "master/frameworks_active": float(sum(one.active for one in running)),
        "master/frameworks_inactive": float(sum(not one.active for one in running)),
        "master/frameworks_connected": float(sum(one.connected for one in running)),
        "master/frameworks_disconnected": float(sum(not one.connected for one in running)),
        "master/slaves_active": float(sum(view.active for view in views)),
        "master/slaves_inactive": float(sum(not view.active for view in views)),
        "master/slaves_connected": float(sum(view.agent.linked for view in views)),
        "master/slaves_disconnected": float(sum(not view.agent.linked for view in views)),
        "master/slaves_unreachable": float(len(world.registry.unreachable) if leader else 0),
        "master/recovery_slave_removals": 0.0,
        "master/tasks_running": float(sum(len(one.tasks) for one in running)),
        "registrar/state_store_ms/count": float(len(world.registry.admitted)),
    }
    total = [item for view in views for item in view.total]
    used = [item for view in views for item in view.used]
    for name in ("cpus", "disk", "gpus", "mem"):
        shown[f"master/{name}_total"] = _sum(total, name)
        shown[f"master/{name}_used"] = _sum(used, name)
    if leader is not None and world.version.since(1, 8):
        shown["master/operations/pending"] = float(len(leader.operations))
        shown |= {f"master/operations/{end}": float(count) for end, count in leader.operations_ended.items()}
    return dict(sorted(shown.items()))


def agents_v1(leader: Leader, viewer: Viewer) -> Json:
    """get_agents; lists that are empty are left out before 1.10."""
    always = viewer.version.since(1, 10)
    shown: Json = {}
    if leader.agents or always:
        shown["agents"] = show_agents.listed(show_agents.agent_v1(view, viewer) for view in leader.agents.values())
    if viewer.version.since(1, 2) and (leader.recovered or always):
        shown["recovered_agents"] = [
            show_agents.info_v1(agent, viewer, recovered=True) for agent in leader.recovered.values()
        ]
    return shown


def frameworks_v1(leader: Leader, viewer: Viewer) -> Json:
    """get_frameworks; lists that are empty are left out before 1.10."""
    lists = {"frameworks": leader.frameworks.values(), "completed_frameworks": leader.completed}
    shown = {
        name: [show_frameworks.framework_v1(one, leader, viewer) for one in ones if viewer.framework(one)]
        for name, ones in lists.items()
    }
    return shown if viewer.version.since(1, 10) else {name: ones for name, ones in shown.items() if ones}


def tasks_v1(leader: Leader, viewer: Viewer) -> Json:
    """get_tasks; lists that are empty are left out before 1.10."""
    every = [one for one in (*leader.frameworks.values(), *leader.completed) if viewer.framework(one)]
    lists = {
        "tasks": [task for one in every for task in one.tasks.values()],
        "unreachable_tasks": [task for one in every for task in one.unreachable_tasks],
        "completed_tasks": [task for one in every for task in one.completed_tasks],
    }
    shown = {name: [show_frameworks.task_v1(task, viewer) for task in tasks] for name, tasks in lists.items()}
    return shown if viewer.version.since(1, 10) else {name: tasks for name, tasks in shown.items() if tasks}


def operations_v1(leader: Leader, viewer: Viewer) -> Json:
    """get_operations: what is pending, hidden as a whole where one of its resources is."""
    shown = []
    for operation in leader.pending():
        if len(viewer.resources(operation.items)) != len(operation.items):
            continue
        items = show_agents.written_inside(operation.items, viewer.version)
        kind = operation.kind
        shown.append(
            {
                "agent_id": {"value": operation.agent_id},
                "info": {"type": kind.value, kind.value.lower(): {kind.plural: items}},
                "latest_status": {"state": "OPERATION_PENDING", "agent_id": {"value": operation.agent_id}},
                "uuid": {"value": show_frameworks.base64_of(operation.uuid)},
            }
        )
    return {"operations": shown} if shown else {}


def state_v1(leader: Leader, viewer: Viewer) -> Json:
    """get_state"""
    return {
        "get_tasks": tasks_v1(leader, viewer),
        "get_executors": {},
        "get_frameworks": frameworks_v1(leader, viewer),
        "get_agents": agents_v1(leader, viewer),
    }


def master_v1(world: World, master: Master, leader: Leader) -> Json:
    """get_master; its times are there from 1.5 on."""
    info = master_info(world, master)
    if not world.version.since(1, 10):
        # The v1 enum did not have QUOTA_V2 yet; the message stays, its type is dropped.
        info["capabilities"] = [{} if c["type"] == "QUOTA_V2" else c for c in info.get("capabilities", [])]
        if not info["capabilities"]:
            del info["capabilities"]
    shown: Json = {"master_info": info}
    if world.version.since(1, 5):
        shown |= {"start_time": master.start_time, "elected_time": leader.elected}
    return shown


def encode(document: Json | dict[str, float], world: World) -> bytes:
    r"""JSON, in which `/` is `\/` before 1.7."""
    text = msgspec.json.encode(document)
    return text if world.version.since(1, 7) else text.replace(b"/", b"\\/")
