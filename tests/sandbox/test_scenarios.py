"""The named clusters: what is on them, over HTTP and in a real ZooKeeper, as a clean-up will find it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
from kazoo.client import KazooClient
from kazoo.exceptions import NoNodeError

from janitor.sandbox.dcos.cluster import Asks
from janitor.sandbox.rehearsal import Rehearsal
from janitor.sandbox.scenarios import SCENARIOS
from janitor.sandbox.services import Service, everything_but, held
from tests.clock import HANGS
from tests.zookeeper.server import ZooKeeperServer

VERSIONS = ("1.2", "1.4", "1.9", "1.12")


def get(url: str, **more: Any) -> Any:
    answer = requests.get(url, timeout=HANGS, **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + HANGS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def resource_ids(items: list[dict[str, Any]]) -> list[str]:
    pairs = [pair for item in items for pair in item["reservation"]["labels"]["labels"]]
    return [pair["value"] for pair in pairs if pair["key"] == "resource_id"]


@pytest.mark.parametrize("version", VERSIONS)
def test_kafka_is_abandoned_and_others_live(version: str) -> None:
    with Rehearsal("kafka", version=version) as rehearsal:
        agents = rehearsal.built.agents
        by_id = {agent["id"]: agent for agent in get(rehearsal.master_url + "slaves")["slaves"]}
        assert set(by_id) == set(agents.values())
        for name in ("broker-0", "broker-1", "broker-2", "no-volume"):
            items = by_id[agents[name]]["reserved_resources_full"]["kafka-role"]
            volumes = [item for item in items if "persistence" in item.get("disk", {})]
            assert len(volumes) == (0 if name == "no-volume" else 1)
            assert {item["name"] for item in items} == {"cpus", "mem", "disk", "ports"}
            assert {item["reservation"]["principal"] for item in items} == {"kafka-principal"}
            ids = resource_ids(items)
            assert len(set(ids)) == len(ids) == len(items), "each resource alone, with an id of its own"
        assert set(by_id[agents["public"]]["reserved_resources"]) == {"slave_public"}
        assert sum("hdfs-role" in agent["reserved_resources"] for agent in by_id.values()) == 3

        answer = requests.get(rehearsal.master_url + "frameworks", timeout=HANGS)
        now = parsedate_to_datetime(answer.headers["Date"]).timestamp()
        (kafka,) = answer.json()["completed_frameworks"]
        assert (kafka["name"], kafka["id"]) == ("kafka", rehearsal.built.services["kafka"].framework_id)
        assert now - kafka["unregistered_time"] > 60
        living = {each["name"]: (each["active"], len(each["tasks"])) for each in answer.json()["frameworks"]}
        assert living == {"marathon": (True, 1), "hdfs": (True, 3)}
        truth = rehearsal.sandbox.control.truth()["agents"]
        executors = [each for agent in truth.values() for each in agent["executors"]]
        assert len(executors) == 4, "Kafka's are gone"
        assert get(rehearsal.marathon_url + "hdfs")["app"]["labels"]["DCOS_COMMONS_UNINSTALL"] == "true"
        assert requests.get(rehearsal.marathon_url + "kafka", timeout=HANGS).status_code == 404


def test_what_is_held_and_everything_else_are_told_apart() -> None:
    with Rehearsal("kafka") as rehearsal:
        control = rehearsal.sandbox.control
        before = everything_but(control, "kafka-role")
        assert len(held(control, "kafka-role")) == 27
        items = control.held_by(rehearsal.built.agents["no-volume"], "kafka-role")
        control.unreserve(rehearsal.built.agents["no-volume"], items)
        assert len(held(control, "kafka-role")) == 21
        assert everything_but(control, "kafka-role") == before
        hdfs = control.held_by(rehearsal.built.agents["broker-0"], "hdfs-role")
        assert len(before[rehearsal.built.agents["broker-0"]]) == len(hdfs) == 7
        control.reserve(rehearsal.built.agents["broker-0"], "other-role", "p", cpus=1)
        assert everything_but(control, "kafka-role") != before


def test_with_a_zookeeper_the_znodes_are_there_and_are_taken_out_again(
    server: ZooKeeperServer, client: KazooClient
) -> None:
    with Rehearsal("kafka", zookeeper=server.address) as rehearsal:
        kafka = rehearsal.built.services["kafka"]
        tree = client.get_children("/dcos-service-kafka")
        expected = {"FrameworkID", "SchemaVersion", "servicename", "ConfigTarget", "Configurations", "Tasks", "lock"}
        assert expected <= set(tree)
        assert client.get("/dcos-service-kafka/FrameworkID")[0] == b"\x0a\x29" + kafka.framework_id.encode()
        assert client.get_children("/dcos-service-kafka/lock/leases") == []
        (lease,) = client.get_children("/dcos-service-hdfs/lock/leases")
        stat = client.exists(f"/dcos-service-hdfs/lock/leases/{lease}")
        assert stat is not None
        assert stat.ephemeralOwner != 0, "HDFS lives"
        assert {"mesos", "marathon", "cluster-id", "dcos"} <= set(client.get_children("/"))
        shown = get(f"{rehearsal.exhibitor_url}exhibitor/v1/explorer/node?key=/dcos-service-kafka")
        assert sorted(each["title"] for each in shown) == sorted(tree)
        assert get(rehearsal.master_url + "flags")["flags"]["zk"] == f"zk://{server.address}/mesos"
    assert client.get_children("/") == ["zookeeper"]


def leading_by_zookeeper(client: KazooClient) -> str | None:
    nodes = sorted(name for name in client.get_children("/mesos") if name.startswith("json.info_"))
    if not nodes:
        return None
    try:
        info = json.loads(client.get(f"/mesos/{nodes[0]}")[0])
    except NoNodeError:  # its master has gone between the two questions
        return None
    return str(info["id"])


def test_the_masters_stand_for_election_and_a_failover_shows(server: ZooKeeperServer, client: KazooClient) -> None:
    with Rehearsal("plain", zookeeper=server.address, masters=3) as rehearsal:
        first, second = (get(url + "state")["id"] for url in rehearsal.sandbox.masters[:1] * 2)
        assert first == second == leading_by_zookeeper(client)
        assert len([name for name in client.get_children("/mesos") if name.startswith("json.info_")]) == 3
        rehearsal.sandbox.control.fail_over()
        rehearsal.sandbox.control.finish_failover()
        leader = get(rehearsal.sandbox.masters[1] + "state")["id"]
        assert leader != first
        until(lambda: leading_by_zookeeper(client) == leader)
        assert len([name for name in client.get_children("/mesos") if name.startswith("json.info_")]) == 2
        through = get(f"{rehearsal.dcos.url}/mesos/master/state")["id"]
        assert through == leader, "Admin Router follows"


def test_big_scales() -> None:
    with Rehearsal("big", agents=60) as rehearsal:
        agents = get(rehearsal.master_url + "slaves")["slaves"]
        assert len(agents) == 60
        counts = {sum(map(len, agent["reserved_resources_full"].values())) for agent in agents}
        assert counts == {20}
        assert len(held(rehearsal.sandbox.control, "kafka-role")) == 600


@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_says_what_to_try(name: str) -> None:
    scenario = SCENARIOS[name]
    for words, command in scenario.commands + scenario.with_znode:
        assert words.endswith(":")
        assert "{" not in command.format(janitor="janitor", curl="", master="http://m/master/", exhibitor="http://e/")
        assert "{master}" in command
    assert all("-z " not in command for _, command in scenario.commands), "there is no ZooKeeper for these"


def test_names_follow_the_sdk() -> None:
    kafka = Service("/a/b/kafka")
    assert kafka.role == "a__b__kafka-role"
    assert kafka.principal == "/a/b/kafka-principal"
    assert kafka.znode == "/dcos-service-a__b__kafka"


def test_strict_everybody_wants_a_token_and_https_is_served(tmp_path: Path) -> None:
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1", "localhost")
    certificate, key, ca = tmp_path / "cert.pem", tmp_path / "key.pem", tmp_path / "ca.pem"
    issued.cert_chain_pems[0].write_to_path(certificate)
    issued.private_key_pem.write_to_path(key)
    authority.cert_pem.write_to_path(ca)
    with Rehearsal("plain", asks=Asks.EVERYBODY, tls=(str(certificate), str(key))) as rehearsal:
        rehearsal.dcos_control.add_user("operator", "s3cret")
        doors = [rehearsal.master_url + "slaves", rehearsal.dcos.url + "/mesos/slaves", rehearsal.marathon_url]
        agent = rehearsal.sandbox.agents[0]
        doors.append(f"{rehearsal.dcos.url}/agent/{agent}/slave(1)/state")
        assert [url.split(":")[0] for url in doors] == ["https"] * 4
        for url in doors:
            assert requests.get(url, verify=str(ca), timeout=HANGS).status_code == 401, url
        login = {"uid": "operator", "password": "s3cret"}
        url = f"{rehearsal.dcos.url}/acs/api/v1/auth/login"
        token = requests.post(url, json=login, verify=str(ca), timeout=HANGS).json()["token"]
        headers = {"Authorization": f"token={token}"}
        for url in doors:
            assert requests.get(url, verify=str(ca), headers=headers, timeout=HANGS).status_code == 200, url
        rehearsal.dcos_control.expire_tokens()
        for url in doors:
            assert requests.get(url, verify=str(ca), headers=headers, timeout=HANGS).status_code == 401, url
        assert rehearsal.dcos_control.logins() == 1


def test_dcos_can_be_controlled_from_anywhere() -> None:
    with Rehearsal("plain", agents=1) as rehearsal:
        control = rehearsal.dcos_control
        control.run_app({"id": "janitor", "cmd": "/janitor.py"})
        control.hold_deployments()
        deleted = requests.delete(rehearsal.marathon_url + "janitor", timeout=HANGS)
        assert deleted.status_code == 200
        assert control.apps() == []
        deployments = rehearsal.dcos.marathon_url + "/v2/deployments"
        assert [each["id"] for each in get(deployments)] == [deleted.json()["deploymentId"]]
        control.finish_deployments()
        assert get(deployments) == []
        control.protect_exhibitor(read_only=True)
        url = f"{rehearsal.exhibitor_url}exhibitor/v1/explorer/znode/x"
        assert requests.delete(url, timeout=HANGS).status_code == 403
        control.protect_exhibitor(admin_password="secret")
        assert requests.delete(url, timeout=HANGS).status_code == 401
