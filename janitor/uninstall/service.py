"""Which service a name means: its app, its frameworks, its roles, principals and znode. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from janitor.dcos.marathon import App
from janitor.dcos.naming import escape, names_of_service, near_names
from janitor.errors import UsageError
from janitor.mesos.cluster import Framework

SDK_LABEL = "DCOS_COMMONS_UNINSTALL"
"""Present (with any value) where the scheduler can uninstall itself; Cosmos goes by it (cosmos: UninstallHandler)."""

UNINSTALLING = "SDK_UNINSTALL"
"""In the app's environment once its uninstall was started (dcos-commons: SchedulerConfig)."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service and what belongs to it.

    name           as Marathon has it, without the leading slash: `kafka`, `prod/kafka`
    app            its scheduler's app, None when there is none (any more)
    framework_ids  of the frameworks that bear its name, registered or completed
    roles          every role it may hold reservations under, its own first
    principals     those that it reserves with
    shared         its role is a group's: other services reserve under it, too
    known_from     where roles and principals come from, for the operator
    """

    name: str
    app: App | None
    framework_ids: frozenset[str]
    roles: tuple[str, ...]
    principals: tuple[str, ...]
    znode: str
    shared: bool
    known_from: str

    @property
    def app_id(self) -> str:
        return "/" + self.name

    @property
    def package(self) -> str | None:
        return self.app.labels.get("DCOS_PACKAGE_NAME") if self.app is not None else None

    @property
    def package_version(self) -> str | None:
        return self.app.labels.get("DCOS_PACKAGE_VERSION") if self.app is not None else None

    @property
    def uninstalls_itself(self) -> bool:
        return self.app is not None and SDK_LABEL in self.app.labels

    @property
    def scheduler_name(self) -> str:
        """Under which name Admin Router knows its scheduler."""
        label = self.app.labels.get("DCOS_SERVICE_NAME") if self.app is not None else None
        return (label or self.name).strip("/")


@dataclass(frozen=True, slots=True)
class Reserved:
    """Dynamic reservations as the cluster shows them: by role and principal, how many items."""

    role: str
    principal: str | None
    framework_id: str | None
    items: int


def is_uninstalling(app: App) -> bool:
    """Whether the scheduler of this app was told to uninstall. Cosmos insists on a boolean; the SDK takes anything."""
    return UNINSTALLING in app.env


def identify(
    name: str, apps: Sequence[App], frameworks: Iterable[Framework], reserved: Iterable[Reserved], *, znode: bool
) -> Service:
    """The service of this name.

    apps, frameworks, reserved: all that the cluster shows; znode: whether the znode of this name exists. Raises
    UsageError, with the names that come near, when nothing of this name is there.
    """
    wanted = name.strip("/")
    if not wanted:
        raise UsageError("The service's name is empty.", remedy="Is a shell variable unset?")
    frameworks, reserved = tuple(frameworks), tuple(reserved)
    app = next((app for app in apps if _bears(app, wanted)), None)
    named = [framework for framework in frameworks if framework.name.strip("/") == wanted]
    names = names_of_service(_framework_name(app, named) or wanted, app.env if app is not None else None)
    roles, principals, source = names.roles, names.principals, "its app" if app is not None else "the SDK's rules"
    registered = [framework for framework in named if not framework.completed]
    if app is None and registered:
        roles = tuple(
            dict.fromkeys([*(r for f in registered for r in f.roles if r not in ("*", "slave_public")), *roles])
        )
        principals = tuple(dict.fromkeys([*(f.principal for f in registered if f.principal), *principals]))
        source = "its framework"
    ids = frozenset(framework.id for framework in named)
    own_role = f"{escape(wanted)}-role"
    shared = roles[0].rpartition("/")[2] != own_role
    held = [one for one in reserved if one.role in roles or one.role.endswith("/" + own_role)]
    roles = tuple(dict.fromkeys([*roles, *(one.role for one in held)]))
    if not shared:  # whoever reserved under the service's own role did so for it (Kafka 1.x: the package's principal)
        principals = tuple(dict.fromkeys([*principals, *(one.principal for one in held if one.principal)]))
    if app is None and not named and not znode and not [one for one in held if not shared]:
        raise unknown(name, apps, frameworks)
    return Service(wanted, app, ids, roles, principals, names.znode, shared, source)


def unknown(name: str, apps: Iterable[App], frameworks: Iterable[Framework]) -> UsageError:
    """Nothing of this name is there: say so, and what comes near."""
    known = [app.id.strip("/") for app in apps] + [framework.name.strip("/") for framework in frameworks]
    near = near_names(name, (each for each in known if each))
    remedy = f"Did you mean {' or '.join(near)}?" if near else "See what there is: janitor service list"
    return UsageError(f"There is no service {name}: no app, no framework, no reservation, no znode.", remedy=remedy)


def _bears(app: App, wanted: str) -> bool:
    return app.id.strip("/") == wanted or app.labels.get("DCOS_SERVICE_NAME", "").strip("/") == wanted


def _framework_name(app: App | None, named: Sequence[Framework]) -> str | None:
    """The name as the scheduler spells it, with or without a leading slash: the principal is made from that."""
    if app is not None:
        return app.env.get("FRAMEWORK_NAME") or app.labels.get("DCOS_PACKAGE_FRAMEWORK_NAME")
    return named[0].name if named else None
