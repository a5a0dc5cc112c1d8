"""What a master says about itself: its version, flags, MasterInfo and metrics; and how its JSON is written."""

from __future__ import annotations

import socket
import struct

import msgspec

from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.masters import Master
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.state import State
from janitor.sandbox.mesos.values import Scalar

BUILD: Json = {"build_date": "2024-08-01 00:00:00", "build_time": 1722470400.0, "build_user": "sandbox"}


def version(state: State) -> Json:
    """/version"""
    return {**BUILD, "version": str(state.version)}


def _packed(address: str) -> int:
    """MasterInfo.ip: network byte order, read as little-endian."""
    try:
        number: int = struct.unpack("<I", socket.inet_aton(address))[0]
    except OSError:
        return 0
    return number


def master_info(state: State, master: Master) -> Json:
    """MasterInfo, as v1, the registry and ZooKeeper show it."""
    info: Json = {
        "id": master.id,
        "ip": _packed(master.hostname),
        "port": master.port,
        "pid": master.pid,
        "hostname": master.hostname,
        "version": str(state.version),
        "address": {"hostname": master.hostname, "ip": master.hostname, "port": master.port},
    }
    if state.version.master_capabilities:
        info["capabilities"] = [{"type": name} for name in state.version.master_capabilities]
    return info


def _sum(items: list[Resource], name: str) -> float:
    return sum(i.value.number for i in items if i.name == name and isinstance(i.value, Scalar))


def metrics(state: State, master: Master) -> dict[str, float]:
    """/metrics/snapshot: what is about the cluster; counts of requests and messages are left out."""
    leader = state.leader if state.leading is master else None
    views = list(leader.agents.values()) if leader else []
    running = list(leader.frameworks.values()) if leader else []
    shown = {
        "master/elected": float(leader is not None),
        "master/uptime_secs": state.clock.now() - master.start_time,
        "master/frameworks_active": float(sum(one.active for one in running)),
        "master/frameworks_inactive": float(sum(not one.active for one in running)),
        "master/frameworks_connected": float(sum(one.connected for one in running)),
        "master/frameworks_disconnected": float(sum(not one.connected for one in running)),
        "master/slaves_active": float(sum(view.active for view in views)),
        "master/slaves_inactive": float(sum(not view.active for view in views)),
        "master/slaves_connected": float(sum(view.agent.linked for view in views)),
        "master/slaves_disconnected": float(sum(not view.agent.linked for view in views)),
        "master/slaves_unreachable": float(len(state.registry.unreachable) if leader else 0),
        "master/recovery_slave_removals": 0.0,
        "master/tasks_running": float(sum(len(one.tasks) for one in running)),
        "registrar/state_store_ms/count": float(len(state.registry.admitted)),
    }
    shown |= _removals(state, leads=leader is not None)
    total = [item for view in views for item in view.total]
    used = [item for view in views for item in view.used]
    for name in ("cpus", "disk", "gpus", "mem"):
        shown[f"master/{name}_total"] = _sum(total, name)
        shown[f"master/{name}_used"] = _sum(used, name)
    if leader is not None and state.version.since(1, 8):
        shown["master/operations/pending"] = float(len(leader.operations))
        shown |= {f"master/operations/{end}": float(count) for end, count in leader.operations_ended.items()}
    return dict(sorted(shown.items()))


def _removals(state: State, *, leads: bool) -> dict[str, float]:
    """What became of agents that missed their pings; the names from before 1.1 stay, and stay zero from then on."""
    removals = state.removals
    ends = {"scheduled": removals.scheduled, "completed": removals.completed, "canceled": removals.canceled}
    counted = {end: float(count if leads else 0) for end, count in ends.items()}
    if not state.version.since(1, 1):
        return {f"master/slave_shutdowns_{end}": count for end, count in counted.items()}
    shown = {f"master/slave_unreachable_{end}": count for end, count in counted.items()}
    return shown | {f"master/slave_shutdowns_{end}": 0.0 for end in ends}


def encode(document: Json | dict[str, float], state: State) -> bytes:
    r"""JSON, in which `/` is `\/` before 1.7."""
    text = msgspec.json.encode(document)
    return text if state.version.since(1, 7) else text.replace(b"/", b"\\/")
