"""From argv to an exit status: `_run` works, `main` catches."""

from __future__ import annotations

import importlib
import itertools
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence

from janitor.cli import environment
from janitor.cli.commands import COMMANDS, DROP_IN
from janitor.cli.ending import Ending
from janitor.cli.engine import Engine
from janitor.cli.environment import Environment
from janitor.cli.grammar import Command, GrammarError, parse
from janitor.cli.options import OPTIONS
from janitor.cli.sources import refuse_other_encodings
from janitor.errors import Bug, Interrupted, JanitorError
from janitor.exits import Exit
from janitor.secret import Secret

TOKEN_VARIABLES = {"DCOS_ACS_TOKEN", "DCOS_DCOS_ACS_TOKEN"}
URL_VARIABLES = {"DCOS_URL", "DCOS_DCOS_URL"}
"""Of the DC/OS CLI, whatever becomes of them."""

Run = Callable[[Command, Environment, Engine], Ending]


def main(argv: Sequence[str] | None = None, env: Environment | None = None, engine: Engine | None = None) -> int:
    """Run Janitor with `argv` (without the program's name; the process's own by default). Gives the exit status.

    Never raises, never prints a traceback for something the world did.
    """
    words = list(sys.argv[1:]) if argv is None else list(argv)
    real = env is None
    env = env or environment.of_this_process()
    engine = engine or Engine()
    try:
        command, ending = _run(words, env, engine)
        with env.signals.politely():  # by now the status is decided, and Marathon may end us with SIGTERM
            if command.name == DROP_IN.name or command.bare:
                try:
                    _leave_marathon(command, ending, words, env, engine)
                except Exception as error:  # what the clean-up came to is told, and holds
                    _tell_bug(error, env)
        status = ending.status
    except Interrupted as error:
        status = error.exit_status
    except Exception as error:
        status = _bug(error, words, env)
    with env.signals.politely():
        status = _check_output(status, env)
        if real:
            environment.close(env)
    return int(status)


def _run(words: Sequence[str], env: Environment, engine: Engine) -> tuple[Command, Ending]:
    """Parse and run, or tell why not: (what was understood of the command line, how it ended)."""
    command = Command(DROP_IN.name)
    try:
        command = parse(words)
        _hide_secrets(command, env)
        if not COMMANDS[command.name].own_grammar:
            for word in command.words:
                refuse_other_encodings(word, f"What {command.name} was given")
        # Its module is imported only now: the help should not wait for an HTTP library.
        run: Run = importlib.import_module(COMMANDS[command.name].module).run
        env.began = env.clock()
        return command, run(command, env, engine)
    except JanitorError as error:
        command = error.command if isinstance(error, GrammarError) else command
        _hide_secrets(command, env)
        _say(error, words, env)
        return command, Ending(error.exit_status)


def _hide_secrets(command: Command, env: Environment) -> None:
    """Have no secret of the command line or the environment shown from here on, whatever else goes wrong."""
    env.hide(*(Secret(given.value) for given in command.given if given.option.secret))
    secrets = {option.variable for option in OPTIONS if option.secret} | TOKEN_VARIABLES
    env.hide(*(Secret(text) for name, text in env.environ.items() if name in secrets))
    places = {option.variable for option in OPTIONS if option.place} | URL_VARIABLES
    for place in [given.value for given in command.given if given.option.place] + [
        text for name, text in env.environ.items() if name in places
    ]:
        env.redact.hide_password_in(place)


def _say(error: JanitorError, words: Sequence[str], env: Environment) -> None:
    """Tell an error that came before there was anything to show."""
    from janitor.cli.views.report import Report

    if _wants_json(words, env.environ):
        from janitor.cli.views.document import document

        env.out.block(document(error.exit_status, error=error))
    Report(env.err).failure(error)


def _wants_json(words: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether a document was asked for, on a command line that may not be readable otherwise."""
    said = [after for word, after in itertools.pairwise(words) if word == "--output"]
    said += [word.removeprefix("--output=") for word in words if word.startswith("--output=")]
    return (said[-1] if said else environ.get("JANITOR_OUTPUT", "")) == "json"


def _leave_marathon(command: Command, ending: Ending, words: Sequence[str], env: Environment, engine: Engine) -> None:
    """When this is a task of a Marathon app, see whether that app should go (rule C5)."""
    app_id = env.environ.get("MARATHON_APP_ID")
    if not app_id:
        return
    from janitor.cli.selfdeletion import remove_own_app
    from janitor.cli.settings import limits_if_told, marathon_target

    target = ending.target or marathon_target(command, env)
    limits = ending.limits or limits_if_told(command, env)
    out = env.err if _wants_json(words, env.environ) else env.out
    remove_own_app(app_id, ending, target, limits, env, engine, out)


def _bug(error: Exception, words: Sequence[str], env: Environment) -> Exit:
    if _wants_json(words, env.environ) and not env.out.used:
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
