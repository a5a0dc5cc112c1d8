"""The audit log of a clean-up: all that it takes to see afterwards what was removed, and to reserve it again."""

from __future__ import annotations

import errno
import json
import os
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from janitor.cli.engine import Engine
from janitor.patience import Patience
from janitor.records.schema import schema
from tests.cli.documents import document
from tests.cli.terminal import Ran, janitor
from tests.clock import HANGS
from tests.engine.conftest import Make
from tests.engine.scene import PRINCIPAL, ROLE, WRITES, ZNODE, Scene

PUBLISHED = Path(__file__).parents[2] / "docs" / "audit.schema.json"


def clean(scene: Scene, log: Path, *more: str, **environ: str) -> Ran:
    assert scene.target.zookeeper is not None
    where = ("-m", scene.target.mesos, "-n", scene.target.marathon, "--zookeeper", scene.target.zookeeper)
    words = ("-r", ROLE, "-p", PRINCIPAL, "-z", ZNODE, *where, *more)
    return janitor(*words, environ={"JANITOR_AUDIT_LOG": str(log), **environ}, engine=Engine())


def recorded(log: Path) -> list[dict[str, Any]]:
    """Every line, held against the published schema."""
    published = json.loads(PUBLISHED.read_text())
    validator = Draft202012Validator(published)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    for line in lines:
        assert [error.message for error in validator.iter_errors(line)] == [], line
    return lines


def events(lines: list[dict[str, Any]]) -> list[str]:
    return [line["event"] for line in lines]


def plain(holdings: Any) -> Any:
    return {agent: sorted(json.dumps(item, sort_keys=True) for item in held) for agent, held in holdings.items()}


def test_the_published_schema_is_that_of_the_types() -> None:
    assert json.loads(PUBLISHED.read_text()) == schema("audit"), "see janitor/records/schema.py"


@pytest.mark.parametrize("version", ["1.2", "1.12"])
def test_what_was_removed_can_be_reserved_again_by_what_the_log_prints(
    make: Make, tmp_path: Path, version: str
) -> None:
    scene, log = make(version), tmp_path / "log"
    scene.kafka()
    before = plain(scene.holdings())
    ran = clean(scene, log, "--concurrency", "1")
    assert ran.status == 0, ran.stderr
    assert plain(scene.holdings()) != before

    lines = recorded(log)
    assert events(lines)[:6] == ["begin", "asked", "cluster", "selected", "selected", "selected"]
    assert events(lines)[6:21] == ["intent"] * 5 + ["write", "answer"] * 5
    assert {*events(lines)[21:-4]} == {"proof"}
    assert events(lines)[-4:] == ["znode_intent", "znode_end", "cleaned", "end"]
    assert lines[0]["variables"] == {"JANITOR_AUDIT_LOG": str(log)}
    assert lines[0]["command"][:4] == ["janitor", "clean", "-r", ROLE]
    intended = [(line["agent_id"], line["call"], line["resources"]) for line in lines if line["event"] == "intent"]
    written = [(line["agent_id"], line["call"], line["resources"]) for line in lines if line["event"] == "write"]
    assert sorted(intended, key=str) == sorted(written, key=str)

    (run,) = document(janitor("audit", "show", str(log), "--output", "json"))["runs"]
    assert (run["status"], [one["state"] for one in run["znodes"]]) == (0, ["gone"])
    for again in run["again"]:
        request = urllib.request.Request(
            run["api"], json.dumps(again["body"]).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request) as answer:
            assert answer.status == 202
    Patience(HANGS).poll(lambda: plain(scene.holdings()) == before or None, what="until the agents have applied it")


def test_what_the_log_prints_for_people(scene: Scene, tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert clean(scene, log).status == 0
    told = janitor("audit", "show", str(log)).stdout
    for agent in scene.agents[:3]:
        assert f"  Agent {agent} on " in told
        assert told.count(f'"agent_id":{{"value":"{agent}"}}') == (2 if agent != scene.agents[2] else 1)
    assert f"    curl -sS -i -X POST {scene.target.mesos}api/v1 -H 'Content-Type: application/json' -d " in told
    assert "    DESTROY_VOLUMES 202: disk:500 (volume kafka-role-v0)" in told
    assert "  Znode /dcos-service-kafka: gone, " in told
    again = janitor("audit", "list", str(log)).stdout
    assert json.loads(log.read_text().splitlines()[0])["run"][:8] in again
    assert "janitor clean -r kafka-role -p kafka-principal" in again


def test_a_dry_run_says_what_it_saw_and_nothing_else(scene: Scene, tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert clean(scene, log, "--dry-run").status == 0
    assert {*events(recorded(log))} == {"begin", "asked", "cluster", "selected", "cleaned", "end"}


@pytest.mark.parametrize("event", ["intent", "write", "answer", "znode_intent"])
def test_a_log_that_cannot_be_written_stops_the_run_before_the_next_write(
    scene: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, event: str
) -> None:
    """The second of its kind does not fit on the disk any more; of the znode the first and only one."""
    log, write, seen = tmp_path / "log", os.write, []

    def full(descriptor: int, content: bytes) -> int:
        if f'"event":"{event}"'.encode() in content:
            seen.append(content)
        if len(seen) >= (1 if event == "znode_intent" else 2) and b'"event"' in content:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, content)

    monkeypatch.setattr(os, "write", full)
    scene.control.clear_requests()
    ran = clean(scene, log, "--concurrency", "1", "--output", "json")
    monkeypatch.undo()
    told = document(ran)
    writes = [one for one in scene.control.requests() if any(call in one["body"] for call in WRITES)]
    assert ran.status == 5
    assert "No space left on device" in told["error"]["message"]
    assert scene.znode()
    answers = [answer for agent in told["outcome"]["agents"] for answer in agent["answers"]]
    assert len(writes) == len(answers) == {"intent": 0, "write": 1, "answer": 2, "znode_intent": 5}[event]
    assert clean(scene, log).status == 0


def test_a_file_that_is_none_is_refused_before_anything_is_contacted(scene: Scene, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "log")
    scene.control.clear_requests()
    ran = clean(scene, tmp_path / "log")
    assert (ran.status, scene.control.requests()) == (1, [])
    assert f"JANITOR_AUDIT_LOG {tmp_path / 'log'} is no regular file" in ran.stderr


def test_invariant_6_no_secret_is_in_the_log(scene: Scene, tmp_path: Path) -> None:
    log = tmp_path / "log"
    clean(scene, log, "-a", "t0ken-t0ken-t0ken", "--password", "hunter2hunter2", "--username", "joe")
    text = log.read_text()
    assert "t0ken" not in text
    assert "hunter2" not in text
    assert '"-a","***"' in text
