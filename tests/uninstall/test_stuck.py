"""Every reason why an unreserve step does not end, its evidence, and what --force-complete-missing does about it."""

from __future__ import annotations

import shlex
from collections.abc import Callable

import pytest

from janitor.cli.engine import Engine
from janitor.events import PlanSeen, Told, Waiting
from janitor.uninstall.situation import WaitLimits
from tests.cli.terminal import janitor
from tests.uninstall.conftest import Make
from tests.uninstall.scene import SOON, Scene, Uninstalled


def forced(ran: Uninstalled) -> list[str]:
    return [step for step in ran.ended.taken if step.startswith("Force ")]


def on_told(scene: Scene, part: str, action: Callable[[], object]) -> None:
    scene.recorder.on(Told, action, when=lambda event: part in event.text)


@pytest.mark.parametrize("sdk", ["0.18.0", "0.40.0", "0.57.3"])
def test_a_gone_agent_is_safe_and_forced_by_command_only(make: Make, sdk: str) -> None:
    """Old releases have one phase for all hosts: there the tasks alone tell where a reservation is."""
    scene = make("1.9")
    agent = scene.begun(sdk)
    scene.control.stop_agent(agent)
    scene.control.mark_gone(agent)
    scene.services.hold("kafka", False)
    ran = scene.uninstall()
    assert ran.status == 5
    assert f"agent {agent}" in ran.ended.why
    assert "marked gone: it never returns" in ran.ended.why
    assert ran.ended.remedy == f"Force them: janitor uninstall kafka --force-complete-missing --dcos-url {scene.url}"
    assert forced(ran) == []
    again = scene.uninstall(force_missing=True)
    assert again.status == 0, again.ended
    ids = scene.control.held_by(agent, "kafka-role")
    assert len(forced(again)) == len(ids) > 0
    for step in forced(again):
        assert "marked gone" in step
    assert not scene.znode()
    assert "/kafka" not in scene.dcos.apps()


def test_a_disconnected_agent_is_waited_for(scene: Scene) -> None:
    """It may come back: nothing is forced, whatever was asked for; it comes back, and the uninstall ends."""
    agent = scene.begun()
    scene.control.disconnect_agent(agent)
    scene.services.hold("kafka", False)
    on_told(scene, "is disconnected; it may come back", lambda: scene.control.start_agent(agent))
    ran = scene.uninstall(force_missing=True)
    scene.is_gone(ran)
    assert forced(ran) == []
    assert "is disconnected; it may come back" in ran.text


def test_out_of_time_names_what_is_stuck(scene: Scene) -> None:
    agent = scene.begun()
    scene.control.disconnect_agent(agent)
    scene.services.hold("kafka", False)
    on_told(scene, "is disconnected; it may come back", scene.clock.jump)
    ran = scene.uninstall(force_missing=True)
    assert ran.status == 5
    assert "Out of time after 540 s" in ran.ended.why
    assert f"Agent {agent}" in ran.ended.why
    assert "is disconnected" in ran.ended.why
    assert ran.ended.remedy is not None
    assert "janitor status kafka" in ran.ended.remedy


def test_an_unreachable_agent_is_named_with_the_time(scene: Scene) -> None:
    agent = scene.begun()
    scene.control.stop_agent(agent)
    scene.control.mark_unreachable(agent)
    scene.services.hold("kafka", False)
    on_told(scene, "is unreachable since 20", lambda: scene.control.start_agent(agent))
    ran = scene.uninstall(force_missing=True)
    scene.is_gone(ran)
    assert forced(ran) == []


def test_on_the_operators_word_an_unreachable_agent_is_given_up_and_how_to_come_back_is_written_down(
    scene: Scene,
) -> None:
    agent = scene.begun()
    scene.control.stop_agent(agent)
    scene.control.mark_unreachable(agent)
    scene.services.hold("kafka", False)
    ran = scene.uninstall(force_missing=True, lost_agents=(agent,))
    assert ran.status == 0, ran.ended
    assert "never returns (--lost-agent)" in ran.text
    left = scene.control.held_by(agent, "kafka-role")
    assert len(forced(ran)) == len(left) > 0
    assert len(ran.ended.comebacks) == 1
    command = ran.ended.comebacks[0]
    # The day comes: the agent is back, and so is what it held. A neighbour has moved in under the same role.
    scene.control.start_agent(agent)
    scene.control.reserve(
        scene.agents[0], "kafka-role", "kafka-principal", cpus=1, labels={"resource_id": "a-new-kafka"}
    )
    again = janitor(*shlex.split(command)[1:], engine=Engine())
    assert again.status == 0, (again.stdout, again.stderr)
    assert scene.control.held_by(agent, "kafka-role") == []
    assert len(scene.held("kafka-role")) == 1, "what was not given up on is gone, too"


def test_a_lost_agent_that_answers_is_a_usage_error(scene: Scene) -> None:
    """Rule L6."""
    agent = scene.begun()
    ran = scene.janitor("uninstall", "kafka", "--yes", "--lost-agent", agent)
    assert ran.status == 1
    assert "registered and answers: it is not lost" in ran.stderr


def test_an_offer_to_another_framework(scene: Scene) -> None:
    scene.begun()
    told = scene.services.look("kafka")
    for task in told["tasks"].values():
        scene.control.end_task(told["framework_id"], task["id"], "TASK_KILLED")
    scene.control.finish_executors()
    other = scene.control.subscribe("greedy", "kafka-role", "greedy-principal", holds_offers=True)
    scene.services.hold("kafka", False)
    seen: list[bool] = []

    def let_go() -> None:
        seen.append(True)
        scene.control.teardown(other)

    on_told(scene, f"it is in an offer to framework greedy ({other})", let_go)
    ran = scene.uninstall(force_missing=True)
    assert ran.status == 0, ran.ended
    assert seen == [True]
    assert forced(ran) == []


def test_a_task_that_does_not_end(scene: Scene) -> None:
    """Its own task holds the reservation until its executor is gone."""
    agent = scene.begun()
    on_told(scene, "uses it: that has to end first", scene.clock.jump)
    ran = scene.uninstall(force_missing=True)
    assert ran.status == 5
    assert forced(ran) == []
    text = ran.text
    assert f"Agent {agent} on " in text
    assert "a task of framework kafka (" in text
    assert "uses it: that has to end first" in text
    scene.services.hold("kafka", False)
    scene.is_gone(scene.uninstall())


def test_a_drained_agent(scene: Scene) -> None:
    agent = scene.begun()
    scene.control.deactivate_agent(agent)
    scene.services.hold("kafka", False)
    on_told(scene, "is drained or deactivated", lambda: scene.control.reactivate_agent(agent))
    ran = scene.uninstall(force_missing=True)
    scene.is_gone(ran)
    assert forced(ran) == []


def test_a_reservation_that_vanished_is_safe(scene: Scene) -> None:
    """Somebody else gave it back: its agent is active, the view is whole, and it is not there."""
    agent = scene.begun()
    scene.control.deactivate_agent(agent)
    scene.services.hold("kafka", False)
    told: list[bool] = []

    def vanish() -> None:
        told.append(True)
        scene.control.unreserve(agent, scene.control.held_by(agent, "kafka-role"))
        scene.control.reactivate_agent(agent)

    on_told(scene, "is drained or deactivated", vanish)
    ran = scene.uninstall(force_missing=True)
    assert told == [True]
    scene.is_gone(ran)
    assert forced(ran) != []
    for step in forced(ran):
        assert f"agent {agent}" in step
        assert "is active and does not hold it any more" in step
    assert ran.ended.comebacks == (), "nothing was given up: it is nowhere"


def test_a_restart_of_the_scheduler_forgets_and_is_forced_again(scene: Scene) -> None:
    agent = scene.begun()
    scene.control.stop_agent(agent)
    scene.control.mark_gone(agent)
    scene.services.hold("kafka", False)
    # At the third step that it forces, the scheduler is started anew.
    scene.recorder.on(
        Told, lambda: scene.services.restart("kafka"), when=lambda event: event.text.startswith("Force "), nth=3
    )
    ran = scene.uninstall(force_missing=True)
    assert ran.status == 0, ran.ended
    names = [step.split(". ")[0] for step in forced(ran)]
    assert len(names) > len(set(names)), "nothing was forced a second time"
    assert len(set(names)) == len(scene.control.held_by(agent, "kafka-role"))


def test_an_agent_that_the_master_does_not_know_is_not_safe(scene: Scene) -> None:
    """It may register again. The master that knew it is gone, and the registry was lost."""
    agent = scene.begun()
    scene.control.stop_agent(agent)
    scene.control.mark_unreachable(agent)
    scene.rehearsal.sandbox.call(lambda: scene.rehearsal.sandbox.world.registry.unreachable.pop(agent))
    scene.services.hold("kafka", False)
    on_told(scene, "it may", scene.clock.jump)
    ran = scene.uninstall(force_missing=True)
    assert ran.status == 5
    assert "it may" in ran.text
    assert forced(ran) == []


def test_both_safe_and_unsafe_ones_exactly_the_safe_are_forced(scene: Scene) -> None:
    gone = scene.begun()
    away = next(agent for agent in scene.agents if agent != gone)
    scene.control.stop_agent(gone)
    scene.control.mark_gone(gone)
    scene.control.disconnect_agent(away)
    scene.services.hold("kafka", False)
    held = {_id(item) for item in scene.control.held_by(gone, "kafka-role")}

    def all_are_forced(told: Told) -> bool:
        told_of = [one.text for one in scene.recorder.of(Told)]
        return sum(text.startswith("Force ") for text in told_of) >= len(held) and any(away in one for one in told_of)

    scene.recorder.on(Waiting, scene.clock.jump, when=all_are_forced)
    ran = scene.uninstall(force_missing=True)
    assert ran.status == 5
    assert {step.split("unreserve-")[-1].split(".")[0] for step in forced(ran)} == held
    assert not any(told.text.endswith("..") for told in ran.of(Told))
    assert f"Agent {away}" in ran.ended.why


def _id(item: dict[str, object]) -> str:
    reservations = item["reservations"]
    assert isinstance(reservations, list)
    labels = reservations[-1]["labels"]["labels"]
    return str(next(label["value"] for label in labels if label["key"] == "resource_id"))


# --- before the uninstall begins --------------------------------------------------------------------------------------


def test_a_pod_on_a_gone_agent_is_replaced_before_the_uninstall(make: Make) -> None:
    """Then nothing is stuck: what the scheduler does not know any more, it does not wait for."""
    scene = make(agents=4)
    scene.services.run("kafka")
    agent = scene.services.look("kafka")["tasks"]["kafka-1"]["agent"]
    scene.control.stop_agent(agent)
    scene.control.mark_gone(agent)
    ran = scene.uninstall()
    assert ran.status == 0, ran.ended
    assert any("Replace pod kafka-1" in question for question, _ in ran.asked)
    assert "kafka-1" in [name for _, name in ran.asked]
    assert any(step.startswith("Replace pod kafka-1") for step in ran.ended.taken)
    assert forced(ran) == []


def test_a_pod_that_starts_nowhere_else(scene: Scene) -> None:
    """Three brokers, three agents, and one of them gone: there is no room."""
    scene.services.run("kafka")
    agent = scene.services.look("kafka")["tasks"]["kafka-1"]["agent"]
    scene.control.stop_agent(agent)
    scene.control.mark_gone(agent)
    ran = scene.uninstall(limits=WaitLimits(pods_elsewhere=0.5))
    assert ran.status == 5
    assert "kafka-1 did not start on another agent" in ran.ended.why
    assert "janitor uninstall kafka --force-complete-missing" in (ran.ended.remedy or "")
    assert not scene.services.look("kafka")["uninstalling"]


def test_a_pod_that_is_not_to_be_replaced_is_forced_later(scene: Scene) -> None:
    scene.services.run("kafka")
    agent = scene.services.look("kafka")["tasks"]["kafka-1"]["agent"]
    scene.control.stop_agent(agent)
    scene.control.mark_gone(agent)
    ran = scene.uninstall(confirm=lambda question, _: "Replace pod" not in question)
    assert ran.status == 5
    assert "--force-complete-missing" in (ran.ended.remedy or "")
    assert scene.uninstall(force_missing=True).status == 0


def test_a_pod_on_an_agent_that_is_away_is_warned_of(scene: Scene) -> None:
    scene.services.run("kafka")
    agent = scene.services.look("kafka")["tasks"]["kafka-1"]["agent"]
    scene.control.stop_agent(agent)
    scene.control.mark_unreachable(agent)
    ran = scene.uninstall(confirm=False)
    assert ran.status == 6
    assert f"Pod kafka-1 is on agent {agent}, which is away" in ran.text
    assert f"--lost-agent {agent}" in ran.text


# --- zombies, and schedulers that are away ----------------------------------------------------------------------------


@pytest.mark.parametrize("answer", [True, False])
def test_a_zombie_is_explained_and_deleted_after_asking(scene: Scene, answer: bool) -> None:
    scene.services.run("kafka")
    scene.services.uninstall("kafka")
    scene.services.restart_cosmos()
    ran = scene.uninstall(confirm=answer, limits=SOON)
    assert [question for question, _ in ran.asked] == [
        "The uninstall of kafka is complete and its framework is gone, but Cosmos has not removed the app: it was "
        "restarted, or its token expired. Delete app /kafka from Marathon?"
    ]
    if answer:
        scene.is_gone(ran)
    else:
        assert (ran.status, ran.ended.why) == (6, "Not confirmed: nothing was done.")
        assert "/kafka" in scene.dcos.apps()


def test_what_is_left_half_done_is_told_with_the_command_that_goes_on(scene: Scene) -> None:
    scene.services.run("kafka")
    ran = scene.uninstall(way="manual", confirm=lambda question, _: "Shut down" not in question)
    assert (ran.status, "/kafka" in scene.dcos.apps()) == (6, False)
    assert ran.ended.why.startswith("Not confirmed: Shut down framework kafka (")
    assert (ran.ended.remedy or "").startswith("To go on: janitor uninstall kafka --manual")


def test_a_zombie_is_not_one_within_a_minute(scene: Scene) -> None:
    scene.services.run("kafka")
    scene.services.uninstall("kafka")
    scene.services.restart_cosmos()
    scene.clock.stop()  # so that the minute is over, or not, by the test alone
    scene.recorder.on(Waiting, lambda: scene.clock.jump(40), when=lambda event: "Cosmos to remove" in event.what)
    ran = scene.uninstall(timeout=30)
    assert (ran.status, ran.asked) == (5, [])
    assert "Cosmos to remove /kafka" in ran.text


def test_a_scheduler_that_restarts_is_waited_for(scene: Scene) -> None:
    scene.begun()
    scene.services.answer("kafka", 503)
    scene.services.hold("kafka", False)
    seen: list[int] = []

    def back() -> None:
        seen.append(1)
        scene.services.answer("kafka", None)

    scene.recorder.on(Waiting, back, when=lambda event: "the scheduler of kafka to answer" in event.what)
    scene.is_gone(scene.uninstall())
    assert seen == [1]


def test_a_scheduler_that_never_comes_back_the_manual_way_is_offered(scene: Scene) -> None:
    scene.begun()
    scene.services.break_down("kafka")
    scene.services.stop("kafka")
    ran = scene.uninstall(limits=SOON)
    assert ran.status == 5
    assert "has not answered for" in ran.ended.why
    assert "janitor uninstall kafka --manual" in (ran.ended.remedy or "")
    scene.is_gone(scene.uninstall(way="manual"))


def test_out_of_time_before_that_says_so_too(scene: Scene) -> None:
    scene.begun()
    scene.services.stop("kafka")
    scene.recorder.on(Waiting, scene.clock.jump, when=lambda event: "the scheduler of kafka to answer" in event.what)
    ran = scene.uninstall()
    assert ran.status == 5
    assert "waiting for the scheduler of kafka to answer" in ran.ended.why
    assert "Scheduler is restarting (normal, up to 10 minutes): " in ran.ended.why
    assert "plans/deploy: 502 from Admin Router" in ran.ended.why
    assert ran.ended.why.count("502 from Admin Router") == 1
    assert "If its scheduler never comes back: janitor uninstall kafka --manual" in (ran.ended.remedy or "")


def test_a_plan_with_errors_says_so(scene: Scene) -> None:
    """417 carries the plan all the same."""
    scene.begun()
    scene.services.err("kafka", "the secrets could not be listed")
    scene.recorder.on(PlanSeen, scene.clock.jump, when=lambda event: "Errors:" in event.tree)
    ran = scene.uninstall()
    assert ran.status == 5
    assert "the secrets could not be listed" in ran.text
    assert any("Errors:" in event.tree for event in ran.of(PlanSeen))
