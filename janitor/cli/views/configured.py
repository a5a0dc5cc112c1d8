"""The settings for people: which file counts, and a table of what each comes to. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from janitor.cli.arguments.effective import Setting
from janitor.cli.arguments.values import Stored
from janitor.cli.results import Configured
from janitor.cli.views.form import notice, plain
from janitor.cli.views.tables import columns
from janitor.message import Own, no_line
from janitor.words import called, listed


def lines(result: Configured, width: int | None = None, own: Own = no_line) -> Iterator[str]:
    """Every line. width: columns of the terminal, None for a pipe; own: writes out the command line of this run."""
    stored = result.stored
    yield _file(stored)
    if stored.profiles:
        others = [name for name in stored.profiles if name != stored.profile]
        used = called(stored.profile) if stored.profile is not None else "none is used"
        yield f"Profile: {used}" + (f"; there are: {listed(others, 20)}" if others else "")
    for text in stored.notices:
        yield from plain(notice(text, own), width)
    yield ""
    yield from columns(("SETTING", "VALUE", "FROM"), [_row(one, stored) for one in result.settings], width)


def _file(stored: Stored) -> str:
    if stored.there:
        return f"Configuration file: {called(stored.path)}"
    return "Configuration file: none" + (f"; it would be {called(stored.path)}" if stored.path else "; HOME is not set")


def _row(one: Setting, stored: Stored) -> tuple[str, str, str]:
    places = {"profile": f"profile {stored.profile}", "file": "the file, at its top", "default": "default"}
    return one.name, _written(one), places.get(one.source) or one.detail or one.source


def _written(one: Setting) -> str:
    match one.value:
        case None | () | "":
            return "-"
        case bool():
            return "yes" if one.value else "no"
        case str():
            return one.value
        case _:
            return ", ".join(one.value)
