"""Mesos masters in ZooKeeper: which of them leads, its id (rule Z2), and where it answers. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from janitor.errors import UsageError
from janitor.zookeeper.paths import parse_hosts

_JSON_INFO = re.compile(r"json\.info_([0-9]{1,18})")


class _MasterInfo(msgspec.Struct):
    id: str


class _Address(msgspec.Struct):
    ip: str
    port: int
    hostname: msgspec.Raw = msgspec.Raw(b"null")


class _MasterPlace(msgspec.Struct):
    address: _Address


def leader_among(names: Iterable[str]) -> str | None:
    """Give the json.info_<number> with the smallest number, which is the leader's; None when there is none.

    Masters before 0.24 write binary info_* there, and the replicated log keeps log_replicas beside them
    (Mesos, src/master/contender/zookeeper.cpp).
    """
    found = [(int(match[1]), name) for name in names if (match := _JSON_INFO.fullmatch(name))]
    return min(found)[1] if found else None


def id_in(data: bytes) -> str | None:
    """Give the id in what a master registered, or None when it is not what a master writes."""
    try:
        return msgspec.json.decode(data, type=_MasterInfo).id
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def places_in(data: bytes) -> tuple[str, ...]:
    """Give HOST:PORT of where the master answers that registered this: by its name, then by its address.

    Empty for what no master of 0.24 or later writes (Mesos, include/mesos/mesos.proto: MasterInfo.address). The name is
    what its own redirects have; a name that cannot be read leaves the address.
    """
    try:
        address = msgspec.json.decode(data, type=_MasterPlace).address
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return ()
    places = [_place(name, address.port) for name in (_text(address.hostname), address.ip) if name]
    return tuple(dict.fromkeys(place for place in places if place is not None))


def _text(raw: msgspec.Raw) -> str | None:
    try:
        return msgspec.json.decode(raw, type=str | None)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _place(name: str, port: int) -> str | None:
    """HOST:PORT; None for what names no one host."""
    try:
        hosts = parse_hosts(f"[{name}]:{port}" if ":" in name else f"{name}:{port}")
    except UsageError:
        return None
    return hosts.written if len(hosts.servers) == 1 and not hosts.chroot else None
