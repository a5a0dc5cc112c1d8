"""Asking before what cannot be undone: by typing a name, never by a "y", and never of a script."""

from __future__ import annotations

from typing import TYPE_CHECKING

from janitor.cli.environment import Environment
from janitor.errors import NotConfirmed, OutOfTime
from janitor.message import Again, do
from janitor.patience import Patience

if TYPE_CHECKING:
    from janitor.cli.views.live import Screen


class Confirm:
    """Asks on the terminal, within `patience`; with `yes`, every question counts as answered.

    Raises Interrupted on Ctrl-C.
    """

    def __init__(self, env: Environment, screen: Screen, patience: Patience, *, yes: bool) -> None:
        self._env = env
        self._screen = screen
        self._patience = patience
        self._yes = yes

    def __call__(self, question: str, name: str) -> bool:
        """Whether `question` was confirmed by typing `name`.

        Raises NotConfirmed when there is nobody to ask, or nobody answers in time: silence is no consent.
        """
        if self._yes:
            return True
        if not self._env.can_ask:
            raise NotConfirmed(
                f"Not confirmed, and there is no terminal to ask on: {question}",
                remedy=do("To confirm on the command line:", Again("--yes")),
            )
        try:
            with self._screen.aside():
                return self._env.ask(f"{question}\nType {name} to go on: ", self._patience).strip() == name
        except OutOfTime:
            raise NotConfirmed(
                f"Not confirmed: nobody answered within the {self._patience.timeout:g} s of --timeout: {question}",
                remedy=do("To confirm on the command line:", Again("--yes")).also(
                    "Or give it more time:", Again("--timeout", "1h")
                ),
            ) from None
