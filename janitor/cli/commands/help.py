"""`janitor help [COMMAND]`, `--help`, and no arguments at all."""

from __future__ import annotations

from janitor.cli.commands import COMMANDS
from janitor.cli.ending import Ending
from janitor.cli.engine import Engine
from janitor.cli.environment import Environment
from janitor.cli.grammar import Command, GrammarError
from janitor.cli.manual import of_command, overview
from janitor.exits import Exit


def run(command: Command, env: Environment, _engine: Engine) -> Ending:
    """Print help; with nothing on the command line that is not what was wanted, so it ends with 1 (rule C3).

    Raises GrammarError for a command that there is none of.
    """
    if not command.words:
        env.out.block(overview())
        return Ending(Exit.USAGE if command.bare else Exit.CLEAN)
    if (spec := COMMANDS.get(command.words[0])) is None:
        raise GrammarError(
            f"There is no command {command.words[0]!r}.", command, remedy=f"The commands: {', '.join(COMMANDS)}."
        )
    env.out.block(of_command(spec))
    return Ending(Exit.CLEAN)
