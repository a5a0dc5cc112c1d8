"""The rehearsals of uninstalls: each is what it says, and goes on when what it waits for happens."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest
import requests
from kazoo.client import KazooClient

from janitor.sandbox.rehearsal import ALL_SCENARIOS, Rehearsal
from janitor.sandbox.scenarios_services import SERVICES
from janitor.sandbox.services import held
from tests.clock import HANGS
from tests.zookeeper.server import ZooKeeperServer

VERSION = "1.9"


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + HANGS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def steps(rehearsal: Rehearsal) -> dict[str, set[str]]:
    """Phase -> the statuses of its steps."""
    plan = requests.get(f"{rehearsal.dcos.url}/service/kafka/v1/plans/deploy", timeout=HANGS).json()
    return {phase["name"]: {step["status"] for step in phase["steps"]} for phase in plan["phases"]}


def kafka_is_gone(rehearsal: Rehearsal) -> Callable[[], bool]:
    def look() -> bool:
        return "/kafka" not in rehearsal.dcos_control.apps() and held(rehearsal.sandbox.control, "kafka-role") == []

    return look


@pytest.mark.parametrize("name", SERVICES)
def test_every_one_says_what_to_try_with_what_is_really_there(name: str) -> None:
    with Rehearsal(name, version=VERSION) as rehearsal:
        commands = rehearsal.commands(janitor="janitor --ca-cert x", curl="--cacert x ", reach=" --ca-cert x")
        assert commands
        for words, command in commands:
            assert words.endswith(":")
            assert any(
                there in command
                for there in (
                    f"--dcos-url {rehearsal.dcos.url} --ca-cert x",
                    rehearsal.master_url,
                    rehearsal.sandbox.control_url,
                )
            )


@pytest.mark.parametrize(
    "name, since",
    [("kafka-live", "1.4"), ("kafka-gone-agent", "1.5"), ("kafka-drained-agent", "1.9"), ("shared-role", "1.9")],
)
def test_what_cannot_happen_on_a_release_is_refused(name: str, since: str) -> None:
    with pytest.raises(ValueError, match=f"needs Mesos {since} or later"):
        Rehearsal(name, version="1.2")


def test_names_are_one_list() -> None:
    assert {"kafka", "kafka-live", "kafka-stuck-agent", "kafka-zombie", "kafka-legacy", "shared-role"} <= set(
        ALL_SCENARIOS
    )


def test_live(server: ZooKeeperServer, client: KazooClient) -> None:
    with Rehearsal("kafka-live", version=VERSION, zookeeper=server.address) as rehearsal:
        assert rehearsal.dcos_control.apps() == ["/hdfs", "/kafka"]
        assert len(client.get_children("/dcos-service-kafka/lock/leases")) == 1
        assert client.exists("/navstar_key") is not None
        rehearsal.services.uninstall("kafka")
        until(kafka_is_gone(rehearsal))
        assert len(held(rehearsal.sandbox.control, "hdfs-role")) == 24
    assert client.get_children("/") == ["zookeeper"]


@pytest.mark.parametrize("name", ["kafka-stuck-agent", "kafka-gone-agent", "kafka-drained-agent"])
def test_an_uninstall_waits_for_one_agent_and_for_nothing_else(name: str) -> None:
    with Rehearsal(name, version=VERSION) as rehearsal:
        control, agent = rehearsal.sandbox.control, rehearsal.built.agents["c"]
        assert steps(rehearsal) == {
            "kill-tasks": {"COMPLETE"},
            "unreserve-resources-10.0.1.1": {"COMPLETE"},
            "unreserve-resources-10.0.1.2": {"COMPLETE"},
            "unreserve-resources-10.0.1.3": {"PREPARED"},
            "deregister-service": {"PENDING"},
        }
        assert len(control.held_by(agent, "kafka-role")) == 8
        until(lambda: len(held(control, "kafka-role")) == 8)
        if name == "kafka-stuck-agent":
            control.start_agent(agent)
        elif name == "kafka-drained-agent":
            control.reactivate_agent(agent)
        else:
            return
        until(kafka_is_gone(rehearsal))


def test_held_offers() -> None:
    with Rehearsal("kafka-held-offers", version=VERSION) as rehearsal:
        control = rehearsal.sandbox.control
        until(lambda: steps(rehearsal)["unreserve-resources-10.0.1.1"] == {"PREPARED"})
        assert len(held(control, "kafka-role")) == 24
        control.teardown(rehearsal.built.services["greedy"].framework_id)
        until(kafka_is_gone(rehearsal))


def test_zombie(server: ZooKeeperServer, client: KazooClient) -> None:
    with Rehearsal("kafka-zombie", version=VERSION, zookeeper=server.address) as rehearsal:
        assert rehearsal.dcos_control.apps() == ["/hdfs", "/kafka"]
        plan = requests.get(f"{rehearsal.dcos.url}/service/kafka/v1/plans/deploy", timeout=HANGS)
        assert (plan.status_code, plan.json()["status"]) == (200, "COMPLETE")
        assert rehearsal.services.watching() == 0
        assert client.get_children("/dcos-service-kafka") == ["lock"]
        until(lambda: held(rehearsal.sandbox.control, "kafka-role") == [])


def test_no_scheduler() -> None:
    with Rehearsal("kafka-no-scheduler", version=VERSION) as rehearsal:
        assert requests.get(f"{rehearsal.dcos.url}/service/kafka/v1/plans/deploy", timeout=HANGS).status_code == 502
        app = requests.get(rehearsal.marathon_url + "kafka", timeout=HANGS).json()["app"]
        assert (app["env"]["SDK_UNINSTALL"], app["tasksRunning"]) == ("true", 0)
        framework = rehearsal.built.services["kafka"].framework_id
        truth = rehearsal.sandbox.control.truth()["frameworks"][framework]
        assert (truth["active"], len(truth["tasks"])) == (False, 3)


@pytest.mark.parametrize("version", ["1.2", "1.4", "1.12"])
def test_legacy_reserves_under_its_package_s_principal(version: str) -> None:
    with Rehearsal("kafka-legacy", version=version) as rehearsal:
        items = held(rehearsal.sandbox.control, "kafka-dev-role")
        assert {item["reservation"]["principal"] for item in items} == {"kafka-principal"}
        app = requests.get(rehearsal.marathon_url + "kafka-dev", timeout=HANGS).json()["app"]
        assert app["labels"]["DCOS_PACKAGE_NAME"] == "kafka"
        assert "DCOS_COMMONS_UNINSTALL" not in app["labels"]
        assert app["labels"]["DCOS_MIGRATION_API_PATH"] == "/v1/plan"


def test_shared_role_has_three_owners_of_whom_one_is_gone() -> None:
    with Rehearsal("shared-role", version=VERSION) as rehearsal:
        items = held(rehearsal.sandbox.control, "team01")
        owners = {
            pair["value"]
            for item in items
            for pair in item["reservation"]["labels"]["labels"]
            if pair["key"] == "framework_id"
        }
        ids = {name: service.framework_id for name, service in rehearsal.built.services.items()}
        assert owners == set(ids.values())
        registered = set(rehearsal.sandbox.control.truth()["frameworks"])
        assert owners - registered == {ids["/team01/old"]}
        app = requests.get(rehearsal.marathon_url + "team01/kafka", timeout=HANGS).json()["app"]
        assert app["env"]["MESOS_ALLOCATION_ROLE"] == "team01"
