"""What the frameworks, apps and znodes of a cluster are known by: worked out once, for every holding that is judged."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from janitor.dcos.marathon import App
from janitor.dcos.naming import UNINSTALLING, names_of_service
from janitor.dcos.places import is_of_the_sdk, marathon_option
from janitor.holdings.holding import Holding, Unread, item_marks, key_of, readable_holdings
from janitor.holdings.naming import plain, service_of_znode
from janitor.holdings.verdict import Seen, StateNode
from janitor.mesos.cluster import Framework, Unknown

_WORD = re.compile(r"[^\s,;:=\"']+")


def all_holdings(seen: Seen) -> tuple[Holding, ...]:
    """Every holding of the cluster that can be read, with who holds some of it. Raises as `registered` does."""
    return _held(seen)[0]


def unread(seen: Seen) -> tuple[Unread, ...]:
    """What of the agents' reservations cannot be read (rule L4). Raises as `registered` does."""
    return _held(seen)[1]


def _held(seen: Seen) -> tuple[tuple[Holding, ...], tuple[Unread, ...]]:
    def every() -> tuple[tuple[Holding, ...], tuple[Unread, ...]]:
        held = {mark: one.framework.id for one in registered(seen) for mark in one.marks}
        return readable_holdings(seen.snapshot.agents, held)

    return seen.once("holdings", every)


def ended(seen: Seen) -> frozenset[str]:
    """The ids of the frameworks that are completed."""
    return seen.once("ended", lambda: frozenset(one.id for one in seen.snapshot.frameworks if one.completed))


@dataclass(frozen=True, slots=True)
class Registered:
    """A framework that is registered, its name as `plain` gives it, whose items it holds, and what marks them."""

    framework: Framework
    name: str
    holds: frozenset[tuple[str, str | None, str | None]]
    marks: frozenset[int]


def registered(seen: Seen) -> tuple[Registered, ...]:
    """Every framework that is registered. Raises Unreadable for one whose items cannot be read (rule L4)."""
    return seen.once(
        "registered", lambda: tuple(map(_holder, (f for f in seen.snapshot.frameworks if not f.completed)))
    )


def _holder(framework: Framework) -> Registered:
    holds: set[tuple[str, str | None, str | None]] = set()
    marks: set[int] = set()
    for item in framework.each_allocated():
        if item.kind.stack:
            key = key_of(item.top.role, item)
            holds.add((key.role, key.principal, key.framework_id))
            marks.update(item_marks(item))
    return Registered(framework, plain(framework.name), frozenset(holds), frozenset(marks))


@dataclass(frozen=True, slots=True)
class KnownApp:
    """What tells whether a holding is an app's.

    names   of its service, as `escape` writes them
    tasks   how the ids of its tasks begin
    lives   ids of the registered frameworks of its scheduler's name
    schedules  it looks like the scheduler of a framework, by what packages write or since it uninstalls itself
    text    all that it is started with: its command and its environment
    words   the words of that
    """

    app: App
    names: frozenset[str]
    tasks: str
    roles: frozenset[str]
    principals: frozenset[str]
    lives: frozenset[str]
    schedules: bool
    text: str
    words: frozenset[str]


def known_apps(seen: Seen) -> tuple[KnownApp, ...]:
    """Every app; none where Marathon could not be read."""

    def known() -> tuple[KnownApp, ...]:
        apps = () if isinstance(seen.apps, Unknown) else seen.apps
        ids: dict[str, set[str]] = {}
        for one in registered(seen):
            ids.setdefault(one.name, set()).add(one.framework.id)
        return tuple(_known(app, ids.get(plain(scheduler_name(app)), set())) for app in apps)

    return seen.once("apps", known)


def _known(app: App, lives: Iterable[str]) -> KnownApp:
    of = names_of_service(scheduler_name(app), app.env)
    text = "\n".join((app.cmd or "", *app.args, *app.env.values()))
    return KnownApp(
        app,
        names=frozenset(map(plain, (app.id, scheduler_name(app), app.labels.get("DCOS_SERVICE_NAME", "")))),
        tasks=app.id.strip("/").replace("/", "_") + ".",
        roles=frozenset(of.roles),
        principals=frozenset(of.principals),
        lives=frozenset(lives),
        schedules=bool(app.told_name) or UNINSTALLING in app.env or is_of_the_sdk(app),
        text=text,
        words=frozenset(_WORD.findall(text)),
    )


def other_marathons(seen: Seen) -> tuple[str, ...]:
    """Names of the Marathons whose apps were not read: all that are there but one, which was asked."""

    def others() -> tuple[str, ...]:
        names = {one.name for one in registered(seen) if "marathon" in one.name.lower()}
        asked = {"marathon"} if "marathon" in names else set(sorted(names)[:1])
        apps = () if isinstance(seen.apps, Unknown) else seen.apps
        packages = {
            plain(marathon_option(app, "framework_name") or scheduler_name(app))
            for app in apps
            if app.labels.get("DCOS_PACKAGE_NAME") == "marathon"
        }
        return tuple(sorted((names - asked) | packages))

    return seen.once("marathons", others)


def scheduler_name(app: App) -> str:
    """What its scheduler calls the service."""
    return app.told_name or app.labels.get("DCOS_SERVICE_NAME") or app.id.strip("/")


def by_service(znodes: Iterable[StateNode]) -> dict[str, StateNode]:
    """The first znode of each service whose place a rule tells, by the service's name as `plain` gives it."""
    found: dict[str, StateNode] = {}
    for one in znodes:
        if name := service_of_znode(one.path):
            found.setdefault(plain(name), one)
    return found
