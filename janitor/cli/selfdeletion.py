"""A janitor that Marathon started as an app removes that app when it is done, as the original does (rule C5).

Marathon starts an app again whenever it ends. So the app has to go when another run would change nothing, and has to
stay when another run may help.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from janitor import rules
from janitor.cli.appprogram import program_of_command, program_of_words
from janitor.cli.arguments.commands import Common
from janitor.cli.engine import Marathon
from janitor.cli.environment import Environment
from janitor.cli.views.report import Report
from janitor.errors import JanitorError
from janitor.exits import Exit
from janitor.message import Message
from janitor.patience import Patience
from janitor.rules import Rule
from janitor.words import foreign

if TYPE_CHECKING:
    from janitor.dcos.marathon import App

FINAL = frozenset({Exit.CLEAN, Exit.USAGE, Exit.BAD_URL, Exit.LOGIN_REFUSED})
"""After these another run would end the same."""

FINAL_REFUSALS = frozenset({rules.Z1, rules.S4, rules.O3, rules.Z2})
"""Of the refusals, these need another command line. A live owner or znode (O1, O4) may be gone on the next run."""

LONGEST = 30.0
"""Seconds that Marathon gets at most."""

RESERVE = 5.0
"""Seconds that Marathon gets even when the run took all of --timeout: there is no other chance to leave the loop."""


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
    """Decide. Pure. `app` is what Marathon says of MARATHON_APP_ID, None when it has no such app."""
    if final.go and app is None:
        return Leave(False, "Marathon has no such app")
    if final.go and app is not None and not runs_janitor(app):
        return Leave(False, "that app does not run Janitor")
    return final


def remove_own_app(
    app_id: str, final: Leave, common: Common, env: Environment, connect: Callable[[Patience], Marathon]
) -> None:
    """Delete the app that this process is a task of, if rule C5 says so. Raises only what is a bug.

    The original's lines go where its transcript goes, and to stderr beside a document; that the app stays, and why,
    always goes to stderr. It takes what is left of the run's time, and RESERVE seconds in any case. `connect` gives
    the client; where an audit log was asked for and cannot be written, it raises, and the app stays.
    """
    report = Report(env.err, quiet=common.show.quiet, width=env.columns(env.err), colour=env.coloured(env.err))
    out = env.err if common.show.json else env.out
    if not final.go:
        report.notice(f"The Marathon app {app_id} stays: {final.reason}.")
        return
    seconds = max(RESERVE, min(LONGEST, common.limits.timeout - (env.clock() - env.began)))
    report.notice(f"Asking Marathon about the app {app_id}, which started this run (at most {seconds:.0f} s).")
    try:
        marathon = connect(Patience(seconds, stop=env.stop, clock=env.clock))
        leave = should_delete_itself(final, marathon.app(app_id))
        if not leave.go:
            report.notice(f"The Marathon app {app_id} stays: {leave.reason}.")
            return
        out.line(f"Deleting self from Marathon to avoid run loop: {app_id}")
        reply = marathon.delete(app_id)
    except JanitorError as error:
        report.error(Message(f"The Marathon app {app_id} could not be deleted.", error.message), error.remedy)
        return
    if 200 <= reply.status < 300:
        out.line(f"Successfully deleted self from marathon (code={reply.status}): {app_id}")
    else:
        out.line(f"ERROR: HTTP DELETE request returned code: {reply.status}")
        out.line(f"Response body: {foreign(reply.text)}")
        report.error(f"The Marathon app {app_id} could not be deleted: Marathon answered {reply.status}.")
