"""Completion scripts for bash, zsh and fish, made from the tables of commands and options."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from janitor.cli.arguments.local import Shell
from janitor.cli.completion import bash, fish, zsh

_SCRIPTS: dict[Shell, Callable[[], Iterator[str]]] = {"bash": bash.script, "zsh": zsh.script, "fish": fish.script}


def script(shell: Shell) -> str:
    """Give the script that a shell of this kind reads."""
    return "\n".join(_SCRIPTS[shell]()) + "\n"
