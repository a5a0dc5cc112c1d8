"""One reserved resource as a master shows it: what it is, who reserved it, and the forms in which it goes back.

The master's own bytes are kept (`raw`) and echoed: a resource is never computed (rule D2). Formats: before
reservation refinement (Mesos up to 1.3) an item has `role` and `reservation`; since then `reservations`, a stack
whose last entry is the top (mesos: include/mesos/mesos.proto, "Resource Format").
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from sys import intern
from typing import Literal

import msgspec

from janitor.errors import Unreadable
from janitor.words import called

RESOURCE_ID = "resource_id"
"""The label that tells one reservation of an SDK service from the next (dcos-commons: AuxLabelAccess)."""

_NOTHING = msgspec.Raw(b"null")
"""What is not there. (`Raw | None` would not do: msgspec then takes null alone.)"""


class _Label(msgspec.Struct, gc=False):
    key: str
    value: str | None = None


class _Labels(msgspec.Struct, gc=False):
    labels: list[_Label] = []


class _Reservation(msgspec.Struct, gc=False):
    type: str | None = None
    role: str | None = None
    principal: str | None = None
    labels: _Labels | None = None


class _Shadow(msgspec.Struct, gc=False):
    """The reservation in the old format. Where the new one stands beside it, its labels need not be read twice."""

    principal: str | None = None
    labels: msgspec.Raw = _NOTHING


class _Value(msgspec.Struct, gc=False):
    value: float


class _Range(msgspec.Struct, gc=False):
    begin: int
    end: int


class _Ranges(msgspec.Struct, gc=False):
    range: list[_Range] = []


class _Set(msgspec.Struct, gc=False):
    item: list[str] = []


class _Persistence(msgspec.Struct, gc=False):
    id: str
    principal: str | None = None


class _Disk(msgspec.Struct, gc=False):
    persistence: _Persistence | None = None
    source: msgspec.Raw = _NOTHING


class _Id(msgspec.Struct, gc=False):
    value: str


_TYPES: dict[str | None, Literal["STATIC", "DYNAMIC"]] = {"STATIC": "STATIC", "DYNAMIC": "DYNAMIC"}


class _Resource(msgspec.Struct, gc=False):
    name: str
    type: str | None = None
    scalar: _Value | None = None
    ranges: _Ranges | None = None
    set: _Set | None = None
    role: str | None = None
    reservation: _Shadow | None = None
    reservations: list[_Reservation] | None = None
    disk: _Disk | None = None
    provider_id: _Id | None = None
    allocation_info: msgspec.Raw = _NOTHING


class Reservation(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """One level of a reservation stack. `labels` are (key, value) pairs, sorted: Mesos ignores their order.

    type: UNKNOWN where the master names none, or one that Janitor does not know: nothing is decided on it (rule L4).
    """

    type: Literal["STATIC", "DYNAMIC", "UNKNOWN"]
    role: str
    principal: str | None = None
    labels: tuple[tuple[str, str | None], ...] = ()

    def label(self, key: str) -> str | None:
        """The value of the first label with this key, None when there is none."""
        for name, value in self.labels:
            if name == key:
                return value
        return None


class Amount(msgspec.Struct, frozen=True, gc=False, array_like=True):
    """How much: thousandths of a scalar (Mesos compares doubles so), or the covered intervals, or the members."""

    thousandths: int = 0
    intervals: tuple[tuple[int, int], ...] = ()
    members: frozenset[str] = frozenset()

    @property
    def positive(self) -> bool:
        """Whether there is anything. A master since 1.6 aborts on an item without a positive value (rule D2)."""
        return self.thousandths > 0 or bool(self.intervals or self.members)

    @property
    def counted(self) -> int:
        """A number for all of it: the thousandths; of ranges and sets how many values they are, in thousandths too."""
        if not (self.intervals or self.members):
            return self.thousandths
        values = len(self.members) + sum(end - begin + 1 for begin, end in self.intervals)
        return self.thousandths + 1000 * values

    def plus(self, other: Amount) -> Amount:
        """Both together."""
        if self == _NO_AMOUNT:
            return other
        return Amount(
            self.thousandths + other.thousandths,
            _merged(self.intervals + other.intervals),
            self.members | other.members,
        )

    def covers(self, other: Amount) -> bool:
        """Whether `other` fits into this."""
        return (
            other.thousandths <= self.thousandths
            and other.members <= self.members
            and all(any(low <= begin and end <= high for low, high in self.intervals) for begin, end in other.intervals)
        )

    def __str__(self) -> str:
        if self.intervals:
            return "[" + ", ".join(f"{begin}-{end}" for begin, end in self.intervals) + "]"
        if self.members:
            return "{" + ", ".join(sorted(self.members)) + "}"
        return f"{self.thousandths / 1000:.10g}"


_NO_AMOUNT = Amount()


class Kind(msgspec.Struct, frozen=True, gc=False, cache_hash=True, array_like=True):
    """What makes two items the same kind of thing, whether a volume sits on them or not (rule S2).

    name, the whole reservation stack (top last), the resource provider, the disk's source in canonical JSON, and who
    created a volume where the reservation is static: nobody else is known for it there. A look puts ten thousands of
    them into sets, again and again, so the hash is worked out once.
    """

    name: str
    stack: tuple[Reservation, ...]
    provider: str | None
    source: str | None
    creator: str | None = None

    @property
    def principal(self) -> str | None:
        """Whose it is: of a dynamic reservation its principal, of a volume on a static one the volume's (rule S1)."""
        return self.creator if self.creator is not None or not self.stack else self.stack[-1].principal


class Resource(msgspec.Struct, frozen=True, gc=False):
    """One item of `reserved_resources_full`. `shown` is the part of the master's answer in which it stands.

    It is a view: of half a million items in a large cluster's answer none is copied.
    """

    shown: msgspec.Raw
    kind: Kind
    amount: Amount
    volume_id: str | None = None
    volume_principal: str | None = None
    allocated: bool = False

    def __hash__(self) -> int:
        return hash((self.kind, self.amount, self.volume_id))

    @property
    def raw(self) -> bytes:
        """The very bytes that the master showed."""
        return bytes(self.shown)

    @property
    def top(self) -> Reservation:
        """The reservation on top of the stack: the one that UNRESERVE takes off."""
        return self.kind.stack[-1]

    @property
    def dynamic(self) -> bool:
        """Whether the top of the stack is a dynamic reservation: only those can be unreserved (rule S1)."""
        return bool(self.kind.stack) and self.top.type == "DYNAMIC"

    def released(self) -> bytes:
        """The form in which UNRESERVE wants it once its volume is gone (rule D1).

        As shown; a volume loses `persistence` and `volume` of its disk and `shared`, and the disk itself when nothing
        else is in it (a PATH or MOUNT disk keeps its `source`).
        """
        if self.volume_id is None:
            return self.raw
        item = msgspec.json.decode(self.raw, type=dict[str, object])
        item.pop("shared", None)
        disk = item.pop("disk", None)
        if isinstance(disk, dict):
            rest = {key: value for key, value in disk.items() if key not in ("persistence", "volume")}
            if rest:
                item["disk"] = rest
        return msgspec.json.encode(item)

    def __str__(self) -> str:
        volume = f" (volume {called(self.volume_id)})" if self.volume_id is not None else ""
        return f"{called(self.kind.name)}:{self.amount}{volume}"


def parse_list(raw: bytes | msgspec.Raw, where: str) -> tuple[Resource, ...]:
    """The items of one list of resources.

    raw: a JSON array as the master sent it; where: what it is, for the message.
    Raises Unreadable when it is not a list of resources.
    """
    try:
        return tuple(map(_resource, _RAWS.decode(raw), _RESOURCES.decode(raw)))
    except UNREADABLE as error:
        raise unreadable(where, error) from error


def parse_each(raw: bytes | msgspec.Raw, where: str) -> Iterator[Resource]:
    """The same, one after the other, so that a long list is never there as a whole. Raises Unreadable on the way."""
    try:
        for item in _RAWS.decode(raw):
            yield _resource(item, _RESOURCE.decode(item))
    except UNREADABLE as error:
        raise unreadable(where, error) from error


def parse(raw: bytes) -> Resource:
    """One resource from its JSON. Raises MsgspecError when it is none, OverflowError when it is beyond measure."""
    return _resource(msgspec.Raw(raw), _RESOURCE.decode(raw))


_RESOURCE = msgspec.json.Decoder(_Resource)
_RESOURCES = msgspec.json.Decoder(list[_Resource])
_RAWS = msgspec.json.Decoder(list[msgspec.Raw])
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, OverflowError)
"""What `parse` and its decoders raise."""


def unreadable(where: str, error: Exception) -> Unreadable:
    """The error about a list of resources that is none."""
    return Unreadable(f"The resources in {where} cannot be read: {error}.")


def _resource(raw: msgspec.Raw, item: _Resource) -> Resource:
    """The value of an item. It is made half a million times of a large cluster, so that it calls what it must only."""
    stack = _stack(item)
    provider = item.provider_id.value if item.provider_id is not None else None
    allocated = item.allocation_info != _NOTHING
    disk = item.disk
    if disk is None:
        return Resource(raw, Kind(intern(item.name), stack, provider, None), _amount(item), None, None, allocated)
    source, volume = None, disk.persistence
    if disk.source != _NOTHING:
        source = msgspec.json.encode(msgspec.json.decode(disk.source), order="sorted").decode()
    creator = volume.principal if volume and stack and stack[-1].type == "STATIC" else None
    return Resource(
        shown=raw,
        kind=Kind(intern(item.name), stack, provider, source, creator),
        amount=_amount(item),
        volume_id=volume.id if volume else None,
        volume_principal=_interned(volume.principal) if volume else None,
        allocated=allocated,
    )


def _stack(item: _Resource) -> tuple[Reservation, ...]:
    levels = item.reservations
    if levels:
        top = levels[-1]
        if item.role is not None and item.role != top.role:
            raise msgspec.ValidationError(
                f"A resource has role {item.role!r}, and its reservations end in {top.role!r}"
            )
        old = item.reservation
        if old is not None and (top.type == "STATIC" or old.principal != top.principal):
            raise msgspec.ValidationError("A resource's reservation and its reservations contradict each other")
        return (_level(top),) if len(levels) == 1 else tuple(map(_level, levels))
    role = item.role or "*"
    if item.reservation is not None:
        labels = msgspec.json.decode(item.reservation.labels, type=_Labels | None)
        return (_level(_Reservation("DYNAMIC", role, item.reservation.principal, labels)),)
    return () if role == "*" else (Reservation("STATIC", role),)


def _level(entry: _Reservation) -> Reservation:
    """A level of a stack. Only what says that it is dynamic can be taken off (rule S1)."""
    plain = _unlabelled(entry.type, entry.role, entry.principal)
    labels = entry.labels.labels if entry.labels is not None else None
    if not labels:
        return plain
    if len(labels) == 1:  # as it mostly is
        return Reservation(plain.type, plain.role, plain.principal, ((labels[0].key, labels[0].value),))
    pairs = sorted([(label.key, label.value) for label in labels], key=repr)
    return Reservation(plain.type, plain.role, plain.principal, tuple(pairs))


@lru_cache(maxsize=4096)
def _unlabelled(type_: str | None, role: str | None, principal: str | None) -> Reservation:
    """The one copy of a level without labels, and of its texts, that ten thousands of items share."""
    return Reservation(_TYPES.get(type_, "UNKNOWN"), intern(role or ""), _interned(principal))


def _interned(text: str | None) -> str | None:
    """The one copy of a text that ten thousands of items share."""
    return intern(text) if text is not None else None


def _amount(item: _Resource) -> Amount:
    if item.scalar is not None:
        return _scalar(item.scalar.value)
    if item.ranges is not None:
        return Amount(intervals=_merged(tuple((r.begin, r.end) for r in item.ranges.range if r.begin <= r.end)))
    if item.set is not None:
        return Amount(members=frozenset(item.set.item))
    return Amount()


_MOST = (2**63 - 1) / 1000


@lru_cache(maxsize=4096)
def _scalar(value: float) -> Amount:
    """The one copy of an amount that many items share."""
    return Amount(in_thousandths(value))


def in_thousandths(value: float) -> int:
    """A scalar as a master computes with it: a half is rounded away from zero (mesos: src/common/values.cpp).

    Raises OverflowError for what none can compute with: it counts thousandths in 64 bits.
    """
    if abs(value) > _MOST:
        raise OverflowError("an amount beyond measure")
    return int(value * 1000 + (0.5 if value >= 0 else -0.5))


def _merged(intervals: tuple[tuple[int, int], ...]) -> tuple[tuple[int, int], ...]:
    """The same numbers in the fewest intervals, ascending."""
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(intervals):
        if merged and begin <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((begin, end))
    return tuple(merged)
