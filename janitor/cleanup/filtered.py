"""Whether the view shows all that is there (rules L5 and L6). Pure."""

from __future__ import annotations

from collections.abc import Iterator

from janitor import rules
from janitor.cleanup.asked import asks_for_resources
from janitor.cleanup.awaited import Awaited
from janitor.cleanup.case import Case
from janitor.cleanup.objection import LOOKS, Objection, concerns_owners, untouched
from janitor.cleanup.outcome import Blocked
from janitor.exits import Exit
from janitor.holdings.naming import implied_by_znode, names_of
from janitor.mesos.cluster import Counts, Unknown
from janitor.message import Message


def filtered_reservations(case: Case) -> Objection:
    """Rule L5: something is hidden and nothing of the role is visible, so it cannot be told whether it is clean.

    The role is the one asked for, and the one that the znode's name implies: its reservations keep the znode (S5).
    """
    if "filtered-view" in case.job.overrides:
        return None
    unseen = _unseen(case)
    if not unseen:
        return None
    hidden = case.snapshot.hiding()
    if hidden is None:
        return None
    agent, text = hidden
    return Blocked(
        rules.L5,
        Exit.FAILED,
        Message(
            f"It is not known whether {unseen[0]} is clean.{untouched(case)}",
            f"this view of the cluster is filtered: agent {agent.named} has {text} more than is shown, and "
            f"nothing of {unseen[0]} is visible",
        ),
        "Use credentials that may see the role. On DC/OS the permissions are read on "
        f"dcos:mesos:master:framework:role:{case.job.role or 'ROLE'} and dcos:mesos:agent:framework:role:"
        f"{case.job.role or 'ROLE'}; on Mesos the ACL is view_roles.",
    )


def _unseen(case: Case) -> list[str]:
    """The roles that matter and of which nothing is visible, in words."""
    job = case.job
    # The selection of an approved plan is what somebody else saw: it shows nothing of what this view hides.
    seen = job.role_seen or (case.memory.role_seen if job.approved is not None else bool(case.selection.kinds))
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
    if "filtered-view" in case.job.overrides or not concerns_owners(case):
        return None
    counts = case.snapshot.counts
    remedy = (
        "Use credentials that may see all frameworks (the ACL view_frameworks; on DC/OS read on "
        "dcos:mesos:master:framework:role) and /metrics/snapshot (the ACL get_endpoints; on DC/OS read on "
        "dcos:mesos:master:endpoint:path:/metrics/snapshot)."
    )
    if isinstance(counts, Counts) and counts.frameworks_active is None:
        counts = Unknown("/metrics/snapshot does not tell master/frameworks_active.")
    if isinstance(counts, Unknown):
        message = f"It is not known whether frameworks are hidden from this view: {counts.why}{untouched(case)}"
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
