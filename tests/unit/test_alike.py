"""What a large cluster reserves without the ids: it comes to the same, and nothing but ids is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janitor.cleanup.asked import asked_on
from janitor.errors import Unreadable
from janitor.mesos.alike import parse_alike, tallied
from janitor.mesos.resources import Resource, parse_list
from tests.unit.builders import ROLE, Item, agent, job, packed, reserved, static, volume
from tests.unit.clusters import ID_1, ID_2, SOME_LABELS, Spec, items, specs


def written(*shown: Item) -> bytes:
    return f"[{','.join(item.json() for item in shown)}]".encode()


def without_ids(text: str) -> str:
    return text.replace(ID_1, "").replace(ID_2, "")


def told(item: Resource) -> str:
    """All that an item is, but for its bytes."""
    return repr((item.kind, item.amount, item.volume_id, item.volume_principal, item.allocated))


@given(st.lists(items(), max_size=8))
def test_only_the_ids_are_left_out(shown: list[Item]) -> None:
    raw = written(*shown)
    assert [told(item) for item in parse_alike(raw, "it")] == [
        without_ids(told(item)) for item in parse_list(raw, "it")
    ]


def test_items_that_differ_in_their_ids_alone_are_one() -> None:
    one, two = (replace(volume(id, labels={"resource_id": id}), shared=True) for id in (ID_1, ID_2))
    more = reserved("disk", 500.0, labels={"resource_id": ID_1, "framework_id": "F1"})
    found = parse_alike(written(one, more, two, one), "it")
    assert found[0] is found[2] is found[3]
    assert found[1] is not found[0]
    assert tallied(found) == [(found[0], 3), (found[1], 1)]


@pytest.mark.parametrize("id", [ID_1.upper(), ID_1[:-1], f"{ID_1}0", f'{ID_1[:-2]}\\"', "", "é" * 36])
def test_an_id_of_another_form_stays(id: str) -> None:
    raw = written(volume(id, labels={"resource_id": id, "my_resource_id": ID_1, "framework_id": ID_2}))
    assert [told(item) for item in parse_alike(raw, "it")] == [told(item) for item in parse_list(raw, "it")]


def test_a_text_that_looks_like_a_label_is_none() -> None:
    text = f'{{"key":"resource_id","value":"{ID_1}"}}'
    raw = written(reserved("cpus", labels={"note": text}))
    assert [told(item) for item in parse_alike(raw, "it")] == [told(item) for item in parse_list(raw, "it")]


@given(specs("S1"), st.lists(SOME_LABELS, max_size=2))
def test_s1_what_is_asked_for_is_the_same(spec: Spec, labels: list[tuple[str, str]]) -> None:
    found = []
    for shape in (False, True):
        shown = replace(spec, packed=shape).shown()
        wants = replace(job(), labels=tuple(labels))
        asked = asked_on(shown, wants)
        found.append(
            (
                [item.raw for item in asked.items],
                [item.raw for item in asked.items.volumes],
                (asked.items.providers, asked.items.volume_count, asked.unfit),
                (asked.pins, asked.pins.item_count, asked.pins.volume_count, asked.pins.families),
                (asked.dynamic, asked.others, asked.static, asked.statics, dict(asked.pins.thousandths)),
            )
        )
    assert found[0] == found[1]


def test_l4_a_contradiction_is_told_of_the_item_itself() -> None:
    shown = agent("S1", volume(ID_1))
    wrong = replace(shown, reserved=packed({"other-role": shown.reserved[ROLE]}))
    with pytest.raises(Unreadable, match=f"volume {ID_1}"):
        wrong.alike("other-role")


def test_what_is_not_asked_for_is_named_with_its_volume() -> None:
    kept = replace(static("disk", 500.0), volume=ID_1, volume_principal="another")
    shown = agent("S1", kept, reserved())
    shown = replace(shown, reserved=packed(shown.reserved))
    assert asked_on(shown, job()).static == (f"disk:500 (volume {ID_1})",)
