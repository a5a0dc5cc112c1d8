"""Where all goes that a run has to say: what it came to by one face on stdout, and what an operator needs on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

from janitor.cli.arguments.line import Line
from janitor.cli.arguments.local import NoCluster
from janitor.cli.environment import Channel, Environment
from janitor.cli.results import Failed, HistoryRead, Printed, Result, Scanned
from janitor.cli.views.face import Face
from janitor.cli.views.report import Report
from janitor.message import Own

if TYPE_CHECKING:
    from janitor.cli.arguments.commands import Arguments, Common
    from janitor.events import Planned


class View:
    """The one view of a run, chosen once. `asked` is None as long as the command line is not read, or never was."""

    def __init__(self, line: Line, env: Environment, asked: Arguments | None = None) -> None:
        common = None if asked is None or isinstance(asked, NoCluster) else asked.common
        self.report = Report(
            env.err,
            quiet=common is not None and common.show.quiet,
            own=line.again,
            width=env.columns(env.err),
            colour=env.coloured(env.err),
        )
        self._out = env.out
        json = line.json if common is None else common.show.json
        self._face = Json(env.out, line, asked) if json else _for_people(env, asked, line.again)

    def begin(self, common: Common) -> None:
        """Tell what comes first, and what is unusual about the options."""
        self._face.opening()
        if common.target.insecure:
            self.report.warning(
                "--insecure: no certificate is verified, and whoever answers gets the token.", always=True
            )
        for text in common.notices:
            self.report.notice(text)

    def planned(self, event: Planned) -> None:
        """Show what will go, before anything is written."""
        self._face.planned(event)

    def show(self, result: Result) -> None:
        """Show what the run came to."""
        if isinstance(result, Printed):
            if result.text is not None:
                self._out.block(result.text)
            return
        if self._face.sums_up:
            self.report.result(result, sums_up=False)
            self._face.show(result)
            return
        try:
            self._face.show(result)
        finally:  # what is left is told even where the rest cannot be written
            self.report.result(result)


class People(Face):
    """Lines for people to read.

    width   how many columns there are, None where it is no terminal
    own     writes out the command line of this run
    """

    def __init__(self, out: Channel, width: int | None, own: Own) -> None:
        self._out = out
        self._width = width
        self._own = own

    def show(self, result: Result) -> None:
        if isinstance(result, Failed):
            return
        from janitor.cli.views.text import lines

        # An audit log has no secrets, and what it prints to reserve again must be exactly what was there.
        write = self._out.exact if isinstance(result, HistoryRead) else self._out.line
        for line in lines(result, self._width, self._own):
            write(line)


class Json(Face):
    """One document at the end, and no text."""

    def __init__(self, out: Channel, line: Line, asked: Arguments | None) -> None:
        self._out = out
        self._line = line
        self._asked = asked

    def show(self, result: Result) -> None:
        from janitor.cli.views.document import written

        whole = written(self._line.command, self._asked, result, self._line.again)
        if isinstance(result, HistoryRead):
            self._out.raw(whole + "\n")
        else:
            self._out.block(whole)


class Metrics(Face):
    """What a monitoring system reads, and no text; nothing where it went wrong: old numbers would be taken for new."""

    def __init__(self, out: Channel) -> None:
        self._out = out

    def show(self, result: Result) -> None:
        if isinstance(result, Scanned):
            from janitor.cli.views.metrics import exposition

            self._out.block(exposition(result.scan).rstrip("\n"))


class Page(Face):
    """A page for a browser, and no text; nothing where it went wrong: an old page would be taken for a new one."""

    def __init__(self, out: Channel, own: Own) -> None:
        self._out = out
        self._own = own

    def show(self, result: Result) -> None:
        if isinstance(result, Scanned):
            from janitor.cli.views.page import page

            self._out.raw(page(result.scan, result.reach, self._out.shown, self._own))


def _for_people(env: Environment, asked: Arguments | None, own: Own) -> Face:
    out, width = env.out, env.columns(env.out)
    if asked is None or isinstance(asked, NoCluster):
        return People(out, width, own)
    if asked.common.show.output == "openmetrics":
        return Metrics(out)
    if asked.common.show.output == "html":
        return Page(out, own)
    from janitor.cli.arguments.commands import Apply, Clean

    if not isinstance(asked, Clean | Apply):
        return People(out, width, own)
    if isinstance(asked, Clean) and asked.common.show.output == "transcript":
        from janitor.cli.views.transcript import Transcript

        return Transcript(out, asked)
    from janitor.cli.views.cleaning import Cleaning

    return Cleaning(out, asked, width, colour=env.coloured(out))
