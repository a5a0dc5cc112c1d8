"""What the rest of Janitor asks of ZooKeeper, whichever way it is reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from janitor.errors import Interrupted, ZooKeeperTrouble
from janitor.patience import Patience
from janitor.zookeeper.znode import Removed, Znode

Progress = Callable[[int, str], None]
"""Called now and then in the calling thread: znodes deleted so far, and what is being done."""

EMPTY_ROOT = "lock"
"""The one child, itself empty, that a root may have and still count as empty (rule Z4)."""


class Ensemble(Protocol):
    """A way to one ZooKeeper ensemble.

    `name` is for messages ("ZooKeeper at 10.0.0.1:2181", "Exhibitor at http://leader.mesos:8181/"). Paths are as
    `paths.znode_path` gives them: canonical, inside the chroot. Every method raises ZooKeeperTrouble for what the
    ensemble does to us (the deadline included) and Interrupted for a signal.
    """

    name: str

    def look(self, path: str) -> Znode:
        """Say whether the znode is there, which one it is, and what lives below it."""

    def master_id(self, mesos_path: str) -> str | None:
        """Give the `id` of the Mesos master that leads by this ensemble, or None when none is registered there.

        `mesos_path` is the path of the master's `zk` flag (/mesos), asked outside any chroot (rule Z2). The leader is
        the smallest json.info_*; the binary info_* of a Mesos before 0.24 are skipped.
        """

    def beside(self, path: str) -> tuple[str, ...]:
        """Give the paths, without the slash in front, of what is at the top and beside `path` (rule S4), sorted."""

    def remove(self, path: str, czxid: int | None, progress: Progress) -> Removed:
        """Delete the znode and everything below it, and prove it gone (rules Z3 to Z5).

        `czxid` is the one that `look` gave; None means that it was not there, and then nothing is deleted. Raises
        Refusal (Z1) for a protected path, as the last line of defence.
        """

    def close(self) -> None:
        """End the connection and its threads. May be called more than once."""


def check_time(name: str, patience: Patience) -> None:
    """Go on, or raise ZooKeeperTrouble when the deadline has passed, Interrupted when a signal came."""
    if patience.stop.raised:
        raise Interrupted(patience.stop.signum)
    if patience.remaining() <= 0:
        raise ZooKeeperTrouble(f"{name} did not answer in time (out of time after {patience.timeout:g} s).")
