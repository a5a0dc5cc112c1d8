"""The quick start, typed as it stands: on an abandoned Kafka and a real ZooKeeper."""

from __future__ import annotations

import shlex

from janitor.cli.engine import Engine
from tests.cli.terminal import Ran, janitor
from tests.container.documents import commands
from tests.engine.scene import Scene

DOCUMENT = "docs/quickstart.md"


def typed(name: str, scene: Scene) -> Ran:
    """Run the block of this name; where the cluster is, is said by variables, as it is no node of DC/OS."""
    program, *words = shlex.split(commands(DOCUMENT)[name])
    assert program == "janitor"
    where = {"JANITOR_MASTER_URL": scene.target.mesos, "JANITOR_ZOOKEEPER": scene.zookeeper.address}
    return janitor(*words, environ=where, engine=Engine())


def test_the_quick_start_goes_as_it_says(scene: Scene) -> None:
    scene.neighbours()
    held = scene.held()
    look = typed("look", scene)
    assert (look.status, scene.held()) == (0, held)
    assert "/dcos-service-kafka and " in look.stdout
    assert scene.znode()
    clean = typed("clean", scene)
    assert (clean.status, scene.held(), scene.znode()) == (0, [], False)
    assert "removed and proven gone" in clean.stdout
    check = typed("check", scene)
    assert check.status == 0
    assert "Nothing that you named was found" in check.stdout
