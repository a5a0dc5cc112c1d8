"""`janitor help [COMMAND [VERB]]`, `--help`, and no arguments at all."""

from __future__ import annotations

from janitor.cli.arguments.local import Help
from janitor.cli.environment import Environment
from janitor.cli.manual import page
from janitor.cli.results import Printed
from janitor.exits import Exit


def run(asked: Help, _env: Environment) -> Printed:
    """Print help; with nothing on the command line that is not what was wanted, so it ends with 1 (rule C3)."""
    return Printed(page(asked.topic), status=Exit.USAGE if asked.bare else Exit.CLEAN)
