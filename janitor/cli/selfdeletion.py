"""A janitor that Marathon started as an app removes that app when it is done, as the original does (rule C5)."""

from __future__ import annotations

from collections.abc import Callable

from janitor.cli.arguments.commands import Common
from janitor.cli.engine import Marathon
from janitor.cli.environment import Environment
from janitor.cli.views.report import Report
from janitor.dcos.ownapp import Leave, should_delete_itself
from janitor.errors import JanitorError
from janitor.message import Message
from janitor.patience import Patience
from janitor.words import foreign

LONGEST = 30.0
"""Seconds that Marathon gets at most."""

RESERVE = 5.0
"""Seconds that Marathon gets even when the run took all of --timeout: there is no other chance to leave the loop."""


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
