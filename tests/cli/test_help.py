"""Help and documents follow from the tables, and fit where they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from janitor.cli.arguments.grammar import parse
from janitor.cli.arguments.options import OPTIONS
from janitor.cli.arguments.verbs import COMMANDS, WITH_VERBS
from janitor.cli.manual import EXAMPLES
from tests.cli.terminal import janitor

DOCS = Path(__file__).parents[2] / "docs"


PAGES = [["--help"], *(["help", *name.split()] for name in (*COMMANDS, *WITH_VERBS))]


@pytest.mark.parametrize("argv", PAGES, ids=" ".join)
def test_help_fits_80_columns(argv: list[str]) -> None:
    lines = janitor(*argv).stdout.split("\n")
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if line != line.rstrip()]


def test_every_option_is_in_the_help_of_its_commands() -> None:
    for option in OPTIONS:
        for command in option.commands:
            text = janitor("help", *command.split()).stdout
            assert f"--{option.name}" in text
            assert f"  -{option.short}, --{option.name}" in text or not option.short
            assert option.help.split()[0] in text


def test_the_overview_shows_commands_and_statuses() -> None:
    text = janitor("--help").stdout
    assert all(f"\n  {name}" in text for name in COMMANDS)
    assert all(f"\n  {status:<5}" in text for status in (0, 1, 3, 4, 5, 6, 10, 130, 143))


def test_the_examples_can_be_typed() -> None:
    """Every command line of the help is one that parses."""
    joined = EXAMPLES.replace("\\\n", " ").replace("$(dcos config show core.dcos_acs_token)", "TOKEN")
    lines = [line.split() for line in joined.split("\n")]
    assert len(lines) > 2
    for words in lines:
        start = next(number for number, word in enumerate(words) if word in ("janitor", "/janitor.py"))
        assert parse(words[start + 1 :]).command == "clean"


def test_every_difference_is_listed() -> None:
    """Rule C6. The list names what this room changed; the first is http that is answered by https."""
    text = (DOCS / "differences.md").read_text(encoding="utf-8")
    assert text.index("verified") < text.index("## ", text.index("## ") + 3)
    for word in ("`-h`", "left over", "usage text", "b''", "`-r=x`", "exit status 5", "MARATHON_APP_ID"):
        assert word in text, word
