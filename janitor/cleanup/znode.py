"""The znode goes last (rule Z5): after everything selected is proven gone, and only if it is still the same one."""

from __future__ import annotations

import os
from dataclasses import replace

from janitor.cleanup.inventory import ZnodeView
from janitor.cleanup.memory import Memory
from janitor.cleanup.outcome import Blocked, ZnodeRecord
from janitor.errors import Refusal, Trouble
from janitor.events import View, ZnodeProgress
from janitor.message import Again, Remedy, do
from janitor.target import FILES, SWITCHES
from janitor.words import command, counted
from janitor.zookeeper.ensemble import CARE, Care, Ensemble

_APPEARED = "It was created while this run went on: somebody uses it."
_LOOK = do("Find out what uses it. If it is left over after all, run this again:", Again())


def remove_znode(
    ensemble: Ensemble,
    seen: ZnodeView,
    path: str,
    memory: Memory,
    view: View,
    care: Care = CARE,
    reach: tuple[str, ...] = (),
) -> tuple[ZnodeRecord, Blocked | None]:
    """Delete the znode that the run saw at its start; what became of it, and what stopped it if a rule did.

    reach: the options that name this cluster, for commands to paste.
    What ZooKeeper and the disk of a backup do to us is in the record, never an exception; what Mesos does while its
    owners are looked at again is, too. Raises Interrupted, and what else is no Trouble.
    """
    shown = seen.znode.path
    if not seen.znode.exists:
        return ZnodeRecord(shown, "missing", how=ensemble.name), None
    if not memory.root or seen.znode.czxid != memory.root:
        return ZnodeRecord(shown, "kept", how=ensemble.name, words=_APPEARED, remedy=_LOOK), None
    nodes = 0

    def progress(deleted: int, doing: str) -> None:
        nonlocal nodes
        nodes = deleted
        view(ZnodeProgress(shown, deleted, doing, seen.znode.nodes))

    try:
        removed = ensemble.remove(path, seen.znode.czxid, progress, care)
    except Refusal as error:
        blocked = Blocked(error.rule, error.exit_status, error.message, error.remedy)
        words = f"The deletion stopped after {counted(nodes, 'znode')}." if nodes else "Nothing of it was deleted."
        return _with_backup(ZnodeRecord(shown, "kept", nodes, ensemble.name, words), care), blocked
    except Trouble as error:
        record = ZnodeRecord(shown, "failed", nodes, ensemble.name, error.message, error.remedy)
        return _with_backup(record, care), None
    remedy = root_left_remedy(path, shown, reach) if removed.state == "root-left" else None
    record = ZnodeRecord(shown, removed.state, removed.nodes, ensemble.name, removed.words, remedy)
    return _with_backup(record, care), None


def _with_backup(record: ZnodeRecord, care: Care) -> ZnodeRecord:
    """The record, with the backup where there is one by now."""
    saved = care.backup.saved if care.backup is not None else None
    return record if saved is None else replace(record, backup=saved.file, saved=saved.nodes - saved.again)


def root_left_remedy(path: str, shown: str, reach: tuple[str, ...]) -> Remedy:
    """The lines that remove an empty root that only the master's own host, or super, may remove (rule Z4).

    path: as it was given; shown: with the chroot before it; reach: the options that name this cluster.
    """
    chroot = shown.removesuffix(f"/{path.strip('/')}")
    options, files, port = _on_a_master(reach)
    mounts = [word for file in files for word in ("-v", f"{file}:{file}:ro")]
    on_a_master = command(
        *("docker", "run", "--rm", "--network", "host", *mounts, "IMAGE", "/janitor.py"),
        *("-z", path, "--zookeeper", f"127.0.0.1:{port}{chroot}", *options),
    )
    where = "on a master, where the files that it names have to be, too" if files else "on a master"
    return (
        do(f"To remove it, {where}:", on_a_master)
        .also("Or log in to ZooKeeper as its super user:", Again("--zookeeper-auth-file", "FILE"))
        .also("Or name the Exhibitor:", Again("-e", "http://EXHIBITOR:8181/"))
    )


def _on_a_master(reach: tuple[str, ...]) -> tuple[list[str], list[str], str]:
    """(the options for a container on a master, the files that they name, ZooKeeper's port there)."""
    options, files, port = list[str](), list[str](), "2181"
    words = iter(reach)
    for word in words:
        value = next(words) if word not in SWITCHES else ""
        if word == "--zookeeper":
            port = value.partition(",")[0].partition("/")[0].rpartition(":")[2] or port
        elif word in FILES and value != os.devnull:
            files.append(os.path.abspath(value))
            options += [word, files[-1]]
        elif word != "-e":  # an Exhibitor may not remove it, or it would be gone
            options += [word, value] if value else [word]
    return options, list(dict.fromkeys(files)), port
