"""Resources as a master prints them in its messages (the `<<` of Mesos src/common/resources.cpp)."""

from __future__ import annotations

import json
from collections.abc import Iterable

from janitor.sandbox.mesos.resources import Disk, Labels, Reservation, Resource
from janitor.sandbox.mesos.version import Version


def _labels(labels: Labels) -> str:
    return "{" + ", ".join(key if value is None else f"{key}: {value}" for key, value in labels) + "}"


def _level(level: Reservation) -> str:
    parts = ["DYNAMIC" if level.dynamic else "STATIC", level.role]
    if level.principal is not None:
        parts.append(level.principal)
    if level.labels is not None:
        parts.append(_labels(level.labels))
    return "(" + ",".join(parts) + ")"


def _reservations(item: Resource, version: Version) -> str:
    if version.refinement:
        return f"(reservations: [{','.join(_level(level) for level in item.stack)}])" if item.stack else ""
    parts = [item.role]
    if item.is_dynamic:
        top = item.stack[-1]
        parts += [top.principal] if top.principal is not None else []
        parts += [_labels(top.labels)] if top.labels is not None else []
    return f"({', '.join(parts)})"


def _source(fields: dict[str, object]) -> str:
    kind = str(fields.get("type"))
    place = fields.get(kind.lower())
    root = place.get("root") if isinstance(place, dict) else None
    return f"{kind}:{root}" if root else kind


def _disk(disk: Disk) -> str:
    parts = []
    if disk.source is not None:
        parts.append(_source(disk.source_fields))
    if disk.persistence is not None:
        parts.append(disk.persistence)
    text = ",".join(parts)
    if disk.volume is not None:
        text += f":{json.loads(disk.volume).get('container_path', '')}"
    return f"[{text}]"


def printed(item: Resource, version: Version) -> str:
    """One resource, such as `cpus(reservations: [(DYNAMIC,role,principal)]):2`."""
    text = item.name
    if item.allocated_to is not None:
        text += f"(allocated: {item.allocated_to})"
    text += _reservations(item, version)
    if item.disk is not None and not item.disk.is_empty:
        text += _disk(item.disk)
    if item.revocable:
        text += "{REV}"
    if item.shared:
        text += "<SHARED>"
    return f"{text}:{item.value}"


def printed_all(items: Iterable[Resource], version: Version) -> str:
    """Many, `; ` between them, or `{}` for none."""
    return "; ".join(printed(item, version) for item in items) or "{}"
