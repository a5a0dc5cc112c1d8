"""How an uninstall ended, as one value. Plain."""

from __future__ import annotations

from dataclasses import dataclass

from janitor.cleanup.outcome import Outcome
from janitor.exits import Exit
from janitor.uninstall.missing import Missing
from janitor.uninstall.situation import Situation


@dataclass(frozen=True, slots=True)
class Ended:
    """How an uninstall ended.

    status     the exit status; 0 exactly when what was looked at is proven gone, or was not there
    why        what stands in the way; "" for nothing
    remedy     the exact next command, where there is one
    next       what a run would do now; a dry run's answer
    summary    what is gone, by name, where the status is 0
    taken      the steps that were taken, in order
    cleanups   the outcomes of the clean-ups at the end
    given_up   the agents that never return and may hold reservations of it still
    comebacks  ready commands for the day that they return all the same
    """

    status: Exit
    situation: Situation | None
    why: str = ""
    remedy: str | None = None
    next: str = ""
    summary: str = ""
    taken: tuple[str, ...] = ()
    cleanups: tuple[Outcome, ...] = ()
    given_up: tuple[Missing, ...] = ()
    comebacks: tuple[str, ...] = ()

    @property
    def would_change(self) -> bool:
        """Whether a run would do something after this dry run: more than to prove that nothing is there."""
        cleanups = [outcome.result for outcome in self.cleanups]
        return bool(self.next) and (not cleanups or "would-remove" in cleanups)
