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
from janitor.holdings.naming import implied_by_znode, keeps_state
from janitor.mesos.cluster import Framework, Unknown
from janitor.message import Again, Message, do
from janitor.words import foreign, own_command

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
        message = Message(
            f"{view.ensemble} is not this cluster's.",
            f"the zk flag of the master at {leader.url} says that masters register there, and none is registered",
        )
    else:
        named = foreign(view.master_id, most=100)
        message = Message(
            f"{view.ensemble} belongs to another cluster.",
            f"its leading master is {named}, the master that was asked is {leader.id} at {leader.url}",
        )
    remedy = do("Name this cluster's own ZooKeeper:", Again("--zookeeper", "HOST:PORT")).also(
        "Or name that cluster's master:", Again("-m", "http://MASTER:5050/master/")
    )
    return Blocked(rules.Z2, Exit.REFUSED, message, remedy)


def live_znode(case: Case) -> Objection:
    """Rule O4: a live node under the znode, or an active framework of the name it stands for."""
    view = case.inventory.znode
    if isinstance(view, Unknown):
        remedy = view.remedy or do("When it can be read, run this again:", Again())
        return Blocked(rules.L4, Exit.FAILED, Message.of(view.why).followed(untouched(case)), remedy)
    if view is None or "live-znode" in case.job.overrides:
        return None
    path = view.znode.path
    framework = next((f for f in case.snapshot.frameworks if _lives(f) and keeps_state(f.name, path)), None)
    if framework is not None:
        return refused(
            rules.O4,
            Message(f"{path} belongs to a running service.", f"{framework.name} ({framework.id}) is active"),
            uninstall_advice(framework, case.job),
        )
    most = view.znode.too_many
    if most is not None:
        return Blocked(
            rules.O4,
            Exit.FAILED,
            Message(
                f"It is not known whether something still uses {path}.{untouched(case)}",
                f"it has more than {most} znodes, and no more are looked at through {view.ensemble}",
            ),
            do(
                "Ask ZooKeeper itself, from inside the cluster. It is quick with any number:",
                Again("--zookeeper", "HOST:PORT", without=["-e"]),
            ),
        )
    if view.znode.unread:
        places = _some(view.znode.unread)
        message = Message(f"It is not known whether something still uses {path}.", f"{places} could not be read")
        remedy = do("Give credentials that may read it:", Again("--zookeeper-auth-file", "FILE"))
        return Blocked(rules.O4, Exit.FAILED, message, remedy)
    if not view.znode.ephemerals or case.memory.ephemeral_since is None:
        return None
    places = _some(view.znode.ephemerals)
    if view.at - case.memory.ephemeral_since < SESSION_TIMEOUT:
        return Awaited(f"the session behind {places} to end", case.memory.ephemeral_since, SESSION_TIMEOUT)
    return Blocked(
        rules.O4,
        Exit.REFUSED,
        Message(f"Something still uses {path}.", f"{places} belongs to an open ZooKeeper session"),
        do("A scheduler or a broker still runs. Stop it (look in Marathon), then run this again:", Again()),
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
                    Message(
                        f"The znode {job.znode} stays.",
                        f"role {role} still holds reservations of its service, such as {others[0]} on agent "
                        f"{agent.named}",
                    ),
                    do("Clean that role, too:", own_command(job.reach, "-r", role, "-z", job.znode)),
                )
    return None
