"""What can come next in an uninstall: something to do, to wait for, a dead end, or the end. Plain values."""

from __future__ import annotations

from dataclasses import dataclass

from janitor.exits import Exit
from janitor.holdings.stuck import StuckStep


@dataclass(frozen=True, slots=True)
class Action:
    """Something to do. `what` says it to the operator; `ask` what is asked first, None for what needs no word."""

    what: str
    ask: str | None = None


@dataclass(frozen=True, slots=True)
class ReplacePod(Action):
    """Have a pod start anew elsewhere, and what it held on an agent that never returns be given up."""

    pod: str = ""


@dataclass(frozen=True, slots=True)
class StartUninstall(Action):
    """Have Cosmos uninstall the package: by its scheduler, or by deletion and teardown (cosmos: UninstallHandler)."""

    package: str = ""
    app_id: str = ""


@dataclass(frozen=True, slots=True)
class DeleteApp(Action):
    """Delete the scheduler's app from Marathon."""

    app_id: str = ""


@dataclass(frozen=True, slots=True)
class ShutDown(Action):
    """Tear a framework down with all its tasks."""

    framework_id: str = ""
    principal: str | None = None


@dataclass(frozen=True, slots=True)
class Force(Action):
    """Force one step of the plan that cannot end by itself."""

    stuck: StuckStep | None = None


@dataclass(frozen=True, slots=True)
class CleanUp(Action):
    """Remove what is left of reservations, volumes and znode, and prove all of it gone."""


@dataclass(frozen=True, slots=True)
class WaitFor:
    """Nothing to do but look again."""

    what: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """It does not go on by itself: why, the exact next command, and the status to end with."""

    why: str
    remedy: str
    status: Exit = Exit.FAILED


@dataclass(frozen=True, slots=True)
class Done:
    """Nothing is left to do. `why` says more where that needs saying."""

    why: str = ""


Next = Action | WaitFor | Stuck | Done
