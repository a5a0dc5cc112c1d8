"""Everything of a znode into a backup, before any of it is deleted; and again what changed since (rule Z6).

Whether a node is still as it was saved is told by ZooKeeper's own clock: its transactions are numbered. A node that was
created and last written in a transaction before the first one was read is in the backup as it is. So nothing has to be
remembered of a million nodes; only what was saved again is.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from typing import TypeAlias

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, NoAuthError, NoNodeError
from kazoo.protocol.states import ZnodeStat
from kazoo.security import ACL

import janitor
from janitor.errors import ZooKeeperTrouble
from janitor.message import Again, do
from janitor.words import foreign
from janitor.zookeeper.backup import Backup
from janitor.zookeeper.backupformat import Ephemeral, Header, Node
from janitor.zookeeper.ensemble import Looking
from janitor.zookeeper.kazoonode import entries_of, read
from janitor.zookeeper.session import NO_AUTH, Session
from janitor.zookeeper.survey import TOLD_EVERY
from janitor.zookeeper.walk import NAMES_HELD, Parent, walk

REMEMBERED = 100_000
"""Nodes of which it is remembered that they were saved again, and nodes of which the version is: of more that somebody
ever wrote, each is looked at before it is deleted, and some may be saved twice."""

NO_READ = do("Give credentials that may read all of it:", Again("--zookeeper-auth-file", "FILE")).also(
    "Or delete it without saving it first:", Again(without=["--backup"])
)
"""What to do about a denial."""

Asked: TypeAlias = tuple[str, bytes | None, ZnodeStat, list[ACL]]
"""A node: its path, data, stat and ACL."""


class Lived(Exception):
    """An ephemeral node was met, where nothing may live."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


class Saver:
    """Saves one znode. `path` is the full one, `cluster` names the ensemble in the name of the file."""

    def __init__(self, session: Session, path: str, backup: Backup, cluster: str, *, even_live: bool) -> None:
        self._session = session
        self._path = path
        self._backup = backup
        self._cluster = cluster
        self._even_live = even_live
        self._zxid = 0
        self._again: dict[str, tuple[int, int]] = {}
        self._root: int | None = None
        self._written: dict[str, int] = {}
        self.forgot_versions = False

    def save_all(self, client: KazooClient, root: ZnodeStat, tell: Looking) -> None:
        """Save the whole tree, unless that is done. Raises Lived, BackupTrouble, ZooKeeperTrouble and kazoo's own."""
        if self._backup.finished:
            return
        quota = self._quota(client)
        self._session.answer(client.sync_async(self._path))
        self._session.answer(client.exists_async(self._path))
        self._zxid = client.last_zxid
        self._written.clear()
        self.forgot_versions = False
        header = Header(
            path=self._path,
            ensemble=self._session.name.removeprefix("ZooKeeper at "),
            saved=f"{self._backup.now():%Y-%m-%dT%H:%M:%S.%fZ}",
            janitor=janitor.__version__,
            czxid=f"{root.czxid:#x}",
            zxid=f"{self._zxid:#x}",
            quota=quota,
        )
        self._backup.begin(header, self._cluster)
        try:
            visitor = _Walk(self, client, tell)
            for parent in visitor.enter([self._path])[0]:
                walk(parent, visitor)
            self._root = visitor.root
            self._backup.finish()
        finally:
            if not self._backup.finished:
                self._backup.discard()
        tell(visitor.nodes)

    def save_root(self, client: KazooClient, root: ZnodeStat) -> int | None:
        """Save the root again, if somebody wrote it; its version as saved, or None when it is gone."""
        if root.version != self._root:
            self._root = self.save_again(client, [self._path]).get(self._path)
        return self._root

    def root_marked(self, version: int) -> None:
        """Know that the root has this version by now with the very data that was saved."""
        self._root = version

    def is_saved(self, path: str, stat: ZnodeStat) -> bool:
        """Whether a node is in the backup as it is."""
        if stat.mzxid <= self._zxid and stat.czxid <= self._zxid:
            return True
        return self._again.get(path) == (stat.czxid, stat.mzxid)

    def had_these_children(self, parent: ZnodeStat) -> bool:
        """Whether nothing was created or deleted right below a node since before the first node was read."""
        return bool(parent.pzxid <= self._zxid and parent.czxid <= self._zxid)

    def version_of(self, path: str) -> int:
        """The version at which a node was saved that is still the same one: 0, unless somebody has ever written it.

        Where `forgot_versions`, that may be wrong.
        """
        return self._written.get(path, 0)

    def saved_at(self, path: str, version: int) -> None:
        """Remember at which version a node was saved."""
        if self.forgot_versions or (version == 0 and path not in self._written):
            return
        if len(self._written) < REMEMBERED:
            self._written[path] = version
        else:
            self._written.clear()
            self.forgot_versions = True

    def save_again(self, client: KazooClient, paths: list[str]) -> dict[str, int]:
        """Save these nodes again, on the disk when this returns: path -> the version that was saved.

        What is gone meanwhile is not in it.
        """
        versions: dict[str, int] = {}
        saved: list[Node | Ephemeral] = []
        for path, data, stat, acl in self.read(client, paths):
            saved.append(self.line(path, data, stat, acl))
            versions[path] = stat.version
            self.saved_at(path, stat.version)
            if len(self._again) >= REMEMBERED:
                self._again.clear()
            self._again[path] = (stat.czxid, stat.mzxid)
        if saved:
            self._backup.add(saved)
        return versions

    def write(self, line: Node | Ephemeral) -> None:
        """Write a node into the backup that is begun."""
        self._backup.write((line,))

    def line(self, path: str, data: bytes | None, stat: ZnodeStat, acl: list[ACL]) -> Node | Ephemeral:
        """A node as it is written. Raises Lived."""
        if not stat.ephemeralOwner:
            encoded = None if data is None else base64.b64encode(data).decode()
            return Node(path, encoded, entries_of(acl), stat.version, stat.numChildren)
        if not self._even_live:
            raise Lived(path)
        return Ephemeral(path, f"{stat.ephemeralOwner & 2**64 - 1:#x}")

    def read(self, client: KazooClient, paths: Iterable[str]) -> Iterator[Asked]:
        """Read nodes, many side by side; what is gone is left out. Raises ZooKeeperTrouble where that is denied."""
        for path, data, acl in read(self._session, client, paths, str):
            for answer in (data, acl):
                if isinstance(answer, NoAuthError):
                    raise ZooKeeperTrouble(
                        f"{self._session.name} denies reading {foreign(path, most=200)}, so that it cannot be saved "
                        "first.",
                        why=NO_AUTH,
                        denied=True,
                        remedy=NO_READ,
                    )
                if isinstance(answer, KazooException) and not isinstance(answer, NoNodeError):
                    raise answer
            if isinstance(data, tuple) and isinstance(acl, tuple):
                yield path, *data, acl[0]

    def children(self, client: KazooClient, paths: list[str]) -> list[Parent]:
        """The names of children; those of what is gone are left out."""
        found: list[Parent] = []
        for path, answer in self._session.pipelined(client.get_children_async, paths):
            if isinstance(answer, NoNodeError):
                continue
            if isinstance(answer, KazooException):
                raise answer
            found.append((path, answer))
        return found

    def _quota(self, client: KazooClient) -> str:
        """The znode's quota, as ZooKeeper writes it; "" where there is none, or where it may not be read."""
        try:
            limits, _ = self._session.answer(client.get_async(f"/zookeeper/quota{self._path}/zookeeper_limits"))
        except (NoNodeError, NoAuthError):
            return ""
        return (limits or b"").decode(errors="replace")


class _Walk:
    """Writes every node that it comes to (a `walk.Visitor`)."""

    def __init__(self, saver: Saver, client: KazooClient, tell: Looking) -> None:
        self._saver = saver
        self._client = client
        self._tell = tell
        self.nodes = 0
        self.root: int | None = None

    def enter(self, paths: list[str]) -> tuple[list[Parent], list[str]]:
        asked = held = 0

        def until_enough() -> Iterator[str]:
            nonlocal asked
            for path in paths:
                asked += 1
                yield path
                if held > NAMES_HELD:
                    return

        parents: list[str] = []
        for path, data, stat, acl in self._saver.read(self._client, until_enough()):
            self._saver.write(self._saver.line(path, data, stat, acl))
            self._saver.saved_at(path, stat.version)
            if self.root is None:
                self.root = stat.version
            if stat.numChildren:
                parents.append(path)
                held += stat.numChildren
            self.nodes += 1
            if self.nodes % TOLD_EVERY == 0:
                self._tell(self.nodes)
        return self._saver.children(self._client, parents), paths[asked:]

    def leave(self, paths: list[str]) -> None:
        """Nothing is to be done with a node after its children."""
