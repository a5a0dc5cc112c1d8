"""Whatever JSON arrives: it is a resource, or it is refused in words; the sandbox never stumbles over it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janitor.sandbox.mesos import messages, validation
from janitor.sandbox.mesos.formats import Format, from_json, to_json
from janitor.sandbox.mesos.forms import BadEscape, decode
from janitor.sandbox.mesos.text import printed
from janitor.sandbox.mesos.version import Version

_DISK_NAMES = ["source", "root", "path", "mount", "id", "persistence", "volume", "mode", "container_path"]
_OTHER_NAMES = ["begin", "end", "item", "range", "value", "key", "labels", "principal", "role", "type"]
NAMES = [*_DISK_NAMES, *_OTHER_NAMES]
_MARKS = ["shared", "revocable", "provider_id", "allocation_info"]
FIELDS = ["scalar", "ranges", "set", "role", "reservation", "reservations", "disk", *_MARKS]
WORDS = ["cpus", "disk", "SCALAR", "RANGES", "SET", "STATIC", "DYNAMIC", "PATH", "MOUNT", "RAW", "*", "a/b", "", "1"]
leaves = st.none() | st.booleans() | st.integers(-2, 5) | st.floats() | st.sampled_from(WORDS)
anything = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=6),
    max_leaves=25,
)


levels = st.lists(
    st.fixed_dictionaries(
        {"type": st.sampled_from(["STATIC", "DYNAMIC", "X"]), "role": st.sampled_from(WORDS)},
        optional={"principal": st.sampled_from(WORDS), "labels": anything},
    ),
    max_size=3,
)
likely = st.fixed_dictionaries(
    {"name": st.sampled_from(["cpus", "disk", "ports", ""]), "type": st.sampled_from(["SCALAR", "RANGES", "SET"])},
    optional={
        **dict.fromkeys(FIELDS, anything),
        "scalar": st.fixed_dictionaries({"value": st.floats() | st.integers()}),
        "reservations": levels,
    },
)


@given(anything | likely, st.sampled_from(["1.2", "1.12"]))
def test_every_json_value_is_a_resource_or_refused(value: Any, release: str) -> None:
    version = Version.parse(release)
    try:
        raw = messages.resource(value)
    except messages.Malformed as error:
        refusal = str(error)
    else:
        refusal = validation.resource_mistake(raw, version) or ""
        item = from_json(raw, version)
        assert printed(item, version).startswith(item.name)
        assert refusal or item.value.kind == value["type"]
    assert refusal == refusal.strip()


RESERVED = {
    "name": "disk",
    "type": "SCALAR",
    "scalar": {"value": 1.5},
    "reservations": [
        {"type": "STATIC", "role": "a"},
        {"type": "DYNAMIC", "role": "a/b", "principal": "", "labels": {"labels": [{"key": "k", "value": "v"}]}},
    ],
    "disk": {"source": {"type": "RAW", "id": "x"}},
    "provider_id": {"value": "rp"},
}


@pytest.mark.parametrize("form", [Format.POST, Format.ENDPOINT])
def test_what_is_shown_can_be_sent_back(form: Format) -> None:
    now = Version.parse("1.12")
    item = from_json(messages.resource(RESERVED), now)
    assert from_json(messages.resource(to_json(item, form)), now) == item
    assert item.stack[-1].principal == ""


@pytest.mark.parametrize(
    "value, words",
    [
        ({}, "Missing required fields: name, type"),
        ({"name": "cpus", "type": "SCALAR", "scalar": {}}, "Missing required fields: scalar.value"),
        ({"name": "cpus", "type": "SCALAR", "scalar": {"value": "x"}}, "Failed to parse 'x' as a JSON number"),
        ([], "Expecting a JSON object"),
    ],
)
def test_the_words_for_what_is_missing(value: Any, words: str) -> None:
    with pytest.raises(messages.Malformed) as refusal:
        messages.resource(value)
    assert words in str(refusal.value)


def test_not_a_number_is_no_json() -> None:
    with pytest.raises(messages.Malformed):
        messages.parse_json('[{"scalar": {"value": NaN}}]')


def test_forms_are_split_as_libprocess_does() -> None:
    assert decode("slaveId=S0&resources=%5B%5D;x=a+b&x=c%3Dd&flag") == {
        "slaveId": "S0",
        "resources": "[]",
        "x": "c=d",
        "flag": "",
    }
    with pytest.raises(BadEscape, match="Malformed % escape in 'a%2': '%2'"):
        decode("a%2=1")
