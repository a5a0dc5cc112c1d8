"""Which reservations are a service's: by the framework that they name, by who made them, by their role. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from janitor.dcos.marathon import App
from janitor.dcos.naming import Names, escape, names_of_service
from janitor.dcos.places import marathon_option
from janitor.errors import UsageError
from janitor.holdings.holding import Reserved, holdings
from janitor.mesos.cluster import Agent, Framework
from janitor.mesos.roles import service_of
from janitor.words import called, listed

NOBODYS_ROLES = ("*", "slave_public")
"""Roles that a framework may be subscribed to and that are no service's: what is reserved there stays."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What tells a service's reservations from those of others, in whatever role they are.

    name          of the service, as Marathon has it
    framework_ids of its frameworks, registered or completed
    principals    that it reserves with
    living        ids of registered frameworks that are not its own
    others        ids of all frameworks that are known not to be its own, completed ones included
    shared        its principals that frameworks of other names have, too: they tell nothing apart
    roles         those that its app and its frameworks have, by whatever names
    """

    name: str
    framework_ids: frozenset[str]
    principals: frozenset[str]
    living: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()

    def owns(self, role: str) -> bool:
        """Whether the role is this service's alone by its name: NAME-role, also behind a pre-reserved role."""
        return role.rpartition("/")[2] == f"{escape(self.name)}-role"

    def hold(self, held: Reserved) -> bool:
        """Whether these are the service's: by the framework, else by its own role, else by the principal alone.

        An id that no framework is known by says nothing: masters forget completed frameworks.
        """
        if held.framework_id in self.framework_ids:
            return True
        if self.owns(held.role):
            return held.framework_id not in self.living
        if held.framework_id in self.others or self._is_anothers(held.role):
            return False
        return held.principal in self.principals and held.principal not in self.shared

    def untold(self, held: Reserved) -> bool:
        """Whether they may be its own, and nothing tells: no framework is named, and a principal of several or none."""
        if held.framework_id is not None or self.hold(held) or self._is_anothers(held.role):
            return False
        return held.principal in self.shared or (held.principal is None and held.role in self.roles)

    def has_of_another_name(self, role: str) -> bool:
        """Whether the role is NAME-role of another name, which this service is known to have, as by FRAMEWORK_ROLE."""
        return service_of(role) is not None and role in self.roles and not self.owns(role)

    def _is_anothers(self, role: str) -> bool:
        """Whether it is the role of a service of another name, which this one is not known to have."""
        return service_of(role) is not None and role not in self.roles


def marks_of(
    name: str,
    own: Iterable[Framework],
    frameworks: Iterable[Framework],
    principals: Iterable[str],
    later: frozenset[str],
    roles: Iterable[str] = (),
) -> Marks:
    """The marks of a service. own: the frameworks of its name; later: ids of those among them that came later.

    roles: those that its app and its frameworks have.
    """
    ids = frozenset(framework.id for framework in own) - later
    rest = [framework for framework in frameworks if framework.id not in ids]
    principals = frozenset(principals)
    return Marks(
        name=name,
        framework_ids=ids,
        principals=principals,
        living=frozenset(framework.id for framework in rest if not framework.completed),
        others=frozenset(framework.id for framework in rest),
        shared=principals & {framework.principal for framework in rest if framework.id not in later},
        roles=frozenset(roles).difference(NOBODYS_ROLES),
    )


@dataclass(frozen=True, slots=True)
class Named:
    """What the name of a service means, as far as its app and its frameworks tell.

    name        as Marathon has it, without the leading slash
    app         its scheduler's, None where there is none
    frameworks  those that bear its name, the registered ones first
    spelled     the name as its scheduler has it
    rules       what a service of that name is called by the rules of the SDK
    principals  that it reserves with, its frameworks' own first
    """

    name: str
    app: App | None
    frameworks: tuple[Framework, ...]
    spelled: str
    rules: Names
    principals: tuple[str, ...]
    marks: Marks


def named(
    name: str, apps: Sequence[App], frameworks: Iterable[Framework], later: frozenset[str] = frozenset()
) -> Named:
    """The service of this name. apps, frameworks: all of the cluster; later: as in `marks_of`.

    The name is an app's id, what Admin Router knows an app by, or a framework's. Raises UsageError when it is empty,
    several apps go by it, or it is one app's and the framework of that name is another's.
    """
    wanted = name.strip("/")
    if not wanted:
        raise UsageError("The service's name is empty.", remedy="Is a shell variable unset?")
    frameworks = tuple(frameworks)
    app = _app_of(wanted, apps)
    bare = app.id.strip("/") if app is not None else wanted
    names = {wanted, bare} if app is None else _framework_names(app, {wanted, bare}, apps)
    bearing = [framework for framework in frameworks if framework.name.strip("/") in names]
    own = sorted((one for one in bearing if one.id not in later), key=lambda one: one.completed)
    spelled = _spelled(bare, app, own)
    rules = names_of_service(spelled, app.env if app is not None else None)
    # What a framework that is over reserved as is its service's as much as what the one of today does.
    principals = [one.principal for one in own if one.principal] + [*rules.principals]
    roles = [*rules.roles, *(role for one in own for role in one.roles)]
    marks = marks_of(bare, bearing, frameworks, principals, later, roles)
    return Named(bare, app, tuple(own), spelled, rules, tuple(dict.fromkeys(principals)), marks)


def _app_of(wanted: str, apps: Sequence[App]) -> App | None:
    """The app of this id, else the one that Admin Router knows by the name. Raises UsageError for several."""
    found = apps_of(wanted, apps)
    exact = next((app for app in found if app.id.strip("/") == wanted), None)
    if exact is not None:
        return exact
    if len(found) > 1:
        ids = listed(app.id for app in found)
        raise UsageError(
            f"{len(found)} apps go by the name {called(wanted)}: {ids}.", remedy="Give the id of the one that you mean."
        )
    return found[0] if found else None


def _framework_names(app: App, names: set[str], apps: Sequence[App]) -> set[str]:
    """The names that frameworks of this app may have: its own, but for those that another app is started as.

    names: what the app goes by. Raises UsageError where it does not tell what it is started as, and another app does.
    """
    own = _framework_name(app).strip("/")
    rest = [one for one in apps if one.id != app.id]
    taken = {name: other for name in sorted(names - {own}) if (other := told_by(name, rest)) is not None}
    if taken and not own:
        name, other = next(iter(taken.items()))
        raise UsageError(
            f"App {called(app.id)} goes by the name {called(name)}, and app {called(other.id)} is started as the "
            "framework of that name.",
            remedy=f"Give {called(other.id.strip('/'))} if you mean the framework. If you mean app {called(app.id)}, "
            "delete it in Marathon.",
        )
    return (names | {own}).difference(taken, ("",))


def apps_of(name: str, apps: Iterable[App]) -> list[App]:
    """The apps that go by a name, which has no leading slash: by their id, or by what Admin Router knows them by."""
    return [app for app in apps if name in (app.id.strip("/"), app.labels.get("DCOS_SERVICE_NAME", "").strip("/"))]


def told_by(name: str, apps: Iterable[App]) -> App | None:
    """The first app that is started as a framework of this name, whatever its id is; None where none is."""
    return next((app for app in apps if _framework_name(app).strip("/") == name.strip("/")), None)


def _framework_name(app: App) -> str:
    """The name as the scheduler spells it, with or without a leading slash: the principal is made from that."""
    return app.told_name or marathon_option(app, "framework_name")


def _spelled(bare: str, app: App | None, own: Sequence[Framework]) -> str:
    """The service's name as its scheduler has it; SDK services in folders are named with the slash."""
    told = _framework_name(app) if app is not None else ""
    return told or (own[0].name if own else "") or (f"/{bare}" if "/" in bare else bare)


def reservations(agents: Iterable[Agent]) -> tuple[Reserved, ...]:
    """Every dynamic reservation of the cluster, counted by what it says of its owner. Raises as `holdings` does."""
    return tuple(one for holding in holdings(agents) if holding.dynamic for one in holding.parts)
