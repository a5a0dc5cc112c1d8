"""Where a service stands: a pure function of what one look brought, of what was seen before, and of the choice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from janitor.dcos.scheduler import Plan
from janitor.errors import Trouble
from janitor.holdings.holding import Reserved
from janitor.holdings.services import told_by
from janitor.holdings.stuck import StuckStep, judged
from janitor.mesos.cluster import Framework, Snapshot, Unknown
from janitor.message import all_of
from janitor.uninstall.lost import lost_agents
from janitor.uninstall.memory import Memory
from janitor.uninstall.missing import missing_agents
from janitor.uninstall.pods import away_pods
from janitor.uninstall.recognise import recognise
from janitor.uninstall.seen import Seen
from janitor.uninstall.service import Service, is_uninstalling, unknown
from janitor.uninstall.situation import Away, Choice, Situation, is_uninstall_plan
from janitor.uninstall.ways import way_of
from janitor.words import called


def situate(seen: Seen, memory: Memory, choice: Choice) -> Situation:
    """The situation now.

    Raises, at the first look, UsageError for a service that is not there or that is several, and Trouble when that
    cannot be told.
    """
    snapshot = seen.snapshot
    known = recognise(seen, memory)
    own = memory.own | frozenset(framework.id for framework in known.frameworks)
    service, znode = _with_znode(known.service, seen, memory, choice)
    held = tuple(one for one in seen.reserved if service.marks.hold(one))
    if memory.service is None:
        _check_there(service, seen, held, znode, choice)
    way, why_way = way_of(service, seen, memory, choice)
    plan = _plan(seen, memory)
    lost = lost_agents(choice, snapshot)
    stuck, given_up = _judged(plan, seen, service, lost, memory)
    seen_roles = memory.seen_roles | {one.role for one in held}
    complete = isinstance(plan, Plan) and plan.complete
    return Situation(
        service=service,
        way=way,
        why_way=why_way,
        snapshot=snapshot,
        frameworks=known.frameworks,
        strangers=known.strangers,
        shut_down=frozenset(one for one, leader in memory.shut_down.items() if leader == snapshot.leader.id),
        replaced=service.app is not None and not is_uninstalling(service.app) and memory.end_seen,
        plan=plan,
        complete_for=_how_long(memory.complete_since, seen.now) if complete else 0.0,
        stuck=stuck,
        given_up=tuple(given_up.values()),
        missing=missing_agents(snapshot, service.framework_ids, lost, given_up.values()),
        away_pods=away_pods(seen.pods, snapshot, own, lost) if isinstance(seen.pods, tuple) else (),
        moved_pods=memory.moved_pods,
        kept_pods=memory.kept_pods,
        replaced_for=_how_long(memory.moved_since, seen.now) if memory.moved_pods else 0.0,
        tasks=_running(snapshot, own),
        reserved=held,
        untold=tuple(one for one in seen.reserved if service.marks.untold(one)),
        seen_roles=seen_roles,
        hidden="" if seen_roles else _hidden(snapshot),
        znode=znode,
        done=memory.done,
        reach=seen.reach,
        no_apps=seen.no_apps,
        started_by=_started_by(service, known.frameworks, seen),
    )


def _started_by(service: Service, frameworks: Iterable[Framework], seen: Seen) -> str:
    if service.app is not None:
        return ""
    apps = (told_by(name, seen.apps) for name in (service.name, *(one.name for one in frameworks)))
    return next((app.id for app in apps if app is not None), "")


def _with_znode(service: Service, seen: Seen, memory: Memory, choice: Choice) -> tuple[Service, bool | Unknown]:
    """With the znode that is its own, and whether it exists. Which one it is, is settled once one is seen."""
    if choice.no_znode:
        return replace(service, place_told=True), False
    if choice.znode is not None:
        service = replace(service, places=(choice.znode,), place_told=True)
    place, exists = next((one for one in seen.znodes if one[1] is not False), seen.znodes[0])
    settled = memory.place is not None or exists is True
    return replace(service, znode=place, place_told=service.place_told or settled), exists


def _check_there(
    service: Service, seen: Seen, held: tuple[Reserved, ...], znode: bool | Unknown, choice: Choice
) -> None:
    """Raise UsageError when there is no such service, and Trouble when that cannot be told."""
    named = choice.znode is not None or choice.no_znode  # who knows its znode knows the service
    if service.app is not None or service.framework_ids or held or znode is True or named:
        return
    error = unknown(seen.name, seen.apps, seen.snapshot.frameworks, seen.reach)
    hidden = _hidden(seen.snapshot)
    unread = next((one for one in (znode, seen.no_apps) if isinstance(one, Unknown)), None)
    untold = hidden or (unread.why if unread is not None else "")
    if not untold:
        raise error
    remedy = unread.remedy if unread is not None and not hidden else None
    raise Trouble(
        f"It is not known whether there is a service {called(seen.name)}",
        why=untold,
        remedy=all_of((error.remedy, remedy)) or "Use credentials that may see all of it.",
    )


def _plan(seen: Seen, memory: Memory) -> Plan | Away | None:
    """The uninstall plan, where the scheduler has begun one."""
    if isinstance(seen.plan, Unknown):
        return Away(seen.plan.why, _how_long(memory.away_since, seen.now))
    return seen.plan if seen.plan is not None and is_uninstall_plan(seen.plan) else None


def _judged(
    plan: Plan | Away | None, seen: Seen, service: Service, lost: frozenset[str], memory: Memory
) -> tuple[tuple[StuckStep, ...], Mapping[str, StuckStep]]:
    """(the steps that are not COMPLETE, resource_id -> the step that was given up, by this run or one before it)."""
    if not isinstance(plan, Plan):
        return (), memory.given_up
    stuck, given_up = judged(plan, seen.snapshot, service.roles, lost)
    return stuck, {**memory.given_up, **{one.resource_id: one for one in given_up}}


def _how_long(since: float | None, now: float) -> float:
    """For how many seconds it has been so, at every look."""
    return 0.0 if since is None else now - since


def _hidden(snapshot: Snapshot) -> str:
    """What this view hides of an agent, in words; "" for nothing (rule L5)."""
    if (hidden := snapshot.hiding()) is None:
        return ""
    agent, more = hidden
    return f"this view is filtered: agent {agent.named} has {more} more than is shown."


def _running(snapshot: Snapshot, own: frozenset[str]) -> int | Unknown:
    """How many tasks of these frameworks have not ended; a framework that is completed has none by definition."""
    if isinstance(snapshot.tasks, Unknown):
        return snapshot.tasks
    completed = frozenset(framework.id for framework in snapshot.frameworks if framework.completed)
    return sum(
        not task.ended for task in snapshot.tasks if task.framework_id in own and task.framework_id not in completed
    )
