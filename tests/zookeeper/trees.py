"""Trees of znodes for tests: written fast, and listed by an independent walk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from kazoo.client import KazooClient

from janitor.zookeeper.ensemble import Ensemble
from janitor.zookeeper.znode import Removed
from tests.clock import HANGS


def grow(client: KazooClient, paths: Iterable[str], data: bytes = b"data") -> None:
    """Create znodes, parents before children, in transactions."""
    rest = iter(paths)
    while batch := list(islice(rest, 400)):
        transaction = client.transaction()
        for path in batch:
            transaction.create(path, data)
        failed = [result for result in transaction.commit() if isinstance(result, Exception)]
        assert not failed, failed


def fell(client: KazooClient, root: str) -> None:
    """Delete a tree that fits into memory."""
    paths = list(everything_below(client, root))[::-1]
    for start in range(0, len(paths), 400):
        transaction = client.transaction()
        for path in paths[start : start + 400]:
            transaction.delete(path)
        transaction.commit()


def everything_below(client: KazooClient, path: str) -> Iterator[str]:
    """List a tree, its root included, parents before children; nothing when there is none."""
    level = [path] if client.exists(path) is not None else []
    while level:
        yield from level
        below = []
        for start in range(0, len(level), 100):
            asked = [(each, client.get_children_async(each)) for each in level[start : start + 100]]
            below += [f"{each.rstrip('/')}/{name}" for each, answer in asked for name in answer.get(timeout=HANGS)]
        level = below


def snapshot(client: KazooClient, *paths: str) -> dict[str, tuple[bytes, int]]:
    """Data and version of everything in some trees, to see that nothing of it was touched."""
    found = {}
    for path in (each for root in paths for each in everything_below(client, root)):
        data, stat = client.get(path)
        found[path] = (data, stat.mzxid)
    return found


def remove(ensemble: Ensemble, path: str) -> Removed:
    """Look, and remove what was seen."""
    return ensemble.remove(path, ensemble.look(path).czxid, silently)


def silently(deleted: int, doing: str) -> None:
    """Take the progress of a removal, and say nothing."""
