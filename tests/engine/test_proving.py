"""Rules P1 to P3: 202 is a promise, and absence from the master's view no proof."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from janitor.cleanup import settle
from janitor.cleanup.proof import Proof
from janitor.events import Answered, Looked, Waiting
from janitor.mesos import master
from janitor.patience import Patience
from tests.clock import HANGS
from tests.engine.conftest import Make
from tests.engine.scene import Ran, Scene
from tests.engine.test_doing import send
from tests.engine.test_looking import left_on
from tests.engine.tokens import as_user


def proofs(ran: Ran) -> set[Proof | None]:
    """How it is known of the agents that held something that nothing is left there."""
    return {record.proof for record in ran.outcome.agents if record.items}


def shown(scene: Scene, agent: str) -> int:
    """How many items of the role the master shows on an agent."""
    items = scene.control.truth()["agents"][agent]["shown"]
    return sum("kafka-role" in str(item) for item in items)


def test_p1_a_frozen_agent_is_not_clean_until_it_has_done_it(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """The master shows nothing any more, and the agent still holds everything."""
    monkeypatch.setattr(settle, "AT_MOST", 0.1)
    frozen = scene.agents[0]
    scene.control.freeze_agent(frozen)

    def thaw() -> None:
        assert shown(scene, frozen) == 0
        assert len(scene.control.held_by(frozen, "kafka-role")) == 4
        assert scene.znode()
        scene.control.thaw_agent(frozen)

    scene.recorder.on(Waiting, thaw, when=lambda waiting: frozen in waiting.what)
    ran = scene.run()
    scene.is_clean(ran)
    assert proofs(ran) == {Proof.BY_OPERATIONS}


def only_one_holds(scene: Scene, frozen: str, waiting: Waiting) -> bool:
    """It is waited for an agent, and nobody else holds anything any more."""
    others = [agent for agent in scene.agents if agent != frozen]
    return frozen in waiting.what and not any(scene.control.held_by(agent, "kafka-role") for agent in others)


@pytest.mark.parametrize("version", ["1.4", "1.12"])
def test_p1_a_frozen_agent_at_the_deadline(make: Make, version: str) -> None:
    scene = make(version)
    scene.kafka()
    frozen = scene.agents[0]
    scene.control.freeze_agent(frozen)
    scene.recorder.on(Waiting, scene.clock.jump, when=lambda waiting: only_one_holds(scene, frozen, waiting))
    ran = scene.run()
    assert (ran.status, scene.znode()) == (5, True)
    assert [len(scene.control.held_by(agent, "kafka-role")) for agent in scene.agents] == [4, 0, 0, 0]
    assert frozen in str(ran.outcome.leftovers)
    scene.control.thaw_agent(frozen)
    scene.is_clean(scene.run())


@pytest.mark.parametrize("version", ["1.4", "1.12"])
def test_p1_a_frozen_agent_that_is_declared_unreachable_is_a_leftover(
    make: Make, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its reservations come back with it, and the next run cleans them.

    It does not answer for its own state either.
    """
    monkeypatch.setattr(master, "_OWN_STATE_SECONDS", 1.0)
    scene = make(version)
    scene.kafka()
    frozen = scene.agents[0]
    scene.control.freeze_agent(frozen)
    window_ends = partial(scene.control.mark_unreachable, frozen)
    scene.recorder.on(Waiting, window_ends, when=lambda waiting: frozen in waiting.what)
    ran = scene.run()
    assert (ran.status, scene.znode()) == (5, True)
    assert "saw it hold" in left_on(ran, frozen)
    scene.control.thaw_agent(frozen)
    assert len(scene.control.held_by(frozen, "kafka-role")) == 4
    scene.is_clean(scene.run())


@pytest.mark.parametrize("version", ["1.4", "1.12"])
def test_p1_an_agent_that_comes_back_with_its_reservation_is_cleaned_again(make: Make, version: str) -> None:
    """The messages to it are lost with its connection; what it holds is what it shows when it is back."""
    scene = make(version)
    scene.kafka()
    back = scene.agents[2]
    scene.control.hold_operations()

    def drop() -> None:
        assert shown(scene, back) == 0
        scene.control.disconnect_agent(back)
        scene.control.set(apply_delay=0.01)
        scene.control.release_operations()
        scene.control.start_agent(back)

    scene.recorder.on(Answered, drop, when=lambda answered: answered.agent_id == back)
    ran = scene.run()
    scene.is_clean(ran)
    again = [write for write in ran.writes if write["agent"] == back]
    assert version == "1.4" or len(again) == 2, "an agent of 1.4 takes the master's view instead"


def test_p1_operations_of_an_earlier_run_are_waited_for(scene: Scene) -> None:
    """A run that was ended after its writes: the next one sees nothing left, and something still under way."""
    scene.control.hold_operations()
    scene.recorder.on(Waiting, scene.clock.jump, when=lambda waiting: "to apply" in waiting.what)
    ran = scene.run()
    assert (ran.status, len(scene.held()), scene.znode()) == (5, 11, True)

    def release() -> None:
        assert scene.znode()
        scene.control.set(apply_delay=0.01)
        scene.control.release_operations()

    scene.recorder.on(Waiting, release, when=lambda waiting: "to apply" in waiting.what)
    ran = scene.run()
    scene.is_clean(ran)
    assert ran.writes == []


def test_p1_anybody_elses_pending_operation_is_not_waited_for(scene: Scene) -> None:
    """Somebody reserves for another role at the same moment, and his agent takes its time."""
    scene.neighbours()
    scene.control.freeze_agent(scene.agents[3])
    items = [item for item in scene.control.held_by(scene.agents[3], "cassandra-role") if item["name"] == "ports"]
    send(scene, "UNRESERVE_RESOURCES", scene.agents[3], items)
    ran = scene.run()
    scene.is_clean(ran)
    assert not [waiting for waiting in ran.of(Waiting) if "apply" in waiting.what]


@pytest.mark.parametrize("version", ["1.2", "1.4"])
def test_p2_old_agents_are_proven_by_their_own_state(make: Make, version: str) -> None:
    scene = make(version)
    scene.kafka()
    scene.control.hold_operations()

    def release() -> None:
        assert [shown(scene, agent) for agent in scene.agents] == [0, 0, 0, 0]
        assert scene.znode()
        scene.control.set(apply_delay=0.01)
        scene.control.release_operations()

    scene.recorder.on(Waiting, release, when=lambda waiting: "to apply it" in waiting.what, nth=2)
    ran = scene.run()
    scene.is_clean(ran)
    assert proofs(ran) == {Proof.BY_OWN_STATE}


def test_p2_old_agents_under_a_new_master(make: Make) -> None:
    """GET_OPERATIONS is there, and tells nothing of an agent without the capability."""
    scene = make("1.9", agents=[{}, {"version": "1.4"}, {}, {}])
    scene.kafka()
    ran = scene.run()
    scene.is_clean(ran)
    asked = {request["to"] for request in ran.requests if request["path"] == "/slave(1)/state"}
    assert asked == {scene.agents[1]}
    assert proofs(ran) == {Proof.BY_OWN_STATE, Proof.BY_OPERATIONS}


def test_p2_old_agents_one_after_the_other(make: Make) -> None:
    """What one agent has proven is not forgotten while another is waited for."""
    scene = make("1.4")
    scene.kafka()
    scene.control.hold_operations()
    for number in range(3):
        scene.recorder.on(
            Waiting,
            lambda: scene.control.release_operations(2),
            when=lambda waiting: "to apply it" in waiting.what,
            nth=number + 1,
        )
    scene.is_clean(scene.run())


def test_p2_where_agents_cannot_be_asked_their_answers_to_pings_prove_it(make: Make) -> None:
    scene = make("1.4", agents_listen=False, ping_timeout=0.3, ping_limit=2)
    scene.kafka()
    ran = scene.run()
    scene.is_clean(ran)
    assert proofs(ran) == {Proof.BY_PINGS}
    assert ran.outcome.seconds > 0.6
    assert any("pings" in waiting.what for waiting in ran.of(Waiting))


def test_p2_the_ping_window_is_the_masters_own(make: Make) -> None:
    """Five pings of 15 s, and the one before them, which may just have been answered."""
    scene = make("1.4", agents_listen=False)
    scene.kafka()
    scene.recorder.on(Waiting, scene.clock.jump, when=lambda waiting: waiting.at_most == 90)
    ran = scene.run(timeout=600)
    assert (ran.status, scene.znode()) == (5, True)
    assert any(waiting.at_most == 90 for waiting in ran.of(Waiting))
    assert "pings" in str(ran.outcome.leftovers)


def test_p2_flags_are_read_by_the_names_by_which_they_were_set(make: Make) -> None:
    """DC/OS sets the old ones: twenty pings, five minutes."""
    scene = make("1.4", agents_listen=False, ping_limit=20, old_flag_names=True)
    scene.kafka()
    scene.recorder.on(Waiting, scene.clock.jump, when=lambda waiting: waiting.at_most == 315)
    ran = scene.run(timeout=600)
    assert (ran.status, scene.znode()) == (5, True)
    assert "--timeout 375s" in str(ran.outcome.leftovers)


@pytest.mark.parametrize("version", ["1.0", "1.4"])
def test_p2_an_agent_that_waits_to_be_removed_has_answered_nothing(
    make: Make, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another one was removed a moment ago, and the master removes one in 20 minutes: until then this one is active."""
    monkeypatch.setattr(master, "_OWN_STATE_SECONDS", 0.5)
    scene = make(version, ping_timeout=0.1, ping_limit=2, removal_rate_limit="1/20mins", old_flag_names=True)
    scene.kafka()
    frozen, other = scene.agents[0], scene.agents[3]
    scene.control.freeze_agent(other)
    Patience(HANGS).poll(lambda: None if listed(scene, other) else True)
    scene.control.freeze_agent(frozen)
    scene.recorder.on(Waiting, scene.clock.jump, when=lambda waiting: "1 agent to remove" in waiting.what)
    ran = scene.run()
    assert (ran.status, scene.znode()) == (5, True)
    assert len(scene.control.held_by(frozen, "kafka-role")) == 4
    assert frozen in str(ran.outcome.leftovers)
    assert "1/20mins" in str(ran.outcome.leftovers)
    scene.control.thaw_agent(frozen)
    monkeypatch.undo()
    scene.is_clean(scene.run(lost=[other]))


def listed(scene: Scene, agent: str) -> bool:
    """Whether the master lists an agent."""
    return bool(scene.control.truth()["agents"][agent]["registered"])


def test_p2_agents_that_want_a_login_are_proven_by_pings(make: Make) -> None:
    """Light looks and whole ones come to the same proof: there was a time when they disagreed until the deadline."""
    scene = make("1.4", agents_ask=True, ping_timeout=0.5, ping_limit=4)
    scene.kafka()
    ran = scene.run(target=as_user(scene, {}))
    scene.is_clean(ran)
    assert proofs(ran) == {Proof.BY_PINGS}


# --- P2a: a run has no memory of the one before it --------------------------------------------------------------------


@pytest.mark.parametrize("asked", [{}, {"role": None, "principal": None}], ids=["a role and a znode", "a znode only"])
@pytest.mark.parametrize("version", ["1.2", "1.4"])
def test_p2a_a_second_run_does_not_believe_the_master(
    make: Make, version: str, asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first run was answered 202, and the agent hangs all the while."""
    monkeypatch.setattr(master, "_OWN_STATE_SECONDS", 0.5)
    scene = make(version)
    scene.kafka()
    frozen = scene.agents[0]
    scene.control.freeze_agent(frozen)
    scene.recorder.on(Waiting, scene.clock.jump, when=lambda waiting: only_one_holds(scene, frozen, waiting))
    assert scene.run().status == 5
    assert shown(scene, frozen) == 0

    scene.recorder.on(Waiting, scene.clock.jump, when=lambda waiting: frozen in waiting.what)
    ran = scene.run(**asked)
    assert (ran.status, scene.znode()) == (5, True)
    assert frozen in str(ran.outcome.leftovers)
    assert "--timeout 150s" in str(ran.outcome.leftovers), "without more time a third run would know no more"

    scene.control.thaw_agent(frozen)
    monkeypatch.undo()
    ran = scene.run(**asked)
    scene.is_clean(ran)
    assert any(
        "Checked on 4 that show nothing of it: the agent's own state shows none of it" in notice
        for notice in ran.outcome.notices
    )


def test_p2a_what_the_agents_still_show_is_waited_for(make: Make) -> None:
    """The first run ended after its writes: their messages are still under way."""
    scene = make("1.4")
    scene.kafka()
    scene.control.hold_operations()
    scene.recorder.on(Waiting, scene.clock.jump, when=lambda waiting: "to apply it" in waiting.what)
    assert scene.run().status == 5

    def release() -> None:
        assert [shown(scene, agent) for agent in scene.agents] == [0, 0, 0, 0]
        assert scene.znode()
        scene.control.set(apply_delay=0.01)
        scene.control.release_operations()

    scene.recorder.on(Waiting, release, when=lambda waiting: "to apply it" in waiting.what)
    ran = scene.run()
    scene.is_clean(ran)
    assert ran.writes == []


def test_p2a_every_agent_is_asked_once(make: Make) -> None:
    scene = make("1.4")
    ran = scene.run(znode=None)
    assert ran.status == 0
    asked = [request["to"] for request in ran.requests if request["path"] == "/slave(1)/state"]
    assert sorted(asked) == sorted(scene.agents)


@pytest.mark.parametrize("version", ["1.8", "1.12"])
def test_p2a_nobody_is_asked_where_the_master_tells_what_agents_have_done(make: Make, version: str) -> None:
    scene = make(version)
    ran = scene.run(znode=None)
    assert ran.status == 0
    assert not [request for request in ran.requests if request["to"] in scene.agents]
    assert len(ran.of(Looked)) == 1


def test_p2a_an_agent_that_goes_before_it_has_proven_anything_is_no_clean_one(
    make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(master, "_OWN_STATE_SECONDS", 0.5)
    scene = make("1.4")
    frozen = scene.agents[0]
    scene.control.freeze_agent(frozen)
    scene.recorder.on(
        Waiting, lambda: scene.control.mark_unreachable(frozen), when=lambda waiting: frozen in waiting.what
    )
    ran = scene.run(znode=None)
    assert ran.status == 5
    assert "before it was proven" in left_on(ran, frozen)


def test_p2a_a_dry_run_says_what_it_does_not_know(make: Make) -> None:
    scene = make("1.4", agents_listen=False)
    ran = scene.run(dry_run=True)
    assert ran.status == 0
    assert any("Not known yet" in notice and "pings" in notice for notice in ran.outcome.notices)


def test_p2_an_agent_is_asked_without_the_token(make: Make) -> None:
    scene = make("1.4")
    scene.kafka()
    ran = scene.run(target=as_user(scene, {}))
    scene.is_clean(ran)
    to_agents = [request for request in ran.requests if request["to"] in scene.agents]
    assert to_agents
    assert not [request for request in to_agents if request["authorization"]]
    assert all(r["authorization"] for r in ran.requests if r["to"] not in scene.agents)


def test_p3_a_leftover_says_where_what_why_and_what_to_do(make: Make) -> None:
    scene = make(agents_listen=False)
    scene.kafka()
    away = scene.agents[1]
    scene.control.disconnect_agent(away)
    window_ends = partial(scene.control.mark_unreachable, away)
    scene.recorder.on(Waiting, window_ends, when=lambda waiting: "connect again" in waiting.what)
    ran = scene.run()
    assert (ran.status, scene.znode()) == (5, True)
    held = {"cpus:1", "mem:512", "ports:[31001-31001]", "disk:500"}
    assert {left.item for left in ran.outcome.leftovers} == held
    for left in ran.outcome.leftovers:
        assert left.agent_id == scene.agents[1]
        assert left.host == "10.0.0.2"
        assert left.words
        assert "--lost-agent" in left.remedy
