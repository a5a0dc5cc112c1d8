"""ZooKeeper asked directly, through kazoo."""

from __future__ import annotations

import ssl
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
from janitor.events import View, silent
from janitor.patience import Patience
from janitor.secret import Secret
from janitor.zookeeper.ensemble import EMPTY_ROOT, Progress, check_time
from janitor.zookeeper.masters import id_in, leader_among
from janitor.zookeeper.paths import Hosts, places_beside, znode_path
from janitor.zookeeper.session import CONNECT_WITHIN, Session
from janitor.zookeeper.survey import survey
from janitor.zookeeper.sweep import Sweep
from janitor.zookeeper.znode import Removed, Znode

SWEEPS = 5
"""Complete walks over a tree to which something is added all the time, before we say so and stop."""

NO_AUTH = "KeeperErrorCode = NoAuth"
"""How ZooKeeper itself words a denial (KeeperException)."""

PRIVILEGE = (
    "It takes a client that may: on DC/OS Enterprise one on the master's own loopback (run on a master, with "
    "--zookeeper 127.0.0.1:2181), or the super user (--zookeeper-auth-file)."
)
"""What to do about a denial."""


class KazooEnsemble:
    """An Ensemble. It connects when it is first asked something, and tells `view` what it waits for.

    `auth` is "user:password" for the digest scheme.
    """

    def __init__(
        self,
        hosts: Hosts,
        patience: Patience,
        *,
        auth: Secret | None = None,
        tls: ssl.SSLContext | None = None,
        connect_within: float = CONNECT_WITHIN,
        view: View = silent,
    ) -> None:
        self.chroot = hosts.chroot
        self._session = Session(hosts, patience, auth=auth, tls=tls, connect_within=connect_within, view=view)
        self.name = self._session.name

    def look(self, path: str) -> Znode:
        """Say whether the znode is there, which one it is, and what lives below it."""

        def look(client: KazooClient) -> Znode:
            found = survey(self._session, client, self.chroot + path)
            if not found.exists:
                self._expect_chroot(client)
            return found

        return self._session.run(look)

    def master_id(self, mesos_path: str) -> str | None:
        """Give the id of the master that leads by this ensemble; the path is taken outside the chroot."""
        return self._session.run(lambda client: self._master_id(client, mesos_path))

    def beside(self, path: str) -> tuple[str, ...]:
        """Give what is at the top and beside `path`, inside the chroot."""
        return self._session.run(lambda client: self._beside(client, path))

    def remove(self, path: str, czxid: int | None, progress: Progress) -> Removed:
        """Delete the znode and what is below it, in sweeps, and prove it gone (rules Z3 to Z5)."""
        full = self.chroot + znode_path(path, self.chroot)
        removal = _Removal(self._session, full, czxid, progress)

        def go_on(client: KazooClient) -> Removed:
            removed = removal.go_on(client)
            if removed.state == "missing":
                self._expect_chroot(client)
            return removed

        return self._session.run(go_on)

    def close(self) -> None:
        """End the session and its threads."""
        self._session.close()

    def _expect_chroot(self, client: KazooClient) -> None:
        """Raise ZooKeeperTrouble when there is no such chroot: what is missing below it tells nothing (rule L4)."""
        if self.chroot and self._session.answer(client.exists_async(self.chroot)) is None:
            raise ZooKeeperTrouble(
                f"The chroot {self.chroot} does not exist in {self.name}.",
                remedy="Check what --zookeeper ends with: HOST:PORT[,HOST:PORT...][/chroot].",
            )

    def _beside(self, client: KazooClient, path: str) -> tuple[str, ...]:
        found: list[str] = []
        for place in places_beside(path):
            try:
                names = self._session.answer(client.get_children_async(self.chroot + place or "/"))
            except NoNodeError:
                continue
            except NoAuthError as error:
                raise ZooKeeperTrouble(
                    f"{self.name} denies listing {place or '/'} ({NO_AUTH}).", denied=True
                ) from error
            found += [f"{place}/{name}".removeprefix("/") for name in names]
        return tuple(sorted(found))

    def _master_id(self, client: KazooClient, mesos_path: str) -> str | None:
        session = self._session
        base = mesos_path.rstrip("/")
        try:
            session.answer(client.sync_async(base or "/"))
            while leader := leader_among(session.answer(client.get_children_async(base or "/"))):
                check_time(self.name, session.patience)
                try:
                    data, _ = session.answer(client.get_async(f"{base}/{leader}"))
                except NoNodeError:
                    continue  # it has just stopped leading
                if (found := id_in(data)) is None:
                    raise ZooKeeperTrouble(f"{base}/{leader} in {self.name} is not what a Mesos master writes.")
                return found
        except NoNodeError:
            return None
        except NoAuthError as error:
            raise ZooKeeperTrouble(f"{self.name} denies reading {mesos_path} ({NO_AUTH}).", denied=True) from error
        return None


class _Removal:
    """One removal, which goes on where it was after the connection was lost: it always looks first."""

    def __init__(self, session: Session, path: str, czxid: int | None, progress: Progress) -> None:
        self._session = session
        self._path = path
        self._czxid = czxid
        self._tell = progress
        self._deleted = 0
        self._sweeps = 0
        self._complete = 0

    def go_on(self, client: KazooClient) -> Removed:
        """Sweep until the znode is gone.

        Raises ZooKeeperTrouble, and kazoo's exceptions when the connection is lost.
        """
        while (root := self._root(client)) is not None:
            if self._complete == SWEEPS:
                raise self._busy(client)
            if self._complete:
                self._session.patience.pause(0.1 * self._complete)
            denied = self._sweep(client)
            self._complete += 1
            if self._delete_root(client, root) is NoAuthError:
                denied = [*denied, self._path]
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
                f"{self._path} in {self._session.name}: another znode of that name was created meanwhile "
                f"(when first seen, {seen}; now in {root.czxid:#x}). It stays.",
                remedy="Look who uses it; run again if it is really abandoned.",
            )
        return root

    def _sweep(self, client: KazooClient) -> list[str]:
        before = self._deleted
        sweep = Sweep(self._session, client, lambda deleted: self._progress(before + deleted))
        self._sweeps += 1
        sweep.below(self._path)
        return sweep.denied

    def _progress(self, deleted: int) -> None:
        self._deleted = deleted
        self._tell(deleted, f"deleting {self._path}")

    def _delete_root(self, client: KazooClient, root: ZnodeStat) -> type[KazooException] | None:
        """Delete the root, if its data is still what was seen just before: somebody who writes it is using it.

        Gives why it was refused, or None.
        """
        try:
            self._session.answer(client.delete_async(self._path, version=root.version))
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
            f"{self._session.name} denies the deletion of {paths[0]}{more} ({NO_AUTH}); "
            f"{self._deleted} znodes were deleted.",
            denied=True,
            remedy=PRIVILEGE,
        )

    def _busy(self, client: KazooClient) -> ZooKeeperTrouble:
        """Name what keeps appearing, and the session that holds it, when one does."""
        found = survey(self._session, client, self._path)
        held: ZnodeStat | None = None
        shown = ""
        if found.ephemerals:
            held = self._session.answer(client.exists_async(found.ephemerals[0]))
            shown = f", such as {found.ephemerals[0]}" + (f" (of session {held.ephemeralOwner:#x})" if held else "")
        return ZooKeeperTrouble(
            f"{self._path} in {self._session.name}: new znodes still appear after {self._sweeps} sweeps{shown}; "
            f"{self._deleted} were deleted.",
            remedy="A service still writes there: stop it, then run again.",
        )
