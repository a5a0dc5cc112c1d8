"""What a master refuses before it looks at what is free, and its words (Mesos src/master/validation.cpp)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

from janitor.sandbox.mesos.algebra import Pool
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.text import printed
from janitor.sandbox.mesos.values import Scalar
from janitor.sandbox.mesos.version import Version


def resources(items: Sequence[Resource], version: Version) -> str | None:
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


def unreserve(items: Sequence[Resource], version: Version) -> str | None:
    """Why these cannot be unreserved whatever the state, or None."""
    for item in items:
        if not item.is_dynamic:
            return f"Resource {printed(item, version)} is not dynamically reserved"
        if item.is_volume:
            return (
                f"A dynamically reserved persistent volume {printed(item, version)} cannot be unreserved directly. "
                "Please destroy the persistent volume first then unreserve the resource"
            )
    return None


def reserve(
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


def create(items: Sequence[Resource], principal: str | None, there: Pool, version: Version) -> str | None:
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


def destroy(items: Sequence[Resource], there: Pool, used: Pool, version: Version) -> str | None:
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
