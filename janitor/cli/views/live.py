"""While it works: on a terminal a few lines that move, elsewhere plain ones, a line a minute while it waits.

All on stderr. `HTTP ...` lines (`-v`) are part of the transcript and go where that goes.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from janitor.cli.arguments.commands import Show
from janitor.cli.environment import BETWEEN_STAYS, BETWEEN_WAITS, Channel, Environment, Unbreakable
from janitor.cli.views.amounts import lasted
from janitor.cli.views.progress import Progress, deleting, restoring, seen, sending, staying, waits
from janitor.cli.views.report import Report
from janitor.events import (
    Acting,
    Event,
    Looked,
    Notice,
    Planned,
    PlanSeen,
    RequestSent,
    Restoring,
    Staying,
    Told,
    View,
    Waiting,
    Warned,
    ZnodeProgress,
)
from janitor.uninstall.tree import changes
from janitor.words import harmless

if TYPE_CHECKING:
    from rich.console import Group

_log = logging.getLogger(__name__)

_SIZE = ("COLUMNS", "LINES")
"""Variables that rich takes for numbers when isdigit() does: a superscript two, or more digits than int() reads."""
_NUMBER = re.compile(r"[0-9]{1,5}")

BELOW_THE_PLAN = 6
"""Lines of a terminal that a plan leaves to the rest: what is waited for may take several."""


@dataclass(frozen=True, slots=True)
class Screen:
    """What takes events; call it from one thread only. `aside` holds still what moves, to ask or to print."""

    take: View
    aside: Callable[[], AbstractContextManager[None]] = nullcontext

    def __call__(self, event: Event) -> None:
        self.take(event)


@contextmanager
def watch(
    env: Environment, show: Show, report: Report, planned: Callable[[Planned], None] = lambda _: None
) -> Iterator[Screen]:
    """Show events while the block runs; yields what takes them. `planned` shows on stdout what will go."""
    requests = env.out if show.output == "transcript" else env.err
    common = _Common(report, requests if show.verbose else None, planned)
    if show.quiet:
        yield Screen(common.take)
    elif env.live and not show.verbose and show.log_level is None:
        with _moving(env, common) as screen:
            yield screen
    else:
        yield Screen(_Plain(env.err, common, env.clock).take)


class _Common:
    """What is shown in the same way everywhere: notices, warnings, requests."""

    def __init__(self, report: Report, requests: Channel | None, planned: Callable[[Planned], None]) -> None:
        self._report = report
        self._planned = planned
        self._requests = requests

    def take(self, event: Event) -> None:
        if isinstance(event, RequestSent) and self._requests is not None:
            self._requests.line(f"HTTP {event.method}: {event.url}")
        elif isinstance(event, Notice):
            self._report.notice(event.text)
        elif isinstance(event, Warned):
            self._report.warning(event.text, event.remedy)
        elif isinstance(event, Planned):
            self._planned(event)
        elif isinstance(event, Told):
            self._report.told(event.text, event.details)


class _Plain:
    """A line per step; while it waits, or deletes a large tree, the first line at once and then one a minute."""

    def __init__(self, err: Channel, common: _Common, clock: Callable[[], float]) -> None:
        self._err = err
        self._common = common
        self._clock = clock
        self._last: dict[type[Event], float] = {}
        self._seen: str | None = None
        self._tree: tuple[str, ...] = ()

    def take(self, event: Event) -> None:
        if isinstance(event, Looked):
            line = seen(event)
            if line != self._seen:
                self._seen = line
                self._err.line(line)
        elif isinstance(event, Acting):
            self._err.line(sending(event))
        elif isinstance(event, Waiting) and self._due(Waiting):
            self._err.line(waits(event))
        elif isinstance(event, Staying) and self._due(Staying, BETWEEN_STAYS):
            self._err.line(staying(event))
        elif isinstance(event, ZnodeProgress) and self._due(ZnodeProgress):
            self._err.line(deleting(event))
        elif isinstance(event, Restoring) and self._due(Restoring):
            self._err.line(restoring(event))
        elif isinstance(event, PlanSeen):
            for line in changes(self._tree, event.tree):
                self._err.line(line)
            self._tree = event.tree
        else:
            self._common.take(event)

    def _due(self, kind: type[Event], every: float = BETWEEN_WAITS) -> bool:
        now = self._clock()
        last = self._last.get(kind)
        if last is not None and now - last < every:
            return False
        self._last[kind] = now
        return True


@contextmanager
def _moving(env: Environment, common: _Common) -> Iterator[Screen]:
    from rich.console import Console, Group
    from rich.live import Live
    from rich.spinner import Spinner
    from rich.text import Text

    progress = Progress()
    console = Console(
        file=Unbreakable(env.err),  # a terminal that goes away must not end the clean-up
        force_terminal=True,
        no_color=not env.coloured(env.err),
        width=env.width,
        highlight=False,
        markup=False,
        _environ={name: text for name, text in env.environ.items() if name not in _SIZE or _NUMBER.fullmatch(text)},
    )
    spinner, began = Spinner("dots"), env.clock()

    def picture() -> Group:
        room = max(8, console.size.height - BELOW_THE_PLAN)
        lines = [harmless(env.redact(line)) for line in progress.lines(room)]
        last = lines.pop() if lines else "Reading the state of the cluster"
        if progress.waiting is None:  # a wait says itself how long it is
            last += f", {lasted(env.clock() - began)} so far"
        spinner.update(text=Text(last))
        return Group(*(Text(line, no_wrap=True, overflow="ellipsis") for line in lines), spinner)

    def show_cursor() -> None:
        env.err.raw("\x1b[?25h\n")

    def started() -> Live:
        live = Live(
            get_renderable=picture,
            console=console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            refresh_per_second=8,
        )
        live.start()
        return live

    env.on_leave.append(show_cursor)
    live = started()

    @contextmanager
    def aside() -> Iterator[None]:
        nonlocal live
        live.stop()
        try:
            yield
        finally:
            # A new one each time: one that is started again takes what stands there now for its own, and erases it.
            live = started()

    def take(event: Event) -> None:
        if isinstance(event, Notice | Warned | Told | Planned):
            with aside():  # a line for good: the picture makes room for it
                common.take(event)
        else:
            progress.take(event)
            common.take(event)

    try:
        yield Screen(take, aside)
    finally:
        try:
            live.stop()
        except Exception as error:  # what moved is over; what it came to is still to be told
            _log.debug("what moves on the terminal:", exc_info=error)
            show_cursor()
        env.on_leave.remove(show_cursor)
