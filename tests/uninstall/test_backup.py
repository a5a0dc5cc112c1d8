"""`uninstall --backup DIR`: whoever deletes the znode, it is saved first; `janitor restore` puts it back (Z6)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.documents import document
from tests.cli.terminal import Ran
from tests.uninstall.conftest import Make
from tests.uninstall.scene import Scene
from tests.zookeeper.server import ZooKeeperServer
from tests.zookeeper.trees import everything_below

PATH = "/dcos-service-kafka"


def shape(scene: Scene) -> dict[str, tuple[Any, Any]]:
    """Data and ACL of every node that is not ephemeral."""
    found = {}
    for path in everything_below(scene.client, PATH):
        data, stat = scene.client.get(path)
        if not stat.ephemeralOwner:
            found[path] = data, scene.client.get_acls(path)[0]
    return found


def uninstall(scene: Scene, zookeeper: ZooKeeperServer, kept: Path, *more: str) -> Ran:
    return scene.janitor("uninstall", "kafka", "--backup", str(kept), "--zookeeper", zookeeper.address, *more)


def put_back(scene: Scene, zookeeper: ZooKeeperServer, file: Path) -> None:
    ran = scene.janitor("restore", str(file), "--zookeeper", zookeeper.address, "--yes")
    assert ran.status == 0, ran.stderr


@pytest.mark.parametrize("way", ["modern", "legacy", "manual"])
def test_z6_it_is_saved_before_it_is_deleted_and_restored_as_it_was(
    make: Make, zookeeper: ZooKeeperServer, tmp_path: Path, way: str
) -> None:
    scene = make(agents=1)
    if way == "modern":
        scene.services.run("kafka", pods=[{"kind": "kafka", "count": 1, "task": "broker", "port": 9092}])
    else:
        scene.legacy("kafka", package=way == "legacy")
    before = shape(scene)
    assert len(before) > 3

    rehearsed = uninstall(scene, zookeeper, tmp_path, "--dry-run")
    when = "before anything is begun" if way == "modern" else "before it is deleted"
    assert f"backup:     its znode is saved in {tmp_path} {when}" in rehearsed.stderr
    assert list(tmp_path.iterdir()) == []

    ran = uninstall(scene, zookeeper, tmp_path, "--yes", "--output", "json")
    told = document(ran)
    assert ran.status == 0, ran.stderr
    assert f"way:        {way}" in ran.stderr
    assert not scene.znode()
    first = sorted(tmp_path.iterdir())[0]
    if way == "modern":
        assert told["taken"][0] == f"Save {PATH[1:]} in {first} ({len(before)} nodes)"
        assert told["taken"][1] == "Have Cosmos uninstall package kafka of /kafka"
    else:
        assert told["cleanups"][-1]["znode"]["backup"] == str(first)
    put_back(scene, zookeeper, first)
    assert shape(scene) == before


def test_z6_a_modern_uninstall_that_has_begun_is_saved_as_it_is_found(
    make: Make, zookeeper: ZooKeeperServer, tmp_path: Path
) -> None:
    scene = make()
    scene.begun()
    before = shape(scene)
    scene.services.hold("kafka", False)
    ran = uninstall(scene, zookeeper, tmp_path, "--yes")
    assert ran.status == 0, ran.stderr
    assert ran.stdout.startswith(f"Done: Save {PATH[1:]} in {tmp_path}/")
    put_back(scene, zookeeper, sorted(tmp_path.iterdir())[0])
    assert before.keys() & shape(scene).keys()
