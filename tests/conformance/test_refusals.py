"""What a master refuses, in the words that a client may rely on."""

from __future__ import annotations

import pytest

from tests.clock import HANGS
from tests.conformance.client import Master, dynamic


def test_a_master_leads_and_says_so(master: Master) -> None:
    answer = master.get("redirect")
    assert answer.status_code == 307
    assert answer.headers["Location"].startswith("//")
    assert master.get("health").status_code == 200


def test_the_answer_carries_its_date(master: Master) -> None:
    """Rule L7: ages are taken against it."""
    assert master.get("slaves").headers["Date"].endswith(" GMT")


@pytest.mark.parametrize("endpoint, field", [("unreserve", "resources"), ("destroy-volumes", "volumes")])
def test_a_form_needs_its_fields(master: Master, agent: str, endpoint: str, field: str) -> None:
    assert master.form(endpoint).text == "Missing 'slaveId' query parameter in the request body"
    answer = master.form(endpoint, slaveId=agent)
    assert answer.status_code == 400
    assert answer.text == f"Missing '{field}' query parameter in the request body"


def test_unknown_agents_and_frameworks(master: Master) -> None:
    item = dynamic("cpus", 1, "nobody-role", "p")
    answer = master.form("unreserve", slaveId="no-such-S0", resources=[item])
    assert (answer.status_code, answer.text) == (400, "No agent found with specified ID")
    answer = master.form("teardown", frameworkId="no-such-0000")
    assert (answer.status_code, answer.text) == (400, "No framework found with specified ID")


def test_get_is_no_way_to_write(master: Master) -> None:
    answer = master.get("unreserve")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "POST"


def test_unreserved_resources_are_not_unreserved(master: Master, agent: str) -> None:
    free = {"name": "cpus", "type": "SCALAR", "scalar": {"value": 1}, "role": "*"}
    answer = master.form("unreserve", slaveId=agent, resources=[free])
    assert answer.status_code == 400
    assert answer.text.endswith("is not dynamically reserved")


def test_v1_wants_json_and_says_what_it_does_not_know(master: Master) -> None:
    answer = master.session.post(
        master.root + "api/v1", data="{}", headers={"Content-Type": "text/plain"}, timeout=HANGS
    )
    assert answer.status_code == 415
    assert master.call("NO_SUCH_CALL").status_code == 400


def test_the_registry_names_every_agent(master: Master) -> None:
    """Rule L6: the roll."""
    known = {each["info"]["id"]["value"] for each in master.get("/registrar(1)/registry").json()["slaves"]["slaves"]}
    assert {each["id"] for each in master.slaves()} <= known


def test_totals_are_what_is_reserved_and_what_is_not(master: Master, agent: str, role: str) -> None:
    """Rule L5: a difference would mean hidden reservations."""
    master.form("reserve", slaveId=agent, resources=[dynamic("cpus", 0.5, role, "p")])
    slave = master.slave(agent)
    assert slave is not None
    reserved = sum(each["cpus"] for each in slave["reserved_resources"].values())
    assert slave["resources"]["cpus"] == reserved + slave["unreserved_resources"]["cpus"]


def test_get_frameworks_and_get_tasks_answer_without_any(master: Master) -> None:
    """Rule L2: a list that is missing in a v1 answer is empty."""
    for kind in ("GET_FRAMEWORKS", "GET_TASKS"):
        answer = master.call(kind)
        assert answer.status_code == 200
        assert answer.json()["type"] == kind


def test_metrics_count_frameworks(master: Master) -> None:
    metrics = master.get("/metrics/snapshot").json()
    assert metrics["master/elected"] == 1.0
    assert metrics["master/frameworks_active"] >= 0.0
    assert metrics["master/slaves_active"] >= 3.0
