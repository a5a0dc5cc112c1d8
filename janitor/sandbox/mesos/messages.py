"""JSON to messages, as a master's protobuf library does it: what is well-formed, and the words for what is not.

Unknown fields are ignored, null is absent, and a required field that is missing is named with its path.
"""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec

from janitor.sandbox.mesos.formats import Json


class Malformed(Exception):
    """The text of the 400, without what precedes it (which endpoint, which parameter)."""


def parse_json(text: str) -> Any:
    """Any JSON value. Raises `Malformed` with the words of the master's parser (picojson)."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return _parse_slowly(text)


def _parse_slowly(text: str) -> Any:
    """The same by a parser that says where it stopped."""
    try:
        return json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        position = getattr(error, "pos", 0)
        line = text.count("\n", 0, position) + 1
        raise Malformed(
            f"syntax error at line {line} near: {text[position:].splitlines()[0] if text[position:] else ''}"
        ) from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _object(value: Any) -> Json:
    if not isinstance(value, dict):
        raise Malformed("Expecting a JSON object")
    return {key: each for key, each in value.items() if each is not None}


_KINDS = ("SCALAR", "RANGES", "SET", "TEXT")
_SOURCES = ("UNKNOWN", "PATH", "MOUNT", "BLOCK", "RAW")
_MODES = ("RW", "RO")


def _number(value: Any, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Malformed(f"Not expecting a JSON {_kind(value)} for field '{field}'")
    try:
        number = float(value)
    except (ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number):
        raise Malformed(f"Failed to parse '{value}' as a JSON number for field '{field}'")
    return number


def _kind(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return "null" if value is None else "boolean"
    return "string" if isinstance(value, str) else "array" if isinstance(value, list) else "object"


def _list(value: Any, field: str) -> list[Any]:
    if not isinstance(value, list):
        raise Malformed(f"Not expecting a JSON {_kind(value)} for field '{field}'")
    return value


def _texts(fields: Json, *names: str) -> None:
    for name in names:
        if name in fields and not isinstance(fields[name], str):
            raise Malformed(f"Not expecting a JSON {_kind(fields[name])} for field '{name}'")


def _enum(fields: Json, name: str, known: tuple[str, ...]) -> None:
    """A required field that is one of a few words; one that is not there is missed elsewhere."""
    if fields.get(name) not in (None, *known):
        raise Malformed(f"Failed to find enum for '{fields[name]}'")


class _Missing:
    """Required fields that are not there, by their paths; `inside`: where the resource itself is."""

    def __init__(self, inside: str = "") -> None:
        self.inside = inside
        self.paths: list[str] = []

    def need(self, fields: Json, path: str, *names: str) -> bool:
        """Whether all of `names` are in `fields`, which is at `path`."""
        absent = [name for name in names if name not in fields]
        self.paths += [f"{self.inside}{path}{name}" for name in absent]
        return not absent

    def refuse(self) -> None:
        """Raises `Malformed` when there is one."""
        if self.paths:
            raise Malformed(f"Missing required fields: {', '.join(self.paths)}")


def _values(raw: Json, missing: _Missing) -> None:
    if "scalar" in raw:
        raw["scalar"] = scalar = _object(raw["scalar"])
        if missing.need(scalar, "scalar.", "value"):
            scalar["value"] = _number(scalar["value"], "value")
    if "ranges" in raw:
        ranges = [_object(each) for each in _list(_object(raw["ranges"]).get("range", []), "range")]
        for index, each in enumerate(ranges):
            if missing.need(each, f"ranges.range[{index}].", "begin", "end"):
                each["begin"], each["end"] = (int(_number(each[name], name)) for name in ("begin", "end"))
        raw["ranges"] = {"range": ranges}
    if "set" in raw:
        items = _list(_object(raw["set"]).get("item", []), "item")
        for item in items:
            _texts({"item": item}, "item")
        raw["set"] = {"item": items}


def _labels(fields: Json, path: str, missing: _Missing) -> None:
    if "labels" not in fields:
        return
    labels = [_object(each) for each in _list(_object(fields["labels"]).get("labels", []), "labels")]
    for index, label in enumerate(labels):
        missing.need(label, f"{path}labels.labels[{index}].", "key")
        _texts(label, "key", "value")
    fields["labels"] = {"labels": labels}


def _reservation(value: Any, path: str, missing: _Missing) -> Json:
    level = _object(value)
    _texts(level, "type", "role", "principal")
    if level.get("type") not in (None, "STATIC", "DYNAMIC"):
        del level["type"]  # an unknown value of an optional enum is dropped
    _labels(level, path, missing)
    return level


def _disk(value: Any, missing: _Missing) -> Json:
    disk = _object(value)
    if "source" in disk:
        disk["source"] = source = _object(disk["source"])
        missing.need(source, "disk.source.", "type")
        _texts(source, "type", "id", "profile", "vendor")
        _enum(source, "type", _SOURCES)
        for place in ("path", "mount"):
            if place in source:
                source[place] = _object(source[place])
                _texts(source[place], "root")
    if "persistence" in disk:
        disk["persistence"] = persistence = _object(disk["persistence"])
        missing.need(persistence, "disk.persistence.", "id")
        _texts(persistence, "id", "principal")
    if "volume" in disk:
        disk["volume"] = volume = _object(disk["volume"])
        missing.need(volume, "disk.volume.", "mode", "container_path")
        _texts(volume, "mode", "container_path", "host_path")
        _enum(volume, "mode", _MODES)
    return disk


def resource(value: Any) -> Json:
    """One resource object with every field of the type that it must have; raises `Malformed`."""
    missing = _Missing()
    raw = _resource(value, missing)
    missing.refuse()
    return raw


def _resource(value: Any, missing: _Missing) -> Json:
    raw = _object(value)
    missing.need(raw, "", "name", "type")
    _texts(raw, "name", "type", "role")
    _enum(raw, "type", _KINDS)
    _values(raw, missing)
    if "reservation" in raw:
        raw["reservation"] = _reservation(raw["reservation"], "reservation.", missing)
    if "reservations" in raw:
        levels = _list(raw["reservations"], "reservations")
        raw["reservations"] = [_reservation(each, f"reservations[{i}].", missing) for i, each in enumerate(levels)]
    if "disk" in raw:
        raw["disk"] = _disk(raw["disk"], missing)
    for name in ("revocable", "shared", "provider_id", "allocation_info"):
        if name in raw:
            raw[name] = _object(raw[name])
            _texts(raw[name], "value", "role")
    if "provider_id" in raw:
        missing.need(raw["provider_id"], "provider_id.", "value")
    return raw


def resources(value: Any, path: str | None = None) -> list[Json]:
    """A list of resource objects; raises `Malformed`.

    `path` is where the list is inside a message, which is judged as a whole; without one each is a message of its own.
    """
    if not isinstance(value, list):
        raise Malformed("Unexpected JSON type parsed")
    if path is None:
        return [resource(each) for each in value]
    missing = _Missing()
    raws = []
    for index, each in enumerate(value):
        missing.inside = f"{path}[{index}]."
        raws.append(_resource(each, missing))
    missing.refuse()
    return raws
