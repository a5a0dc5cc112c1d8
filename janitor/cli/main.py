"""From argv to an exit status: `_run` works, `main` catches."""

from __future__ import annotations

import importlib
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from janitor.cli import environment
from janitor.cli.arguments.line import Line
from janitor.cli.arguments.verbs import COMMANDS
from janitor.cli.ending import Ending
from janitor.cli.engine import Engine
from janitor.cli.environment import Environment
from janitor.errors import Bug, Incomplete, Interrupted, JanitorError
from janitor.exits import Exit

if TYPE_CHECKING:
    from janitor.cli.arguments.commands import Arguments

Run = Callable[[Any, Environment, Engine], Ending]


def main(argv: Sequence[str] | None = None, env: Environment | None = None, engine: Engine | None = None) -> int:
    """Run Janitor with `argv` (without the program's name; the process's own by default). Gives the exit status.

    Never raises, never prints a traceback for something the world did.
    """
    real = env is None
    env = env or environment.of_this_process()
    engine = engine or Engine()
    line = Line(sys.argv[1:] if argv is None else argv, env)
    try:
        asked, ending = _run(line, env, engine)
        with env.signals.politely():  # by now the status is decided, and Marathon may end us with SIGTERM
            if line.drop_in:
                try:
                    _leave_marathon(line, asked, ending, env, engine)
                except Exception as error:  # what the clean-up came to is told, and holds
                    _tell_bug(error, env)
        status = ending.status
    except Interrupted as error:
        status = error.exit_status
    except Exception as error:
        status = _bug(error, line, env)
    with env.signals.politely():
        status = _check_output(status, env)
        if real:
            environment.close(env)
    return int(status)


def _run(line: Line, env: Environment, engine: Engine) -> tuple[Arguments | None, Ending]:
    """Run what was asked for, or tell why not: (what was asked for, where that could be told; how it ended)."""
    asked: Arguments | None = None
    try:
        line.check()
        # Its module is imported only now: the help should not wait for an HTTP library.
        run: Run = importlib.import_module(COMMANDS[line.command].module).run
        env.began = env.clock()
        asked = line.asked()
        return asked, run(asked, env, engine)
    except ModuleNotFoundError as error:
        if str(error.name).startswith("janitor"):
            raise
        _say(Incomplete.of(error), line, env)
        return asked, Ending(Incomplete.exit_status)
    except JanitorError as error:
        _say(error, line, env)
        return asked, Ending(error.exit_status)


def _say(error: JanitorError, line: Line, env: Environment) -> None:
    """Tell an error that came before there was anything to show."""
    from janitor.cli.views.report import Report

    if line.json:
        from janitor.cli.views.document import document

        env.out.block(document(error.exit_status, error=error))
    Report(env.err).failure(error)


def _leave_marathon(line: Line, asked: Arguments | None, ending: Ending, env: Environment, engine: Engine) -> None:
    """When this is a task of a Marathon app, see whether that app should go (rule C5)."""
    app_id = env.environ.get("MARATHON_APP_ID")
    if not app_id:
        return
    from janitor.cli.arguments.commands import Clean
    from janitor.cli.selfdeletion import remove_own_app

    target, limits = (asked.common.target, asked.common.limits) if isinstance(asked, Clean) else line.where()
    remove_own_app(app_id, ending, target, limits, env, engine, env.err if line.json else env.out)


def _bug(error: Exception, line: Line, env: Environment) -> Exit:
    if line.json and not env.out.used:
        from janitor.cli.views.document import document

        env.out.block(document(Exit.FAILED, error=Bug(error)))
    _tell_bug(error, env)
    return Exit.FAILED


def _tell_bug(error: Exception, env: Environment) -> None:
    bug = Bug(error)
    env.err.line(f"janitor: {bug.message}")
    env.err.line(f"  {bug.remedy}")
    if env.verbose_errors:
        env.err.block("".join(traceback.format_exception(error)).rstrip())


def _check_output(status: Exit, env: Environment) -> Exit:
    """A result that could not be written was not told: that is no success."""
    if env.out.trouble is None:
        return status
    env.err.line(f"janitor: standard output could not be written: {env.out.trouble}")
    return Exit.FAILED if status == Exit.CLEAN else status
