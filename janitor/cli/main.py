"""From argv to an exit status: `_run` works, `main` catches."""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Sequence
from typing import TYPE_CHECKING

from janitor.cli import environment, session
from janitor.cli.arguments.line import Line
from janitor.cli.engine import Engine, Marathon
from janitor.cli.environment import Environment
from janitor.cli.results import Result, failed
from janitor.cli.views.view import View
from janitor.errors import Bug, Incomplete, Interrupted, JanitorError
from janitor.exits import Exit
from janitor.message import Again
from janitor.patience import Patience

if TYPE_CHECKING:
    from janitor.cli.arguments.commands import Arguments


def main(argv: Sequence[str] | None = None, env: Environment | None = None, engine: Engine | None = None) -> int:
    """Run Janitor with `argv` (without the program's name; the process's own by default). Gives the exit status.

    Never raises, never prints a traceback for something the world did.
    """
    real = env is None
    env = env or environment.of_this_process()
    with env.signals.politely():  # a signal that comes so early is heard by what runs next
        line = Line(sys.argv[1:] if argv is None else argv, env)
    try:
        status = _run(line, env, engine or Engine())
    except Interrupted as error:
        status = error.exit_status
    except Exception as error:
        status = _bug(error, line, env)
    with env.signals.politely():
        status = _check_output(status, env)
        if real:
            environment.close(env)
    return int(status)


def _run(line: Line, env: Environment, engine: Engine) -> Exit:
    """Run what was asked for, or tell why not. Raises only what is a bug."""
    asked, view, trail = None, View(line, env), session.Trail(env)
    try:
        line.check()
        command = session.load(line.command, env)
        asked = line.asked()
        view = View(line, env, asked)
        result = session.run(command, asked, view, env, engine, trail)
    except ModuleNotFoundError as error:
        if str(error.name).startswith("janitor"):
            raise
        result = failed(Incomplete.of(error))
        view.show(result)
    except JanitorError as error:
        result = failed(error)
        if asked is None:  # a configuration file may have said how errors are told
            view = View(line, env)
        view.show(result)
    with env.signals.politely():  # by now the status is decided, and Marathon may end us with SIGTERM
        if line.drop_in:
            try:
                _leave_marathon(line, asked, result, env, engine, trail)
            except Exception as error:  # what the clean-up came to is told, and holds
                view.report.failure(Bug(error))
                _trace(error, env)
        trail.close()
    return result.status


def _leave_marathon(
    line: Line, asked: Arguments | None, result: Result, env: Environment, engine: Engine, trail: session.Trail
) -> None:
    """When this is a task of a Marathon app, see whether that app should go (rule C5)."""
    app_id = env.environ.get("MARATHON_APP_ID")
    if not app_id:
        return
    from janitor.cli.arguments.commands import Clean, Common, Show
    from janitor.cli.selfdeletion import remove_own_app
    from janitor.dcos.ownapp import is_final

    if isinstance(asked, Clean):
        common, dry_run = asked.common, asked.job.dry_run
    else:
        target, limits, audit = line.where()
        common, dry_run = Common(target, limits, Show("json" if line.json else "text"), audit=audit), False
    final = is_final(result.status, result.rules, dry_run=dry_run)

    def marathon(patience: Patience) -> Marathon:
        return engine.marathon(common.target, patience, trail.journal(common, result))

    remove_own_app(app_id, final, common, env, marathon)


def _bug(error: Exception, line: Line, env: Environment) -> Exit:
    view = View(line, env)
    logs = _logs(line)
    with contextlib.suppress(Exception):  # a document that cannot be made: it is told on stderr all the same
        if env.out.used:
            view.report.failure(Bug(error, logs=logs))
        else:
            view.show(failed(Bug(error, logs=logs)))
    _trace(error, env, always=not logs)
    return Exit.FAILED


def _logs(line: Line) -> bool:
    """Whether the same command can be run again with a log."""
    with contextlib.suppress(Exception):  # what is wrong may be the line itself
        return line.again(Again("--log-level", "debug")) is not None
    return False


def _trace(error: Exception, env: Environment, *, always: bool = False) -> None:
    """Show where a bug is: with `--log-level debug`, and where the command does not take that."""
    if always or env.verbose_errors:
        env.err.block("".join(traceback.format_exception(error)).rstrip())


def _check_output(status: Exit, env: Environment) -> Exit:
    """A result that could not be written was not told: that is no success."""
    if env.out.trouble is None:
        return status
    env.err.line(f"janitor: standard output could not be written: {env.out.trouble}")
    return Exit.FAILED if status in (Exit.CLEAN, Exit.FOUND) else status
