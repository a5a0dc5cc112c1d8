"""Asking before what cannot be undone: by typing a name, never by a "y", and never of a script."""

from __future__ import annotations

from janitor.cli.environment import Environment
from janitor.cli.views.live import Screen
from janitor.errors import Refusal


class Confirm:
    """Asks on the terminal; with `yes`, every question counts as answered. Raises Interrupted on Ctrl-C."""

    def __init__(self, env: Environment, screen: Screen, *, yes: bool) -> None:
        self._env = env
        self._screen = screen
        self._yes = yes

    def __call__(self, question: str, name: str) -> bool:
        """Whether `question` was confirmed by typing `name`.

        Raises Refusal when there is nobody to ask: silence is no consent.
        """
        if self._yes:
            return True
        if not self._env.can_ask:
            raise Refusal(
                f"Not confirmed, and there is no terminal to ask on: {question}",
                rule="O5",
                remedy="Say it on the command line: --yes",
            )
        with self._screen.aside():
            return self._env.ask(f"{question}\nType {name} to go on: ").strip() == name
