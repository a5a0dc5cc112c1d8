"""The scenario `city`: every state that it promises, as the sandbox's own HTTP shows it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from kazoo.client import KazooClient

from janitor.sandbox.city import CITY, CLERK
from janitor.sandbox.dcos.cluster import Asks
from janitor.sandbox.rehearsal import ALL_SCENARIOS, Rehearsal
from tests.clock import HANGS
from tests.zookeeper.server import ZooKeeperServer

Json = dict[str, Any]


def get(url: str, **more: Any) -> Any:
    answer = requests.get(url, timeout=HANGS, **more)
    assert answer.status_code in (200, 202), answer.text  # a plan that is not complete is 202
    return answer.json()


@pytest.fixture(scope="module")
def city() -> Iterator[Rehearsal]:
    with Rehearsal("city") as rehearsal:
        yield rehearsal


def agents(city: Rehearsal) -> dict[str, Json]:
    return {agent["id"]: agent for agent in get(city.master_url + "slaves")["slaves"]}


def reserved(city: Rehearsal, role: str) -> dict[str, list[Json]]:
    """What is shown as reserved dynamically for a role, by agent."""
    lists = {key: agent["reserved_resources_full"].get(role, []) for key, agent in agents(city).items()}
    return {key: [item for item in items if "reservation" in item] for key, items in lists.items() if items}


def labels(item: Json) -> dict[str, str]:
    pairs = item["reservation"].get("labels", {}).get("labels", [])
    return {pair["key"]: pair["value"] for pair in pairs}


def framework(city: Rehearsal, name: str, listed: str = "frameworks") -> Json | None:
    found = [one for one in get(city.master_url + "frameworks")[listed] if one["name"] == name]
    assert len(found) <= 1
    return found[0] if found else None


def apps(city: Rehearsal) -> set[str]:
    return {app["id"] for app in get(city.dcos.marathon_url + "/v2/apps")["apps"]}


def volumes(items: dict[str, list[Json]]) -> list[Json]:
    return [item for each in items.values() for item in each if "persistence" in item.get("disk", {})]


def test_it_is_a_scenario_of_forty_agents() -> None:
    assert ALL_SCENARIOS["city"] is CITY["city"]
    assert CITY["city"].agents == 40
    assert not CITY["city"].scales


def test_thirty_nine_agents_are_there_and_one_is_away(city: Rehearsal) -> None:
    away = city.built.agents["away"]
    assert len(agents(city)) == 39
    assert away not in agents(city)
    registry = get(city.master_url.removesuffix("master/") + "registrar(1)/registry")
    assert [one["id"]["value"] for one in registry["unreachable"]["slaves"]] == [away]


def test_an_agent_that_died_is_listed_and_waits_for_its_removal(city: Rehearsal) -> None:
    dead = agents(city)[city.built.agents["disconnected"]]
    assert (dead["active"], dead["deactivated"]) == (False, False)
    assert set(dead["reserved_resources"]) == {"minio-role"}
    assert set(reserved(city, "minio-role")) == {dead["id"]}, "all that it has"
    flags = get(city.master_url + "flags")["flags"]
    assert (flags["max_agent_ping_timeouts"], flags["agent_ping_timeout"]) == ("20", "15secs")
    assert flags["agent_removal_rate_limit"] == "1/20mins"
    metrics = get(city.master_url.removesuffix("master/") + "metrics/snapshot")
    assert (metrics["master/slave_unreachable_completed"], metrics["master/slaves_inactive"]) == (1, 2)


@pytest.mark.parametrize(
    "name, role, on", [("kafka", "kafka-role", 5), ("hdfs", "hdfs-role", 6), ("vault", "vault-role", 3)]
)
def test_in_use(city: Rehearsal, name: str, role: str, on: int) -> None:
    found = framework(city, name)
    assert found is not None
    assert found["active"]
    assert len(found["tasks"]) == on
    assert f"/{name}" in apps(city)
    items = reserved(city, role)
    assert len(items) == on
    assert {labels(item)["framework_id"] for each in items.values() for item in each} == {found["id"]}


def test_disconnected_with_its_failover_timeout_running(city: Rehearsal) -> None:
    elastic = framework(city, "elastic")
    assert elastic is not None
    assert (elastic["active"], elastic["connected"], elastic["failover_timeout"]) == (False, False, 14 * 24 * 3600)
    assert {task["state"] for task in elastic["tasks"]} == {"TASK_RUNNING"}
    assert "/elastic" not in apps(city)
    assert len(reserved(city, "elastic-role")) == 4


def test_half_uninstalled_and_stuck(city: Rehearsal) -> None:
    drained = city.built.agents["drained"]
    (app,) = [app for app in get(city.dcos.marathon_url + "/v2/apps")["apps"] if app["id"] == "/cassandra"]
    assert app["env"]["SDK_UNINSTALL"]
    plan = get(f"{city.dcos.url}/service/cassandra/v1/plans/deploy")
    steps = {phase["name"]: {step["status"] for step in phase["steps"]} for phase in plan["phases"]}
    host = agents(city)[drained]["hostname"]
    assert steps.pop(f"unreserve-resources-{host}") == {"PREPARED"}
    assert steps.pop("deregister-service") == {"PENDING"}
    assert all(statuses == {"COMPLETE"} for statuses in steps.values())
    assert set(reserved(city, "cassandra-role")) == {drained}
    assert agents(city)[drained]["deactivated"]


def test_abandoned_by_an_sdk_with_labels_and_a_completed_framework(city: Rehearsal) -> None:
    over = framework(city, "nifi", "completed_frameworks")
    assert over is not None
    assert framework(city, "nifi") is None
    assert "/nifi" not in apps(city)
    items = reserved(city, "nifi-role")
    assert len(items) == len(volumes(items)) == 4
    everything = [item for each in items.values() for item in each]
    assert {labels(item)["framework_id"] for item in everything} == {over["id"]}
    assert len({labels(item)["resource_id"] for item in everything}) == len(everything)


def test_abandoned_by_an_older_sdk_and_forgotten_by_the_master(city: Rehearsal) -> None:
    items = reserved(city, "dse-role")
    assert {frozenset(labels(item)) for each in items.values() for item in each} == {frozenset({"resource_id"})}
    assert framework(city, "dse") is framework(city, "dse", "completed_frameworks") is None


def test_abandoned_with_an_agent_that_is_away(city: Rehearsal) -> None:
    away = city.built.agents["away"]
    assert len(reserved(city, "druid-role")) == 2
    assert len(city.sandbox.control.held_by(away, "druid-role")) == 7, "it comes back with them"
    assert framework(city, "druid", "completed_frameworks") is not None


def test_abandoned_by_resident_tasks_of_a_marathon(city: Rehearsal) -> None:
    over = framework(city, "marathon-dev", "completed_frameworks")
    assert over is not None
    items = reserved(city, "marathon-dev-role")
    assert len(items) == 2
    for item in (item for each in items.values() for item in each):
        assert labels(item)["marathon_framework_id"] == over["id"]
        assert labels(item)["marathon_task_id"].startswith("postgres.instance-")
        assert item["reservation"]["principal"] == "marathon-dev-principal"
    assert all(item["disk"]["persistence"]["id"].startswith("postgres#data#") for item in volumes(items))


def test_a_resident_task_of_a_marathon_that_lives(city: Rehearsal) -> None:
    marathon = framework(city, "marathon")
    assert marathon is not None
    items = reserved(city, "slave_public")
    (agent,) = [key for key, each in items.items() if each]
    assert {labels(item)["marathon_framework_id"] for item in items[agent]} == {marathon["id"]}
    assert [task["name"] for task in marathon["tasks"]] == ["mysql"]
    assert "/mysql" in apps(city)


def test_a_group_s_role_with_a_living_and_a_dead_service(city: Rehearsal) -> None:
    living, dead = framework(city, "/team01/kafka"), framework(city, "/team01/old", "completed_frameworks")
    assert living is not None
    assert dead is not None
    items = [item for each in reserved(city, "team01").values() for item in each]
    owners = {labels(item)["framework_id"] for item in items}
    assert owners == {living["id"], dead["id"]}
    assert {item["reservation"]["principal"] for item in items} == {"/team01/kafka-principal", "/team01/old-principal"}
    assert "/team01/kafka" in apps(city)


def test_capacity_that_an_operator_reserved_ahead(city: Rehearsal) -> None:
    items = reserved(city, "analytics")
    assert len(items) == 4
    everything = [item for each in items.values() for item in each]
    assert {item["reservation"]["principal"] for item in everything} == {"ops"}
    assert all(labels(item) == {} for item in everything)
    assert volumes(items) == []
    named = get(city.master_url + "frameworks")
    assert not [
        one for listed in named.values() for one in listed if "analytics" in one.get("roles", [one.get("role")])
    ]


def test_without_a_zookeeper_there_are_no_znodes(city: Rehearsal) -> None:
    assert city.built.znodes == []
    assert framework(city, "spark", "completed_frameworks") is not None


def test_a_role_is_hidden_from_the_clerk_alone() -> None:
    with Rehearsal("city", asks=Asks.EVERYBODY) as rehearsal:
        seen = {}
        for uid in ("operator", CLERK):
            headers = {"Authorization": f"token={rehearsal.dcos_control.issue_token(uid)}"}
            slaves = get(rehearsal.master_url + "slaves", headers=headers)["slaves"]
            names = {one["name"] for one in get(rehearsal.master_url + "frameworks", headers=headers)["frameworks"]}
            seen[uid] = ({role for agent in slaves for role in agent["reserved_resources"]}, names)
        roles, names = seen["operator"]
        assert seen[CLERK] == (roles - {"vault-role"}, names - {"vault"})
        assert ("vault-role" in roles, "vault" in names) == (True, True)
        told = scanned(rehearsal, "--auth_token", rehearsal.dcos_control.issue_token(CLERK))
        assert any("What this view hides" in line for line in told["untold"])
        assert not {"abandoned", "znode_only"} & {one["verdict"] for one in told["holdings"]}


def scanned(city: Rehearsal, *options: str) -> Any:
    """The document of `janitor scan`."""
    words = [sys.executable, "-m", "janitor", "scan", "--dcos-url", city.dcos.url, "--output", "json", *options]
    ran = subprocess.run(words, capture_output=True, text=True, timeout=HANGS)
    assert ran.returncode == 10, ran.stderr
    return json.loads(ran.stdout)


def verdicts(city: Rehearsal) -> dict[str, str]:
    """What it says of each service, or of its role."""
    holdings = scanned(city)["holdings"]
    found = {one["service"] or one["role"]: one["verdict"] for one in holdings}
    assert len(found) == len(holdings)
    return found


def names(client: KazooClient) -> set[str]:
    return set(client.get_children("/"))


def test_the_znodes_of_the_living_and_of_the_dead(server: ZooKeeperServer) -> None:
    with Rehearsal("city", zookeeper=server.address) as rehearsal, server.connected() as client:
        services = {name for name in names(client) if name.startswith("dcos-service-")}
        living, disconnected = {"kafka", "hdfs", "cassandra", "team01__kafka"}, {"elastic"}
        dead = {"nifi", "druid", "dse", "minio", "team01__old", "confluent-kafka"}
        assert services == {f"dcos-service-{name}" for name in living | disconnected | dead}
        assert set(client.get_children("/spark_mesos_dispatcher")) == {"driverQueue", "launchedDrivers", "retryList"}
        leases = {
            name: client.get_children(f"/dcos-service-{name}/lock/leases") for name in living | disconnected | dead
        }
        assert {name for name, held in leases.items() if held} == living
        assert verdicts(rehearsal) == {
            "nifi": "abandoned",
            "dse": "abandoned",
            "druid": "abandoned",
            "team01/old": "abandoned",
            "marathon-dev": "abandoned",
            "minio": "agents_away",
            "spark": "znode_only",
            "confluent-kafka": "znode_only",
            "cassandra": "uninstalling",
            "elastic": "disconnected",
            "analytics": "unknown",
            "kafka": "in_use",
            "hdfs": "in_use",
            "vault": "in_use",
            "team01/kafka": "in_use",
            "marathon": "in_use",
            "slave_public": "in_use",
        }
        (druid,) = (one for one in scanned(rehearsal)["holdings"] if one["service"] == "druid")
        assert "-z" not in druid["command"]
        away = rehearsal.built.agents["away"]
        assert druid["evidence"][-1].startswith(f"The znode stays. Not known: What agent {away} holds")
        nobodys = "confluent-kafka"
        assert f"/{nobodys}" not in apps(rehearsal)
        assert framework(rehearsal, nobodys) is framework(rehearsal, nobodys, "completed_frameworks") is None
        assert reserved(rehearsal, f"{nobodys}-role") == {}
    with server.connected() as client:
        assert names(client) == {"zookeeper"}


@pytest.mark.parametrize("zookeeper", [False, True])
def test_it_says_what_to_try(zookeeper: bool) -> None:
    commands = CITY["city"].with_znode if zookeeper else CITY["city"].commands
    assert commands
    for words, command in commands:
        assert words.endswith(":")
        assert "{master}" in command or "{reach}" in command
        assert ("-z " in command) <= zookeeper
