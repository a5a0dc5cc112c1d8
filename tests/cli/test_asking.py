"""Questions on a terminal: they end with the run, and an answer that was typed ahead is taken."""

from __future__ import annotations

import os
import pty
from collections.abc import Iterator

import pytest

from janitor.cli.confirm import Confirm
from janitor.cli.environment import Environment
from janitor.cli.input import Input
from janitor.cli.views.live import Screen
from janitor.errors import Interrupted, NotConfirmed
from janitor.events import silent
from janitor.patience import Patience
from tests.cli.terminal import environment, written
from tests.clock import HANGS


class Terminal:
    """A real one; `type` is what a person does."""

    def __init__(self) -> None:
        self._person, ours = pty.openpty()
        self.env: Environment = environment({"TERM": "dumb"}, terminal=True)
        self._stream = os.fdopen(ours)
        self.env.stdin = Input(self._stream)

    def type(self, text: str) -> None:
        os.write(self._person, text.encode())

    def confirm(self, name: str, timeout: float = HANGS) -> bool:
        patience = Patience(timeout, stop=self.env.stop)
        return Confirm(self.env, Screen(silent), patience, yes=False)("Really?", name)

    def hang_up(self) -> None:
        if self._person >= 0:
            os.close(self._person)
            self._person = -1

    def close(self) -> None:
        self.hang_up()
        self._stream.close()


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    made = Terminal()
    yield made
    made.close()


def test_the_name_is_the_answer(terminal: Terminal) -> None:
    terminal.type("kafka\n")
    assert terminal.confirm("kafka")
    assert written(terminal.env.err) == "Really?\nType kafka to go on: "
    terminal.type("yes\n")
    assert not terminal.confirm("kafka")


def test_answers_that_were_typed_ahead(terminal: Terminal) -> None:
    terminal.type("kafka\nkafka-0\nno\n")
    assert [terminal.confirm("kafka"), terminal.confirm("kafka-0"), terminal.confirm("kafka-1")] == [True, True, False]


def test_d6_nobody_answers_in_time(terminal: Terminal) -> None:
    """Silence is no consent."""
    terminal.type("kafk")  # no line yet
    with pytest.raises(NotConfirmed, match=r"nobody answered within the 0\.2 s of --timeout: Really\?"):
        terminal.confirm("kafka", timeout=0.2)
    assert written(terminal.env.err).endswith("go on: \n")


def test_ctrl_c(terminal: Terminal) -> None:
    terminal.env.stop.raise_(2)
    with pytest.raises(Interrupted):
        terminal.confirm("kafka")


def test_the_terminal_goes_away(terminal: Terminal) -> None:
    """While it is asked: that is the end of the input, and no answer."""
    terminal.hang_up()
    assert terminal.env.stdin.line(Patience(HANGS)) == ""
