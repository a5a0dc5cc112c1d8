"""`janitor version`, `janitor --version`."""

from __future__ import annotations

import janitor
from janitor.cli.arguments.local import Version
from janitor.cli.ending import Ending
from janitor.cli.engine import Engine
from janitor.cli.environment import Environment
from janitor.exits import Exit


def run(_asked: Version, env: Environment, _engine: Engine) -> Ending:
    """Print the version."""
    env.out.line(f"janitor {janitor.__version__}")
    return Ending(Exit.CLEAN)
