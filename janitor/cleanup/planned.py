"""What will go, before anything is written: plain values for a view. Pure."""

from __future__ import annotations

from collections import Counter

from janitor.cleanup.decide import Decision
from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.job import Job
from janitor.cleanup.selection import Remaining
from janitor.events import Held, Planned
from janitor.mesos.cluster import Agent

MOST_NAMED = 20
"""Agents of which each volume is told; of very many the items are not decoded once more."""

_NOTHING = Remaining()


def planned(inventory: Inventory, decision: Decision, job: Job) -> Planned | None:
    """What a run removes that went on from this decision; None where it does not, or there is nothing."""
    if decision.blocked is not None:
        return None
    selection = decision.memory.selection
    agents = sorted(
        (agent for agent in inventory.snapshot.agents if decision.left.get(agent.id, _NOTHING).selected),
        key=lambda agent: (agent.host, agent.id),
    )
    sums: Counter[str] = Counter()
    for agent in agents:
        sums.update(selection.of(agent.id).thousandths)
    pins = [selection.of(agent.id) for agent in agents]
    znode = inventory.znode.znode if isinstance(inventory.znode, ZnodeView) else None
    there = znode is not None and znode.exists and decision.kept is None
    if not agents and not there:
        return None
    return Planned(
        agents=tuple(_held(agent, decision) for agent in agents[:MOST_NAMED]),
        agent_count=len(agents),
        reservations=sum(each.item_count for each in pins),
        volumes=sum(each.volume_count for each in pins),
        thousandths=dict(sums),
        znode=znode.path if znode is not None and there else "",
        nodes=znode.nodes if znode is not None and there else None,
        dry_run=job.dry_run,
    )


def _held(agent: Agent, decision: Decision) -> Held:
    pins = decision.memory.selection.of(agent.id)
    volumes = tuple(
        (item.volume_id or "", item.amount.counted / 1000) for item in decision.left[agent.id].selected.volumes
    )
    return Held(agent.id, agent.host, pins.thousandths, pins.item_count, volumes)
