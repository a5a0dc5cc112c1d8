"""All that a scan asks: Mesos, Marathon, ZooKeeper, and the schedulers that uninstall. What fails is Unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol, TypeVar

from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.look import Wants
from janitor.dcos.marathon import App
from janitor.dcos.naming import UNINSTALLING
from janitor.dcos.scheduler import Plan, SchedulerAway
from janitor.errors import Interrupted, JanitorError
from janitor.events import View, Waiting
from janitor.holdings.known import service_of_znode
from janitor.holdings.verdict import Seen, StateNode
from janitor.mesos.cluster import Unknown
from janitor.patience import Patience
from janitor.words import called, counted, listed

T = TypeVar("T")

MOST_STEPS = 3
"""Steps of a plan that are named; the rest is counted."""


class SchedulerCalls(Protocol):
    """The one call to a scheduler that a scan makes."""

    def plan(self, name: str) -> Plan: ...


class Site(Protocol):
    """A cluster, from inside or through Admin Router. Every method raises JanitorError."""

    patience: Patience

    def look(self, wants: Wants) -> Inventory: ...

    def znode(self, inventory: Inventory, path: str) -> ZnodeView | Unknown: ...

    def znodes_beside(self, inventory: Inventory, path: str) -> tuple[str, ...]:
        """The paths, without the slash in front, of what is at the top of ZooKeeper and beside `path`."""

    def apps(self) -> tuple[App, ...]: ...

    def scheduler(self, name: str) -> SchedulerCalls: ...


def gather(site: Site, view: View) -> Seen:
    """Look at everything once.

    Raises JanitorError when Mesos cannot be read, the deadline passes, or a signal comes; all else is Unknown then.
    """
    inventory = site.look(Wants())
    apps = _or_unknown(site.apps)
    znodes = _or_unknown(lambda: _znodes(site, inventory, view))
    plans = {} if isinstance(apps, Unknown) else _plans(site, apps)
    return Seen(inventory.snapshot, apps, znodes, plans)


def _or_unknown(ask: Callable[[], T]) -> T | Unknown:
    try:
        return ask()
    except Interrupted:
        raise
    except JanitorError as error:
        return Unknown(error.in_a_line)


def _znodes(site: Site, inventory: Inventory, view: View) -> tuple[StateNode, ...]:
    """Every znode that may be a service's state, with what lives below it."""
    paths = [path for path in site.znodes_beside(inventory, "/universe/-") if service_of_znode(path) is not None]
    found = []
    since = site.patience.clock()
    for number, path in enumerate(paths):
        waited = site.patience.clock() - since
        view(Waiting(f"{counted(len(paths) - number, 'more znode')} to be read", waited, site.patience.at_most(waited)))
        seen = site.znode(inventory, f"/{path}")
        if isinstance(seen, Unknown):
            found.append(StateNode(path))
            continue
        unsure = bool(seen.znode.unread) or seen.znode.too_many is not None
        live = True if seen.znode.ephemerals else None if unsure else False
        if seen.znode.exists:
            found.append(StateNode(path, seen.znode.nodes, live))
    return tuple(found)


def _plans(site: Site, apps: Iterable[App]) -> dict[str, str]:
    """How far each uninstall is that is under way, by its scheduler's own word."""
    plans = {}
    for app in apps:
        if UNINSTALLING in app.env:
            plans[app.id] = _plan(site, app.routed_name)
    return plans


def _plan(site: Site, name: str) -> str:
    try:
        plan = site.scheduler(name).plan("deploy")
    except Interrupted:
        raise
    except SchedulerAway as error:
        return f"{error.message}."
    except JanitorError as error:
        return f"Its scheduler does not tell its plan: {error.message}"
    left = plan.left
    if not left:
        return f"Its plan is {called(plan.status)}."
    names = listed((f"{step.name} ({step.status})" for step in left), MOST_STEPS)
    return f"{len(left)} of {counted(len(plan.steps), 'step')} are left: {names}."
