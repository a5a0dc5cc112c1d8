"""What is kept of a large answer: the very bytes (rule D2), in a fraction of the size, and nothing else of it."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import cast

import msgspec
import pytest
from hypothesis import given

from janitor.cleanup.decide import decide
from janitor.cleanup.memory import Memory
from janitor.errors import Unreadable
from janitor.mesos.master import Master
from janitor.mesos.packed import Packed
from janitor.mesos.reserved import members
from janitor.transport.http import Http, Reply
from tests.unit.builders import ROLE, agent, job, look, reserved, snapshot, volume
from tests.unit.clusters import Spec, specs

LISTS = b'{"kafka-role":[{"name": "cpus" }] , "a/b":[],"\\u00fc":[1.50e0]}'


def test_it_is_the_dictionary_of_the_very_bytes() -> None:
    plain, kept = members(msgspec.Raw(LISTS), "it"), Packed(msgspec.Raw(LISTS), "it")
    assert {role: bytes(raw) for role, raw in kept.items()} == {role: bytes(raw) for role, raw in plain.items()}
    assert [bytes(raw) for raw in kept.values()] == [b'[{"name": "cpus" }]', b"[]", b"[1.50e0]"]
    assert list(kept) == ["kafka-role", "a/b", "\u00fc"]
    assert len(kept) == 3
    assert bytes(kept["\u00fc"]) == b"[1.50e0]"
    assert kept.get("another") is None


@pytest.mark.parametrize("raw", [b"[]", b"7", b'{"a":'])
def test_l4_what_is_no_object_is_unreadable_at_once(raw: bytes) -> None:
    with pytest.raises(Unreadable, match="it cannot be read"):
        Packed(msgspec.Raw(raw), "it")


def test_a_role_in_another_encoding_stays_one_that_nobody_asked_for() -> None:
    kept = Packed(msgspec.Raw(b'{"caf\xe9":[],"kafka-role":[]}'), "it")
    assert list(kept) == ["caf\ufffd", "kafka-role"]
    assert bytes(kept["kafka-role"]) == b"[]"


def test_nothing_of_a_large_answer_itself_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    one = agent("S1", reserved("cpus", 2.0), volume("v1"))
    entry = {
        "id": "S1",
        "hostname": "one",
        "pid": "slave(1)@10.0.0.1:5051",
        "active": True,
        "reserved_resources_full": {role: json.loads(bytes(raw)) for role, raw in one.reserved.items()},
    }
    body = json.dumps({"slaves": [entry]}).encode()
    monkeypatch.setattr("janitor.mesos.master.LARGE", len(body) - 1)
    before = sys.getrefcount(body)
    agents, _ = Master(cast(Http, _Wire(body)), "http://m/master/").agents()
    assert isinstance(agents[0].reserved, Packed)
    assert [str(item) for item in agents[0].resources(ROLE)] == ["cpus:2", "disk:500 (volume v1)"]
    assert sys.getrefcount(body) == before


@given(specs("S1"))
def test_what_is_decided_and_sent_is_the_same(spec: Spec) -> None:
    """Whatever an agent shows, packed or not: the same work, with the same bytes."""
    works = []
    for shape in (False, True):
        shown = replace(spec, packed=shape, hidden=False).shown()
        decision = decide(look(snapshot(shown)), job(), Memory())
        works.append(
            [
                ([item.raw for item in work.volumes], [item.raw for item in work.reservations], work.provider)
                for work in decision.work
            ]
        )
    assert works[0] == works[1]


class _Wire:
    """Stands where the HTTP client does, and answers everything with one body."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def request(self, _method: str, _url: str, **_: object) -> Reply:
        return Reply(200, {}, self._body, "http://m/master/slaves", None)


def test_what_a_framework_of_a_large_cluster_holds_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    holds = json.loads(f"[{reserved('cpus', 2.0).json()},{volume('v1').json()}]")
    one = {"framework_info": {"id": {"value": "F1"}, "name": "kafka"}, "allocated_resources": holds}
    body = json.dumps({"get_frameworks": {"frameworks": [one]}}).encode()
    monkeypatch.setattr("janitor.mesos.master.LARGE", len(body) - 1)
    before = sys.getrefcount(body)
    found = Master(cast(Http, _Wire(body)), "http://m/master/").frameworks()
    assert [str(item) for item in found[0].each_allocated()] == ["cpus:2", "disk:500 (volume v1)"]
    assert [str(item) for item in found[0].allocated] == ["cpus:2", "disk:500 (volume v1)"]
    assert found[0].offered == ()
    assert sys.getrefcount(body) == before


def test_l4_what_a_framework_holds_is_unreadable_when_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("janitor.mesos.master.LARGE", 0)
    body = b'{"get_frameworks":{"frameworks":[{"framework_info":{"id":{"value":"F1"}},"allocated_resources":[7]}]}}'
    found = Master(cast(Http, _Wire(body)), "http://m/master/").frameworks()
    with pytest.raises(Unreadable, match="what framework F1 holds"):
        list(found[0].each_allocated())
