"""What a run remembers of its selection (rule S2), packed: nothing of it may get lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janitor.cleanup.asked import asked_on
from janitor.cleanup.marks import Marks
from janitor.cleanup.pins import Pin, Pins, family
from janitor.mesos.resources import Amount, Kind, parse
from tests.unit.builders import Item, agent, job, refined, reserved, static, volume, volume_on_static
from tests.unit.clusters import items

AMOUNTS = st.builds(
    Amount,
    st.integers(0, 2**80),
    st.lists(st.tuples(st.integers(0, 2**70), st.integers(0, 2**70)), max_size=2).map(tuple),
    st.frozensets(st.text(), max_size=2),
)
KINDS = items().map(lambda item: item.parsed().kind)
PINS = st.dictionaries(KINDS, st.builds(Pin, AMOUNTS, st.frozensets(st.text(), max_size=2), st.integers(0, 99)))


@given(PINS)
def test_s2_whatever_was_pinned_is_found_again(pinned: dict[Kind, Pin]) -> None:
    pins = Pins(pinned)
    assert pins.unpacked() == pinned
    assert (list(pins), list(pins.items()), list(pins.values())) == (
        list(pinned),
        list(pinned.items()),
        list(pinned.values()),
    )
    assert (len(pins), pins.item_count) == (len(pinned), sum(pin.items for pin in pinned.values()))
    assert all(pins[kind] == pin and kind in pins for kind, pin in pinned.items())
    assert pins.same_bytes(Pins(pinned))


@given(PINS, PINS)
def test_s2_the_same_bytes_are_never_two_different_selections(one: dict[Kind, Pin], other: dict[Kind, Pin]) -> None:
    assert not Pins(one).same_bytes(Pins(other)) or one == other
    assert (Pins(one) == Pins(other)) is (one == other)


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
