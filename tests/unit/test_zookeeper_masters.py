"""Who leads by what masters registered (rule Z2)."""

from __future__ import annotations

import pytest

from janitor.zookeeper.masters import id_in, leader_among


@pytest.mark.parametrize(
    ("names", "leader"),
    [
        (["json.info_0000000012", "json.info_0000000009", "log_replicas"], "json.info_0000000009"),
        (["info_0000000001", "json.info_0000000002"], "json.info_0000000002"),
        (["json.info_10000000000", "json.info_9999999999"], "json.info_9999999999"),
        (["info_0000000001", "log_replicas", "json.info_", "json.info_x"], None),
        ([], None),
    ],
)
def test_z2_the_smallest_json_info_leads_and_binary_ones_are_skipped(names: list[str], leader: str | None) -> None:
    assert leader_among(names) == leader


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b'{"id":"c0ffee","pid":"master@10.0.0.1:5050","address":{"port":5050}}', "c0ffee"),
        (b'{"hostname":"m1"}', None),
        (b'{"id":7}', None),
        (b"", None),
        (b"\xff\xfe", None),
        (b'{"id":"x"', None),
        (b"[" * 100_000, None),
    ],
)
def test_z2_only_what_a_master_writes_has_an_id(data: bytes, found: str | None) -> None:
    assert id_in(data) == found
