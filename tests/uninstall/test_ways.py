"""Each way of an uninstall, to its end: modern, legacy, manual, by every release of the SDK."""

from __future__ import annotations

import pytest

from janitor.errors import UsageError
from janitor.events import Waiting
from tests.uninstall.conftest import Make
from tests.uninstall.scene import Scene, statuses


@pytest.mark.parametrize("sdk", ["0.18.0", "0.30.0", "0.40.0", "0.51.0", "0.57.3"])
def test_modern(make: Make, sdk: str) -> None:
    scene = make("1.9")
    scene.services.run("kafka", sdk=sdk)
    neighbour = scene.services.run("hdfs", sdk=sdk, pods=[{"kind": "name", "count": 2, "task": "node", "port": 9003}])
    assert scene.znode()
    ran = scene.uninstall()
    scene.is_gone(ran)
    assert ran.ended.situation is not None
    assert ran.ended.situation.way == "modern"
    assert [name for _, name in ran.asked] == ["kafka"]
    assert "cannot be cancelled" in ran.asked[0][0]
    assert set(statuses(ran)) <= {"PENDING", "IN_PROGRESS", "COMPLETE"}
    assert len(scene.held("hdfs-role")) > 0, "a neighbour lost something"
    assert scene.znode("hdfs")
    assert scene.services.look("hdfs")["framework_id"] == neighbour


def test_the_empty_root_that_a_perfect_uninstall_leaves_is_removed(scene: Scene) -> None:
    scene.services.run("kafka")
    scene.services.uninstall("kafka")
    scene.is_gone(scene.uninstall())


def test_legacy(scene: Scene) -> None:
    """Kafka 1.x: reserved under the package's principal; Cosmos deletes the app and tears the framework down."""
    kafka = scene.legacy("kafka", principal="kafka-principal")
    ran = scene.uninstall()
    scene.is_gone(ran)
    assert ran.ended.situation is not None
    assert ran.ended.situation.way == "legacy"
    assert "no label DCOS_COMMONS_UNINSTALL" in ran.text
    assert ran.ended.cleanups[-1].status == 0
    assert any(agent.items for agent in ran.ended.cleanups[-1].agents), "the clean-up had nothing to do"
    assert kafka in ran.text


def test_a_modern_package_on_an_old_dcos_goes_the_legacy_way(make: Make) -> None:
    scene = make("1.2")
    scene.services.run("kafka", sdk="0.30.0")
    ran = scene.uninstall()
    scene.is_gone(ran)
    assert "legacy, since DC/OS 1.9 cannot have a scheduler uninstall itself" in ran.text


def test_legacy_of_a_modern_package_is_none(scene: Scene) -> None:
    """Cosmos goes by the label, whatever anybody says."""
    scene.services.run("kafka")
    with pytest.raises(UsageError, match="lets the scheduler of kafka uninstall itself"):
        scene.uninstall(way="legacy")


def test_an_active_framework_without_an_app_is_no_leftover(scene: Scene) -> None:
    """Its scheduler runs somewhere: only --manual says that this is meant."""
    scene.control.subscribe("kafka", "kafka-role", "kafka-principal")
    ran = scene.uninstall()
    assert (ran.status, ran.asked) == (5, [])
    assert "is active, so its scheduler runs" in ran.ended.why
    scene.is_gone(scene.uninstall(way="manual"))


def test_what_is_left_without_app_and_framework_is_removed_after_asking(scene: Scene) -> None:
    """What a run begins with is asked about, a clean-up, too. Where nothing is left, nobody is asked."""
    scene.abandoned("kafka", on=scene.agents[:1])
    ran = scene.uninstall(confirm=False)
    assert (ran.status, ran.ended.why) == (6, "Not confirmed: nothing was done.")
    (question, name), *_ = scene.uninstall().asked
    assert (name, question.startswith("Remove what is left of kafka (7 reservations")) == ("kafka", True)
    again = scene.uninstall(confirm=False)
    assert (again.status, again.asked) == (0, [])


def test_manual_of_an_sdk_service(scene: Scene) -> None:
    framework = scene.services.run("kafka")
    ran = scene.uninstall(way="manual")
    scene.is_gone(ran)
    assert [name for _, name in ran.asked] == ["kafka", "kafka"]
    assert "Delete app /kafka" in ran.asked[0][0]
    assert framework in ran.asked[1][0]


def test_manual_of_what_is_no_package(scene: Scene) -> None:
    scene.app_without_package("echo")
    ran = scene.uninstall("echo")
    scene.is_gone(ran, "echo")
    assert ran.ended.situation is not None
    assert ran.ended.situation.way == "manual"


def test_manual_of_what_is_left_of_a_service_without_an_app(scene: Scene) -> None:
    """An inactive framework with running tasks, all its reservations, no scheduler: as after `marathon app remove`."""
    framework = scene.services.run("kafka")
    scene.services.stop("kafka")
    scene.remove_app("kafka")
    ran = scene.uninstall()
    scene.is_gone(ran)
    assert [framework in question for question, _ in ran.asked] == [True]


def test_run_again_it_finds_nothing_and_that_is_a_success(scene: Scene) -> None:
    scene.services.run("kafka")
    assert scene.uninstall().status == 0
    again = scene.uninstall()
    scene.is_gone(again)
    assert again.asked == []


def test_a_dry_run_changes_nothing(scene: Scene) -> None:
    scene.services.run("kafka")
    ran = scene.uninstall(dry_run=True)
    assert (ran.status, ran.asked, ran.ended.taken) == (0, [], ())
    assert ran.ended.next == "Have Cosmos uninstall package kafka of /kafka"
    assert "/kafka" in scene.dcos.apps()
    assert not scene.services.look("kafka")["uninstalling"]


def test_a_dry_run_of_the_end_says_what_would_be_cleaned(scene: Scene) -> None:
    scene.abandoned("kafka")
    ran = scene.uninstall(dry_run=True)
    assert (ran.status, len(ran.ended.cleanups)) == (0, 1)
    assert ran.ended.cleanups[0].dry_run
    assert sum(agent.items for agent in ran.ended.cleanups[0].agents) == len(scene.held("kafka-role")) > 0
    assert scene.znode()


def test_what_nobody_expected_is_told_with_all_that_was_done(scene: Scene) -> None:
    def fail() -> None:
        scene.services.hold("kafka", False)
        raise ZeroDivisionError("oops")

    scene.services.run("kafka")
    scene.services.hold("kafka")  # so that it has to be waited for, however late we look
    # For the scheduler, which has begun: not for a look at the cluster, of which one that takes long is told.
    scene.recorder.on(Waiting, fail, when=lambda event: "scheduler" in event.what)
    ended = scene.uninstall().ended
    assert ended.status == 5
    assert ended.why == "this is a bug: ZeroDivisionError: oops"
    assert "where you got Janitor" in str(ended.remedy)
    assert ended.taken
    scene.is_gone(scene.uninstall())
