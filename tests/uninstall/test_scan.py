"""`janitor scan` on a cluster: what everything is held by, through Admin Router and from inside, and what it costs."""

from __future__ import annotations

import contextlib
import json
import shlex
import time
from pathlib import Path

import pytest

from janitor.cli.engine import Engine
from janitor.cli.environment import Channel
from janitor.cli.main import main
from janitor.sandbox.znodes import leave_service
from tests.cli.documents import document
from tests.cli.terminal import Ran, environment, janitor, written
from tests.clock import HANGS
from tests.uninstall.scene import Scene


def holdings(ran: Ran) -> dict[str, dict[str, object]]:
    """service -> what the document says of it."""
    told = document(ran)
    assert told["command"] == "scan"
    found = {one["service"]: one for one in told["holdings"]}
    assert len(found) == len(told["holdings"])
    return found


@pytest.fixture
def city(scene: Scene) -> Scene:
    """Kafka runs, HDFS was torn down, of Cassandra the znode is left, and somebody reserved for `batch`."""
    scene.services.run("kafka")
    scene.abandoned("hdfs", on=scene.agents[:2], port=9000)
    leave_service(scene.client, "cassandra", "F9", [])
    scene.control.reserve(scene.agents[0], "batch", "ops", cpus=1, mem=64)
    return scene


def test_every_holding_has_its_verdict(city: Scene) -> None:
    ran = city.janitor("scan", "--output", "json")
    assert ran.status == 10
    found = holdings(ran)
    assert {name: one["verdict"] for name, one in found.items()} == {
        "kafka": "in_use",
        "hdfs": "abandoned",
        "cassandra": "znode_only",
        None: "unknown",
    }
    hdfs = found["hdfs"]
    assert (hdfs["role"], hdfs["principal"]) == ("hdfs-role", "hdfs-principal")
    agents = hdfs["agents"]
    assert isinstance(agents, list)
    assert sorted(one["agent_id"] for one in agents) == sorted(city.agents[:2])
    held = city.held("hdfs-role")
    cpus = sum(item["scalar"]["value"] for item in held if item["name"] == "cpus")
    amounts = hdfs["amounts"]
    assert isinstance(amounts, dict)
    assert amounts["cpus"] == pytest.approx(cpus)
    assert amounts["volumes"] == sum("persistence" in item.get("disk", {}) for item in held)


def test_the_command_that_is_printed_removes_it_and_nothing_else(city: Scene) -> None:
    kafka = city.held("kafka-role")
    first = holdings(city.janitor("scan", "--output", "json"))
    for name in ("hdfs", "cassandra"):
        command = first[name]["command"]
        assert isinstance(command, str)
        program, *words = shlex.split(command)
        assert program == "janitor"
        assert janitor(*words, engine=Engine()).status == 0
    again = holdings(city.janitor("scan", "--output", "json"))
    assert {name: one["verdict"] for name, one in again.items()} == {"kafka": "in_use", None: "unknown"}
    assert city.held("kafka-role") == kafka
    assert not city.znode("hdfs")
    assert not city.znode("cassandra")


def test_people_read_a_table_and_the_command(city: Scene) -> None:
    ran = city.janitor("scan")
    assert ran.status == 10
    lines = ran.stdout.splitlines()
    assert lines[2].split()[:4] == ["VERDICT", "SERVICE", "ROLE", "PRINCIPAL"]
    assert lines[3].split()[:4] == ["abandoned", "hdfs", "hdfs-role", "hdfs-principal"]
    command = f"    janitor clean -r hdfs-role -p hdfs-principal -z dcos-service-hdfs --dcos-url {city.url}"
    assert command in lines
    only = city.janitor("scan", "--only", "in_use", "--role", "k*")
    assert only.status == 0
    assert only.stdout.splitlines()[3].split()[:4] == ["in", "use", "kafka", "kafka-role"]
    assert city.janitor("scan", "--role", "nobody").stdout.splitlines()[-1].startswith("Nothing matches these options")


def test_an_uninstall_that_is_under_way_tells_its_plan(scene: Scene) -> None:
    scene.begun()
    ran = scene.janitor("scan")
    assert ran.status == 10
    assert "App /kafka uninstalls itself." in ran.stdout
    assert "steps are left: " in ran.stdout
    assert "Stuck" not in ran.stdout
    assert f"    janitor status kafka --dcos-url {scene.url}" in ran.stdout.splitlines()


def test_an_uninstall_that_is_stuck_tells_what_waits_and_why(scene: Scene) -> None:
    agent = scene.begun()
    scene.control.disconnect_agent(agent)
    (of_plan,) = {one for one in told_of_kafka(scene) if "App /kafka" in one}
    assert "steps are left: " in of_plan
    assert f"Agent {agent} on " in of_plan.partition(" Stuck, ")[2]
    assert "is disconnected; it may come back." in of_plan


def told_of_kafka(scene: Scene) -> list[str]:
    """The evidence of the scan's verdict on Kafka, which uninstalls itself."""
    kafka = holdings(scene.janitor("scan", "--output", "json"))["kafka"]
    assert kafka["verdict"] == "uninstalling"
    evidence = kafka["evidence"]
    assert isinstance(evidence, list)
    return evidence


def test_from_inside_and_without_marathon(city: Scene, nobody: str) -> None:
    inside = ["-m", city.rehearsal.master_url, "--zookeeper", str(city.rehearsal.zookeeper)]
    whole = janitor("scan", *inside, "-n", city.rehearsal.marathon_url, "--output", "json", engine=Engine())
    assert holdings(whole)["hdfs"]["verdict"] == "abandoned"
    blind = janitor("scan", *inside, "-n", f"http://{nobody}/v2/apps/", "--output", "json", engine=Engine())
    found = holdings(blind)
    assert {one["verdict"] for one in found.values()} == {"in_use", "unknown"}
    assert "Whether its app is in Marathon" in json.loads(blind.stdout)["untold"][0]
    assert blind.status == 0


def test_without_zookeeper_no_znode_is_shown_and_that_is_said(city: Scene, nobody: str) -> None:
    inside = ["-m", city.rehearsal.master_url, "-n", city.rehearsal.marathon_url, "--zookeeper", nobody]
    ran = janitor("scan", *inside, "--timeout", f"{HANGS:.0f}s", engine=Engine())
    assert "Notice: ZooKeeper could not be read, so that no znode is shown.\n  why: " in ran.stdout
    assert "cassandra" not in ran.stdout
    assert "abandoned" not in ran.stdout.split("\n\n")[1]


def test_metrics_for_a_collector(city: Scene) -> None:
    ran = city.janitor("scan", "--output", "openmetrics")
    assert ran.status == 10
    samples = dict(line.rsplit(" ", 1) for line in ran.stdout.splitlines() if not line.startswith("#"))
    labels = 'role="hdfs-role",service="hdfs",verdict="abandoned"'
    held = city.held("hdfs-role")
    memory = sum(item["scalar"]["value"] for item in held if item["name"] == "mem")
    assert float(samples[f"janitor_reserved_memory_bytes{{{labels}}}"]) == memory * 2**20
    assert samples['janitor_holdings{verdict="znode_only"}'] == "1.0"
    assert samples["janitor_agents"] == "3.0"
    assert ran.stdout.rstrip().endswith("# EOF")


def test_no_metrics_where_the_cluster_cannot_be_read(nobody: str) -> None:
    ran = janitor("scan", "-m", f"http://{nobody}/", "--output", "openmetrics", "--timeout", "2s", engine=Engine())
    assert (ran.status, ran.stdout) == (5, "")
    assert nobody in ran.stderr


def test_a_page_for_a_browser(city: Scene) -> None:
    ran = city.janitor("scan", "--output", "html", "--only", "abandoned")
    assert ran.status == 10
    assert ran.stdout.startswith("<!doctype html>")
    assert ran.stdout.endswith("</html>\n")
    assert (
        f"janitor clean -r hdfs-role -p hdfs-principal -z dcos-service-hdfs --dcos-url {city.url}</code>" in ran.stdout
    )
    assert "3 more holdings are in the cluster" in ran.stdout
    assert "kafka-role" not in ran.stdout


def test_no_page_where_the_cluster_cannot_be_read(nobody: str) -> None:
    ran = janitor("scan", "-m", f"http://{nobody}/", "--output", "html", "--timeout", "2s", engine=Engine())
    assert (ran.status, ran.stdout) == (5, "")
    assert nobody in ran.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("output", ["html", "openmetrics", "json"])
def test_what_cannot_be_written_is_no_result_though_something_was_found(city: Scene, output: str) -> None:
    env = environment(clock=time.monotonic)
    with open("/dev/full", "w", buffering=1) as full:
        env.out = Channel(full, env.redact)
        status = main(["scan", "--output", output, "--dcos-url", city.url], env, Engine())
        with contextlib.suppress(OSError):
            full.close()
    assert status == 5
    assert "standard output could not be written: No space left on device" in written(env.err)


def test_openmetrics_is_for_a_scan_alone() -> None:
    ran = janitor("status", "kafka", "--output", "openmetrics")
    assert ran.status == 1
    assert "not one of text, json" in ran.stderr


def test_a_scan_changes_nothing(city: Scene) -> None:
    before = city.control.truth()["agents"]
    city.control.clear_requests()
    city.janitor("scan")
    assert city.control.truth()["agents"] == before
    calls = {request["method"] for request in city.control.requests()}
    assert calls <= {"GET", "POST"}
    bodies = [request.get("call") or request.get("type") for request in city.control.requests()]
    assert not {"DESTROY_VOLUMES", "UNRESERVE_RESOURCES", "TEARDOWN"} & set(map(str, bodies))
