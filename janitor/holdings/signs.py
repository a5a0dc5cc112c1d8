"""What speaks for a past owner of a holding, and for none that is there, in words."""

from __future__ import annotations

import math

from janitor.holdings.holding import Holding
from janitor.holdings.owners import may_be
from janitor.holdings.verdict import Seen, StateNode
from janitor.mesos.cluster import Framework, Unknown
from janitor.words import called, listed


def absent(seen: Seen) -> tuple[str, ...]:
    """Who is not there, as far as that was looked at."""
    lines = ["No framework that could own it is registered."]
    if not isinstance(seen.apps, Unknown):
        lines.append("Marathon has no app of it.")
    return tuple(lines)


def forgotten(framework_id: str) -> str:
    """What is said of a framework of which only a label tells: a master forgets the completed ones."""
    return f"the master does not know framework {called(framework_id)}, which the label names"


def past_owner(holding: Holding, seen: Seen) -> Framework | None:
    """The first completed framework that may have been its owner."""
    past = (one for one in seen.snapshot.frameworks if one.completed and may_be(one, holding.owner, holding.role))
    return next(past, None)


def ended_at(framework: Framework | None) -> float | None:
    """When it ended, in epoch seconds; None where nobody knows."""
    at = framework.completed_at if framework is not None else None
    return at if at is not None and math.isfinite(at) else None


def signs(holding: Holding, seen: Seen, znode: StateNode | None) -> tuple[str, ...]:
    """The signs of a past owner, a line each."""
    found: list[str] = []
    past = past_owner(holding, seen)
    if past is not None:
        found.append(f"Framework {called(past.name)} ({called(past.id)}) is completed.")
    elif holding.framework_id is not None:
        found.append(
            f"Its label {holding.label} names framework {called(holding.framework_id)}, which is not registered."
        )
    if holding.sdk:
        found.append("It has the label of the SDK's reservations (resource_id).")
    if holding.tasks:
        found.append(f"Marathon reserved it for {listed(sorted(holding.tasks), 2)}.")
    if znode is not None:
        found.append(f"Its znode {called(znode.path)} is there.")
    return tuple(found)
