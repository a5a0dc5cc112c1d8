"""Whether the owner of a holding is still there. *Abandoned* is earned: what is not known for certain is *unknown*."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable

from janitor import rules
from janitor.dcos.marathon import App
from janitor.dcos.naming import SPARK, UNINSTALLING, znode_of
from janitor.dcos.places import znodes_of
from janitor.errors import Unreadable
from janitor.holdings.away import Away, may_hold_more, to_register
from janitor.holdings.holding import MOST_TASKS, Holding, Unread
from janitor.holdings.known import (
    KnownApp,
    Registered,
    all_holdings,
    by_service,
    ended,
    known_apps,
    other_marathons,
    registered,
    scheduler_name,
    unread,
)
from janitor.holdings.naming import implied_by_znode, keeps_state, plain, service_of_znode, written
from janitor.holdings.owners import SETTLED_AFTER, Owner, may_be
from janitor.holdings.plans import how_far
from janitor.holdings.signs import absent, ended_at, forgotten, past_owner, signs
from janitor.holdings.verdict import Judgement, Seen, StateNode, Verdict
from janitor.holdings.whose import kept_by_the_living, not_its_own
from janitor.mesos.cluster import Counts, Framework, Unknown
from janitor.mesos.roles import service_of
from janitor.message import Message
from janitor.numbers import moment
from janitor.words import called, counted, foreign, listed, span, utc


def judge(holding: Holding, seen: Seen) -> Judgement:
    """The verdict on one holding."""
    service = _service(holding, seen)
    name = plain(service) if service is not None else None
    frameworks = [one.framework for one in registered(seen) if _claims(one, holding, name)]
    over = _is_over(holding, seen)
    apps = [one.app for one in known_apps(seen) if _is_of(one, holding, service, over=over)]
    znode = _znode(service, apps, seen)
    alive = _alive(frameworks, apps, seen)
    if alive is not None:
        verdict, evidence = alive
        return Judgement(verdict, service, evidence, (), znode, _registered_since(frameworks))
    if all(not share.served for share in holding.shares):
        where = listed((share.host or share.agent_id for share in holding.shares), 5)
        return Judgement(Verdict.AGENTS_AWAY, service, (f"All its agents are away: {where}.",), (), znode)
    if not holding.dynamic:
        text = "The agents' own configuration reserves it (static): no service did, and none can give it back."
        return Judgement(Verdict.UNKNOWN, service, (text,), (), znode)
    missing = untold(seen) + tuple(one.why for one in unread(seen) if one.role == holding.role)
    if service is not None and isinstance(seen.znodes, Unknown):
        missing += (Message("Whether something is still connected to its znode.", seen.znodes.why),)
    if znode is not None:
        missing += _users(znode)
    if not over:
        missing += _unasked(seen)
        role = holding.role
        missing += _started_with(seen, f"role {called(role)}", lambda one: role in one.words)
        missing += _unregistered(holding, seen)
    missing += kept_by_the_living(holding, seen)
    if service is not None:
        missing += not_its_own(holding, service, seen)
    if len(holding.tasks) >= MOST_TASKS:
        missing += (f"Whether one of Marathon's apps still uses it: only {MOST_TASKS} of its tasks were looked at.",)
    if service is None:
        missing += ("Which service owned it: neither its role nor a framework tells the name of one.",)
    past = signs(holding, seen, znode)
    if not past:
        missing += ("Who reserved it: there is no sign of a service. An operator may have, ahead of time.",)
    verdict = Verdict.UNKNOWN if missing else Verdict.ABANDONED
    return Judgement(verdict, service, (*absent(seen), *past), missing, znode, ended_at(past_owner(holding, seen)))


def judge_znode(
    znode: StateNode, seen: Seen, of_holdings: Container[str] = (), before: Collection[Holding] = ()
) -> Judgement | None:
    """The verdict on a znode of which no holding is known; None where no rule tells whose it is.

    of_holdings: the paths at which services keep their state that hold something; None for these, too.
    before: what is removed before the znode is, so that it holds nothing by then.
    """
    if znode.path in of_holdings:
        return None
    name = service_of_znode(znode.path)
    if name is None:
        return None
    wanted, path = plain(name), znode.path.strip("/")
    named = [one.framework for one in registered(seen) if keeps_state(one.name, path)]
    apps = [
        one.app
        for one in known_apps(seen)
        if wanted in one.names or path in znodes_of(one.app, scheduler_name(one.app))
    ]
    alive = _alive(named, apps, seen)
    if alive is not None:
        verdict, evidence = alive
        return Judgement(verdict, name, evidence, (), znode, _registered_since(named))
    missing = (*untold(seen), *_users(znode), *_unasked(seen))
    missing += tuple(one.why for one in unread(seen) if one.role is not None)
    missing += _started_with(seen, called(path), lambda one: path in one.text)
    if path.startswith(SPARK):  # a dispatcher that is started by hand is called otherwise than its znode
        missing += tuple(
            f"Whether framework {called(one.framework.name)} ({called(one.framework.id)}) keeps its state there."
            for one in registered(seen)
            if "spark" in one.name.lower()
        )[:1]
    reserved = _still_reserved(znode, seen, before)
    roles, owners = frozenset(one.role for one in before), frozenset(one.owner for one in before)
    away = seen.once("away", lambda: Away.of(seen.snapshot))
    missing += (*reserved, *may_hold_more(away, roles, znode.path, owners))
    evidence = absent(seen) if reserved else (*absent(seen), f"No reservation is its service's ({called(name)}).")
    verdict = Verdict.UNKNOWN if missing else Verdict.ZNODE_ONLY
    past = [one for one in seen.snapshot.frameworks if one.completed and keeps_state(one.name, path)]
    return Judgement(verdict, name, evidence, missing, znode, ended_at(past[0]) if len(past) == 1 else None)


def _users(znode: StateNode) -> tuple[str, ...]:
    """What is missing to know of who uses the znode."""
    if znode.live is False:
        return ()
    why = "something is connected to it" if znode.live else "whether something is connected to it was not told"
    return (f"Who uses the znode {called(znode.path)}: {why}.",)


def _still_reserved(znode: StateNode, seen: Seen, before: Collection[Holding]) -> tuple[str, ...]:
    """The role that the znode's name implies holds something: a clean-up keeps the znode then (rule S5)."""
    held = (one for one in all_holdings(seen) if one.dynamic and implied_by_znode(znode.path, one.role))
    one = next((one for one in held if one not in before), None)
    if one is None:
        return ()
    whose = f"Whether the reservations of role {called(one.role)} are its service's: it is the role of that name"
    return (f"{whose}, and {called(str(one.owner))} holds something there (rule {rules.S5}).",)


def _unasked(seen: Seen) -> tuple[str, ...]:
    """Marathons that were not asked: what they run has no app in the one that was."""
    others = other_marathons(seen)
    return (f"Whether its app is in another Marathon, which was not asked: {listed(others)}.",) if others else ()


def _started_with(seen: Seen, what: str, names: Callable[[KnownApp], bool]) -> tuple[str, ...]:
    """The first app whose command or environment names it: it may use it, whatever it is called."""
    app = next((one.app for one in known_apps(seen) if names(one)), None)
    if app is None:
        return ()
    return (f"Whether app {called(app.id)} uses it: what it is started with names {what}.",)


def _unregistered(holding: Holding, seen: Seen) -> tuple[str, ...]:
    """A scheduler of which no framework is registered may be that of a framework that the master has forgotten."""
    if holding.framework_id is None or holding.framework_id in ended(seen):
        return ()
    app = next((one.app for one in known_apps(seen) if one.schedules and not one.lives), None)
    if app is None:
        return ()
    unknown = forgotten(holding.framework_id)
    return (
        f"Whether app {called(app.id)} is its scheduler: no framework of the app's name is registered, and {unknown}.",
    )


def _is_over(holding: Holding, seen: Seen) -> bool:
    """Whether the framework that all its reservations name is completed: no scheduler can ever have that id again."""
    return holding.labelled and holding.framework_id in ended(seen)


def judge_unread(holding: Holding, there: Iterable[Unread]) -> Judgement:
    """The verdict on what cannot be read."""
    return Judgement(Verdict.UNKNOWN, service_of(holding.role), (), tuple(one.why for one in there))


def untold(seen: Seen) -> tuple[str, ...]:
    """What this view of the cluster does not tell, a line each: with any of it nothing is called abandoned."""
    return seen.once("untold", lambda: _untold(seen))


def _untold(seen: Seen) -> tuple[str, ...]:
    snapshot = seen.snapshot
    missing: list[str] = []
    if isinstance(seen.apps, Unknown):
        missing.append(Message("Whether its app is in Marathon.", seen.apps.why))
    try:
        hidden = snapshot.hiding()
    except Unreadable as error:
        missing.append(error.message)
    else:
        if hidden is not None:
            who = f"agent {called(hidden[0].id)} has {foreign(hidden[1])} more than it shows"
            missing.append(f"What this view hides: {who} (rule {rules.L5}).")
    missing += (one.why for one in unread(seen) if one.role is None and one.why not in missing)
    counts = snapshot.counts
    if isinstance(counts, Unknown) or counts is None:
        why = counts.why if isinstance(counts, Unknown) else "/metrics/snapshot was not read."
        missing.append(f"Whether frameworks are hidden from this view: {why}")
    else:
        missing += _hidden_frameworks(counts, snapshot.frameworks)
    if awaited := to_register(snapshot):
        back = counted(len(awaited), "agent")
        missing.append(f"Which frameworks use {back} that did not register with this leader yet (rule {rules.L6}).")
    age = snapshot.leader.age
    if age is None:
        missing.append(f"When the leader was elected: a new one does not know its frameworks yet (rule {rules.O2}).")
    elif age < SETTLED_AFTER:
        missing.append(
            f"Whether its framework will still register: the leader was elected {age:.0f} s ago (rule {rules.O2})."
        )
    return tuple(missing)


def _hidden_frameworks(counts: Counts, frameworks: Iterable[Framework]) -> list[str]:
    registered = [framework for framework in frameworks if not framework.completed]
    active = sum(framework.active for framework in registered)
    missing = []
    if counts.frameworks_active is None or counts.frameworks_inactive is None:
        missing.append("Whether frameworks are hidden from this view: the master does not count them.")
    elif counts.frameworks_active > active:
        hidden = counts.frameworks_active - active
        missing.append(f"What {counted(hidden, 'hidden framework')} may hold: the master counts more than it shows.")
    elif counts.frameworks_inactive > len(registered) - active:
        missing.append("What a hidden framework that is not connected may hold: the master counts more than it shows.")
    return missing


def _claims(one: Registered, holding: Holding, service: str | None) -> bool:
    """Whether a registered framework may be the owner: by its id, its principal in the role, or what it holds.

    Where not every reservation names a framework, also by the name of the service, or of the role that is its own: its
    account may be another one than when it reserved. service: as `plain` gives it.
    """
    mine = (holding.role, holding.principal, holding.framework_id)
    if may_be(one.framework, holding.owner, holding.role) or mine in one.holds or one.framework.id in holding.holders:
        return True
    if holding.labelled:
        return False
    # What names no framework may be another one's, though it joined the one that is named.
    nameless = Owner(None, holding.principal)
    if may_be(one.framework, nameless, holding.role) or (holding.role, holding.principal, None) in one.holds:
        return True
    own = service_of(holding.role) is not None and holding.role in one.framework.roles
    return own or (service is not None and one.name == service)


def _service(holding: Holding, seen: Seen) -> str | None:
    """The name of its service: its framework's, else by the role's name, else of the app its tasks are of.

    What names no framework in a service's own role is that service's, whatever the framework is called that it joined.
    """
    by_id = seen.once("by id", lambda: {one.id: one.name.strip("/") for one in reversed(seen.snapshot.frameworks)})
    of_role = service_of(holding.role)
    if holding.framework_id is not None and by_id.get(holding.framework_id) and (holding.labelled or of_role is None):
        return by_id[holding.framework_id]
    if of_role is not None:
        return written(of_role)
    past = {
        one.name.strip("/")
        for one in seen.snapshot.frameworks
        if one.name and holding.role in one.roles and one.principal and one.principal == holding.principal
    }
    if len(past) == 1:
        return next(iter(past))
    tasks = {task.partition(".")[0].replace("_", "/") for task in holding.tasks}
    return next(iter(tasks)) if len(tasks) == 1 else None


def _is_of(one: KnownApp, holding: Holding, service: str | None, *, over: bool) -> bool:
    """Whether the holding may be this app's. over: as `_is_over` says; then the name alone makes only a scheduler so.

    What a scheduler that uninstalls itself has left behind is its own to the end, though its framework is gone.
    """
    if any(task.startswith(one.tasks) for task in holding.tasks):
        return True
    if holding.framework_id is not None and one.lives - {holding.framework_id}:
        return False  # its framework is registered, under another id than the one that the holding names
    if service is not None and plain(service) in one.names and (one.schedules or not over):
        return True
    if holding.role not in one.roles:
        return False
    # A role NAME-role is one service's, whatever accounts it has had; others are shared, and the account tells.
    return service_of(holding.role) is not None or holding.principal is None or holding.principal in one.principals


def _znode(service: str | None, apps: Iterable[App], seen: Seen) -> StateNode | None:
    """The znode of the service, where it is there."""
    if service is None or isinstance(seen.znodes, Unknown):
        return None
    znodes = seen.znodes
    by_path = seen.once("by path", lambda: {one.path.strip("/"): one for one in znodes})
    of_service = seen.once("by service", lambda: by_service(znodes))
    places = [*(place for app in apps for place in znodes_of(app, service)), znode_of(service)]
    return next((by_path[place] for place in places if place in by_path), of_service.get(plain(service)))


def _kept_until(framework: Framework, now: float | None) -> str:
    """Until when a master keeps what a framework holds that is disconnected: it never tells since when it is."""
    if not framework.failover_timeout > 0:
        return ""
    text = f" The master keeps what it holds for {span(framework.failover_timeout)} after that, its failover timeout"
    seen_last = framework.reregistered_at or framework.registered_at
    least = moment(seen_last + framework.failover_timeout) if seen_last is not None else None
    return f"{text}: at least until {utc(least)}." if least is not None and least > (now or 0.0) else f"{text}."


def _registered_since(frameworks: Iterable[Framework]) -> float | None:
    """Since when the owner that is there is registered: the first of them, where each tells."""
    known = [framework.registered_at for framework in frameworks]
    return min((one for one in known if one is not None), default=None) if None not in known else None


def _alive(frameworks: list[Framework], apps: list[App], seen: Seen) -> tuple[Verdict, tuple[str, ...]] | None:
    """In use, disconnected or uninstalling, with the evidence; None where nobody is there."""
    evidence: list[str] = []
    for framework in frameworks:
        state = "active" if framework.active else "inactive" if framework.connected else "disconnected"
        kept = "" if framework.active or framework.connected else _kept_until(framework, seen.snapshot.leader.asked_at)
        evidence.append(f"Framework {called(framework.name)} ({called(framework.id)}) is {state}.{kept}")
    uninstalls = [app for app in apps if UNINSTALLING in app.env]
    for app in apps:
        doing = "uninstalls itself" if app in uninstalls else f"is there, with {counted(app.tasks_running, 'task')}"
        evidence.append(f"App {called(app.id)} {doing}.{how_far(app, seen)}")
    if uninstalls:
        return Verdict.UNINSTALLING, tuple(evidence)
    if any(framework.active for framework in frameworks) or (apps and not frameworks):
        return Verdict.IN_USE, tuple(evidence)
    if frameworks:
        return Verdict.DISCONNECTED, tuple(evidence)
    return None
