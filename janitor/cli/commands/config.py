"""`janitor config`: the settings of a run, and where each comes from."""

from __future__ import annotations

from janitor.cli.arguments.local import Config
from janitor.cli.environment import Environment
from janitor.cli.results import Configured


def run(asked: Config, _env: Environment) -> Configured:
    """Give what the command line, the variables and the configuration file come to."""
    return Configured(asked.stored, asked.settings)
