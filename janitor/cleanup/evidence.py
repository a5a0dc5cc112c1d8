"""What a look shows of the names that were asked for: evidence of a typing mistake, or against it (rule S4). Pure."""

from __future__ import annotations

from janitor.cleanup.asked import asks_for_resources
from janitor.cleanup.case import Case
from janitor.cleanup.inventory import ZnodeView
from janitor.holdings.holding import readable
from janitor.mesos.cluster import Snapshot, Unknown
from janitor.mesos.resources import Resource

MOST_COMMANDS = 5
"""Commands that one message lists before the rest is counted."""


def selects_nothing(case: Case) -> bool:
    """Whether a role was given, and nothing of it was selected at any time."""
    return asks_for_resources(case.job) and not case.selection.kinds


def items_of(snapshot: Snapshot, role: str) -> tuple[Resource, ...]:
    """What could be asked for of a role. A near name's that cannot be read is no evidence, and spoils nothing (L4)."""
    items = (item for agent in snapshot.agents for item in readable(agent, role))
    return tuple(item for item in items if item.dynamic or item.volume_id is not None)


def is_reserved(snapshot: Snapshot, role: str) -> bool:
    return any(agent.resources(role) for agent in snapshot.agents)


def roles_shown(snapshot: Snapshot) -> frozenset[str]:
    return frozenset(role for agent in snapshot.agents for role in agent.reserved)


def missing_znode(case: Case) -> ZnodeView | None:
    """The view of a znode that was not there from the first look on."""
    view = case.inventory.znode
    if isinstance(view, ZnodeView) and not view.znode.exists and not case.memory.root:
        return view
    return None


def beside(view: ZnodeView) -> tuple[str, ...]:
    return () if isinstance(view.beside, Unknown) else view.beside
