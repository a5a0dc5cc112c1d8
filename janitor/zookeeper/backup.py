"""A backup as it is written: a file that is whole whenever it has its name, readable by its owner alone.

It is written beside its name, fsynced and renamed into place. What is saved again later is added in the same way: to a
copy, which takes the name once it is on the disk. So no crash and no full disk leaves half a backup by that name.
"""

from __future__ import annotations

import contextlib
import errno
import gzip
import hashlib
import os
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import BinaryIO

from janitor.errors import BackupTrouble
from janitor.message import do
from janitor.words import called, counted, foreign
from janitor.zookeeper.backupformat import SUFFIX, Addition, End, Ephemeral, Header, Line, Node, encode

PARTIAL = ".partial"
"""What a file that is being written ends with."""

LEVEL = 6
"""How hard gzip tries: its own default."""

LONGEST_NAME = 80
"""Characters of the cluster's and of the znode's name in the name of the file: in all, 255 bytes may be used."""

COPIED = 1024 * 1024
"""Bytes that are copied at a time."""


def expect_writable(directory: str) -> None:
    """Write a file into the directory, and remove it again. Raises BackupTrouble where that does not go."""
    part: _Part | None = None
    try:
        if os.path.lexists(directory) and not os.path.isdir(directory):
            raise NotADirectoryError(errno.ENOTDIR, "it is no directory")
        part = _Part(os.path.join(directory, f".janitor-{os.getpid()}-{os.urandom(4).hex()}"))
        part.write(b"Janitor sees whether it can write here.\n")
        part.end_member()
    except OSError as error:
        raise _trouble(directory, error) from error
    finally:
        if part is not None:
            part.discard()


@dataclass(frozen=True, slots=True)
class Saved:
    """What is in a backup by now.

    file        its path
    nodes       how many nodes are in it
    again       how many of those lines save a node that changed or appeared after the rest was saved
    ephemerals  how many ephemeral nodes are named in it
    masked      of how many nodes ZooKeeper did not show the ACL whole
    """

    file: str
    nodes: int
    again: int = 0
    ephemerals: int = 0
    masked: int = 0


class Backup:
    """One backup of one znode. `begin`, `write`, `finish`; after that `add`. `discard` ends what is not finished.

    Every method raises BackupTrouble for what the disk does to us. `now` gives the time in UTC.
    """

    def __init__(self, directory: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.directory = directory
        self.now = now
        self.saved: Saved | None = None
        self._part: _Part | None = None
        self._file = ""
        self._tail = 0
        self._sum = hashlib.sha256()
        self._nodes = self._again = self._ephemerals = self._masked = 0

    @property
    def finished(self) -> bool:
        """Whether the file is in its place."""
        return self.saved is not None

    def begin(self, header: Header, cluster: str) -> None:
        """Begin anew. cluster: what names the ensemble in the name of the file."""
        self.discard()
        self._file = os.path.join(self.directory, file_name(cluster, header.path, self.now()))
        self._sum = hashlib.sha256()
        self._nodes = self._ephemerals = self._masked = 0
        with self._told():
            self._part = _Part(self._file)
            if os.path.lexists(self._file):
                raise FileExistsError(errno.EEXIST, "there is a file of that name")
            self._put(header)

    def write(self, lines: Iterable[Node | Ephemeral]) -> None:
        """Write nodes, parents before children."""
        with self._told():
            for line in lines:
                self._put(line)

    def finish(self) -> None:
        """Have everything on the disk, and the file in its place."""
        with self._told():
            self._settle()

    def add(self, lines: Iterable[Node | Ephemeral]) -> None:
        """Add nodes to the finished file, and have that on the disk. Where it fails, the file is as it was before."""
        assert self.finished, "only a finished backup is added to"
        sum_before = self._sum.copy()
        counts = self._nodes, self._again, self._ephemerals, self._masked
        try:
            with self._told():
                self._part = _Part(self._file)
                self._part.copy(self._file, self._tail)
                self._put(Addition())
                for line in lines:
                    self._put(line)
                    self._again += isinstance(line, Node)
                self._settle()
        except BaseException:
            self._sum = sum_before
            self._nodes, self._again, self._ephemerals, self._masked = counts
            raise

    def discard(self) -> None:
        """Remove what is not finished."""
        if self._part is not None:
            self._part.discard()
            self._part = None

    def _put(self, line: Header | Line) -> None:
        assert self._part is not None, "begun"
        written = encode(line)
        self._part.write(written)
        self._sum.update(written)
        if isinstance(line, Node):
            self._nodes += 1
            self._masked += line.masked
        elif isinstance(line, Ephemeral):
            self._ephemerals += 1

    def _settle(self) -> None:
        """The last line is a gzip member of its own: what is added later goes in its place."""
        assert self._part is not None, "begun"
        tail = self._part.end_member()
        end = encode(End(self._nodes, self._ephemerals, self._masked, self._sum.hexdigest()))
        self._part.write(end)
        self._part.end_member()
        self._part.settle()
        self._part = None
        self._tail = tail
        self.saved = Saved(self._file, self._nodes, self._again, self._ephemerals, self._masked)

    @contextlib.contextmanager
    def _told(self) -> Iterator[None]:
        """Have what the disk does to us end as BackupTrouble, and nothing half written stay."""
        try:
            yield
        except OSError as error:
            self.discard()
            raise _trouble(self.directory, error) from error
        except BaseException:
            self.discard()
            raise


class _Part:
    """A file beside its name, that nobody else may read; it takes the name once it is on the disk."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._partial = file + PARTIAL
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        self._raw: BinaryIO = os.fdopen(os.open(self._partial, flags, 0o600), "wb")
        self._zip: gzip.GzipFile | None = None

    def write(self, content: bytes) -> None:
        if self._zip is None:
            self._zip = gzip.GzipFile(filename="", fileobj=self._raw, mode="wb", compresslevel=LEVEL, mtime=0)
        self._zip.write(content)

    def end_member(self) -> int:
        """End a member; how many bytes the file has by then."""
        if self._zip is not None:
            self._zip.close()
            self._zip = None
        return self._raw.tell()

    def copy(self, file: str, most: int) -> None:
        """Take over the first bytes of another file."""
        with open(file, "rb") as source:
            while most and (piece := source.read(min(COPIED, most))):
                self._raw.write(piece)
                most -= len(piece)
        if most:
            raise OSError(errno.EIO, f"{file} became shorter")

    def settle(self) -> None:
        self._raw.flush()
        os.fsync(self._raw.fileno())
        self._raw.close()
        os.rename(self._partial, self._file)
        descriptor = os.open(os.path.dirname(self._file) or ".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # file systems that sync no directories
                raise
        finally:
            os.close(descriptor)

    def discard(self) -> None:
        # Closing writes what is still held: on a full disk that fails once more.
        for step in (self.end_member, self._raw.close, lambda: os.unlink(self._partial)):
            with contextlib.suppress(OSError, ValueError):
                step()


def masked(nodes: int) -> str:
    """What a restore will not be able to do, in words."""
    return (
        f"ZooKeeper did not show the digest in the ACL of {counted(nodes, 'node')}: a restore cannot set that ACL. "
        "The super user, or who may administer them, sees it (--zookeeper-auth-file)."
    )


def file_name(cluster: str, path: str, now: datetime) -> str:
    """Name a backup: the cluster, the znode, the time to the microsecond, and something that nobody else has.

    Those of one znode sort by time. Whatever is no plain character is written as `-`.
    """
    plain = (_plain(part)[:LONGEST_NAME] for part in (cluster, path.strip("/").replace("/", "__")))
    return f"{'_'.join(plain)}_{now:%Y%m%dT%H%M%S.%fZ}_{os.urandom(4).hex()}{SUFFIX}"


def _plain(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).lstrip(".-") or "znode"


def _trouble(directory: str, error: OSError) -> BackupTrouble:
    why = foreign(error.strerror or str(error))
    if isinstance(error, FileNotFoundError):
        why = "there is no such directory"
    elif error.errno == errno.ENOSPC:
        why = f"{why}; the disk is full"
    return BackupTrouble(
        f"The backup cannot be written into {called(directory)}.",
        why=why,
        remedy=do("Give --backup a directory that is there, that this user may write to, and that has room.").also(
            "In a container, a directory of the host has to be mounted:", "docker run -v HOST_DIR:DIR IMAGE OPTIONS"
        ),
    )
