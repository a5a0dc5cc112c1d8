"""What must be settled before anything is written: a view that shows all (L5), owners (O1 to O3), the znode (O4, Z2).

Each guard is pure and gives Blocked (stop, and why), Awaited (look again, and for what) or None (go on). They are asked
before the first write, in every round, and before the znode.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from janitor import rules
from janitor.cleanup.awaited import Awaited
from janitor.cleanup.case import Case
from janitor.cleanup.claims import SETTLED_AFTER, live_claims
from janitor.cleanup.inventory import ZnodeView
from janitor.cleanup.outcome import Blocked, refused
from janitor.cleanup.refusals import blocked_by_owner, shared_role, uninstall_advice
from janitor.cleanup.selection import asks_for_resources
from janitor.cleanup.typos import typing_mistake
from janitor.exits import Exit
from janitor.mesos.cluster import Counts, Framework, Recovered, Unknown
from janitor.mesos.roles import implied_by_znode, service_of
from janitor.words import foreign
from janitor.zookeeper.paths import names_of

LOOKS = 3
"""A difference that may be a race counts once it stays so many looks (rules L5 and Z2)."""

SESSION_TIMEOUT = 60.0
"""Seconds after which ZooKeeper has dropped the ephemerals of a session that ended (rule O4)."""


Objection = Blocked | Awaited | None


def first_objection(case: Case) -> Objection:
    """The first guard that does not let the run go on."""
    for guard in GUARDS:
        objection = guard(case)
        if objection is not None:
            return objection
    return None


def filtered_reservations(case: Case) -> Objection:
    """Rule L5: something is hidden and nothing of the role is visible, so it cannot be told whether it is clean.

    The role is the one asked for, and the one that the znode's name implies: its reservations keep the znode (S5).
    """
    if "filtered-view" in case.job.overrides:
        return None
    unseen = _unseen(case)
    if not unseen:
        return None
    hidden = next(((agent, text) for agent in case.snapshot.agents if (text := agent.hidden())), None)
    if hidden is None:
        return None
    agent, text = hidden
    return Blocked(
        rules.L5,
        Exit.FAILED,
        f"This view of the cluster is filtered: agent {agent.id} on {agent.host} has {text} more than is shown, and "
        f"nothing of {unseen[0]} is visible. Whether it is clean cannot be told.{_untouched(case)}",
        "Use credentials that may see the role. On DC/OS the permissions are read on "
        f"dcos:mesos:master:framework:role:{case.job.role or 'ROLE'} and dcos:mesos:agent:framework:role:"
        f"{case.job.role or 'ROLE'}; on Mesos the ACL is view_roles.",
    )


def _unseen(case: Case) -> list[str]:
    """The roles that matter and of which nothing is visible, in words."""
    job = case.job
    seen = job.role_seen or bool(case.selection.kinds)
    unseen = []
    if asks_for_resources(job) and not seen and not any(role == job.role for role in _visible(case)):
        unseen.append(f"role {job.role}")
    own = job.role is not None and implied_by_znode(case.path, job.role)
    if names_of(case.path) and not own and not any(implied_by_znode(case.path, role) for role in _visible(case)):
        unseen.append(f"the role of {job.znode}")
    return unseen


def _visible(case: Case) -> Iterator[str]:
    """The roles of which something is shown, agent by agent: of a large cluster it takes a while to read them all."""
    for agent in case.snapshot.agents:
        yield from (role for role, raw in agent.reserved.items() if bytes(raw) != b"[]")


def filtered_frameworks(case: Case) -> Objection:
    """Rule L5: the master counts more active frameworks than it shows, so an owner may be hidden."""
    if "filtered-view" in case.job.overrides or not _concerns_owners(case):
        return None
    counts = case.snapshot.counts
    remedy = (
        "Use credentials that may see all frameworks (the ACL view_frameworks; on DC/OS read on "
        "dcos:mesos:master:framework:role) and /metrics/snapshot."
    )
    if isinstance(counts, Counts) and counts.frameworks_active is None:
        counts = Unknown("/metrics/snapshot does not tell master/frameworks_active.")
    if isinstance(counts, Unknown):
        message = f"Whether frameworks are hidden from this view cannot be told: {counts.why}{_untouched(case)}"
        return Blocked(rules.L5, Exit.FAILED, message, remedy)
    if case.memory.hidden_looks >= LOOKS:
        message = "The master counts more active frameworks than this view shows: an owner may be hidden."
        return Blocked(rules.L5, Exit.FAILED, message, remedy)
    if case.memory.hidden_looks:
        return Awaited("the frameworks that the master counts to be shown", case.now)
    return None


def uncounted_agents(case: Case) -> Objection:
    """Rule L6: fewer active agents are shown than counted, and no registry tells; a difference that stays is left."""
    if 0 < case.memory.missing_looks < LOOKS:
        return Awaited("the agents that the master counts to be shown", case.now)
    return None


def settled_leader(case: Case) -> Objection:
    """Rule O2: a leader elected less than 60 s ago does not know its frameworks yet."""
    if not _concerns_owners(case) and typing_mistake(case) is None:
        return None
    leader = case.snapshot.leader
    seen = case.memory.leader_seen.get(leader.id, case.now)
    age = max(leader.age or 0.0, case.now - seen)
    if age >= SETTLED_AFTER or _convinced(case):
        return None
    since_when = f"elected {age:.0f} s ago" if leader.age is not None else "when it was elected cannot be told"
    what = f"the new leader at {leader.url} to know its frameworks ({since_when})"
    return Awaited(what, seen, SETTLED_AFTER - (leader.age or 0.0) + (case.now - seen))


def _convinced(case: Case) -> bool:
    """Marathon has no such app, or the znode is there without any live node.

    The znode of another service than the role's tells nothing about the role.
    """
    if isinstance(case.inventory.apps, frozenset):
        return not case.inventory.apps
    view = case.inventory.znode
    if isinstance(view, ZnodeView) and case.job.role is not None and service_of(case.job.role) is not None:
        path = view.znode.path
        if names_of(path) and not implied_by_znode(path, case.job.role):
            return False
    return isinstance(view, ZnodeView) and view.znode.exists and not view.znode.ephemerals and not view.znode.unread


def _untouched(case: Case) -> str:
    """What a refusal may say at the beginning, and not in a later round."""
    return "" if case.memory.agents else " Nothing was deleted."


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


def likely_typo(case: Case) -> Objection:
    """Rule S4. What an agent that is still to register holds may be just what was asked for."""
    blocked = typing_mistake(case)
    recovered = still_to_register(case)
    if blocked is not None and recovered:
        return Awaited(waits_for_recovered(recovered), case.now)
    return blocked


def right_ensemble(case: Case) -> Objection:
    """Rule Z2: the leader that the ensemble names must be the master that was looked at; none is not it, either."""
    view = case.inventory.znode
    if not isinstance(view, ZnodeView) or not case.memory.foreign_looks:
        return None
    if case.memory.foreign_looks < LOOKS:
        return Awaited(f"{view.ensemble} and the master to name the same leader", view.at)
    leader = case.snapshot.leader
    if view.master_id is None:
        message = (
            f"{view.ensemble} is not this cluster's: the zk flag of the master at {leader.url} says that masters "
            "register there, and none is registered."
        )
    else:
        named = foreign(view.master_id, most=100)
        message = (
            f"{view.ensemble} belongs to another cluster: its leading master is {named}, the master that was "
            f"asked is {leader.id} at {leader.url}."
        )
    remedy = "Name this cluster's own ensemble with --zookeeper HOST:PORT, or its master with -m."
    return Blocked(rules.Z2, Exit.REFUSED, message, remedy)


def live_znode(case: Case) -> Objection:
    """Rule O4: a live node under the znode, or an active framework of the name it stands for."""
    view = case.inventory.znode
    if isinstance(view, Unknown):
        remedy = "When it can be looked at, run this again: it goes on where this run ended."
        return Blocked(rules.L4, Exit.FAILED, view.why + _untouched(case), remedy)
    if view is None or "live-znode" in case.job.overrides:
        return None
    path = view.znode.path
    names = names_of(path)
    framework = next((f for f in case.snapshot.frameworks if _lives(f) and f.name in names), None)
    if framework is not None:
        return refused(
            rules.O4,
            f"Framework {framework.name} ({framework.id}) is active: {path} is the state of a running service.",
            uninstall_advice(framework, case.job),
        )
    most = view.znode.too_many
    if most is not None:
        return Blocked(
            rules.O4,
            Exit.FAILED,
            f"Whether something still lives under {path} cannot be told: it has more than {most} znodes, and "
            f"no more are looked at through {view.ensemble}.{_untouched(case)}",
            "Ask ZooKeeper itself, which is quick with any number: --zookeeper HOST:PORT, from inside the cluster.",
        )
    if view.znode.unread:
        places = _some(view.znode.unread)
        message = f"Whether something still lives under {path} cannot be told: {places} could not be read."
        return Blocked(rules.O4, Exit.FAILED, message, "Use --zookeeper-auth-file with credentials that may read it.")
    if not view.znode.ephemerals or case.memory.ephemeral_since is None:
        return None
    places = _some(view.znode.ephemerals)
    if view.at - case.memory.ephemeral_since < SESSION_TIMEOUT:
        return Awaited(f"the session behind {places} to end", case.memory.ephemeral_since, SESSION_TIMEOUT)
    return Blocked(
        rules.O4,
        Exit.REFUSED,
        f"Something still lives under {path}: {places} belongs to an open ZooKeeper session.",
        "A scheduler or a broker still runs; stop it (look in Marathon), then run this again.",
    )


def _some(paths: Sequence[str]) -> str:
    """The first of some znodes, for a message."""
    return ", ".join(foreign(path, most=200) for path in paths[:3])


def still_to_register(case: Case) -> tuple[Recovered, ...]:
    """The recovered agents that are waited for: all but those that never return, on the operator's word (rule L6)."""
    return tuple(
        agent for agent in case.snapshot.recovered if not {agent.id, agent.host} & frozenset(case.job.lost_agents)
    )


def waits_for_recovered(recovered: Sequence[Recovered]) -> str:
    """What a wait for these agents is called."""
    names = ", ".join(agent.host or agent.id for agent in recovered[:5])
    more = f" and {len(recovered) - 5} more" if len(recovered) > 5 else ""
    return f"{len(recovered)} agents to register with the new leader ({names}{more})"


def _lives(framework: Framework) -> bool:
    return framework.active and not framework.completed


def _concerns_owners(case: Case) -> bool:
    """Whether the absence of an owner would be used as evidence: something is selected, or a znode may go."""
    return case.job.znode is not None or bool(case.selection.kinds)


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
