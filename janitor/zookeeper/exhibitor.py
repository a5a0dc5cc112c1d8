"""ZooKeeper asked through Exhibitor's explorer, as the original janitor did."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from janitor.errors import BackupTrouble, OutOfTime, ZooKeeperTrouble
from janitor.message import Again, do
from janitor.patience import Patience
from janitor.transport.fanout import fan_out
from janitor.transport.http import Http
from janitor.words import foreign
from janitor.zookeeper.ensemble import (
    CARE,
    EMPTY_ROOT,
    LIVE_PLACES,
    NO_BACKUP,
    NO_BACKUP_REMEDY,
    Care,
    Looking,
    Progress,
    check_time,
    still_lives,
    unheard,
)
from janitor.zookeeper.explorer import Explorer, Stat
from janitor.zookeeper.masters import id_in, leader_among
from janitor.zookeeper.paths import places_beside, znode_path
from janitor.zookeeper.znode import Removed, Znode

ATTEMPTS = 10
"""Deletions asked for, one after the other: a proxy may give up on one that Exhibitor goes on with."""

FIRST_WAIT, LONGEST_WAIT = 0.25, 10.0
"""Seconds between two of them, doubling."""

EVERYWHERE_UP_TO = 1_000
"""Nodes of a tree up to which every one is looked at (rule O4); each takes one request, a parent two."""

AT_A_TIME = 8
"""Requests under way at once: Exhibitor is one process on a master."""


class ExhibitorEnsemble:
    """An Ensemble behind Exhibitor. `base_url` is what the original's -e takes: http://leader.mesos:8181/"""

    def __init__(self, http: Http, base_url: str, patience: Patience) -> None:
        self._explorer = Explorer(http, base_url)
        self._patience = patience
        self.name = self._explorer.name

    def look(self, path: str, before: Znode | None = None, tell: Looking = unheard) -> Znode:
        """Say whether the znode is there and which one it is; every node of it is looked at, up to EVERYWHERE_UP_TO.

        After the first look of a run, what lived then and LIVE_PLACES.
        """
        root = self.stat(path)
        if root is None:
            return Znode(path, exists=False, czxid=None, ephemerals=(), unread=(), nodes=None)
        if before is None or before.czxid != root.czxid:
            return self._everywhere(path, root, tell)
        look = _Look(self._explorer, self._patience)
        look.at(before.ephemerals)
        for place in LIVE_PLACES:
            look.below([f"{path}/{place}"], unheard)
        unread = look.unread | set(before.unread)
        return Znode(path, True, root.czxid, _sorted(look.live), _sorted(unread), None, before.too_many)

    def master_id(self, mesos_path: str) -> str | None:
        """Give the id of the master that leads by the ensemble behind this Exhibitor."""
        base = mesos_path.rstrip("/")
        while self._explorer.node(base or "/") is not None:
            check_time(self.name, self._patience)
            leader = leader_among(self._explorer.children(base or "/"))
            if leader is None:
                return None
            node = self._explorer.node(f"{base}/{leader}")
            if node is None:
                continue  # it has just stopped leading
            if (found := id_in(node[1])) is None:
                raise ZooKeeperTrouble(f"{base}/{leader} in {self.name} is not what a Mesos master writes.")
            return found
        return None

    def beside(self, path: str) -> tuple[str, ...]:
        """Give what is at the top and beside `path`."""
        places = [place for place in places_beside(path) if not place or self._explorer.node(place) is not None]
        return tuple(
            sorted(
                f"{place}/{name}".removeprefix("/")
                for place in places
                for name in self._explorer.children(place or "/")
            )
        )

    def remove(self, path: str, czxid: int | None, progress: Progress, care: Care = CARE) -> Removed:
        """Delete the znode and what is below it, and prove it gone (rules Z3 to Z5); nothing is counted."""
        path = znode_path(path)
        if care.backup is not None:
            raise BackupTrouble(f"No backup can be made through {self.name}.", why=NO_BACKUP, remedy=NO_BACKUP_REMEDY)
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
                raise ZooKeeperTrouble(f"{self.name} may not delete {path}", why=words, denied=True)
            if attempt < ATTEMPTS:
                if attempt:
                    self._expect_nothing_alive(path, root, care, progress)
                    care.owners_again()
                self._expect_nothing_alive(path, root, care, progress)
                progress(0, f"Exhibitor is deleting {path}")
                succeeded, words = self.delete(path)
        raise ZooKeeperTrouble(
            f"{self.name} could not delete {path}",
            why=words,
            remedy=do("If a service still writes there, stop it and run this again:", Again()).also(
                "If not, delete it through ZooKeeper:", Again("--zookeeper", "HOST:PORT", without=["-e"])
            ),
        )

    def close(self) -> None:
        """Nothing to end: the connections are the run's."""

    def stat(self, path: str) -> Stat | None:
        """Give the stat of a znode, None when it is not there. Raises ZooKeeperTrouble when that cannot be told."""
        return self._explorer.stat(path)

    def expect_same(self, path: str, stat: Stat, czxid: int | None) -> None:
        """Raise ZooKeeperTrouble when the znode is not the one that was seen (rule Z5)."""
        if stat.czxid != czxid:
            raise ZooKeeperTrouble(
                f"{path} at {self.name}: another znode of that name was created meanwhile. It stays.",
                remedy=do("Find out who uses it. If it is really abandoned, run this again:", Again()),
            )

    def delete(self, path: str) -> tuple[bool, str]:
        """Ask once to delete a znode with all that is below it; give whether it says to have succeeded, and its words.

        Look again in either case: what failed may have stopped half-way, or be going on. Raises ZooKeeperTrouble
        when changes are disabled (403), or at the deadline.
        """
        return self._explorer.delete(path)

    def is_empty(self, path: str, root: Stat) -> bool:
        """True when the root has no data and no children, except an empty `lock` (rule Z4)."""
        if root.data_length or root.num_children > 1:
            return False
        lock = self.stat(f"{path}/{EMPTY_ROOT}") if root.num_children else None
        if lock is None:
            return not root.num_children
        return not (lock.data_length or lock.num_children or lock.ephemeral_owner)

    def _everywhere(self, path: str, root: Stat, tell: Looking) -> Znode:
        look = _Look(self._explorer, self._patience)
        if look.below([path], tell):
            return Znode(path, True, root.czxid, _sorted(look.live), _sorted(look.unread), None)
        unread = _sorted({*look.unread, path})
        return Znode(path, True, root.czxid, _sorted(look.live), unread, None, EVERYWHERE_UP_TO)

    def _expect_nothing_alive(self, path: str, root: Stat, care: Care, progress: Progress) -> None:
        """Look at every node: nothing is deleted where one is ephemeral (Refusal), or where that cannot be told."""
        if care.even_live:
            return
        found = self._everywhere(
            path, root, lambda nodes: progress(0, f"checking again that nothing lives in {nodes} znodes of {path}")
        )
        if found.ephemerals:
            raise still_lives(path, found.ephemerals, None)
        if found.unread:
            places = ", ".join(foreign(place, most=200) for place in found.unread[:3])
            raise ZooKeeperTrouble(
                f"{self.name} does not tell whether something still uses {path}.",
                why=f"{places} could not be read",
            )


class _Look:
    """Looks at nodes; keeps those that live and those that could not be read."""

    def __init__(self, explorer: Explorer, patience: Patience) -> None:
        self._explorer = explorer
        self._patience = patience
        self.live: set[str] = set()
        self.unread: set[str] = set()

    def below(self, paths: list[str], tell: Looking) -> bool:
        """Look at these nodes and all below them; false when there are more than EVERYWHERE_UP_TO: then not at all."""
        known = len(paths)
        while paths:
            level, paths = paths, []
            for path, children, names in self._seen(level):
                known += children
                paths += [f"{path}/{name}" for name in names]
            if known > EVERYWHERE_UP_TO:
                return False
            tell(known)
        return True

    def at(self, paths: Iterable[str]) -> None:
        """Look at these nodes alone."""
        for _ in self._seen(list(paths)):
            pass

    def _seen(self, paths: list[str]) -> Iterator[tuple[str, int, list[str]]]:
        """Each node, how many children it has, and their names; some requests at a time."""
        try:
            for path, found in fan_out(paths, self._one, concurrency=AT_A_TIME, patience=self._patience):
                if isinstance(found, ZooKeeperTrouble):
                    check_time(self._explorer.name, self._patience)
                    self.unread.add(path)
                elif isinstance(found, Exception):
                    raise found
                else:
                    stat, names = found
                    if stat is not None and stat.ephemeral_owner:
                        self.live.add(path)
                    yield path, max(len(names), stat.num_children if stat is not None else 0), names
        except OutOfTime:
            check_time(self._explorer.name, self._patience)
            raise

    def _one(self, path: str) -> tuple[Stat | None, list[str]]:
        stat = self._explorer.stat(path)
        listed = stat is not None and 0 < stat.num_children <= EVERYWHERE_UP_TO
        return stat, self._explorer.children(path) if listed else []


def _sorted(paths: set[str]) -> tuple[str, ...]:
    return tuple(sorted(paths))


def _waits() -> Iterator[float]:
    """Seconds before each attempt, when the one before it failed, and before one more look after the last."""
    yield 0.0
    wait = FIRST_WAIT
    for _ in range(ATTEMPTS):
        yield wait
        wait = min(2 * wait, LONGEST_WAIT)
