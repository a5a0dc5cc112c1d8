"""Names of roles (Mesos src/common/roles.cpp)."""

from __future__ import annotations

from janitor.sandbox.mesos.version import Version

_BLANKS = "\t\n\v\f\r \x7f"


def mistake(role: str, version: Version) -> str | None:
    """Why `role` is no role, in the master's words; None when it is one."""
    if role == "*":
        return None
    if not version.since(1, 3):
        return _flat_mistake(role)
    if not role:
        return "Role names cannot be the empty string"
    if role.startswith("/"):
        return f"Role '{role}' cannot start with a slash"
    if role.endswith("/"):
        return f"Role '{role}' cannot end with a slash"
    for component in role.split("/"):
        if not component:
            return f"Role '{role}' cannot contain two adjacent slashes"
        if component in (".", "..", "*"):
            return f"Role '{role}' cannot include '{component}' as a component"
        if component.startswith("-"):
            return f"Role component '{component}' is invalid because it starts with a dash"
        if any(blank in component for blank in _BLANKS):
            return f"Role component '{component}' is invalid because it contains backspace or whitespace"
    return None


def _flat_mistake(role: str) -> str | None:
    """Before roles had levels."""
    if not role:
        return "Empty role name is invalid"
    if role in (".", ".."):
        return f"Role name '{role}' is invalid"
    if role.startswith("-"):
        return f"Role name '{role}' is invalid because it starts with a dash"
    if any(char in f"/{_BLANKS}" for char in role):
        return f"Role name '{role}' is invalid because it contains slash, backspace or whitespace"
    return None


def is_below(role: str, parent: str) -> bool:
    """Whether `role` is a strict sub-role of `parent`."""
    return role.startswith(f"{parent}/")
