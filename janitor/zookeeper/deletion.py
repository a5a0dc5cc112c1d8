"""The deletion of a znode, asked of ZooKeeper itself: sweeps, each after another look, until it is gone (Z3 to Z5)."""

from __future__ import annotations

from typing import Literal

from kazoo.client import KazooClient
from kazoo.exceptions import (
    BadVersionError,
    KazooException,
    NoAuthError,
    NoNodeError,
    NotEmptyError,
)
from kazoo.protocol.states import ZnodeStat

from janitor.errors import ZooKeeperTrouble
from janitor.message import Again, do
from janitor.words import counted, foreign
from janitor.zookeeper.ensemble import EMPTY_ROOT, Care, Progress, still_lives
from janitor.zookeeper.saving import Lived, Saver
from janitor.zookeeper.session import NO_AUTH, Session
from janitor.zookeeper.survey import survey
from janitor.zookeeper.sweep import Changed, Guard, Lives, Sweep
from janitor.zookeeper.transactions import TRANSACTION_BYTES, cost_of, failure
from janitor.zookeeper.znode import Removed, Znode

SWEEPS = 5
"""Complete walks over a tree to which something is added all the time, before we say so and stop."""

MARK = 16
"""The version up to which a root is written with its own data. Every transaction checks it: a root that is created anew
begins at 0, and nobody writes one so often at once."""

PRIVILEGE = do(
    "Use a client that may do it. On DC/OS Enterprise that is a client on the master's own loopback: run this on a "
    "master:",
    Again("--zookeeper", "127.0.0.1:2181"),
).also("Or log in to ZooKeeper as its super user:", Again("--zookeeper-auth-file", "FILE"))
"""What to do about a denial."""


class Deletion:
    """One deletion, which goes on where it was after the connection was lost: it always looks first.

    `path` is the full one; `cluster` names the ensemble in the name of a backup.
    """

    def __init__(
        self, session: Session, path: str, czxid: int | None, progress: Progress, care: Care, cluster: str = ""
    ) -> None:
        self._session = session
        self._path = path
        self._czxid = czxid
        self._tell = progress
        self._care = care
        self._deleted = 0
        self._sweeps = 0
        self._complete = 0
        self._saver: Saver | None = None
        if care.backup is not None:
            self._saver = Saver(session, path, care.backup, cluster, even_live=care.even_live)

    def go_on(self, client: KazooClient) -> Removed:
        """Sweep until the znode is gone.

        Raises ZooKeeperTrouble, Refusal (O4), and kazoo's exceptions when the connection is lost.
        """
        while (root := self._root(client)) is not None:
            if self._complete == SWEEPS:
                raise self._busy(client)
            if self._complete:
                self._session.patience.pause(0.1 * self._complete)
                self._expect_nothing_alive(client)  # at once: what lives now did not at the beginning
                self._care.owners_again()
            self._expect_nothing_alive(client, self._care.seen if not self._sweeps else None)
            try:
                self._save(client, root)
                version = self._mark(client, root)
                denied = self._sweep(client, version)
                if self._delete_root(client, version) is NoAuthError:
                    denied = [*denied, self._path]
            except Changed:
                denied = []
            except (Lives, Lived) as alive:
                raise still_lives(self._path, (alive.path,), self._deleted) from alive
            self._complete += 1
            if denied and self._is_empty(client):
                return self._removed("root-left", f"{NO_AUTH} for {denied[0]}")
            if denied:
                raise self._denied(denied)
        return self._removed("gone" if self._sweeps else "missing", "")

    def _root(self, client: KazooClient) -> ZnodeStat | None:
        """Give the root's stat, or None when it is not there. Raises ZooKeeperTrouble when it is another one (Z5)."""
        self._session.answer(client.sync_async(self._path))
        root: ZnodeStat | None = self._session.answer(client.exists_async(self._path))
        if root is not None and root.czxid != self._czxid:
            seen = "there was none" if self._czxid is None else f"it was created in {self._czxid:#x}"
            raise ZooKeeperTrouble(
                f"{self._path} in {self._session.name}: another znode of that name was created meanwhile. It stays.",
                why=f"when first seen, {seen}; this one was created in {root.czxid:#x}",
                remedy=do("Find out who uses it. If it is really abandoned, run this again:", Again()),
            )
        return root

    def _expect_nothing_alive(self, client: KazooClient, seen: Znode | None = None) -> None:
        """Look again: nothing is deleted where a node is ephemeral (Refusal), or where that cannot be told.

        Of a large tree that was `seen` a moment ago, only where services register.
        """
        if self._care.even_live:
            return
        done = self._deleted
        found = survey(
            self._session,
            client,
            self._path,
            seen,
            lambda nodes: self._tell(done, f"checking again that nothing lives below it ({nodes} znodes so far)"),
        )
        if found.ephemerals:
            raise still_lives(self._path, found.ephemerals, self._deleted)
        if found.unread:
            raise ZooKeeperTrouble(
                f"{self._session.name} denies reading {foreign(found.unread[0], most=200)}: it is not known whether "
                f"something still uses it. Deleted before that: {counted(self._deleted, 'znode')}.",
                why=NO_AUTH,
                denied=True,
                remedy=PRIVILEGE,
            )

    def _save(self, client: KazooClient, root: ZnodeStat) -> None:
        """Save everything before the first deletion, and the root again when it was written since (rule Z6).

        Raises Changed when the root is not as it was seen, Lived, BackupTrouble and ZooKeeperTrouble.
        """
        if self._saver is None:
            return
        done = self._deleted
        self._saver.save_all(
            client, root, lambda nodes: self._tell(done, f"saving {self._path} ({nodes} znodes so far)")
        )
        if self._saver.save_root(client, root) != root.version:
            raise Changed

    def _mark(self, client: KazooClient, root: ZnodeStat) -> int:
        """Write the root's own data back until its version is MARK; give its version then.

        Where it may not be written or read, its version is what it is: it still changes when somebody writes it.
        Raises Changed when somebody was faster. What is saved is what has this version then.
        """
        if root.version >= MARK:
            return int(root.version)
        try:
            data, stat = self._session.answer(client.get_async(self._path))
        except NoAuthError:
            return int(root.version)
        except NoNodeError as gone:
            raise Changed from gone
        if stat.czxid != root.czxid or (self._saver is not None and stat.version != root.version):
            raise Changed
        data = data or b""  # none and empty are written alike
        most = max(1, TRANSACTION_BYTES // (cost_of(self._path, 1) + len(data)))
        times = min(max(0, MARK - stat.version), most)
        if not times:
            return int(stat.version)
        transaction = client.transaction()
        for number in range(times):
            transaction.set_data(self._path, data, version=stat.version + number)
        results = self._session.answer(transaction.commit_async())
        refused = failure(results)
        if refused is not None and isinstance(refused[1], NoAuthError):
            return int(stat.version)
        if refused is not None and not isinstance(refused[1], BadVersionError | NoNodeError):
            raise refused[1]
        if refused is not None or results[-1].czxid != root.czxid:
            raise Changed
        version = int(results[-1].version)
        if self._saver is not None:
            self._saver.root_marked(version)
        return version

    def _sweep(self, client: KazooClient, version: int) -> list[str]:
        before = self._deleted
        guard = Guard(self._path, version, self._care.even_live)
        sweep = Sweep(self._session, client, guard, lambda deleted: self._progress(before + deleted), self._saver)
        self._sweeps += 1
        sweep.below(self._path)
        return sweep.denied

    def _progress(self, deleted: int) -> None:
        self._deleted = deleted
        self._tell(deleted, f"deleting {self._path}")

    def _delete_root(self, client: KazooClient, version: int) -> type[KazooException] | None:
        """Delete the root, if its data is still what was seen just before: somebody who writes it is using it.

        Gives why it was refused, or None.
        """
        try:
            self._session.answer(client.delete_async(self._path, version=version))
        except (NoAuthError, NotEmptyError, NoNodeError, BadVersionError) as refusal:
            return type(refusal)
        self._progress(self._deleted + 1)
        return None

    def _is_empty(self, client: KazooClient) -> bool:
        """True when the root has no data and no children, except an empty EMPTY_ROOT (rule Z4).

        Asked by what needs no permission: stats.
        """
        root: ZnodeStat | None = self._session.answer(client.exists_async(self._path))
        child: ZnodeStat | None = self._session.answer(client.exists_async(f"{self._path}/{EMPTY_ROOT}"))
        if root is None or root.dataLength or root.numChildren != (0 if child is None else 1):
            return False
        return child is None or not (child.dataLength or child.numChildren or child.ephemeralOwner)

    def _removed(self, state: Literal["gone", "missing", "root-left"], words: str) -> Removed:
        return Removed(state, self._deleted, self._sweeps, "zookeeper", words)

    def _denied(self, paths: list[str]) -> ZooKeeperTrouble:
        more = f" and {len(paths) - 1} or more others" if len(paths) > 1 else ""
        return ZooKeeperTrouble(
            f"{self._session.name} denies the deletion of {foreign(paths[0], most=200)}{more}. "
            f"Deleted before that: {counted(self._deleted, 'znode')}.",
            why=NO_AUTH,
            denied=True,
            remedy=PRIVILEGE,
        )

    def _busy(self, client: KazooClient) -> ZooKeeperTrouble:
        """Name what keeps appearing, and the session that holds it, when one does."""
        found = survey(self._session, client, self._path, None, lambda _: None)
        held: ZnodeStat | None = None
        shown = ""
        if found.ephemerals:
            held = self._session.answer(client.exists_async(found.ephemerals[0]))
            session = f" (of session {held.ephemeralOwner:#x})" if held else ""
            shown = f", such as {foreign(found.ephemerals[0], most=200)}{session}"
        return ZooKeeperTrouble(
            f"{self._path} in {self._session.name} cannot be emptied. "
            f"Deleted before that: {counted(self._deleted, 'znode')}.",
            why=f"new znodes still appear after {self._sweeps} sweeps{shown}",
            remedy=do("A service still writes there. Stop it, then run this again:", Again()),
        )
