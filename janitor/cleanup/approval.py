"""Whether an approved plan may be followed (rule S6): it is this cluster's, and nothing grew or appeared. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from janitor import rules
from janitor.cleanup.approved import Approved
from janitor.cleanup.case import Case
from janitor.cleanup.inventory import ZnodeView
from janitor.cleanup.outcome import Blocked, refused
from janitor.cleanup.refusals import clean_command
from janitor.mesos.cluster import Roll
from janitor.message import Message, do
from janitor.words import called, counted, listed

MOST = 10
"""Changes that are named; the rest of them is counted."""


def outdated(case: Case) -> Blocked | None:
    """Why the plan that was approved is not followed; None where it may be, or where there is none.

    Until the first write the run is refused as a whole. After that, what appears is named and left (rule S2).
    """
    approved = case.job.approved
    if approved is None or case.memory.agents:
        return None
    elsewhere = _another_cluster(case, approved)
    if elsewhere:
        return refused(
            rules.S6,
            f"The plan is another cluster's: {elsewhere}",
            ("Name the cluster that it was saved on, or save a plan on this one.",),
        )
    changes = tuple(_changes(case, approved))
    if not changes:
        return None
    more = f" And {counted(len(changes) - MOST, 'more change')}." if len(changes) > MOST else ""
    said = " ".join(changes[:MOST])
    anew = do(
        "Save a new plan, and have that approved:",
        f"{clean_command(case.job)} --dry-run --save FILE",
    )
    what = Message("Something changed since the plan was saved, so nothing was removed.", f"{said}{more}")
    return refused(rules.S6, what, (anew,))


def _another_cluster(case: Case, approved: Approved) -> str:
    """What says that the plan is not for this cluster; "" for nothing.

    The name that masters have by their flag; and the ids of agents, of which no two clusters share one.
    """
    snapshot = case.snapshot
    name = snapshot.flags.cluster
    if name is not None and approved.cluster is not None and name != approved.cluster:
        return f"it was saved on {called(approved.cluster)}, and this is {called(name)}."
    known = {agent.id for agent in snapshot.agents} | {agent.id for agent in snapshot.recovered}
    if isinstance(snapshot.roll, Roll):
        known |= snapshot.roll.admitted | snapshot.roll.unreachable | snapshot.roll.gone
    if approved.pins and not known & approved.pins.keys():
        agents = listed(
            (f"{agent_id} on {host}" if host else agent_id for agent_id, host in sorted(approved.hosts.items())), 3
        )
        return f"it knows none of its agents ({agents})."
    return ""


def _changes(case: Case, approved: Approved) -> Iterator[str]:
    """What is more than the plan says, a sentence each."""
    for agent in case.snapshot.agents:
        left = case.left[agent.id]
        if left.new:
            yield f"Agent {agent.named} holds what the plan does not name: {listed(map(str, left.new))}."
        for one in left.excess:
            yield f"Agent {agent.named}: {one.item}: {one.why}"
    view = case.inventory.znode
    if isinstance(view, ZnodeView) and view.znode.exists and view.znode.czxid != approved.znode:
        when = "It was not there then" if not approved.znode else "It was deleted and created anew since"
        yield f"Znode {called(view.znode.path)} is another one. {when}."
