"""The main job: an abandoned Kafka between other services is gone, proven gone, and nothing else has changed."""

from __future__ import annotations

import pytest

from janitor.cleanup.outcome import Outcome
from tests.engine.conftest import Make
from tests.engine.scene import Scene


@pytest.mark.parametrize("version", ["1.2", "1.4", "1.9", "1.12"])
def test_an_abandoned_service_goes_and_its_neighbours_stay(make: Make, version: str) -> None:
    scene = make(version)
    scene.kafka()
    scene.neighbours()
    ran = scene.run()
    scene.is_clean(ran)
    assert ran.outcome.version.startswith(version)
    assert proven(ran.outcome, scene) == 3
    assert ran.outcome.znode is not None
    assert (ran.outcome.znode.state, ran.outcome.znode.path) == ("gone", "/dcos-service-kafka")
    scene.finds_nothing()


@pytest.mark.parametrize("version", ["1.2", "1.12"])
def test_a_large_answer_is_read_piece_by_piece_and_the_end_is_the_same(
    make: Make, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("janitor.mesos.master.LARGE", 0)
    scene = make(version)
    scene.kafka()
    scene.neighbours()
    ran = scene.run()
    scene.is_clean(ran)
    assert proven(ran.outcome, scene) == 3
    scene.finds_nothing()


def proven(outcome: Outcome, scene: Scene) -> int:
    """How many agents are proven clean; each of them held something."""
    assert {record.agent_id for record in outcome.agents} == set(scene.agents)
    held = [record for record in outcome.agents if record.items]
    assert all(record.proof for record in held)
    assert not any(record.proof for record in outcome.agents if not record.items)
    return len(held)


def test_d1_the_fewest_requests(scene: Scene) -> None:
    """Volumes once and reservations once on each agent, and no DESTROY for the agent without a volume."""
    ran = scene.run()
    sent = sorted((scene.agents.index(write["agent"]), write["type"]) for write in ran.writes)
    assert sent == [
        (0, "DESTROY_VOLUMES"),
        (0, "UNRESERVE_RESOURCES"),
        (1, "DESTROY_VOLUMES"),
        (1, "UNRESERVE_RESOURCES"),
        (2, "UNRESERVE_RESOURCES"),
    ]
    assert {write["status"] for write in ran.writes} == {202}
    assert [len(write["items"]) for write in ran.writes if write["type"] == "UNRESERVE_RESOURCES"].count(4) == 2


@pytest.mark.parametrize("version", ["1.4", "1.9"])
def test_a_dry_run_writes_nothing_and_ends_as_the_run_would(make: Make, version: str) -> None:
    """Where the master does not tell what agents have done, those that show nothing are asked first (rule P2a)."""
    scene = make(version)
    scene.kafka()
    before = scene.held()
    ran = scene.run(dry_run=True)
    assert (ran.status, ran.writes) == (0, [])
    assert scene.held() == before
    assert scene.znode()
    assert ran.outcome.znode is not None
    assert ran.outcome.znode.state == "planned"
    scene.is_clean(scene.run())


def test_the_whole_role_without_a_principal(scene: Scene) -> None:
    scene.is_clean(scene.run(principal=None))


def test_reservations_alone_leave_the_znode_and_the_znode_alone_follows(scene: Scene) -> None:
    ran = scene.run(znode=None)
    assert (ran.status, ran.outcome.znode, scene.held()) == (0, None, [])
    assert scene.znode()
    ran = scene.run(role=None, principal=None)
    scene.is_clean(ran)
    assert ran.writes == []


def test_every_kind_of_resource(make: Make) -> None:
    """Disks with a source, shared volumes, a volume on a static reservation, ranges, sets and two providers."""
    mount = {"type": "MOUNT", "mount": {"root": "/dcos/volume0"}}
    path = {"type": "PATH", "path": {"root": "/dcos/path0"}}
    disks = [
        {"name": "disk", "type": "SCALAR", "scalar": {"value": 2000}, "disk": {"source": source}}
        for source in (mount, path)
    ]
    scene = make(agents=[{"extra": disks, "static": {"kafka-role": {"disk": 1000, "cpus": 2}}}, {}, {}])
    agent = scene.agents[0]
    scene.kafka()
    scene.control.create_volume(agent, "kafka-role", "mounted", 2000, "kafka-principal", source=mount)
    scene.control.create_volume(agent, "kafka-role", "on-path", 300, "kafka-principal", source=path)
    scene.control.create_volume(agent, "kafka-role", "shared", 10, "kafka-principal", shared=True)
    scene.control.create_volume(agent, "kafka-role", "on-static", 400, "kafka-principal", static=True)
    ran = scene.run()
    left = scene.held()
    assert sorted((item["name"], item["scalar"]["value"]) for item in left) == [("cpus", 2), ("disk", 1000)]
    assert all("persistence" not in item.get("disk", {}) for item in left)
    assert ran.status == 0, ran.outcome
    assert any("Statically reserved" in notice for notice in ran.outcome.notices)
    assert not scene.znode()


def test_l1_below_the_floor(make: Make) -> None:
    scene = make("0.28")
    ran = scene.run()
    assert (ran.status, ran.writes) == (5, [])
    assert ran.outcome.error is not None
    assert "0.28.2" in ran.outcome.error[0]
    assert "1.0" in ran.outcome.error[0]
