"""The format of a backup of a znode: gzip, JSON lines, one for each node (docs/backup.md). Pure.

{"format":"janitor-znode-backup","version":1,"path":"/dcos-service-kafka",...}     the header
{"is":"node","path":...,"data":"aGVsbG8=","acl":[...],"version":3,"children":2}    parents before children
{"is":"ephemeral","path":...,"session":"0x10000..."}                               named only
{"is":"addition"}                                                                  saved again from here on
{"is":"end","nodes":50000,...,"sha256":"..."}                                      of every byte before this line
"""

from __future__ import annotations

import base64
import binascii
from typing import TypeAlias

import msgspec

FORMAT = "janitor-znode-backup"
VERSION = 1
"""Raised when an older Janitor would restore a file wrongly."""

SUFFIX = ".jsonl.gz"

ALL_PERMISSIONS = 31
"""READ, WRITE, CREATE, DELETE and ADMIN, as bits."""

CREATE = 4
"""The permission to create a child, as a bit."""

ADMIN = 16
"""The permission to set the ACL, as a bit."""

MASKED = ":x"
"""How an id of the digest scheme ends that ZooKeeper shows to who may not administer the node (FinalRequestProcessor,
from 3.4.14 and 3.5.5 on)."""


class Format(msgspec.Struct):
    """What tells whether a file can be read at all."""

    format: str
    version: int


class Header(msgspec.Struct, kw_only=True, frozen=True):
    """The first line.

    path      the full path of the znode (chroot included)
    ensemble  where it was
    saved     when, in UTC
    janitor   which Janitor wrote it
    czxid     the transaction that created the znode
    zxid      the ensemble's last transaction before the first node was read
    quota     the quota of the znode as ZooKeeper keeps it, "" where none was seen
    """

    format: str = FORMAT
    version: int = VERSION
    path: str
    ensemble: str
    saved: str
    janitor: str
    czxid: str
    zxid: str
    quota: str = ""


class Permission(msgspec.Struct, frozen=True):
    """One entry of an ACL. perms: READ 1, WRITE 2, CREATE 4, DELETE 8, ADMIN 16, added up."""

    perms: int
    scheme: str
    id: str

    @property
    def masked(self) -> bool:
        """Whether ZooKeeper did not show its digest."""
        return self.scheme == "digest" and self.id.endswith(MASKED)


class Node(msgspec.Struct, tag="node", tag_field="is", frozen=True):
    """A node that stays when its session ends. `data` is base64; null for a node without data, "" for empty data."""

    path: str
    data: str | None
    acl: tuple[Permission, ...]
    version: int
    children: int = 0

    @property
    def content(self) -> bytes | None:
        """The data itself. Raises ValueError when it is no base64."""
        try:
            return None if self.data is None else base64.b64decode(self.data, validate=True)
        except binascii.Error as error:
            raise ValueError(str(error)) from error

    @property
    def masked(self) -> bool:
        """Whether ZooKeeper did not show a digest of its ACL."""
        return any(entry.masked for entry in self.acl)


class Ephemeral(msgspec.Struct, tag="ephemeral", tag_field="is", frozen=True):
    """A node that lives as long as a session: named only, since nobody can bring the session back."""

    path: str
    session: str


class Addition(msgspec.Struct, tag="addition", tag_field="is", frozen=True):
    """From here on: nodes that changed or appeared while the znode was deleted. The last line of a path counts."""


class End(msgspec.Struct, tag="end", tag_field="is", frozen=True):
    """The last line. `nodes` and `ephemerals`: lines of each; `masked`: nodes whose ACL was not shown whole."""

    nodes: int
    ephemerals: int
    masked: int
    sha256: str


Line: TypeAlias = Node | Ephemeral | Addition | End

_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(Line)


def encode(line: Header | Line) -> bytes:
    """A line, with its end."""
    return _encoder.encode(line) + b"\n"


def decode(line: bytes) -> Line:
    """Read a line. Raises msgspec.MsgspecError (a ValueError) and UnicodeDecodeError."""
    found: Line = _decoder.decode(line)
    return found
