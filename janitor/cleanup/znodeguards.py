"""What keeps the znode: another cluster's ensemble (Z2), life in it (O4), its service's reservations (S5). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from janitor import rules
from janitor.cleanup.asked import asked_on
from janitor.cleanup.awaited import Awaited
from janitor.cleanup.case import Case
from janitor.cleanup.inventory import ZnodeView
from janitor.cleanup.objection import LOOKS, Objection, untouched
from janitor.cleanup.outcome import Blocked, refused
from janitor.cleanup.refusals import uninstall_advice
from janitor.exits import Exit
from janitor.mesos.cluster import Framework, Unknown
from janitor.mesos.roles import implied_by_znode
from janitor.words import foreign, own_command
from janitor.zookeeper.paths import names_of

SESSION_TIMEOUT = 60.0
"""Seconds after which ZooKeeper has dropped the ephemerals of a session that ended (rule O4)."""


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
        return Blocked(rules.L4, Exit.FAILED, view.why + untouched(case), remedy)
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
            f"no more are looked at through {view.ensemble}.{untouched(case)}",
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


def _lives(framework: Framework) -> bool:
    return framework.active and not framework.completed


def part_of_a_service(case: Case) -> Blocked | None:
    """Rule S5: the role that the znode's name implies still holds dynamic reservations that were not selected.

    What is on an agent that never returns (rule L6) holds nothing up.
    """
    job = case.job
    if job.znode is None:
        return None
    for agent in case.snapshot.agents:
        if agent.id in case.given_up:
            continue
        for role in sorted(agent.roles):
            if not implied_by_znode(case.path, role):
                continue
            kept = case.left[agent.id].selected
            if role == job.role and len(kept.dynamic) == asked_on(agent, job).dynamic:
                continue
            selected = frozenset(kept)
            others = [item for item in agent.resources(role) if item.dynamic and item not in selected]
            if others:
                return Blocked(
                    rules.S5,
                    Exit.FAILED,
                    f"The znode {job.znode} stays: role {role} still holds reservations of its service, "
                    f"{others[0]} on agent {agent.named} for one.",
                    f"Clean that role, too: {own_command(job.reach, '-r', role, '-z', job.znode)}",
                )
    return None
