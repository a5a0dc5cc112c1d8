"""`janitor help [COMMAND [VERB]]`, `--help`, and no arguments at all."""

from __future__ import annotations

from janitor.cli.arguments.local import Help
from janitor.cli.ending import Ending
from janitor.cli.engine import Engine
from janitor.cli.environment import Environment
from janitor.cli.manual import page
from janitor.exits import Exit


def run(asked: Help, env: Environment, _engine: Engine) -> Ending:
    """Print help; with nothing on the command line that is not what was wanted, so it ends with 1 (rule C3)."""
    env.out.block(page(asked.topic))
    return Ending(Exit.USAGE if asked.bare else Exit.CLEAN)
