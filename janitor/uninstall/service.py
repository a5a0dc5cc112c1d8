"""Which service a name means: its app, its frameworks, its roles, principals and znode. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from janitor.dcos.marathon import App
from janitor.dcos.naming import Names, escape, names_of_service, near_names
from janitor.errors import UsageError
from janitor.mesos.cluster import Framework
from janitor.words import command

SDK_LABEL = "DCOS_COMMONS_UNINSTALL"
"""Present (with any value) where the scheduler can uninstall itself; Cosmos goes by it (cosmos: UninstallHandler)."""

UNINSTALLING = "SDK_UNINSTALL"
"""In the app's environment once its uninstall was started (dcos-commons: SchedulerConfig)."""

NOBODYS_ROLES = ("*", "slave_public")
"""Roles that a framework may be subscribed to and that are no service's: what is reserved there stays."""


class UnknownService(UsageError):
    """Nothing of this name is there."""


@dataclass(frozen=True, slots=True)
class Service:
    """A service and what belongs to it.

    name           as Marathon has it, without the leading slash: `kafka`, `prod/kafka`
    app            its scheduler's app, None when there is none (any more)
    framework_ids  of the frameworks that bear its name, registered or completed
    roles          every role it may hold reservations under, its own first
    principals     those that it reserves with, its framework's own first
    znode          the znode of its name, without the leading slash
    known_from     where roles and principals come from, for the operator
    """

    name: str
    app: App | None
    framework_ids: frozenset[str]
    roles: tuple[str, ...]
    principals: tuple[str, ...]
    znode: str
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

    @property
    def shared_roles(self) -> tuple[str, ...]:
        """Those of its roles that are not its own by their name: a group's, in which others reserve, too."""
        return tuple(role for role in self.roles if not self.owns(role))

    def owns(self, role: str) -> bool:
        """Whether the role is this service's alone by its name: NAME-role, also behind a pre-reserved role."""
        return role.rpartition("/")[2] == f"{escape(self.name)}-role"

    def holds(self, held: Reserved) -> bool:
        """Whether these reservations are the service's: by the role, the framework that they name, or the principal."""
        if held.role not in self.roles:
            return False
        if self.owns(held.role):
            return True
        if held.framework_id is not None:
            return held.framework_id in self.framework_ids
        return held.principal in self.principals


@dataclass(frozen=True, slots=True)
class Reserved:
    """Dynamic reservations as the cluster shows them: by role, principal and framework, how many items."""

    role: str
    principal: str | None
    framework_id: str | None
    items: int


def is_uninstalling(app: App) -> bool:
    """Whether the scheduler of this app was told to uninstall. Cosmos insists on a boolean; the SDK takes anything."""
    return UNINSTALLING in app.env


def identify(
    name: str, apps: Sequence[App], frameworks: Iterable[Framework], reserved: Iterable[Reserved], *, known: bool
) -> Service:
    """The service of this name.

    apps, frameworks, reserved: all that the cluster shows. known: something else tells that there is such a service
    (its znode, an earlier look). Raises UnknownService, with the names that come near, when nothing of this name is
    there, and UsageError when several apps go by it.
    """
    wanted = name.strip("/")
    if not wanted:
        raise UsageError("The service's name is empty.", remedy="Is a shell variable unset?")
    frameworks, reserved = tuple(frameworks), tuple(reserved)
    app = _app_of(wanted, apps)
    bare = app.id.strip("/") if app is not None else wanted
    called = {wanted, bare} | ({_framework_name(app).strip("/")} if app is not None else set()) - {""}
    named = [framework for framework in frameworks if framework.name.strip("/") in called]
    registered = [framework for framework in named if not framework.completed]
    by_rule = _by_rule(bare, app, named)
    own = f"{escape(bare)}-role"
    of_its_frameworks = [role for one in registered for role in one.roles if role not in NOBODYS_ROLES]
    held = [one for one in reserved if one.role.rpartition("/")[2] == own]
    roles = [*by_rule.roles, *of_its_frameworks] if app is not None else [*of_its_frameworks, *by_rule.roles]
    # Whoever reserved under the service's own role did so for it (Kafka 1.x: the package's principal).
    principals = [*(one.principal for one in registered), *by_rule.principals, *(one.principal for one in held)]
    if app is None and not named and not held and not known:
        raise unknown(name, apps, frameworks)
    return Service(
        name=bare,
        app=app,
        framework_ids=frozenset(framework.id for framework in named),
        roles=tuple(dict.fromkeys([*roles, *(one.role for one in held)])),
        principals=tuple(dict.fromkeys(principal for principal in principals if principal)),
        znode=by_rule.znode,
        known_from=_known_from(app, registered, held),
    )


def unknown(name: str, apps: Iterable[App], frameworks: Iterable[Framework]) -> UnknownService:
    """Nothing of this name is there: say so, and what comes near."""
    known = [app.id.strip("/") for app in apps] + [framework.name.strip("/") for framework in frameworks]
    near = near_names(name, (each for each in known if each not in ("", name.strip("/"))))
    remedy = (
        f"Did you mean {' or '.join(map(command, near))}?"
        if near
        else "See what there is: janitor service list --inactive"
    )
    return UnknownService(f"There is no service {name}: no app, no framework, no reservation, no znode.", remedy=remedy)


def _app_of(wanted: str, apps: Sequence[App]) -> App | None:
    """The app of this id, else the one that Admin Router knows by the name. Raises UsageError for several."""
    exact = next((app for app in apps if app.id.strip("/") == wanted), None)
    if exact is not None:
        return exact
    labelled = [app for app in apps if app.labels.get("DCOS_SERVICE_NAME", "").strip("/") == wanted]
    if len(labelled) > 1:
        ids = ", ".join(app.id for app in labelled)
        raise UsageError(f"{len(labelled)} apps go by the name {wanted}: {ids}.", remedy="Give the id of the one.")
    return labelled[0] if labelled else None


def _framework_name(app: App) -> str:
    """The name as the scheduler spells it, with or without a leading slash: the principal is made from that."""
    return app.env.get("FRAMEWORK_NAME") or app.labels.get("DCOS_PACKAGE_FRAMEWORK_NAME") or ""


def _by_rule(bare: str, app: App | None, named: Sequence[Framework]) -> Names:
    """What follows from the name and the app's environment; SDK services in folders are named with the slash."""
    spelled = _framework_name(app) if app is not None else ""
    spelled = spelled or (named[0].name if named else "") or (f"/{bare}" if "/" in bare else bare)
    return names_of_service(spelled, app.env if app is not None else None)


def _known_from(app: App | None, registered: Sequence[Framework], held: Sequence[Reserved]) -> str:
    sources = [("its app", app is not None), ("its framework", bool(registered)), ("its reservations", bool(held))]
    found = [source for source, there in sources if there]
    return " and ".join(found) if found else "the SDK's rules"
