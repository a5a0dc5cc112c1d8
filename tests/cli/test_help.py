"""Help and documents follow from the tables, and fit where they are read."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from janitor.cli.arguments import line
from janitor.cli.arguments import options as options_module
from janitor.cli.arguments.options import OPTIONS, of_command
from janitor.cli.arguments.verbs import COMMANDS, WITH_VERBS, CommandName
from janitor.cli.guides import GUIDES
from janitor.cli.manual import wrapped
from janitor.exits import Exit
from tests.cli.examples import words_of
from tests.cli.plans import write_plan
from tests.cli.terminal import environment, janitor

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


PAGES = [["--help"], *(["help", *name.split()] for name in (*COMMANDS, *WITH_VERBS))]


@pytest.mark.parametrize("argv", PAGES, ids=" ".join)
def test_help_fits_80_columns(argv: list[str]) -> None:
    lines = janitor(*argv).stdout.split("\n")
    assert max(map(len, lines)) <= 80
    assert not [line for line in lines if line != line.rstrip()]


def test_every_option_is_in_the_help_of_its_commands() -> None:
    pages = {command: janitor("help", *command.split()).stdout for command in COMMANDS}
    for option in OPTIONS:
        for command in option.commands:
            text = pages[command]
            assert f"--{option.name}" in text
            assert f"  -{option.short}, --{option.name}" in text or not option.short
            assert option.help.split()[0] in text


def test_the_overview_shows_commands_and_statuses() -> None:
    text = janitor("--help").stdout
    assert all(f"\n  {name}" in text for name in COMMANDS)
    assert all(f"\n  {status:<5}" in text for status in (0, 1, 3, 4, 5, 6, 10, 130, 143))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_examples_of_a_command_are_in_its_help_and_are_read_as_it(
    command: CommandName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("token.txt").write_text("a-token")
    write_plan(Path("kafka.plan"))
    assert len(GUIDES[command].examples) >= 2
    shown = janitor("help", *command.split()).stdout.replace(" \\\n     ", "")
    for example in GUIDES[command].examples:
        assert f"  {example}\n" in shown
        assert line.parse(words_of(example), environment(stdin="a-token")).command == command


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_verb_answers_help_by_itself(command: CommandName) -> None:
    ran = janitor(*command.split(), "--help")
    assert ran.status == 0
    assert (ran.stdout == janitor("help", *command.split()).stdout) == (not COMMANDS[command].own_grammar)
    assert "\nExamples\n" in ran.stdout
    assert "\nExit status\n" in ran.stdout
    if COMMANDS[command].reaches and "FILE" not in COMMANDS[command].words:
        examples = ran.stdout.partition("\nExamples\n")[2].partition("\n\n")[0]
        assert "docker run" in examples
        assert "--auth-token-file" in examples


@pytest.mark.parametrize("command", WITH_VERBS)
def test_so_does_the_first_word_of_several(command: str) -> None:
    ran = janitor(command, "--help")
    assert (ran.status, ran.stdout) == (0, janitor("help", command).stdout)


def test_help_is_complete() -> None:
    """Every word of a command is explained, every status is there, and the page to read exists."""
    assert set(GUIDES) == set(COMMANDS)
    for name, guide in GUIDES.items():
        spec = COMMANDS[name]
        assert [word for word, _ in guide.words] == [word.strip("[].") for word in spec.words.split()]
        assert (ROOT / guide.page).exists()
        assert {Exit.CLEAN, Exit.USAGE, Exit.FAILED} <= set(guide.statuses)
        assert (Exit.LOGIN_REFUSED in guide.statuses) == spec.reaches
        options = of_command(name)
        assert options_module.YES not in options or Exit.REFUSED in guide.statuses
        assert options_module.DETAILED_EXITCODE not in options or Exit.FOUND in guide.statuses
        text = " ".join(janitor("help", *name.split()).stdout.split())
        assert all(" ".join(part.split()) in text for part in (guide.does, *guide.statuses.values(), guide.page))


def test_an_example_that_is_wrapped_is_the_same_for_a_shell() -> None:
    for guide in GUIDES.values():
        for example in guide.examples:
            lines = list(wrapped(example, 78))
            assert max(map(len, lines)) <= 78
            assert shlex.split("\n".join(lines).replace("\\\n", "")) == shlex.split(example)


def test_every_difference_is_listed() -> None:
    """Rule C6. The list names what this room changed; the first is http that is answered by https."""
    text = (DOCS / "differences.md").read_text(encoding="utf-8")
    assert text.index("verified") < text.index("## ", text.index("## ") + 3)
    for word in ("`-h`", "left over", "usage text", "b''", "`-r=x`", "exit status 5", "MARATHON_APP_ID"):
        assert word in text, word
