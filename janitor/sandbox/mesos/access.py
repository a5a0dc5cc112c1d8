"""Who may ask, and what is hidden from whom (Mesos src/authorizer/local/authorizer.cpp)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from janitor.sandbox.mesos.frameworks import FrameworkInfo
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.roles import is_below
from janitor.sandbox.mesos.version import Version

_OBJECTS = {
    "view_roles": "roles",
    "view_frameworks": "users",
    "view_tasks": "users",
    "view_flags": "flags",
    "get_endpoints": "paths",
    "reserve_resources": "roles",
    "unreserve_resources": "reserver_principals",
    "create_volumes": "roles",
    "destroy_volumes": "creator_principals",
    "teardown_frameworks": "framework_principals",
    "mark_agents_gone": "agents",
    "drain_agents": "agents",
    "deactivate_agents": "agents",
    "reactivate_agents": "agents",
}
"""The field of each ACL that names what it is about."""


def _matches(value: str | None, entity: Mapping[str, Any], *, roles: bool) -> bool:
    """Whether an ACL is about `value` (None: anything); NONE is about everything, and forbids it."""
    if entity.get("type", "SOME") in ("ANY", "NONE"):
        return True
    names: Sequence[str] = entity.get("values") or []
    if value is None:
        return False
    return value in names or (roles and any(name.endswith("/%") and is_below(value, name[:-2]) for name in names))


@dataclass
class Access:
    """The users, the tokens and the ACLs of a cluster. Without users and tokens nobody is asked who they are."""

    users: dict[str, str] = field(default_factory=dict)
    """HTTP basic: name -> secret"""
    tokens: dict[str, str] = field(default_factory=dict)
    """DC/OS: token -> principal"""
    acls: dict[str, Any] = field(default_factory=dict)
    """In the form of Mesos's `--acls`; none means that everything is allowed."""

    @property
    def asks(self) -> bool:
        """Whether requests must say who they come from."""
        return bool(self.users or self.tokens)

    def principal(self, header: str | None) -> str | None:
        """Whom an `Authorization` header proves, or None."""
        scheme, _, rest = (header or "").partition(" ")
        if (header or "").startswith("token="):
            return self.tokens.get((header or "")[len("token=") :])
        if scheme != "Basic":
            return None
        try:
            name, secret = base64.b64decode(rest, validate=True).decode().split(":")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return None
        return name if self.users.get(name) == secret else None

    def challenge(self, realm: str) -> str:
        """The `WWW-Authenticate` of a 401 for `readonly` or `readwrite`."""
        return f'Basic realm="mesos-master-{realm}"'

    def may(self, principal: str | None, action: str, value: str | None) -> bool:
        """The first ACL whose subject and object match decides; none: `permissive`."""
        name = _OBJECTS[action]
        for rule in self.acls.get(action, []):
            subject, thing = rule.get("principals", {}), rule.get(name, {})
            if _matches(principal, subject, roles=False) and _matches(value, thing, roles=name == "roles"):
                return "NONE" not in (subject.get("type"), thing.get("type"))
        return bool(self.acls.get("permissive", True))

    def may_operate(self, principal: str | None, action: str, items: Sequence[Resource]) -> bool:
        """All items must pass."""
        return all(self.may(principal, action, _object(action, item)) for item in items)

    def sees_role(self, principal: str | None, role: str) -> bool:
        """VIEW_ROLE; nothing is said about `*`."""
        return role == "*" or self.may(principal, "view_roles", role)

    def sees_framework(self, principal: str | None, info: FrameworkInfo) -> bool:
        """VIEW_FRAMEWORK goes by the framework's user."""
        return self.may(principal, "view_frameworks", info.user)

    def sees_resource(self, principal: str | None, item: Resource, version: Version) -> bool:
        """Resources are hidden from 1.4 on: by every role of the stack, and by the role they are allocated to."""
        if not version.since(1, 4):
            return True
        seen = all(self.sees_role(principal, level.role) for level in item.stack)
        return seen and (item.allocated_to is None or self.sees_role(principal, item.allocated_to))

    def viewpoint(self, principal: str | None) -> str | None:
        """What two requests must share to be shown the same: nobody in particular when nothing is ever hidden."""
        return principal if self.acls else None


def _object(action: str, item: Resource) -> str | None:
    if action == "unreserve_resources":
        return item.stack[-1].principal if item.stack else None
    if action == "destroy_volumes":
        return (item.disk.principal if item.disk else None) or ""
    return item.role
