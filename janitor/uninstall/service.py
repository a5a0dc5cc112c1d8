"""Which service a name means: its app, its frameworks, its roles, principals and znode. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from janitor.dcos.marathon import App
from janitor.dcos.naming import UNINSTALLING, names_of_service, near_names, znode_of
from janitor.dcos.places import marathon_option, znodes_by_name, znodes_of
from janitor.errors import UsageError
from janitor.holdings.holding import Reserved
from janitor.holdings.services import Marks, marks_of
from janitor.mesos.cluster import Framework
from janitor.message import do
from janitor.words import called, command, did_you_mean, listed, own_command

SDK_LABEL = "DCOS_COMMONS_UNINSTALL"
"""Present (with any value) where the scheduler can uninstall itself; Cosmos goes by it (cosmos: UninstallHandler)."""

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
    znode          where it keeps its state in ZooKeeper, without the leading slash; see `places`
    known_from     where roles and principals come from, for the operator
    marks          what tells its reservations from those of others
    places         znodes that it may have by its app or its name, the likeliest first
    place_told     whether its app, its reservations or the operator tell that its znode is one of these; else they
                   are only what the known packages would call it
    """

    name: str
    app: App | None
    framework_ids: frozenset[str]
    roles: tuple[str, ...]
    principals: tuple[str, ...]
    znode: str
    known_from: str
    marks: Marks = field(default_factory=lambda: Marks("", frozenset(), frozenset()))
    places: tuple[str, ...] = ()
    place_told: bool = True

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
        return self.app.routed_name if self.app is not None else self.name

    @property
    def shared_roles(self) -> tuple[str, ...]:
        """Those of its roles that are not its own by their name: a group's, in which others reserve, too."""
        return tuple(role for role in self.roles if not self.owns(role))

    def owns(self, role: str) -> bool:
        """Whether the role is this service's alone by its name: NAME-role, also behind a pre-reserved role."""
        return self.marks.owns(role)


def is_uninstalling(app: App) -> bool:
    """Whether the scheduler of this app was told to uninstall. Cosmos insists on a boolean; the SDK takes anything."""
    return UNINSTALLING in app.env


def identify(
    name: str,
    apps: Sequence[App],
    frameworks: Iterable[Framework],
    reserved: Iterable[Reserved],
    *,
    later: frozenset[str] = frozenset(),
) -> Service:
    """The service of this name, as far as its app, its frameworks and its reservations tell.

    apps, frameworks, reserved: all that the cluster shows; later: ids of frameworks of its name that came later and are
    another service's. Raises UsageError when several apps go by the name. `unknown` is for who finds nothing of it.
    """
    wanted = name.strip("/")
    if not wanted:
        raise UsageError("The service's name is empty.", remedy="Is a shell variable unset?")
    frameworks, reserved = tuple(frameworks), tuple(reserved)
    app = _app_of(wanted, apps)
    bare = app.id.strip("/") if app is not None else wanted
    names = {wanted, bare} | ({_framework_name(app).strip("/")} if app is not None else set()) - {""}
    named = [framework for framework in frameworks if framework.name.strip("/") in names]
    own = [framework for framework in named if framework.id not in later]
    registered = [framework for framework in own if not framework.completed]
    completed = [framework for framework in own if framework.completed]
    spelled = _spelled(bare, app, own)
    by_rule = names_of_service(spelled, app.env if app is not None else None)
    # What a framework that is over reserved as is its service's as much as what the one of today does.
    principals = [one.principal for one in registered + completed if one.principal] + [*by_rule.principals]
    marks = marks_of(bare, named, frameworks, principals, later)
    held = [one for one in reserved if marks.hold(one)]
    of_frameworks = [role for one in registered + completed for role in one.roles if role not in NOBODYS_ROLES]
    of_held = [one.role for one in held]
    roles = [*by_rule.roles, *of_frameworks, *of_held]
    if app is None:
        roles = [*of_frameworks, *of_held, *by_rule.roles]
    # Whoever reserved under the service's own role did so for it (Kafka 1.x: the package's principal).
    principals += [one.principal for one in held if one.principal]
    places = znodes_of(app, spelled) if app is not None else ()
    return Service(
        name=bare,
        app=app,
        framework_ids=marks.framework_ids,
        roles=tuple(dict.fromkeys(roles)),
        principals=tuple(dict.fromkeys(principals)),
        znode=places[0] if places else znode_of(spelled),
        known_from=_known_from(app, registered, completed, held),
        marks=marks,
        places=places or znodes_by_name(spelled),
        place_told=bool(places) or _is_sdks(bare, marks, [*of_frameworks, *of_held], held),
    )


def _is_sdks(bare: str, marks: Marks, roles: Iterable[str], held: Iterable[Reserved]) -> bool:
    """Whether what is left tells a service of the SDK, whose znode is `dcos-service-NAME`.

    Its reservations have a label of its own; its role is NAME-role, or its group's (SDK 0.57 on DC/OS 2.0).
    """
    group = bare.partition("/")[0] if "/" in bare else None
    return any(one.sdk for one in held) or any(marks.owns(role) or role == group for role in roles)


def unknown(
    name: str, apps: Iterable[App], frameworks: Iterable[Framework], reach: Iterable[str] = ()
) -> UnknownService:
    """Nothing of this name is there: say so, and what comes near. reach: the options that name the cluster."""
    known = [app.id.strip("/") for app in apps] + [framework.name.strip("/") for framework in frameworks]
    near = near_names(name, (each for each in known if each not in ("", name.strip("/"))))
    see = do("See what there is:", own_command(reach, "service", "list", "--inactive"))
    remedy = did_you_mean(map(command, near)) or see
    return UnknownService(
        f"There is no service {called(name)}: no app, no framework, no reservation, no znode.", remedy=remedy
    )


def _app_of(wanted: str, apps: Sequence[App]) -> App | None:
    """The app of this id, else the one that Admin Router knows by the name. Raises UsageError for several."""
    exact = next((app for app in apps if app.id.strip("/") == wanted), None)
    if exact is not None:
        return exact
    labelled = [app for app in apps if app.labels.get("DCOS_SERVICE_NAME", "").strip("/") == wanted]
    if len(labelled) > 1:
        ids = listed(app.id for app in labelled)
        raise UsageError(
            f"{len(labelled)} apps go by the name {called(wanted)}: {ids}.", remedy="Give the id of the one."
        )
    return labelled[0] if labelled else None


def _framework_name(app: App) -> str:
    """The name as the scheduler spells it, with or without a leading slash: the principal is made from that."""
    return app.told_name or marathon_option(app, "framework_name")


def _spelled(bare: str, app: App | None, named: Sequence[Framework]) -> str:
    """The service's name as its scheduler has it; SDK services in folders are named with the slash."""
    told = _framework_name(app) if app is not None else ""
    return told or (named[0].name if named else "") or (f"/{bare}" if "/" in bare else bare)


def _known_from(
    app: App | None, registered: Sequence[Framework], completed: Sequence[Framework], held: Sequence[Reserved]
) -> str:
    sources = [
        ("its app", app is not None),
        ("its framework", bool(registered)),
        ("its completed framework", bool(completed) and not registered),
        ("its reservations", bool(held)),
    ]
    found = [source for source, there in sources if there]
    return " and ".join(found) if found else "the SDK's rules"
