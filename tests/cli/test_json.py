"""`--output json`: every command tells every error in a document of its own, which the published schema describes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from janitor.cli.arguments.verbs import COMMANDS, WITH_VERBS
from janitor.cli.main import main
from janitor.cli.results import Result
from janitor.cli.views.schema import DOCUMENTS, schema
from janitor.cli.views.view import View
from janitor.errors import Interrupted
from tests.cli import outcomes
from tests.cli.documents import PUBLISHED, check, document
from tests.cli.plans import PLAN
from tests.cli.terminal import PlayedEngine, environment, janitor, written

JSON = ("--output", "json")
CLEAN = ("-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka")
ON_CLUSTER: dict[str, tuple[str, ...]] = {
    "clean": ("clean", *CLEAN),
    "apply": ("apply", str(PLAN)),
    "uninstall": ("uninstall", "kafka"),
    "status": ("status", "kafka"),
    "scan": ("scan",),
    "sweep": ("sweep",),
    "restore": ("restore", "kafka.jsonl.gz"),
    "plan show": ("plan", "show", "kafka"),
    "plan force-complete": ("plan", "force-complete", "kafka", "deploy", "phase", "step"),
    "pod list": ("pod", "list", "kafka"),
    "pod replace": ("pod", "replace", "kafka", "kafka-1"),
    "service list": ("service", "list"),
    "service shutdown": ("service", "shutdown", "kafka"),
}
"""A command line of each command that reaches a cluster."""


def test_the_published_schema_is_that_of_the_types() -> None:
    assert json.loads(PUBLISHED.read_text()) == schema(), "python -m janitor.cli.views.schema >docs/schema.json"


def test_every_command_has_a_document() -> None:
    assert {*COMMANDS, *WITH_VERBS} == set(DOCUMENTS)
    assert {*ON_CLUSTER} == {name for name, spec in COMMANDS.items() if spec.reaches}


def test_the_test_would_see_it() -> None:
    told = document(janitor(*CLEAN, *JSON, engine=PlayedEngine(outcomes.CLEANED)))
    for wrong in ({**told, "status": "0"}, {**told, "more": 1}, {**told, "command": "status"}, {**told, "schema": 2}):
        with pytest.raises(AssertionError):
            check(wrong)
    del told["outcome"]["notices"]
    with pytest.raises(AssertionError):
        check(told)


WRONG: dict[str, tuple[tuple[str, ...], int, str]] = {
    "an option that there is none of": (("--nonsense",), 1, "UsageError"),
    "a time that is none": (("--timeout", "x"), 1, "UsageError"),
    "a URL that is none": (("--dcos-url", "nonsense"), 3, "BadUrl"),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("command", ON_CLUSTER)
def test_an_error_before_anything_is_contacted(command: str, wrong: str) -> None:
    words, status, kind = WRONG[wrong]
    told = document(janitor(*ON_CLUSTER[command], *JSON, *words))
    assert (told["command"], told["status"], told["error"]["kind"]) == (command, status, kind)
    assert told["error"]["message"]


@pytest.mark.parametrize(
    ("argv", "command"),
    [
        (("plan", "list", "kafka"), "plan"),
        (("pod", "restart", "kafka"), "pod"),
        (("service",), "service"),
        (("plan", "show"), "plan show"),
        (("pod", "replace", "kafka"), "pod replace"),
        (("uninstall",), "uninstall"),
        (("help", "nonsense"), "help"),
        (("version", "--nonsense"), "version"),
        (("nonsense",), "clean"),
        (("-r", ""), "clean"),
    ],
)
def test_a_command_line_that_cannot_be_read_names_its_command(argv: tuple[str, ...], command: str) -> None:
    told = document(janitor(*argv, environ={"JANITOR_OUTPUT": "json"}))
    assert (told["command"], told["status"], told["error"]["kind"]) == (command, 1, "UsageError")


class Broken(PlayedEngine):
    """Fails at whatever a command does first."""

    def __init__(self, error: Exception) -> None:
        super().__init__(error=error)

    def site(self, *_: object) -> Any:
        assert self.error is not None
        raise self.error


ERRORS = {
    "unreachable": (5, "Unreachable"),
    "html": (5, "BadAnswer"),
    "too-old": (5, "TooOld"),
    "token": (4, "LoginRefused"),
    "protected": (6, "Refusal"),
    "bug": (5, "Bug"),
}


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("command", ON_CLUSTER)
def test_an_error_of_the_world_a_refusal_and_a_bug(command: str, error: str) -> None:
    status, kind = ERRORS[error]
    told = document(janitor(*ON_CLUSTER[command], *JSON, engine=Broken(outcomes.ERRORS[error])))
    assert (told["command"], told["status"], told["error"]["kind"]) == (command, status, kind)
    if kind == "Refusal":
        assert (told["error"]["rule"], told["error"]["rule_name"]) == ("Z1", "protected-znode")
    else:
        assert not {"rule", "rule_name", "override", "ways"} & set(told["error"])


@pytest.mark.parametrize(("number", "status"), [(2, 130), (15, 143)])
@pytest.mark.parametrize("command", ON_CLUSTER)
def test_an_interruption(command: str, number: int, status: int) -> None:
    """From the beginning of the work to its document a signal ends it in good order."""
    env = environment()

    class Stopped(PlayedEngine):
        def site(self, *_: object) -> Any:
            return self._wait()

        def clean(self, *_: object) -> Any:
            return self._wait()

        def _wait(self) -> Any:
            env.signals.handle(number)
            assert env.stop.wait(30.0)
            raise Interrupted(env.stop.signum)

    assert main([*ON_CLUSTER[command], *JSON], env, Stopped()) == status
    told = json.loads(written(env.out))
    check(told)
    assert (told["command"], told["status"], told["error"]["kind"]) == (command, status, "Interrupted")


@pytest.mark.parametrize("output", [(), JSON], ids=["text", "json"])
@pytest.mark.parametrize("command", ON_CLUSTER)
def test_a_signal_while_the_result_is_shown_changes_nothing(
    command: str, output: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    env = environment()
    shown = View.show

    def interrupted(view: View, result: Result) -> None:
        env.signals.handle(2)
        assert env.stop.wait(30.0)
        shown(view, result)

    monkeypatch.setattr(View, "show", interrupted)
    engine = Broken(outcomes.ERRORS["unreachable"])
    assert main([*ON_CLUSTER[command], *output], env, engine) == 5
    assert written(env.err).endswith("connection refused\n  do:  Name it with -m.\n")
    assert not output or json.loads(written(env.out))["error"]["kind"] == "Unreachable"


def test_what_is_left_is_told_where_the_document_cannot_be(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> str:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("janitor.cli.views.document.written", fail)
    ran = janitor(*CLEAN, *JSON, engine=PlayedEngine(outcomes.CONFLICT))
    assert (ran.status, ran.stdout) == (5, "")
    assert "2 reservations on 1 agent not proven gone:" in ran.stderr
    assert "this is a bug\n  why: ZeroDivisionError: oops\n" in ran.stderr


@pytest.mark.parametrize("name", outcomes.OUTCOMES)
def test_every_end_of_a_clean_up(name: str) -> None:
    outcome = outcomes.OUTCOMES[name]
    dry = ["--dry-run"] if outcome.dry_run else []
    told = document(janitor(*CLEAN, *dry, *JSON, engine=PlayedEngine(outcome)))
    assert (told["command"], told["job"]["role"], told["outcome"]["ran"]) == ("clean", "kafka-role", True)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("live-owner", {"kind": "Refusal", "rule": "O1", "rule_name": "live-owner", "override": "live-owner"}),
        ("typo", {"kind": "Refusal", "rule": "S4", "rule_name": "likely-typo"}),
        ("filtered", {"kind": "Outcome", "rule": "L5", "rule_name": "filtered-view", "override": "filtered-view"}),
        ("no-master", {"kind": "Outcome"}),
    ],
)
def test_what_ended_a_clean_up_is_its_error(name: str, error: dict[str, str]) -> None:
    """Wherever a refusal comes from, scripts find it in one place."""
    told = document(janitor(*CLEAN, *JSON, engine=PlayedEngine(outcomes.OUTCOMES[name])))["error"]
    assert {key: text for key, text in told.items() if key in ("kind", "rule", "rule_name", "override")} == error


EXAMPLES = re.findall(r"^    \{\n(?:    .*\n)+?    \}\n", PUBLISHED.with_name("json.md").read_text(), re.M)


def test_the_examples_of_the_page_are_documents() -> None:
    assert len(EXAMPLES) == 2
    for text in EXAMPLES:
        check(json.loads(text))
