"""Which service a name means: its app, its frameworks, its roles, principals and znode. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from janitor.dcos.marathon import App
from janitor.dcos.naming import UNINSTALLING, near_names, znode_of
from janitor.dcos.places import znodes_by_name, znodes_of
from janitor.errors import UsageError
from janitor.holdings.holding import Reserved
from janitor.holdings.services import NOBODYS_ROLES, Marks, Named, named
from janitor.mesos.cluster import Framework
from janitor.mesos.roles import service_of
from janitor.message import do
from janitor.words import called, command, did_you_mean, listed, own_command

SDK_LABEL = "DCOS_COMMONS_UNINSTALL"
"""Present (with any value) where the scheduler can uninstall itself; Cosmos goes by it (cosmos: UninstallHandler)."""


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
        """Those of its roles that are no single service's by their name: a group's, in which others reserve, too."""
        return tuple(role for role in self.roles if not self.owns(role) and service_of(role) is None)

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
    known = named(name, apps, frameworks, later)
    app, marks, by_rule = known.app, known.marks, known.rules
    held = [one for one in reserved if marks.hold(one)]
    of_frameworks = [role for one in known.frameworks for role in one.roles if role not in NOBODYS_ROLES]
    of_held = [one.role for one in held]
    roles = [*by_rule.roles, *of_frameworks, *of_held]
    if app is None:
        roles = [*of_frameworks, *of_held, *by_rule.roles]
    # Whoever reserved under the service's own role did so for it (Kafka 1.x: the package's principal).
    principals = [*known.principals, *(one.principal for one in held if one.principal)]
    places = znodes_of(app, known.spelled) if app is not None else ()
    return Service(
        name=known.name,
        app=app,
        framework_ids=marks.framework_ids,
        roles=tuple(dict.fromkeys(roles)),
        principals=tuple(dict.fromkeys(principals)),
        znode=places[0] if places else znode_of(known.spelled),
        known_from=_known_from(known, held),
        marks=marks,
        places=places or znodes_by_name(known.spelled),
        place_told=bool(places) or _is_sdks(known.name, marks, [*of_frameworks, *of_held], held),
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
    see = do("See what there is:", listing(reach))
    remedy = did_you_mean(map(command, near)) or see
    return UnknownService(
        f"There is no service {called(name)}: no app, no framework, no reservation, no znode.", remedy=remedy
    )


def framework_meant(word: str, frameworks: Sequence[Framework], reach: Iterable[str] = ()) -> Framework:
    """The framework of this id, or the only one of this name. Raises UsageError."""
    by_id = [one for one in frameworks if one.id == word]
    meant = by_id or [one for one in frameworks if one.name.strip("/") == word.strip("/")]
    if len(meant) == 1:
        return meant[0]
    if meant:
        ids = listed((f"{one.id} ({'active' if one.active else 'inactive'})" for one in meant), 20)
        raise UsageError(f"{len(meant)} frameworks are named {word}: {ids}.", remedy="Give the id of the one you mean.")
    near = near_names(word, [one.name for one in frameworks if one.name])
    remedy = did_you_mean(map(called, near)) or do("See what there is:", listing(reach))
    raise UsageError(f"There is no framework {word}.", remedy=remedy)


def listing(reach: Iterable[str]) -> str:
    """The command that shows every framework of the cluster that these options name."""
    return own_command(reach, "service", "list", "--inactive")


def _known_from(known: Named, held: Sequence[Reserved]) -> str:
    registered = any(not framework.completed for framework in known.frameworks)
    sources = [
        ("its app", known.app is not None),
        ("its framework", registered),
        ("its completed framework", bool(known.frameworks) and not registered),
        ("its reservations", bool(held)),
    ]
    found = [source for source, there in sources if there]
    return " and ".join(found) if found else "the SDK's rules"
