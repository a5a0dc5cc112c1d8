"""Each exit status, provoked (the world is played; what needs a real one stands with the end-to-end tests)."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from janitor import rules
from janitor.cleanup.outcome import AgentRecord, Outcome, ZnodeRecord
from janitor.cleanup.proof import Proof
from janitor.errors import LoginRefused, Refusal, UsageError
from janitor.exits import Exit
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
    ran = janitor("-z", "mesos", engine=PlayedEngine(error=Refusal("no", rule=rules.Z1, override=None)))
    assert ran.status == 6
    assert "rule Z1" in ran.stderr


def test_p3_success_is_said_exactly_when_a_clean_up_ended_with_0() -> None:
    """Rule P3, over every outcome there is."""
    for name, outcome in outcomes.OUTCOMES.items():
        ran = janitor(*CLEAN, *(["--dry-run"] if outcome.dry_run else []), engine=PlayedEngine(outcome))
        said = "Cleanup completed successfully." in ran.stdout
        assert said == (outcome.status == 0 and outcome.ran and not outcome.dry_run), name
        assert "Cleanup completed" not in ran.stderr


UNRESERVED = (outcomes.answer(1, "unreserve", 2),)
RECORD = AgentRecord("S1", "10.0.0.1", ("kafka-role",), 0, 2, UNRESERVED, Proof.BY_OPERATIONS)


@pytest.mark.parametrize(
    ("outcome", "result"),
    [
        (replace(outcomes.CLEANED, agents=(RECORD,), znode=None), "removed"),
        (replace(outcomes.CLEANED, agents=(), znode=ZnodeRecord("/x", "gone", 3)), "removed"),
        (replace(outcomes.CLEANED, agents=(), znode=ZnodeRecord("/x", "missing")), "not-found"),
        (replace(outcomes.CLEANED, agents=(replace(RECORD, items=0),), znode=None), "not-found"),
        (replace(outcomes.DRY, agents=(RECORD,), znode=None), "would-remove"),
        (replace(outcomes.DRY, agents=(), znode=ZnodeRecord("/x", "planned", 3)), "would-remove"),
        (replace(outcomes.DRY, agents=(), znode=ZnodeRecord("/x", "missing")), "not-found"),
        (outcomes.CONFLICT, None),
    ],
)
def test_0_has_two_meanings_and_every_output_says_which(outcome: Outcome, result: str | None) -> None:
    """A dry run never says that anything is gone."""
    dry = ["--dry-run"] if outcome.dry_run else []
    assert outcome.result == result
    text = janitor(*CLEAN, *dry, engine=PlayedEngine(outcome))
    shown = json.loads(janitor(*CLEAN, *dry, "--output", "json", engine=PlayedEngine(outcome)).stdout)
    assert shown["outcome"]["result"] == result
    for where in (text.stdout, text.stderr, shown["meaning"]):
        assert ("removed and proven gone" in where.lower()) == (result == "removed"), where
        not_found = any(words in where.lower() for words in ("nothing was found", "nothing that you named was"))
        assert not_found == (result == "not-found"), where
        assert ("a run would remove" in where.lower()) == (result == "would-remove"), where


def test_what_was_gone_before_the_run_is_not_called_removed_by_it() -> None:
    """Such as a plan that was carried out already."""
    ran = janitor(
        *CLEAN, engine=PlayedEngine(replace(outcomes.CLEANED, agents=(replace(RECORD, answers=()),), znode=None))
    )
    assert ran.stderr.splitlines()[0] == "Nothing was left to remove. Proven gone in 0.7 s:"


def test_0_leaves_out_what_is_on_agents_that_were_given_up() -> None:
    away = replace(RECORD, agent_id="S2", items=3, proof=None)
    ran = janitor(*CLEAN, engine=PlayedEngine(replace(outcomes.CLEANED, agents=(RECORD, away), znode=None)))
    assert ran.stderr.splitlines() == [
        "Removed and proven gone in 0.7 s:",
        "  2 reservations on 1 agent",
        "  proof on 1 agent: no operation is pending there",
        "  Not proven, since these agents never return: 3 reservations on 1 agent",
    ]


@pytest.mark.parametrize(
    ("outcome", "status"),
    [
        (outcomes.DRY, 10),
        (outcomes.DRY_NOTHING, 0),
        (replace(outcomes.DRY, status=Exit.FAILED, znode=ZnodeRecord("/x", "kept")), 5),
    ],
)
def test_10_a_dry_run_with_detailed_exitcode_would_remove_something(outcome: Outcome, status: int) -> None:
    ran = janitor(*CLEAN, "--dry-run", "--detailed-exitcode", "--output", "json", engine=PlayedEngine(outcome))
    assert (ran.status, json.loads(ran.stdout)["status"]) == (status, status)
    assert janitor(*CLEAN, "--dry-run", engine=PlayedEngine(outcome)).status == (0 if status == 10 else status)


def test_1_detailed_exitcode_is_for_a_dry_run() -> None:
    engine = PlayedEngine(outcomes.DRY)
    assert janitor(*CLEAN, "--detailed-exitcode", engine=engine).status == 1
