"""What is no valid resource, and the words a master has for it (Mesos src/common/resources.cpp, validate)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from janitor.sandbox.mesos import roles
from janitor.sandbox.mesos.formats import Json, from_json
from janitor.sandbox.mesos.text import printed
from janitor.sandbox.mesos.values import Scalar
from janitor.sandbox.mesos.version import Version

_OLD_FORMAT = {"role", "reservation"}


def invalid(raw: Json, version: Version) -> str | None:
    """Why this one resource is none, or None; `raw` is well-formed (see `messages`)."""
    if not raw["name"]:
        return "Empty resource name"
    return _bad_value(raw, version) or _bad_disk(raw) or _bad_reservation(raw, version) or _bad_sharing(raw)


def _bad_value(raw: Json, version: Version) -> str | None:
    kind = raw["type"]
    if kind == "SCALAR":
        if "scalar" not in raw or "ranges" in raw or "set" in raw:
            return "Invalid scalar resource"
        return _bad_amount(raw["scalar"]["value"], version)
    if kind == "RANGES":
        if "ranges" not in raw or "scalar" in raw or "set" in raw:
            return "Invalid ranges resource"
        ranges = sorted((each["begin"], each["end"]) for each in raw["ranges"].get("range") or [])
        if any(begin > end for begin, end in ranges):
            return "Invalid ranges resource: begin > end"
        if any(left[1] >= right[0] for left, right in pairwise(ranges)):
            return "Invalid ranges resource: overlapping ranges"
    elif kind == "SET":
        if "set" not in raw or "scalar" in raw or "ranges" in raw:
            return "Invalid set resource"
        items = raw["set"].get("item") or []
        if len(set(items)) != len(items):
            return "Invalid set resource: duplicated elements"
    else:
        return "Unsupported resource type"
    return None


def _bad_amount(number: float, version: Version) -> str | None:
    """From 1.4 on it is the rounded amount that counts; 0 itself passes."""
    if not version.refinement:
        return "Invalid scalar resource: value < 0" if number < 0 else None
    return "Invalid scalar resource: value <= 0" if number != 0 and Scalar(number).milli <= 0 else None


def _bad_disk(raw: Json) -> str | None:
    if "disk" not in raw:
        return None
    if raw["name"] != "disk":
        return f"DiskInfo should not be set for {raw['name']} resource"
    source = raw["disk"].get("source") or {}
    if source.get("type") == "RAW":
        for kind in ("mount", "path"):
            if kind in source:
                return f"{kind.capitalize()} should not be set for RAW disk source"
    return None


def _bad_reservation(raw: Json, version: Version) -> str | None:
    if not version.refinement or not raw.get("reservations"):
        return _bad_old_format(raw, version)
    levels = raw["reservations"]
    for level in levels:
        for field in ("type", "role"):
            if level.get(field) is None:
                return f"Invalid reservation: 'Resource.ReservationInfo.{field}' field must be set."
        if (mistake := roles.mistake(level["role"], version)) is not None:
            return mistake
        if level["role"] == "*":
            return 'Invalid reservation: role "*" cannot be reserved'
    for below, above in pairwise(levels):
        if above["type"] == "STATIC":
            return "Invalid refined reservation: A refined reservation cannot be STATIC"
        if not roles.is_below(above["role"], below["role"]):
            return f"Invalid refined reservation: role '{above['role']}' is not a refinement of '{below['role']}'"
    return _contradiction(raw, levels)


def _contradiction(raw: Json, levels: Sequence[Json]) -> str | None:
    role, reservation = raw.get("role"), raw.get("reservation")
    head = "Invalid resource format: "
    if len(levels) > 1:
        for field, value in (("role", role), ("reservation", reservation)):
            if value is not None:
                return (
                    f"{head}'Resource.{field}' must not be set if there is more than one reservation in"
                    " 'Resource.reservations'"
                )
        return None
    level = levels[0]
    if role is not None and role != level["role"]:
        return (
            f"{head}'Resource.role' field with '{role}' does not match the role '{level['role']}'"
            " in 'Resource.reservations'"
        )
    if level["type"] == "STATIC":
        return None if reservation is None else f"{head}'Resource.reservation' must not be set for a STATIC reservation"
    if (role is None) != (reservation is None):
        return f"{head}'Resource.role' and 'Resource.reservation' must both be set for a DYNAMIC reservation"
    if reservation is not None:
        for field in ("principal", "labels"):
            if reservation.get(field) != level.get(field):
                return f"{head}'Resource.reservation.{field}' does not match the one in 'Resource.reservations'"
    return None


def _bad_old_format(raw: Json, version: Version) -> str | None:
    role, reservation = raw.get("role", "*"), raw.get("reservation")
    if (mistake := roles.mistake(role, version)) is not None:
        return mistake
    if reservation is None:
        return None
    if version.refinement:
        for field in ("type", "role"):
            if reservation.get(field) is not None:
                return f"'Resource.ReservationInfo.{field}' must not be set for the 'Resource.reservation' field"
    if role == "*":
        return 'Invalid reservation: role "*" cannot be dynamically reserved'
    return None


def _bad_sharing(raw: Json) -> str | None:
    if "shared" not in raw:
        return None
    if raw["name"] != "disk":
        return f"Resource {raw['name']} cannot be shared"
    if "persistence" not in raw.get("disk", {}):
        return "Only persistent volumes can be shared"
    return None


def resource_mistake(raw: Json, version: Version) -> str | None:
    """`invalid` as a line that names the resource.

    From 1.4 on it is printed before the old format is understood: without the reservation that came so.
    """
    if (reason := invalid(raw, version)) is None:
        return None
    known = {key: raw[key] for key in raw.keys() - _OLD_FORMAT} if version.refinement else raw
    return f"Resource '{printed(from_json(known, version), version)}' is invalid: {reason}"
