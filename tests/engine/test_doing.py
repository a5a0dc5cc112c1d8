"""Rules D1 to D6: lost races, lost answers, lost masters; and what is not tried again."""

from __future__ import annotations

import json
import re
import time
from itertools import pairwise
from typing import Any

import pytest
import requests

from janitor.cleanup import memory
from janitor.events import Acting, Answered, Waiting
from janitor.sandbox.gate import Gate
from tests.clock import HANGS
from tests.engine.answers import http
from tests.engine.conftest import Make
from tests.engine.scene import Ran, Scene
from tests.engine.test_looking import FORBIDDEN, follower, left_on
from tests.engine.tokens import as_user

UNAVAILABLE = http(503, b"", "text/plain")
CONFLICT = http(409, b"Invalid UNRESERVE operation: {} does not contain cpus:1", "text/plain")


def send(scene: Scene, kind: str, agent: str, items: list[Any]) -> None:
    """What another operator sends, straight to the master."""
    key = "volumes" if kind == "DESTROY_VOLUMES" else "resources"
    body = {"type": kind, kind.lower(): {"agent_id": {"value": agent}, key: items}}
    reply = requests.post(scene.sandbox.master_url + "api/v1", json=body, timeout=HANGS)
    assert reply.status_code == 202, reply.text


def kinds_sent(ran: Ran, agent: str) -> list[tuple[str, int, int]]:
    """(type, items, status) of what went to an agent, in order."""
    return [(w["type"], len(w["items"]), w["status"]) for w in ran.writes if w["agent"] == agent]


# --- D4: look again ---------------------------------------------------------------------------------------------------


def thief(scene: Scene, agent: str) -> None:
    """A task takes everything on an agent between look and write; its framework is gone before the next look."""
    frameworks: list[str] = []

    def take() -> None:
        frameworks.append(scene.control.subscribe("thief", "kafka-role", "kafka-principal"))
        scene.control.run_task(frameworks[0], agent)

    def give_back() -> None:
        scene.control.teardown(frameworks[0])
        scene.control.finish_executors()
        scene.control.advance(60)

    scene.recorder.on(Acting, take)
    scene.recorder.on(Answered, give_back, when=lambda answered: answered.agent_id == agent)


@pytest.mark.parametrize("version", ["1.2", "1.12"])
def test_d4_a_task_takes_a_reservation_between_look_and_write(make: Make, version: str) -> None:
    scene = make(version, executor_grace=None)
    scene.kafka()
    thief(scene, scene.agents[2])
    ran = scene.run()
    scene.is_clean(ran)
    sent = kinds_sent(ran, scene.agents[2])
    assert sent == [("UNRESERVE_RESOURCES", 3, 409), ("UNRESERVE_RESOURCES", 3, 202)]


def test_d4_a_volume_that_a_task_mounts_between_look_and_write_is_left(make: Make) -> None:
    """400 `Persistent volumes in use` is final: the volume is named, and a second run finds it free."""
    scene = make(executor_grace=None)
    scene.kafka()
    thief(scene, scene.agents[0])
    ran = scene.run()
    assert (ran.status, scene.znode()) == (5, True)
    assert [item["disk"]["persistence"]["id"] for item in scene.held()] == ["kafka-role-v0"]
    assert "Persistent volumes in use" in left_on(ran, scene.agents[0])
    assert "tries" not in left_on(ran, scene.agents[0])
    scene.is_clean(scene.run())


def test_d4_a_volume_that_somebody_else_destroyed(scene: Scene) -> None:
    agent = scene.agents[0]
    volumes = [item for item in scene.control.held_by(agent) if "persistence" in item.get("disk", {})]
    scene.recorder.on(Acting, lambda: send(scene, "DESTROY_VOLUMES", agent, volumes))
    ran = scene.run()
    scene.is_clean(ran)
    assert any("Persistent volumes not found" in answered.words for answered in ran.of(Answered))


@pytest.mark.parametrize("version", ["1.2", "1.12"])
def test_d4_a_reservation_that_vanished(make: Make, version: str) -> None:
    scene = make(version)
    scene.kafka()
    agent = scene.agents[2]
    scene.recorder.on(Acting, lambda: scene.control.unreserve(agent, scene.control.held_by(agent)[:1]))
    ran = scene.run()
    scene.is_clean(ran)
    assert kinds_sent(ran, agent) == [("UNRESERVE_RESOURCES", 3, 409), ("UNRESERVE_RESOURCES", 2, 202)]


@pytest.mark.parametrize("version", ["1.2", "1.4", "1.12"])
@pytest.mark.parametrize("lose", [False, True])
def test_d4_the_master_is_killed_in_the_middle_and_another_takes_over(make: Make, version: str, lose: bool) -> None:
    """Also with the messages under way lost: what was answered 202 is back, and goes again (P1)."""
    scene = follower(make, version)
    if lose:
        scene.control.hold_operations()

    def kill() -> None:
        scene.control.fail_over(lose_in_flight=lose)
        scene.control.set(apply_delay=0.01)

    scene.recorder.on(Answered, kill, nth=3)
    ran = scene.run()
    scene.is_clean(ran)
    sent = [write["agent"] for write in ran.writes if write["type"] == "UNRESERVE_RESOURCES" and write["status"] == 202]
    assert not lose or len(sent) > len(set(sent))


@pytest.mark.parametrize("kind", ["DESTROY_VOLUMES", "UNRESERVE_RESOURCES"])
@pytest.mark.parametrize("fault", ["reset", "cut in the status line", "cut in the headers", "no frame"])
def test_d4_an_answer_that_is_lost_after_the_master_did_its_work(
    scene: Scene, gate: Gate, kind: str, fault: str
) -> None:
    when = gate.when(body=kind, nth=1)
    if fault == "reset":
        when.reset_after(0)
    elif fault == "no frame":
        when.swap_answer(b"HTTP/1.1 202 Accepted\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\n\r\n")
    else:
        when.cut_after(5 if "status" in fault else 25)
    ran = scene.run()
    scene.is_clean(ran)
    lost = [answered for answered in ran.of(Answered) if answered.status is None]
    assert len(lost) == 1
    assert lost[0].words


def test_d4_a_write_that_never_arrived(scene: Scene, gate: Gate) -> None:
    gate.when(body="UNRESERVE_RESOURCES", nth=2).answer_instead(UNAVAILABLE)
    scene.is_clean(scene.run())


def test_d4_unavailable_for_a_while(scene: Scene, gate: Gate) -> None:
    """For writes and for every kind of read."""
    for number in range(1, 4):
        gate.when(body="UNRESERVE_RESOURCES", nth=number).answer_instead(UNAVAILABLE)
    for call in ("GET_MASTER", "GET_OPERATIONS", "GET_FRAMEWORKS"):
        gate.when(body=call, nth=2).answer_instead(UNAVAILABLE)
    gate.when(line="slaves", nth=1).answer_instead(UNAVAILABLE)
    scene.is_clean(scene.run())


def test_d4_d6_unavailable_for_writes_until_the_deadline(scene: Scene, gate: Gate) -> None:
    """It ends at the deadline, names what is left, and has not rained requests on the master meanwhile."""
    gate.when(body="DESTROY_VOLUMES").answer_instead(UNAVAILABLE)
    gate.when(body="UNRESERVE_RESOURCES").answer_instead(UNAVAILABLE)
    rounds: list[float] = []
    scene.recorder.on(Acting, lambda: rounds.append(time.monotonic()), nth=None)
    scene.recorder.on(Acting, scene.clock.jump, nth=4)
    ran = scene.run()
    assert (ran.status, scene.znode(), len(scene.held())) == (5, True, 11)
    assert {left.agent_id for left in ran.outcome.leftovers if left.agent_id} == set(scene.agents[:3])
    assert {left.words for left in ran.outcome.leftovers if left.agent_id} == {"503"}
    gaps = [after - before for before, after in pairwise(rounds)]
    assert len(gaps) == 3
    assert all(gap >= 0.05 * 2**number for number, gap in enumerate(gaps, 1)), "no growing pause between the tries"
    assert any(re.search(r"\b503\b", waiting.what) for waiting in ran.of(Waiting))


# --- D4: final --------------------------------------------------------------------------------------------------------


def test_d4_d6_an_agent_that_is_always_refused_stops_no_other_and_is_named(scene: Scene, gate: Gate) -> None:
    agent = scene.agents[0]
    gate.when(body=agent).answer_instead(FORBIDDEN)
    ran = scene.run()
    assert (ran.status, scene.znode()) == (5, True)
    assert [len(scene.control.held_by(each, "kafka-role")) for each in scene.agents] == [4, 0, 0, 0]
    assert {left.agent_id for left in ran.outcome.leftovers} == {agent}
    assert {left.item for left in ran.outcome.leftovers} == {
        "cpus:1",
        "mem:512",
        "ports:[31000-31000]",
        "disk:500 (volume kafka-role-v0)",
    }
    assert all(left.host == "127.0.0.1" for left in ran.outcome.leftovers)
    assert "403 Forbidden." in left_on(ran, agent)
    assert len([answered for answered in ran.of(Answered) if answered.agent_id == agent]) <= 2


def test_d4_an_acl_that_forbids_the_volumes_leaves_them_and_nothing_else_is_tried_twice(scene: Scene) -> None:
    viewer = {"principals": {"values": ["viewer"]}}
    user = as_user(scene, {"destroy_volumes": [{**viewer, "creator_principals": {"type": "NONE"}}]})
    ran = scene.run(target=user)
    assert (ran.status, scene.znode()) == (5, True)
    assert scene.control.held_by(scene.agents[2], "kafka-role") == []
    volumes = [item for item in scene.held() if "persistence" in item.get("disk", {})]
    assert len(volumes) == 2
    assert sum(write["status"] == 403 for write in ran.writes) == 2
    assert "permission" in str([left.remedy for left in ran.outcome.leftovers]) or "credentials" in str(
        [left.remedy for left in ran.outcome.leftovers]
    )


def test_d1_after_repeated_conflicts_item_by_item(scene: Scene, gate: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    """One reservation is always refused: the others of its agent go, it is named with the master's words."""
    monkeypatch.setattr(memory, "TRIES", 3)
    gate.when(body="kafka-role-r0").answer_instead(CONFLICT)
    ran = scene.run()
    assert (ran.status, scene.znode()) == (5, True)
    left = scene.control.held_by(scene.agents[0], "kafka-role")
    assert sorted(item["name"] for item in left) == ["cpus", "mem"]
    assert [len(scene.control.held_by(agent, "kafka-role")) for agent in scene.agents[1:]] == [0, 0, 0]
    assert sorted(one.item for one in ran.outcome.leftovers) == ["cpus:1", "mem:512"]
    assert "does not contain" in left_on(ran, scene.agents[0])


@pytest.mark.parametrize("words", ["Invalid UNRESERVE operation: something new", ""])
def test_d4_other_400s_are_final(scene: Scene, gate: Gate, words: str) -> None:
    gate.when(body="kafka-role-r0").answer_instead(http(400, words.encode(), "text/plain"))
    ran = scene.run()
    assert (ran.status, scene.znode()) == (5, True)
    left = scene.control.held_by(scene.agents[0], "kafka-role")
    assert sorted(item["name"] for item in left) == ["cpus", "mem"]
    assert f"400 {words}".strip() in left_on(ran, scene.agents[0])
    assert ran.outcome.rounds <= 4


@pytest.mark.parametrize(
    "change", [{"scalar": {"value": 0.0}}, {"allocation_info": {"role": "kafka-role"}}], ids=["no value", "allocated"]
)
def test_d2_what_must_not_be_sent_is_named_though_the_master_shows_it(
    scene: Scene, gate: Gate, change: dict[str, Any]
) -> None:
    """A master aborts on an item without a value, and frees none that is allocated."""
    scene.control.reserve(scene.agents[0], "odd-role", "odd-principal", cpus=1)
    shown = requests.get(scene.sandbox.master_url + "slaves", timeout=HANGS).json()
    for agent in shown["slaves"]:
        for item in agent["reserved_resources_full"].get("odd-role", []):
            item.update(change)
    gate.when(line="GET /master/slaves").answer_instead(http(200, json.dumps(shown).encode()))
    ran = scene.run(role="odd-role", principal="odd-principal", znode=None)
    assert (ran.status, ran.writes) == (5, [])
    assert [left.agent_id for left in ran.outcome.leftovers] == [scene.agents[0]]
    assert "D2" in ran.outcome.leftovers[0].words


# --- D5 ---------------------------------------------------------------------------------------------------------------


def just_torn_down(make: Make, **settings: Any) -> Scene:
    """A scene whose framework ended a moment ago; its executor on the first agent still runs."""
    scene = make(executor_grace=None, **settings)
    scene.kafka()
    framework = scene.control.subscribe("kafka", "kafka-role", "kafka-principal")
    scene.control.run_task(framework, scene.agents[0])
    scene.control.teardown(framework)
    return scene


def test_d5_executors_that_still_run_are_waited_for(make: Make) -> None:
    """Their volume would be removed under them, and the agent would exit. The other agents are served meanwhile."""
    scene = just_torn_down(make)

    def look_around() -> None:
        assert [len(scene.control.held_by(agent, "kafka-role")) for agent in scene.agents] == [4, 0, 0, 0]
        assert not [write for write in scene.control.writes() if scene.agents[0] in write["body"]]
        scene.control.finish_executors()

    scene.recorder.on(Waiting, look_around, when=lambda waiting: "executors of kafka" in waiting.what, nth=3)
    scene.is_clean(scene.run())
    assert all(agent["running"] for agent in scene.control.truth()["agents"].values())


def test_d5_where_agents_cannot_be_asked_30_seconds_are_waited(make: Make) -> None:
    scene = just_torn_down(make, agents_listen=False)

    def later() -> None:
        assert not scene.control.writes()
        scene.control.finish_executors()
        scene.control.advance(30)

    scene.recorder.on(Waiting, later, when=lambda waiting: "executors of kafka" in waiting.what)
    scene.is_clean(scene.run())
    assert all(agent["running"] for agent in scene.control.truth()["agents"].values())


def test_d5_another_services_teardown_is_not_waited_for(scene: Scene) -> None:
    framework = scene.control.subscribe("cassandra", "cassandra-role", "cassandra-principal")
    scene.control.teardown(framework)
    ran = scene.run()
    scene.is_clean(ran)
    assert not [waiting for waiting in ran.of(Waiting) if "executors" in waiting.what]


# --- D6 ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["GET /master/slaves", "UNRESERVE_RESOURCES", "GET_OPERATIONS"])
def test_d6_a_master_that_hangs_ends_with_the_deadline(scene: Scene, gate: Gate, moment: str) -> None:
    when = gate.when(line=moment) if moment.startswith("GET /") else gate.when(body=moment)
    met: list[bool] = []

    def hang() -> None:
        gate.freeze()
        scene.clock.go()
        met.append(True)

    scene.clock.stop()
    when.call_before(hang)
    ran = scene.run(timeout=3)
    gate.thaw()
    assert met
    assert (ran.status, scene.znode()) == (5, True)
