"""`janitor version`, `janitor --version`."""

from __future__ import annotations

import janitor
from janitor.cli.arguments.local import Version
from janitor.cli.environment import Environment
from janitor.cli.results import Printed


def run(_asked: Version, _env: Environment) -> Printed:
    """Print the version."""
    return Printed(f"janitor {janitor.__version__}")
