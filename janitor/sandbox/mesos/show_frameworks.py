"""Frameworks as a master shows them, v0 and v1."""

from __future__ import annotations

from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.frameworks import Framework, Offer
from janitor.sandbox.mesos.leader import Leader
from janitor.sandbox.mesos.show_agents import (
    TASK_STATES,
    attributes,
    nanoseconds,
    summary,
    written,
    written_inside,
)
from janitor.sandbox.mesos.show_tasks import task_v0
from janitor.sandbox.mesos.version import Version
from janitor.sandbox.mesos.viewer import Viewer

CAPABILITIES = ("MULTI_ROLE", "RESERVATION_REFINEMENT", "PARTITION_AWARE")
"""What the frameworks of the sandbox can do, where the master knows such things (1.4)."""


def _capabilities(framework: Framework, version: Version) -> list[str]:
    return list(CAPABILITIES) if framework.info.multi_role and version.refinement else []


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
    address = {"hostname": agent.hostname, "ip": agent.ip or agent.hostname, "port": agent.port}
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
