"""Every command that docs/uninstall.md prints is one, and its exit statuses are those of the table."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from janitor.cli.arguments.grammar import parse
from janitor.cli.arguments.verbs import FIRST_WORDS
from janitor.exits import Exit

PAGE = (Path(__file__).parents[2] / "docs" / "uninstall.md").read_text()
BLOCKS = [line.strip() for line in PAGE.splitlines() if line.startswith("    janitor ")]
INLINE = [text for text in re.findall(r"`(janitor [^`]+)`", PAGE) if not text.startswith("janitor clean`")]


@pytest.mark.parametrize("command", sorted({*BLOCKS, *INLINE}))
def test_the_command_parses(command: str) -> None:
    words = shlex.split(command)[1:]
    assert words[0] in FIRST_WORDS
    assert parse(words).command.split()[0] in (words[0], "help")


def test_there_are_some_of_each() -> None:
    for name in ("uninstall", "status", "plan", "pod", "service", "clean", "sandbox"):
        assert any(command.split()[1] == name for command in (*BLOCKS, *INLINE)), name


def test_the_statuses_are_of_the_table() -> None:
    section = PAGE.partition("## Exit statuses")[2].partition("\n## ")[0]
    named = {int(number) for number in re.findall(r"(?:^|[.;:] |\n)(\d+): ", section)}
    assert named <= {status.value for status in Exit}
    assert {0, 1, 4, 5, 6, 10, 130} <= named
