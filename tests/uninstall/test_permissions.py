"""docs/permissions.md is right: each command works with the least that it names, and tells what is missing.

The lists are read from that page, so that the two cannot drift.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from janitor.sandbox.dcos.cluster import Asks
from tests.cli.terminal import Ran
from tests.uninstall.conftest import Make
from tests.uninstall.scene import Scene
from tests.zookeeper.server import ZooKeeperServer

PAGE = (Path(__file__).parents[2] / "docs" / "permissions.md").read_text()
CLEAN = ("-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka")


def rows(heading: str) -> list[list[str]]:
    """The rows of the table with this heading."""
    _, _, rest = PAGE.partition(heading)
    table = rest.partition("\n\n")[0].splitlines()[2:]
    assert table, heading
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in table]


def quoted(cell: str) -> list[str]:
    found: list[str] = re.findall("`([^`]+)`", cell)
    return found


PERMISSIONS = {
    quoted(name)[0]: [
        f"{resource.replace('PRINCIPAL', 'kafka-principal')} {action}"
        for resource in quoted(resources)
        for action in actions.split(", ")
    ]
    for name, _, resources, actions in rows("| name | to | resource | action |")
}
NEEDS = {
    quoted(command)[0].removeprefix("janitor "): [name for name in quoted(needs) if name in PERMISSIONS]
    for command, needs in rows("| command | needs |")
}

TOLD: dict[tuple[str, str], tuple[int, str]] = {
    ("scan", "roles"): (0, "What this view hides"),
    ("scan", "metrics"): (0, "/metrics/snapshot"),
    ("scan", "znode"): (0, "ZooKeeper could not be read"),
    ("scan", "marathon"): (0, "403"),
    ("scan", "app"): (0, ""),
    ("status", "roles"): (10, "nothing that this view shows"),
    ("status", "znode"): (10, "403"),
    ("status", "marathon"): (10, "403"),
    ("status", "app"): (10, "app:        none"),
    ("status", "plan"): (10, ""),
    ("service list", "roles"): (0, "NAME"),
    ("service shutdown", "roles"): (1, "There is no framework kafka"),
    ("sweep", "roles"): (0, "What this view hides"),
    ("sweep", "metrics"): (0, "/metrics/snapshot: 403"),
    ("sweep", "znode"): (0, "ZooKeeper could not be read"),
    ("sweep", "marathon"): (0, "403"),
    ("sweep", "app"): (0, ""),
    ("apply", "roles"): (5, "rule L5 filtered-view"),
    ("uninstall", "app"): (5, "yet Marathon shows no app /kafka"),
}
"""Where it is not 5 with the 403 and the permission: (command, what is missing) -> (status, what is said)."""


BEFORE_THE_START = ("mesos", "marathon", "app", "package")
"""What an uninstall needs at once. The rest is that of its clean-up at the end, and what is done until then stays."""


def running(scene: Scene) -> None:
    scene.services.run("kafka", pods=[{"kind": "kafka", "count": 1, "task": "broker", "port": 9092}])


def abandoned(scene: Scene) -> None:
    scene.abandoned("kafka")
    scene.control.advance(3600)


def legacy(scene: Scene) -> None:
    scene.legacy("kafka", principal="kafka-principal")


LOOKS: list[tuple[str, tuple[str, ...]]] = [
    ("scan", ("scan",)),
    ("status", ("status", "kafka")),
    ("plan show", ("plan", "show", "kafka")),
    ("pod list", ("pod", "list", "kafka")),
    ("service list", ("service", "list")),
]
CHANGES: list[tuple[str, tuple[str, ...]]] = [
    ("plan force-complete", ("plan", "force-complete", "kafka", "deploy", "--yes")),
    ("pod replace", ("pod", "replace", "kafka", "kafka-0", "--yes")),
    ("service shutdown", ("service", "shutdown", "kafka", "--yes")),
]
ALL_OF: dict[str, tuple[Callable[[Scene], None], list[tuple[str, tuple[str, ...]]]]] = {
    "a service that runs": (running, [*LOOKS, *CHANGES]),
    "one to clean up": (abandoned, [("clean --dry-run", ("clean", *CLEAN, "--dry-run")), ("clean", ("clean", *CLEAN))]),
    "one with a plan": (abandoned, [("apply", ("apply", "PLAN"))]),
    "one to sweep": (abandoned, [("sweep", ("sweep", "--yes"))]),
    "one to uninstall": (legacy, [("uninstall", ("uninstall", "kafka", "--yes"))]),
}


def run(scene: Scene, names: list[str], words: tuple[str, ...]) -> Ran:
    scene.dcos.grant("clerk", [permission for name in names for permission in PERMISSIONS[name]])
    token = scene.dcos.issue_token("clerk")
    return scene.janitor(*words, "--timeout", "60s", "--auth_token", token)


@pytest.mark.parametrize("kind", ALL_OF)
def test_the_least_is_enough_and_what_is_missing_is_told(make: Make, tmp_path: Path, kind: str) -> None:
    scene = make(asks=Asks.EVERYBODY, agents=1)
    prepare, commands = ALL_OF[kind]
    prepare(scene)
    plan = str(tmp_path / "plan")
    if kind == "one with a plan":
        assert run(scene, [*PERMISSIONS], ("clean", *CLEAN, "--dry-run", "--save", plan)).status == 0
    for command, words in commands:
        words = tuple(plan if word == "PLAN" else word for word in words)
        for missing in BEFORE_THE_START if command == "uninstall" else NEEDS[command]:
            ran = run(scene, [name for name in NEEDS[command] if name != missing], words)
            told = " ".join((ran.stdout + ran.stderr).split())
            status, said = TOLD.get((command, missing), (5, PERMISSIONS[missing][0].split(" ")[0]))
            assert ran.status == status, f"{command} without {missing}: {ran.status} {told}"
            assert " ".join(said.split()) in told, f"{command} without {missing}: {told}"
        ran = run(scene, NEEDS[command], words)
        found = 10 if command == "status" else 0
        assert ran.status == found, f"{command}: {ran.stdout}{ran.stderr}"
        assert not re.search(r"\b403\b", ran.stdout + ran.stderr)  # an id may have 403 in it


def test_every_command_of_the_page_is_tried() -> None:
    tried = {command for _, commands in ALL_OF.values() for command, _ in commands}
    assert {*NEEDS} == {*tried, "restore"}


def test_a_restore_needs_nothing_of_dcos(make: Make, zookeeper: ZooKeeperServer, tmp_path: Path) -> None:
    scene = make(asks=Asks.EVERYBODY, agents=1)
    abandoned(scene)
    where = ("--zookeeper", zookeeper.address)
    assert run(scene, NEEDS["clean"], ("clean", *CLEAN, "--backup", str(tmp_path), *where)).status == 0
    (file,) = tmp_path.iterdir()
    ran = run(scene, NEEDS["restore"], ("restore", str(file), "--yes", *where))
    assert (ran.status, scene.znode()) == (0, True), ran.stderr
