"""Just after a teardown executors may still write (rule D5)."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from janitor.cleanup.memory import Memory
from janitor.cleanup.writers import Ready, writers
from janitor.mesos.cluster import Framework, OwnState, Unknown
from tests.unit.builders import Item, agent, case, framework, job, look, own_state, reserved, snapshot

F1 = {"framework_id": "F1"}


def _ready(
    ended: Framework,
    *items: Item,
    own: dict[str, OwnState | Unknown] | None = None,
    dated: bool = True,
    later: float = 0.0,
) -> Ready:
    """Who of S1 and S2 may be written to, in a look `later` seconds after the first."""
    held = items or (reserved(),)
    asked = job()
    seen = snapshot(agent("S1", *held), agent("S2", *held), frameworks=[ended], own=own, dated=dated)
    memory = Memory().after_look(look(seen, now=1000.0), asked)
    inventory = look(seen, now=1000.0 + later)
    return writers(case(inventory, asked, memory), seen.agents)


def _ids(ready: Ready) -> list[str]:
    return [agent.id for agent in ready.agents]


@pytest.mark.parametrize(("age", "waits"), [(0.0, True), (29.9, True), (30.0, False), (5000.0, False)])
def test_d5_a_framework_that_ended_less_than_half_a_minute_ago_is_waited_out(age: float, waits: bool) -> None:
    ready = _ready(framework(ended=age))
    assert _ids(ready) == ([] if waits else ["S1", "S2"])
    assert ready.ask == ({"S1", "S2"} if waits else set())
    assert [wait.at_most for wait in ready.waits] == ([pytest.approx(30.0 - age)] if waits else [])


@pytest.mark.parametrize(
    ("ended", "items", "waits"),
    [
        (framework(ended=1.0), [reserved()], True),
        (framework(), [reserved()], False),
        (framework(ended=1.0, principal="another"), [reserved()], False),
        (framework(ended=1.0, principal=None), [reserved()], True),
        (framework("F1", "x", "other-role", ended=1.0), [reserved()], False),
        (framework("F1", "x", "other-role", ended=1.0, principal="another"), [reserved(labels=F1)], True),
    ],
    ids=["ended", "not ended", "of another principal", "of an unknown one", "of another role", "named by a label"],
)
def test_d5_only_a_framework_that_could_own_the_selection_is_waited_out(
    ended: Framework, items: list[Item], waits: bool
) -> None:
    assert bool(_ready(ended, *items).waits) is waits


def test_d5_an_agent_whose_own_state_shows_no_executor_of_it_is_ready_and_the_others_are_asked() -> None:
    ready = _ready(
        framework("F1", ended=1.0), own={"S1": own_state(executors=["F2"]), "S2": own_state(executors=["F1"])}
    )
    assert _ids(ready) == ["S1"]
    assert ready.ask == {"S2"}
    assert "1 agent " in ready.waits[0].what


def test_l4_an_agent_whose_own_state_cannot_be_read_is_waited_for() -> None:
    ready = _ready(framework("F1", ended=1.0), own={"S1": own_state(), "S2": Unknown("connection refused")})
    assert _ids(ready) == ["S1"]
    assert ready.ask == {"S2"}


def test_d5_once_every_agent_is_clear_nothing_is_waited_for() -> None:
    assert _ready(framework(ended=1.0), own={"S1": own_state(), "S2": own_state()}).waits == ()


@pytest.mark.parametrize(("later", "waits"), [(0.0, True), (29.0, True), (31.0, False)])
def test_l4_where_the_master_tells_no_date_the_run_itself_waits_half_a_minute(later: float, waits: bool) -> None:
    assert bool(_ready(framework(ended=5000.0), dated=False, later=later).waits) is waits


def test_d5_nothing_is_waited_for_where_nothing_is_selected() -> None:
    asked = job(principal="absent")
    seen = snapshot(agent("S1", reserved()), frameworks=[framework(ended=1.0)])
    assert writers(case(look(seen), asked), ()).waits == ()


@pytest.mark.parametrize(("later", "waits"), [(0.0, True), (29.0, True), (31.0, False)])
def test_l7_a_framework_whose_end_has_no_time_is_as_old_as_this_run_knows(later: float, waits: bool) -> None:
    nobody_knows = replace(framework(ended=1.0), completed_at=math.inf)
    assert bool(_ready(nobody_knows, later=later).waits) is waits
