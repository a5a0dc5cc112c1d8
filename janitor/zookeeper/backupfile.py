"""A backup as it is read: checked to its end before anything is done with it, then node by node."""

from __future__ import annotations

import gzip
import hashlib
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

import msgspec

from janitor.errors import BackupTrouble, UsageError
from janitor.namedfile import told
from janitor.words import called
from janitor.zookeeper.backupformat import (
    ALL_PERMISSIONS,
    FORMAT,
    VERSION,
    Addition,
    End,
    Ephemeral,
    Format,
    Header,
    Line,
    Node,
    decode,
)
from janitor.zookeeper.paths import canonical

GZIP = b"\x1f\x8b"
"""How every gzip file begins."""

MB = 1024 * 1024

LONGEST_LINE = 64 * MB
"""Bytes of one line at most: ZooKeeper holds 1 MB in a node unless it is told otherwise."""

MOST_HELD = 256 * MB
"""Bytes at most of nodes that were saved again, which are held in memory."""

NODE_HELD = 1500
"""Bytes that such a node takes in memory beside its data, its path and the ids of its ACL, or more."""

CHECKED_EVERY = 1000
"""Lines between two looks at the stop flag."""

CHECKED_BYTES = 16 * MB
"""Bytes between two looks at the stop flag, where lines are long."""

_ANOTHER = "Take another copy of the file, or another backup."


class BackupFile:
    """A backup that is whole. Nodes come with what was saved last, and parents before children.

    What changed while the znode was deleted is held in memory, up to MOST_HELD; the rest is not.
    """

    def __init__(self, path: str, check: Callable[[], object]) -> None:
        """Read it from beginning to end. check: called now and then; it raises when the run has to end.

        Raises UsageError where the file cannot be read, BackupTrouble where it is no whole backup.
        """
        self._file = path
        self._named = f"The backup {called(path)}"
        self._check = check
        self._seen: tuple[int, ...] | None = None
        self._expect_gzip()
        self._later: dict[str, Node | Ephemeral] = {}
        self.with_late_children: set[str] = set()
        with self._read() as lines:
            self.header = self._header(next(lines, b""))
            self.end = self._look_through(lines)
        self.nodes = self.end.nodes
        self._gone = frozenset(path for path, one in self._later.items() if isinstance(one, Ephemeral))
        if self._later:
            self.nodes = sum(1 for _ in self.nodes_in_order())
        self._expect_root()

    def nodes_in_order(self) -> Iterator[Node]:
        """Every node once."""
        late = dict(self._later)
        with self._read() as lines:
            next(lines)
            for line in lines:
                one = decode(line)
                if isinstance(one, Addition | End):
                    break
                latest = late.pop(one.path, one)
                if isinstance(latest, Node) and not self._is_below_what_went(latest.path):
                    yield latest
        yield from (node for node in late.values() if isinstance(node, Node))

    def _is_below_what_went(self, path: str) -> bool:
        """Whether it went before its parent was made anew as an ephemeral node, which has nothing below it."""
        return bool(self._gone) and any(
            path[:end] in self._gone for end, character in enumerate(path) if character == "/"
        )

    def has_children(self, node: Node) -> bool:
        """Whether something may have to be created below it."""
        return node.children > 0 or node.path in self.with_late_children

    def _expect_root(self) -> None:
        root = next(self.nodes_in_order(), None)
        if root is None:
            raise BackupTrouble(
                f"{self._named} holds nothing that can be put back.",
                why=f"{called(self.header.path)} was an ephemeral node, which lives as long as its session",
                remedy="Start the service that made it: it makes it anew.",
            )
        if root.path != self.header.path:
            raise self._damaged("the znode itself is missing in it")

    def _expect_gzip(self) -> None:
        """It is read more than once, so that a pipe does not do."""
        with told(self._named):
            if os.path.exists(self._file) and not os.path.isfile(self._file) and not os.path.isdir(self._file):
                raise UsageError(f"{self._named} is no file: it has to be one that can be read twice.")
            with open(self._file, "rb") as raw:
                if raw.read(2) != GZIP:
                    raise self._no_backup()

    def _header(self, line: bytes) -> Header:
        try:
            name = msgspec.json.decode(line, type=Format)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise self._no_backup() from error
        if name.format != FORMAT:
            raise self._no_backup()
        if name.version != VERSION:
            raise BackupTrouble(
                f"{self._named} cannot be read.",
                why=f"it has version {name.version} of the format; this Janitor reads version {VERSION}",
                remedy="Restore it with the Janitor that wrote it, or with a newer one.",
            )
        try:
            header = msgspec.json.decode(line, type=Header)
            if canonical(header.path, "The znode") != header.path:
                raise ValueError(header.path)
        except (msgspec.MsgspecError, UnicodeDecodeError, UsageError, ValueError, RecursionError) as error:
            raise self._damaged("its first line cannot be read") from error
        self._sum = hashlib.sha256(line)
        return header

    def _look_through(self, lines: Iterator[bytes]) -> End:
        """Check every line; give the last one. What was saved again is kept."""
        adding = False
        nodes = ephemerals = held = unchecked = 0
        for number, raw in enumerate(lines, 2):
            unchecked += len(raw)
            if number % CHECKED_EVERY == 0 or unchecked >= CHECKED_BYTES:
                self._check()
                unchecked = 0
            one = self._line(number, raw)
            if isinstance(one, End):
                if next(lines, None) is not None:
                    raise self._damaged("something follows its last line")
                if (one.nodes, one.ephemerals, one.sha256) != (nodes, ephemerals, self._sum.hexdigest()):
                    raise self._damaged("its checksum is wrong: the file was changed")
                return one
            self._sum.update(raw)
            if isinstance(one, Addition):
                adding = True
                continue
            if isinstance(one, Node):
                nodes += 1
            else:
                ephemerals += 1
            if adding:
                held += _held(one) - _held(self._later.get(one.path))
                if held > MOST_HELD:
                    raise self._too_much_again()
                self._later[one.path] = one
                self.with_late_children.add(one.path.rpartition("/")[0])
        raise self._damaged("it ends too early: it was cut off")

    def _line(self, number: int, raw: bytes) -> Line:
        if not raw.endswith(b"\n"):
            long = len(raw) >= LONGEST_LINE
            raise self._damaged(
                f"its line {number} is longer than {LONGEST_LINE // MB} MB"
                if long
                else "it ends too early: it was cut off"
            )
        try:
            one = decode(raw)
            if isinstance(one, Node | Ephemeral):
                self._expect_within(one.path)
            if isinstance(one, Node):
                one.content  # noqa: B018  # raises where it is no base64
                if not one.acl or not all(0 <= entry.perms <= ALL_PERMISSIONS for entry in one.acl):
                    raise ValueError("an ACL that no node has")
        except (msgspec.MsgspecError, UnicodeDecodeError, UsageError, ValueError, RecursionError) as error:
            raise self._damaged(f"its line {number} cannot be read") from error
        return one

    def _expect_within(self, path: str) -> None:
        root = self.header.path
        if (path != root and not path.startswith(root + "/")) or canonical(path, "The znode") != path:
            raise ValueError("a node of another znode")

    @contextmanager
    def _read(self) -> Iterator[Iterator[bytes]]:
        with told(self._named), open(self._file, "rb") as raw:
            self._expect_unchanged(os.fstat(raw.fileno()))
            yield self._lines(raw)
            self._expect_unchanged(os.fstat(raw.fileno()))

    def _expect_unchanged(self, now: os.stat_result) -> None:
        """It is read several times: what was not checked is not put back."""
        seen = (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns)
        if self._seen is None:
            self._seen = seen
        if self._seen != seen:
            raise BackupTrouble(
                f"{self._named} cannot be put back.", why="somebody changed it while it was read", remedy=_ANOTHER
            )

    def _lines(self, raw: BinaryIO) -> Iterator[bytes]:
        try:
            with gzip.GzipFile(fileobj=raw) as whole:
                while line := whole.readline(LONGEST_LINE):
                    yield line
        except EOFError as error:
            raise self._damaged("it ends too early: it was cut off") from error
        except (gzip.BadGzipFile, zlib.error) as error:
            raise self._damaged(f"gzip: {error}") from error

    def _too_much_again(self) -> BackupTrouble:
        return BackupTrouble(
            f"{self._named} cannot be put back.",
            why=f"more than {MOST_HELD // MB} MB of it were saved again while the znode was deleted, and no more of "
            "that is held in memory",
            remedy="Nothing was written. Take another backup of the znode, if there is one. Without Janitor: the file "
            "is JSON lines in gzip, and the last line of a path counts.",
        )

    def _no_backup(self) -> BackupTrouble:
        return BackupTrouble(f"{self._named} is no backup of a znode.", remedy="Give a file that --backup wrote.")

    def _damaged(self, why: str) -> BackupTrouble:
        return BackupTrouble(f"{self._named} is damaged.", why=why, remedy=_ANOTHER)


def _held(node: Node | Ephemeral | None) -> int:
    """Bytes that a node takes in memory, or more; nothing where there is none."""
    if node is None:
        return 0
    if isinstance(node, Ephemeral):
        return NODE_HELD + 2 * len(node.path)
    ids = sum(NODE_HELD + len(entry.id) for entry in node.acl)
    return NODE_HELD + 2 * len(node.path) + len(node.data or "") + ids
