"""Agents as a master shows them: v0 (`/slaves`, `/state`, `/state-summary`), v1 (`GET_AGENTS`), and the registry."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from janitor.sandbox.mesos.agents import Agent
from janitor.sandbox.mesos.formats import Format, Json, to_json
from janitor.sandbox.mesos.leader import Leader
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.values import Items, Ranges, Scalar, in_json
from janitor.sandbox.mesos.version import Version
from janitor.sandbox.mesos.viewer import Viewer
from janitor.sandbox.mesos.views import View

TASK_STATES = (
    "TASK_STAGING",
    "TASK_STARTING",
    "TASK_RUNNING",
    "TASK_KILLING",
    "TASK_FINISHED",
    "TASK_KILLED",
    "TASK_FAILED",
    "TASK_LOST",
    "TASK_ERROR",
    "TASK_UNREACHABLE",
)


def nanoseconds(seconds: float) -> Json:
    """A time as v1 shows it."""
    return {"nanoseconds": round(seconds * 1e6) * 1000}


def summary(items: Iterable[Resource]) -> Json:
    """Sums by name, volumes and all disks in one; the four scalars always, ranges and sets as texts.

    Scalars are added here as they are, not in thousandths: parts of 0.1234567 make a total that is not the agent's.
    """
    scalars = dict.fromkeys(("disk", "mem", "gpus", "cpus"), 0.0)
    others: dict[str, Ranges | Items] = {}
    for item in items:
        name = f"{item.name}_revocable" if item.revocable else item.name
        if isinstance(item.value, Scalar):
            scalars[name] = scalars.get(name, 0.0) + item.value.number
        else:
            others[name] = item.value.plus(others.get(name, item.value))
    return {
        **{name: in_json(number) for name, number in scalars.items()},
        **{name: str(value) for name, value in others.items()},
    }


def written(items: Iterable[Resource], version: Version) -> list[Json]:
    """Resources as the endpoints print them, by version."""
    form = Format.ENDPOINT if version.refinement else Format.PRE
    return [to_json(item, form) for item in items]


def written_inside(items: Iterable[Resource], version: Version) -> list[Json]:
    """Resources as messages print them: in tasks, offers, agent infos and operations."""
    form = Format.POST if version.refinement else Format.PRE
    return [to_json(item, form) for item in items]


def by_role(items: Iterable[Resource]) -> dict[str, list[Resource]]:
    """Reserved items by the role of the top of their stack."""
    found: dict[str, list[Resource]] = {}
    for item in items:
        if item.stack:
            found.setdefault(item.role, []).append(item)
    return found


def reserved_summary(items: Iterable[Resource], viewer: Viewer) -> Json:
    """Role -> sums, the roles that may not be seen left out."""
    return {role: summary(own) for role, own in by_role(items).items() if viewer.role(role)}


def agent_v0(view: View, viewer: Viewer) -> Json:
    """What /state and /slaves have in common."""
    agent, version = view.agent, viewer.version
    shown: Json = {"id": agent.id, "hostname": agent.hostname}
    if version.since(1, 2):
        shown["port"] = agent.port
    shown |= {"attributes": agent.attributes, "pid": agent.pid, "registered_time": view.registered}
    if view.reregistered is not None:
        shown["reregistered_time"] = view.reregistered
    shown |= {
        "resources": summary(view.total),
        "used_resources": summary(view.used),
        "offered_resources": summary(view.offered),
        "reserved_resources": reserved_summary(view.total, viewer),
        "unreserved_resources": summary(item for item in view.total if not item.stack),
        "active": view.active,
    }
    if version.since(1, 9):
        shown["deactivated"] = view.deactivated
    shown["version"] = str(agent.version)
    if version.since(1, 3):
        shown["capabilities"] = list(agent.capabilities)
    if view.drain is not None:
        shown["drain_info"] = {"state": view.drain["state"], "config": view.drain["config"]}
        shown["estimated_drain_start_time_seconds"] = view.drain["since"]
    return shown


def slave(view: View, viewer: Viewer) -> bytes:
    """One element of /slaves, as JSON."""
    key = ("slave", viewer.key)
    if (known := view.shown.get(key)) is None:
        shown = agent_v0(view, viewer)
        version = viewer.version
        shown["reserved_resources_full"] = {
            role: written(viewer.resources(own), version)
            for role, own in by_role(view.total).items()
            if viewer.role(role)
        }
        if version.since(1, 4):
            shown["unreserved_resources_full"] = written((item for item in view.total if not item.stack), version)
        shown["used_resources_full"] = written(viewer.resources(view.used), version)
        shown["offered_resources_full"] = written(viewer.resources(view.offered), version)
        known = view.shown[key] = msgspec.json.encode(shown)
    return known


def recovered_v0(agent: Agent) -> Json:
    """An agent that the registry knows and that has not come back yet."""
    return {"id": agent.id, "hostname": agent.hostname, "port": agent.port, "attributes": agent.attributes}


def task_counts(leader: Leader, view: View, viewer: Viewer) -> Json:
    """The counts by state of an agent's tasks, and whose they are."""
    counts: Json = dict.fromkeys(TASK_STATES, 0)
    if not viewer.version.since(1, 2):
        del counts["TASK_UNREACHABLE"]
    owners = []
    for framework in leader.frameworks.values():
        mine = [task for task in framework.tasks.values() if task.agent_id == view.agent.id]
        for task in mine:
            counts[task.state] = counts.get(task.state, 0) + 1
        if mine and viewer.framework(framework):
            owners.append(framework.info.id)
    return {**counts, "framework_ids": owners}


def attributes(agent: Agent) -> list[Json]:
    """Attributes as messages show them."""
    return [{"name": name, "type": "TEXT", "text": {"value": value}} for name, value in agent.attributes.items()]


def agent_info(agent: Agent, resources: list[Json], *, checkpoint: bool) -> Json:
    """AgentInfo, with the resources that the agent was started with."""
    info: Json = {"hostname": agent.hostname, "port": agent.port, "resources": resources}
    if agent.attributes:
        info["attributes"] = attributes(agent)
    info["id"] = {"value": agent.id}
    if checkpoint:
        info["checkpoint"] = True
    return info


def info_v1(agent: Agent, viewer: Viewer, *, recovered: bool = False) -> Json:
    """AgentInfo as v1 shows it; of a recovered agent, up to 1.4, as the registry has it."""
    static = viewer.resources(agent.static)
    if recovered and not viewer.version.since(1, 5):
        resources = [to_json(item, Format.PRE) for item in static]
    else:
        resources = written_inside(static, viewer.version)
    return agent_info(agent, resources, checkpoint=viewer.version.since(1, 10))


def agent_v1(view: View, viewer: Viewer) -> bytes:
    """One element of GET_AGENTS, as JSON."""
    key = ("agent", viewer.key)
    if (known := view.shown.get(key)) is None:
        known = view.shown[key] = msgspec.json.encode(_agent_v1(view, viewer))
    return known


def _agent_v1(view: View, viewer: Viewer) -> Json:
    agent, version = view.agent, viewer.version
    shown: Json = {"agent_info": info_v1(agent, viewer), "active": view.active}
    if version.since(1, 9):
        shown["deactivated"] = view.deactivated
    shown |= {"version": str(agent.version), "pid": agent.pid, "registered_time": nanoseconds(view.registered)}
    if view.reregistered is not None:
        shown["reregistered_time"] = nanoseconds(view.reregistered)
    for name, items in (("total", view.total), ("allocated", view.used), ("offered", view.offered)):
        if items:
            shown[f"{name}_resources"] = written(viewer.resources(items), version)
    if version.since(1, 3) and agent.capabilities:
        shown["capabilities"] = [{"type": name} for name in agent.capabilities]
    providers = sorted({item.provider for item in view.total if item.provider is not None})
    if providers and version.since(1, 6):
        shown["resource_providers"] = [_provider(view, provider, viewer) for provider in providers]
    if view.drain is not None:
        shown["drain_info"] = {"state": view.drain["state"], "config": view.drain["config"]}
        shown["estimated_drain_start_time"] = {"nanoseconds": int(view.drain["since"]) * 1_000_000_000}
    return shown


def _provider(view: View, provider: str, viewer: Viewer) -> Json:
    own = [item for item in view.total if item.provider == provider]
    return {
        "resource_provider_info": {
            "id": {"value": provider},
            "type": "org.apache.mesos.rp.local.storage",
            "name": provider,
        },
        "total_resources": written_inside(viewer.resources(own), viewer.version),
    }


def registry_info(agent: Agent) -> Json:
    """What the registry keeps of an agent: always in the old format."""
    return agent_info(agent, [to_json(item, Format.PRE) for item in agent.static], checkpoint=True)


def listed(elements: Iterable[bytes]) -> msgspec.Raw:
    """A JSON list of elements that are JSON already."""
    return msgspec.Raw(b"[" + b",".join(elements) + b"]")


def encode(document: Any) -> bytes:
    """A document as JSON, keys in the order in which they were put."""
    return msgspec.json.encode(document)
