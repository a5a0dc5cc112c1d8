"""Who reads it decides what standard output shows: a terminal gets the text for people, everything else the transcript.

And however much there is to tell, it fits on a screen or two.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from janitor.cleanup.outcome import Leftover, Outcome
from janitor.cli.views.progress import deleting
from janitor.events import ZnodeProgress
from tests.cli import outcomes
from tests.cli.terminal import PlayedEngine, janitor
from tests.clock import HANGS
from tests.terminal import Terminal

CLEAN = ("-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka")
PLAY = """
import sys
from janitor.cli.main import main
from tests.cli import outcomes
from tests.cli.terminal import PlayedEngine
sys.exit(main(sys.argv[1:], engine=PlayedEngine(outcomes.CLEANED, events=[outcomes.EVENTS["planned"]])))
"""
SCREENS = 60
"""Lines, which is more than one screen and less than three."""


def process(argv: Sequence[str], environ: Mapping[str, str]) -> tuple[list[str], dict[str, str]]:
    clean = {name: text for name, text in os.environ.items() if not name.startswith(("JANITOR_", "MARATHON_", "NO_"))}
    return [sys.executable, "-c", PLAY, *argv], {**clean, "TERM": "xterm", **environ}


def on_a_terminal(*argv: str, environ: Mapping[str, str] | None = None) -> str:
    """What a terminal gets on stdout and stderr together."""
    command, variables = process(argv, environ or {})
    with Terminal(command, variables, cwd=Path(__file__).parents[2], stdin=subprocess.DEVNULL) as terminal:
        assert terminal.end() == 0, terminal.text
    return terminal.text.replace("\r\n", "\n")


def test_a_terminal_gets_the_text_and_a_pipe_the_transcript() -> None:
    """Rule C2."""
    said = on_a_terminal(*CLEAN)
    assert "To be removed from 4 agents:" in said
    assert "\x1b[1;32mRemoved and proven gone in 0.7 s:\x1b[0m" in said
    assert "Destroying volumes..." not in said
    command, variables = process(CLEAN, {})
    ran = subprocess.run(
        command, cwd=Path(__file__).parents[2], env=variables, capture_output=True, text=True, timeout=HANGS
    )
    assert ran.stdout == janitor(*CLEAN, engine=PlayedEngine(outcomes.CLEANED)).stdout
    assert ran.stdout.endswith("Cleanup completed successfully.\n")
    assert ran.stderr.splitlines()[0] == "Removed and proven gone in 0.7 s:"


def test_a_terminal_gets_the_transcript_when_it_is_asked_for() -> None:
    said = on_a_terminal(*CLEAN, "--output", "transcript")
    assert "Destroying volumes..." in said
    assert "To be removed" not in said
    assert "Destroying volumes..." in on_a_terminal(*CLEAN, environ={"JANITOR_OUTPUT": "transcript"})


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}], ids=str)
def test_no_colour_where_none_is_wanted(environ: dict[str, str]) -> None:
    said = on_a_terminal(*CLEAN, environ=environ)
    assert "\nRemoved and proven gone in 0.7 s:\n" in said.replace("\x1b[K", "")
    assert not re.findall(r"\x1b\[[0-9;]*[1-9]m", said)


@pytest.mark.parametrize("argv", [("--output", "transcript"), ("--output", "text")], ids=str)
def test_commands_name_their_own_formats(argv: tuple[str, ...]) -> None:
    ran = janitor("status", "kafka", "--output", "transcript")
    assert (ran.status, "not one of text, json" in ran.stderr) == (1, True)
    assert "not one of transcript, text, json" in janitor(*CLEAN, "--output", "openmetrics").stderr
    assert janitor(*CLEAN, *argv, engine=PlayedEngine(outcomes.CLEANED)).status == 0


def left(agents: int, causes: int) -> tuple[Leftover, ...]:
    """Ten reservations on each agent; every agent has one of so many causes."""
    return tuple(
        Leftover(
            f"S{number:04}", f"10.0.{number // 250}.{number % 250}", item, f"cause {number % causes}", "Run again."
        )
        for number in range(agents)
        for item in (f"cpus:{of}" for of in range(10))
    )


@pytest.mark.parametrize("causes", [1, 2, 8, 600])
@pytest.mark.parametrize("columns", [None, 80])
def test_ctrl_c_on_600_agents_fits_on_two_screens(causes: int, columns: int | None) -> None:
    outcome = replace(outcomes.INTERRUPTED, leftovers=left(600, causes), notices=tuple(f"no {n}" for n in range(300)))
    ran = janitor(*CLEAN, engine=PlayedEngine(outcome), columns=columns)
    lines = ran.stderr.splitlines()
    assert len([line for line in lines if not line.startswith("Notice: ")]) <= SCREENS
    assert sum(line.startswith("Notice: ") for line in lines) == 20
    assert "and 280 more notices (--output json names each)" in lines
    assert "janitor: 6000 reservations on 600 agents not proven gone:" in lines
    if columns:
        assert len(ran.stdout.splitlines()) < SCREENS


def test_what_is_seen_and_what_is_not_are_counted_apart() -> None:
    seen = Leftover("S1", "10.0.0.1", "cpus:1", "The agent is disconnected.", "Wait.")
    hidden = [Leftover(f"A{n}", "", "whatever kafka-role holds there", "It is unreachable.", "Wait.") for n in range(2)]
    waited = Leftover("", "", "the proof", "Still waiting for agent S1 to connect again.", "Run this again.")
    for leftovers, told in (
        ((seen, seen, waited), "2 reservations on 1 agent not proven gone:"),
        ((seen, *hidden, waited), "1 reservation on 1 agent not proven gone, nor what 2 more agents may hold:"),
        ((*hidden, waited), "What 2 agents may hold is not proven gone:"),
        ((waited,), "Not proven gone:"),
    ):
        outcome: Outcome = replace(outcomes.CONFLICT, leftovers=leftovers)
        assert janitor(*CLEAN, engine=PlayedEngine(outcome)).stderr.splitlines()[0] == f"janitor: {told}"


@pytest.mark.parametrize(
    ("nodes", "told"),
    [(44, "5 of 44 nodes deleted"), (None, "5 nodes deleted"), (3, "5 nodes deleted")],
)
def test_deleted_of_how_many_where_that_is_known(nodes: int | None, told: str) -> None:
    assert deleting(ZnodeProgress("/x", 5, "deleting", nodes)) == f"Znode /x: deleting, {told}"
    assert deleting(ZnodeProgress("/x", 5, "deleting /x", nodes)) == f"Deleting /x: {told}"
