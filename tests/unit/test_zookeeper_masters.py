"""Who leads by what masters registered (rule Z2)."""

from __future__ import annotations

import pytest

from janitor.zookeeper.masters import id_in, leader_among, places_in


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


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ('{"hostname":"m1.example","ip":"10.0.0.1","port":5050}', ("m1.example:5050", "10.0.0.1:5050")),
        ('{"hostname":"10.0.0.1","ip":"10.0.0.1","port":5050}', ("10.0.0.1:5050",)),
        ('{"ip":"fd00::1","port":5050}', ("[fd00::1]:5050",)),
        ('{"hostname":"m1/../x","ip":"10.0.0.1","port":5050}', ("10.0.0.1:5050",)),
        ('{"hostname":7,"ip":"10.0.0.1","port":5050}', ("10.0.0.1:5050",)),
        ('{"hostname":"m1,m2","ip":"10.0.0.1","port":5050}', ("10.0.0.1:5050",)),
        ('{"ip":"10.0.0.1","port":70000}', ()),
        ('{"ip":"10.0.0.1"}', ()),
        ("7", ()),
    ],
)
def test_a_master_answers_by_its_name_and_at_its_address(address: str, found: tuple[str, ...]) -> None:
    assert places_in(f'{{"id":"c0ffee","address":{address}}}'.encode()) == found


def test_l4_a_masters_name_in_latin_1_leaves_its_address() -> None:
    data = b'{"id":"c0ffee","hostname":"caf\xe9","address":{"hostname":"caf\xe9","ip":"10.0.0.1","port":5050}}'
    assert (id_in(data), places_in(data)) == ("c0ffee", ("10.0.0.1:5050",))
