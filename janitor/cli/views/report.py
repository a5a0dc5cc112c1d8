"""Standard error: what went wrong, what is left and what to do, and what an operator should know besides."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from janitor.cli.environment import Channel
from janitor.cli.results import Cleaned, Failed, ForceCompleted, PutBack, Result, Stands, SweptUp, Uninstalled
from janitor.cli.views.form import Line, notice, trouble
from janitor.errors import JanitorError, Refusal
from janitor.exits import Exit
from janitor.message import Again, Message, Own, Remedy, do, no_line, notice_of
from janitor.rules import LIFTED, Override
from janitor.words import called, clause, counted, own_command

if TYPE_CHECKING:
    from janitor.cleanup.outcome import Outcome, ZnodeRecord
    from janitor.zookeeper.restoring import Names

LONGEST_LINE = 10_000
"""Characters of a line; what comes from elsewhere was cut long before, where it entered the message."""

MOST_OUTCOMES = 8
"""Holdings of a sweep of which is told what is left, and why."""

MOST_NOTICES = 20
"""Notices of a run that are shown; the rest of them is counted."""


class Report:
    """Writes to `err`. With `quiet`, only errors.

    own      writes out the command line of this run
    width    columns of the terminal; None where it is none
    colour   whether colours are welcome there
    """

    def __init__(
        self,
        err: Channel,
        *,
        quiet: bool = False,
        own: Own = no_line,
        width: int | None = None,
        colour: bool = False,
    ) -> None:
        self._err = err
        self._quiet = quiet
        self._own = own
        self._width = width
        self._colour = colour
        self._noticed: set[str] = set()
        self._notices = self._unsaid = 0

    def notice(self, text: str) -> None:
        """Something worth knowing, once each, and below it what to do, where it is made by `message.notice_of`."""
        if not self._quiet and text not in self._noticed:
            self._noticed.add(text)
            self._notices += 1
            if self._notices > MOST_NOTICES:
                self._unsaid += 1
                return
            self._show(notice(text, self._own))

    def warning(self, text: str, remedy: str | None = None, *, always: bool = False) -> None:
        """Something to look at, once each, and below it what to do; `always` even when only errors are wanted."""
        if (always or not self._quiet) and text not in self._noticed:
            self._noticed.add(text)
            self._trouble("Warning", text, remedy)

    def told(self, text: str, details: tuple[str, ...] = ()) -> None:
        """A step that was taken, or what was found out, with its details below it: one line each."""
        if not self._quiet:
            self._err.line(text, width=self._width, hanging=2)
            for detail in details:
                self._err.line(f"  {detail}", width=self._width, hanging=4)

    def error(self, message: str, *remedies: str | None) -> None:
        """What failed, why, and what to do."""
        self._trouble("janitor", message, *remedies)

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
            case SweptUp(sweep, reach):
                left = [one.outcome for one in sweep.swept if one.outcome is not None and not one.gone]
                for outcome in left[:MOST_OUTCOMES]:
                    self.outcome(outcome)
                if more := len(left[MOST_OUTCOMES:]):
                    self._show([Line(f"and what is left of {counted(more, 'more holding')} (--output json names it)")])
                if sweep.stopped:
                    remedy = do("See how it is now:", own_command(reach, "scan")).also(
                        "When what it shows is what should go, start anew:", Again()
                    )
                    stopped = Message.of(sweep.stopped)
                    self.error(Message(f"The sweep stopped: {stopped.what}".rstrip(), stopped.why), remedy)
            case PutBack():
                self._put_back(result)
            case Stands(_, standing) if standing.left is None:
                self.error(Message("It is not known whether something is left.", standing.untold))
            case ForceCompleted(_, forced) if not forced.already:
                self.notice("A restart of the scheduler forgets what was forced.")
            case Failed(error):
                self.failure(error)

    def failure(self, error: JanitorError) -> None:
        """An error that ended the run before there was an outcome."""
        lift = lifting(error.override) if isinstance(error, Refusal) else None
        self.error(error.cited, error.remedy, lift)

    def outcome(self, outcome: Outcome, *, sums_up: bool = True) -> None:
        """What the transcript does not tell."""
        from janitor.cli.views import leftovers
        from janitor.cli.views.summary import summary

        for text in outcome.notices:
            self.notice(text)
        if self._unsaid:
            self._show([Line(f"and {counted(self._unsaid, 'more notice')} (--output json names each)")])
            self._unsaid = 0
        self._show(leftovers.lines(outcome.leftovers, self._own))
        for blocked in outcome.blocked:
            self.error(blocked.cited, blocked.remedy, *blocked.ways, lifting(blocked.override, blocked.lift))
        if outcome.error is not None:
            self.error(*outcome.error)
        if outcome.znode is not None and (outcome.touched or not outcome.blocked):
            self._znode(outcome.znode)
        if sums_up and not self._quiet:
            self._show(Line(line, hanging=4) for line in summary(outcome))

    def _znode(self, znode: ZnodeRecord) -> None:
        """Say why it is still there, if it is."""
        if znode.state == "kept" and not znode.absent:
            self.error(Message(f"The znode {znode.path} stays.", znode.words), znode.remedy)
        elif znode.state == "failed":
            self.error(Message(f"The znode {znode.path} could not be deleted.", znode.words), znode.remedy)
        elif znode.state == "root-left":
            what = f"The znode {znode.path} is empty, but may not be removed from here."
            self.notice(notice_of(Message(what, znode.words or "access denied"), znode.remedy))

    def _put_back(self, result: PutBack) -> None:
        """What of a backup is not as it was, by name, and how to go on with a restore that ended early."""
        done = result.restored
        for names, what, remedy in (
            (done.unlike, "not as in the backup", "Somebody uses it by now, or writes there. Find out who."),
            (done.acls, "without the ACL of the backup", "Set it with setAcl of zkCli.sh, as somebody who may."),
        ):
            if names.count:
                be = "is" if names.count == 1 else "are"
                self.error(Message(f"{counted(names.count, 'node')} {be} {what}.", _named(names)), remedy)
        if done.error is not None:
            self.error(done.error.cited, done.error.remedy)
            there = f"{done.created} of {counted(done.nodes, 'node')} of {called(done.path)} were created."
            if done.open:
                there += " Meanwhile anybody may create nodes below some of them, and set their ACL."
            self.error(there, do("When the cause is fixed, continue:", Again("--continue")))

    def _trouble(self, head: str, message: str, *remedies: str | None) -> None:
        self._show(trouble(head, message, remedies, self._own))

    def _show(self, lines: Iterable[Line]) -> None:
        """Each is one line: a line break in it comes from somebody else, and begins none of ours."""
        for line in lines:
            self._err.line(
                line.text,
                LONGEST_LINE,
                style=line.style if self._colour else "",
                styled=line.styled,
                width=self._width if line.hanging is not None else None,
                hanging=line.hanging or 0,
            )


def _named(names: Names) -> str:
    """The first of some nodes, each with why."""
    shown = "; ".join(f"{called(path)}: {clause(why)}" for path, why in names.first)
    more = names.count - len(names.first)
    return f"{shown}; and {more} more" if more else shown


def lifting(override: Override | None, lift: str | None = None) -> Remedy | None:
    """How a refusal is lifted, and what that does; None where nothing lifts it."""
    return do(LIFTED[override], lift or Again("--override", override)) if override is not None else None
