"""A look at a tree of znodes: what lives in it, and what of it could not be read (rules O4, L4)."""

from __future__ import annotations

from collections import deque

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, NoAuthError, NoNodeError
from kazoo.protocol.states import ZnodeStat

from janitor.zookeeper.session import Pending, Session
from janitor.zookeeper.znode import Znode

EVERYWHERE_UP_TO = 10_000
"""Nodes of a tree up to which every one is looked at for being ephemeral (rule O4)."""

LIVE_PLACES = ("lock", "brokers/ids", "controller", "hadoop-ha")
"""Where a running service keeps its ephemeral nodes, below its root: the SDK's lock, Kafka's brokers and controller,
HDFS's failover (rule O4)."""


class TooMany(Exception):
    """There are more nodes than are walked."""


def survey(session: Session, client: KazooClient, path: str, limit: int = EVERYWHERE_UP_TO) -> Znode:
    """Look at the tree at `path` (a full one): everywhere when it has up to `limit` nodes, else at LIVE_PLACES.

    Raises kazoo's exceptions when the connection is lost, ZooKeeperTrouble at the deadline.
    """
    session.answer(client.sync_async(path))  # a follower may lag; what was written before now has to be seen
    root: ZnodeStat | None = session.answer(client.exists_async(path))
    if root is None:
        return Znode(path, exists=False, czxid=None, ephemerals=(), unread=(), nodes=0)
    walk = _Walk(session, client, limit)
    nodes: int | None
    try:
        nodes = walk.through(path)
    except TooMany:
        nodes = None
        walk = _Walk(session, client, limit)
        for place in LIVE_PLACES:
            walk.through_if_small(f"{path}/{place}")
    return Znode(
        path,
        exists=True,
        czxid=root.czxid,
        ephemerals=tuple(sorted(walk.ephemerals)),
        unread=tuple(sorted(walk.unread)),
        nodes=None if walk.unread else nodes,
    )


class _Walk:
    """Walks trees breadth first; collects ephemeral nodes and what could not be read."""

    def __init__(self, session: Session, client: KazooClient, limit: int) -> None:
        self._session = session
        self._client = client
        self._limit = limit
        self.ephemerals: list[str] = []
        self.unread: list[str] = []

    def through(self, root: str) -> int:
        """Walk the tree at `root`, if there is one; how many nodes it has. Raises TooMany beyond the limit."""
        known = 1
        waiting = deque([root])
        while waiting:
            level, waiting = waiting, deque()
            for path, answer in self._session.pipelined(self._list, level):
                if isinstance(answer, NoNodeError):
                    known -= 1
                    continue
                names: list[str] = []
                if isinstance(answer, NoAuthError):
                    stat = self._unlistable(path)
                elif isinstance(answer, KazooException):
                    raise answer
                else:
                    names, stat = answer
                if stat is not None and stat.ephemeralOwner:
                    self.ephemerals.append(path)
                known += len(names)
                if known > self._limit:
                    raise TooMany
                waiting.extend(f"{path}/{name}" for name in names)
        return known

    def through_if_small(self, root: str) -> None:
        """Walk the tree at `root`; when it is too large, it counts as unread."""
        try:
            self.through(root)
        except TooMany:
            self.unread.append(root)

    def _unlistable(self, path: str) -> ZnodeStat | None:
        """Ask for what needs no permission. A node without children has nothing that could be hidden."""
        stat: ZnodeStat | None = self._session.answer(self._client.exists_async(path))
        if stat is not None and stat.numChildren:
            self.unread.append(path)
        return stat

    def _list(self, path: str) -> Pending[tuple[list[str], ZnodeStat]]:
        sent: Pending[tuple[list[str], ZnodeStat]] = self._client.get_children_async(path, include_data=True)
        return sent
