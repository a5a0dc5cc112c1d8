"""`janitor sweep`: everything that is abandoned goes, nothing else does, and it stops at the first surprise."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from janitor.cleanup.job import Job
from janitor.cleanup.outcome import Outcome
from janitor.cli.engine import Engine
from janitor.connect import DcosSite
from janitor.events import Event, Waiting
from janitor.sandbox.services import Service
from janitor.sandbox.znodes import leave_service
from janitor.target import Run
from tests.cli.documents import document
from tests.cli.terminal import Ran, janitor
from tests.uninstall.scene import Scene
from tests.zookeeper.server import ZooKeeperServer

Item = dict[str, Any]


@pytest.fixture
def city(scene: Scene) -> Scene:
    """Kafka runs; HDFS and Elastic were torn down; of Cassandra the znode is left; somebody reserved for `batch`."""
    scene.services.run("kafka")
    scene.abandoned("hdfs", on=scene.agents[:2], port=9000)
    scene.abandoned("elastic", on=scene.agents[1:], port=9200)
    leave_service(scene.client, "cassandra", "F9", [])
    scene.control.reserve(scene.agents[0], "batch", "ops", cpus=1, mem=64)
    return scene


def held(city: Scene) -> dict[str, list[Item]]:
    return {role: city.held(role) for role in ("kafka-role", "hdfs-role", "elastic-role", "batch")}


def roles(told: Any, key: str) -> list[str]:
    return sorted(one["role"] or one["znode"]["path"] for one in told[key])


class Watching(Engine):
    """The real engine; before the n-th clean-up of a sweep something happens."""

    def __init__(self, happens: Callable[[], object], nth: int = 1) -> None:
        self._happens = happens
        self._left = nth

    def site(self, run: Run) -> DcosSite:
        outer = self

        class Watched(DcosSite):
            def clean(self, job: Job) -> Outcome:
                outer._left -= 1
                if outer._left == 0:
                    outer._happens()
                return super().clean(job)

        return Watched(run)


def swept(city: Scene, *words: str, engine: Engine | None = None, **more: Any) -> Ran:
    return janitor("sweep", *words, "--dcos-url", city.url, engine=engine or Engine(), clock=time.monotonic, **more)


def test_z6_each_znode_is_saved_in_a_file_of_its_own(city: Scene, zookeeper: ZooKeeperServer, tmp_path: Path) -> None:
    words = ("--yes", "--znodes", "--zookeeper", zookeeper.address, "--backup", str(tmp_path))
    rehearsed = swept(city, *words, "--dry-run")
    assert f"Each znode would be saved before that in {tmp_path}." in rehearsed.stdout
    assert list(tmp_path.iterdir()) == []
    ran = swept(city, *words)
    assert ran.status == 0, ran.stderr
    files = sorted(tmp_path.iterdir())
    znodes = ["dcos-service-cassandra", "dcos-service-elastic", "dcos-service-hdfs"]
    assert [file.name.split("_")[1] for file in files] == znodes
    assert all(f" saved in {file}\n" in ran.stdout for file in files)
    assert not any(city.client.exists(f"/{znode}") for znode in znodes)


def test_what_is_abandoned_goes_and_nothing_else(city: Scene) -> None:
    before = held(city)
    ran = swept(city, "--yes")
    assert ran.status == 0, ran.stderr
    after = held(city)
    assert (after["hdfs-role"], after["elastic-role"]) == ([], [])
    assert (after["kafka-role"], after["batch"]) == (before["kafka-role"], before["batch"])
    assert (city.znode("hdfs"), city.znode("elastic"), city.znode("kafka"), city.znode("cassandra")) == (
        False,
        False,
        True,
        True,
    )
    assert "Removed and proven gone: 2 holdings" in ran.stdout
    again = swept(city, "--yes")
    assert (again.status, again.stdout.splitlines()[-1]) == (0, "There is nothing to remove.")


def test_znodes_alone_go_when_they_are_meant(city: Scene) -> None:
    ran = swept(city, "--yes", "--znodes", "--only-service", "cassandra")
    assert ran.status == 0, ran.stderr
    assert not city.znode("cassandra")
    assert city.znode("hdfs")


def test_a_dry_run_shows_it_and_changes_nothing(city: Scene) -> None:
    before = held(city)
    told = document(swept(city, "--dry-run", "--output", "json"))
    assert (told["command"], told["status"], told["dry_run"], told["swept"]) == ("sweep", 0, True, [])
    assert roles(told, "chosen") == ["elastic-role", "hdfs-role"]
    ran = swept(city, "--dry-run")
    assert "A sweep would remove:" in ran.stdout
    assert ran.stdout.splitlines()[-1].endswith("Nothing was changed.")
    assert swept(city, "--dry-run", "--detailed-exitcode").status == 10
    assert held(city) == before


def test_what_is_protected_stays_whatever_else_is_said(city: Scene, tmp_path: Path) -> None:
    patterns = tmp_path / "protected"
    patterns.write_text("# ours\nelas*\n")
    before = held(city)
    ran = swept(city, "--yes", "--protect-file", str(patterns), "--output", "json")
    told = document(ran)
    assert (roles(told, "chosen"), roles(told, "protected")) == (["hdfs-role"], ["elastic-role"])
    assert held(city)["elastic-role"] == before["elastic-role"]
    assert held(city)["hdfs-role"] == []
    by_variable = swept(city, "--yes", environ={"JANITOR_PROTECT": "elastic kafka"})
    assert by_variable.status == 0
    assert "Protected, and left alone: role elastic-role by elastic-principal" in by_variable.stdout
    assert held(city)["elastic-role"] == before["elastic-role"]


@pytest.mark.parametrize("words", [("--protect", "elastik"), ("--protect", "")])
def test_a_pattern_that_protects_nothing_is_an_error_before_anything_is_written(
    city: Scene, words: tuple[str, ...]
) -> None:
    before = held(city)
    ran = swept(city, "--yes", *words)
    assert ran.status == 1
    assert held(city) == before
    assert swept(city, "--yes", environ={"JANITOR_PROTECT": ""}).status == 1
    assert held(city) == before


def test_it_is_not_done_unless_it_is_confirmed(city: Scene) -> None:
    """The list is shown first; without a terminal nobody can answer, and silence is no consent."""
    before = held(city)
    ran = swept(city)
    assert ran.status == 6
    lines = ran.stderr.splitlines()
    shown = lines[lines.index("This will go, with all data in it:") + 1 :]
    assert [line.split()[:3] for line in shown[1:3]] == [
        ["abandoned", "elastic", "elastic-role"],
        ["abandoned", "hdfs", "hdfs-role"],
    ]
    assert "  Znodes that go: dcos-service-elastic, dcos-service-hdfs" in lines
    assert "Remove 2 holdings (" in ran.stderr
    assert ", 2 znodes) from the cluster 127.0.0.1?" in ran.stderr
    assert held(city) == before


def test_it_stops_when_what_was_shown_has_grown(city: Scene) -> None:
    """After the first holding was removed, the second one is not what was confirmed any more."""

    def grow() -> None:
        for role in ("hdfs-role", "elastic-role"):
            city.control.reserve(city.agents[0], role, role.replace("role", "principal"), cpus=0.5)

    ran = swept(city, "--yes", "--output", "json", engine=Watching(grow))
    told = document(ran)
    assert ran.status == 5
    assert "does not hold what was shown any more" in told["stopped"]
    assert [one["gone"] for one in told["swept"]].count(True) <= 1
    assert told["swept"][-1]["why"] == "not tried, since the sweep had stopped"
    stayed = told["swept"][-1]["holding"]["role"]
    assert len(city.held(stayed)) > 1
    assert "The sweep stopped: " in ran.stderr


def test_it_stops_when_an_owner_comes_alive(city: Scene) -> None:
    def comes() -> None:
        for name in ("elastic", "hdfs"):
            Service(name).subscribe(city.control)

    before = held(city)
    ran = swept(city, "--yes", engine=Watching(comes))
    assert ran.status == 5
    assert held(city) == before
    assert "still owns" in ran.stderr


def test_one_that_cannot_be_proven_gone_stops_no_other(city: Scene) -> None:
    """An agent that only HDFS is on is away, and what is on it stays; Elastic goes all the same."""
    away = city.agents[0]
    city.control.disconnect_agent(away)
    window = iter([away])

    class GivesUp(Engine):
        """The window of its pings ends as soon as the run waits for it, and not after 75 s."""

        def site(self, run: Run) -> DcosSite:
            def view(event: Event) -> None:
                run.view(event)
                if isinstance(event, Waiting) and "connect again" in event.what:
                    for agent in window:
                        city.control.mark_unreachable(agent)

            return super().site(replace(run, view=view))

    ran = swept(city, "--yes", "--output", "json", engine=GivesUp())
    told = document(ran)
    assert ran.status == 5
    assert told["stopped"] is None
    assert {one["holding"]["role"]: one["gone"] for one in told["swept"]} == {"hdfs-role": False, "elastic-role": True}
    assert city.held("elastic-role") == []
    assert {item["role"] for item in city.control.held_by(away, "hdfs-role")} == {"hdfs-role"}


def test_a_signal_tells_what_was_removed_until_then(city: Scene) -> None:
    class Stops(Watching):
        def site(self, run: Run) -> DcosSite:
            self._happens = lambda: run.stop.raise_(2)
            return super().site(run)

    ran = swept(city, "--yes", "--output", "json", engine=Stops(lambda: None, nth=2))
    told = document(ran)
    assert (ran.status, told["status"]) == (130, 130)
    assert [one["gone"] for one in told["swept"]] == [True, False]
