"""`--output json` on a cluster: what each command prints when it succeeds, when it is refused, and when it fails."""

from __future__ import annotations

from typing import Any

import pytest

from janitor.cli.engine import Engine
from tests.cli.documents import document
from tests.cli.terminal import janitor
from tests.clock import HANGS
from tests.uninstall.conftest import Make
from tests.uninstall.scene import Scene

JSON = ("--output", "json")


@pytest.fixture
def kafka(scene: Scene) -> Scene:
    scene.services.run("kafka")
    return scene


def told(scene: Scene, *argv: str) -> Any:
    """The document of a run, checked against the published schema."""
    return document(scene.janitor(*argv, *JSON))


def test_each_command_that_succeeds(make: Make) -> None:
    kafka = make(agents=4)
    kafka.services.run("kafka")
    framework = kafka.services.look("kafka")["framework_id"]

    status = told(kafka, "status", "kafka")
    assert (status["command"], status["status"], status["error"]) == ("status", 10, None)
    assert (status["name"], status["app"], status["package"], status["way"]) == ("kafka", "/kafka", "kafka", "modern")
    assert status["znode"] == {"name": "dcos-service-kafka", "exists": True}
    assert [one["id"] for one in status["frameworks"]] == [framework]
    assert (status["roles"][0], status["principals"][0]) == ("kafka-role", "kafka-principal")
    assert [(one["role"], one["items"]) for one in status["reserved"]] == [("kafka-role", 24)]

    plan = told(kafka, "plan", "show", "kafka")
    assert (plan["command"], plan["status"], plan["meaning"], plan["name"]) == ("plan show", 0, "done", "kafka")
    assert (plan["plan"]["name"], plan["plan"]["status"]) == ("deploy", "COMPLETE")
    step = plan["plan"]["phases"][0]["steps"][0]["name"]
    assert step == "kafka-0:[broker]"

    forced = told(kafka, "plan", "force-complete", "kafka", "deploy", "kafka-deploy", step)
    assert (forced["command"], forced["status"], forced["already"]) == ("plan force-complete", 0, True)
    assert [forced[key] for key in ("name", "plan", "phase", "step")] == ["kafka", "deploy", "kafka-deploy", step]

    pods = told(kafka, "pod", "list", "kafka")
    assert (pods["command"], pods["status"]) == ("pod list", 0)
    assert [pod["name"] for pod in pods["pods"]] == ["kafka-0", "kafka-1", "kafka-2"]
    assert pods["pods"][0]["tasks"][0]["status"] == "RUNNING"

    replaced = told(kafka, "pod", "replace", "kafka", "kafka-1", "--yes")
    assert [replaced[key] for key in ("command", "status", "name", "pod")] == ["pod replace", 0, "kafka", "kafka-1"]

    listed = told(kafka, "service", "list")
    assert (listed["command"], listed["status"]) == ("service list", 0)
    assert [(one["id"], one["active"]) for one in listed["frameworks"]] == [(framework, True)]

    shut = told(kafka, "service", "shutdown", framework, "--yes")
    assert (shut["command"], shut["status"], shut["framework"]["id"]) == ("service shutdown", 0, framework)
    assert shut["framework"]["name"] == "kafka"


def test_an_uninstall_and_a_clean_up_that_succeed(kafka: Scene) -> None:
    dry = told(kafka, "uninstall", "kafka", "--dry-run", "--detailed-exitcode")
    assert (dry["command"], dry["status"], dry["taken"], dry["error"]) == ("uninstall", 10, [], None)
    assert dry["next"] == "Have Cosmos uninstall package kafka of /kafka"
    done = told(kafka, "uninstall", "kafka", "--yes")
    assert (done["command"], done["status"], done["name"], done["error"]) == ("uninstall", 0, "kafka", None)
    assert (len(done["taken"]), len(done["cleanups"])) == (2, 1)
    assert done["summary"].startswith("Service kafka is gone: ")
    assert told(kafka, "status", "kafka")["meaning"] == "nothing of the service is left"

    kafka.abandoned("old")
    words = ("clean", "-r", "old-role", "-p", "old-principal", "-z", "dcos-service-old", "--timeout", f"{HANGS:.0f}")
    cleaned = told(kafka, *words)
    assert (cleaned["command"], cleaned["status"], cleaned["error"]) == ("clean", 0, None)
    assert (cleaned["outcome"]["result"], cleaned["outcome"]["znode"]["state"]) == ("removed", "gone")
    assert len([agent for agent in cleaned["outcome"]["agents"] if agent["proof"]]) == 3
    assert kafka.held("old-role") == []


QUESTIONS = (
    ("plan force-complete", ("plan", "force-complete", "kafka", "deploy")),
    ("pod replace", ("pod", "replace", "kafka", "kafka-1")),
    ("service shutdown", ("service", "shutdown", "kafka")),
)


def test_what_is_not_confirmed_and_what_is_refused(kafka: Scene) -> None:
    """Nobody is asked where a document is wanted and no terminal is there; a rule is named with what lifts it."""
    for command, argv in QUESTIONS:
        asked = told(kafka, *argv)
        assert (asked["command"], asked["status"], asked["error"]["kind"]) == (command, 6, "NotConfirmed")
        (typed,) = asked["error"]["commands"]
        assert asked["error"]["remedy"] == f"To confirm on the command line: {typed}"
        assert typed.startswith(f"janitor {command} ")
        assert typed.endswith(" --yes")
        assert "rule" not in asked["error"]
    asked = told(kafka, "uninstall", "kafka")
    assert (asked["command"], asked["status"], asked["taken"]) == ("uninstall", 6, [])
    assert asked["error"]["message"] == asked["why"]

    kafka.control.subscribe("marathon", "slave_public", "dcos_marathon")
    own = told(kafka, "service", "shutdown", "marathon", "--yes")
    assert (own["status"], own["framework"], own["error"]["kind"]) == (6, None, "Refusal")
    assert (own["error"]["rule"], own["error"]["override"]) == ("O1", "cluster-framework")
    assert told(kafka, "uninstall", "marathon", "--yes")["status"] == 6

    refused = told(kafka, "clean", "-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka")
    assert (refused["status"], refused["error"]["kind"], refused["error"]["rule"]) == (6, "Refusal", "O1")
    assert refused["error"]["message"] == refused["outcome"]["blocked"][0]["message"]
    assert refused["error"]["ways"] == refused["outcome"]["blocked"][0]["ways"]


EVERY = (
    ("clean", ("clean", "-r", "kafka-role")),
    ("uninstall", ("uninstall", "kafka", "--yes")),
    ("status", ("status", "kafka")),
    ("plan show", ("plan", "show", "kafka")),
    ("plan force-complete", ("plan", "force-complete", "kafka", "deploy", "--yes")),
    ("pod list", ("pod", "list", "kafka")),
    ("pod replace", ("pod", "replace", "kafka", "kafka-1", "--yes")),
    ("service list", ("service", "list")),
    ("service shutdown", ("service", "shutdown", "kafka", "--yes")),
)


@pytest.mark.parametrize(("command", "argv"), EVERY)
def test_a_cluster_that_is_not_there(command: str, argv: tuple[str, ...]) -> None:
    where = ("--dcos-url", "http://127.0.0.1:1", "--timeout", "3s")
    failed = document(janitor(*argv, *where, *JSON, engine=Engine()))
    assert (failed["command"], failed["status"]) == (command, 5)
    assert "connection refused" in str(failed["error"])
    if command == "status":  # what was not seen is not said to be absent
        assert {failed[key] for key in ("frameworks", "roles", "reserved", "znode", "plan", "stuck")} == {None}


def test_a_service_that_there_is_none_of(kafka: Scene) -> None:
    for command, argv in EVERY[1:]:
        if command in ("service list",):
            continue
        wrong = [word.replace("kafka", "kafak") for word in argv]
        failed = told(kafka, *wrong)
        assert (failed["command"], failed["status"], failed["error"]["kind"]) == (command, 1, "UsageError"), command
        assert failed.get("name", "kafak") == "kafak"


def test_a_master_that_is_too_old(make: Make) -> None:
    scene = make("0.28")
    for command, argv in (*EVERY[:3], EVERY[7]):
        failed = told(scene, *argv)
        assert (failed["command"], failed["status"]) == (command, 5)
        assert "runs Mesos 0.28.2" in failed["error"]["message"]
