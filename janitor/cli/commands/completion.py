"""`janitor completion bash|zsh|fish`."""

from __future__ import annotations

from janitor.cli.arguments.local import Completion
from janitor.cli.completion import script
from janitor.cli.environment import Environment
from janitor.cli.results import Printed


def run(asked: Completion, _env: Environment) -> Printed:
    """Print the script that a shell reads."""
    return Printed(script(asked.shell).rstrip("\n"))
