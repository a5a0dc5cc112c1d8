"""Roles as a master shows them, v0 and v1."""

from __future__ import annotations

from collections.abc import Iterable

from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.leader import Leader
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.roles import is_below
from janitor.sandbox.mesos.values import Scalar, in_json
from janitor.sandbox.mesos.viewer import Viewer


def _amounts(items: Iterable[Resource]) -> Json:
    """Quantities by name: of ranges and sets, how many. One amount is as it was sent, a sum is rounded."""
    sums: dict[str, Scalar] = {}
    for item in items:
        sums[item.name] = sums[item.name].plus(item.value.amount) if item.name in sums else item.value.amount
    return {name: in_json(amount.number) for name, amount in sorted(sums.items())}


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
