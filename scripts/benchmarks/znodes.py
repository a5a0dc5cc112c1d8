"""A large tree of znodes on a real ZooKeeper server: deleted, saved before that, put back."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator

from kazoo.client import KazooClient

from benchmarks.table import Row
from janitor.patience import Patience
from janitor.sandbox.zookeeper import ZooKeeper
from janitor.zookeeper.backup import Backup
from janitor.zookeeper.backupfile import BackupFile
from janitor.zookeeper.direct import KazooEnsemble
from janitor.zookeeper.ensemble import Care
from janitor.zookeeper.paths import parse_hosts

ROOT = "/dcos-service-kafka"
WIDE, LEAVES = 500, 99
"""500 nodes with 99 below each: 50,000 znodes, with what they hang from on top."""

TARGET = 2.0
"""Every node is looked at before anything is deleted (rule O4), which kazoo's own delete does not do."""

DATA = b"\x00" * 200


BACKUP_TARGET = 3.0
"""Saving takes two requests for each node, its data and its ACL, beside the one of the look."""


def rows() -> Iterator[Row]:
    """How many times faster than kazoo, and how much longer with a backup."""
    with ZooKeeper() as server, tempfile.TemporaryDirectory() as directory:
        client = KazooClient(server.address, timeout=60)
        client.start(timeout=30)
        try:
            count = _grow(client)
            ours = _removed(client, server.address, None)
            _grow(client)
            began = time.perf_counter()
            client.delete(ROOT, recursive=True)
            theirs = time.perf_counter() - began
            _grow(client)
            backup = Backup(directory)
            saving = _removed(client, server.address, backup)
            restoring = _restored(server.address, backup)
        finally:
            client.stop()
            client.close()
    yield Row(
        f"{count:,} znodes, against kazoo's recursive delete",
        theirs / ours,
        TARGET,
        f"{theirs:.1f} s and {ours:.1f} s, with connecting, a look before, and the proof that it is gone",
    )
    yield Row(
        f"{count:,} znodes, saved and deleted, beside deleted alone",
        saving / ours,
        BACKUP_TARGET,
        f"{saving:.1f} s and {ours:.1f} s; put back and compared, each equal, in {restoring:.1f} s",
        at_most=True,
    )


def _removed(client: KazooClient, address: str, backup: Backup | None) -> float:
    """Delete the tree, saved first into a backup where there is one; how many seconds that takes."""
    began = time.perf_counter()
    ensemble = KazooEnsemble(parse_hosts(address), Patience(600))
    seen = ensemble.look(ROOT)
    removed = ensemble.remove(ROOT, seen.czxid, lambda *_: None, Care(seen=seen, backup=backup))
    took = time.perf_counter() - began
    ensemble.close()
    if removed.state != "gone" or client.exists(ROOT):
        raise RuntimeError(f"{ROOT} is still there: {removed}")
    return took


def _restored(address: str, backup: Backup) -> float:
    """Put the tree back and compare it; how many seconds that takes."""
    if backup.saved is None:
        raise RuntimeError("nothing was saved")
    began = time.perf_counter()
    ensemble = KazooEnsemble(parse_hosts(address), Patience(600))
    restored = ensemble.restore(BackupFile(backup.saved.file, lambda: None), lambda *_: None)
    took = time.perf_counter() - began
    ensemble.close()
    if not restored.equal or restored.created != backup.saved.nodes:
        raise RuntimeError(f"{ROOT} is not as it was: {restored}")
    return took


def _grow(client: KazooClient) -> int:
    """Write the tree; gives how many znodes there are."""
    client.create(ROOT)
    for number in range(WIDE):
        transaction = client.transaction()
        transaction.create(f"{ROOT}/{number:05}", DATA)
        for leaf in range(LEAVES):
            transaction.create(f"{ROOT}/{number:05}/{leaf:05}", DATA)
        for result in transaction.commit():
            if isinstance(result, Exception):
                raise result
    return 1 + WIDE * (1 + LEAVES)
