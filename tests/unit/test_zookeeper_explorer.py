"""A stat as Exhibitor writes it: read in one pass, whole or not at all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janitor.zookeeper.explorer import Stat, stat_in

WHOLE = (
    "czxid: 8589934605, mzxid: 8589934605, ctime: 1488372812345, mtime: 1488372812345, version: 0, cversion: 2, "
    "aversion: 0, ephemeralOwner: 97312345678901234, dataLength: 12, numChildren: 2, pzxid: 8589934610"
)


def test_what_is_used_of_a_stat_is_read_in_any_order() -> None:
    expected = Stat(czxid=8589934605, ephemeral_owner=97312345678901234, data_length=12, num_children=2)
    assert stat_in(WHOLE) == expected
    assert stat_in(", ".join(reversed(WHOLE.split(", ")))) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "* not found * ",
        "a" * 300_000,
        "czxid: 12, mzxid: 3",
        "czxid: 1, ephemeralOwner: 0, dataLength: 0",
        "czxid: \u00b2\u0663, ephemeralOwner: 0, dataLength: 0, numChildren: 0",
        "czxid: \u0663, ephemeralOwner: 0, dataLength: 0, numChildren: 0",
        "czxid: " + "9" * 5000 + ", ephemeralOwner: 0, dataLength: 0, numChildren: 0",
        "czxid: 99999999999999999999999999, ephemeralOwner: 0, dataLength: 0, numChildren: 0",
        "czxid: 1.5, ephemeralOwner: 0, dataLength: 0, numChildren: 0",
        WHOLE + ", x: " + "y" * 5000,
    ],
    ids=lambda text: text[:20],
)
def test_anything_else_is_no_stat(text: str) -> None:
    assert stat_in(text) is None


@given(st.text(max_size=200))
def test_no_text_is_too_odd_to_be_looked_at(text: str) -> None:
    assert stat_in(text) is None
