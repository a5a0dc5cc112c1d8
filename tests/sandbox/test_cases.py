"""What UNRESERVE and DESTROY answer to each form that an item can be sent in, on a master of today."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from janitor.sandbox import Sandbox
from tests.conformance.client import Json, Master

OWN: Json = {"type": "DYNAMIC", "role": "r", "principal": "p"}
STATIC: Json = {"type": "STATIC", "role": "s"}
VOLUME: Json = {"persistence": {"id": "v", "principal": "p"}, "volume": {"mode": "RW", "container_path": "data"}}
PATH: Json = {"source": {"type": "PATH", "path": {"root": "/mnt/p"}}}
MOUNT: Json = {"source": {"type": "MOUNT", "mount": {"root": "/mnt/m"}}}


def scalar(name: str, amount: float, *stack: Json, **more: Any) -> Json:
    """A scalar with a stack of reservations."""
    item = {"name": name, "type": "SCALAR", "scalar": {"value": amount}, **more}
    return {**item, "reservations": list(stack)} if stack else item


def ports(begin: int, end: int, *stack: Json) -> Json:
    """Ports with a stack of reservations."""
    value = {"range": [{"begin": begin, "end": end}]}
    return {"name": "ports", "type": "RANGES", "ranges": value, "reservations": list(stack)}


REFINED: Json = {"type": "DYNAMIC", "role": "s/x", "principal": "p"}


@pytest.fixture
def cluster() -> Iterator[tuple[Master, str]]:
    """An agent on which r holds cpus, ports, a volume, parts of a PATH and a MOUNT disk; s/x refines a static cpu."""
    disks = [scalar("disk", 4000, disk=PATH), scalar("disk", 500, disk=MOUNT)]
    agent = {"static": {"s": {"cpus": 2, "disk": 100}}, "extra": disks}
    with Sandbox(agents=[agent], apply_delay=0) as sandbox:
        control, identity = sandbox.control, sandbox.agents[0]
        control.reserve(identity, "r", "p", cpus=2, ports="[31000-31009]")
        control.create_volume(identity, "r", "v", 64, "p")
        control.create_volume(identity, "r", "shared", 64, "p", shared=True)
        control.create_volume(identity, "s", "static-v", 50, "p", static=True)
        control.create_volume(identity, "r", "path-v", 4000, "p", source=PATH["source"])
        control.reserve(identity, "r", raw=[scalar("disk", 500, OWN, disk=MOUNT)])
        control.reserve(identity, "s/x", "p", refines=[STATIC], cpus=1)
        yield Master(sandbox.master_url), identity


@dataclass(frozen=True)
class Case:
    """Items, and the status and words of each answer."""

    name: str
    items: list[Json]
    unreserve: tuple[int, str]
    destroy: tuple[int, str]


NOT_VOLUME = (400, "Not a persistent volume")
NOT_FOUND = (400, "Persistent volumes not found")
DESTROY_FIRST = (400, "Please destroy the persistent volume first")
NOT_DYNAMIC = (400, "is not dynamically reserved")
CONFLICT = (409, " does not contain ")
DONE = (202, "")

CASES = [
    Case("as shown", [scalar("cpus", 2, OWN)], DONE, NOT_VOLUME),
    Case("a part", [scalar("cpus", 0.5, OWN)], DONE, NOT_VOLUME),
    Case("a part of a range", [ports(31002, 31003, OWN)], DONE, NOT_VOLUME),
    Case("more than there is", [scalar("cpus", 3, OWN)], CONFLICT, NOT_VOLUME),
    Case("a range that is not there", [ports(31009, 31010, OWN)], CONFLICT, NOT_VOLUME),
    Case("static", [scalar("cpus", 1, STATIC)], NOT_DYNAMIC, NOT_VOLUME),
    Case("unreserved", [scalar("cpus", 1, role="*")], NOT_DYNAMIC, NOT_VOLUME),
    Case("a volume", [scalar("disk", 64, OWN, disk=VOLUME)], DESTROY_FIRST, DONE),
    Case("a volume of another size", [scalar("disk", 32, OWN, disk=VOLUME)], DESTROY_FIRST, NOT_FOUND),
    Case("the disk of a volume", [scalar("disk", 64, OWN)], CONFLICT, NOT_VOLUME),
    Case(
        "a volume mounted elsewhere",
        [scalar("disk", 64, OWN, disk={**VOLUME, "volume": {"mode": "RW", "container_path": "other"}})],
        DESTROY_FIRST,
        DONE,
    ),
    Case(
        "a volume without its persistence",
        [scalar("disk", 64, OWN, disk={"volume": VOLUME["volume"]})],
        (400, "Non-persistent volume not supported"),
        (400, "Non-persistent volume not supported"),
    ),
    Case(
        "an empty disk",
        [scalar("disk", 64, OWN, disk={})],
        (400, "DiskInfo is set but empty"),
        (400, "DiskInfo is set but empty"),
    ),
    Case(
        "a volume on a static reservation",
        [scalar("disk", 50, STATIC, disk={**VOLUME, "persistence": {"id": "static-v", "principal": "p"}})],
        NOT_DYNAMIC,
        DONE,
    ),
    Case(
        "a shared volume not marked so",
        [scalar("disk", 64, OWN, disk={**VOLUME, "persistence": {"id": "shared", "principal": "p"}})],
        DESTROY_FIRST,
        NOT_FOUND,
    ),
    Case(
        "a shared volume",
        [scalar("disk", 64, OWN, disk={**VOLUME, "persistence": {"id": "shared", "principal": "p"}}, shared={})],
        DESTROY_FIRST,
        DONE,
    ),
    Case(
        "a volume on a PATH disk",
        [scalar("disk", 4000, OWN, disk={**VOLUME, **PATH, "persistence": {"id": "path-v", "principal": "p"}})],
        DESTROY_FIRST,
        DONE,
    ),
    Case("a MOUNT disk", [scalar("disk", 500, OWN, disk=MOUNT)], DONE, (400, "'persistence' is not set")),
    Case("a part of a MOUNT disk", [scalar("disk", 300, OWN, disk=MOUNT)], CONFLICT, (400, "'persistence' is not set")),
    Case("a MOUNT disk without its source", [scalar("disk", 500, OWN)], CONFLICT, NOT_VOLUME),
    Case("a duplicate of which there is one", [scalar("cpus", 2, OWN)] * 2, CONFLICT, NOT_VOLUME),
    Case("a duplicate of which there are two", [scalar("cpus", 1, OWN)] * 2, DONE, NOT_VOLUME),
    Case("refined", [scalar("cpus", 1, STATIC, REFINED)], DONE, NOT_VOLUME),
    Case("refined, without what it refines", [scalar("cpus", 1, REFINED)], CONFLICT, NOT_VOLUME),
    Case("allocated", [scalar("cpus", 1, OWN, allocation_info={"role": "r"})], CONFLICT, NOT_VOLUME),
    Case("of a provider it is not of", [scalar("cpus", 1, OWN, provider_id={"value": "x"})], CONFLICT, NOT_VOLUME),
    Case(
        "revocable",
        [scalar("cpus", 1, OWN, revocable={})],
        (400, "cannot be created from revocable resources"),
        (400, "cannot be created from revocable resources"),
    ),
    Case(
        "a negative amount",
        [scalar("cpus", -1, OWN)],
        (400, "Invalid scalar resource: value <= 0"),
        (400, "Invalid scalar resource: value <= 0"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@pytest.mark.parametrize("endpoint", ["unreserve", "destroy-volumes"])
def test_each_form_of_an_item_has_its_answer(cluster: tuple[Master, str], case: Case, endpoint: str) -> None:
    master, agent = cluster
    status, words = case.unreserve if endpoint == "unreserve" else case.destroy
    field = "resources" if endpoint == "unreserve" else "volumes"
    answer = master.form(endpoint, slaveId=agent, **{field: case.items})
    assert answer.status_code == status, answer.text
    assert words in answer.text
    if status == 202:
        assert answer.text == ""


def test_unreserving_a_refinement_gives_it_back_to_what_it_refined(cluster: tuple[Master, str]) -> None:
    master, agent = cluster
    assert len(master.reserved(agent, "s/x")) == 1
    master.form("unreserve", slaveId=agent, resources=master.reserved(agent, "s/x"))
    assert master.reserved(agent, "s/x") == []
    cpus = [item["scalar"]["value"] for item in master.reserved(agent, "s") if item["name"] == "cpus"]
    assert cpus == [2.0]


def test_a_destroyed_volume_leaves_its_reserved_disk_merged_with_the_rest(cluster: tuple[Master, str]) -> None:
    """Rule S2: items merge once a volume is gone, so they are matched without its id."""
    master, agent = cluster
    assert master.form("reserve", slaveId=agent, resources=[scalar("disk", 36, OWN)]).status_code == 202
    assert master.form("destroy-volumes", slaveId=agent, volumes=[scalar("disk", 64, OWN, disk=VOLUME)]).ok
    roots = [item for item in master.reserved(agent, "r") if item["name"] == "disk" and "disk" not in item]
    assert [item["scalar"]["value"] for item in roots] == [100.0]
