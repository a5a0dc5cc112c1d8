"""Whether the Marathon app that started a run goes after it, as the original does it (rule C5). Pure.

Marathon starts an app again whenever it ends. So the app has to go when another run would change nothing, and has to
stay when another run may help.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from janitor import rules
from janitor.dcos.appprogram import program_of_command, program_of_words
from janitor.exits import Exit
from janitor.rules import Rule

if TYPE_CHECKING:
    from janitor.dcos.marathon import App

FINAL = frozenset({Exit.CLEAN, Exit.USAGE, Exit.BAD_URL, Exit.LOGIN_REFUSED})
"""After these another run would end the same."""

FINAL_REFUSALS = frozenset({rules.Z1, rules.S4, rules.O3, rules.Z2})
"""Of the refusals, these need another command line. A live owner or znode (O1, O4) may be gone on the next run."""


@dataclass(frozen=True, slots=True)
class Leave:
    """Whether the app goes, and why or why not."""

    go: bool
    reason: str


def is_final(status: Exit, cited: Sequence[Rule] = (), *, dry_run: bool = False) -> Leave:
    """Decide by how the run ended alone, and by which rules it was refused: would another one end the same?"""
    if dry_run:
        return Leave(False, "a dry run changes nothing")
    if status in FINAL:
        return Leave(True, f"another run would end the same ({status})")
    if status == Exit.REFUSED and cited and set(cited) <= FINAL_REFUSALS:
        return Leave(True, f"another run would be refused again (rule {', '.join(map(str, cited))})")
    return Leave(False, "the next run may succeed")


def runs_janitor(app: App) -> bool:
    """Whether the app is a janitor: the program that it starts is one, or its image's name is `janitor`.

    Other apps may carry MARATHON_APP_ID on to a janitor that they start; they are not ours to delete.
    """
    program = program_of_command(app.cmd) if app.cmd else program_of_words(app.args)
    if program is not None and (program == "/janitor.py" or program.rpartition("/")[2] == "janitor"):
        return True
    return (app.image or "").partition("@")[0].rpartition("/")[2].partition(":")[0] == "janitor"


def should_delete_itself(final: Leave, app: App | None) -> Leave:
    """Decide. `app` is what Marathon says of MARATHON_APP_ID, None when it has no such app."""
    if final.go and app is None:
        return Leave(False, "Marathon has no such app")
    if final.go and app is not None and not runs_janitor(app):
        return Leave(False, "that app does not run Janitor")
    return final
