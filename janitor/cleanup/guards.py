"""What must be settled before anything is written: a view that shows all (L5), owners (O1 to O3), the znode (O4, Z2).

Each guard is pure and gives Blocked (stop, and why), Awaited (look again, and for what) or None (go on). They are asked
before the first write, in every round, and before the znode.
"""

from __future__ import annotations

from collections.abc import Callable

from janitor.cleanup.absent import still_to_register, waits_for_recovered
from janitor.cleanup.awaited import Awaited
from janitor.cleanup.case import Case
from janitor.cleanup.claims import live_claims
from janitor.cleanup.filtered import filtered_frameworks, filtered_reservations, uncounted_agents
from janitor.cleanup.inventory import ZnodeView
from janitor.cleanup.objection import Objection, concerns_owners
from janitor.cleanup.refusals import blocked_by_owner, shared_role
from janitor.cleanup.typos import typing_mistake
from janitor.cleanup.znodeguards import live_znode, right_ensemble
from janitor.holdings.naming import keeps_state, service_of_znode
from janitor.holdings.owners import SETTLED_AFTER
from janitor.mesos.roles import service_of


def first_objection(case: Case) -> Objection:
    """The first guard that does not let the run go on."""
    for guard in GUARDS:
        objection = guard(case)
        if objection is not None:
            return objection
    return None


def live_owner(case: Case) -> Objection:
    """Rule O1."""
    if "live-owner" in case.job.overrides:
        return None
    frameworks = case.snapshot.frameworks
    claims = live_claims(case.selection, frameworks, case.job)
    return blocked_by_owner(claims, case.selection, frameworks, case.job)


def unshared_role(case: Case) -> Objection:
    """Rule O3."""
    if "shared-role" in case.job.overrides:
        return None
    return shared_role(case.selection, case.snapshot.frameworks, case.job)


def settled_leader(case: Case) -> Objection:
    """Rule O2: a leader elected less than 60 s ago does not know its frameworks yet."""
    if not concerns_owners(case) and typing_mistake(case) is None:
        return None
    leader = case.snapshot.leader
    seen = case.memory.leader_seen.get(leader.id, case.now)
    age = max(leader.age or 0.0, case.now - seen)
    if age >= SETTLED_AFTER or _convinced(case):
        return None
    since_when = f"elected {age:.0f} s ago" if leader.age is not None else "its election time is not known"
    what = f"the new leader at {leader.url} to know its frameworks ({since_when})"
    return Awaited(what, seen, SETTLED_AFTER - (leader.age or 0.0) + (case.now - seen))


def _convinced(case: Case) -> bool:
    """Marathon has no such app, or the znode is there without any live node.

    The znode of another service than the role's tells nothing about the role.
    """
    if isinstance(case.inventory.apps, frozenset):
        return not case.inventory.apps
    view = case.inventory.znode
    service = service_of(case.job.role) if case.job.role is not None else None
    if isinstance(view, ZnodeView) and service is not None:
        path = view.znode.path
        if service_of_znode(path) is not None and not keeps_state(service, path):
            return False
    return isinstance(view, ZnodeView) and view.znode.exists and not view.znode.ephemerals and not view.znode.unread


def likely_typo(case: Case) -> Objection:
    """Rule S4. What an agent that is still to register holds may be just what was asked for."""
    blocked = typing_mistake(case)
    recovered = still_to_register(case)
    if blocked is not None and recovered:
        return Awaited(waits_for_recovered(recovered), case.now)
    return blocked


GUARDS: tuple[Callable[[Case], Objection], ...] = (
    right_ensemble,
    filtered_reservations,
    filtered_frameworks,
    uncounted_agents,
    live_owner,
    live_znode,
    settled_leader,
    unshared_role,
    likely_typo,
)
"""In the order in which they are asked: what is certain before what has to be waited for."""
