"""Rule L6 with `--wait-for-agents`: when the rest is clean the run stays, and cleans each agent as it returns."""

from __future__ import annotations

import re

import pytest

from janitor.events import Acting, Answered, Staying, Waiting
from tests.clock import HANGS
from tests.engine.conftest import Make
from tests.engine.scene import Scene

DAY = 86400.0


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks again soon: these runs stay for as long as it takes, not for days."""
    monkeypatch.setattr("janitor.cleanup.run.STAY_EVERY", 0.05)


@pytest.mark.parametrize("version", ["1.2", "1.12"])
def test_l6_an_agent_that_returns_is_cleaned_and_the_znode_goes(make: Make, version: str) -> None:
    """Much more time than --timeout passes meanwhile."""
    scene = make(version)
    scene.kafka()
    away = scene.agents[1]

    def returns() -> None:
        scene.clock.jump(DAY / 2)
        scene.control.start_agent(away)

    scene.recorder.on(Acting, lambda: (scene.control.stop_agent(away), scene.control.mark_unreachable(away)))
    scene.recorder.on(Staying, returns, nth=3)
    recorder = scene.recorder
    ran = scene.run(wait_for_agents=DAY)
    scene.is_clean(ran)
    stays = recorder.of(Staying)
    (what,) = {stay.what for stay in stays}
    assert re.fullmatch(rf"agent {away} on \S+ to be back", what)
    assert (stays[0].waited, stays[0].at_most) == (0, DAY)
    answered = [event.agent_id for event in recorder.of(Answered) if event.status == 202]
    assert answered[-2:] == [away, away]


def test_l6_when_the_time_is_over_what_is_left_is_told(scene: Scene) -> None:
    away = scene.agents[1]
    scene.recorder.on(Acting, lambda: (scene.control.stop_agent(away), scene.control.mark_unreachable(away)))
    scene.recorder.on(Staying, lambda: scene.clock.jump(DAY), nth=2)
    ran = scene.run(wait_for_agents=DAY)
    assert (ran.status, scene.znode(), len(ran.of(Staying))) == (5, True, 2)
    assert {left.agent_id for left in ran.outcome.leftovers} == {away}
    assert ran.outcome.error is None
    assert len(scene.held()) == 4


def test_l6_nobody_stays_for_what_no_agent_brings_back(scene: Scene) -> None:
    """A write that is refused for good ends the run at once, though an agent is away, too."""
    away = scene.agents[1]
    scene.recorder.on(Acting, lambda: (scene.control.stop_agent(away), scene.control.mark_unreachable(away)))
    nobodys = {"principals": {"type": "ANY"}, "reserver_principals": {"type": "NONE"}}
    scene.control.set_access(acls={"permissive": True, "unreserve_resources": [nobodys]})
    ran = scene.run(wait_for_agents=DAY)
    assert (ran.status, ran.of(Staying)) == (5, [])


def test_a_master_that_is_away_meanwhile_comes_back_too(scene: Scene) -> None:
    """For longer than --timeout: that is over while nobody answers."""
    away = scene.agents[1]
    scene.recorder.on(Acting, lambda: (scene.control.stop_agent(away), scene.control.mark_unreachable(away)))

    def back() -> None:
        scene.control.start_master(0)
        scene.control.start_agent(away)

    scene.recorder.on(Staying, lambda: scene.control.stop_master(0), nth=2)
    scene.recorder.on(Waiting, lambda: scene.clock.jump(2 * HANGS), when=lambda event: "a settled view" in event.what)
    scene.recorder.on(Staying, back, nth=3)
    ran = scene.run(wait_for_agents=DAY)
    assert len(ran.of(Staying)) >= 3
    assert ran.status == 0, ran.outcome
