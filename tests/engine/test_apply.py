"""Rule S6: a plan that was saved is followed exactly, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from janitor.cli.engine import Engine
from janitor.records.plan import SavedPlan
from janitor.records.schema import schema
from tests.cli.documents import document
from tests.cli.terminal import Ran, janitor
from tests.engine.conftest import Make
from tests.engine.scene import PRINCIPAL, ROLE, WRITES, ZNODE, Scene
from tests.zookeeper.service import abandon_service

ASKED = ("-r", ROLE, "-p", PRINCIPAL, "-z", ZNODE)


def where(scene: Scene) -> tuple[str, ...]:
    assert scene.target.zookeeper is not None
    return ("-m", scene.target.mesos, "-n", scene.target.marathon, "--zookeeper", scene.target.zookeeper)


def save(scene: Scene, file: Path, *more: str) -> Ran:
    return janitor("clean", *ASKED, "--dry-run", "--save", str(file), *where(scene), *more, engine=Engine())


def apply(scene: Scene, file: Path, *more: str) -> Ran:
    scene.control.clear_requests()
    return janitor("apply", str(file), *where(scene), *more, engine=Engine())


def refused(scene: Scene, ran: Ran) -> str:
    """It was refused by this rule, and nothing was written; gives what was said."""
    assert ran.status == 6, ran.stderr
    assert "(rule S6 approved-plan)" in ran.stderr
    assert [one for one in scene.control.requests() if any(call in one["body"] for call in WRITES)] == []
    assert scene.znode()
    return ran.stderr


@pytest.fixture
def saved(scene: Scene, tmp_path: Path) -> Path:
    ran = save(scene, tmp_path / "plan")
    assert ran.status == 0, ran.stderr
    commands = [line.strip() for line in ran.stderr.splitlines() if line.strip().startswith("janitor apply")]
    assert [command.split()[:4] for command in commands] == [["janitor", "apply", str(tmp_path / "plan"), "-m"]]
    return tmp_path / "plan"


@pytest.mark.parametrize("version", ["1.2", "1.12"])
def test_s6_what_was_saved_goes_and_a_second_run_finds_nothing(make: Make, tmp_path: Path, version: str) -> None:
    scene, file = make(version), tmp_path / "plan"
    scene.kafka()
    scene.neighbours()
    assert save(scene, file).status == 0
    assert file.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["plan"]
    shown = apply(scene, file, "--dry-run", "--detailed-exitcode")
    assert shown.status == 10
    assert "A run would remove from 3 agents" in shown.stdout
    ran = apply(scene, file, "--output", "json")
    told = document(ran)
    assert (ran.status, told["job"]["role"], told["file"], told["outcome"]["result"]) == (0, ROLE, str(file), "removed")
    assert scene.held() == []
    assert not scene.znode()
    assert len(scene.held("cassandra-role")) == 16
    again = apply(scene, file)
    assert again.status == 0
    assert "Nothing was left to remove. Proven gone in " in again.stdout
    assert "Removed and proven gone" not in again.stdout


def test_s6_what_is_less_by_now_is_no_change(scene: Scene, saved: Path) -> None:
    assert janitor("clean", "-r", ROLE, "-p", PRINCIPAL, "--label", f"resource_id={ROLE}-r0", *where(scene),
                   engine=Engine()).status == 0  # fmt: skip
    assert apply(scene, saved).status == 0
    assert scene.held() == []


def test_s6_what_appeared_is_named_and_nothing_goes(scene: Scene, saved: Path) -> None:
    scene.broker(scene.agents[3], 7, labels={"pod": "new"})
    told = refused(scene, apply(scene, saved))
    assert f"Agent {scene.agents[3]} on " in told
    assert "holds what the plan does not name: cpus:1, mem:512" in told
    assert len(scene.held()) == 15


def test_s6_what_grew_is_named_and_nothing_goes(scene: Scene, saved: Path) -> None:
    scene.control.reserve(scene.agents[0], ROLE, PRINCIPAL, cpus=1, labels={"resource_id": f"{ROLE}-r0"})
    assert "There is more of it now (2) than before (1)" in refused(scene, apply(scene, saved))


def test_s6_a_znode_that_was_created_anew_is_another_one(scene: Scene, saved: Path) -> None:
    scene.client.delete("/" + ZNODE, recursive=True)
    abandon_service(scene.client, "kafka")
    assert "It was deleted and created anew since." in refused(scene, apply(scene, saved))


def test_o1_an_owner_that_came_alive_is_refused_as_ever(scene: Scene, saved: Path) -> None:
    scene.control.subscribe("kafka", ROLE, PRINCIPAL)
    ran = apply(scene, saved)
    assert (ran.status, "(rule O1 live-owner)" in ran.stderr) == (6, True)


def test_s6_another_cluster(make: Make, scene: Scene, saved: Path) -> None:
    other = make()
    other.broker(other.agents[0], 1)
    other.client.ensure_path("/" + ZNODE)
    assert "it knows none of its agents" in refused(other, apply(other, saved))


def test_the_published_schema_is_that_of_the_types(saved: Path) -> None:
    published = json.loads((Path(__file__).parents[2] / "docs" / "plan.schema.json").read_text())
    assert published == schema("plan"), "see janitor/records/schema.py"
    Draft202012Validator(published).validate(json.loads(saved.read_text()))


ALTERED: dict[str, tuple[Callable[[Any], object], int, str]] = {
    "another role": (lambda plan: plan["job"].update(role="cassandra-role"), 6, "was changed after it was saved"),
    "an agent less": (lambda plan: plan["agents"].pop(), 6, "was changed after it was saved"),
    "another time": (lambda plan: plan.update(saved="2000-01-01T00:00:00Z"), 6, "was changed after it was saved"),
    "a newer form": (lambda plan: plan.update(janitor_plan=2), 1, "is not what --save writes"),
    "a key more": (lambda plan: plan.update(more=1), 1, "is not what --save writes"),
    "a key less": (lambda plan: plan.pop("agents"), 1, "is not what --save writes"),
}


@pytest.mark.parametrize("how", ALTERED)
def test_s6_a_file_that_was_altered(scene: Scene, saved: Path, how: str) -> None:
    change, status, words = ALTERED[how]
    plan = json.loads(saved.read_text())
    change(plan)
    saved.write_text(json.dumps(plan))
    ran = apply(scene, saved)
    assert (ran.status, scene.control.requests()) == (status, [])
    assert words in ran.stderr


def test_s6_an_old_file(scene: Scene, saved: Path) -> None:
    """By its own digest it is right: it is only too old."""
    plan = msgspec.json.decode(saved.read_bytes(), type=SavedPlan)
    plan.saved = "2020-01-01T00:00:00.000Z"
    plan.digest = plan.right_digest
    saved.write_bytes(msgspec.json.encode(plan))
    ran = apply(scene, saved, "--max-age", "30d")
    assert (ran.status, scene.control.requests()) == (6, [])
    assert "is older than --max-age allows: it was saved at 2020-01-01" in ran.stderr


def test_no_file_is_overwritten_and_what_is_not_whole_is_not_saved(scene: Scene, tmp_path: Path, saved: Path) -> None:
    before = saved.read_bytes()
    scene.control.clear_requests()
    ran = save(scene, saved)
    assert (ran.status, scene.control.requests(), saved.read_bytes()) == (1, [], before)
    assert "no plan is overwritten" in ran.stderr
    assert save(scene, tmp_path / "none" / "plan").status == 1
    scene.control.subscribe("kafka", ROLE, PRINCIPAL)
    ran = save(scene, tmp_path / "other")
    assert (ran.status, (tmp_path / "other").exists()) == (6, False)
    assert "No plan was saved: it would not be whole." in ran.stderr
    assert janitor("clean", *ASKED, "--save", "plan").status == 1
