"""The cluster as values: who answers (D3), what a filtered view hides (L5), how old a leader is (L7)."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from janitor.errors import Unreadable
from janitor.mesos.cluster import Leader, version_number
from janitor.mesos.reserved import shortfall
from tests.unit.builders import ROLE, WITHOUT_FEEDBACK, agent, reserved, static, volume


@pytest.mark.parametrize(
    ("active", "deactivated", "served"),
    [(True, False, True), (False, True, True), (True, True, True), (False, False, False)],
)
def test_d3_an_agent_is_served_when_it_is_active_or_deactivated(active: bool, deactivated: bool, served: bool) -> None:
    assert agent(active=active, deactivated=deactivated).served is served


def test_p2_an_agent_without_resource_provider_tells_no_operations() -> None:
    assert agent().tells_operations
    assert not agent(capabilities=WITHOUT_FEEDBACK).tells_operations


def test_s1_an_agent_gives_the_items_of_exactly_one_role() -> None:
    one = agent("S1", reserved(), reserved(role="kafka-role/sub"), reserved(role="kafka-role2"), volume())
    assert [item.top.role for item in one.resources(ROLE)] == [ROLE, ROLE]
    assert one.resources("absent") == ()


def test_l4_reservations_that_cannot_be_read_are_not_none() -> None:
    broken = replace(agent("S7"), reserved={ROLE: msgspec.Raw(b'[{"scalar":1}]')})
    with pytest.raises(Unreadable, match="S7"):
        broken.resources(ROLE)


def test_l5_nothing_is_hidden_where_the_totals_are_reserved_plus_unreserved() -> None:
    assert agent("S1", reserved("cpus", 0.1), reserved("cpus", 0.2), volume(), static("mem", 64.0)).hidden() == ""


@pytest.mark.parametrize(
    ("hidden", "text"),
    [
        ({"cpus": 1.5}, "cpus:1.5"),
        ({"cpus": 0.001}, "cpus:0.001"),
        ({"disk": 500.0, "gpus": 1.0}, "disk:500; gpus:1"),
        ({"ports": "[31000-31009]"}, "10 of ports"),
        ({"racks": "{a, b}"}, "2 of racks"),
    ],
)
def test_l5_what_the_totals_have_beyond_what_is_shown_is_hidden(hidden: dict[str, float | str], text: str) -> None:
    assert agent("S1", reserved(), hidden=hidden).hidden() == text


@pytest.mark.parametrize(
    ("total", "parts", "text"),
    [
        ({"ports": "[1-10]"}, [{"ports": "[1-4]"}, {"ports": "[5-10]"}], ""),
        ({"ports": "[1-10, 20-29]"}, [{"ports": "[1-10]"}], "10 of ports"),
        ({"racks": "{a, b}"}, [{"racks": "{a}"}, {"racks": "{b}"}], ""),
        ({"racks": "{a, b, c}"}, [{"racks": "{a}"}], "2 of racks"),
        ({"cpus_revocable": 4.0}, [], ""),
        ({"cpus": 0.3}, [{"cpus": 0.1}, {"cpus": 0.1}, {"cpus": 0.1}], ""),
        ({"cpus": 4.0}, [{"cpus": 8.0}], ""),
        ({}, [{"cpus": 8.0}], ""),
    ],
)
def test_l5_summaries_are_compared_per_name(
    total: dict[str, float | str], parts: list[dict[str, float | str]], text: str
) -> None:
    assert shortfall(total, parts) == text


@pytest.mark.parametrize("raw", [b'{"cpus":true}', b"[]", b'{"cpus":1e308}'])
def test_l4_totals_that_cannot_be_read_are_unreadable(raw: bytes) -> None:
    broken = replace(agent("S7"), totals=(msgspec.Raw(raw), msgspec.Raw(b"{}"), msgspec.Raw(b"{}")))
    with pytest.raises(Unreadable, match="S7"):
        broken.hidden()


@pytest.mark.parametrize(
    ("elected", "asked_at", "age"),
    [(100.0, 130.5, 30.5), (100.0, 99.0, 0.0), (None, 130.0, None), (100.0, None, None)],
)
def test_l7_a_leaders_age_is_taken_against_the_date_of_its_answer(
    elected: float | None, asked_at: float | None, age: float | None
) -> None:
    assert Leader("M1", "http://m/master/", "1.9.0", elected, asked_at).age == age


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1.9.0", (1, 9)),
        ("1.14.0-alpha", (1, 14)),
        ("1.12-dev", (1, 12)),
        ("0.28.2", (0, 28)),
        ("1", (0, 0)),
        ("", (0, 0)),
    ],
)
def test_l1_versions(text: str, number: tuple[int, int]) -> None:
    assert version_number(text) == number
