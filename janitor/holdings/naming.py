"""Whose a znode or a role is, by its name: which services it can belong to (rules O1, O2, O4, L5, L6, S4, S5). Pure.

The one place that says so: the guards of a clean-up, the sign of an earlier run, and a scan all ask here.
"""

from __future__ import annotations

from functools import lru_cache

from janitor.dcos.naming import SERVICE_PREFIX, SPARK, escape, role_of, znode_of
from janitor.mesos.roles import service_of


def plain(name: str) -> str:
    """The name of a service in the form in which two of them are compared: `/a/b`, `a/b` and `a__b` are one."""
    return escape(name.strip("/"))


def written(name: str) -> str:
    """The name as Marathon has it, without the leading slash: `a/b` of `a__b`."""
    return plain(name).replace("__", "/")


@lru_cache(maxsize=1024)  # a scan asks of every holding whether each znode is its service's
def names_of(path: str) -> tuple[str, ...]:
    """The names, as `plain` gives them, that the service of a `dcos-service-<name>` znode can have; none for others.

    The SDK drops one leading slash of a name and writes the others as `__` (SchedulerUtils); before 0.18 it left them,
    so that /a/b nests. What lies below a service's znode is counted as that service's, too.
    """
    components = path.strip("/").split("/")
    for index, component in enumerate(components):
        if component.startswith(SERVICE_PREFIX) and component != SERVICE_PREFIX:
            below = [component.removeprefix(SERVICE_PREFIX), *components[index + 1 :]]
            return tuple("__".join(below[:length]) for length in range(1, len(below) + 1))
    return ()


def service_of_znode(path: str) -> str | None:
    """The name of the service that keeps its state there; None where no rule tells it."""
    if names := names_of(path):
        return written(names[0])
    first, _, rest = path.strip("/").partition("/")
    if first == SPARK:
        return "spark"
    if first.startswith(SPARK):
        return first.removeprefix(SPARK).strip("_") or None
    if first == "universe" and rest:
        return rest.partition("/")[0]
    return None


def keeps_state(name: str, path: str) -> bool:
    """Whether a service of this name keeps its state there, as far as the name of the znode tells (rule O4)."""
    if names := names_of(path):
        return plain(name) in names
    service = service_of_znode(path)
    return service is not None and _flat(name) == _flat(service)


def _flat(name: str) -> str:
    """As the znodes of Spark's dispatchers have it: `_` for each slash of the name."""
    return plain(name).replace("__", "_")


def implied_by_znode(path: str, role: str) -> bool:
    """Whether a role is that of the service whose `dcos-service-NAME` is there, by its name (rule S5).

    That is NAME-role, and the same below a pre-reserved role: `slave_public/NAME-role` (dcos-commons: SchedulerUtils).
    """
    return service_of(role) in names_of(path)


def role_by_znode(path: str) -> str | None:
    """The role that a service has by the name of its `dcos-service-NAME`; None for other znodes."""
    names = names_of(path)
    return role_of(names[0]) if names else None


def znode_by_role(role: str) -> str:
    """The znode that a role implies: `dcos-service-kafka` of `kafka-role`, and of a role that is just `kafka` (S4)."""
    return znode_of(service_of(role) or role)
