"""Rules L1 to L8: what a look is worth, and who is missing from it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import requests

import janitor.cleanup.look as look
from janitor.events import Acting, Answered, Looked, RequestSent, Waiting
from janitor.patience import Patience
from janitor.sandbox.gate import Gate
from janitor.sandbox.gate_rules import When
from tests.clock import HANGS
from tests.engine.answers import http
from tests.engine.conftest import Make
from tests.engine.scene import Ran, Scene
from tests.engine.tokens import as_user

FORBIDDEN = http(403, b"403 Forbidden.", "text/plain")


def follower(make: Make, version: str = "1.12", **settings: Any) -> Scene:
    """A scene with two masters, of which the one that does not lead is asked."""
    scene = make(version, masters=2, **settings)
    scene.kafka()
    scene.target = replace(scene.target, mesos=scene.sandbox.masters[1])
    return scene


def left_on(ran: Ran, agent: str) -> str:
    """What the run says of what is left on an agent."""
    return " ".join(f"{one.item} {one.words} {one.remedy}" for one in ran.outcome.leftovers if one.agent_id == agent)


# --- L3: settled looks ------------------------------------------------------------------------------------------------


def test_l3_a_redirect_to_the_leader_is_followed(make: Make) -> None:
    scene = follower(make)
    scene.is_clean(scene.run())


@pytest.mark.parametrize("version", ["1.2", "1.12"])
@pytest.mark.parametrize("moment", ["master/slaves", "registrar(1)/registry", "metrics/snapshot"])
def test_l3_the_leader_changes_in_the_middle_of_a_look(make: Make, version: str, moment: str) -> None:
    scene = follower(make, version)
    scene.recorder.on(RequestSent, scene.control.fail_over, when=lambda sent: sent.url.endswith(moment))
    scene.is_clean(scene.run())


def test_l3_answers_of_two_leaders_are_no_look(scene: Scene) -> None:
    """The master is killed in the middle of a look, and leads again at the same address, by another id."""

    def restart() -> None:
        scene.control.fail_over()
        scene.control.start_master(0)
        Patience(HANGS).poll(lambda: answers(scene.sandbox.master_url) or None)

    scene.recorder.on(RequestSent, restart, when=lambda sent: sent.url.endswith("master/slaves"))
    ran = scene.run(dry_run=True)
    asked = [request["body"] or request["path"] for request in ran.requests]
    assert (ran.status, asked.count("/master/slaves"), asked.count('{"type":"GET_MASTER"}')) == (0, 2, 4)


def answers(url: str) -> bool:
    try:
        return requests.get(url + "version", timeout=1).ok
    except requests.ConnectionError:
        return False


@pytest.mark.parametrize("version", ["1.1", "1.2", "1.12"])
def test_l3_the_empty_moment_of_a_new_leader_is_never_clean(make: Make, version: str) -> None:
    """200 without agents, and 503 by v1: phase by phase, each waited for."""
    scene = follower(make, version)
    scene.control.fail_over(by_hand=True)
    scene.recorder.on(Waiting, scene.control.step_failover, nth=None)
    scene.is_clean(scene.run())


def test_l3_a_redirect_to_a_dead_leader_is_waited_out(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A follower sends everybody to the dead leader for seconds: it has answered, so it is no wrong address."""
    monkeypatch.setattr(look, "FIRST_CONTACT", 0.1)
    scene = follower(make)
    scene.control.fail_over(by_hand=True)
    scene.recorder.on(Waiting, scene.control.finish_failover, when=lambda waiting: waiting.waited > 0.5)
    scene.is_clean(scene.run())


def test_l3_a_master_that_never_answered_is_given_up_soon(scene: Scene, nobody: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(look, "FIRST_CONTACT", 0.2)
    ran = scene.run(target={"mesos": f"http://{nobody}/master/"})
    assert (ran.status, ran.requests) == (5, [])
    assert ran.outcome.error is not None
    assert nobody in ran.outcome.error[0]
    assert "-m" in str(ran.outcome.error[1])


def test_l3_a_leader_that_stays_in_recovery_is_waited_for_until_the_deadline(make: Make) -> None:
    scene = follower(make)
    scene.control.fail_over(by_hand=True)
    scene.control.step_failover()
    scene.recorder.on(Waiting, scene.clock.jump, when=lambda waiting: bool(re.search(r"\b503\b", waiting.what)))
    ran = scene.run()
    assert (ran.status, ran.writes) == (5, [])
    assert ran.outcome.error is not None
    assert "Master has not finished recovery" in ran.outcome.error[0]


# --- L5: filtered views -----------------------------------------------------------------------------------------------


def test_l5_hidden_reservations_are_not_a_clean_cluster(scene: Scene) -> None:
    user = as_user(scene, {"view_roles": [{"principals": {"values": ["viewer"]}, "roles": {"type": "NONE"}}]})
    text = scene.run(target=user).refused("L5", 5)
    assert scene.agents[0] in text
    assert "cpus:1" in text
    assert "filtered-view" in text
    assert scene.znode()
    assert len(scene.held()) == 11
    lifted = scene.run(target=user, overrides=frozenset({"filtered-view"}))
    assert (lifted.status, lifted.writes, scene.znode()) == (0, [], False)


@pytest.mark.parametrize("version", ["1.2", "1.4", "1.9", "1.12"])
def test_l5_fractions_that_a_master_rounds_hide_nothing(make: Make, version: str) -> None:
    """It shows 0.1234567 as it was sent, and what is left in thousandths: the totals of an agent do not add up."""
    scene = make(version)
    agent = scene.agents[0]
    for role in ("one-role", "another-role", "kafka-role"):
        scene.control.reserve(agent, role, "somebody", cpus=0.1234567)
    shown = requests.get(scene.sandbox.master_url + "slaves", timeout=HANGS).json()["slaves"]
    assert [each["resources"]["cpus"] for each in shown if each["id"] == agent] == [8.0013701]
    for role in ("clean-role", "kafka-role"):
        ran = scene.run(role=role, principal="somebody", znode=None)
        assert (ran.status, ran.outcome.blocked, scene.held(role)) == (0, (), [])
    assert len(scene.held("one-role")) == len(scene.held("another-role")) == 1


def test_l5_a_role_of_which_something_is_visible_is_visible_everywhere(scene: Scene) -> None:
    scene.neighbours()
    acls = {"view_roles": [{"principals": {"values": ["viewer"]}, "roles": {"values": ["kafka-role"]}}]}
    user = as_user(scene, {**acls, "permissive": False, **may_do_the_rest()})
    scene.is_clean(scene.run(target=user))


def may_do_the_rest() -> dict[str, Any]:
    """What a viewer needs besides roles, where nothing is permitted by default."""
    viewer = {"principals": {"values": ["viewer"]}}
    return {
        "view_frameworks": [{**viewer, "users": {"type": "ANY"}}],
        "view_flags": [{**viewer, "flags": {"type": "ANY"}}],
        "get_endpoints": [{**viewer, "paths": {"values": ["/metrics/snapshot"]}}],
        "unreserve_resources": [{**viewer, "reserver_principals": {"type": "ANY"}}],
        "destroy_volumes": [{**viewer, "creator_principals": {"type": "ANY"}}],
    }


def test_l5_hidden_frameworks_may_be_owners(scene: Scene) -> None:
    user = as_user(scene, {"view_frameworks": [{"principals": {"values": ["viewer"]}, "users": {"type": "NONE"}}]})
    scene.is_clean(scene.run(target=user))  # there is none that could be hidden
    scene.kafka()
    scene.control.subscribe("kafka", "kafka-role", "kafka-principal")
    ran = scene.run(target=user)
    assert "filtered-view" in ran.refused("L5", 5)
    assert len(ran.of(Looked)) == 3, "a difference counts once it stays in three looks"
    scene.is_clean(scene.run(target=user, overrides=frozenset({"filtered-view"})))


def test_l5_a_framework_that_comes_between_two_answers_is_no_hidden_one(scene: Scene) -> None:
    """It subscribes after the frameworks were read and before the metrics are: the next look shows it."""
    scene.recorder.on(
        RequestSent,
        lambda: scene.control.subscribe("spark", "spark-role"),
        when=lambda sent: sent.url.endswith("metrics/snapshot"),
    )
    ran = scene.run()
    scene.is_clean(ran)
    assert any("frameworks" in waiting.what for waiting in ran.of(Waiting))


def test_l4_l5_counts_that_may_not_be_read_are_unknown(scene: Scene, gate: Gate) -> None:
    gate.when(line="GET /metrics/snapshot").answer_instead(FORBIDDEN)
    assert re.search(r"\b403\b", scene.run().refused("L5", 5))
    scene.is_clean(scene.run(overrides=frozenset({"filtered-view"})))


def test_l3_a_master_that_drops_every_third_request_is_cleaned(scene: Scene, gate: Gate) -> None:
    """A look is more than three questions: if a lost answer made it void, there would never be one."""
    for number in range(3, 600, 3):
        gate.when(nth=number).reset_after(0)
    ran = scene.run()
    assert gate.requests < 600
    scene.is_clean(ran)


# --- L6: the roll call ------------------------------------------------------------------------------------------------


def failed_over(make: Make, back: int, **settings: Any) -> Scene:
    """A scene whose leader has just changed, and to whose new leader so many agents have come back."""
    scene = follower(make, **settings)
    scene.control.fail_over(by_hand=True)
    for _ in range(2 + back):
        scene.control.step_failover()
    return scene


def others_are_clean(scene: Scene, waiting: Waiting) -> bool:
    """Agents are waited for that are to register, and those that have done so hold nothing any more."""
    held = [len(scene.control.held_by(agent, "kafka-role")) for agent in scene.agents]
    return "register" in waiting.what and held == [0, 0, 3, 0]


def test_l6_the_others_are_cleaned_while_recovered_agents_are_waited_for(make: Make) -> None:
    scene = failed_over(make, back=2)

    def look_around() -> None:
        assert scene.znode()
        scene.control.finish_failover()

    scene.recorder.on(Waiting, look_around, when=lambda waiting: others_are_clean(scene, waiting))
    ran = scene.run()
    scene.is_clean(ran)
    assert [record.proof for record in ran.outcome.agents if record.agent_id == scene.agents[2]] != [None]


def test_l6_recovered_agents_that_do_not_come_are_waited_for_until_the_deadline(make: Make) -> None:
    scene = failed_over(make, back=2)
    scene.recorder.on(Waiting, scene.clock.jump, when=lambda waiting: others_are_clean(scene, waiting))
    ran = scene.run()
    assert ran.status == 5
    assert [len(scene.control.held_by(agent, "kafka-role")) for agent in scene.agents] == [0, 0, 3, 0]
    assert scene.znode()
    assert "2 agents to register" in " ".join(one.words for one in ran.outcome.leftovers)
    scene.control.finish_failover()
    scene.is_clean(scene.run())


def test_l6_without_the_registry_recovered_agents_stand_in(make: Make) -> None:
    scene = failed_over(make, back=1)
    with through_gate(scene, 1) as gate:
        gate.when(line="registry").answer_instead(FORBIDDEN)
        scene.recorder.on(Waiting, scene.control.finish_failover, when=lambda waiting: "register" in waiting.what)
        scene.is_clean(scene.run())


def through_gate(scene: Scene, master: int) -> Gate:
    """A gate before a master; the scene is asked through it."""
    host, _, port = scene.sandbox.cluster.served[master].address.partition(":")
    gate = Gate(host, int(port))
    scene.target = replace(scene.target, mesos=gate.url(path="/master/"))
    return gate


def test_l6_an_unreachable_agent_that_nothing_ties_is_named(scene: Scene) -> None:
    scene.control.mark_unreachable(scene.agents[3])
    ran = scene.run()
    scene.is_clean(ran)
    assert any(scene.agents[3] in notice for notice in ran.outcome.notices)


def tied(scene: Scene) -> str:
    """The third agent, lost with a task of the service on it; the framework was torn down long ago."""
    lost = scene.agents[2]
    framework = scene.control.subscribe("kafka", "kafka-role", "kafka-principal")
    scene.control.run_task(framework, lost)
    scene.control.mark_unreachable(lost)
    scene.control.teardown(framework)
    scene.control.advance(3600)
    return lost


def test_l6_an_unreachable_agent_with_a_task_of_the_service_keeps_the_znode(scene: Scene) -> None:
    lost = tied(scene)
    ran = scene.run()
    assert (ran.status, scene.znode()) == (5, True)
    assert [len(scene.control.held_by(agent, "kafka-role")) for agent in scene.agents] == [0, 0, 3, 0]
    assert "task" in left_on(ran, lost)
    assert "--lost-agent" in left_on(ran, lost)
    ran = scene.run(lost_agents=(lost,))
    assert (ran.status, scene.znode()) == (0, False)
    assert any(lost in notice for notice in ran.outcome.notices)


def test_l6_a_lost_agent_that_is_likely_mistyped_is_refused_before_anything_is_written(scene: Scene) -> None:
    lost = tied(scene)
    held, number = scene.held(), lost.rpartition("-")[2]
    for word in (number, "node7.example", lost[:12]):
        ran = scene.run(lost_agents=(word,))
        assert f"--lost-agent {word}" in ran.refused("L6", 1)
        assert lost in (ran.outcome.blocked[0].remedy or "")
        assert scene.held() == held
    assert (scene.run(lost_agents=(lost,)).status, scene.znode()) == (0, False)
    assert scene.run(lost_agents=(lost,)).status == 0


def test_l6_without_the_registry_tasks_name_the_unreachable_agent(scene: Scene, gate: Gate) -> None:
    gate.when(line="registry").answer_instead(FORBIDDEN)
    lost = tied(scene)
    ran = scene.run()
    assert (ran.status, scene.znode()) == (5, True)
    assert "task" in left_on(ran, lost)


def test_l6_without_registry_and_tasks_an_unreachable_agent_cannot_be_told(scene: Scene, gate: Gate) -> None:
    gate.when(line="registry").answer_instead(FORBIDDEN)
    gate.when(body="GET_TASKS").answer_instead(FORBIDDEN)
    scene.control.mark_unreachable(scene.agents[3])
    ran = scene.run()
    assert (ran.status, scene.znode(), scene.held()) == (5, True, [])
    assert "1 agent is unreachable" in " ".join(one.words for one in ran.outcome.leftovers)


def test_l6_an_agent_that_this_run_saw_hold_something_is_lost(scene: Scene) -> None:
    lost = scene.agents[1]
    scene.recorder.on(Acting, lambda: scene.control.mark_unreachable(lost))
    ran = scene.run()
    assert (ran.status, scene.znode()) == (5, True)
    assert [len(scene.control.held_by(agent, "kafka-role")) for agent in scene.agents] == [0, 4, 0, 0]
    assert "saw it hold" in left_on(ran, lost)
    assert any("No agent found with specified ID" in answered.words for answered in ran.of(Answered))
    scene.control.start_agent(lost)
    scene.is_clean(scene.run())


def test_l6_an_agent_that_was_marked_gone_is_ignored(scene: Scene) -> None:
    scene.control.mark_gone(scene.agents[2])
    ran = scene.run()
    assert (ran.status, scene.znode()) == (0, False)
    assert {item["name"] for item in scene.held()} == {"cpus", "mem", "ports"}  # on its disk, whose id never returns


def test_l6_an_agent_that_is_marked_gone_meanwhile_is_ignored(scene: Scene) -> None:
    scene.recorder.on(Acting, lambda: scene.control.mark_gone(scene.agents[1]))
    ran = scene.run()
    assert (ran.status, scene.znode()) == (0, False)


@pytest.mark.parametrize("by", ["id", "host"])
def test_l6_a_disconnected_agent_that_never_returns_on_the_operators_word(make: Make, by: str) -> None:
    scene = make(agents_listen=False)
    scene.kafka()
    lost = scene.agents[1]
    scene.control.disconnect_agent(lost)
    ran = scene.run(lost_agents=(lost if by == "id" else "10.0.0.2",), lost=[lost])
    assert (ran.status, scene.znode()) == (0, False), ran.outcome
    assert {write["agent"] for write in ran.writes} == {scene.agents[0], scene.agents[2]}


def test_l6_lost_agent_on_an_active_agent_is_a_usage_error(scene: Scene) -> None:
    ran = scene.run(lost_agents=(scene.agents[1],))
    assert "registered and answers" in ran.refused("L6", 1)


def test_l6_lost_agent_that_nobody_knows_is_said(scene: Scene) -> None:
    ran = scene.run(lost_agents=("10.9.9.9",))
    scene.is_clean(ran)
    assert any("10.9.9.9" in notice for notice in ran.outcome.notices)


def test_d3_a_disconnected_agent_gets_nothing_until_it_is_back(scene: Scene) -> None:
    away = scene.agents[0]
    scene.control.disconnect_agent(away)

    def back() -> None:
        assert len(scene.control.held_by(away, "kafka-role")) == 4
        assert not [write for write in scene.control.writes() if away in write["body"]]
        scene.control.start_agent(away)

    scene.recorder.on(Waiting, back, when=lambda waiting: "connect again" in waiting.what)
    scene.is_clean(scene.run())


def test_d3_a_disconnected_agent_is_a_leftover_after_the_ping_window(scene: Scene) -> None:
    away = scene.agents[0]
    scene.control.disconnect_agent(away)
    window_ends = partial(scene.control.mark_unreachable, away)
    scene.recorder.on(Waiting, window_ends, when=lambda waiting: "connect again" in waiting.what)
    ran = scene.run()
    assert (ran.status, scene.znode()) == (5, True)
    assert not [write for write in ran.writes if write["agent"] == away]
    assert "--lost-agent" in left_on(ran, away)


@pytest.mark.parametrize("verb", ["drain_agent", "deactivate_agent"])
def test_d3_an_agent_that_was_taken_out_of_service_is_served(scene: Scene, verb: str) -> None:
    getattr(scene.control, verb)(scene.agents[0])
    scene.is_clean(scene.run())


# --- L7, L8: ages -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["1.2", "1.12"])
@pytest.mark.parametrize("years", [-20, 20])
def test_l7_our_own_clock_does_not_matter(make: Make, version: str, years: int) -> None:
    scene = make(version)
    scene.kafka()
    scene.control.advance(years * 31_536_000)
    scene.control.elected_ago(3600)
    ran = scene.run(znode=None)
    assert (ran.status, scene.held()) == (0, [])
    assert not [waiting for waiting in ran.of(Waiting) if "frameworks" in waiting.what]


@pytest.mark.parametrize("version, reads", [("1.4", 1), ("1.9", 0)])
def test_l8_state_is_read_once_and_only_where_nothing_else_tells_the_election(
    make: Make, version: str, reads: int
) -> None:
    scene = make(version)
    scene.kafka()
    ran = scene.run()
    scene.is_clean(ran)
    assert sum(request["path"] == "/master/state" for request in ran.requests) == reads


# --- L4, L7: answers that contradict each other, or are in no encoding ------------------------------------------------


def answered(scene: Scene, gate: Gate, call: str, nth: int | None = None) -> tuple[When, bytes]:
    """What the master answers to this v1 call or path at this moment, and the gate's rule for that question."""
    url = scene.sandbox.master_url
    if call.startswith("GET_"):
        asked = requests.post(url + "api/v1", json={"type": call}, timeout=HANGS)
        return gate.when(nth=nth, body=call), asked.content
    asked = requests.get(url.removesuffix("master/") + call, timeout=HANGS)
    return gate.when(nth=nth, line=f"GET /{call}"), asked.content


def spoil(scene: Scene, gate: Gate, call: str, change: Callable[[Any], object], *more: str) -> None:
    """Have the gate answer with the master's own answer of this moment, changed."""
    rule, body = answered(scene, gate, call)
    shown = json.loads(body)
    change(shown)
    rule.answer_instead(http(200, json.dumps(shown).encode(), "application/json", *more))


def without_lists(shown: Any) -> None:
    for agent in shown["slaves"]:
        agent["reserved_resources_full"] = {}


def under_another_role(shown: Any) -> None:
    for agent in shown["slaves"]:
        for item in agent["reserved_resources_full"].get("kafka-role", []):
            item["role"] = item["reservations"][-1]["role"] = "other"


def without_types(shown: Any) -> None:
    for agent in shown["slaves"]:
        for item in agent["reserved_resources_full"].get("kafka-role", []):
            del item["reservations"][-1]["type"]


@pytest.mark.parametrize("change", [without_lists, under_another_role, without_types])
def test_l4_an_answer_that_contradicts_itself_is_never_clean(
    scene: Scene, gate: Gate, change: Callable[[Any], object]
) -> None:
    spoil(scene, gate, "master/slaves", change)
    ran = scene.run()
    assert (ran.status, ran.writes, scene.znode(), len(scene.held())) == (5, [], True, 11)
    assert ran.outcome.error is not None
    assert "It is not known what is reserved for role kafka-role on agent" in ran.outcome.error[0]


def test_l6_agents_that_are_counted_and_not_shown_keep_the_znode(scene: Scene, gate: Gate) -> None:
    gate.when(line="registry").answer_instead(FORBIDDEN)
    spoil(scene, gate, "master/slaves", lambda shown: shown["slaves"].pop())
    scene.recorder.on(Waiting, scene.clock.jump, when=lambda waiting: "counts 4 active agents" in waiting.what)
    ran = scene.run()
    assert (ran.status, scene.znode()) == (5, True)
    assert "counts 4 active agents and shows 3" in " ".join(one.words for one in ran.outcome.leftovers)


@pytest.mark.parametrize("year", [2006, 2090])
def test_l7_a_date_that_contradicts_the_masters_own_clock_is_none(scene: Scene, gate: Gate, year: int) -> None:
    """A leader that has just been elected, behind a proxy whose clock is years away."""
    spoil(scene, gate, "GET_MASTER", lambda _: None, f"Date: Mon, 06 Nov {year} 08:49:37 GMT")
    scene.recorder.on(Waiting, scene.clock.jump, when=lambda waiting: "to know its frameworks" in waiting.what)
    ran = scene.run(znode=None)
    assert (ran.status, ran.writes, len(scene.held())) == (5, [], 11)
    assert any("to know its frameworks" in waiting.what for waiting in ran.of(Waiting))
    assert any("Date header of the master's answers is wrong" in notice for notice in ran.outcome.notices)


def test_l4_texts_that_are_only_shown_spoil_nothing_in_whatever_encoding(scene: Scene, gate: Gate) -> None:
    scene.control.elected_ago(3600)
    scene.control.subscribe("other", "other-role", "other-principal")
    changes = [
        ("GET_FRAMEWORKS", b'"name":"other"', b'"name":"caf\xe9"'),
        ("master/slaves", b'"hostname":"127.0.0.1"', b'"hostname":"caf\xe9"'),
        ("metrics/snapshot", b"{", b'{"caf\xe9":"odd","x/p50":nan,'),
    ]
    for call, old, new in changes:
        rule, shown = answered(scene, gate, call, nth=1)
        assert old in shown
        rule.answer_instead(http(200, shown.replace(old, new, 1)))
    scene.is_clean(scene.run())
