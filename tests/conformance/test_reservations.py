"""The life of a reservation, from RESERVE to proof, as every master since 1.0 has it."""

from __future__ import annotations

from tests.conformance.client import Json, Master, dynamic, eventually, volume, without_volumes

Release = tuple[int, int]


def test_a_reservation_with_a_volume_comes_and_goes(master: Master, release: Release, agent: str, role: str) -> None:
    cpus, disk = dynamic("cpus", 0.5, role, "p", {"a": "1"}), dynamic("disk", 64, role, "p", {"a": "2"})
    assert master.form("reserve", slaveId=agent, resources=[cpus, disk]).status_code == 202
    assert master.form("create-volumes", slaveId=agent, volumes=[volume(disk, "v1", "p")]).status_code == 202

    shown = master.reserved(agent, role)
    volumes = [item for item in shown if "disk" in item]
    assert [item["disk"]["persistence"]["id"] for item in volumes] == ["v1"]
    assert {item["name"]: item["scalar"]["value"] for item in shown} == {"cpus": 0.5, "disk": 64.0}

    destroyed = master.form("destroy-volumes", slaveId=agent, volumes=volumes)
    assert (destroyed.status_code, destroyed.text) == (202, "")
    assert master.form("unreserve", slaveId=agent, resources=without_volumes(shown)).status_code == 202
    slave = master.slave(agent)
    assert slave is not None
    assert role not in slave["reserved_resources_full"]
    if release >= (1, 6):
        eventually(lambda: not [each for each in master.operations() if each["agent_id"]["value"] == agent])


def test_what_slaves_shows_can_be_sent_back_through_v1(master: Master, agent: str, role: str) -> None:
    disk = dynamic("disk", 64, role, "p")
    master.form("reserve", slaveId=agent, resources=[disk])
    master.form("create-volumes", slaveId=agent, volumes=[volume(disk, "v1", "p")])
    shown = master.reserved(agent, role)

    identity = {"value": agent}
    assert master.call("DESTROY_VOLUMES", agent_id=identity, volumes=shown).status_code == 202
    answer = master.call("UNRESERVE_RESOURCES", agent_id=identity, resources=without_volumes(shown))
    assert answer.status_code == 202
    assert master.reserved(agent, role) == []


def test_asking_again_for_what_is_done_says_look_again(master: Master, agent: str, role: str) -> None:
    """Rule D4: these answers mean that somebody was faster."""
    disk = dynamic("disk", 64, role, "p")
    master.form("reserve", slaveId=agent, resources=[disk])
    master.form("create-volumes", slaveId=agent, volumes=[volume(disk, "v1", "p")])
    shown = master.reserved(agent, role)
    master.form("destroy-volumes", slaveId=agent, volumes=shown)
    again = master.form("destroy-volumes", slaveId=agent, volumes=shown)
    assert (again.status_code, again.text) == (400, "Invalid DESTROY operation: Persistent volumes not found")

    master.form("unreserve", slaveId=agent, resources=without_volumes(shown))
    again = master.form("unreserve", slaveId=agent, resources=without_volumes(shown))
    assert again.status_code == 409
    assert " does not contain " in again.text


def test_one_request_succeeds_or_fails_as_a_whole(master: Master, agent: str, role: str) -> None:
    there, missing = dynamic("cpus", 0.5, role, "p"), dynamic("mem", 32, role, "p")
    master.form("reserve", slaveId=agent, resources=[there])
    assert master.form("unreserve", slaveId=agent, resources=[there, missing]).status_code == 409
    assert len(master.reserved(agent, role)) == 1
    assert master.form("unreserve", slaveId=agent, resources=[there]).status_code == 202


def test_principals_and_labels_are_told_apart(master: Master, agent: str, role: str) -> None:
    mine = dynamic("cpus", 0.5, role, "p", {"id": "1"})
    others = [dynamic("cpus", 0.5, role, "q", {"id": "1"}), dynamic("cpus", 0.5, role, "p", {"id": "2"})]
    master.form("reserve", slaveId=agent, resources=[mine, *others])
    assert len(master.reserved(agent, role)) == 3

    assert master.form("unreserve", slaveId=agent, resources=[mine]).status_code == 202
    left = {_owner(item) for item in master.reserved(agent, role)}
    assert left == {("q", "1"), ("p", "2")}
    assert master.form("unreserve", slaveId=agent, resources=others).status_code == 202


def _owner(item: Json) -> tuple[str, str]:
    reservation = item["reservation"]
    return reservation["principal"], reservation["labels"]["labels"][0]["value"]


def test_a_volume_is_not_unreserved_before_it_is_destroyed(master: Master, agent: str, role: str) -> None:
    disk = dynamic("disk", 64, role, "p")
    master.form("reserve", slaveId=agent, resources=[disk])
    master.form("create-volumes", slaveId=agent, volumes=[volume(disk, "v1", "p")])
    whole = master.form("unreserve", slaveId=agent, resources=master.reserved(agent, role))
    assert whole.status_code == 400
    assert "Please destroy the persistent volume first then unreserve the resource" in whole.text
    assert master.form("unreserve", slaveId=agent, resources=[disk]).status_code == 409


def test_an_empty_list_is_refused_from_1_5_on(master: Master, release: Release, agent: str) -> None:
    """Rule D2: the original sent them, and failed for ever."""
    answer = master.form("destroy-volumes", slaveId=agent, volumes=[])
    if release < (1, 5):
        assert answer.status_code == 202
    else:
        assert answer.status_code == 400
        assert answer.text.endswith("The resources have multiple resource providers: ")
