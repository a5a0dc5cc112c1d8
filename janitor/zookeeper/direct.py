"""ZooKeeper asked directly, through kazoo."""

from __future__ import annotations

import ssl

from kazoo.client import KazooClient
from kazoo.exceptions import NoAuthError, NoNodeError

from janitor import rules
from janitor.errors import JanitorError, Refusal, UsageError, ZooKeeperTrouble
from janitor.events import View, silent
from janitor.message import Again, do
from janitor.patience import Patience
from janitor.secret import Secret
from janitor.words import called
from janitor.zookeeper.backup import Backup, Saved
from janitor.zookeeper.backupfile import BackupFile
from janitor.zookeeper.deletion import Deletion
from janitor.zookeeper.ensemble import CARE, Care, Looking, Progress, check_time, unheard
from janitor.zookeeper.masters import id_in, leader_among
from janitor.zookeeper.paths import NAME_IT, Hosts, is_protected, places_beside, znode_path
from janitor.zookeeper.restoring import Restoration, Restored
from janitor.zookeeper.saving import Saver
from janitor.zookeeper.session import CONNECT_WITHIN, NO_AUTH, Session
from janitor.zookeeper.survey import survey
from janitor.zookeeper.znode import Removed, Znode


class KazooEnsemble:
    """An Ensemble. It connects when it is first asked something, and tells `view` what it waits for.

    The keywords are those of `session.Session`.
    """

    def __init__(
        self,
        hosts: Hosts,
        patience: Patience,
        *,
        auth: Secret | None = None,
        sasl: bool = False,
        tls: ssl.SSLContext | None = None,
        connect_within: float = CONNECT_WITHIN,
        view: View = silent,
    ) -> None:
        self.chroot = hosts.chroot
        self._has_identity = auth is not None
        self._cluster = hosts.servers[0][0]
        self._session = Session(
            hosts, patience, auth=auth, sasl=sasl, tls=tls, connect_within=connect_within, view=view
        )
        self.name = self._session.name

    def look(self, path: str, before: Znode | None = None, tell: Looking = unheard) -> Znode:
        """Say whether the znode is there, which one it is, and what lives below it."""

        def look(client: KazooClient) -> Znode:
            found = survey(self._session, client, self.chroot + path, before, tell)
            if not found.exists:
                self._expect_chroot(client)
            return found

        return self._session.run(look)

    def master_id(self, mesos_path: str) -> str | None:
        """Give the id of the master that leads by this ensemble; the path is taken outside the chroot."""
        return self._session.run(lambda client: self._master_id(client, mesos_path))

    def leading_master(self, mesos_path: str) -> bytes | None:
        """Give what the leading master registered below this path, outside any chroot; None while nobody leads.

        Raises ZooKeeperTrouble where there is no such path: no master has ever registered there.
        """

        def look(client: KazooClient) -> bytes | None:
            if self._session.answer(client.exists_async(mesos_path)) is None:
                raise ZooKeeperTrouble(
                    f"There is no {mesos_path} in {self.name}: no master registers there.",
                    remedy=do("Give the path of the masters' own --zk flag:", Again("-m", "zk://HOST:PORT/mesos")),
                )
            found = self._leader(client, mesos_path)
            return None if found is None else found[1]

        return self._session.run(look)

    def beside(self, path: str) -> tuple[str, ...]:
        """Give what is at the top and beside `path`, inside the chroot."""
        return self._session.run(lambda client: self._beside(client, path))

    def remove(self, path: str, czxid: int | None, progress: Progress, care: Care = CARE) -> Removed:
        """Delete the znode and what is below it, in sweeps, and prove it gone (rules Z3 to Z5)."""
        full = self.chroot + znode_path(path, self.chroot)
        deletion = Deletion(self._session, full, czxid, progress, care, self._cluster)

        def go_on(client: KazooClient) -> Removed:
            removed = deletion.go_on(client)
            if removed.state == "missing":
                self._expect_chroot(client)
            return removed

        return self._session.run(go_on)

    def save(self, path: str, backup: Backup, tell: Looking = unheard) -> Saved | None:
        """Save the znode as it is, and delete nothing: somebody may live there, and go on writing (rule Z6).

        None where there is no such znode. Raises BackupTrouble and ZooKeeperTrouble.
        """
        full = self.chroot + znode_path(path, self.chroot)
        saver = Saver(self._session, full, backup, self._cluster, even_live=True)

        def go_on(client: KazooClient) -> Saved | None:
            self._session.answer(client.sync_async(full))
            root = self._session.answer(client.exists_async(full))
            if root is None:
                self._expect_chroot(client)
                return None
            saver.save_all(client, root, tell)
            return backup.saved

        return self._session.run(go_on)

    def expect_room(self, file: BackupFile, *, go_on: bool = False) -> None:
        """See whether a backup can be put back (rule Z7), and change nothing. go_on: a part of it may be there.

        Raises UsageError, Refusal (Z1, Z7) and ZooKeeperTrouble.
        """
        self._session.run(self._restoration(file, lambda *_: None, go_on=go_on).expect_room)

    def restore(self, file: BackupFile, progress: Progress, *, go_on: bool = False) -> Restored:
        """Put a backup back, and say what came of it; what ended it once something was written is in that, too.

        progress: told of nodes so far. Raises as `expect_room` does, before anything is written.
        """
        restoration = self._restoration(file, progress, go_on=go_on)
        done = restoration.done
        try:
            self._session.run(restoration.run)
        except JanitorError as error:
            denied = isinstance(error, Refusal) or (isinstance(error, ZooKeeperTrouble) and error.denied)
            if not restoration.begun or (denied and not (done.created or done.parents)):
                raise
            done.error = error
        return done

    def _restoration(self, file: BackupFile, progress: Progress, *, go_on: bool) -> Restoration:
        path = file.header.path
        if is_protected(path):
            raise Refusal(
                f"The backup is of {called(path)}, which belongs to the cluster itself. It is not put back.",
                rule=rules.Z1,
            )
        if self.chroot and not path.startswith(self.chroot + "/"):
            raise UsageError(
                f"The backup is of {called(path)}, which is not below the chroot {called(self.chroot)}.",
                remedy="Paths in a backup are whole: leave the chroot out of --zookeeper.",
            )
        return Restoration(self._session, file, progress, go_on=go_on, has_identity=self._has_identity)

    def close(self) -> None:
        """End the session and its threads."""
        self._session.close()

    def _expect_chroot(self, client: KazooClient) -> None:
        """Raise ZooKeeperTrouble when there is no such chroot: what is missing below it tells nothing (rule L4)."""
        if self.chroot and self._session.answer(client.exists_async(self.chroot)) is None:
            raise ZooKeeperTrouble(
                f"The chroot {self.chroot} does not exist in {self.name}.",
                remedy=NAME_IT,
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
                    f"{self.name} denies listing {place or '/'}.", why=NO_AUTH, denied=True
                ) from error
            found += [f"{place}/{name}".removeprefix("/") for name in names]
        return tuple(sorted(found))

    def _master_id(self, client: KazooClient, mesos_path: str) -> str | None:
        found = self._leader(client, mesos_path)
        if found is None:
            return None
        place, data = found
        if (master_id := id_in(data)) is None:
            raise ZooKeeperTrouble(f"{place} in {self.name} is not what a Mesos master writes.")
        return master_id

    def _leader(self, client: KazooClient, mesos_path: str) -> tuple[str, bytes] | None:
        """Where the leading master is registered, and what it wrote there."""
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
                return f"{base}/{leader}", data
        except NoNodeError:
            return None
        except NoAuthError as error:
            raise ZooKeeperTrouble(f"{self.name} denies reading {mesos_path}.", why=NO_AUTH, denied=True) from error
        return None
