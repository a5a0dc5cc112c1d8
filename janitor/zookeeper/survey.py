"""A look at a tree of znodes: what lives in it, and what of it could not be read (rules O4, L4).

The first look at a tree goes to every node, whatever its size. After that a large one is looked at where something
lived then, and at LIVE_PLACES. What begins to live elsewhere is met by the sweep itself: in its transactions ZooKeeper
refuses to delete it.
"""

from __future__ import annotations

from kazoo.client import KazooClient
from kazoo.protocol.states import ZnodeStat

from janitor.zookeeper.ensemble import LIVE_PLACES, Looking
from janitor.zookeeper.session import Session
from janitor.zookeeper.walk import Parent, asking, listed, walk
from janitor.zookeeper.znode import Znode

AGAIN_UP_TO = 10_000
"""Nodes of a tree up to which every look of a run goes to all of them."""

NAMED = 100
"""Live or unread nodes that are kept by name."""

TOLD_EVERY = 5_000
"""Nodes between two tellings."""


def survey(session: Session, client: KazooClient, path: str, before: Znode | None, tell: Looking) -> Znode:
    """Look at the tree at `path` (a full one). `before` is what an earlier look of this run saw.

    Raises kazoo's exceptions when the connection is lost, ZooKeeperTrouble at the deadline.
    """
    session.answer(client.sync_async(path))  # a follower may lag; what was written before now has to be seen
    root: ZnodeStat | None = session.answer(client.exists_async(path))
    if root is None:
        return Znode(path, exists=False, czxid=None, ephemerals=(), unread=(), nodes=0)
    look, nodes = _looked(_Look(session, client, tell), path, root, before)
    return Znode(
        path,
        exists=True,
        czxid=root.czxid,
        ephemerals=tuple(sorted(look.ephemerals)),
        unread=tuple(sorted(look.unread)),
        nodes=None if look.unread else nodes,
    )


def _looked(look: _Look, path: str, root: ZnodeStat, before: Znode | None) -> tuple[_Look, int | None]:
    """The whole look, or the one that is enough after an earlier one; and how many nodes there are, where all were."""
    if before is None or before.czxid != root.czxid:
        return look, look.everywhere(path)
    if before.nodes is not None and before.nodes <= AGAIN_UP_TO and look.up_to(AGAIN_UP_TO, path):
        return look, look.nodes
    look = look.anew()
    look.at(before.ephemerals)
    for place in LIVE_PLACES:
        look.up_to(AGAIN_UP_TO, f"{path}/{place}")
    look.unread |= set(before.unread)
    return look, None


class _TooMany(Exception):
    """There are more nodes than are walked."""


class _Look:
    """Walks trees; keeps the names of some that live and of some that could not be read."""

    def __init__(self, session: Session, client: KazooClient, tell: Looking) -> None:
        self._session = session
        self._client = client
        self._ask = asking(session, client)
        self._tell = tell
        self._most: int | None = None
        self.nodes = 0
        self.ephemerals: set[str] = set()
        self.unread: set[str] = set()

    def anew(self) -> _Look:
        """Another one, which has seen nothing yet."""
        return _Look(self._session, self._client, self._tell)

    def everywhere(self, root: str) -> int:
        """Walk the tree at `root`, if there is one; how many nodes it has."""
        for parent in self.enter([root])[0]:
            walk(parent, self)
        return self.nodes

    def up_to(self, most: int, root: str) -> bool:
        """Walk the tree at `root`, but only so many nodes; whether that was all."""
        self.nodes, self._most = 0, most
        try:
            self.everywhere(root)
        except _TooMany:
            return False
        return True

    def at(self, paths: tuple[str, ...]) -> None:
        """Look at single nodes."""
        self._keep(self.ephemerals, listed(self._ask, list(paths)).live)

    def enter(self, paths: list[str]) -> tuple[list[Parent], list[str]]:
        found = listed(self._ask, paths)
        self._keep(self.ephemerals, found.live)
        for path in found.unreadable:
            self._stat(path)
        before = self.nodes
        self.nodes += len(found.leaves) + len(found.parents) + len(found.live) + len(found.unreadable)
        if self._most is not None and self.nodes > self._most:
            raise _TooMany
        if before // TOLD_EVERY != self.nodes // TOLD_EVERY:
            self._tell(self.nodes)
        return found.parents, found.unlisted

    def leave(self, paths: list[str]) -> None:
        """Nothing is to be done with a node after its children."""

    def _stat(self, path: str) -> None:
        """Ask for what needs no permission. A node without children has nothing that could be hidden."""
        stat: ZnodeStat | None = self._session.answer(self._client.exists_async(path))
        if stat is not None and stat.ephemeralOwner:
            self._keep(self.ephemerals, [path])
        elif stat is not None and stat.numChildren:
            self._keep(self.unread, [path])

    def _keep(self, kept: set[str], paths: list[str]) -> None:
        kept.update(paths[: max(0, NAMED - len(kept))])
