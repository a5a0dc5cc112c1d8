"""What a master says about itself: its version, flags, MasterInfo and metrics; and how its JSON is written."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

import msgspec

from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.settings import duration, interval, seconds_of
from janitor.sandbox.mesos.values import Scalar

if TYPE_CHECKING:
    from janitor.sandbox.mesos.masters import Master
    from janitor.sandbox.mesos.world import World

BUILD: Json = {"build_date": "2024-08-01 00:00:00", "build_time": 1722470400.0, "build_user": "sandbox"}


_OLD_NAMES = {
    "agent_ping_timeout": "slave_ping_timeout",
    "agent_removal_rate_limit": "slave_removal_rate_limit",
    "agent_reregister_timeout": "slave_reregister_timeout",
    "authenticate_agents": "authenticate_slaves",
    "max_agent_ping_timeouts": "max_slave_ping_timeouts",
    "recovery_agent_removal_limit": "recovery_slave_removal_limit",
}
"""A flag is shown by the name by which it was set (stout flags.hpp: effective_name)."""


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
    }
    if settings.removal_rate_limit:
        shown["agent_removal_rate_limit"] = settings.removal_rate_limit
    if settings.old_flag_names or not world.version.since(1, 0):
        shown = {_OLD_NAMES.get(name, name): value for name, value in shown.items()}
    return dict(sorted({**shown, **settings.flags}.items()))


def ping_window(world: World) -> float:
    """Seconds without an answer until an agent is to be removed. The leader obeys the flags that it shows."""
    timeout, misses = _obeyed(world, "agent_ping_timeout"), _obeyed(world, "max_agent_ping_timeouts")
    return seconds_of(timeout) * int(misses) if timeout and misses else world.settings.ping_window


def removal_interval(world: World) -> float:
    """Seconds between two removals, by the leader's flags; 0 where it does not limit them."""
    rate = _obeyed(world, "agent_removal_rate_limit")
    return interval(rate) if rate else 0.0


def _obeyed(world: World, name: str) -> str:
    if world.leading is None:
        return ""
    shown = flags(world, world.leading)
    return shown.get(name) or shown.get(_OLD_NAMES[name], "")


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


def _sum(items: list[Resource], name: str) -> float:
    return sum(i.value.number for i in items if i.name == name and isinstance(i.value, Scalar))


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
    shown |= _removals(world, leads=leader is not None)
    total = [item for view in views for item in view.total]
    used = [item for view in views for item in view.used]
    for name in ("cpus", "disk", "gpus", "mem"):
        shown[f"master/{name}_total"] = _sum(total, name)
        shown[f"master/{name}_used"] = _sum(used, name)
    if leader is not None and world.version.since(1, 8):
        shown["master/operations/pending"] = float(len(leader.operations))
        shown |= {f"master/operations/{end}": float(count) for end, count in leader.operations_ended.items()}
    return dict(sorted(shown.items()))


def _removals(world: World, *, leads: bool) -> dict[str, float]:
    """What became of agents that missed their pings; the names from before 1.1 stay, and stay zero from then on."""
    removals = world.fates.removals
    ends = {"scheduled": removals.scheduled, "completed": removals.completed, "canceled": removals.canceled}
    counted = {end: float(count if leads else 0) for end, count in ends.items()}
    if not world.version.since(1, 1):
        return {f"master/slave_shutdowns_{end}": count for end, count in counted.items()}
    shown = {f"master/slave_unreachable_{end}": count for end, count in counted.items()}
    return shown | {f"master/slave_shutdowns_{end}": 0.0 for end in ends}


def encode(document: Json | dict[str, float], world: World) -> bytes:
    r"""JSON, in which `/` is `\/` before 1.7."""
    text = msgspec.json.encode(document)
    return text if world.version.since(1, 7) else text.replace(b"/", b"\\/")
