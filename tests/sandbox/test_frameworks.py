"""Frameworks, what they hold, and what outlives them."""

from __future__ import annotations

import requests

from janitor.sandbox import Sandbox
from tests.clock import HANGS
from tests.conformance.client import Json, Master, eventually
from tests.sandbox.conftest import Start

ROLE, PRINCIPAL = "kafka-role", "kafka-principal"


def with_task(sandbox: Sandbox) -> tuple[Master, str, str]:
    """A framework whose task uses a volume and a cpu on the first agent."""
    agent = sandbox.agents[0]
    sandbox.control.reserve(agent, ROLE, PRINCIPAL, labels={"resource_id": "c"}, cpus=1)
    sandbox.control.create_volume(agent, ROLE, "v1", 100, PRINCIPAL, labels={"resource_id": "d"})
    framework = sandbox.control.subscribe("kafka", ROLE, PRINCIPAL)
    sandbox.control.run_task(framework, agent, labels={"name": "broker-0"})
    return Master(sandbox.master_url), agent, framework


def executors(master: Master, agent: str) -> list[Json]:
    """The executors that the agent itself still runs."""
    slave = master.slave(agent)
    assert slave is not None
    state = requests.get(f"http://{slave['pid'].partition('@')[2]}/slave(1)/state", timeout=HANGS).json()
    return [executor for framework in state["frameworks"] for executor in framework["executors"]]


def test_what_a_framework_holds_is_shown_with_its_role(start: Start) -> None:
    """Rule O1: an owner is known by what is allocated to it."""
    sandbox = start()
    master, agent, framework = with_task(sandbox)
    (shown,) = master.call("GET_FRAMEWORKS").json()["get_frameworks"]["frameworks"]
    assert shown["framework_info"]["id"]["value"] == framework
    held = shown["allocated_resources"]
    assert {item["name"] for item in held} == {"cpus", "disk"}
    assert {item["allocation_info"]["role"] for item in held} == {ROLE}
    (task,) = master.call("GET_TASKS").json()["get_tasks"]["tasks"]
    assert task["agent_id"]["value"] == agent
    assert task["labels"] == {"labels": [{"key": "name", "value": "broker-0"}]}


def test_executors_outlive_a_teardown_by_their_grace_period(start: Start) -> None:
    """Rule D5: the master's view is free at once, the agent's is not."""
    sandbox = start(executor_grace=None)
    master, agent, framework = with_task(sandbox)
    assert master.form("teardown", frameworkId=framework).status_code == 200
    slave = master.slave(agent)
    assert slave is not None
    assert slave["used_resources_full"] == []
    (over,) = master.call("GET_FRAMEWORKS").json()["get_frameworks"]["completed_frameworks"]
    assert over["unregistered_time"]["nanoseconds"] > 0
    assert len(executors(master, agent)) == 1

    sandbox.control.finish_executors()
    assert executors(master, agent) == []


def test_an_agent_exits_when_a_volume_is_removed_under_a_running_executor(start: Start) -> None:
    sandbox = start(executor_grace=None)
    master, agent, framework = with_task(sandbox)
    master.form("teardown", frameworkId=framework)
    volumes = [item for item in master.reserved(agent, ROLE) if "disk" in item]
    assert master.form("destroy-volumes", slaveId=agent, volumes=volumes).status_code == 202
    eventually(lambda: not sandbox.control.truth()["agents"][agent]["running"])
    slave = master.slave(agent)
    assert slave is not None
    assert slave["active"] is False


def test_a_volume_that_a_task_uses_is_not_destroyed(start: Start) -> None:
    sandbox = start()
    master, agent, _ = with_task(sandbox)
    volumes = [item for item in master.reserved(agent, ROLE) if "disk" in item]
    answer = master.form("destroy-volumes", slaveId=agent, volumes=volumes)
    assert (answer.status_code, answer.text) == (400, "Invalid DESTROY operation: Persistent volumes in use")


def test_tasks_of_an_unreachable_agent_are_unreachable_and_come_back_with_it(start: Start) -> None:
    """Rule L6: GET_TASKS ties an unreachable agent to its frameworks."""
    sandbox = start()
    master, agent, _ = with_task(sandbox)
    sandbox.control.mark_unreachable(agent)
    tasks = master.call("GET_TASKS").json()["get_tasks"]
    assert tasks["tasks"] == []
    assert [task["agent_id"]["value"] for task in tasks["unreachable_tasks"]] == [agent]
    sandbox.control.start_agent(agent)
    tasks = master.call("GET_TASKS").json()["get_tasks"]
    assert [task["agent_id"]["value"] for task in tasks["tasks"]] == [agent]
    assert tasks["unreachable_tasks"] == []


def test_after_a_failover_a_framework_is_known_by_its_tasks_first(start: Start) -> None:
    sandbox = start(masters=2)
    _, agent, framework = with_task(sandbox)
    sandbox.control.fail_over(by_hand=True)
    second = Master(sandbox.masters[1])
    while sandbox.control.step_failover() != f"agent {agent}":
        pass
    (known,) = second.get("frameworks").json()["frameworks"]
    assert (known["id"], known["active"], known["connected"], known["recovered"]) == (framework, False, False, True)
    sandbox.control.finish_failover()
    (known,) = second.get("frameworks").json()["frameworks"]
    assert (known["active"], known["recovered"]) == (True, False)


def test_a_framework_without_its_scheduler_keeps_its_tasks(start: Start) -> None:
    sandbox = start()
    master, _, framework = with_task(sandbox)
    sandbox.control.disconnect(framework)
    (shown,) = master.get("frameworks").json()["frameworks"]
    assert (shown["active"], len(shown["tasks"])) == (False, 1)
    assert master.get("/metrics/snapshot").json()["master/frameworks_active"] == 0.0
    sandbox.control.reconnect(framework)
    assert master.get("frameworks").json()["frameworks"][0]["active"] is True


def test_a_framework_may_have_many_roles(start: Start) -> None:
    sandbox = start()
    sandbox.control.subscribe("many", ["a-role", "b-role/c"], PRINCIPAL, user="nobody", webui_url="http://x")
    (shown,) = Master(sandbox.master_url).get("frameworks").json()["frameworks"]
    assert shown["roles"] == ["a-role", "b-role/c"]
    assert shown["user"] == "nobody"
    names = [role["name"] for role in Master(sandbox.master_url).get("roles").json()["roles"]]
    assert names == ["a-role", "b-role", "b-role/c"]


def test_offers_are_rescinded_by_an_operation_and_kept_by_a_busy_one(start: Start) -> None:
    sandbox = start()
    agent = sandbox.agents[0]
    sandbox.control.reserve(agent, ROLE, PRINCIPAL, cpus=1)
    sandbox.control.subscribe("idle", ROLE, PRINCIPAL, holds_offers=True)
    master = Master(sandbox.master_url)
    assert len(master.get("frameworks").json()["frameworks"][0]["offers"]) == 3
    assert master.form("unreserve", slaveId=agent, resources=master.reserved(agent, ROLE)).status_code == 202
    assert len(master.get("frameworks").json()["frameworks"][0]["offers"]) == 2
