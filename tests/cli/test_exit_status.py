"""Each exit status, provoked (the world is played; what needs a real one stands with the end-to-end tests)."""

from __future__ import annotations

import pytest

from janitor.cleanup.outcome import Outcome
from janitor.errors import LoginRefused, Refusal, UsageError
from tests.cli import outcomes
from tests.cli.terminal import PlayedEngine, janitor

CLEAN = ("-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka")


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (outcomes.CLEANED, 0),
        (outcomes.NOTHING_THERE, 0),
        (outcomes.ROOT_LEFT, 0),
        (outcomes.DRY, 0),
        (outcomes.LOGIN, 4),
        (outcomes.CONFLICT, 5),
        (outcomes.NO_MASTER, 5),
        (outcomes.FILTERED, 5),
        (outcomes.LIVE_OWNER, 6),
        (outcomes.INTERRUPTED, 130),
        (outcomes.TERMINATED, 143),
    ],
)
def test_the_outcomes_status_is_the_processes(outcome: Outcome, status: int) -> None:
    for output in ((), ("--output", "json"), ("--quiet",)):
        assert janitor(*CLEAN, *output, engine=PlayedEngine(outcome)).status == status


def test_0_help_and_version() -> None:
    for argv in (["-h"], ["--help"], ["help"], ["help", "clean"], ["clean", "-h"], ["--version"], ["version"]):
        ran = janitor(*argv)
        assert (ran.status, ran.stderr) == (0, "")
        assert ran.stdout


def test_1_no_arguments_shows_the_help() -> None:
    """Rule C3; whatever the environment says, since whoever types this wants to know, not to delete."""
    ran = janitor(environ={"JANITOR_ROLE": "kafka-role"})
    assert ran.status == 1
    assert ran.stdout == janitor("--help").stdout


def test_1_usage() -> None:
    for argv in (
        ["--nonsense"],
        ["-r"],
        ["-r", "x", "y"],
        ["-r", ""],
        ["help", "nonsense"],
        ["--timeout", "x", "-z", "y"],
    ):
        assert janitor(*argv).status == 1
    assert janitor("-z", "a/../b", engine=PlayedEngine(error=UsageError("no znode"))).status == 1


def test_3_bad_url() -> None:
    for argv in (["-m", "http://m"], ["-n", "http://m"], ["-e", "http://m"], ["-m", "m/"]):
        assert janitor(*CLEAN, *argv).status == 3


def test_4_login_refused() -> None:
    assert janitor(*CLEAN, engine=PlayedEngine(error=LoginRefused("no"))).status == 4


def test_5_nothing_to_do() -> None:
    assert janitor("-m", "http://m/").status == 5
    assert janitor("--label", "a=b").status == 5


@pytest.mark.parametrize("name", ["unreachable", "html", "too-old", "bug"])
def test_5_failed(name: str) -> None:
    assert janitor(*CLEAN, engine=PlayedEngine(error=outcomes.ERRORS[name])).status == 5


def test_6_refused() -> None:
    ran = janitor("-z", "mesos", engine=PlayedEngine(error=Refusal("no", rule="Z1", override=None)))
    assert ran.status == 6
    assert "rule Z1" in ran.stderr


def test_p3_success_is_said_exactly_when_a_clean_up_ended_with_0() -> None:
    """Rule P3, over every outcome there is."""
    for name, outcome in outcomes.OUTCOMES.items():
        ran = janitor(*CLEAN, *(["--dry-run"] if outcome.dry_run else []), engine=PlayedEngine(outcome))
        said = "Cleanup completed successfully." in ran.stdout
        assert said == (outcome.status == 0 and outcome.ran and not outcome.dry_run), name
        assert "Cleanup completed" not in ran.stderr
