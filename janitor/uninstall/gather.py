"""Ask everything that an uninstall goes by: Marathon, Mesos, ZooKeeper, the scheduler. The answers are one `Seen`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.look import Wants
from janitor.dcos.marathon import App
from janitor.dcos.scheduler import NoSuchElement, SchedulerAway
from janitor.errors import BadAnswer, HttpStatus, NoAnswer, OutOfTime, Unreadable
from janitor.holdings.services import reservations
from janitor.mesos.cluster import Roll, Snapshot, Unknown
from janitor.uninstall.memory import Memory
from janitor.uninstall.recognise import places_of, recognise, to_be_told_apart
from janitor.uninstall.seen import Seen
from janitor.uninstall.service import Service, is_uninstalling
from janitor.uninstall.site import Site
from janitor.uninstall.situation import Choice, Way
from janitor.uninstall.ways import way_is_open, way_of

T = TypeVar("T")

PLAN = "deploy"
"""The uninstall's plan has the deployment's name (dcos-commons: UninstallPlanFactory)."""


def gather(site: Site, name: str, choice: Choice, memory: Memory, *, without_marathon: bool = False) -> Seen:
    """One look at the service. What was seen before says what is worth asking.

    without_marathon: a Marathon that does not answer ends nothing, which is for a look that nothing is done after.
    Raises UsageError for a name that means several services, and a way that it cannot go; and what the site raises.
    """
    # Apps before Mesos: when an uninstall ends in between, its app is still there, and nothing seems orphaned.
    apps = _apps(site) if without_marathon else site.apps()
    inventory = site.look(Wants(counts=False, tasks=True))
    seen = Seen(
        name,
        () if isinstance(apps, Unknown) else apps,
        inventory,
        reservations(inventory.snapshot.agents),
        reach=site.reach,
        no_apps=apps if isinstance(apps, Unknown) else None,
    )
    if (doubtful := to_be_told_apart(seen, memory)) is not None:
        seen = replace(seen, claimed=_asked(site.scheduler(doubtful.scheduler_name).framework_id))
    service = recognise(seen, memory).service
    seen = replace(seen, znodes=_znodes(site, inventory, places_of(service, memory, choice)))
    if way_is_open(service, memory) and service.uninstalls_itself:
        seen = replace(seen, dcos=site.dcos_version())
    way, _ = way_of(service, seen, memory, choice)
    # The plan after Mesos: a step is COMPLETE before its reservation is given back (see `stuck.judged`).
    if plan_is_asked(service, way):
        scheduler = site.scheduler(service.scheduler_name)
        return replace(seen, plan=_asked(lambda: scheduler.plan(PLAN)))
    if _pods_are_asked(service, way, memory, inventory.snapshot):
        return replace(seen, pods=_asked(site.scheduler(service.scheduler_name).pods))
    return seen


def _apps(site: Site) -> tuple[App, ...] | Unknown:
    """Every app; Unknown where Marathon does not answer, or not this user."""
    try:
        return site.apps()
    except (OutOfTime, Unreadable):
        raise
    except (NoAnswer, HttpStatus) as error:
        return Unknown(error.message, error.remedy)


def plan_is_asked(service: Service, way: Way) -> bool:
    """Whether its scheduler has an uninstall plan to show."""
    return way == "modern" and service.app is not None and is_uninstalling(service.app)


def _pods_are_asked(service: Service, way: Way, memory: Memory, snapshot: Snapshot) -> bool:
    """Whether it may have pods on agents that are away, while its scheduler can still tell: before its uninstall."""
    app = service.app
    if way != "modern" or app is None or is_uninstalling(app) or "start" in memory.done:
        return False
    return _agents_are_away(snapshot)


def _agents_are_away(snapshot: Snapshot) -> bool:
    """Whether an agent does not answer, or the cluster should have some, or had some, that are not registered."""
    roll = snapshot.roll
    missing = not isinstance(roll, Roll) or roll.unreachable or roll.gone or snapshot.recovered
    return bool(missing) or not all(agent.served for agent in snapshot.agents)


def _znodes(site: Site, inventory: Inventory, places: Iterable[str]) -> tuple[tuple[str, bool | Unknown], ...]:
    """Look at these in order, up to the first that exists, or of which that cannot be told."""
    seen: list[tuple[str, bool | Unknown]] = []
    for place in places:
        view = site.znode(inventory, "/" + place)
        exists = view.znode.exists if isinstance(view, ZnodeView) else view
        seen.append((place, exists))
        if exists is not False:
            break
    return tuple(seen)


def _asked(question: Callable[[], T]) -> T | Unknown:
    """The scheduler's answer; Unknown where it has none. Raises Unreadable for what no scheduler says."""
    try:
        return question()
    except Unreadable:
        raise  # a login page, or another program: asking again does not help
    except SchedulerAway as error:
        return Unknown(error.why)
    except (NoSuchElement, BadAnswer) as error:
        return Unknown(error.message)
