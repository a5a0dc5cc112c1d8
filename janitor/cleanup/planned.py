"""What will go, before anything is written: plain values for a view. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from janitor.cleanup.asked import Items
from janitor.cleanup.decide import Decision
from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.job import Job
from janitor.cleanup.pins import Pins
from janitor.cleanup.selection import Remaining
from janitor.events import Held, Planned
from janitor.mesos.cluster import Agent
from janitor.words import in_order

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
        key=lambda agent: (in_order(agent.host), in_order(agent.id)),
    )
    sums: Counter[str] = Counter()
    for agent in agents:
        sums.update(_amounts(decision.left[agent.id].selected, selection.of(agent.id)))
    znode = inventory.znode.znode if isinstance(inventory.znode, ZnodeView) else None
    there = znode is not None and znode.exists and decision.kept is None
    if not agents and not there:
        return None
    return Planned(
        agents=tuple(_held(agent, decision) for agent in agents[:MOST_NAMED]),
        agent_count=len(agents),
        reservations=sum(len(decision.left[agent.id].selected) for agent in agents),
        volumes=sum(decision.left[agent.id].selected.volume_count for agent in agents),
        thousandths=dict(sums),
        znode=znode.path if znode is not None and there else "",
        nodes=znode.nodes if znode is not None and there else None,
        dry_run=job.dry_run,
    )


def _held(agent: Agent, decision: Decision) -> Held:
    selected = decision.left[agent.id].selected
    volumes = tuple((item.volume_id or "", item.amount.counted / 1000) for item in selected.volumes)
    amounts = _amounts(selected, decision.memory.selection.of(agent.id))
    return Held(agent.id, agent.host, amounts, len(selected), volumes)


def _amounts(selected: Items, pins: Pins) -> Mapping[str, int]:
    """Name of a resource -> how much of it goes. Decoded once more only where some of what was pinned stays (D2)."""
    if len(selected) == pins.item_count:
        return pins.thousandths
    sums: Counter[str] = Counter()
    for item in selected:
        sums[item.kind.name] += item.amount.counted
    return dict(sums)
