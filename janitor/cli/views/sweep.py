"""A sweep for people: what would go, or what went, what stayed and why. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from janitor.cleanup.outcome import Outcome
from janitor.cli.views.leftovers import EACH
from janitor.cli.views.scan import COMMAND, doubts, much, prose, table, znodes_of
from janitor.cli.views.summary import backup
from janitor.message import Own, no_line
from janitor.scan.sweep import Sweep, Swept, name_of
from janitor.words import called, counted, listed, own_command

MOST = 20
"""Holdings that are named of what went, and of what stayed; the rest is counted."""


def lines(sweep: Sweep, reach: tuple[str, ...], width: int | None = None, own: Own = no_line) -> Iterator[str]:
    """Every line of how it ended. Outcomes that left something are told on stderr, one by one.

    own: writes out the command line of this run.
    """
    yield from doubts(sweep.scan, width, own)
    yield from prose(_lines(sweep, reach, width), width)


def _lines(sweep: Sweep, reach: tuple[str, ...], width: int | None) -> Iterator[str]:
    yield from (f"Notice: {notice}" for notice in sweep.notices)
    if sweep.protected:
        yield f"Protected, and left alone: {listed(map(name_of, sweep.protected), 10)}"
    if not sweep.chosen:
        yield "There is nothing to remove."
        return
    if sweep.dry_run:
        yield "A sweep would remove:"
        yield from table(sweep.chosen, width)
        yield from znodes_of(sweep.chosen)
        if sweep.backup is not None:
            yield f"Each znode would be saved before that in {called(sweep.backup)}."
        yield f"Together: {much(sweep.chosen, znodes=True)}. Nothing was changed."
        return
    removed = [one for one in sweep.swept if one.gone]
    gone = [one.found for one in removed]
    stayed = [one for one in sweep.swept if not one.gone]
    if gone:
        yield f"Removed and proven gone: {counted(len(gone), 'holding')} ({much(gone, znodes=True)})"
        for one in removed[:MOST]:
            yield f"  {name_of(one.found)}"
            if one.outcome is not None:
                yield from (f"  {line}" for line in backup(one.outcome.znode))
        yield from _rest(removed)
    if stayed:
        yield f"Not gone: {counted(len(stayed), 'holding')}"
        for one in stayed[:MOST]:
            yield f"  {name_of(one.found)}: {one.why or _why(one.outcome)}"
            yield f"{' ' * COMMAND}{own_command(reach, *one.found.command)}"
        yield from _rest(stayed)


def _rest(swept: Sequence[Swept]) -> Iterator[str]:
    if more := len(swept[MOST:]):
        yield f"  and {counted(more, 'more holding')} {EACH}"


def _why(outcome: Outcome | None) -> str:
    """Why it stayed, in short."""
    if outcome is None:
        return "not tried"
    if outcome.blocked:
        return outcome.blocked[0].message
    if outcome.error is not None:
        return outcome.error[0]
    left = len(outcome.leftovers)
    return f"{counted(left, 'reservation')} or {'volume' if left == 1 else 'volumes'} not proven gone"
