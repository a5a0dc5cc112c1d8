"""JSON to messages, as a master's protobuf library does it: what is well-formed, and the words for what is not.

Unknown fields are ignored, null is absent, and a required field that is missing is named with its path.
"""

from __future__ import annotations

import json
from typing import Any

from janitor.sandbox.mesos.formats import Json


class Malformed(Exception):
    """The text of the 400, without what precedes it (which endpoint, which parameter)."""


def parse_json(text: str) -> Any:
    """Any JSON value. Raises `Malformed` with the words of the master's parser (picojson)."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        position = getattr(error, "pos", 0)
        line = text.count("\n", 0, position) + 1
        raise Malformed(
            f"syntax error at line {line} near: {text[position:].splitlines()[0] if text[position:] else ''}"
        ) from error


def _object(value: Any) -> Json:
    if not isinstance(value, dict):
        raise Malformed("Expecting a JSON object")
    return {key: each for key, each in value.items() if each is not None}


_KINDS = {"SCALAR", "RANGES", "SET", "TEXT"}
_NESTED = ("scalar", "ranges", "set", "reservation", "disk", "revocable", "shared", "provider_id", "allocation_info")


def _number(value: Any, field: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Malformed(f"Not expecting a JSON {type(value).__name__} for field '{field}'")
    try:
        return float(value)
    except ValueError:
        raise Malformed(f"Failed to parse '{value}' as a number for field '{field}'") from None


def resource(value: Any) -> Json:
    """One resource object with every field of the type that it must have; raises `Malformed`."""
    raw = _object(value)
    missing = [field for field in ("name", "type") if field not in raw]
    if "type" in raw and raw["type"] not in _KINDS:
        missing.append("type")
    for field in _NESTED:
        if field in raw:
            raw[field] = _object(raw[field])
    if "scalar" in raw:
        if "value" not in raw["scalar"]:
            missing.append("scalar.value")
        else:
            raw["scalar"]["value"] = _number(raw["scalar"]["value"], "value")
    for each in raw.get("ranges", {}).get("range") or []:
        for field in ("begin", "end"):
            each[field] = int(_number(_object(each).get(field), field))
    levels = raw.get("reservations")
    if levels is not None:
        if not isinstance(levels, list):
            raise Malformed("Not expecting a JSON object for field 'reservations'")
        raw["reservations"] = [_object(level) for level in levels]
    disk = raw.get("disk", {})
    for field in ("source", "persistence", "volume"):
        if disk.get(field) is not None:
            disk[field] = _object(disk[field])
    if "persistence" in disk and "id" not in disk["persistence"]:
        missing.append("disk.persistence.id")
    if missing:
        raise Malformed(f"Missing required fields: {', '.join(missing)}")
    return raw


def resources(value: Any) -> list[Json]:
    """A list of resource objects; raises `Malformed`."""
    if not isinstance(value, list):
        raise Malformed("Unexpected JSON type parsed")
    return [resource(each) for each in value]
