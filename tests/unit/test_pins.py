"""What a run remembers of its selection (rule S2), packed: nothing of it may get lost."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Raw

from janitor.cleanup.asked import asked_on
from janitor.cleanup.marks import Marks
from janitor.cleanup.pins import Pins, ShownPins, family
from janitor.mesos.packed import Packed, PackedList
from janitor.mesos.resources import Resource, parse, parse_list
from tests.unit.builders import Item, agent, job, refined, reserved, static, volume, volume_on_static
from tests.unit.clusters import items

SHOWN = st.lists(items(), max_size=6)


def pinned(shown: list[Item], *, packed: bool = False, chosen: Callable[[Resource], bool] = lambda _: True) -> Pins:
    """The pins of those that are chosen of what an agent shows in one list."""
    raw = Raw(f"[{','.join(item.json() for item in shown)}]".encode())
    kept = Packed(Raw(b'{"some-role":' + raw + b',"another":[]}'), "it").member("some-role")
    parsed = parse_list(raw, "it")
    places = [place for place, item in enumerate(parsed) if chosen(item)]
    return ShownPins(kept if packed else PackedList(raw), places, [parsed[place] for place in places])


@given(SHOWN, st.booleans())
def test_s2_whatever_was_pinned_is_found_again(shown: list[Item], packed: bool) -> None:
    pins = pinned(shown, packed=packed)
    parsed = [item.parsed() for item in shown]
    kinds = list(dict.fromkeys(item.kind for item in parsed))
    found = pins.unpacked()
    assert (list(pins), list(pins.items()), list(pins.values())) == (kinds, list(found.items()), list(found.values()))
    assert (len(pins), bool(pins), pins.item_count) == (len(kinds), bool(kinds), len(shown))
    for kind, pin in found.items():
        alike = [item for item in parsed if item.kind == kind]
        assert pin.items == len(alike)
        assert pin.volumes == {item.volume_id for item in alike if item.volume_id is not None}
        assert pin.amount.thousandths == sum(item.amount.thousandths for item in alike)
        assert all(pin.amount.covers(item.amount) for item in alike)
        assert pins[kind] == pin
        assert kind in pins
    assert pins.volume_count == sum(item.volume_id is not None for item in parsed)
    assert pins.families == {family(kind) for kind in kinds}
    assert pins.same_bytes(pinned(shown, packed=packed))
    known = Pins(found)
    assert (known.unpacked(), known.families, known.item_count) == (found, pins.families, pins.item_count)
    assert known == pins
    assert known.same_bytes(Pins(found))


@given(SHOWN, SHOWN, st.booleans())
def test_s2_the_same_bytes_are_never_two_different_selections(one: list[Item], other: list[Item], packed: bool) -> None:
    first, second = pinned(one, packed=packed), pinned(other, packed=packed)
    assert not first.same_bytes(second) or first.unpacked() == second.unpacked()


@given(SHOWN, st.booleans())
def test_s2_of_an_agent_that_returns_only_kinds_of_the_selection_are_pinned(shown: list[Item], packed: bool) -> None:
    pins = pinned(shown, packed=packed)
    some = {kind for number, kind in enumerate(pins) if number % 2}
    few = pins.only(lambda kind: kind in some)
    assert few.unpacked() == {kind: pin for kind, pin in pins.items() if kind in some}
    assert few.item_count == sum(pins[kind].items for kind in some)
    assert few.only(lambda kind: kind not in some).unpacked() == {}
    assert pins.only(lambda _: True) is pins


def test_s2_others_in_the_same_list_are_not_pinned() -> None:
    pins = pinned([reserved("cpus"), volume("v1"), reserved("mem")], chosen=lambda item: item.kind.name == "disk")
    assert [(kind.name, pin.volumes) for kind, pin in pins.items()] == [("disk", frozenset({"v1"}))]
    assert not pins.same_bytes(pinned([reserved("cpus"), volume("v1"), reserved("mem")]))
    assert not pinned([reserved("cpus")]).same_bytes(pinned([reserved("cpus")], packed=True))


def test_the_family_of_a_kind_lacks_only_what_tells_one_reservation_from_the_next() -> None:
    labels = {"framework_id": "F1", "resource_id": "r1"}
    one = reserved("cpus", 2.0, labels=labels).parsed().kind
    other = reserved("cpus", 1.0, labels={**labels, "resource_id": "r2"}).parsed().kind
    assert family(one) is family(other)
    assert family(one) == reserved("cpus", 2.0, labels={"framework_id": "F1"}).parsed().kind
    assert family(one) != family(reserved("mem", 2.0, labels=labels).parsed().kind)


@pytest.mark.parametrize("item", [static(), volume_on_static(), reserved(labels={"a": "resource_id"})])
def test_a_kind_without_such_labels_is_its_own_family(item: Item) -> None:
    kind = item.parsed().kind
    assert family(kind) is kind


def test_o1_an_item_is_known_by_its_resource_id_its_volume_or_its_whole_stack() -> None:
    held = [reserved("cpus", labels={"resource_id": "r1"}), volume("v1"), volume_on_static("vs"), reserved("mem")]
    marks = Marks.of([asked_on(agent("S1", *held), job(principal=None)).pins])
    known = [
        reserved("gpus", role="another", labels={"resource_id": "r1"}),
        volume("v1", labels={"a": "b"}),
        volume_on_static("vs"),
        reserved("ports", ((1, 2),)),
    ]
    strange = [
        reserved("cpus", labels={"resource_id": "r2"}),
        reserved("cpus", labels={"a": "r1"}),
        volume("v2", labels={"a": "b"}),
        volume("v1", role="another"),
        static(),
        refined("slave_public", reserved("mem")),
    ]
    assert [marks.bear(item.parsed()) for item in known] == [True] * 4
    assert [marks.bear(item.parsed()) for item in strange] == [False] * 6
    assert not marks.bear(parse(b'{"name":"cpus","type":"SCALAR","scalar":{"value":1},"role":"*"}'))
