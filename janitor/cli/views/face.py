"""What a run shows on standard output: the root of the faces. Each shows what it is for, and ignores the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from janitor.cli.results import Result
    from janitor.events import Planned


class Face:
    """Shows nothing. `sums_up`: its last lines are the summary, so they come after what went wrong."""

    sums_up: ClassVar[bool] = False

    def opening(self) -> None:
        """What comes before anything is contacted."""

    def planned(self, event: Planned) -> None:
        """What will go, before anything is written."""

    def show(self, result: Result) -> None:
        """Show what the run came to, at its end."""
