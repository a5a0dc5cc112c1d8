"""Reserved resources as masters show them, and the forms in which they go back (rules S1, D1, D2)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Literal

import msgspec
import pytest

from janitor.errors import Unreadable
from janitor.mesos.resources import Amount, Reservation, parse, parse_list
from tests.unit.builders import ROLE, Item, Level, refined, reserved, static, volume, volume_on_static

LABELS = {"resource_id": "r1", "framework_id": "F1"}

STYLES: tuple[Literal["old", "new", "both"], ...] = ("old", "new", "both")


@pytest.mark.parametrize("style", STYLES)
def test_s1_a_dynamic_reservation_reads_the_same_in_every_format(style: Literal["old", "new", "both"]) -> None:
    item = parse(reserved("cpus", 1.5, labels=LABELS).json(style).encode())
    assert item.kind.name == "cpus"
    assert item.kind.stack == (
        Reservation("DYNAMIC", ROLE, "kafka-principal", (("framework_id", "F1"), ("resource_id", "r1"))),
    )
    assert item.dynamic
    assert str(item) == "cpus:1.5"


@pytest.mark.parametrize("style", STYLES)
def test_s1_a_static_reservation_is_not_dynamic_in_any_format(style: Literal["old", "new", "both"]) -> None:
    item = parse(static().json(style).encode())
    assert item.kind.stack == (Reservation("STATIC", ROLE),)
    assert not item.dynamic


def test_s1_an_empty_reservation_without_principal_is_dynamic_its_presence_counts() -> None:
    item = parse(b'{"name":"cpus","type":"SCALAR","scalar":{"value":1},"role":"r","reservation":{}}')
    assert item.dynamic
    assert item.top.principal is None


@pytest.mark.parametrize("type", ['"type":"SOMETHING_NEW",', ""])
def test_s1_only_what_says_dynamic_is_dynamic(type: str) -> None:
    item = parse(
        b'{"name":"cpus","type":"SCALAR","scalar":{"value":1},"reservations":[{%s"role":"r","principal":"p"}]}'
        % type.encode()
    )
    assert not item.dynamic


def test_s1_nothing_is_reserved_without_a_role() -> None:
    for raw in (b'{"name":"cpus","scalar":{"value":1},"role":"*"}', b'{"name":"cpus","scalar":{"value":1}}'):
        item = parse(raw)
        assert item.kind.stack == ()
        assert not item.dynamic


def test_s1_the_top_of_a_refined_stack_is_its_last_entry() -> None:
    item = refined("eng", reserved(role="eng/front", principal="p")).parsed()
    assert [level.role for level in item.kind.stack] == ["eng", "eng/front"]
    assert [level.type for level in item.kind.stack] == ["STATIC", "DYNAMIC"]
    assert item.top.role == "eng/front"
    assert item.dynamic


def test_s1_labels_are_compared_without_their_order_and_with_repeated_keys() -> None:
    one = Item("cpus", 1.0, (Level("r", "p", (("a", "1"), ("b", "2"), ("a", "0"))),)).parsed()
    other = Item("cpus", 1.0, (Level("r", "p", (("b", "2"), ("a", "0"), ("a", "1"))),)).parsed()
    assert one.kind == other.kind


def test_s2_a_kind_differs_by_name_stack_provider_and_disk_source_and_by_nothing_else() -> None:
    base = volume("v1", 500.0, disk="PATH", provider="p1")
    same = [replace(base, volume=None), replace(base, value=9.0), replace(base, volume="v2")]
    different = [
        replace(base, disk="MOUNT"),
        replace(base, disk=None),
        replace(base, provider=None),
        replace(base, stack=(Level(ROLE, "another"),)),
        replace(base, stack=(Level("below"), *base.stack)),
        replace(base, name="gpus"),
    ]
    assert {item.parsed().kind for item in same} == {base.parsed().kind}
    assert len({item.parsed().kind for item in different} | {base.parsed().kind}) == 1 + len(different)


def test_s2_the_source_of_a_disk_is_the_same_in_whatever_order_its_fields_come() -> None:
    text = '{"name":"disk","scalar":{"value":1},"reservations":[{"type":"DYNAMIC","role":"r"}],"disk":{"source":%s}}'
    one = parse((text % '{"type":"PATH","path":{"root":"/a"},"id":"x"}').encode())
    other = parse((text % '{"id":"x","path":{"root":"/a"},"type":"PATH"}').encode())
    assert one.kind == other.kind


@pytest.mark.parametrize(
    ("item", "amount", "text"),
    [
        (reserved("cpus", 0.1), Amount(100), "cpus:0.1"),
        (reserved("mem", 4096.0), Amount(4_096_000), "mem:4096"),
        (
            reserved("ports", ((31000, 31001), (31002, 31005))),
            Amount(intervals=((31000, 31005),)),
            "ports:[31000-31005]",
        ),
        (reserved("ports", ((8, 9), (1, 2))), Amount(intervals=((1, 2), (8, 9))), "ports:[1-2, 8-9]"),
        (reserved("gpu-ids", frozenset({"b", "a"})), Amount(members=frozenset({"a", "b"})), "gpu-ids:{a, b}"),
        (volume("v9", 500.0), Amount(500_000), "disk:500 (volume v9)"),
    ],
)
def test_amounts_of_every_type_are_read_and_shown(item: Item, amount: Amount, text: str) -> None:
    parsed = item.parsed()
    assert parsed.amount == amount
    assert parsed.amount.positive
    assert str(parsed) == text


@pytest.mark.parametrize(
    "value",
    [
        '"scalar":{"value":0}',
        '"scalar":{"value":0.0004}',
        '"scalar":{"value":-1}',
        '"ranges":{"range":[]}',
        '"ranges":{"range":[{"begin":9,"end":3}]}',
        '"set":{"item":[]}',
        '"type":"SCALAR"',
    ],
)
def test_d2_what_holds_nothing_has_no_positive_value(value: str) -> None:
    assert not parse(f'{{"name":"x",{value},"role":"r","reservation":{{}}}}'.encode()).amount.positive


@pytest.mark.parametrize(
    ("more", "less", "fits"),
    [
        (Amount(1000), Amount(1000), True),
        (Amount(1000), Amount(1001), False),
        (Amount(intervals=((1, 5),)), Amount(intervals=((2, 3), (5, 5))), True),
        (Amount(intervals=((1, 2), (4, 5))), Amount(intervals=((2, 4),)), False),
        (Amount(members=frozenset("ab")), Amount(members=frozenset("b")), True),
        (Amount(members=frozenset("ab")), Amount(members=frozenset("bc")), False),
        (Amount(1000), Amount(), True),
        (Amount(), Amount(intervals=((1, 1),)), False),
    ],
)
def test_s2_whether_an_amount_fits_into_another(more: Amount, less: Amount, fits: bool) -> None:
    assert more.covers(less) is fits


def test_amounts_add_up() -> None:
    both = Amount(100, ((1, 2),), frozenset("a")).plus(Amount(200, ((3, 4), (9, 9)), frozenset("b")))
    assert both == Amount(300, ((1, 4), (9, 9)), frozenset("ab"))


def test_d1_what_is_no_volume_goes_back_byte_by_byte() -> None:
    raw = reserved("disk", 10.0, disk="MOUNT", labels=LABELS).json().encode() + b"  "
    assert parse(raw.strip()).released() == raw.strip()


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("provider", [None, "provider-1"])
@pytest.mark.parametrize("disk", [None, "PATH", "MOUNT"])
@pytest.mark.parametrize("shared", [False, True])
def test_d1_a_volume_is_released_without_persistence_volume_and_shared_and_nothing_else_changes(
    style: Literal["old", "new", "both"], provider: str | None, disk: str | None, shared: bool
) -> None:
    item = volume("v1", 500.0, labels=LABELS, disk=disk, provider=provider, shared=shared)
    shown = json.loads(item.json(style))
    expected = dict(shown)
    expected.pop("shared", None)
    expected["disk"] = {"source": shown["disk"]["source"]} if disk is not None else None
    if expected["disk"] is None:
        del expected["disk"]
    assert json.loads(parse(item.json(style).encode()).released()) == expected


def test_d1_what_a_future_master_adds_to_a_disk_stays() -> None:
    shown = {**json.loads(volume().json()), "new_field": [1.25, None, "ü"]}
    shown["disk"]["quota"] = {"hard": True}
    released = json.loads(parse(json.dumps(shown).encode()).released())
    assert released["disk"] == {"quota": {"hard": True}}
    assert released["new_field"] == [1.25, None, "ü"]


def test_a_volume_knows_its_id_and_its_own_principal() -> None:
    item = volume_on_static("v7", principal="owner").parsed()
    assert (item.volume_id, item.volume_principal, item.dynamic) == ("v7", "owner", False)
    assert reserved("disk", 1.0, disk="PATH").parsed().volume_id is None


def test_d2_allocation_info_is_noticed() -> None:
    assert replace(reserved(), allocated=True).parsed().allocated
    assert not reserved().parsed().allocated


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[{}]",
        b'[{"name":1}]',
        b'[{"name":"cpus","scalar":{"value":"many"}}]',
        b'[{"name":"cpus","scalar":{"value":1e308},"role":"r","reservation":{}}]',
        b'[{"name":"cpus","scalar":{"value":1e16},"role":"r","reservation":{}}]',
        b'[{"name":"cpus","scalar":{"value":-1e300},"role":"r","reservation":{}}]',
        b'[{"name":"cpus","scalar":{"value":NaN}}]',
        b'[{"name":"\xff"}]',
        b'[{"name":"cpus"}',
        b'[{"name":"disk","disk":{"source":' + b"[" * 100_000 + b"]" * 100_000 + b"}}]",
        b"[" * 100_000,
    ],
    ids=lambda raw: repr(raw[:40]),
)
def test_l4_what_is_no_list_of_resources_is_unreadable_and_says_where(raw: bytes) -> None:
    with pytest.raises(Unreadable, match="agent S1"):
        parse_list(msgspec.Raw(raw), "reserved_resources_full of agent S1")
