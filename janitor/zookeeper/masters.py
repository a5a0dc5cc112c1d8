"""Mesos masters in ZooKeeper: which of them leads, and its id (rule Z2). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

_JSON_INFO = re.compile(r"json\.info_([0-9]{1,18})")


class _MasterInfo(msgspec.Struct):
    id: str


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
