"""docs/permissions.md is right of a Mesos without DC/OS, too: the ACLs that it names are enough, and each is needed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from janitor.cli.engine import Engine
from tests.cli.terminal import Ran, janitor
from tests.engine.scene import Scene
from tests.engine.tokens import TOKEN, as_user

PAGE = (Path(__file__).parents[2] / "docs" / "permissions.md").read_text()
VIEWER = {"principals": {"values": ["viewer"]}}
GRANTED: dict[str, dict[str, Any]] = {
    "view_roles": {"roles": {"type": "ANY"}},
    "view_frameworks": {"users": {"type": "ANY"}},
    "get_endpoints": {"paths": {"values": ["/metrics/snapshot"]}},
    "unreserve_resources": {"reserver_principals": {"values": ["kafka-principal"]}},
    "destroy_volumes": {"creator_principals": {"values": ["kafka-principal"]}},
    "teardown_frameworks": {"framework_principals": {"type": "ANY"}},
}


def needed() -> dict[str, list[str]]:
    """command -> the ACLs that the page says it needs."""
    _, _, rest = PAGE.partition("| ACL | to | for | needed by |\n")
    found: dict[str, list[str]] = {}
    for row in rest.partition("\n\n")[0].splitlines()[1:]:
        acl, _, _, commands = (cell.strip() for cell in row.strip("|").split("|"))
        for command in commands.split(", "):
            found.setdefault(command, []).append(acl.strip("`"))
    return {command: [*found["all"], *acls] for command, acls in found.items() if command != "all"}


def run(scene: Scene, acls: list[str], *words: str) -> Ran:
    given = {name: [{**VIEWER, **GRANTED[name]}] for name in acls}
    as_user(scene, {**given, "permissive": False})
    assert scene.target.zookeeper is not None
    where = ("-m", scene.target.mesos, "-n", scene.target.marathon, "--zookeeper", scene.target.zookeeper)
    return janitor(*words, *where, "--auth_token", TOKEN, engine=Engine())


WORDS: dict[str, tuple[str, ...]] = {
    "scan": ("scan",),
    "service shutdown": ("service", "shutdown", "cassandra", "--yes"),
    "clean": ("clean", "-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka"),
}

TOLD: dict[tuple[str, str], tuple[int, str]] = {
    ("scan", "view_roles"): (0, "What this view hides"),
    ("scan", "view_frameworks"): (0, "1 hidden framework"),
    ("scan", "get_endpoints"): (0, "/metrics/snapshot: 403 Forbidden"),
    ("service shutdown", "view_frameworks"): (1, "There is no framework cassandra"),
}
"""Where it is not 5 with the name of the ACL: (command, what is missing) -> (status, what is said)."""


@pytest.mark.parametrize("command", WORDS)
def test_the_least_is_enough_and_what_is_missing_is_told(scene: Scene, command: str) -> None:
    scene.neighbours()
    scene.control.subscribe("cassandra", "cassandra-role", "cassandra-principal")
    for missing in reversed(needed()[command]):  # volumes go first: what comes after is no use without them
        ran = run(scene, [one for one in needed()[command] if one != missing], *WORDS[command])
        told = " ".join((ran.stdout + ran.stderr).split())
        status, said = TOLD.get((command, missing), (5, missing))
        assert (ran.status, said in told) == (status, True), f"{command} without {missing}: {ran.status} {told}"
    ran = run(scene, needed()[command], *WORDS[command])
    assert ran.status == 0, ran.stdout + ran.stderr
    assert not re.search(r"\b403\b", ran.stdout + ran.stderr)  # an id may have 403 in it
