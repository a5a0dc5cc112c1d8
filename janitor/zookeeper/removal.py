"""Both ways at once: ZooKeeper itself, and Exhibitor for the one thing that only a client on a master may do (Z4)."""

from __future__ import annotations

from dataclasses import replace

from janitor.errors import ZooKeeperTrouble
from janitor.zookeeper.direct import KazooEnsemble
from janitor.zookeeper.ensemble import CARE, Care, Looking, Progress, unheard
from janitor.zookeeper.exhibitor import ExhibitorEnsemble
from janitor.zookeeper.znode import Removed, Znode


class BothWays:
    """An Ensemble: ZooKeeper is asked directly, and Exhibitor only to delete an empty root that we may not delete."""

    def __init__(self, direct: KazooEnsemble, exhibitor: ExhibitorEnsemble) -> None:
        self._direct = direct
        self._exhibitor = exhibitor
        self.name = direct.name

    def look(self, path: str, before: Znode | None = None, tell: Looking = unheard) -> Znode:
        """Say what ZooKeeper itself says."""
        return self._direct.look(path, before, tell)

    def master_id(self, mesos_path: str) -> str | None:
        """Say what ZooKeeper itself says."""
        return self._direct.master_id(mesos_path)

    def beside(self, path: str) -> tuple[str, ...]:
        """Say what ZooKeeper itself says."""
        return self._direct.beside(path)

    def remove(self, path: str, czxid: int | None, progress: Progress, care: Care = CARE) -> Removed:
        """Delete as KazooEnsemble does; a root that is left is then deleted through Exhibitor, if it may be.

        Its word is not taken: ZooKeeper itself is asked again. Whatever Exhibitor does to us, the root is left then.
        """
        removed = self._direct.remove(path, czxid, progress, care)
        if removed.state != "root-left":
            return removed
        full = self._direct.chroot + path
        progress(removed.nodes, f"deleting {full} through {self._exhibitor.name}")
        try:
            words = self._delete_root(full, czxid)
        except ZooKeeperTrouble as trouble:
            words = trouble.message
        if self._direct.look(path).exists:
            return replace(removed, words=f"{removed.words}; {words}")
        return replace(removed, state="gone", nodes=removed.nodes + 1, how="exhibitor", words=words)

    def close(self) -> None:
        """End both."""
        self._direct.close()
        self._exhibitor.close()

    def _delete_root(self, full: str, czxid: int | None) -> str:
        """Ask Exhibitor for it, when it shows the very znode that we emptied, still empty; give its words."""
        stat = self._exhibitor.stat(full)
        if stat is None:
            return f"{self._exhibitor.name} does not know {full}"
        self._exhibitor.expect_same(full, stat, czxid)
        if not self._exhibitor.is_empty(full, stat):
            return f"{full} is not empty any more"
        _, words = self._exhibitor.delete(full)
        return words
