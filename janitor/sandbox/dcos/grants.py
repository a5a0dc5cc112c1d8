"""The permissions of DC/OS Enterprise: what each route of Admin Router takes, and what Mesos's ACLs make of the rest.

Sources: the permissions reference of Enterprise security. A permission is written as `RID ACTION`.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

MESOS = "dcos:mesos:master:"
APPS = "dcos:service:marathon:marathon:services:"

_ROUTES = {
    "/mesos/": "ops:mesos",
    "/agent/": "ops:slave",
    "/slave/": "ops:slave",
    "/exhibitor/": "ops:exhibitor",
    "/package/": "package",
    "/cosmos/": "package",
    "/service/marathon/": "service:marathon",
    "/marathon/": "service:marathon",
    "/metadata": "ops:metadata",
}

_DELETES = {
    "unreserve_resources": ("reserver_principals", "reservation"),
    "destroy_volumes": ("creator_principals", "volume"),
    "teardown_frameworks": ("framework_principals", "framework"),
}
"""An ACL, the field of it that names principals, and the permission that it stands for."""


def of_route(path: str) -> str | None:
    """What a request to Admin Router takes; None for what everybody may ask for who is logged in."""
    for prefix, rid in _ROUTES.items():
        if path.startswith(prefix):
            return f"dcos:adminrouter:{rid} full"
    if path.startswith("/service/"):
        name = path.removeprefix("/service/").partition("/v1/")[0].strip("/")
        return f"dcos:adminrouter:service:{name} full"
    return None


def of_app(app_id: str, method: str) -> str:
    """What a request about an app takes of Marathon's own authorizer."""
    action = {"GET": "read", "DELETE": "delete"}.get(method, "update")
    return f"{APPS}/{app_id.strip('/')} {action}"


def as_acls(uid: str, granted: Collection[str]) -> dict[str, Any]:
    """The ACLs with which Mesos's own authorizer allows this user the same as DC/OS's does in strict mode.

    A framework is seen by who may see its role; here, where ACLs go by its user, by who may see any.
    """
    acls = {}
    roles = _named(granted, f"{MESOS}framework:role:", " read")
    acls["view_roles"] = _only(uid, "roles", roles)
    acls["view_frameworks"] = _only(uid, "users", ["root"] if roles else [])
    acls["get_endpoints"] = _only(uid, "paths", _named(granted, f"{MESOS}endpoint:path:", " read"))
    for acl, (field, thing) in _DELETES.items():
        acls[acl] = _only(uid, field, _named(granted, f"{MESOS}{thing}:principal:", " delete"))
    if f"{MESOS}flags read" not in granted:
        acls["view_flags"] = _only(uid, "flags", [])
    return acls


def _named(granted: Collection[str], prefix: str, action: str) -> list[str]:
    found = [one for one in granted if one.startswith(prefix) and one.endswith(action)]
    return [one.removeprefix(prefix).removesuffix(action) for one in found]


def _only(uid: str, field: str, values: list[str]) -> list[dict[str, Any]]:
    whose = {"values": [uid]}
    allowed = [{"principals": whose, field: {"values": values}}] if values else []
    return [*allowed, {"principals": whose, field: {"type": "NONE"}}]
