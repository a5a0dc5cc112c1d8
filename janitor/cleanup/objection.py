"""What a guard says: stop, look again, or go on; and what several of them ask. Pure."""

from __future__ import annotations

from janitor.cleanup.awaited import Awaited
from janitor.cleanup.case import Case
from janitor.cleanup.outcome import Blocked

LOOKS = 3
"""A difference that may be a race counts once it stays so many looks (rules L5 and Z2)."""

Objection = Blocked | Awaited | None


def untouched(case: Case) -> str:
    """What a refusal may say at the beginning, and not in a later round."""
    return "" if case.memory.agents else " Nothing was deleted."


def concerns_owners(case: Case) -> bool:
    """Whether the absence of an owner would be used as evidence: something is selected, or a znode may go."""
    return case.job.znode is not None or bool(case.selection.kinds)
