"""Leaders, their age, their end: redirects, the empty moment after an election, and the request that kills one."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime

import pytest
import requests

from tests.clock import HANGS
from tests.conformance.client import Master, dynamic, eventually
from tests.sandbox.conftest import Start

ROLE, PRINCIPAL = "kafka-role", "kafka-principal"


def test_a_new_leader_knows_nothing_then_ids_then_agents_one_by_one(start: Start) -> None:
    """Rule L3: 200 and an empty list is not a clean cluster."""
    sandbox = start(masters=2)
    first, second = (Master(url) for url in sandbox.masters)
    before = second.get("slaves").headers["Location"]
    sandbox.control.reserve(sandbox.agents[0], ROLE, PRINCIPAL, cpus=1)
    framework = sandbox.control.subscribe("kafka", ROLE, PRINCIPAL)
    sandbox.control.fail_over(by_hand=True)
    with pytest.raises(requests.ConnectionError):
        first.get("slaves")
    assert second.get("slaves").headers["Location"] == before

    assert sandbox.control.step_failover() == "elect"
    assert second.get("slaves").json() == {"slaves": [], "recovered_slaves": []}
    refused = second.call("GET_AGENTS")
    assert (refused.status_code, refused.text) == (503, "Master has not finished recovery")
    item = dynamic("cpus", 1, ROLE, PRINCIPAL)
    assert second.form("unreserve", slaveId=sandbox.agents[0], resources=[item]).status_code == 400

    assert sandbox.control.step_failover() == "recover"
    assert len(second.get("slaves").json()["recovered_slaves"]) == 3
    assert sandbox.control.step_failover() == f"agent {sandbox.agents[0]}"
    assert second.reserved(sandbox.agents[0], ROLE)
    assert len(second.get("slaves").json()["recovered_slaves"]) == 2
    assert sandbox.control.finish_failover()[-1] == f"framework {framework}"
    assert second.get("frameworks").json()["frameworks"][0]["active"] is True


def test_a_failover_runs_by_itself(start: Start) -> None:
    sandbox = start(masters=2)
    sandbox.control.fail_over()
    second = Master(sandbox.masters[1])
    eventually(lambda: second.get("slaves").status_code == 200 and len(second.slaves()) == 3)


def age(master: Master) -> tuple[str, float]:
    """The leader's id, and how long ago it was elected by the answer's own Date (whole seconds)."""
    answer = master.call("GET_MASTER")
    shown = answer.json()["get_master"]
    now = parsedate_to_datetime(answer.headers["Date"]).timestamp()
    return shown["master_info"]["id"], now - shown["elected_time"]


def test_every_leadership_has_its_own_id_and_age(start: Start) -> None:
    """Rule O2 goes by elected_time, and rule L7 by the Date of the same answer."""
    sandbox = start(masters=2)
    first, second = (Master(url) for url in sandbox.masters)
    old_id, old_age = age(first)
    assert 3598 < old_age < 3600 + HANGS
    sandbox.control.fail_over(by_hand=True)
    sandbox.control.finish_failover()
    new_id, new_age = age(second)
    assert new_id != old_id
    assert -1 <= new_age < 3598, "it is the new leader's own"
    sandbox.control.elected_ago(120)
    assert 118 < age(second)[1] < 120 + HANGS


def test_the_clock_moves_by_hand(start: Start) -> None:
    sandbox = start()
    master = Master(sandbox.master_url)
    sandbox.control.advance(7200)
    before = time.time()
    shown = parsedate_to_datetime(master.get("slaves").headers["Date"]).timestamp()
    assert before - 2 < shown - 7200 < time.time() + 2


def test_operations_of_a_killed_leader_can_be_lost(start: Start) -> None:
    sandbox = start(masters=2)
    agent = sandbox.agents[0]
    sandbox.control.reserve(agent, ROLE, PRINCIPAL, cpus=1)
    sandbox.control.hold_operations()
    first, second = (Master(url) for url in sandbox.masters)
    first.form("unreserve", slaveId=agent, resources=first.reserved(agent, ROLE))
    sandbox.control.fail_over(lose_in_flight=True, by_hand=True)
    sandbox.control.release_operations()
    sandbox.control.finish_failover()
    assert len(second.reserved(agent, ROLE)) == 1
    assert second.operations() == []


@pytest.mark.parametrize(
    "value",
    [
        {"name": "cpus", "type": "SCALAR", "scalar": {"value": 0}},
        {"name": "ports", "type": "RANGES", "ranges": {"range": []}},
        {"name": "names", "type": "SET", "set": {"item": []}},
    ],
    ids=["scalar", "ranges", "set"],
)
def test_an_item_without_a_value_kills_the_master(start: Start, value: dict[str, object]) -> None:
    """Rule D2: never send one."""
    sandbox = start()
    master, agent = Master(sandbox.master_url), sandbox.agents[0]
    item = {**value, "reservations": [{"type": "DYNAMIC", "role": ROLE, "principal": PRINCIPAL}]}
    with pytest.raises(requests.ConnectionError):
        master.form("unreserve", slaveId=agent, resources=[item])
    assert sandbox.control.aborted()
    with pytest.raises(requests.ConnectionError):
        master.get("slaves")


def test_before_1_6_it_does_nothing(start: Start) -> None:
    sandbox = start(version="1.4")
    item = dynamic("cpus", 0, ROLE, PRINCIPAL)
    assert Master(sandbox.master_url).form("unreserve", slaveId=sandbox.agents[0], resources=[item]).status_code == 202
    assert not sandbox.control.aborted()


def test_a_stopped_master_that_runs_again_leads_and_knows_its_agents(start: Start) -> None:
    sandbox = start()
    sandbox.control.reserve(sandbox.agents[0], ROLE, PRINCIPAL, cpus=1)
    sandbox.control.fail_over()
    sandbox.control.start_master(0)
    assert Master(sandbox.master_url).reserved(sandbox.agents[0], ROLE)


def test_0_28_can_be_told_and_refused(start: Start) -> None:
    """Rule L1: the floor is 1.0."""
    sandbox = start(version="0.28", masters=2)
    first, second = (Master(url) for url in sandbox.masters)
    assert first.get("/version").json()["version"] == "0.28.2"
    assert first.get("version").status_code == 404
    assert first.get("state").json()["version"] == "0.28.2"
    assert first.call("GET_VERSION").status_code == 404
    answer = second.get("slaves")
    assert answer.status_code == 200
    assert answer.json()["slaves"] == []


def test_without_a_leader_masters_say_so(start: Start) -> None:
    sandbox = start(masters=2)
    sandbox.control.fail_over(by_hand=True)
    sandbox.control.forget_leader()
    answer = Master(sandbox.masters[1]).get("slaves")
    assert (answer.status_code, answer.text) == (503, "No leader elected")


def test_an_agent_that_stays_away_after_a_failover_stays_recovered(start: Start) -> None:
    """Rule L6: it is waited for. The ping window, over many times here, is not for agents that were never seen."""
    sandbox = start(masters=2, ping_timeout=0.01, ping_limit=1)
    away = sandbox.agents[1]
    sandbox.control.fail_over(by_hand=True)
    sandbox.control.disconnect_agent(away)
    sandbox.control.finish_failover()
    second = Master(sandbox.masters[1])
    registered = time.monotonic()
    while time.monotonic() < registered + 0.1 or sandbox.control.counts()["/master/slaves"] < 10:
        shown = second.get("slaves").json()
        assert [each["id"] for each in shown["recovered_slaves"]] == [away]
        assert len(shown["slaves"]) == 2
    sandbox.control.start_agent(away)
    assert second.get("slaves").json()["recovered_slaves"] == []


def test_an_agent_that_thaws_while_nobody_leads_comes_back(start: Start) -> None:
    sandbox = start(masters=2)
    frozen = sandbox.agents[0]
    sandbox.control.freeze_agent(frozen)
    sandbox.control.fail_over(by_hand=True)
    sandbox.control.thaw_agent(frozen)
    sandbox.control.finish_failover()
    assert Master(sandbox.masters[1]).slave(frozen) is not None
