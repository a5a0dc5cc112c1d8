"""Exhibitor's explorer: its calls, and what its answers mean.

They are 200 whatever happened; what happened stands in the body (dcos/exhibitor, ExplorerResource.java).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import quote

import msgspec

from janitor.errors import HttpStatus, NoAnswer, OutOfTime, Unreadable, ZooKeeperTrouble
from janitor.message import Again, Remedy, Way
from janitor.transport.advice import FROM_OUTSIDE
from janitor.transport.http import Http
from janitor.transport.jsonbody import decode, expect
from janitor.transport.urls import shown
from janitor.words import foreign

T = TypeVar("T")

_REMEDY = Remedy(
    [
        Way("Say where Exhibitor is:", (Again("-e", "http://EXHIBITOR:8181/"),)),
        Way("Or ask ZooKeeper itself:", (Again("--zookeeper", "HOST:PORT", without=["-e"]),)),
        FROM_OUTSIDE,
    ]
)
_FORBIDDEN = Remedy(
    [
        Way(
            "On DC/OS Enterprise these credentials lack a permission. Have it granted: "
            "dcos:adminrouter:ops:exhibitor full."
        ),
        Way("Or ask ZooKeeper itself:", (Again("--zookeeper", "HOST:PORT", without=["-e"]),)),
    ]
)


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


class Explorer:
    """One Exhibitor's explorer. `base_url` is what the original's -e takes: http://leader.mesos:8181/"""

    def __init__(self, http: Http, base_url: str) -> None:
        self._http = http
        self._explorer = f"{base_url.rstrip('/')}/exhibitor/v1/explorer"
        self.name = f"Exhibitor at {shown(base_url)}"

    def stat(self, path: str) -> Stat | None:
        """Give the stat of a znode, None when it is not there. Raises ZooKeeperTrouble when that cannot be told."""
        node = self.node(path)
        return None if node is None else node[0]

    def node(self, path: str) -> tuple[Stat, bytes] | None:
        """Give a znode's stat and its data, or None when it is not there."""
        data = self._get("node-data", path, _NodeData)
        if (stat := stat_in(data.stat)) is not None:
            return stat, _bytes(data.hexadecimal)
        words = foreign(data.stat)
        if words == "* not found *":
            return None
        raise ZooKeeperTrouble(
            f"{self.name} cannot read {foreign(path, most=200)}", why=words, denied="NoAuth" in words
        )

    def children(self, path: str) -> list[str]:
        """Give the names of a znode's children. Raises ZooKeeperTrouble when they cannot be told."""
        entries = self._get("node", path, list[_Entry])
        if any(entry.key == "*" for entry in entries):
            words = foreign(entries[0].title, most=100).strip("* ")
            raise ZooKeeperTrouble(f"{self.name} cannot list {foreign(path, most=200)}", why=words)
        return [entry.title for entry in entries]

    def delete(self, path: str) -> tuple[bool, str]:
        """Ask once to delete a znode with all that is below it; give whether it says to have succeeded, and its words.

        Look again in either case: what failed may have stopped half-way, or be going on. Raises ZooKeeperTrouble
        when changes are disabled (403), when something else than Exhibitor answers, such as a login page, or at the
        deadline.
        """
        url = f"{self._explorer}/znode/{quote(path.removeprefix('/'))}"
        try:
            reply = self._http.request("DELETE", url)
            if reply.status == 403:
                raise ZooKeeperTrouble(f"{self.name} is configured not to change znodes (403).", denied=True)
            result = decode(expect(reply, (200,), "deleting a znode"), _Result, "the deletion's result", remedy=_REMEDY)
            return result.succeeded, foreign(result.message)
        except (OutOfTime, Unreadable) as error:
            raise self._trouble(error) from error
        except HttpStatus as error:
            if error.status < 500:
                raise self._trouble(error) from error
            return False, error.message
        except NoAnswer as error:
            return False, error.message

    def _get(self, call: str, path: str, shape: type[T]) -> T:
        try:
            reply = self._http.request("GET", f"{self._explorer}/{call}?key={quote(path, safe='')}", stays=True)
            what = foreign(path, most=200)
            return decode(expect(reply, (200,), f"reading {what}"), shape, what, remedy=_REMEDY)
        except (NoAnswer, HttpStatus) as error:
            raise self._trouble(error) from error

    def _trouble(self, error: NoAnswer | HttpStatus) -> ZooKeeperTrouble:
        forbidden = isinstance(error, HttpStatus) and error.status == 403
        remedy = _FORBIDDEN if forbidden else error.remedy or _REMEDY
        return ZooKeeperTrouble(f"{self.name} gives no answer that can be used", why=error.message, remedy=remedy)


def _bytes(hexadecimal: str) -> bytes:
    """Read "7b 22 a 7d ": the numbers stand apart, and small ones without a zero in front."""
    try:
        return bytes(int(number, 16) for number in hexadecimal.split())
    except ValueError:
        return b""
