"""What an SDK service is called where: its role, principal and znode follow from its name (facts of dcos-commons).

Pure. Sources: dcos-commons SchedulerUtils (escaping, znode), FrameworkConfig (roles, principal).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from janitor.words import near

SERVICE_PREFIX = "dcos-service-"
"""How the znode of an SDK service begins (dcos-commons: SchedulerUtils)."""

SPARK = "spark_mesos_dispatcher"
"""The znode of a Spark dispatcher called `spark`; others have a suffix (spark-build: service/spark/run)."""

UNINSTALLING = "SDK_UNINSTALL"
"""In the app's environment once its uninstall was started (dcos-commons: SchedulerConfig)."""

GROUP_ROLE = "MARATHON_APP_ENFORCE_GROUP_ROLE"
ALLOCATION_ROLE = "MESOS_ALLOCATION_ROLE"
ROLE_MIGRATION = "ENABLE_ROLE_MIGRATION"
PRINCIPAL_VARIABLES = ("FRAMEWORK_PRINCIPAL", "SERVICE_PRINCIPAL", "DCOS_SERVICE_ACCOUNT", "SERVICE_ACCOUNT")
ROLE_VARIABLES = ("FRAMEWORK_ROLE", "SERVICE_ROLE")
PRE_RESERVED_VARIABLE = "FRAMEWORK_PRERESERVED_ROLES"


CLUSTERS_OWN = {"marathon": "dcos_marathon", "metronome": "dcos_metronome"}
"""The cluster's own frameworks, and their principals on DC/OS: what runs every other service is no service itself."""


@dataclass(frozen=True, slots=True)
class Names:
    """What a service is called: `roles` with the one for new reservations first, then those of a migration."""

    roles: tuple[str, ...]
    principals: tuple[str, ...]
    znode: str


def escape(name: str) -> str:
    """`/a/b/kafka` -> `a__b__kafka`: one leading slash dropped, the others doubled underscores (SDK since 0.18)."""
    return name.removeprefix("/").replace("/", "__")


def znode_of(name: str) -> str:
    return f"{SERVICE_PREFIX}{escape(name)}"


def role_of(name: str) -> str:
    return f"{escape(name)}-role"


def principal_of(name: str) -> str:
    """`/a/b/kafka` -> `/a/b/kafka-principal`: the principal keeps its slashes."""
    return f"{name}-principal"


def names_of_service(name: str, env: Mapping[str, str] | None = None) -> Names:
    """What a service of this name is called, by the scheduler's environment where it is known.

    A group role (SDK 0.57 and later on DC/OS 2.0 and later) is shared by every service of the group; a role migration
    leaves reservations under both roles.
    """
    env = env or {}
    own = next((env[key] for key in ROLE_VARIABLES if env.get(key)), role_of(name))
    group = _group_role(env)
    roles = [group] if group else [own]
    if group and env.get(ROLE_MIGRATION, "").lower() == "true":
        roles.append(own)
    roles += [f"{base.strip()}/{own}" for base in env.get(PRE_RESERVED_VARIABLE, "").split(",") if base.strip()]
    principals = [env[key] for key in PRINCIPAL_VARIABLES if env.get(key)] or [principal_of(name)]
    return Names(tuple(dict.fromkeys(roles)), tuple(dict.fromkeys(principals[:1])), znode_of(name))


def _group_role(env: Mapping[str, str]) -> str | None:
    """The group's role, when the scheduler registers with it."""
    role = env.get(ALLOCATION_ROLE, "")
    if not role:
        return None
    enforced = env.get(GROUP_ROLE, "").lower() == "true"
    return role if enforced or role != "slave_public" else None


def is_clusters_own(name: str, principal: str | None = None) -> bool:
    """Whether a framework is the cluster's own root Marathon, or Metronome: by its name, or by its principal."""
    return name.strip("/") in CLUSTERS_OWN or principal in CLUSTERS_OWN.values()


def near_names(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Every name like this one, nearest first: `kafak` -> `kafka`; also those that end in it, as `/prod/kafka`."""
    known = sorted(set(known))
    plain = {each.strip("/"): each for each in known}
    ending = [each for each in known if each.strip("/").rpartition("/")[2] == name.strip("/")]
    alike = [plain[match] for match in near(name.strip("/"), plain)]
    return tuple(dict.fromkeys(ending + alike))
