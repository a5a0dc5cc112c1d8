"""What was asked for, among what a cluster holds (rules S1 and S2)."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from janitor.cleanup.asked import asks_for_resources, wanted
from janitor.cleanup.job import Job
from janitor.cleanup.selection import Remaining, Selection, pin, remaining
from janitor.mesos.resources import parse
from tests.unit.builders import (
    PRINCIPAL,
    ROLE,
    Item,
    agent,
    job,
    refined,
    reserved,
    static,
    volume,
    volume_on_static,
)

ANY_PRINCIPAL = job(principal=None)


@pytest.mark.parametrize(
    ("item", "asked", "selected"),
    [
        (reserved(), job(), True),
        (reserved(role="kafka-role/sub"), job(), False),
        (reserved(role="kafka-role2"), job(), False),
        (reserved(principal="another"), job(), False),
        (reserved(principal="kafka-principal "), job(), False),
        (reserved(principal=None), job(), False),
        (reserved(principal="another"), ANY_PRINCIPAL, True),
        (reserved(principal=None), ANY_PRINCIPAL, True),
        (reserved(principal="another"), job(any_principal=True), True),
        (static(), ANY_PRINCIPAL, False),
        (static(), job(any_principal=True), False),
        (refined("slave_public", reserved(role="slave_public/kafka-role")), job("slave_public/kafka-role"), True),
        (refined("slave_public", reserved(role="slave_public/kafka-role")), job("slave_public"), False),
        (volume(), job(), True),
        (volume(principal="another"), job(), False),
        (volume_on_static(), job(), True),
        (volume_on_static(principal="another"), job(), False),
        (volume_on_static(principal=None), job(), False),
        (volume_on_static(principal=None), ANY_PRINCIPAL, True),
        (volume_on_static(principal="another"), job(any_principal=True), True),
        (volume_on_static(), job(labels=[("a", "1")]), False),
    ],
)
def test_s1_role_and_principal_are_exact_and_only_the_dynamic_is_selected(
    item: Item, asked: Job, selected: bool
) -> None:
    assert wanted(item.parsed(), asked) is selected


@pytest.mark.parametrize("style", ["old", "new", "both"])
@pytest.mark.parametrize(
    ("labels", "asked", "selected"),
    [
        ({"a": "1"}, [("a", "1")], True),
        ({"a": "1"}, [("a", "2")], False),
        ({"a": "1"}, [("b", "1")], False),
        ({"a": "1"}, [("a", "2"), ("a", "1")], True),
        ({"a": "1", "b": "2"}, [("a", "1"), ("b", "2")], True),
        ({"a": "1", "b": "2"}, [("a", "1"), ("b", "3")], False),
        ({"a": "1", "b": "2"}, [("a", "0"), ("a", "1"), ("b", "2")], True),
        ({"a": "1"}, [("a", "1"), ("b", "2")], False),
        ({}, [("a", "")], False),
        ({"a": ""}, [("a", "")], True),
        ({}, [], True),
    ],
)
def test_s1_of_labels_the_same_key_means_or_and_different_keys_mean_and(
    style: Literal["old", "new", "both"], labels: dict[str, str], asked: list[tuple[str, str]], selected: bool
) -> None:
    assert wanted(parse(reserved(labels=labels).json(style).encode()), job(labels=asked)) is selected


def test_s1_labels_are_those_of_the_top_of_the_stack() -> None:
    below = refined("eng", reserved(role="eng/front", labels={"a": "1"}))
    stack = (replace(below.stack[0], type="DYNAMIC", labels=(("b", "2"),)), below.stack[1])
    item = replace(below, stack=stack).parsed()
    assert wanted(item, job("eng/front", labels=[("a", "1")]))
    assert not wanted(item, job("eng/front", labels=[("b", "2")]))


@pytest.mark.parametrize(("role", "asks"), [(ROLE, True), ("*", False), (None, False)])
def test_s3_the_star_and_no_role_at_all_select_nothing(role: str | None, asks: bool) -> None:
    asked = job(role, None)
    assert asks_for_resources(asked) is asks
    one = agent("S1", reserved(), volume())
    assert bool(pin([one], (), asked).kinds) is asks
    assert bool(remaining(one, pin([one], (), asked), asked).selected) is asks


def _pinned(*items: Item, asked: Job | None = None, expected: tuple[str, ...] = ()) -> Selection:
    return pin([agent("S1", *items)], expected, asked or job())


def _now(selection: Selection, *items: Item, asked: Job | None = None, id: str = "S1") -> Remaining:
    return remaining(agent(id, *items), selection, asked or job())


def _texts(remaining: Remaining) -> tuple[list[str], list[str], list[str]]:
    return (
        sorted(str(item) for item in remaining.selected),
        sorted(str(excess.item) for excess in remaining.excess),
        sorted(str(item) for item in remaining.new),
    )


def test_s2_the_first_look_selects_what_is_there() -> None:
    items = (reserved("cpus", 2.0), reserved("mem", 64.0), volume(), reserved(principal="another"))
    assert _texts(_now(_pinned(*items), *items)) == (["cpus:2", "disk:500 (volume v1)", "mem:64"], [], [])


def test_s2_what_appears_under_another_stack_is_new_and_left() -> None:
    selection = _pinned(reserved("cpus", 2.0, labels={"resource_id": "r1"}))
    seen = _now(
        selection,
        reserved("cpus", 2.0, labels={"resource_id": "r1"}),
        reserved("cpus", 2.0, labels={"resource_id": "r2"}),
        reserved("mem", 2.0, labels={"resource_id": "r1"}),
    )
    assert _texts(seen) == (["cpus:2"], [], ["cpus:2", "mem:2"])
    assert seen.selected[0].top.label("resource_id") == "r1"


@pytest.mark.parametrize(
    "other",
    [
        reserved("disk", 500.0, provider="p1"),
        reserved("disk", 500.0, disk="MOUNT"),
        replace(reserved("disk", 500.0), stack=(*refined("x", reserved()).stack,)),
    ],
    ids=["another provider", "another disk", "another stack below"],
)
def test_s2_provider_disk_and_every_level_of_the_stack_belong_to_the_pin(other: Item) -> None:
    assert _texts(_now(_pinned(reserved("disk", 500.0)), other)) == ([], [], ["disk:500"])


def test_s2_more_than_was_pinned_is_withheld_all_of_it() -> None:
    selection = _pinned(reserved("cpus", 2.0), reserved("mem", 64.0))
    assert _texts(_now(selection, reserved("cpus", 2.001), reserved("mem", 64.0))) == (["mem:64"], ["cpus:2.001"], [])


def test_s2_several_items_of_one_stack_count_together() -> None:
    selection = _pinned(volume("v1", 100.0), volume("v2", 200.0))
    seen = _now(selection, volume("v1", 100.0), reserved("disk", 200.1))
    assert _texts(seen) == ([], ["disk:100 (volume v1)", "disk:200.1"], [])


def test_s2_ranges_beyond_the_pinned_ones_are_withheld() -> None:
    selection = _pinned(reserved("ports", ((31000, 31009),)))
    assert _texts(_now(selection, reserved("ports", ((31005, 31006),))))[0] == ["ports:[31005-31006]"]
    assert _texts(_now(selection, reserved("ports", ((31005, 31010),))))[1] == ["ports:[31005-31010]"]


def test_s2_sets_beyond_the_pinned_ones_are_withheld() -> None:
    selection = _pinned(reserved("racks", frozenset({"a", "b"})))
    assert _texts(_now(selection, reserved("racks", frozenset({"a"}))))[0] == ["racks:{a}"]
    assert _texts(_now(selection, reserved("racks", frozenset({"c"}))))[1] == ["racks:{c}"]


def test_s2_less_than_was_pinned_is_still_selected() -> None:
    assert _texts(_now(_pinned(reserved("cpus", 2.0)), reserved("cpus", 0.5)))[0] == ["cpus:0.5"]


@pytest.mark.parametrize("disk", [None, "PATH", "MOUNT"])
def test_s2_a_volume_and_the_bare_disk_that_it_becomes_are_the_same_thing(disk: str | None) -> None:
    selection = _pinned(volume("v1", 300.0, disk=disk), volume("v2", 200.0, disk=disk))
    seen = _now(selection, reserved("disk", 300.0, disk=disk), volume("v2", 200.0, disk=disk))
    assert _texts(seen) == (["disk:200 (volume v2)", "disk:300"], [], [])
    assert _texts(_now(selection, reserved("disk", 500.0, disk=disk))) == (["disk:500"], [], [])


def test_s2_a_volume_that_was_created_after_the_first_look_is_withheld_with_its_stack() -> None:
    selection = _pinned(reserved("disk", 500.0))
    seen = _now(selection, volume("v9", 100.0), reserved("disk", 400.0))
    assert _texts(seen) == ([], ["disk:100 (volume v9)", "disk:400"], [])
    assert "v9" in seen.excess[0].why


def test_s2_what_came_back_after_it_was_gone_is_still_selected() -> None:
    selection = _pinned(reserved("cpus", 2.0), volume())
    assert _texts(_now(selection)) == ([], [], [])
    assert _texts(_now(selection, volume()))[0] == ["disk:500 (volume v1)"]


def test_d2_what_has_no_positive_value_is_never_selected_and_is_named() -> None:
    items = (reserved("cpus", 0.0), reserved("ports", ()), reserved("mem", 1.0))
    seen = _now(_pinned(*items), *items)
    assert _texts(seen) == (["mem:1"], ["cpus:0", "ports:0"], [])
    assert all("D2" in excess.why for excess in seen.excess)


def test_d2_what_carries_allocation_info_is_never_selected_and_is_named() -> None:
    items = (replace(reserved("cpus", 1.0), allocated=True), reserved("mem", 1.0))
    assert _texts(_now(_pinned(*items), *items)) == (["mem:1"], ["cpus:1"], [])


def _joined(selection: Selection, *items: Item, id: str = "S2", asked: Job | None = None) -> Remaining:
    joined = selection.joined([agent(id, *items)], asked or job())
    return _now(joined, *items, id=id, asked=asked)


def test_s2_an_agent_that_registers_later_may_add_what_carries_a_pinned_stack() -> None:
    selection = _pinned(reserved(labels={"framework_id": "F1", "resource_id": "r1"}), asked=ANY_PRINCIPAL)
    seen = _joined(
        selection,
        reserved("mem", 8.0, labels={"framework_id": "F1", "resource_id": "r2"}),
        reserved("cpus", 1.0, labels={"framework_id": "F2", "resource_id": "r3"}),
        reserved("cpus", 1.0, principal="another", labels={"framework_id": "F1"}),
        asked=ANY_PRINCIPAL,
    )
    assert _texts(seen) == (["mem:8"], [], ["cpus:1", "cpus:1"])


def test_s2_an_agent_that_registers_later_never_adds_what_was_not_asked_for() -> None:
    seen = _joined(_pinned(reserved()), reserved(principal="another"), static(), reserved(role="other"))
    assert _texts(seen) == ([], [], [])


def test_s2_what_an_agent_adds_later_is_pinned_too() -> None:
    selection = _pinned(reserved()).joined([agent("S2", reserved("cpus", 1.0))], job())
    again = selection.joined([agent("S2", reserved("cpus", 2.0), reserved("mem", 1.0))], job())
    assert again.pins == selection.pins


def test_s2_an_agent_of_the_first_look_never_adds_anything_later() -> None:
    selection = pin([agent("S1", reserved()), agent("S2")], (), job())
    assert _texts(_joined(selection, reserved("cpus", 1.0), id="S2")) == ([], [], ["cpus:1"])


def test_s2_where_nothing_was_pinned_an_expected_agent_begins_the_selection_and_another_does_not() -> None:
    selection = pin([agent("S1")], {"S2", "S1"}, job())
    assert selection.expected == {"S2"}
    assert _texts(_joined(selection, reserved(), id="S2"))[0] == ["cpus:1"]
    assert _texts(_joined(selection, reserved(), id="S3")) == ([], [], ["cpus:1"])


def test_s2_where_nothing_was_pinned_every_expected_agent_adds_what_was_asked_for_whoever_is_first() -> None:
    """Whose it is, is then for the guards to say (O3): which agent registers first must not decide it."""
    selection = pin([], {"S2", "S3"}, ANY_PRINCIPAL).joined([agent("S2", reserved())], ANY_PRINCIPAL)
    seen = _joined(selection, reserved(principal="another"), reserved("mem", 1.0), id="S3", asked=ANY_PRINCIPAL)
    assert _texts(seen) == (["cpus:1", "mem:1"], [], [])


def test_s2_what_an_expected_agent_brings_of_another_owner_is_withheld_not_new() -> None:
    """It was there before the run: what was asked for and stays must not end as clean."""
    selection = pin([agent("S1", reserved())], {"S2"}, ANY_PRINCIPAL)
    seen = _joined(selection, reserved(principal="another"), id="S2", asked=ANY_PRINCIPAL)
    assert _texts(seen) == ([], ["cpus:1"], [])


def test_s2_the_label_that_marathon_gives_each_task_does_not_tell_owners_apart() -> None:
    selection = _pinned(reserved(labels={"marathon_framework_id": "M", "marathon_task_id": "t1"}))
    seen = _joined(selection, reserved("mem", 8.0, labels={"marathon_framework_id": "M", "marathon_task_id": "t2"}))
    assert _texts(seen) == (["mem:8"], [], [])


def test_s2_a_selection_knows_who_holds_and_which_volumes() -> None:
    selection = pin([agent("S1", volume("v1")), agent("S2"), agent("S3", static())], (), job())
    assert selection.holders == {"S1"}
    assert {id for pins in selection.pins.values() for pin in pins.values() for id in pin.volumes} == {"v1"}
    assert selection.hosts["S3"] == "s3.example"
    assert PRINCIPAL in {kind.stack[-1].principal for kind in selection.kinds}
