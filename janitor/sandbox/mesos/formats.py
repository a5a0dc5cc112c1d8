"""Resources as JSON, in the three formats of a master (mesos.proto "Resource Format").

PRE      `role` and `reservation`; all there is up to 1.3
POST     `reservations` only; inside a master from 1.4 on
ENDPOINT both, where both can say it; what a master from 1.4 on shows
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from janitor.sandbox.mesos.resources import Disk, Labels, Reservation, Resource
from janitor.sandbox.mesos.values import Items, Ranges, Scalar, Value, in_json
from janitor.sandbox.mesos.version import Version

Json = dict[str, Any]


class Format(Enum):
    """How a resource is written down."""

    PRE = "pre"
    POST = "post"
    ENDPOINT = "endpoint"


def _labels_json(labels: Labels) -> Json:
    """An empty list is not written down: `{}` remains."""
    shown = [{"key": key} if value is None else {"key": key, "value": value} for key, value in labels]
    return {"labels": shown} if shown else {}


def _level_json(level: Reservation, *, whole: bool) -> Json:
    shown: Json = {"type": "DYNAMIC" if level.dynamic else "STATIC", "role": level.role} if whole else {}
    if level.principal is not None:
        shown["principal"] = level.principal
    if level.labels is not None:
        shown["labels"] = _labels_json(level.labels)
    return shown


def _value_json(value: Value) -> Json:
    if isinstance(value, Scalar):
        return {"scalar": {"value": in_json(value.number)}}
    if isinstance(value, Ranges):
        return {"ranges": {"range": [{"begin": begin, "end": end} for begin, end in value.intervals]}}
    return {"set": {"item": sorted(value.names)}}


def _disk_json(disk: Disk) -> Json:
    shown: Json = {}
    if disk.source is not None:
        shown["source"] = disk.source_fields
    if disk.persistence is not None:
        shown["persistence"] = {"id": disk.persistence}
        if disk.principal is not None:
            shown["persistence"]["principal"] = disk.principal
    if disk.volume is not None:
        shown["volume"] = json.loads(disk.volume)
    return shown


def to_json(item: Resource, form: Format) -> Json:
    """One resource as a master prints it in that format."""
    shown: Json = {"name": item.name, "type": item.value.kind, **_value_json(item.value)}
    if form is not Format.POST and len(item.stack) <= 1:
        shown["role"] = item.role
        if item.is_dynamic:
            shown["reservation"] = _level_json(item.stack[0], whole=False)
    if form is not Format.PRE and item.stack:
        shown["reservations"] = [_level_json(level, whole=True) for level in item.stack]
    if item.allocated_to is not None:
        shown["allocation_info"] = {"role": item.allocated_to}
    if item.disk is not None:
        shown["disk"] = _disk_json(item.disk)
    if item.revocable:
        shown["revocable"] = {}
    if item.shared:
        shown["shared"] = {}
    if item.provider is not None:
        shown["provider_id"] = {"value": item.provider}
    return shown


def _labels(raw: Mapping[str, Any]) -> Labels | None:
    labels = raw.get("labels")
    if labels is None:
        return None
    return tuple((str(label["key"]), label.get("value")) for label in labels.get("labels") or [])


def _stack(raw: Mapping[str, Any], version: Version) -> tuple[Reservation, ...]:
    levels = raw.get("reservations")
    if version.refinement and levels:
        return tuple(
            Reservation(
                level.get("type") == "DYNAMIC", str(level.get("role", "")), level.get("principal"), _labels(level)
            )
            for level in levels
        )
    role, reservation = raw.get("role", "*"), raw.get("reservation")
    if reservation is not None:
        return (Reservation(True, str(role), reservation.get("principal"), _labels(reservation)),)
    return () if role == "*" else (Reservation(False, str(role)),)


def _value(raw: Mapping[str, Any]) -> Value:
    kind = raw.get("type", "SCALAR")
    if kind == "RANGES":
        sent = (raw.get("ranges") or {}).get("range") or []
        return Ranges(tuple((int(each["begin"]), int(each["end"])) for each in sent))
    if kind == "SET":
        return Items(frozenset(str(item) for item in (raw.get("set") or {}).get("item") or []))
    return Scalar(float((raw.get("scalar") or {}).get("value", 0)))


def _disk(raw: Mapping[str, Any] | None) -> Disk | None:
    if raw is None:
        return None
    persistence = raw.get("persistence") or {}
    return Disk(
        Disk.text(raw.get("source")), persistence.get("id"), persistence.get("principal"), Disk.text(raw.get("volume"))
    )


def from_json(raw: Mapping[str, Any], version: Version) -> Resource:
    """A resource as sent, which is well-formed (see `messages`); whether it is *valid* is for `validation` to say.

    Up to 1.3 `reservations` is a field that a master does not know.
    """
    allocation, provider = raw.get("allocation_info"), raw.get("provider_id")
    return Resource(
        name=str(raw["name"]),
        value=_value(raw),
        stack=_stack(raw, version),
        disk=_disk(raw.get("disk")),
        shared=raw.get("shared") is not None,
        revocable=raw.get("revocable") is not None,
        provider=None if provider is None else str(provider.get("value", "")),
        allocated_to=None if allocation is None else allocation.get("role"),
    )
