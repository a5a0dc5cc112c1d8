"""An SDK service over HTTP: it deploys, it uninstalls as far as Mesos lets it, and what goes wrong with schedulers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from kazoo.client import KazooClient

from janitor.sandbox.rehearsal import Rehearsal
from janitor.sandbox.services import LARGE_AGENT, held
from tests.clock import HANGS
from tests.zookeeper.server import ZooKeeperServer

RELEASES = ("0.18.0", "0.40.0", "0.50.1", "0.57.3")


@pytest.fixture
def cluster() -> Iterator[Rehearsal]:
    with Rehearsal("plain") as rehearsal:
        yield rehearsal


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + HANGS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


class Api:
    """A scheduler's API through Admin Router."""

    def __init__(self, cluster: Rehearsal, name: str = "kafka") -> None:
        self._base = f"{cluster.dcos.url}/service/{name}/v1/"

    def get(self, path: str) -> requests.Response:
        return requests.get(self._base + path, timeout=HANGS)

    def post(self, path: str, **query: str) -> requests.Response:
        return requests.post(self._base + path, params=query, timeout=HANGS)

    def steps(self) -> dict[str, dict[str, str]]:
        """Phase -> step -> status, of plan deploy."""
        plan: dict[str, Any] = self.get("plans/deploy").json()
        return {phase["name"]: {step["name"]: step["status"] for step in phase["steps"]} for phase in plan["phases"]}

    def left(self) -> set[str]:
        """The statuses of the steps that unreserve and are not COMPLETE."""
        return {
            status
            for phase, steps in self.steps().items()
            if phase.startswith(("unreserve", "resource"))
            for status in steps.values()
            if status != "COMPLETE"
        }


def gone(cluster: Rehearsal, name: str = "/kafka") -> Callable[[], bool]:
    return lambda: name not in cluster.dcos_control.apps()


def test_a_deployed_service_reserves_runs_and_says_so(cluster: Rehearsal) -> None:
    framework = cluster.services.run("kafka")
    api = Api(cluster)
    assert api.get("plans").json() == ["deploy", "recovery"]
    plan = api.get("plans/deploy")
    assert (plan.status_code, plan.json()["status"], plan.json()["strategy"]) == (200, "COMPLETE", "serial")
    assert api.get("state/frameworkId").json() == [framework]
    assert api.get("pod").json() == ["kafka-0", "kafka-1", "kafka-2"]
    (pod,) = api.get("pod/status").json()["pods"]
    tasks = [task for instance in pod["instances"] for task in instance["tasks"]]
    assert [(task["name"], task["status"]) for task in tasks] == [(f"kafka-{n}-broker", "RUNNING") for n in range(3)]
    items = held(cluster.sandbox.control, "kafka-role")
    labels = [{pair["key"]: pair["value"] for pair in item["reservation"]["labels"]["labels"]} for item in items]
    assert {each["framework_id"] for each in labels} == {framework}
    assert len({each["resource_id"] for each in labels}) == len(items) == 24
    assert api.get("health").status_code == 200
    assert api.get("endpoints").json() == ["broker"]
    assert [port.rpartition(":")[2] for port in api.get("endpoints/broker").json()["address"]] == ["9092"] * 3
    assert api.get("nothing").status_code == 404


@pytest.mark.parametrize("release", RELEASES)
def test_an_uninstall_leaves_nothing_but_a_completed_framework(cluster: Rehearsal, release: str) -> None:
    """The SDK's own acceptance rule: no reserved resources of the role, no framework of the name."""
    framework = cluster.services.run("kafka", sdk=release)
    cluster.services.uninstall("kafka")
    until(gone(cluster))
    summary = requests.get(cluster.master_url + "state-summary", timeout=HANGS).json()
    assert all("kafka-role" not in agent["reserved_resources"] for agent in summary["slaves"])
    assert [each["name"] for each in summary["frameworks"]] == []
    until(lambda: held(cluster.sandbox.control, "kafka-role") == [])
    frameworks = requests.get(cluster.master_url + "frameworks", timeout=HANGS).json()
    assert [each["id"] for each in frameworks["completed_frameworks"]] == [framework]


def test_before_the_first_offers_every_step_is_pending(cluster: Rehearsal) -> None:
    cluster.services.run("kafka")
    api = Api(cluster)
    cluster.services.hold("kafka")
    cluster.services.uninstall("kafka")
    until(lambda: bool(cluster.services.look("kafka")["uninstalling"]))
    plan = api.get("plans/deploy")
    assert (plan.status_code, plan.json()["status"], plan.json()["strategy"]) == (202, "PENDING", "dependency")
    assert {status for steps in api.steps().values() for status in steps.values()} == {"PENDING"}
    assert api.get("plans").json() == ["deploy"]
    for path in ("pod", "pod/status", "state/frameworkId", "endpoints"):
        assert api.get(path).status_code == 404, f"{path} is not mounted while it uninstalls"
    assert api.get("health").status_code == 318
    assert api.get("plans/recovery").text == "Plan recovery not found"
    cluster.services.hold("kafka", False)
    until(gone(cluster))


@pytest.mark.parametrize(
    "release, status", [("0.18.0", "PENDING"), ("0.30.0", "PREPARED"), ("0.40.0", "PREPARED"), ("0.57.3", "PREPARED")]
)
def test_an_agent_that_is_away_keeps_its_steps_waiting_until_it_is_back(
    cluster: Rehearsal, release: str, status: str
) -> None:
    control = cluster.sandbox.control
    cluster.services.run("kafka", sdk=release)
    away = cluster.services.look("kafka")["tasks"]["kafka-2"]["agent"]
    control.stop_agent(away)
    control.mark_unreachable(away)
    cluster.services.uninstall("kafka")
    api = Api(cluster)
    until(lambda: bool(cluster.services.look("kafka")["uninstalling"]))
    until(lambda: sum(len(task["resource_ids"]) for task in cluster.services.look("kafka")["tasks"].values()) == 8)
    assert api.left() == {status}
    assert api.get("plans/deploy").status_code == 202
    assert not gone(cluster)()
    control.start_agent(away)
    until(gone(cluster))
    until(lambda: held(control, "kafka-role") == [])


def test_what_is_forced_counts_as_complete_until_a_restart_forgets_it(cluster: Rehearsal) -> None:
    control = cluster.sandbox.control
    cluster.services.run("kafka")
    away = cluster.services.look("kafka")["tasks"]["kafka-2"]["agent"]
    control.mark_gone(away)
    cluster.services.uninstall("kafka")
    api = Api(cluster)
    until(lambda: bool(cluster.services.look("kafka")["uninstalling"]))
    until(lambda: sum(len(task["resource_ids"]) for task in cluster.services.look("kafka")["tasks"].values()) == 8)
    (phase, steps), *_ = [
        (phase, [step for step, status in steps.items() if status == "PREPARED"])
        for phase, steps in api.steps().items()
        if "PREPARED" in steps.values()
    ]
    assert len(steps) == 8
    forced = api.post("plans/deploy/forceComplete", phase=phase, step=steps[0])
    assert forced.status_code == 200
    assert api.steps()[phase][steps[0]] == "COMPLETE"
    assert api.post("plans/deploy/forceComplete", phase=phase, step=steps[0]).status_code == 208
    assert api.post("plans/deploy/forceComplete", phase="nothing", step=steps[0]).status_code == 404
    cluster.services.restart("kafka")
    until(lambda: api.get("plans/deploy").status_code == 202)
    until(lambda: api.steps()[phase][steps[0]] == "PREPARED")
    for step in steps:
        assert api.post("plan/forceComplete", phase=phase, step=step).status_code == 200
    until(gone(cluster))


def test_an_interrupted_plan_waits(cluster: Rehearsal) -> None:
    cluster.services.run("kafka")
    api = Api(cluster)
    cluster.services.hold("kafka")
    cluster.services.uninstall("kafka")
    until(lambda: bool(cluster.services.look("kafka")["uninstalling"]))
    assert api.post("plans/deploy/interrupt").json() == {"message": "Received cmd: interrupt"}
    cluster.services.hold("kafka", False)
    assert api.get("plans/deploy").json()["status"] == "WAITING"
    assert api.post("plans/deploy/interrupt").status_code == 208
    assert len(held(cluster.sandbox.control, "kafka-role")) == 24
    assert api.post("plans/deploy/continue").status_code == 200
    until(gone(cluster))


def test_another_framework_s_offers_keep_reservations_from_the_scheduler(cluster: Rehearsal) -> None:
    control = cluster.sandbox.control
    framework = cluster.services.run("kafka")
    cluster.services.hold("kafka")
    for task in cluster.services.look("kafka")["tasks"].values():
        control.end_task(framework, task["id"])
    greedy = control.subscribe("greedy", "kafka-role", holds_offers=True)
    cluster.services.uninstall("kafka")
    until(lambda: bool(cluster.services.look("kafka")["uninstalling"]))
    cluster.services.hold("kafka", False)
    api = Api(cluster)
    until(lambda: api.left() == {"PREPARED"})
    assert len(held(control, "kafka-role")) == 24
    control.disconnect(greedy)
    until(gone(cluster))


def test_a_failover_in_the_middle_changes_nothing_about_the_end() -> None:
    with Rehearsal("plain", masters=2) as cluster:
        cluster.services.run("kafka")
        cluster.services.hold("kafka")
        cluster.services.uninstall("kafka")
        until(lambda: bool(cluster.services.look("kafka")["uninstalling"]))
        cluster.sandbox.control.fail_over()
        cluster.services.hold("kafka", False)
        until(gone(cluster))
        until(lambda: held(cluster.sandbox.control, "kafka-role") == [])


def test_a_zombie_is_complete_without_a_framework_and_still_an_app(cluster: Rehearsal) -> None:
    framework = cluster.services.run("kafka")
    cluster.services.pace_cosmos(tries=1, every=0.0)
    cluster.services.uninstall("kafka")
    api = Api(cluster)
    until(lambda: framework not in cluster.sandbox.control.truth()["frameworks"])
    until(lambda: api.get("plans/deploy").status_code == 200)
    assert cluster.services.watching() == 0
    assert cluster.dcos_control.apps() == ["/kafka"]
    cluster.services.restart("kafka")
    until(lambda: api.get("plans/deploy").status_code == 200)
    assert api.get("plans/deploy").json()["phases"] == [], "nothing is left to do, and nothing is registered"
    assert framework not in cluster.sandbox.control.truth()["frameworks"]
    assert requests.delete(cluster.marathon_url + "kafka", timeout=HANGS).status_code == 200
    until(lambda: api.get("plans/deploy").status_code == 404)


def test_what_a_scheduler_answers_on_command(cluster: Rehearsal) -> None:
    cluster.services.run("kafka")
    api = Api(cluster)
    cluster.services.err("kafka", "broken")
    plan = api.get("plans/deploy")
    assert (plan.status_code, plan.json()["status"], plan.json()["errors"]) == (417, "ERROR", ["broken"])
    assert api.get("health").status_code == 500
    cluster.services.err("kafka", None)
    assert api.get("plans/deploy").status_code == 200
    for status in (502, 503):
        cluster.services.answer("kafka", status)
        assert api.get("plans/deploy").status_code == status
    cluster.services.answer("kafka", None)
    cluster.services.stop("kafka")
    assert api.get("plans/deploy").status_code == 502
    app = requests.get(cluster.marathon_url + "kafka", timeout=HANGS).json()["app"]
    assert app["tasksRunning"] == 0
    cluster.services.restart("kafka")
    until(lambda: api.get("plans/deploy").status_code == 200)


@pytest.mark.parametrize(
    "release, well, broken, plan, strategies",
    [
        ("0.20.0", 404, 404, 202, False),
        ("0.30.0", 404, 404, 417, False),
        ("0.40.0", 200, 417, 417, True),
        ("0.57.3", 200, 500, 417, True),
    ],
)
def test_health_and_errors_by_release(
    cluster: Rehearsal, release: str, well: int, broken: int, plan: int, strategies: bool
) -> None:
    cluster.services.run("kafka", sdk=release)
    api = Api(cluster)
    assert api.get("health").status_code == well
    assert ("strategy" in api.get("plans/deploy").json()) is strategies
    cluster.services.err("kafka", "broken")
    assert (api.get("health").status_code, api.get("plans/deploy").status_code) == (broken, plan)


def test_a_plan_is_started_with_variables(cluster: Rehearsal) -> None:
    cluster.services.run("kafka")
    base = f"{cluster.dcos.url}/service/kafka/v1/plans/recovery/"
    assert requests.post(base + "start", json={"NODE_COUNT": "3"}, timeout=HANGS).status_code == 200
    assert requests.post(base + "start", json={"1-2": "3"}, timeout=HANGS).status_code == 400
    assert requests.post(base + "start", data="no JSON", timeout=HANGS).status_code == 400
    assert requests.post(base + "stop", timeout=HANGS).status_code == 200
    assert requests.get(base + "stop", timeout=HANGS).status_code == 405
    assert requests.post(base + "explode", timeout=HANGS).status_code == 404


def test_a_scheduler_that_never_comes_back(cluster: Rehearsal) -> None:
    framework = cluster.services.run("kafka")
    cluster.services.break_down("kafka")
    cluster.services.uninstall("kafka")
    until(lambda: cluster.services.look("kafka")["exit_code"] == 1)
    assert Api(cluster).get("plans/deploy").status_code == 502
    assert cluster.sandbox.control.truth()["frameworks"][framework]["active"] is False
    env = requests.get(cluster.marathon_url + "kafka", timeout=HANGS).json()["app"]["env"]
    assert env["SDK_UNINSTALL"] == "true"


def test_a_torn_down_framework_ends_its_scheduler_with_6(cluster: Rehearsal) -> None:
    framework = cluster.services.run("kafka")
    cluster.sandbox.control.teardown(framework)
    until(lambda: cluster.services.look("kafka")["exit_code"] == 6)
    cluster.services.restart("kafka")
    until(lambda: cluster.services.look("kafka")["exit_code"] == 6)


def test_an_uninstall_cannot_be_taken_back(cluster: Rehearsal) -> None:
    cluster.services.run("kafka")
    cluster.services.hold("kafka")
    cluster.services.uninstall("kafka")
    until(lambda: bool(cluster.services.look("kafka")["uninstalling"]))
    app = requests.get(cluster.marathon_url + "kafka", timeout=HANGS).json()["app"]
    del app["env"]["SDK_UNINSTALL"], app["version"]
    put = requests.put(cluster.marathon_url + "kafka", json=app, params={"force": "true"}, timeout=HANGS)
    assert put.status_code == 200
    until(lambda: cluster.services.look("kafka")["exit_code"] == 11)


def test_a_deleted_scheduler_leaves_an_inactive_framework_with_its_tasks(cluster: Rehearsal) -> None:
    framework = cluster.services.run("kafka")
    requests.delete(cluster.marathon_url + "kafka", timeout=HANGS).raise_for_status()
    until(lambda: not cluster.sandbox.control.truth()["frameworks"][framework]["active"])
    assert len(cluster.sandbox.control.truth()["frameworks"][framework]["tasks"]) == 3


def test_a_replaced_pod_moves_and_what_it_held_is_no_step_of_the_uninstall(cluster: Rehearsal) -> None:
    control = cluster.sandbox.control
    spare = control.add_agent(LARGE_AGENT)
    agents = cluster.sandbox.agents[:3]
    cluster.services.run("kafka", agents=agents)
    before = cluster.services.look("kafka")["tasks"]["kafka-1"]
    control.stop_agent(agents[1])
    control.mark_unreachable(agents[1])
    api = Api(cluster)
    assert api.get("pod/kafka-1/status").json()["tasks"][0]["status"] == "UNREACHABLE"
    replaced = api.post("pod/kafka-1/replace")
    assert (replaced.status_code, replaced.json()) == (200, {"pod": "kafka-1", "tasks": ["kafka-1-broker"]})
    until(lambda: cluster.services.look("kafka")["tasks"]["kafka-1"]["agent"] != agents[1])
    after = cluster.services.look("kafka")["tasks"]["kafka-1"]
    assert after["agent"] == spare, "its port is taken everywhere else"
    assert not set(before["resource_ids"]) & set(after["resource_ids"])
    assert api.post("pod/nothing/replace").text == "Pod nothing not found"
    cluster.services.uninstall("kafka")
    until(gone(cluster))
    assert len(control.held_by(agents[1], "kafka-role")) == 8, "it comes back with the agent, one day"


def test_a_task_that_ends_runs_again_where_it_was(cluster: Rehearsal) -> None:
    cluster.services.run("kafka")
    before = cluster.services.look("kafka")["tasks"]["kafka-0"]
    assert Api(cluster).post("pod/kafka-0/restart").status_code == 200
    until(lambda: cluster.services.look("kafka")["tasks"]["kafka-0"]["id"] != before["id"])
    after = cluster.services.look("kafka")["tasks"]["kafka-0"]
    assert (after["agent"], after["resource_ids"]) == (before["agent"], before["resource_ids"])


def test_a_service_for_which_there_is_no_room_waits(cluster: Rehearsal) -> None:
    cluster.services.run("kafka", pods=[{"kind": "node", "count": 2, "cpus": 1000}])
    plan = Api(cluster).get("plans/deploy")
    assert (plan.status_code, plan.json()["status"]) == (202, "IN_PROGRESS")
    assert held(cluster.sandbox.control, "kafka-role") == []


def test_folders_and_slashes(cluster: Rehearsal) -> None:
    cluster.services.run("/a/b/kafka")
    assert Api(cluster, "a/b/kafka").get("plans").json() == ["deploy", "recovery"]
    (item, *_) = held(cluster.sandbox.control, "a__b__kafka-role")
    assert item["reservation"]["principal"] == "/a/b/kafka-principal"


# With a real ZooKeeper


@pytest.fixture
def with_znodes(server: ZooKeeperServer) -> Iterator[Rehearsal]:
    with Rehearsal("plain", zookeeper=server.address) as rehearsal:
        yield rehearsal


def test_state_is_in_zookeeper_and_a_living_scheduler_holds_a_lock(with_znodes: Rehearsal, client: KazooClient) -> None:
    framework = with_znodes.services.run("kafka")
    root = "/dcos-service-kafka"
    assert client.get(f"{root}/FrameworkID")[0] == b"\x0a" + bytes([len(framework)]) + framework.encode()
    assert sorted(client.get_children(f"{root}/Tasks")) == [f"kafka-{n}-broker" for n in range(3)]
    (lease,) = client.get_children(f"{root}/lock/leases")
    assert client.get(f"{root}/lock/leases/{lease}")[1].ephemeralOwner != 0
    with_znodes.services.stop("kafka")
    until(lambda: client.get_children(f"{root}/lock/leases") == [])
    assert client.exists(f"{root}/FrameworkID") is not None
    with_znodes.services.restart("kafka")
    assert with_znodes.services.look("kafka")["framework_id"] == framework
    assert len(with_znodes.services.look("kafka")["tasks"]) == 3


def test_an_uninstall_leaves_an_empty_root_and_its_lock(with_znodes: Rehearsal, client: KazooClient) -> None:
    with_znodes.services.run("kafka")
    client.ensure_path("/dcos-service-kafka/brokers/topics/events")
    with_znodes.services.uninstall("kafka")
    until(gone(with_znodes))
    until(lambda: client.get_children("/dcos-service-kafka/lock/leases") == [])
    assert client.get_children("/dcos-service-kafka") == ["lock"]
    assert client.get("/dcos-service-kafka")[0] == b""


def test_a_second_scheduler_does_not_get_the_lock(with_znodes: Rehearsal, client: KazooClient) -> None:
    client.create(
        "/dcos-service-kafka/lock/leases/_c_0-lease-", b"10.0.0.9", ephemeral=True, sequence=True, makepath=True
    )
    with_znodes.services.run("kafka")
    assert with_znodes.services.look("kafka")["exit_code"] == 8


def test_a_scheduler_whose_znodes_were_removed_knows_nothing(with_znodes: Rehearsal, client: KazooClient) -> None:
    framework = with_znodes.services.run("kafka")
    with_znodes.services.stop("kafka")
    client.delete("/dcos-service-kafka", recursive=True)
    with_znodes.services.restart("kafka")
    assert with_znodes.services.look("kafka")["framework_id"] != framework


def test_nothing_is_left_in_zookeeper(server: ZooKeeperServer, client: KazooClient) -> None:
    with Rehearsal("plain", zookeeper=server.address) as cluster:
        cluster.services.run("/a/kafka")
        assert client.exists("/dcos-service-a__kafka") is not None
    assert client.get_children("/") == ["zookeeper"]
