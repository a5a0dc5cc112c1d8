"""A clean-up for people, on standard output: what it is about, what will go, and at the end what is gone."""

from __future__ import annotations

from collections.abc import Iterator

from janitor.cli.arguments.commands import Apply, Clean
from janitor.cli.environment import Channel
from janitor.cli.results import Cleaned, Failed, Result
from janitor.cli.views.amounts import items, placed, size, sum_of
from janitor.cli.views.face import Face
from janitor.cli.views.summary import UNCHANGED, summary, znode_of
from janitor.errors import Bug
from janitor.events import Held, Planned
from janitor.words import called, counted

MOST_LINES = 20
"""Lines that name agents and volumes; the rest of them is counted, so that all fits on a screen."""

MOST_VOLUMES = 6
"""Volumes that are named of one agent."""


class Cleaning(Face):
    """Writes one run of `clean` to `out`, which is `width` columns wide; None where it is no terminal."""

    sums_up = True

    def __init__(self, out: Channel, asked: Clean | Apply, width: int | None, *, colour: bool) -> None:
        self._out = out
        self._asked = asked
        self._width = width
        self._colour = colour
        self._planned = False

    def opening(self) -> None:
        """What is to be removed, and where."""
        job, target = self._asked.job, self._asked.common.target
        named = (("role", job.role), ("principal", job.principal), ("znode", job.path))
        what = [f"{word} {called(name)}" for word, name in named if name]
        doing = "A dry run" if job.dry_run else "Cleaning up"
        self._say(f"{doing} on {target.dcos_url or target.mesos}", "bold")
        if what:
            self._say(f"  {', '.join(what)}")

    def planned(self, event: Planned) -> None:
        """Every agent with its volumes, as far as they fit on a screen; then the sum."""
        self._planned = True
        where = f" from {counted(event.agent_count, 'agent')}" if event.agents else ""
        self._out.line()
        self._say(f"{'A run would remove' if event.dry_run else 'To be removed'}{where}:")
        shown, lines = 0, list[str]()
        for held in event.agents:
            block = list(_agent(held))
            if shown and len(lines) + len(block) > MOST_LINES:
                break
            shown += 1
            lines += block
        for line in lines:
            self._say(line)
        if more := event.agent_count - shown:
            self._say(f"  and {counted(more, 'more agent')}")
        if event.agent_count > 1:
            amounts = sum_of(event.thousandths)
            self._say(f"  together {items(event.reservations, event.volumes)}{f': {amounts}' if amounts else ''}")
        if event.znode:
            self._say(f"  {'then ' if event.agents else ''}{znode_of(called(event.znode), event.nodes)}")
            if self._asked.job.backup is not None:
                self._say(f"    saved before that in {called(self._asked.job.backup)}")

    def show(self, result: Result) -> None:
        """The summary, after all that went wrong."""
        well = False
        lines: tuple[str, ...] = (UNCHANGED,)
        if isinstance(result, Cleaned):
            well = result.outcome.result is not None
            if result.outcome.result != "would-remove" or not self._planned:
                lines = summary(result.outcome) or lines
        elif isinstance(result, Failed) and isinstance(result.error, Bug):
            return
        self._out.line()
        for number, line in enumerate(lines):
            self._say(line, ("bold green" if well else "bold red") if not number else "")

    def _say(self, text: str, style: str = "") -> None:
        hanging = len(text) - len(text.lstrip()) + 2
        self._out.line(text, style=style if self._colour else "", width=self._width, hanging=hanging)


def _agent(held: Held) -> Iterator[str]:
    yield f"  {placed(held.agent_id, held.host)}"
    amounts = sum_of(held.thousandths)
    yield f"    {counted(held.reservations, 'reservation')}{f': {amounts}' if amounts else ''}"
    for volume_id, megabytes in held.volumes[:MOST_VOLUMES]:
        yield f"    volume {called(volume_id)} ({size(megabytes)})"
    if held.volumes[MOST_VOLUMES:]:
        yield f"    and {counted(len(held.volumes) - MOST_VOLUMES, 'more volume')}"
