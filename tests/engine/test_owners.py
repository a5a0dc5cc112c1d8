"""Rules O1 to O5: who may still want what was selected, decided before the first write and again in every round."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from janitor.cleanup import znodeguards
from janitor.errors import Refusal
from janitor.events import Answered, Waiting
from janitor.rules import Override
from janitor.sandbox.dcos.marathon import Marathon
from janitor.sandbox.dcos.marathon_wire import marathon_app
from tests.engine.conftest import Make
from tests.engine.scene import Scene, top
from tests.zookeeper.service import abandon_service

ALL: frozenset[Override] = frozenset({"live-owner", "shared-role", "live-znode", "filtered-view"})


def kafka_framework(scene: Scene, **info: object) -> str:
    """The service's own framework, subscribed."""
    framework: str = scene.control.subscribe("kafka", "kafka-role", "kafka-principal", **info)
    return framework


# --- O1 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.2", "1.12"])
def test_o1_an_active_framework_of_the_role_is_a_live_owner(make: Make, version: str) -> None:
    scene = make(version)
    scene.kafka()
    framework = kafka_framework(scene)
    text = scene.run().refused("O1")
    assert framework in text
    assert "janitor uninstall kafka\n" in text
    assert "janitor status kafka\n" in text
    assert f"janitor service shutdown {framework}\n" in text
    assert (len(scene.held()), scene.znode()) == (11, True)


@pytest.mark.parametrize("version", ["1.2", "1.12"])
def test_o1_an_inactive_framework_whose_tasks_hold_something_is_one_too(make: Make, version: str) -> None:
    scene = make(version)
    scene.kafka()
    framework = kafka_framework(scene)
    scene.control.run_task(framework, scene.agents[0])
    scene.control.disconnect(framework)
    text = scene.run(znode=None).refused("O1")
    assert "inactive" in text
    assert "it holds" in text


def test_o1_an_inactive_framework_that_holds_nothing_is_none(scene: Scene) -> None:
    scene.control.disconnect(kafka_framework(scene))
    scene.is_clean(scene.run())


def test_o1_a_framework_of_another_role_that_holds_an_item_is_one(scene: Scene) -> None:
    """Its role is another, and its task uses a reservation of the selection all the same."""
    framework = scene.control.subscribe("odd", ["odd-role", "kafka-role"], "odd-principal")
    scene.control.run_task(framework, scene.agents[2], role="kafka-role")
    assert "odd" in scene.run().refused("O1")


@pytest.mark.parametrize("holds_offers", [False, True])
def test_o1_an_active_framework_of_another_principal_is_told_apart(scene: Scene, holds_offers: bool) -> None:
    """It is offered whatever is reserved for its role, whoever reserved it; an offer is no allocation."""
    scene.control.subscribe("other", "kafka-role", "other-principal", holds_offers=holds_offers)
    scene.is_clean(scene.run())


@pytest.mark.parametrize("principal", [None, "other-principal"])
def test_o1_a_framework_that_cannot_be_told_apart_is_a_live_owner(scene: Scene, principal: str | None) -> None:
    """Its own principal is not known, or no principal was asked for."""
    scene.control.subscribe("other", "kafka-role", principal)
    asked = "kafka-principal" if principal is None else None
    scene.run(principal=asked).refused("O1")


def test_o1_where_reservations_name_their_frameworks_those_alone_matter(make: Make) -> None:
    scene = make()
    scene.broker(scene.agents[0], 0, labels={"framework_id": "the-dead-one"})
    abandon_service(scene.client, "kafka")
    alive = kafka_framework(scene)
    ran = scene.run(znode=None)
    assert (ran.status, scene.held()) == (0, [])
    scene.broker(scene.agents[0], 0, labels={"framework_id": alive})
    scene.run(znode=None).refused("O1")


def test_o1_the_way_out_in_a_shared_role_removes_the_dead_one_and_nothing_of_its_neighbour(make: Make) -> None:
    scene = make(agents=2)
    dead = scene.control.subscribe("/dev/a", "dev", "shared")
    alive = scene.control.subscribe("/dev/b", "dev", "shared")
    for number, framework in enumerate((dead, alive)):
        scene.broker(scene.agents[number], number, role="dev", principal="shared", labels={"framework_id": framework})
    scene.control.teardown(dead)
    scene.control.finish_executors()
    scene.control.advance(3600)
    for service in ("dev/a", "dev/b"):
        abandon_service(scene.client, service)
    asked: dict[str, Any] = {"role": "dev", "principal": "shared", "znode": "dcos-service-dev__a"}
    text = scene.run(**asked).refused("O1")
    assert f"janitor -r dev -p shared --label framework_id={dead} -z dcos-service-dev__a" in text
    assert "janitor uninstall" not in text
    ran = scene.run(**asked, labels=(("framework_id", dead),))
    assert ran.status == 0
    assert {top(item)[2]["framework_id"] for item in scene.held("dev")} == {alive}
    assert (scene.znode("/dcos-service-dev__a"), scene.znode("/dcos-service-dev__b")) == (False, True)


def test_o1_a_dispatcher_that_holds_nothing_keeps_its_znode(make: Make) -> None:
    """Spark's: its framework is active in the role, nothing is reserved any more, and the znode's name names nobody."""
    scene = make(agents=1)
    scene.client.ensure_path("/spark_mesos_dispatcher/drivers")
    framework = scene.control.subscribe("spark", "spark-role", "spark-principal")
    asked: dict[str, Any] = {
        "role": "spark-role",
        "principal": "spark-principal",
        "znode": "spark_mesos_dispatcher",
    }
    assert framework in scene.run(**asked).refused("O1")
    assert scene.znode("/spark_mesos_dispatcher/drivers")
    scene.control.teardown(framework)
    ran = scene.run(**asked)
    assert (ran.status, scene.znode("/spark_mesos_dispatcher")) == (0, False)


def test_o1_the_clusters_own_marathon_is_not_offered_for_shutdown(make: Make) -> None:
    scene = make(agents=1)
    marathon = scene.control.subscribe("marathon", "slave_public", "dcos_marathon")
    labels = {"marathon_framework_id": marathon, "marathon_task_id": "db.1"}
    scene.control.reserve(scene.agents[0], "slave_public", "dcos_marathon", cpus=1, labels=labels)
    text = scene.run(role="slave_public", principal="dcos_marathon", znode=None).refused("O1")
    assert "janitor uninstall" not in text
    assert "janitor service" not in text
    assert "--label marathon_task_id=db.1" in text


def test_o1_an_owner_that_comes_back_in_a_later_round_stops_the_run_there(scene: Scene) -> None:
    scene.recorder.on(Answered, lambda: kafka_framework(scene))
    ran = scene.run()
    assert (ran.status, ran.rules, scene.znode()) == (6, ["O1"], True)
    assert len(ran.writes) == 5
    assert [record.agent_id for record in ran.outcome.agents if record.answers] == scene.agents[:3]
    assert "othing was deleted" not in ran.outcome.blocked[0].message


def test_o1_an_owner_that_comes_back_in_the_middle_of_a_long_round_stops_the_run_there(scene: Scene) -> None:
    """A slow master takes minutes for one round: it does not go by what was seen before it."""

    def comes_back() -> None:
        kafka_framework(scene)
        scene.clock.jump(61.0)

    scene.recorder.on(Answered, comes_back)
    ran = scene.run(concurrency=1)
    assert (ran.status, ran.rules) == (6, ["O1"]), ran.outcome
    assert len({write["agent"] for write in ran.writes}) == 1
    assert (len(scene.held()), scene.znode()) == (7, True)


def test_o1_a_long_round_goes_on_after_another_look(scene: Scene) -> None:
    clock = scene.clock
    scene.recorder.on(Answered, lambda: clock.jump(61.0), nth=None)
    scene.is_clean(scene.run(concurrency=1, timeout=3600.0))


def test_d6_a_long_round_that_runs_out_of_time_says_that_work_is_left(scene: Scene) -> None:
    clock = scene.clock
    scene.recorder.on(Answered, clock.jump)
    ran = scene.run(concurrency=1)
    assert (ran.status, scene.znode()) == (5, True)
    assert ran.outcome.error is not None
    assert "with work left to begin" in str(ran.outcome.error[0])


# --- O2 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.2", "1.12"])
def test_o2_a_young_leader_does_not_know_its_frameworks_yet(make: Make, version: str) -> None:
    scene = make(version)
    scene.kafka()
    scene.control.elected_ago(10)

    def grow_up() -> None:
        assert not scene.control.writes()
        scene.control.advance(60)

    scene.recorder.on(Waiting, grow_up, when=lambda waiting: "to know its frameworks" in waiting.what)
    ran = scene.run(znode=None)
    assert (ran.status, scene.held()) == (0, [])
    assert ran.of(Waiting)


def test_o2_a_framework_that_a_young_leader_did_not_know_is_found(scene: Scene) -> None:
    scene.control.elected_ago(10)
    scene.recorder.on(Waiting, lambda: kafka_framework(scene))
    scene.run(znode=None).refused("O1")


def test_o2_a_znode_without_any_ephemeral_convinces(scene: Scene) -> None:
    scene.control.elected_ago(1)
    ran = scene.run()
    scene.is_clean(ran)
    assert not [waiting for waiting in ran.of(Waiting) if "frameworks" in waiting.what]


@pytest.fixture
def marathon(scene: Scene) -> Marathon:
    """A Marathon beside the scene's master; runs on that scene ask it."""
    made = Marathon(lambda: 1_700_000_000.0)
    served = scene.sandbox.host.serve(marathon_app(made))
    scene.target = replace(scene.target, marathon=f"{served.url}/v2/apps/")
    return made


def test_o2_a_marathon_that_has_no_such_app_convinces(scene: Scene, marathon: Marathon) -> None:
    scene.control.elected_ago(1)
    ran = scene.run(znode=None)
    assert (ran.status, scene.held()) == (0, [])
    assert not [waiting for waiting in ran.of(Waiting) if "frameworks" in waiting.what]


def test_o2_a_marathon_that_has_the_app_does_not(scene: Scene, marathon: Marathon) -> None:
    marathon.run({"id": "/kafka", "cmd": "./scheduler"})
    scene.control.elected_ago(1)
    scene.recorder.on(Waiting, lambda: kafka_framework(scene))
    scene.run().refused("O1")


# --- O3 ---------------------------------------------------------------------------------------------------------------


def test_o3_a_shared_role_is_refused_until_it_is_said_whose_is_meant(make: Make) -> None:
    scene = make(agents=2)
    for number, framework in enumerate(("first", "second")):
        scene.broker(scene.agents[number], number, role="shared", labels={"framework_id": framework})
    text = scene.run(role="shared", znode=None).refused("O3")
    assert "--label framework_id=first" in text
    assert "--label framework_id=second" in text
    ran = scene.run(role="shared", znode=None, labels=(("framework_id", "first"),))
    assert ran.status == 0
    assert {top(item)[2]["framework_id"] for item in scene.held("shared")} == {"second"}


def test_o3_what_is_advised_selects_what_the_reservations_really_carry(make: Make) -> None:
    """Two Marathons that are gone: their reservations name them in a label of Marathon's own."""
    scene = make(agents=2)
    for number, framework in enumerate(("first", "second")):
        labels = {"marathon_framework_id": framework}
        scene.control.reserve(scene.agents[number], "prod", "kafka-principal", cpus=1, labels=labels)
    text = scene.run(role="prod", znode=None).refused("O3")
    for framework in ("first", "second"):
        assert f"janitor -r prod -p kafka-principal --label marathon_framework_id={framework}" in text
    ran = scene.run(role="prod", znode=None, labels=(("marathon_framework_id", "first"),))
    assert ran.status == 0
    assert {top(item)[2]["marathon_framework_id"] for item in scene.held("prod")} == {"second"}


def test_o3_the_dead_owners_of_one_principal_in_the_services_own_role_are_one(make: Make) -> None:
    """An upgraded SDK, a repeated install: reservations with and without ids, of several frameworks."""
    scene = make()
    scene.kafka()
    scene.broker(scene.agents[0], 10, labels={"framework_id": "first"})
    scene.broker(scene.agents[1], 11, labels={"framework_id": "second"})
    scene.is_clean(scene.run())


def test_o3_one_of_them_alive_is_another_owner(make: Make) -> None:
    scene = make()
    scene.kafka()
    alive = kafka_framework(scene)
    scene.broker(scene.agents[0], 10, labels={"framework_id": "dead"})
    scene.broker(scene.agents[1], 11, labels={"framework_id": alive})
    scene.run(znode=None, overrides=frozenset({"live-owner"})).refused("O3")


@pytest.mark.parametrize("role", ["shared", "slave_public/shared"])
def test_o3_in_any_other_role_the_principal_has_to_be_given(make: Make, role: str) -> None:
    scene = make(agents=2)
    scene.broker(scene.agents[0], 0, role=role)
    assert "-p kafka-principal" in scene.run(role=role, principal=None, znode=None).refused("O3")
    ran = scene.run(role=role, znode=None)
    assert (ran.status, scene.held(role)) == (0, [])


# --- O4 ---------------------------------------------------------------------------------------------------------------


@pytest.fixture
def short_session(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(znodeguards, "SESSION_TIMEOUT", 0.4)


LIVE = [
    ("lock", "/dcos-service-kafka/lock/leases/x-lease-0000000000"),
    ("a broker", "/dcos-service-kafka/brokers/ids/0"),
    ("the controller", "/dcos-service-kafka/controller"),
    ("anywhere", "/dcos-service-kafka/topics/messages/who-knows"),
]


@pytest.mark.parametrize("path", [path for _, path in LIVE], ids=[name for name, _ in LIVE])
@pytest.mark.usefixtures("short_session")
def test_o4_a_live_node_below_the_znode(scene: Scene, path: str) -> None:
    scene.client.create(path, b"", ephemeral=True, makepath=True)
    ran = scene.run()
    assert path in ran.refused("O4")
    assert any("session" in waiting.what for waiting in ran.of(Waiting))
    assert (len(scene.held()), scene.znode(path)) == (11, True)
    scene.is_clean(scene.run(overrides=frozenset({"live-znode"})))


def test_o4_a_session_that_ends_is_waited_out(scene: Scene) -> None:
    path = LIVE[0][1]
    scene.client.create(path, b"", ephemeral=True)
    scene.recorder.on(Waiting, lambda: scene.client.delete(path), when=lambda waiting: "session" in waiting.what)
    scene.is_clean(scene.run())


@pytest.mark.parametrize("moment", [1, 5])
@pytest.mark.usefixtures("short_session")
def test_o4_a_live_node_that_appears_meanwhile_keeps_the_znode(scene: Scene, moment: int) -> None:
    path = "/dcos-service-kafka/controller"
    scene.recorder.on(Answered, lambda: scene.client.create(path, b"", ephemeral=True), nth=moment)
    ran = scene.run()
    assert (ran.status, ran.rules, scene.znode(path)) == (6, ["O4"], True)


@pytest.mark.parametrize(
    "service, framework", [("kafka", "kafka"), ("/a/b", "/a/b"), ("/a/b", "a/b"), ("a__b", "/a/b"), ("/kafka", "kafka")]
)
def test_o4_an_active_framework_of_the_znodes_name(make: Make, service: str, framework: str) -> None:
    scene = make(agents=1)
    path = abandon_service(scene.client, service)
    scene.control.subscribe(framework, "*", "whoever")
    assert framework in scene.run(role=None, principal=None, znode=path).refused("O4")
    assert scene.znode(path)


def test_o4_an_inactive_framework_of_the_name_does_not_count(make: Make) -> None:
    scene = make(agents=1)
    path = abandon_service(scene.client, "kafka")
    scene.control.disconnect(scene.control.subscribe("kafka", "*", "whoever"))
    ran = scene.run(role=None, principal=None, znode=path)
    assert (ran.status, scene.znode()) == (0, False)


# --- O5 ---------------------------------------------------------------------------------------------------------------


def live_owner(scene: Scene) -> None:
    scene.control.subscribe("somebody", "kafka-role", "kafka-principal")


def live_znode(scene: Scene) -> None:
    scene.control.subscribe("kafka", "*", "whoever")


def shared_role(scene: Scene) -> None:
    scene.broker(scene.agents[3], 30, principal="another")


@pytest.mark.parametrize(
    "arrange, rule, lifted_by, options",
    [
        (live_owner, "O1", "live-owner", {}),
        (live_znode, "O4", "live-znode", {}),
        (shared_role, "O3", "shared-role", {"principal": None}),
    ],
)
def test_o5_each_override_lifts_its_own_refusal_only(
    scene: Scene, arrange: Callable[[Scene], None], rule: str, lifted_by: Override, options: dict[str, Any]
) -> None:
    arrange(scene)
    assert lifted_by in scene.run(**options).refused(rule)
    scene.run(overrides=ALL - {lifted_by}, **options).refused(rule)
    scene.is_clean(scene.run(overrides=frozenset({lifted_by}), **options))


def test_o5_nothing_lifts_a_protected_znode(scene: Scene) -> None:
    with pytest.raises(Refusal, match="never deleted"):
        scene.run(znode="/mesos", overrides=ALL)
    assert scene.control.requests() == []
