"""All that a scan asks: Mesos, Marathon, ZooKeeper, and the schedulers that uninstall. What fails is Unknown."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol, TypeVar

from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.look import Wants
from janitor.dcos.marathon import App
from janitor.dcos.naming import UNINSTALLING
from janitor.dcos.scheduler import Plan
from janitor.errors import Interrupted, JanitorError
from janitor.events import View, Waiting
from janitor.holdings.naming import service_of_znode
from janitor.holdings.verdict import Seen, StateNode
from janitor.mesos.cluster import Unknown
from janitor.patience import Patience
from janitor.words import counted

T = TypeVar("T")


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
        return Unknown(error.message, error.remedy)


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


def _plans(site: Site, apps: Iterable[App]) -> dict[str, Plan | Unknown]:
    """The plan of each uninstall that is under way."""
    return {app.id: _or_unknown(partial(_plan, site, app)) for app in apps if UNINSTALLING in app.env}


def _plan(site: Site, app: App) -> Plan:
    return site.scheduler(app.routed_name).plan("deploy")
