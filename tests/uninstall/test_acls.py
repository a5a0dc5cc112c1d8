"""docs/permissions.md is right of a Mesos without DC/OS, too: the ACLs that it names are enough, and each is needed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from janitor.cli.engine import Engine
from tests.cli.terminal import Ran, janitor
from tests.uninstall.scene import Scene

PAGE = (Path(__file__).parents[2] / "docs" / "permissions.md").read_text()
TOKEN = "the-viewers-token"
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
    """From inside the cluster: Marathon asks nobody, Mesos asks for a login and permits nothing by default."""
    given = {name: [{**VIEWER, **GRANTED[name]}] for name in acls}
    scene.control.set_access(tokens={TOKEN: "viewer"}, acls={**given, "permissive": False})
    where = (
        "-m",
        scene.rehearsal.master_url,
        "-n",
        scene.rehearsal.marathon_url,
        "--zookeeper",
        scene.rehearsal.zookeeper or "",
    )
    return janitor(*words, *where, "--auth_token", TOKEN, engine=Engine())


CLEAN = ("clean", "-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka")
WORDS: dict[str, tuple[str, ...]] = {
    "scan": ("scan",),
    "status": ("status", "kafka"),
    "service shutdown": ("service", "shutdown", "cassandra", "--yes"),
    "clean": CLEAN,
    "apply": ("apply", "PLAN"),
    "sweep": ("sweep", "--yes"),
    "uninstall": ("uninstall", "kafka", "--manual", "--yes"),
}
TOLD: dict[tuple[str, str], tuple[int, str]] = {
    ("scan", "view_roles"): (0, "What this view hides"),
    ("scan", "view_frameworks"): (0, "1 hidden framework"),
    ("scan", "get_endpoints"): (0, "/metrics/snapshot: 403 Forbidden"),
    ("status", "view_roles"): (10, "nothing that this view shows"),
    ("status", "view_frameworks"): (10, "framework: none registered"),
    ("service shutdown", "view_frameworks"): (1, "There is no framework cassandra"),
    ("apply", "view_roles"): (5, "rule L5 filtered-view"),
    ("sweep", "view_roles"): (0, "What this view hides"),
    ("sweep", "view_frameworks"): (0, "1 hidden framework"),
    ("sweep", "get_endpoints"): (0, "/metrics/snapshot: 403 Forbidden"),
}
"""Where it is not 5 with the name of the ACL: (command, what is missing) -> (status, what is said)."""


@pytest.mark.parametrize("command", WORDS)
def test_the_least_is_enough_and_what_is_missing_is_told(scene: Scene, tmp_path: Path, command: str) -> None:
    if command == "uninstall":
        scene.services.run("kafka")
    else:
        scene.abandoned("kafka", on=scene.agents[:1])
        scene.control.subscribe("cassandra", "cassandra-role", "cassandra-principal")
        scene.control.advance(3600)
    plan = str(tmp_path / "plan")
    if command == "apply":
        assert run(scene, needed()["clean"], *CLEAN, "--dry-run", "--save", plan).status == 0
    words = [plan if word == "PLAN" else word for word in WORDS[command]]
    # Volumes go first: what comes after is no use without them. What an uninstall has done until it is refused stays.
    for missing in reversed(needed()[command]) if command != "uninstall" else ():
        ran = run(scene, [one for one in needed()[command] if one != missing], *words)
        told = " ".join((ran.stdout + ran.stderr).split())
        status, said = TOLD.get((command, missing), (5, missing))
        assert (ran.status, said in told) == (status, True), f"{command} without {missing}: {ran.status} {told}"
    ran = run(scene, needed()[command], *words)
    assert ran.status == (10 if command in ("scan", "status") else 0), ran.stdout + ran.stderr
    assert not re.search(r"\b403\b", ran.stdout + ran.stderr)  # an id may have 403 in it


def test_every_command_of_the_page_is_tried() -> None:
    assert {*needed()} == {*WORDS}
