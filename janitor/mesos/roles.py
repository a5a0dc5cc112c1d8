"""How roles are named (mesos: src/common/roles.cpp)."""

from __future__ import annotations

from collections.abc import Iterable

from janitor.errors import UsageError

_FORBIDDEN = "\t\n\v\f\r \x7f"


def check_role(role: str) -> str:
    """The role, when a master can know it. Raises UsageError in Mesos's own terms when it cannot."""
    if role == "*":
        return role
    if role == "":
        raise UsageError("The role is empty.")
    if role.startswith("/") or role.endswith("/"):
        raise UsageError(f"Role {role!r} cannot start or end with a slash.")
    for part in role.split("/"):
        if part == "":
            raise UsageError(f"Role {role!r} cannot contain two adjacent slashes.")
        if part in (".", "..", "*"):
            raise UsageError(f"Role {role!r} cannot include {part!r} as a component.")
        if part.startswith("-"):
            raise UsageError(f"Role component {part!r} cannot start with a dash.")
        if any(char in _FORBIDDEN for char in part):
            raise UsageError(f"Role component {part!r} contains white space.")
    return role


def related(role: str, other: str) -> bool:
    """Whether one of two different roles refines the other (`a/b` refines `a`; `ab` does not)."""
    return role != other and (role.startswith(other + "/") or other.startswith(role + "/"))


def offered(role: str, roles: Iterable[str]) -> str | None:
    """Through which of its roles a framework is offered what is reserved for `role`: that role, or one below it.

    None where it is not (mesos: Resources::isAllocatableTo).
    """
    roles = tuple(roles)
    return role if role in roles else next((one for one in roles if one.startswith(role + "/")), None)


def service_of(role: str) -> str | None:
    """NAME of a role of the form NAME-role, also behind a pre-reserved role as in `slave_public/NAME-role`."""
    last = role.rpartition("/")[2]
    name = last.removesuffix("-role")
    return name if name and name != last else None
