"""Rules S1 to S5: what is asked for, and what only looks like it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from janitor.errors import UsageError
from janitor.events import Acting, Notice, Waiting
from tests.engine.conftest import Make
from tests.engine.scene import Scene, top
from tests.zookeeper.service import abandon_service


@pytest.fixture
def empty(make: Make) -> Scene:
    """Two agents that hold nothing."""
    return make(agents=2)


def labels_held(scene: Scene, role: str = "kafka-role") -> list[str]:
    """The labels of what is held, one text for each item."""
    return sorted(",".join(f"{key}={value}" for key, value in top(item)[2].items()) for item in scene.held(role))


# --- S1 ---------------------------------------------------------------------------------------------------------------


def test_s1_role_and_principal_exactly(empty: Scene) -> None:
    agent = empty.agents[0]
    for role, principal in (
        ("kafka-role", "kafka-principal"),
        ("kafka-role", "kafka-principal2"),
        ("kafka-role", "kafka-principa"),
        ("kafka-role", "KAFKA-PRINCIPAL"),
        ("kafka-role", None),
        ("kafka-role2", "kafka-principal"),
        ("kafka-rol", "kafka-principal"),
        ("Kafka-role", "kafka-principal"),
        ("slave_public/kafka-role", "kafka-principal"),
    ):
        empty.control.reserve(agent, role, principal, cpus=0.5, mem=10)
    ran = empty.run(znode=None)
    assert ran.status == 0
    assert sorted(str(top(item)[1]) for item in empty.held()) == sorted(
        2 * ["kafka-principal2", "kafka-principa", "KAFKA-PRINCIPAL", "None"]
    )
    assert any("8 reservations of others, which stay" in notice for notice in ran.outcome.notices)


@pytest.mark.parametrize(
    "labels, left",
    [
        ([("pod", "a")], ["pod=b,zone=1", "pod=b,zone=2"]),
        ([("pod", "a"), ("pod", "b")], []),
        ([("pod", "a"), ("zone", "1")], ["pod=a,zone=2", "pod=b,zone=1", "pod=b,zone=2"]),
        ([("pod", "a"), ("zone", "1"), ("zone", "2")], ["pod=b,zone=1", "pod=b,zone=2"]),
        ([("pod", "c")], ["pod=a,zone=1", "pod=a,zone=2", "pod=b,zone=1", "pod=b,zone=2"]),
    ],
)
def test_s1_labels_of_one_key_mean_or_and_of_two_keys_and(
    empty: Scene, labels: list[tuple[str, str]], left: list[str]
) -> None:
    for pod in "ab":
        for zone in "12":
            empty.control.reserve(
                empty.agents[0], "kafka-role", "kafka-principal", cpus=0.5, labels={"pod": pod, "zone": zone}
            )
    ran = empty.run(znode=None, labels=tuple(labels))
    assert ran.status == 0, ran.outcome
    assert labels_held(empty) == left


def test_s1_static_reservations_and_refining_roles_are_named_and_left(make: Make) -> None:
    scene = make(agents=[{"static": {"kafka-role": {"cpus": 2}}}, {}])
    scene.control.reserve(scene.agents[0], "kafka-role", "kafka-principal", mem=10)
    below = [{"type": "DYNAMIC", "role": "kafka-role", "principal": "kafka-principal"}]
    scene.control.reserve(scene.agents[1], "kafka-role", "kafka-principal", cpus=1)
    scene.control.reserve(scene.agents[1], "kafka-role/refined", "kafka-principal", refines=below, cpus=1)
    ran = scene.run(znode=None)
    assert ran.status == 0, ran.outcome
    assert [item["scalar"]["value"] for item in scene.held()] == [2]
    assert len(scene.held("kafka-role/refined")) == 1
    notices = " ".join(ran.outcome.notices)
    assert "Statically reserved" in notices
    assert "kafka-role/refined" in notices


def test_s1_a_refinement_goes_and_what_it_refines_stays(make: Make) -> None:
    """The top of the stack is taken off; what is below is the agent's own again."""
    scene = make(agents=[{"static": {"slave_public": {"cpus": 2, "mem": 512, "disk": 900}}}, {}])
    below = [{"role": "slave_public"}]
    role = "slave_public/kafka-role"
    scene.control.reserve(scene.agents[0], role, "kafka-principal", refines=below, cpus=1, mem=100)
    scene.broker(scene.agents[1], 0, role=role)
    abandon_service(scene.client, "kafka")
    ran = scene.run(role=role, moved=["slave_public"])
    assert ran.status == 0, ran.outcome
    assert scene.held(role) == []
    assert not scene.znode()


# --- S2 ---------------------------------------------------------------------------------------------------------------


def test_s2_what_appears_after_the_first_look_is_named_and_left(scene: Scene) -> None:
    scene.recorder.on(Acting, lambda: scene.broker(scene.agents[3], 7, labels={"pod": "new"}))
    ran = scene.run(znode=None, moved=["kafka-role"])
    assert ran.status == 0
    assert {top(item)[2].get("pod") for item in scene.held()} == {"new"}
    assert len(scene.held()) == 4
    assert any(scene.agents[3] in notice and "New" in notice for notice in ran.outcome.notices)


def test_s2_s5_what_appears_after_the_first_look_keeps_the_znode(scene: Scene) -> None:
    scene.recorder.on(Acting, lambda: scene.broker(scene.agents[3], 7))
    ran = scene.run(moved=["kafka-role"])
    assert (ran.status, ran.rules, len(scene.held()), scene.znode()) == (5, ["S5"], 4, True)


def test_s2_more_under_a_pinned_stack_than_was_pinned_is_a_leftover(empty: Scene) -> None:
    agent = empty.agents[0]
    empty.control.reserve(agent, "kafka-role", "kafka-principal", cpus=1, mem=100)
    empty.recorder.on(Acting, lambda: empty.control.reserve(agent, "kafka-role", "kafka-principal", cpus=2))
    ran = empty.run(znode=None)
    assert ran.status == 5
    assert [(item["name"], item["scalar"]["value"]) for item in empty.held()] == [("cpus", 2)]
    assert [left.agent_id for left in ran.outcome.leftovers] == [agent]
    assert "cpus:2" in ran.outcome.leftovers[0].item
    assert len(ran.writes) == 1


def test_s2_a_new_volume_under_a_pinned_stack_is_a_leftover(empty: Scene) -> None:
    agent = empty.agents[0]
    empty.control.reserve(agent, "kafka-role", "kafka-principal", disk=500, cpus=1)

    def another() -> None:
        empty.control.create_volume(agent, "kafka-role", "fresh", 100, "kafka-principal")

    empty.recorder.on(Acting, another)
    ran = empty.run(znode=None)
    assert ran.status == 5
    assert [item["disk"]["persistence"]["id"] for item in empty.held()] == ["fresh"]
    assert "fresh" in ran.outcome.leftovers[0].item


def test_s2_an_agent_that_registers_later_adds_what_carries_a_pinned_stack(scene: Scene) -> None:
    """It was away at the first look and comes back while the others are cleaned."""
    away = scene.agents[1]
    scene.control.mark_unreachable(away)
    scene.recorder.on(Acting, lambda: scene.control.start_agent(away))
    scene.is_clean(scene.run())


# --- S3 ---------------------------------------------------------------------------------------------------------------


def test_s3_the_role_of_everybody_has_nothing_to_unreserve(make: Make) -> None:
    scene = make(agents=2)
    abandon_service(scene.client, "kafka")
    ran = scene.run(role="*", principal="kafka-principal")
    assert (ran.status, ran.writes, scene.znode()) == (0, [], False)
    assert any("unreserved" in notice.text for notice in ran.of(Notice))


def test_s3_a_principal_without_a_role_selects_no_reservation(scene: Scene) -> None:
    ran = scene.run(role=None, znode=None)
    assert (ran.writes, ran.requests, len(scene.held())) == ([], [], 11)
    assert any("No role" in notice.text for notice in ran.of(Notice))


@pytest.mark.parametrize("role", ["", "/a", "a//b", "a/../b", "-x", "a b"])
def test_s3_what_no_master_takes_for_a_role_is_a_usage_error(scene: Scene, role: str) -> None:
    with pytest.raises(UsageError):
        scene.run(role=role)
    assert scene.control.requests() == []


# --- S4 ---------------------------------------------------------------------------------------------------------------


def test_s4_a_likely_typo_is_refused_with_the_command_that_was_meant(scene: Scene) -> None:
    text = scene.run(principal="kafka").refused("S4")
    assert "kafka-principal" in text
    assert "janitor -r kafka-role -p kafka-principal -z dcos-service-kafka" in text
    assert "--any-principal" in text
    assert (len(scene.held()), scene.znode()) == (11, True)
    scene.is_clean(scene.run(principal="kafka", any_principal=True))


def test_s4_with_a_living_owner_it_is_no_typo(scene: Scene) -> None:
    framework = scene.control.subscribe("kafka", "kafka-role", "kafka-principal")
    scene.control.run_task(framework, scene.agents[0])
    ran = scene.run(principal="long-gone", znode=None)
    assert (ran.status, ran.writes, len(scene.held())) == (0, [], 11)
    assert any("of others, which stay" in notice for notice in ran.outcome.notices)


def test_s4_nothing_reserved_at_all_is_clean(empty: Scene) -> None:
    ran = empty.run(principal="whoever", znode=None)
    assert (ran.status, ran.writes) == (0, [])


def test_s4_on_agents_that_are_not_back_yet_the_principal_may_still_turn_up(make: Make) -> None:
    """What is visible is another's; the right principal's is on an agent that has yet to register."""
    scene = make(masters=2)
    scene.broker(scene.agents[0], 0, principal="another")
    scene.broker(scene.agents[3], 3)
    scene.control.fail_over(by_hand=True)
    for _ in range(3):
        scene.control.step_failover()
    scene.control.elected_ago(3600)
    scene.target = replace(scene.target, mesos=scene.sandbox.masters[1])
    scene.recorder.on(Waiting, scene.control.finish_failover, when=lambda waiting: "register" in waiting.what)
    ran = scene.run(znode=None)
    assert ran.status == 0, ran.outcome
    assert {top(item)[1] for item in scene.held()} == {"another"}


def test_s4_a_mistyped_role_is_refused_and_a_second_run_is_not(scene: Scene) -> None:
    text = scene.run(role="kafka", znode="dcos-service-kafak").refused("S4")
    assert "janitor -r kafka-role -p kafka-principal -z dcos-service-kafka\n" in text
    assert (len(scene.held()), scene.znode()) == (11, True)
    scene.is_clean(scene.run())
    again = scene.run()
    assert again.status == 0
    assert "Nothing of role kafka-role was found." in again.outcome.notices
    assert "There is no znode /dcos-service-kafka: nothing of it was found." in again.outcome.notices


def test_s4_without_a_principal_a_mistyped_role_is_told(scene: Scene) -> None:
    ran = scene.run(role="kafak-role", principal=None, znode=None)
    assert (ran.status, ran.writes, len(scene.held())) == (0, [], 11)
    assert "Nothing of role kafak-role was found; role kafka-role holds 11 reservations." in ran.outcome.notices


def test_s4_a_mistyped_znode_is_refused_before_anything_is_removed(scene: Scene) -> None:
    text = scene.run(znode="dcos-service-kafak").refused("S4")
    assert "janitor -r kafka-role -p kafka-principal -z dcos-service-kafka\n" in text
    assert (len(scene.held()), scene.znode()) == (11, True)


@pytest.mark.parametrize(
    ("znode", "near"),
    [("dcos-service-kafak", "dcos-service-kafka"), ("universe/marathon-usr", "universe/marathon-user")],
)
def test_s4_a_znode_that_is_not_there_is_told_with_near_names(scene: Scene, znode: str, near: str) -> None:
    scene.client.ensure_path("/universe/marathon-user")
    ran = scene.run(role=None, principal=None, znode=znode)
    assert (ran.status, scene.znode("/" + near)) == (0, True)
    assert f"There is no znode /{znode}: nothing of it was found. Near names: {near}." in ran.outcome.notices


def test_s4_a_mistyped_label_is_refused_and_a_wrong_value_is_told(empty: Scene) -> None:
    empty.broker(empty.agents[0], 0)
    right, wrong = (("resource_id", "kafka-role-r0"),), (("resouce_id", "kafka-role-r0"),)
    text = empty.run(znode=None, labels=wrong).refused("S4")
    assert "--label resource_id=kafka-role-r0" in text
    for _ in range(2):
        ran = empty.run(znode=None, labels=right)
        assert (ran.status, len(empty.held())) == (0, 2)
    assert ran.outcome.notices[-1] == (
        "No reservation of role kafka-role has the label resource_id=kafka-role-r0: nothing of it was found. "
        "The values of resource_id there: kafka-role-p0, kafka-role-d0."
    )


# --- S5 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["kafka-role", "slave_public/kafka-role"])
def test_s5_the_znode_stays_while_its_role_holds_reservations(make: Make, role: str) -> None:
    scene = make()
    scene.broker(scene.agents[0], 0, role=role)
    abandon_service(scene.client, "kafka")
    ran = scene.run(role=None, principal=None)
    assert (ran.status, ran.rules, ran.writes, scene.znode()) == (5, ["S5"], [], True)
    assert f"janitor -r {role}" in str(ran.outcome.blocked[0].remedy)


@pytest.mark.parametrize("options", [{"labels": (("pod", "a"),)}, {"principal": "kafka-principal"}])
def test_s5_a_part_of_a_service(make: Make, options: dict[str, Any]) -> None:
    scene = make()
    scene.broker(scene.agents[0], 0, labels={"pod": "a"})
    scene.broker(scene.agents[1], 1, labels={"pod": "b"}, principal="another")
    abandon_service(scene.client, "kafka")
    ran = scene.run(**options)
    assert (ran.status, ran.rules, scene.znode()) == (5, ["S5"], True)
    assert {top(item)[1] for item in scene.held()} == {"another"}


def test_s5_another_services_role_does_not_matter(scene: Scene) -> None:
    scene.neighbours()
    ran = scene.run(role="cassandra-role", principal="cassandra-principal", znode="dcos-service-cassandra")
    assert (ran.status, scene.znode("/dcos-service-cassandra")) == (0, False)
