"""Standard error: what went wrong, what is left and what to do, and what an operator should know besides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from janitor.cli.environment import Channel
from janitor.cli.results import Cleaned, Failed, ForceCompleted, Result, Stands, SweptUp, Uninstalled
from janitor.errors import JanitorError, Refusal
from janitor.exits import Exit
from janitor.rules import Override
from janitor.words import command, counted

if TYPE_CHECKING:
    from janitor.cleanup.outcome import Blocked, Leftover, Outcome, ZnodeRecord

LONGEST_LINE = 10_000
"""Characters of a line; what comes from elsewhere was cut long before, where it entered the message."""

MOST_NOTICES = 20
"""Notices of a run that are shown; the rest of them is counted."""


class Report:
    """Writes to `err`. With `quiet`, only errors."""

    def __init__(self, err: Channel, *, quiet: bool = False) -> None:
        self._err = err
        self._quiet = quiet
        self._noticed: set[str] = set()
        self._notices = self._unsaid = 0

    def notice(self, text: str, remedy: str | None = None) -> None:
        """Something worth knowing, once each, and below it what to do."""
        if not self._quiet and text not in self._noticed:
            self._noticed.add(text)
            self._notices += 1
            if self._notices > MOST_NOTICES:
                self._unsaid += 1
                return
            self._lines(f"Notice: {text}")
            if remedy:
                self._lines(remedy, indent="  ")

    def warning(self, text: str, *, always: bool = False) -> None:
        """Something to look at, once each; `always` even when only errors are wanted."""
        if (always or not self._quiet) and text not in self._noticed:
            self._noticed.add(text)
            self._lines(f"Warning: {text}")

    def told(self, text: str, details: tuple[str, ...] = ()) -> None:
        """A step that was taken, or what was found out, with its details below it: one line each."""
        if not self._quiet:
            self._err.line(text)
            for detail in details:
                self._err.line(f"  {detail}")

    def error(self, message: str, remedy: str | None = None) -> None:
        """What failed, and below it what to do."""
        self._lines(f"janitor: {message}")
        if remedy:
            self._lines(remedy, indent="  ")

    def result(self, result: Result, *, sums_up: bool = True) -> None:
        """What standard output does not tell of a result; without `sums_up` it tells the summary of a clean-up."""
        match result:
            case Cleaned(outcome):
                self.outcome(outcome, sums_up=sums_up)
            case Uninstalled(ended):
                for outcome in ended.cleanups:
                    self.outcome(outcome)
                if ended.why and ended.status != Exit.CLEAN:
                    self.error(ended.why, ended.remedy)
            case SweptUp(sweep):
                for one in sweep.swept:
                    if one.outcome is not None and not one.gone:
                        self.outcome(one.outcome)
                if sweep.stopped:
                    remedy = "Scan again, and start a new sweep when what it shows is what should go."
                    self.error(f"The sweep stopped: {sweep.stopped}", remedy)
            case Stands(_, standing) if standing.left is None:
                self.error(f"Whether something is left cannot be told: {standing.untold}")
            case ForceCompleted(_, forced) if not forced.already:
                self.notice("A restart of the scheduler forgets what was forced.")
            case Failed(error):
                self.failure(error)

    def failure(self, error: JanitorError) -> None:
        """An error that ended the run before there was an outcome."""
        self.error(error.cited, error.remedy)
        if isinstance(error, Refusal):
            self._lift(error.override, error.remedy)

    def outcome(self, outcome: Outcome, *, sums_up: bool = True) -> None:
        """What the transcript does not tell."""
        from janitor.cli.views.summary import summary, touched

        for text in outcome.notices:
            self.notice(text)
        if self._unsaid:
            self._lines(f"and {counted(self._unsaid, 'more notice')} (--output json names each)")
            self._unsaid = 0
        self._leftovers(outcome.leftovers)
        for blocked in outcome.blocked:
            self._blocked(blocked)
        if outcome.error is not None:
            self.error(*outcome.error)
        if outcome.znode is not None and (touched(outcome) or not outcome.blocked):
            self._znode(outcome.znode)
        if sums_up and not self._quiet:
            for line in summary(outcome):
                self._lines(line)

    def _znode(self, znode: ZnodeRecord) -> None:
        """Say why it is still there, if it is."""
        if znode.state == "kept":
            self.error(f"The znode {znode.path} stays: {znode.words}", znode.remedy)
        elif znode.state == "failed":
            self.error(f"The znode {znode.path} could not be deleted: {znode.words}", znode.remedy)
        elif znode.state == "root-left":
            self.notice(
                f"The znode {znode.path} is empty, but may not be removed from here: {znode.words or 'access denied'}",
                znode.remedy,
            )

    def _leftovers(self, leftovers: tuple[Leftover, ...]) -> None:
        """Name them (rule P3), by cause and by agent; what is said and to be done once for all that share it."""
        from janitor.cli.views.leftovers import heading, lines

        if leftovers:
            self._lines(f"janitor: {heading(leftovers)}")
            for line in lines(leftovers):
                self._lines(line)

    def _blocked(self, blocked: Blocked) -> None:
        self.error(blocked.cited, blocked.remedy)
        for way in blocked.ways:
            self._lines(way, indent="  ")
        self._lift(blocked.override, blocked.remedy)

    def _lift(self, override: Override | None, remedy: str | None) -> None:
        lift = command("--override", override) if override is not None else ""
        if lift and lift not in (remedy or ""):
            self._lines(f"To go ahead all the same: {lift}", indent="  ")

    def _lines(self, text: str, indent: str = "") -> None:
        """One line: a line break in `text` comes from somebody else, and begins none of ours."""
        self._err.line(indent + text, LONGEST_LINE)
