"""A resource as a Mesos master holds it: a value, a stack of reservations, a disk.

Source of the rules: Mesos include/mesos/mesos.proto ("Resource Format") and src/common/resources.cpp.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from janitor.sandbox.mesos.values import Value

Labels = tuple[tuple[str, str | None], ...]


@dataclass(frozen=True)
class Reservation:
    """One level of a stack. An absent principal or label list is not an empty one."""

    dynamic: bool
    role: str
    principal: str | None = None
    labels: Labels | None = None

    @property
    def identity(self) -> tuple[object, ...]:
        """What two equal reservations agree in; the order of labels does not count."""
        labels = None if self.labels is None else tuple(sorted(self.labels, key=lambda pair: (pair[0], pair[1] or "")))
        return (self.dynamic, self.role, self.principal, labels)


@dataclass(frozen=True)
class Disk:
    """`source` and `volume` as canonical JSON texts, or None; a persistence is an id and a principal."""

    source: str | None = None
    persistence: str | None = None
    principal: str | None = None
    volume: str | None = None

    @staticmethod
    def text(fields: Mapping[str, object] | None) -> str | None:
        """A source or a volume as it is kept here."""
        return None if fields is None else json.dumps(fields, sort_keys=True, separators=(",", ":"))

    @property
    def is_empty(self) -> bool:
        """Nothing in it: it is left out (and refused when it is sent so)."""
        return self.source is None and self.persistence is None and self.volume is None

    @cached_property
    def source_fields(self) -> dict[str, object]:
        """The source's own fields: `type` (PATH, MOUNT, BLOCK, RAW), `id` and so on; empty for the root disk."""
        fields: dict[str, object] = json.loads(self.source) if self.source else {}
        return fields


@dataclass(frozen=True)
class Resource:
    """One item: what it is, how much of it, for whom."""

    name: str
    value: Value
    stack: tuple[Reservation, ...] = ()
    disk: Disk | None = None
    shared: bool = False
    revocable: bool = False
    provider: str | None = None
    allocated_to: str | None = None

    @cached_property
    def key(self) -> tuple[object, ...]:
        """Everything but the value (resources.cpp `addable`, `subtractable`); of a persistence only the id counts."""
        disk = None if self.disk is None else (self.disk.source, self.disk.persistence)
        return (
            self.name,
            self.value.kind,
            self.allocated_to,
            tuple(level.identity for level in self.stack),
            disk,
            self.shared,
            self.revocable,
            self.provider,
        )

    @property
    def role(self) -> str:
        """The role of the top of the stack; `*` when unreserved."""
        return self.stack[-1].role if self.stack else "*"

    @property
    def is_dynamic(self) -> bool:
        """Whether the top of the stack was reserved at run time, so that it can be unreserved."""
        return bool(self.stack) and self.stack[-1].dynamic

    @property
    def is_volume(self) -> bool:
        """Whether it is a persistent volume."""
        return self.disk is not None and self.disk.persistence is not None

    @property
    def is_whole(self) -> bool:
        """Whether it is taken as a whole or not at all: volumes, MOUNT and BLOCK disks, RAW disks with an id."""
        if self.disk is None:
            return False
        source = self.disk.source_fields
        kind = source.get("type")
        return self.is_volume or kind in ("MOUNT", "BLOCK") or (kind == "RAW" and "id" in source)

    @property
    def is_zero(self) -> bool:
        """Nothing of it: a scalar of 0, no ranges, no items."""
        return not self.value

    def with_value(self, value: Value) -> Resource:
        """More or less of the same. (Not `replace`: this is where a write spends its time.)"""
        same = Resource(
            self.name,
            value,
            self.stack,
            self.disk,
            self.shared,
            self.revocable,
            self.provider,
            self.allocated_to,
        )
        same.__dict__["key"] = self.key
        return same

    def allocated(self, role: str | None) -> Resource:
        """The same, allocated to a role (or to none)."""
        return replace(self, allocated_to=role)

    def released(self) -> Resource:
        """What an UNRESERVE leaves: one level less."""
        below = self.stack[:-1]
        return Resource(
            self.name, self.value, below, self.disk, self.shared, self.revocable, self.provider, self.allocated_to
        )

    def without_volume(self) -> Resource:
        """What a DESTROY leaves: the disk alone."""
        disk = Disk(source=self.disk.source) if self.disk else Disk()
        return replace(self, disk=None if disk.is_empty else disk, shared=False)
