"""The znode goes last (rule Z5): after everything selected is proven gone, and only if it is still the same one."""

from __future__ import annotations

from janitor.cleanup.inventory import ZnodeView
from janitor.cleanup.memory import Memory
from janitor.cleanup.outcome import ZnodeRecord
from janitor.errors import ZooKeeperTrouble
from janitor.events import View, ZnodeProgress
from janitor.words import command
from janitor.zookeeper.ensemble import Ensemble

_APPEARED = "It was created while this run went on: somebody uses it."
_LOOK = "Look what uses it; run this again if it is left over after all."


def remove_znode(ensemble: Ensemble, seen: ZnodeView, path: str, memory: Memory, view: View) -> ZnodeRecord:
    """Delete the znode that the run saw at its start; what became of it is in the record, never an exception.

    Raises only Interrupted.
    """
    shown = seen.znode.path
    if not seen.znode.exists:
        return ZnodeRecord(shown, "missing", how=ensemble.name)
    if not memory.root or seen.znode.czxid != memory.root:
        return ZnodeRecord(shown, "kept", how=ensemble.name, words=_APPEARED, remedy=_LOOK)

    def progress(deleted: int, doing: str) -> None:
        view(ZnodeProgress(shown, deleted, doing))

    try:
        removed = ensemble.remove(path, seen.znode.czxid, progress)
    except ZooKeeperTrouble as error:
        return ZnodeRecord(shown, "failed", how=ensemble.name, words=error.message, remedy=error.remedy)
    if removed.state == "root-left":
        return ZnodeRecord(shown, "root-left", removed.nodes, ensemble.name, removed.words, root_left_remedy(path))
    return ZnodeRecord(shown, removed.state, removed.nodes, ensemble.name, removed.words)


def root_left_remedy(path: str) -> str:
    """The lines that remove an empty root that only the master's own host, or super, may remove (rule Z4)."""
    on_a_master = command(
        *("docker", "run", "--network", "host", "IMAGE", "/janitor.py", "-z", path, "--zookeeper", "127.0.0.1:2181")
    )
    return (
        f"To remove it, on a master: {on_a_master}, "
        "or give super's digest with --zookeeper-auth-file, or name the Exhibitor with -e."
    )
