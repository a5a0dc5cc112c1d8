"""ZooKeeper asked through Exhibitor's explorer, as the original janitor did.

Its answers are 200 whatever happened; what happened stands in the body (dcos/exhibitor, ExplorerResource.java).
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

import msgspec

from janitor.errors import HttpStatus, NoAnswer, OutOfTime, ZooKeeperTrouble
from janitor.patience import Patience
from janitor.transport.http import Http
from janitor.transport.jsonbody import decode, expect
from janitor.transport.urls import shown
from janitor.words import foreign
from janitor.zookeeper.ensemble import EMPTY_ROOT, Progress, check_time
from janitor.zookeeper.masters import id_in, leader_among
from janitor.zookeeper.paths import places_beside, znode_path
from janitor.zookeeper.survey import LIVE_PLACES
from janitor.zookeeper.znode import Removed, Znode

T = TypeVar("T")

ATTEMPTS = 10
"""Deletions asked for, one after the other: a proxy may give up on one that Exhibitor goes on with."""

FIRST_WAIT, LONGEST_WAIT = 0.25, 10.0
"""Seconds between two of them, doubling."""

PLACE_LIMIT = 500
"""Nodes below one live place up to which all are looked at; each takes two requests."""

_REMEDY = "Say where Exhibitor is with -e URL, or ask ZooKeeper itself with --zookeeper HOST:PORT."


@dataclass(frozen=True, slots=True)
class Stat:
    """What is used of a znode's stat; Exhibitor writes it as text, "czxid: 1, mzxid: 1, ..."."""

    czxid: int
    ephemeral_owner: int
    data_length: int
    num_children: int


LONGEST_STAT = 2000
"""Characters of a stat that are read: eleven names and numbers take some 300."""

_NUMBER = re.compile(r"-?[0-9]{1,19}")
_FIELDS = ("czxid", "ephemeralOwner", "dataLength", "numChildren")


def stat_in(text: str) -> Stat | None:
    """Read a stat as Exhibitor writes it; None when it is none, or lacks what is used."""
    fields = dict(field.partition(":")[::2] for field in text[:LONGEST_STAT].replace(" ", "").split(","))
    numbers = [int(fields[name]) for name in _FIELDS if _NUMBER.fullmatch(fields.get(name, ""))]
    return Stat(*numbers) if len(numbers) == len(_FIELDS) and len(text) <= LONGEST_STAT else None


class _NodeData(msgspec.Struct):
    hexadecimal: str = msgspec.field(name="bytes")
    stat: str


class _Entry(msgspec.Struct):
    title: str
    key: str


class _Result(msgspec.Struct):
    message: str
    succeeded: bool


class ExhibitorEnsemble:
    """An Ensemble behind Exhibitor. `base_url` is what the original's -e takes: http://leader.mesos:8181/"""

    def __init__(self, http: Http, base_url: str, patience: Patience) -> None:
        self._http = http
        self._explorer = f"{base_url.rstrip('/')}/exhibitor/v1/explorer"
        self._patience = patience
        self.name = f"Exhibitor at {shown(base_url)}"

    def look(self, path: str) -> Znode:
        """Say whether the znode is there and which one it is; what lives is looked for at LIVE_PLACES only (O4)."""
        root = self.stat(path)
        if root is None:
            return Znode(path, exists=False, czxid=None, ephemerals=(), unread=(), nodes=None)
        live = [path] if root.ephemeral_owner else []
        unread: list[str] = []
        for place in LIVE_PLACES:
            self._walk(f"{path}/{place}", live, unread)
        return Znode(path, True, root.czxid, tuple(sorted(live)), tuple(sorted(unread)), nodes=None)

    def master_id(self, mesos_path: str) -> str | None:
        """Give the id of the master that leads by the ensemble behind this Exhibitor."""
        base = mesos_path.rstrip("/")
        while self._node(base or "/") is not None:
            check_time(self.name, self._patience)
            leader = leader_among(self._children(base or "/"))
            if leader is None:
                return None
            node = self._node(f"{base}/{leader}")
            if node is None:
                continue  # it has just stopped leading
            if (found := id_in(_bytes(node[1]))) is None:
                raise ZooKeeperTrouble(f"{base}/{leader} in {self.name} is not what a Mesos master writes.")
            return found
        return None

    def beside(self, path: str) -> tuple[str, ...]:
        """Give what is at the top and beside `path`."""
        places = [place for place in places_beside(path) if not place or self._node(place) is not None]
        return tuple(
            sorted(f"{place}/{name}".removeprefix("/") for place in places for name in self._children(place or "/"))
        )

    def remove(self, path: str, czxid: int | None, progress: Progress) -> Removed:
        """Delete the znode and what is below it, and prove it gone (rules Z3 to Z5); nothing is counted."""
        path = znode_path(path)
        succeeded, words = True, ""
        for attempt, wait in enumerate(_waits()):
            if not succeeded:
                self._patience.pause(wait)
            root = self.stat(path)
            if root is None:
                return Removed("gone" if attempt else "missing", 0, attempt, "exhibitor", words)
            self.expect_same(path, root, czxid)
            if "NoAuth" in words:
                if self.is_empty(path, root):
                    return Removed("root-left", 0, attempt, "exhibitor", words)
                raise ZooKeeperTrouble(f"{self.name} may not delete {path}: {words}", denied=True)
            if attempt < ATTEMPTS:
                progress(0, f"Exhibitor is deleting {path}")
                succeeded, words = self.delete(path)
        raise ZooKeeperTrouble(
            f"{self.name} could not delete {path}: {words}",
            remedy="When a service still writes there, stop it first; else delete it through ZooKeeper (--zookeeper).",
        )

    def close(self) -> None:
        """Nothing to end: the connections are the run's."""

    def stat(self, path: str) -> Stat | None:
        """Give the stat of a znode, None when it is not there. Raises ZooKeeperTrouble when that cannot be told."""
        node = self._node(path)
        return None if node is None else node[0]

    def expect_same(self, path: str, stat: Stat, czxid: int | None) -> None:
        """Raise ZooKeeperTrouble when the znode is not the one that was seen (rule Z5)."""
        if stat.czxid != czxid:
            raise ZooKeeperTrouble(
                f"{path} at {self.name}: another znode of that name was created meanwhile. It stays.",
                remedy="Look who uses it; run again if it is really abandoned.",
            )

    def delete(self, path: str) -> tuple[bool, str]:
        """Ask once to delete a znode with all that is below it; give whether it says to have succeeded, and its words.

        Look again in either case: what failed may have stopped half-way, or be going on. Raises ZooKeeperTrouble
        when changes are disabled (403), or at the deadline.
        """
        url = f"{self._explorer}/znode/{quote(path.removeprefix('/'))}"
        try:
            reply = self._http.request("DELETE", url)
            if reply.status == 403:
                raise ZooKeeperTrouble(f"{self.name} is configured not to change znodes (403).", denied=True)
            result = decode(expect(reply, (200,), "deleting a znode"), _Result, "the deletion's result")
            return result.succeeded, foreign(result.message)
        except OutOfTime as error:
            raise self._trouble(error) from error
        except (NoAnswer, HttpStatus) as error:
            return False, error.message

    def is_empty(self, path: str, root: Stat) -> bool:
        """True when the root has no data and no children, except an empty `lock` (rule Z4)."""
        if root.data_length or root.num_children > 1:
            return False
        lock = self.stat(f"{path}/{EMPTY_ROOT}") if root.num_children else None
        if lock is None:
            return not root.num_children
        return not (lock.data_length or lock.num_children or lock.ephemeral_owner)

    def _walk(self, place: str, live: list[str], unread: list[str]) -> None:
        waiting = deque([place])
        known = 1
        while waiting:
            path = waiting.popleft()
            try:
                stat = self.stat(path)
                names = self._children(path) if stat and stat.num_children else []
            except ZooKeeperTrouble:
                check_time(self.name, self._patience)
                unread.append(path)
                continue
            if stat and stat.ephemeral_owner:
                live.append(path)
            known += len(names)
            if known > PLACE_LIMIT:
                unread.append(place)
                return
            waiting.extend(f"{path}/{name}" for name in names)

    def _node(self, path: str) -> tuple[Stat, str] | None:
        """Give a znode's stat and its data in hexadecimal, or None when it is not there."""
        data = self._get("node-data", path, _NodeData)
        if (stat := stat_in(data.stat)) is not None:
            return stat, data.hexadecimal
        words = foreign(data.stat)
        if words == "* not found *":
            return None
        raise ZooKeeperTrouble(f"{self.name} cannot read {path}: {words}", denied="NoAuth" in words)

    def _children(self, path: str) -> list[str]:
        entries = self._get("node", path, list[_Entry])
        if any(entry.key == "*" for entry in entries):
            raise ZooKeeperTrouble(f"{self.name} cannot list {path}: {foreign(entries[0].title, most=100).strip('* ')}")
        return [entry.title for entry in entries]

    def _get(self, what: str, path: str, shape: type[T]) -> T:
        try:
            reply = self._http.request("GET", f"{self._explorer}/{what}?key={quote(path, safe='')}")
            return decode(expect(reply, (200,), f"reading {path}"), shape, path)
        except (NoAnswer, HttpStatus) as error:
            raise self._trouble(error) from error

    def _trouble(self, error: NoAnswer | HttpStatus) -> ZooKeeperTrouble:
        return ZooKeeperTrouble(f"{self.name}: {error.message}", remedy=error.remedy or _REMEDY)


def _bytes(hexadecimal: str) -> bytes:
    """Read "7b 22 a 7d ": the numbers stand apart, and small ones without a zero in front."""
    try:
        return bytes(int(number, 16) for number in hexadecimal.split())
    except ValueError:
        return b""


def _waits() -> Iterator[float]:
    """Seconds before each attempt, when the one before it failed, and before one more look after the last."""
    yield 0.0
    wait = FIRST_WAIT
    for _ in range(ATTEMPTS):
        yield wait
        wait = min(2 * wait, LONGEST_WAIT)
