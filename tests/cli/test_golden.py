"""Golden transcripts: each file in golden/ is a command, what the engine plays, and all that comes of it.

    $ janitor -r kafka-role            the command line, as a shell reads it
    JANITOR_ROLE=x                     variables of the environment, if any
    plays cleaned                      the outcome or error of outcomes.py, if the engine is to be asked
    tells planned                      the event of outcomes.py that the engine tells first, if any
    columns 80                         stdout is a terminal of that width; `colour`: and has colours
    --- stdout
    --- stderr
    --- status 0

An escape, with which a colour begins and ends, is written as `␛`. Blanks at the ends of lines matter (the original's
`202 ` has one), and are written as `·`.
"""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.cli.outcomes import ERRORS, EVENTS, OUTCOMES
from tests.cli.terminal import PlayedEngine, Ran, janitor

GOLDEN = sorted((Path(__file__).parent / "golden").glob("*.txt"))


def play(header: list[str]) -> Ran:
    command, *others = header
    said = dict(line.partition(" ")[::2] for line in others if "=" not in line)
    plays, columns = said.get("plays", ""), said.get("columns")
    events = [EVENTS[said["tells"]]] if "tells" in said else []
    environ = dict(line.split("=", 1) for line in others if "=" in line)
    words = shlex.split(command.removeprefix("$ janitor"))
    return janitor(
        *words,
        engine=PlayedEngine(OUTCOMES.get(plays), error=ERRORS.get(plays), events=events),
        environ=environ,
        columns=int(columns) if columns else None,
        colour="colour" in said,
    )


def rendered(header: list[str], ran: Ran) -> str:
    def ends_shown(text: str) -> str:
        return "".join(
            line[:-1].rstrip(" ") + "·" * (len(line[:-1]) - len(line[:-1].rstrip(" "))) + "\n"
            for line in text.splitlines(keepends=True)
        )

    parts = [*header, "--- stdout"]
    ran = Ran(ran.status, ran.stdout.replace("\x1b", "\N{SYMBOL FOR ESCAPE}"), ran.stderr)
    return (
        "\n".join(parts)
        + "\n"
        + ends_shown(ran.stdout)
        + "--- stderr\n"
        + ends_shown(ran.stderr)
        + f"--- status {ran.status}\n"
    )


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden(path: Path) -> None:
    """Rules C2, P3: stdout, stderr and status, to the letter."""
    expected = path.read_text(encoding="utf-8")
    header = expected.split("\n--- stdout\n")[0].split("\n")
    assert rendered(header, play(header)) == expected


def test_there_are_goldens() -> None:
    assert len(GOLDEN) > 15
    used = {
        line.removeprefix("plays ")
        for path in GOLDEN
        for line in path.read_text().split("\n")
        if line.startswith("plays ")
    }
    assert set(OUTCOMES) <= used, "an outcome that no transcript shows"
