"""A janitor that Marathon started as an app removes that app when it is done, as the original does (rule C5).

Marathon starts an app again whenever it ends. So the app has to go when another run would change nothing, and has to
stay when another run may help.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from janitor import rules
from janitor.cli.appprogram import program_of_command, program_of_words
from janitor.cli.ending import Ending
from janitor.cli.engine import Engine
from janitor.cli.environment import Channel, Environment
from janitor.cli.views.report import Report
from janitor.errors import JanitorError
from janitor.exits import Exit
from janitor.patience import Patience
from janitor.target import Limits, Target
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
class Verdict:
    """Whether the app goes, and why or why not."""

    go: bool
    reason: str


def is_final(ending: Ending) -> Verdict:
    """Decide by how the run ended alone: would another one end the same?"""
    if ending.dry_run:
        return Verdict(False, "a dry run changes nothing")
    if ending.status in FINAL:
        return Verdict(True, f"another run would end the same ({ending.status})")
    if ending.status == Exit.REFUSED and ending.rules and set(ending.rules) <= FINAL_REFUSALS:
        return Verdict(True, f"another run would be refused again (rule {', '.join(map(str, ending.rules))})")
    return Verdict(False, "the next run may succeed")


def runs_janitor(app: App) -> bool:
    """Whether the app is a janitor: the program that it starts is one, or its image's name is `janitor`.

    Other apps may carry MARATHON_APP_ID on to a janitor that they start; they are not ours to delete.
    """
    program = program_of_command(app.cmd) if app.cmd else program_of_words(app.args)
    if program is not None and (program == "/janitor.py" or program.rpartition("/")[2] == "janitor"):
        return True
    return (app.image or "").partition("@")[0].rpartition("/")[2].partition(":")[0] == "janitor"


def should_delete_itself(ending: Ending, app: App | None) -> Verdict:
    """Decide. Pure. `app` is what Marathon says of MARATHON_APP_ID, None when it has no such app."""
    final = is_final(ending)
    if not final.go:
        return final
    if app is None:
        return Verdict(False, "Marathon has no such app")
    if not runs_janitor(app):
        return Verdict(False, "that app does not run Janitor")
    return final


def remove_own_app(
    app_id: str, ending: Ending, target: Target, limits: Limits, env: Environment, engine: Engine, out: Channel
) -> None:
    """Delete the app that this process is a task of, if rule C5 says so. Raises only what is a bug.

    The original's lines go to `out`; that the app stays, and why, goes to stderr. It takes what is left of the run's
    time, and RESERVE seconds in any case.
    """
    report = Report(env.err, quiet=ending.quiet)
    final = is_final(ending)
    if not final.go:
        report.notice(f"The Marathon app {app_id} stays: {final.reason}.")
        return
    seconds = max(RESERVE, min(LONGEST, limits.timeout - (env.clock() - env.began)))
    report.notice(f"Asking Marathon about the app {app_id}, which started this run (at most {seconds:.0f} s).")
    try:
        marathon = engine.marathon(target, Patience(seconds, stop=env.stop, clock=env.clock))
        verdict = should_delete_itself(ending, marathon.app(app_id))
        if not verdict.go:
            report.notice(f"The Marathon app {app_id} stays: {verdict.reason}.")
            return
        out.line(f"Deleting self from Marathon to avoid run loop: {app_id}")
        reply = marathon.delete(app_id)
    except JanitorError as error:
        report.error(f"The Marathon app {app_id} could not be deleted: {error.message}", error.remedy)
        return
    if 200 <= reply.status < 300:
        out.line(f"Successfully deleted self from marathon (code={reply.status}): {app_id}")
    else:
        out.line(f"ERROR: HTTP DELETE request returned code: {reply.status}")
        out.line(f"Response body: {foreign(reply.text)}")
        report.error(f"The Marathon app {app_id} could not be deleted: Marathon answered {reply.status}.")
