"""One pass over a tree that deletes what is below its root: children first, many at once, in bounded memory (rule Z3).

Most znodes have no children. So deletions are tried together, hundreds in one transaction, and only where ZooKeeper
refuses one of them are the nodes of that transaction listed: a node without children then costs a share of a
transaction instead of a request, and a refusal costs one transaction that changed nothing.

ZooKeeper itself keeps each transaction from hitting anything else, whatever happens between a look and a deletion:
the version of the root is checked in it, and an ephemeral node cannot have children, so that a child of each node is
created and deleted first: of an ephemeral one ZooKeeper refuses that, and the whole transaction with it (rule O4).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from kazoo.client import KazooClient
from kazoo.exceptions import (
    BadVersionError,
    KazooException,
    NoAuthError,
    NoChildrenForEphemeralsError,
    NodeExistsError,
    NoNodeError,
    NotEmptyError,
)
from kazoo.protocol.states import ZnodeStat

from janitor.zookeeper.saving import Saver
from janitor.zookeeper.session import Pending, Session
from janitor.zookeeper.transactions import TRANSACTION_BYTES, TRANSACTIONS_AHEAD, batches, cost_of, failure
from janitor.zookeeper.walk import Listed, Parent, asking, listed, walk

DENIED_SHOWN = 10
"""Denied paths that are kept for the message."""

CHILD = "janitor"
"""The name of the child that is created and deleted, within one transaction, to see that a node is not ephemeral."""


class Changed(Exception):
    """The root is not as it was seen: look again. Nothing of the transaction was done."""


class Lives(Exception):
    """A node is ephemeral: somebody lives there. It was not deleted."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.path = path


@dataclass(frozen=True, slots=True)
class Guard:
    """What every transaction checks: the root's version; and, unless `even_live`, that no node of it is ephemeral."""

    root: str
    version: int
    even_live: bool = False

    @property
    def operations(self) -> int:
        """Operations that the deletion of one node takes."""
        return 1 if self.even_live else 3


class Sweep:
    """One pass. `deleted` counts what the server confirmed, `denied` names what it would not let us read or delete.

    What appears while it walks may stay, and what it was denied does: the caller looks, and sweeps again.

    With a `saver` it deletes only what is saved, at the version that was (rule Z6). Right before, each node is looked
    at, or its parent alone: where nobody else created or deleted a child of the parent since it was saved, each child
    is the very node that was saved, and its version tells whether anybody wrote it since. What is not as it was is
    saved again.
    """

    def __init__(
        self,
        session: Session,
        client: KazooClient,
        guard: Guard,
        progress: Callable[[int], None],
        saver: Saver | None = None,
    ) -> None:
        self._session = session
        self._client = client
        self._guard = guard
        self._progress = progress
        self.deleted = 0
        self.denied: list[str] = []
        self._unreadable: set[str] = set()
        self._saver = saver
        self._versions: dict[str, int] = {}
        self._guessed: set[str] = set()
        self._parents: dict[str, tuple[int, int]] = {}

    def below(self, root: str) -> None:
        """Delete everything below `root`, not itself.

        Raises Changed, Lives, and kazoo's exceptions when the connection is lost.
        """
        found = self._listed([root])
        if found.unreadable:
            self._deny(root)
        for parent in found.parents:
            walk(parent, self)

    def enter(self, paths: list[str]) -> tuple[list[Parent], list[str]]:
        """Delete those of the nodes that have no children."""
        guessed, rest = self._by_parents(paths)
        leaves, parents = self._secured(rest)
        leaves += guessed
        refused = self._together([path for path in leaves if self._fits(path)])
        found = self._listed(refused + [path for path in leaves if not self._fits(path)] + parents)
        self._delete(self._looked_at(found.leaves + found.unreadable))
        return found.parents, found.unlisted

    def leave(self, paths: list[str]) -> None:
        """Delete nodes that should be empty; those that are not, by now, are left to the next sweep."""
        for path in paths:
            self._parents.pop(path, None)
        self._forget()
        self._delete(self._secured(paths)[0])

    def _forget(self) -> None:
        self._versions.clear()
        self._guessed.clear()

    def _by_parents(self, paths: list[str]) -> tuple[list[str], list[str]]:
        """Those of the nodes that need not be looked at, since their parents tell enough; and the others.

        ZooKeeper counts what is created and deleted below a node (cversion): since the tree was saved, nobody has, or
        only we. Otherwise a node could have been deleted and created anew, at a version that was saved of another one.
        """
        saver = self._saver
        if saver is None:
            return paths, []
        self._forget()
        if saver.forgot_versions:
            return [], paths
        as_saved: set[str] = set()
        for parent, stat in self._stats(list(dict.fromkeys(map(_parent, paths)))):
            state = stat.czxid, stat.cversion
            if self._parents.get(parent) == state or saver.had_these_children(stat):
                as_saved.add(parent)
                self._parents[parent] = state
            else:
                self._parents.pop(parent, None)
        guessed = [path for path in paths if _parent(path) in as_saved]
        self._guessed.update(guessed)
        self._versions |= {path: saver.version_of(path) for path in guessed}
        return guessed, [path for path in paths if path not in self._guessed]

    def _looked_at(self, paths: list[str]) -> list[str]:
        """These without those that are gone: what was not looked at itself, and may have been written, is by now."""
        guessed = [path for path in paths if path in self._guessed]
        self._guessed.difference_update(guessed)
        for path in guessed:
            del self._versions[path]
        there = {path for paths in self._secured(guessed) for path in paths}
        gone = set(guessed) - there
        return [path for path in paths if path not in gone]

    def _secured(self, paths: list[str]) -> tuple[list[str], list[str]]:
        """Have these nodes in the backup as they are, and know their versions: what may be deleted, and what has
        children. Without a backup, each may be tried.
        """
        if self._saver is None:
            return paths, []
        leaves: list[str] = []
        parents: list[str] = []
        changed: list[str] = []
        for path, stat in self._stats(paths):
            if stat.ephemeralOwner and not self._guard.even_live:
                raise Lives(path)
            if self._saver.is_saved(path, stat):
                self._versions[path] = stat.version
            else:
                changed.append(path)
            (parents if stat.numChildren else leaves).append(path)
        if changed:
            self._versions |= self._saver.save_again(self._client, changed)
        return [path for path in leaves if path in self._versions], [path for path in parents if path in self._versions]

    def _stats(self, paths: list[str]) -> Iterator[tuple[str, ZnodeStat]]:
        """Those of the nodes that are there, each as it is now."""
        for path, answer in self._session.pipelined(self._client.exists_async, paths):
            if isinstance(answer, KazooException):
                raise answer
            if answer is not None:
                yield path, answer

    def _version(self, path: str) -> int:
        """At which version a node is deleted: at the one that was saved; without a backup, at any."""
        return -1 if self._saver is None else self._versions[path]

    def _listed(self, paths: list[str]) -> Listed:
        """List nodes. Those that may not be listed count as without children: they may well be."""
        found = listed(asking(self._session, self._client), paths)
        self._unreadable.update(found.unreadable)
        if self._guard.even_live:
            found.leaves += found.live
        elif found.live:
            raise Lives(found.live[0])
        return found

    def _delete(self, paths: list[str]) -> None:
        """Delete nodes without children, together where that goes, and else each in a transaction of its own."""
        refused = self._together([path for path in paths if self._fits(path)])
        alone = self._session.pipelined(self._send, ([path] for path in refused))
        unprobed = [path for (path,), answer in alone if not self._settled(path, answer)]
        self._delete_by_stat(unprobed + [path for path in paths if not self._fits(path)])
        self._unreadable.clear()

    def _fits(self, path: str) -> bool:
        """Whether the deletion of a node with so long a path fits into a transaction, with what guards it."""
        return cost_of(path, self._guard.operations) <= TRANSACTION_BYTES

    def _together(self, paths: list[str]) -> list[str]:
        """Try to delete in transactions; give the paths of those that were refused."""
        refused: list[str] = []
        cut = batches(paths, self._guard.operations)
        for batch, answer in self._session.pipelined(self._send, cut, ahead=TRANSACTIONS_AHEAD):
            if self._failure(answer) is None:
                self._count(batch)
            else:
                refused += batch
        return refused

    def _send(self, batch: list[str]) -> Pending[list[object]]:
        guard = self._guard
        transaction = self._client.transaction()
        transaction.check(guard.root, guard.version)
        for path in batch:
            if not guard.even_live:
                transaction.create(f"{path}/{CHILD}", b"")
                transaction.delete(f"{path}/{CHILD}")
            transaction.delete(path, self._version(path))
        sent: Pending[list[object]] = transaction.commit_async()
        return sent

    def _failure(self, answer: list[object] | KazooException) -> tuple[int, KazooException] | None:
        """Which operation of a transaction was refused, and why; None when it was done. Raises Changed."""
        found = failure(answer)
        if found is not None and found[0] == 0 and isinstance(found[1], BadVersionError | NoNodeError):
            raise Changed
        return found

    def _settled(self, path: str, answer: list[object] | KazooException) -> bool:
        """Judge the deletion of one node; false when it may not be told so whether the node is ephemeral.

        Missing is success (rule Z3), but not our deed. What was written since it was saved is left to the next sweep.
        """
        found = self._failure(answer)
        if found is None:
            self._count([path])
            return True
        number, refusal = found
        if isinstance(refusal, NoChildrenForEphemeralsError):
            raise Lives(path)
        if isinstance(refusal, NoAuthError) and number == 1 and not self._guard.even_live:
            return False
        if isinstance(refusal, NoAuthError) or (
            isinstance(refusal, NotEmptyError | NodeExistsError) and path in self._unreadable
        ):
            self._deny(path)
        elif not isinstance(refusal, NoNodeError | NotEmptyError | NodeExistsError | BadVersionError):
            raise refusal
        return True

    def _delete_by_stat(self, paths: list[str]) -> None:
        """Delete nodes below which we may not create anything: looked at right before, and in the version seen."""
        if not paths:
            return
        persistent: list[tuple[str, int]] = []
        for path, stat in self._stats(paths):
            if stat.ephemeralOwner:
                raise Lives(path)
            persistent.append((path, stat.version if self._saver is None else self._version(path)))
        for (path, _), answer in self._session.pipelined(self._send_version, persistent):
            found = self._failure(answer)
            if found is None:
                self._count([path])
            elif isinstance(found[1], NoAuthError) or (
                isinstance(found[1], NotEmptyError) and path in self._unreadable
            ):
                self._deny(path)
            elif not isinstance(found[1], NoNodeError | NotEmptyError | BadVersionError):
                raise found[1]

    def _send_version(self, node: tuple[str, int]) -> Pending[list[object]]:
        transaction = self._client.transaction()
        transaction.check(self._guard.root, self._guard.version)
        transaction.delete(*node)
        sent: Pending[list[object]] = transaction.commit_async()
        return sent

    def _deny(self, path: str) -> None:
        if len(self.denied) < DENIED_SHOWN and path not in self.denied:
            self.denied.append(path)

    def _count(self, deleted: list[str]) -> None:
        self.deleted += len(deleted)
        for path in deleted if self._parents else ():
            if (state := self._parents.get(parent := _parent(path))) is not None:
                self._parents[parent] = state[0], state[1] + 1
        self._progress(self.deleted)


def _parent(path: str) -> str:
    return path.rpartition("/")[0]
