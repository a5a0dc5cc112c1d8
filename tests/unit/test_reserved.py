"""What one answer shows as reserved on an agent: rounding (L5), and what contradicts itself in it (L4)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from janitor.cleanup.decide import decide
from janitor.cleanup.job import Job
from janitor.cleanup.memory import Memory
from janitor.errors import Unreadable
from janitor.mesos.cluster import Agent
from tests.unit.builders import ROLE, ZNODE, Item, agent, job, look, reserved, snapshot, znode_view


def raw(value: object) -> msgspec.Raw:
    return msgspec.Raw(value if isinstance(value, bytes) else json.dumps(value).encode())


def shown(
    lists: Mapping[str, object],
    reserved: object,
    *,
    total: Mapping[str, object] | None = None,
    unreserved: Mapping[str, object] | None = None,
) -> Agent:
    """An agent of which /slaves shows just this."""
    return replace(
        agent("S7"),
        reserved={role: raw(items) for role, items in lists.items()},
        totals=(raw(total or {}), raw(reserved), raw(unreserved or {})),
    )


def cpus(value: float, role: str, **more: Any) -> dict[str, Any]:
    stack = [{"type": "DYNAMIC", "role": role, "principal": "p", **more}]
    return {"name": "cpus", "type": "SCALAR", "scalar": {"value": value}, "reservations": stack}


def amounts(cpus: float, **more: object) -> dict[str, object]:
    """A summary as masters write it: these three are always there."""
    return {"disk": 0.0, "mem": 0.0, "gpus": 0.0, "cpus": cpus, **more}


# --- L5: what rounding makes -------------------------------------------------------------------------------------

THREE_ROLES = {
    "kafka-role": [cpus(0.1234567, "kafka-role"), cpus(0.0006, "kafka-role"), cpus(0.3, "kafka-role")],
    "other-role": [cpus(0.1234567, "other-role")],
    "third-role": [cpus(0.1234567, "third-role")],
}


def test_l5_fractions_of_three_roles_as_a_master_shows_them_hide_nothing() -> None:
    """An agent of eight cpus, of which Mesos 1.2 to 1.12 show the total of 8.0009701."""
    summed = {"kafka-role": amounts(0.4240567), "other-role": amounts(0.1234567), "third-role": amounts(0.1234567)}
    one = shown(THREE_ROLES, summed, total=amounts(8.0009701), unreserved=amounts(7.33))
    assert one.hidden() == ""


def test_l5_fractions_of_two_roles_hide_nothing_where_the_role_asked_for_is_clean() -> None:
    """The same agent once kafka-role is clean: a total of 8.0009134."""
    lists = {role: THREE_ROLES[role] for role in ("other-role", "third-role")}
    summed = {"other-role": amounts(0.1234567), "third-role": amounts(0.1234567)}
    one = shown(lists, summed, total=amounts(8.0009134), unreserved=amounts(7.754))
    assert one.hidden() == ""
    decision = decide(look(snapshot(one)), job(), Memory())
    assert (decision.blocked, decision.clean) == (None, True)


@pytest.mark.parametrize("total", [8.001, 8.0, 7.999, 7.9997])
def test_l5_a_master_that_rounds_each_sum_hides_nothing(total: float) -> None:
    lists = {f"r{n}": [cpus(0.1236, f"r{n}")] for n in range(3)}
    summed = {role: amounts(0.1236) for role in lists}
    assert shown(lists, summed, total=amounts(total), unreserved=amounts(7.628)).hidden() == ""


@pytest.mark.parametrize(("more", "text"), [(0.01, "cpus:0.01"), (0.1234567, "cpus:0.123"), (2.5, "cpus:2.5")])
def test_l5_a_hidden_reservation_is_seen_beside_fractions(more: float, text: str) -> None:
    summed = {"kafka-role": amounts(0.4240567), "other-role": amounts(0.1234567), "third-role": amounts(0.1234567)}
    one = shown(THREE_ROLES, summed, total=amounts(8.0009701 + more), unreserved=amounts(7.33))
    assert one.hidden() == text


@pytest.mark.parametrize(("hidden", "text"), [(0.0006, "cpus:0.001"), (0.001, "cpus:0.001"), (0.0004, "")])
def test_l5_where_nothing_shown_needs_rounding_the_least_reservation_is_seen(hidden: float, text: str) -> None:
    lists = {"other": [cpus(0.1, "other"), cpus(0.2, "other")]}
    one = shown(lists, {"other": amounts(0.3)}, total=amounts(4.0 + hidden), unreserved=amounts(3.7))
    assert one.hidden() == text


def test_l5_an_amount_of_another_resource_explains_no_difference() -> None:
    lists = {"other": [{**cpus(0.1234567, "other"), "name": "mem"} for _ in range(100)]}
    summed = {"other": amounts(0.0, mem=12.34567)}
    one = shown(lists, summed, total=amounts(4.01, mem=112.34567), unreserved=amounts(4.0, mem=100.0))
    assert one.hidden() == "cpus:0.01"


@pytest.mark.parametrize("text", ["[\u00b2-\u00b3]", "[1-2", "{a", "[1-2-3]", "[-5]", "many", "[1-" + "9" * 5000 + "]"])
def test_l4_ranges_that_are_none_are_unreadable(text: str) -> None:
    with pytest.raises(Unreadable, match="S7"):
        shown({}, {}, total=amounts(1.0, ports=text), unreserved=amounts(1.0)).hidden()


# --- S2: fractions are selected, pinned and proven gone --------------------------------------------------------------


def test_s2_fractions_are_selected_and_echoed_as_they_were_shown() -> None:
    items = [
        b'{"name":"cpus","type":"SCALAR","scalar":{"value":%s},"role":"kafka-role",'
        b'"reservation":{"principal":"kafka-principal"}}' % value
        for value in (b"0.1234567", b"0.0006", b"0.0005", b"0.3000")
    ]
    one = replace(agent("S1"), reserved={ROLE: raw(b"[" + b",".join(items) + b"]")})
    first = decide(look(snapshot(one)), job(), Memory())
    assert [item.released() for item in first.work[0].reservations] == items
    assert first.leftovers == ()
    merged = (
        b'{"name":"cpus","scalar":{"value":0.425},"role":"kafka-role","reservation":{"principal":"kafka-principal"}}'
    )
    later = replace(one, reserved={ROLE: raw(b"[" + merged + b"]")})
    again = decide(look(snapshot(later), now=1010.0), job(), first.memory)
    assert [item.raw for item in again.work[0].reservations] == [merged]
    gone = decide(look(snapshot(agent("S1")), now=1020.0), job(), again.memory)
    assert (gone.clean, gone.leftovers) == (True, ())


def test_d2_a_fraction_that_a_master_takes_for_zero_is_left_and_said() -> None:
    decision = decide(look(snapshot(agent("S1", reserved("cpus", 0.0004)))), job(), Memory())
    assert (decision.work, decision.clean) == ((), False)
    assert "no positive value" in decision.leftovers[0].words


# --- L4: what contradicts itself inside one look ---------------------------------------------------------------------

ITEM = cpus(1.0, ROLE)
STACK = ITEM["reservations"]
CONTRADICTIONS = {
    "the list is missing": shown({}, {ROLE: amounts(1.0)}),
    "the list is null": shown({ROLE: None}, {ROLE: amounts(1.0)}),
    "the list is empty": shown({ROLE: []}, {ROLE: amounts(1.0)}),
    "only ports are summed up": shown({ROLE: []}, {ROLE: amounts(0.0, ports="[1-2]")}),
    "an item names another role": shown({ROLE: [ITEM, cpus(1.0, "other")]}, {ROLE: amounts(1.0)}),
    "an item names no role": shown({ROLE: [{"name": "cpus", "scalar": {"value": 1}}]}, {}),
    "no type": shown({ROLE: [{**ITEM, "reservations": [{"role": ROLE, "principal": "p"}]}]}, {}),
    "an unknown type": shown({ROLE: [cpus(1.0, ROLE, type="SOMETHING_NEW")]}, {}),
    "an unknown type below": shown({ROLE: [{**ITEM, "reservations": [{"type": "X", "role": "k"}, *STACK]}]}, {}),
    "two formats, two roles": shown({ROLE: [{**ITEM, "role": "other"}]}, {}),
    "two formats, two principals": shown({ROLE: [{**ITEM, "role": ROLE, "reservation": {"principal": "q"}}]}, {}),
    "two formats, two types": shown({ROLE: [{**cpus(1.0, ROLE, type="STATIC"), "reservation": {}}]}, {}),
}
ANOTHER_KEY = shown({"other": [ITEM]}, {"other": amounts(1.0)})


@pytest.mark.parametrize("one", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
@pytest.mark.parametrize("asked", [job(principal="p"), job(None, None, znode=ZNODE)], ids=["role", "znode"])
def test_l4_what_contradicts_itself_is_unknown(one: Agent, asked: Job) -> None:
    """Whether it is asked for, or keeps the znode whose name implies the role (rule S5)."""
    view = znode_view() if asked.znode is not None else None
    with pytest.raises(Unreadable, match="S7"):
        decide(look(snapshot(one), znode=view), asked, Memory())


def test_l4_an_item_of_the_role_under_another_roles_key_is_unknown() -> None:
    with pytest.raises(Unreadable, match="S7"):
        decide(look(snapshot(ANOTHER_KEY)), job(), Memory())


@pytest.mark.parametrize("one", [*CONTRADICTIONS.values(), ANOTHER_KEY], ids=[*CONTRADICTIONS, "another key"])
def test_l4_what_contradicts_itself_in_another_role_spoils_nothing(one: Agent) -> None:
    for role in ("clean-role", "kafka"):  # the second one is near it (rule S4)
        decision = decide(look(snapshot(one)), job(role), Memory())
        assert (decision.clean, decision.leftovers, decision.blocked) == (True, (), None)


def test_l5_a_summary_that_cannot_be_read_is_no_proof_that_nothing_is_hidden() -> None:
    with pytest.raises(Unreadable, match="S7"):
        decide(look(snapshot(shown({"other": []}, {"other": 5}))), job(), Memory())


@pytest.mark.parametrize(
    "one",
    [
        shown({}, {}),
        shown({ROLE: []}, {}),
        shown({ROLE: []}, {ROLE: amounts(0.0)}),
        shown({"other": [cpus(1.0, "other", labels={"labels": [{"key": "k", "value": ROLE}]})]}, {}),
        shown({"kafka-role/a": [cpus(1.0, "kafka-role/a")]}, {"kafka-role/a": amounts(1.0)}),
        replace(agent("S7"), totals=None),
    ],
    ids=["nothing", "an empty list", "a summary of zeros", "a label of that text", "a role below", "no summaries"],
)
def test_l4_what_is_only_not_there_is_no_contradiction(one: Agent) -> None:
    assert one.resources(ROLE) == ()


def test_l4_the_message_says_where_and_what() -> None:
    with pytest.raises(Unreadable) as caught:
        shown({}, {ROLE: amounts(1.0)}).resources(ROLE)
    assert caught.value.message == (
        "It is not known what is reserved for role kafka-role on agent S7: reserved_resources shows the role, "
        "and its list in reserved_resources_full is missing."
    )


def test_s1_a_stack_that_says_all_of_itself_is_read() -> None:
    one = agent("S1", Item("cpus", 1.0, reserved().stack))
    assert [str(item) for item in one.resources(ROLE)] == ["cpus:1"]
