"""One pass over a tree that deletes what is below its root: children first, many at once, in bounded memory (rule Z3).

Most znodes have no children. So deletions are tried together, hundreds in one transaction, and only where ZooKeeper
refuses one of them are the nodes of that transaction listed: a node without children then costs a share of a
transaction instead of a request, and a refusal costs one transaction that changed nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, NoAuthError, NoNodeError, NotEmptyError

from janitor.zookeeper.session import Pending, Session

OPERATIONS = 500
"""Deletions in one transaction at most."""

TRANSACTION_BYTES = 512 * 1024
"""Bytes of one transaction at most: ZooKeeper drops a connection that sends more than jute.maxbuffer, 1 MB."""

OPERATION_BYTES = 17
"""What a deletion takes beside its path: a header, the length of the path, and the version."""

TRANSACTIONS_AHEAD = 4
"""Transactions sent ahead of their answers."""

NAMES_HELD = 50_000
"""Names of children held for one level of the walk, give or take one node's: a tree can have millions."""

DENIED_SHOWN = 10
"""Denied paths that are kept for the message."""


@dataclass(slots=True)
class _Level:
    """Nodes still to be deleted, whose parents (listed before) go once none is left."""

    waiting: Iterator[str]
    parents: list[str]
    put_back: list[str] = field(default_factory=list)

    def take(self, count: int) -> list[str]:
        taken, self.put_back = self.put_back[:count], self.put_back[count:]
        return taken + list(islice(self.waiting, count - len(taken)))


class Sweep:
    """One pass. `deleted` counts what the server confirmed, `denied` names what it would not let us read or delete.

    What appears while it walks may stay, and what it was denied does: the caller looks, and sweeps again.
    """

    def __init__(self, session: Session, client: KazooClient, progress: Callable[[int], None]) -> None:
        self._session = session
        self._client = client
        self._progress = progress
        self.deleted = 0
        self.denied: list[str] = []
        self._unreadable: set[str] = set()

    def below(self, root: str) -> None:
        """Delete everything below `root`, not itself. Raises kazoo's exceptions when the connection is lost."""
        _, parents, _ = self._listed([root])
        if root in self._unreadable:
            self._deny(root)
        stack = [_Level(_children(parents), [])]
        while stack:
            level = stack[-1]
            chunk = level.take(OPERATIONS * TRANSACTIONS_AHEAD)
            if not chunk:
                self._delete(level.parents)
                stack.pop()
                continue
            leaves, parents, unlisted = self._listed(self._together(chunk))
            level.put_back = unlisted + level.put_back
            self._delete(leaves)
            if parents:
                stack.append(_Level(_children(parents), [path for path, _ in parents]))

    def _delete(self, paths: list[str]) -> None:
        """Delete nodes that should be empty; those that are not, by now, are left to the next sweep."""
        alone = self._session.pipelined(self._client.delete_async, self._together(paths))
        self._count(sum(self._settled(path, answer) for path, answer in alone))
        self._unreadable.clear()

    def _together(self, paths: list[str]) -> list[str]:
        """Try to delete in transactions; give the paths of those that were refused."""
        refused: list[str] = []
        for batch, answer in self._session.pipelined(self._send, batches(paths), ahead=TRANSACTIONS_AHEAD):
            if isinstance(answer, KazooException) or any(result is not True for result in answer):
                refused += batch
            else:
                self._count(len(batch))
        return refused

    def _send(self, batch: list[str]) -> Pending[list[object]]:
        transaction = self._client.transaction()
        for path in batch:
            transaction.delete(path)
        sent: Pending[list[object]] = transaction.commit_async()
        return sent

    def _settled(self, path: str, answer: object) -> int:
        """Judge one deletion; how many nodes it deleted. Missing is success (rule Z3), but not our deed."""
        if isinstance(answer, NoAuthError) or (isinstance(answer, NotEmptyError) and path in self._unreadable):
            self._deny(path)
            return 0
        if isinstance(answer, NoNodeError | NotEmptyError):
            return 0
        if isinstance(answer, KazooException):
            raise answer
        return 1

    def _listed(self, paths: list[str]) -> tuple[list[str], list[tuple[str, list[str]]], list[str]]:
        """List nodes: those without children, those with (and which), and those not listed because enough is held.

        Those that may not be read count as without children: they may well be.
        """
        leaves: list[str] = []
        parents: list[tuple[str, list[str]]] = []
        held = seen = 0

        def until_enough() -> Iterator[str]:
            nonlocal seen
            for seen, path in enumerate(paths, 1):  # noqa: B007  # read after the loop
                yield path
                if held > NAMES_HELD:
                    return

        for path, answer in self._session.pipelined(self._client.get_children_async, until_enough()):
            if isinstance(answer, NoNodeError):
                continue
            if isinstance(answer, NoAuthError):
                self._unreadable.add(path)
                leaves.append(path)
            elif isinstance(answer, KazooException):
                raise answer
            elif answer:
                parents.append((path, answer))
                held += len(answer)
            else:
                leaves.append(path)
        return leaves, parents, paths[seen:]

    def _deny(self, path: str) -> None:
        if len(self.denied) < DENIED_SHOWN and path not in self.denied:
            self.denied.append(path)

    def _count(self, deleted: int) -> None:
        self.deleted += deleted
        self._progress(self.deleted)


def batches(paths: Iterable[str]) -> Iterator[list[str]]:
    """Cut into batches, each of which fits into one transaction by number and by bytes."""
    batch: list[str] = []
    size = 0
    for path in paths:
        cost = len(path.encode()) + OPERATION_BYTES
        if batch and (len(batch) == OPERATIONS or size + cost > TRANSACTION_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += cost
    if batch:
        yield batch


def _children(parents: Iterable[tuple[str, list[str]]]) -> Iterator[str]:
    return (f"{path}/{name}" for path, names in parents for name in names)
