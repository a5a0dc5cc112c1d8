"""What a master refuses before it looks at what is free, and the words it uses.

Sources: Mesos src/common/resources.cpp (Resources::validate) for `invalid`, src/master/validation.cpp for `refused`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from janitor.sandbox.mesos import roles
from janitor.sandbox.mesos.algebra import Pool
from janitor.sandbox.mesos.formats import Json, from_json
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.text import printed
from janitor.sandbox.mesos.values import Scalar
from janitor.sandbox.mesos.version import Version


def invalid(raw: Json, version: Version) -> str | None:
    """Why this one resource is none, or None; `raw` is well-formed (see `messages`)."""
    if not raw["name"]:
        return "Empty resource name"
    return _bad_value(raw) or _bad_disk(raw) or _bad_reservation(raw, version) or _bad_sharing(raw)


def _bad_value(raw: Json) -> str | None:
    kind = raw["type"]
    if kind == "SCALAR":
        if "scalar" not in raw or "ranges" in raw or "set" in raw:
            return "Invalid scalar resource"
        amount = raw["scalar"]["value"]
        if amount < 0 or (amount > 0 and round(amount * 1000) == 0):
            return "Invalid scalar resource: value <= 0"
    elif kind == "RANGES":
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


def refused_resources(items: Sequence[Resource], version: Version) -> str | None:
    """What every operation refuses about its resources as a whole."""
    for item in items:
        if item.name == "gpus" and isinstance(item.value, Scalar) and item.value.milli % 1000:
            return "Invalid 'gpus' resource: The 'gpus' resource must be an unsigned integer"
        if (reason := _refused_disk(item)) is not None:
            return reason
        if item.revocable and item.is_dynamic:
            return (
                "Invalid ReservationInfo: Dynamically reserved resource "
                f"{printed(item, version)} cannot be created from revocable resources"
            )
    if version.since(1, 5):
        # An empty list lands in the second line, too: its set of providers does not hold exactly one.
        providers = {item.provider for item in items}
        if None in providers and len(providers) > 1:
            return "Some resources have a resource provider and some do not"
        if len(providers) != 1:
            return "The resources have multiple resource providers: " + ", ".join(sorted(filter(None, providers)))
    return None


def _refused_disk(item: Resource) -> str | None:
    disk = item.disk
    if disk is None:
        return None
    if disk.is_empty:
        return "Invalid DiskInfo: DiskInfo is set but empty"
    if disk.persistence is None:
        return "Invalid DiskInfo: Non-persistent volume not supported" if disk.volume is not None else None
    if item.revocable:
        return "Invalid DiskInfo: Persistent volumes cannot be created from revocable resources"
    if not item.stack:
        return "Invalid DiskInfo: Persistent volumes cannot be created from unreserved resources"
    if disk.volume is None:
        return "Invalid DiskInfo: Expecting 'volume' to be set for persistent volume"
    if "host_path" in json.loads(disk.volume):
        return "Invalid DiskInfo: Expecting 'host_path' to be unset for persistent volume"
    bad = not 0 < len(disk.persistence) < 256 or disk.persistence in (".", "..")
    if bad or any(ord(char) < 32 or char in "/\\" for char in disk.persistence):
        return f"Invalid DiskInfo: Invalid persistence ID for persistent volume: '{disk.persistence}'"
    return None


def refused_unreserve(items: Sequence[Resource], version: Version) -> str | None:
    """Why these cannot be unreserved whatever the state, or None."""
    for item in items:
        text = printed(item, version)
        if not item.is_dynamic:
            return f"Resource {text} is not dynamically reserved"
        if item.is_volume:
            return (
                f"A dynamically reserved persistent volume {text} cannot be unreserved directly. "
                "Please destroy the persistent volume first then unreserve the resource"
            )
    return None


def refused_reserve(
    items: Sequence[Resource], principal: str | None, capabilities: Sequence[str], version: Version
) -> str | None:
    """Why these cannot be reserved by `principal` (None: nobody in particular), or None."""
    for item in items:
        if not item.is_dynamic:
            return f"Resource {printed(item, version)} is not dynamically reserved"
        if item.allocated_to is not None and version.since(1, 3):
            return f"Resource {printed(item, version)} must not have 'allocation_info' set"
        owner = item.stack[-1].principal
        if principal is not None and owner != principal:
            return _another_principal(principal, owner, version)
        if len(item.stack) > 1 and "RESERVATION_REFINEMENT" not in capabilities:
            return "Agent does not have the RESERVATION_REFINEMENT capability"
        if "/" in item.role and "HIERARCHICAL_ROLE" not in capabilities:
            return "Agent does not have the HIERARCHICAL_ROLE capability"
    return None


def _another_principal(principal: str, owner: str | None, version: Version) -> str:
    if not version.since(1, 3):
        return (
            f"A reserve operation was attempted by principal '{principal}', but there is a reserved resource in the "
            f"request with principal '{owner}' set in `ReservationInfo`"
        )
    whose = "with no principal" if owner is None else f"with principal '{owner}'"
    return (
        f"A reserve operation was attempted by authenticated principal '{principal}', which does not match a reserved "
        f"resource in the request {whose}"
    )


def _not_volume(item: Resource, version: Version) -> str | None:
    if item.disk is None:
        return f"Not a persistent volume: Resource {printed(item, version)} does not have DiskInfo"
    if item.disk.persistence is None:
        return "Not a persistent volume: 'persistence' is not set in DiskInfo"
    if json.loads(item.disk.volume or "{}").get("mode") == "RO":
        return "Not a persistent volume: Read-only persistent volume not supported"
    return None


def refused_create(items: Sequence[Resource], principal: str | None, there: Pool, version: Version) -> str | None:
    """Why these volumes cannot be created by `principal`, `there` being what the agent has; or None."""
    taken = {(item.role, item.disk.persistence) for item in there if item.disk is not None and item.is_volume}
    for item in items:
        if (reason := _not_volume(item, version)) is not None:
            return reason
        assert item.disk is not None
        if (item.role, item.disk.persistence) in taken:
            return f"Persistence ID '{item.disk.persistence}' is not unique"
        taken.add((item.role, item.disk.persistence))
        if principal is not None and item.disk.principal != principal:
            return (
                f"Create volume operation attempted by principal '{principal}', but there is a volume in the request "
                f"with principal '{item.disk.principal}' set in 'DiskInfo'"
            )
    return None


def refused_destroy(items: Sequence[Resource], there: Pool, used: Pool, version: Version) -> str | None:
    """Why these volumes cannot be destroyed, `used` being what tasks and executors hold; or None."""
    for item in items:
        if (reason := _not_volume(item, version)) is not None:
            return reason
    if not all(there.contains(item) for item in items):
        return "Persistent volumes not found"
    if version.since(1, 1):
        in_use = {replace(item, allocated_to=None).key for item in used}
        if any(item.key in in_use for item in items):
            return "Persistent volumes in use"
    return None


def resource_mistake(raw: Json, version: Version) -> str | None:
    """`invalid` as the line that a master answers with."""
    reason = invalid(raw, version)
    if reason is None or not version.refinement:
        return reason
    return f"Resource '{printed(from_json(raw, version), version)}' is invalid: {reason}"
