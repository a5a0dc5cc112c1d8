"""What an agent holds and what the master believes: accepted, gone from view, and still there (rules P1, P2, D3)."""

from __future__ import annotations

import pytest
import requests

from janitor.sandbox import Sandbox
from tests.clock import HANGS
from tests.conformance.client import Json, Master, eventually
from tests.sandbox.conftest import Start

ROLE, PRINCIPAL = "kafka-role", "kafka-principal"


def reserved(sandbox: Sandbox) -> tuple[Master, str, list[Json]]:
    """A cluster in which the first agent holds a cpu for the role."""
    agent = sandbox.agents[0]
    sandbox.control.reserve(agent, ROLE, PRINCIPAL, cpus=1)
    master = Master(sandbox.master_url)
    return master, agent, master.reserved(agent, ROLE)


def own_state(master: Master, agent: str) -> Json:
    """The agent's own /slave(1)/state."""
    slave = master.slave(agent)
    assert slave is not None
    address = slave["pid"].partition("@")[2]
    state: Json = requests.get(f"http://{address}/slave(1)/state", timeout=HANGS).json()
    return state


def test_an_operation_is_pending_until_the_agent_has_done_it(start: Start) -> None:
    sandbox = start()
    master, agent, items = reserved(sandbox)
    sandbox.control.hold_operations()
    assert master.form("unreserve", slaveId=agent, resources=items).status_code == 202
    assert master.reserved(agent, ROLE) == []
    assert [each["info"]["type"] for each in master.operations()] == ["UNRESERVE"]
    assert own_state(master, agent)["reserved_resources_full"] != {}

    sandbox.control.release_operations()
    assert master.operations() == []
    assert own_state(master, agent)["reserved_resources_full"] == {}


def test_a_frozen_agent_does_what_waited_when_it_thaws_in_time(start: Start) -> None:
    sandbox = start()
    master, agent, items = reserved(sandbox)
    sandbox.control.freeze_agent(agent)
    assert master.form("unreserve", slaveId=agent, resources=items).status_code == 202
    slave = master.slave(agent)
    assert slave is not None
    assert slave["active"] is True
    assert sandbox.control.held_by(agent, ROLE)
    assert len(master.operations()) == 1

    sandbox.control.thaw_agent(agent)
    eventually(lambda: not master.operations())
    assert sandbox.control.held_by(agent) == []


def test_a_frozen_agent_is_unreachable_after_the_ping_window_and_brings_its_reservation_back(start: Start) -> None:
    sandbox = start(ping_timeout=0.05, ping_limit=2)
    master, agent, items = reserved(sandbox)
    sandbox.control.freeze_agent(agent)
    master.form("unreserve", slaveId=agent, resources=items)
    eventually(lambda: master.slave(agent) is None)
    assert master.get("/registrar(1)/registry").json()["unreachable"]["slaves"][0]["id"]["value"] == agent
    assert master.operations() == []

    sandbox.control.thaw_agent(agent)
    assert len(master.reserved(agent, ROLE)) == 1


def removals(master: Master, kind: str = "unreachable") -> list[float]:
    """How many removals were scheduled, completed and canceled."""
    metrics = master.get("/metrics/snapshot").json()
    return [metrics[f"master/slave_{kind}_{end}"] for end in ("scheduled", "completed", "canceled")]


def test_a_master_that_limits_removals_lists_an_agent_as_active_until_one_is_permitted(start: Start) -> None:
    """DC/OS 1.8 to 1.10 permit one in 20 minutes; the first comes at once."""
    sandbox = start(ping_timeout=0.05, ping_limit=2, removal_rate_limit="1/20mins", metrics_per_second=0)
    master = Master(sandbox.master_url)
    first, second = sandbox.agents[:2]
    sandbox.control.freeze_agent(first)
    eventually(lambda: master.slave(first) is None)
    sandbox.control.freeze_agent(second)
    eventually(lambda: removals(master) == [2, 1, 0])
    slave = master.slave(second)
    assert slave is not None
    assert slave["active"] is True

    sandbox.control.thaw_agent(second)
    assert removals(master) == [2, 1, 1]
    assert removals(master, "shutdowns") == [0, 0, 0]


def test_an_agent_that_is_gone_while_it_waits_to_be_removed_stays_counted(start: Start) -> None:
    """Mesos, SlaveObserver: it ends with its agent, and the permit that it asked for is counted by nobody."""
    sandbox = start(ping_timeout=0.05, ping_limit=2, removal_rate_limit="1/20mins", metrics_per_second=0)
    master = Master(sandbox.master_url)
    first, second = sandbox.agents[:2]
    sandbox.control.freeze_agent(first)
    eventually(lambda: master.slave(first) is None)
    sandbox.control.freeze_agent(second)
    eventually(lambda: removals(master) == [2, 1, 0])
    sandbox.control.mark_gone(second)
    assert master.slave(second) is None
    assert removals(master) == [2, 1, 0]


def test_a_master_obeys_the_flags_that_it_shows(start: Start) -> None:
    """However they were set."""
    sandbox = start(flags={"agent_ping_timeout": "50ms", "max_agent_ping_timeouts": "2"})
    master, agent = Master(sandbox.master_url), sandbox.agents[0]
    sandbox.control.freeze_agent(agent)
    eventually(lambda: master.slave(agent) is None)


def test_masters_before_1_1_count_removals_by_another_name(start: Start) -> None:
    sandbox = start(version="1.0", ping_timeout=0.05, ping_limit=2)
    master = Master(sandbox.master_url)
    sandbox.control.freeze_agent(sandbox.agents[0])
    eventually(lambda: removals(master, "shutdowns") == [1, 1, 0])
    assert "master/slave_unreachable_scheduled" not in master.get("/metrics/snapshot").json()


def test_a_frozen_agent_answers_nobody(start: Start) -> None:
    sandbox = start()
    master, agent, _ = reserved(sandbox)
    slave = master.slave(agent)
    assert slave is not None
    sandbox.control.freeze_agent(agent)
    with pytest.raises(requests.Timeout):
        requests.get(f"http://{slave['pid'].partition('@')[2]}/slave(1)/state", timeout=0.2)


def test_what_a_disconnected_agent_was_sent_is_lost_and_its_own_view_wins(start: Start) -> None:
    sandbox = start()
    master, agent, items = reserved(sandbox)
    sandbox.control.disconnect_agent(agent)
    slave = master.slave(agent)
    assert slave is not None
    assert slave["active"] is False
    assert master.form("unreserve", slaveId=agent, resources=items).status_code == 202
    assert master.reserved(agent, ROLE) == []
    assert len(master.operations()) == 1

    sandbox.control.start_agent(agent)
    assert len(master.reserved(agent, ROLE)) == 1
    assert master.operations() == []


@pytest.mark.parametrize("removed", [False, True])
def test_of_an_old_agent_the_masters_view_wins_unless_it_was_removed_meanwhile(start: Start, removed: bool) -> None:
    """Before the capability RESOURCE_PROVIDER the master sends its own view again."""
    sandbox = start(version="1.4")
    master, agent, items = reserved(sandbox)
    sandbox.control.disconnect_agent(agent)
    assert master.form("unreserve", slaveId=agent, resources=items).status_code == 202
    if removed:
        sandbox.control.mark_unreachable(agent)
        assert master.slave(agent) is None
    sandbox.control.start_agent(agent)
    assert bool(master.reserved(agent, ROLE)) is removed
    assert bool(sandbox.control.held_by(agent, ROLE)) is removed


def test_an_old_agent_never_shows_operations(start: Start) -> None:
    """Rule P2: their absence proves nothing there."""
    sandbox = start(agents=[{"version": "1.4"}], version="1.9")
    master, agent, items = reserved(sandbox)
    sandbox.control.hold_operations()
    assert master.form("unreserve", slaveId=agent, resources=items).status_code == 202
    assert master.operations() == []
    assert sandbox.control.held_by(agent, ROLE)


def test_a_drained_agent_is_not_active_and_does_what_it_is_sent(start: Start) -> None:
    """Rule D3."""
    sandbox = start()
    master, agent, items = reserved(sandbox)
    sandbox.control.drain_agent(agent)
    slave = master.slave(agent)
    assert slave is not None
    assert (slave["active"], slave["deactivated"]) == (False, True)
    assert master.form("unreserve", slaveId=agent, resources=items).status_code == 202
    eventually(lambda: not sandbox.control.held_by(agent))
    sandbox.control.reactivate_agent(agent)
    slave = master.slave(agent)
    assert slave is not None
    assert (slave["active"], slave["deactivated"]) == (True, False)


def test_an_agent_marked_gone_never_comes_back(start: Start) -> None:
    sandbox = start()
    master, agent, _ = reserved(sandbox)
    assert master.call("MARK_AGENT_GONE", agent_id={"value": agent}).status_code == 200
    sandbox.control.start_agent(agent)
    assert master.slave(agent) is None
    assert master.get("/registrar(1)/registry").json()["gone"]["slaves"][0]["id"]["value"] == agent
    assert master.call("MARK_AGENT_GONE", agent_id={"value": "no-such-S1"}).status_code == 404


def test_a_stopped_agent_refuses_connections_and_keeps_its_port(start: Start) -> None:
    sandbox = start()
    master, agent, _ = reserved(sandbox)
    slave = master.slave(agent)
    assert slave is not None
    url = f"http://{slave['pid'].partition('@')[2]}/slave(1)/state"
    sandbox.control.stop_agent(agent)
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=HANGS)
    sandbox.control.start_agent(agent)
    assert requests.get(url, timeout=HANGS).json()["id"] == agent


def test_disks_with_a_source_shared_volumes_and_resource_providers(start: Start) -> None:
    mount = {
        "name": "disk",
        "type": "SCALAR",
        "scalar": {"value": 500},
        "disk": {"source": {"type": "MOUNT", "mount": {"root": "/mnt/d1"}}},
    }
    provided = {**mount, "scalar": {"value": 700}, "provider_id": {"value": "rp-1"}}
    sandbox = start(agents=[{"extra": [mount, provided]}])
    agent = sandbox.agents[0]
    sandbox.control.create_volume(agent, ROLE, "v-mount", 500, PRINCIPAL, source=mount["disk"]["source"])  # type: ignore[index]  # a literal above
    sandbox.control.create_volume(agent, ROLE, "v-shared", 100, PRINCIPAL, shared=True)
    own = {"type": "DYNAMIC", "role": ROLE, "principal": PRINCIPAL}
    sandbox.control.reserve(agent, ROLE, raw=[{**provided, "reservations": [own]}])
    master = Master(sandbox.master_url)
    shown = master.reserved(agent, ROLE)
    assert {item.get("provider_id", {}).get("value") for item in shown} == {None, "rp-1"}
    assert [item["disk"]["persistence"]["id"] for item in shown if "shared" in item] == ["v-shared"]

    of_both = master.form("unreserve", slaveId=agent, resources=[shown[-1], {**shown[-1], "provider_id": None}])
    assert of_both.status_code == 400
    assert "Some resources have a resource provider and some do not" in of_both.text
    part = {**shown[-1], "scalar": {"value": 300}}
    assert master.form("unreserve", slaveId=agent, resources=[part]).status_code == 409
    assert master.form("unreserve", slaveId=agent, resources=[shown[-1]]).status_code == 202
