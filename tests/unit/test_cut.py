"""An answer that is cut while it comes in: nothing gets lost, nothing is taken for what it is not (rule L4)."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from janitor.mesos import cut
from janitor.mesos.cut import Cutter

JSON = st.recursive(
    st.none() | st.integers() | st.text() | st.sampled_from(['},{"id":', "}", '{"id":"S1"}', "]", '\\"},{"id":']),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text() | st.just("id"), inner, max_size=3),
    max_leaves=8,
)
ENTRIES = st.lists(st.dictionaries(st.text(), JSON, max_size=3).map(lambda rest: {"id": "S1", **rest}), max_size=6)


class Taken:
    """What was taken, as values; the same judgement as of a decoder."""

    def __init__(self) -> None:
        self.entries: list[Any] = []

    def __call__(self, entry: bytes) -> bool:
        try:
            self.entries.append(msgspec.json.decode(entry, type=dict[str, Any]))
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return False
        return True


def cut_up(body: bytes, sizes: list[int], large: int = 0) -> tuple[list[Any], bytes]:
    """What was taken of a body that came in pieces of such sizes, and what was left."""
    taken = Taken()
    cutter = Cutter(taken, large)
    at = held = 0
    for size in [*sizes, len(body)]:
        held += cutter.write(body[at : at + size])
        at += size
    assert held == len(cutter.getvalue())
    return taken.entries, cutter.getvalue()


@given(ENTRIES, st.lists(st.integers(0, 60), max_size=30), st.sampled_from([None, (",", ":")]))
def test_whatever_the_entries_and_the_pieces_nothing_gets_lost(
    entries: list[Any], sizes: list[int], separators: tuple[str, str] | None
) -> None:
    answer = {"slaves": entries, "recovered_slaves": [{"id": "S9"}]}
    taken, rest = cut_up(json.dumps(answer, separators=separators).encode(), sizes)
    left = json.loads(rest)
    assert taken + left["slaves"] == entries
    assert left["recovered_slaves"] == [{"id": "S9"}]
    if separators and len(entries) > 1:
        assert len(left["slaves"]) == 1


@given(st.binary(), st.lists(st.integers(0, 9), max_size=9))
def test_what_is_no_such_answer_is_left_as_it_is(body: bytes, sizes: list[int]) -> None:
    assert cut_up(body, sizes) == ([], body)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'{"slaves":[',
        b'{"slaves":[]}',
        b'{"slaves":[7]}',
        b'{"slaves":[{}]}',
        b"<html>",
        b'{"recovered_slaves":[],"slaves":[{"id":"S1"},{"id":"S2"}]}',
    ],
)
def test_an_answer_of_another_shape_is_left_as_it_is(body: bytes) -> None:
    assert cut_up(body, [3]) == ([], body)


def test_an_answer_that_is_not_large_is_left_as_it_is() -> None:
    body = b'{"slaves":[{"id":"S1"},{"id":"S2"}]}'
    assert cut_up(body, [], large=len(body)) == ([], body)
    assert cut_up(body, [], large=len(body) - 1) == ([{"id": "S1"}], b'{"slaves":[{"id":"S2"}]}')


def test_a_broken_entry_is_for_the_decoder_of_the_rest() -> None:
    whole = b",".join(b'{"id":"S%d"}' % number for number in range(200))
    taken, rest = cut_up(b'{"slaves":[{"id":"first"},{"id":oops},' + whole + b"]}", [50] * 10)
    assert taken == [{"id": "first"}]
    assert rest == b'{"slaves":[{"id":oops},' + whole + b"]}"


def test_an_entry_is_tried_at_a_few_places_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer may be made so that every place looks like an end: that costs no more than so many looks."""
    monkeypatch.setattr(cut, "TRIES", 5)
    asked: list[bytes] = []

    def refuse(entry: bytes) -> bool:
        asked.append(entry)
        return False

    cutter = Cutter(refuse, 0)
    body = b'{"slaves":[' + b",".join([b'{"id":"S1"}'] * 100)
    for at in range(0, len(body), 100):
        cutter.write(body[at : at + 100])
    assert len(asked) == 5
    assert cutter.getvalue() == body
