"""What the rest of Janitor asks of ZooKeeper, whichever way it is reached."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from janitor import rules
from janitor.errors import Interrupted, Refusal, ZooKeeperTrouble
from janitor.message import Again, do
from janitor.patience import Patience
from janitor.words import counted, foreign
from janitor.zookeeper.backup import Backup
from janitor.zookeeper.znode import Removed, Znode

Progress = Callable[[int, str], None]
"""Called now and then in the calling thread: znodes deleted so far, and what is being done."""

Looking = Callable[[int], None]
"""Called now and then in the calling thread while a large tree is looked at: nodes so far."""

LIVE_PLACES = ("lock", "brokers/ids", "controller", "hadoop-ha")
"""Where a running service keeps its ephemeral nodes, below its root: the SDK's lock, Kafka's brokers and controller,
HDFS's failover. They are looked at again in every round of a run (rule O4)."""

EMPTY_ROOT = "lock"
"""The one child, itself empty, that a root may have and still count as empty (rule Z4)."""


NO_BACKUP = (
    "Exhibitor shows no ACLs, and it deletes a znode with all that is below it by itself, whatever has changed there "
    "meanwhile"
)
NO_BACKUP_REMEDY = do("Name ZooKeeper itself, from where it can be reached:", Again("--zookeeper", "HOST:PORT")).also(
    "Or leave --backup out."
)
"""What is said where a backup is wanted, and Exhibitor is asked."""


def unheard(_: int) -> None:
    """Take what a look tells, and say nothing."""


@dataclass(frozen=True, slots=True)
class Care:
    """What a removal has to mind.

    even_live       delete it though somebody may live there (`--override live-znode`)
    owners_again    called before every sweep after the first, and raises when the znode has an owner by now
    seen            what the run has just seen of it: before the first sweep a large tree is not walked once more
    backup          where every node is saved before it is deleted; None for nowhere
    """

    even_live: bool = False
    owners_again: Callable[[], None] = lambda: None
    seen: Znode | None = None
    backup: Backup | None = None


CARE = Care()
"""The usual care, for who has no owners to ask about."""


def still_lives(path: str, ephemerals: tuple[str, ...], deleted: int | None) -> Refusal:
    """What a removal says of ephemeral nodes that it meets. `deleted`: how many nodes it has deleted, where known."""
    names = ", ".join(foreign(name, most=200) for name in ephemerals[:3])
    done = "" if deleted is None else f" Deleted before that was seen: {counted(deleted, 'znode')}."
    return Refusal(
        f"Something uses {path} now. The rest of it stays.{done}",
        why=f"{names} belongs to an open ZooKeeper session",
        rule=rules.O4,
        remedy=do("Find out in Marathon what uses it. When that is stopped, run this again:", Again()),
    )


class Ensemble(Protocol):
    """A way to one ZooKeeper ensemble.

    `name` is for messages ("ZooKeeper at 10.0.0.1:2181", "Exhibitor at http://leader.mesos:8181/"). Paths are as
    `paths.znode_path` gives them: canonical, inside the chroot. Every method raises ZooKeeperTrouble for what the
    ensemble does to us (the deadline included) and Interrupted for a signal.
    """

    name: str

    def look(self, path: str, before: Znode | None = None, tell: Looking = unheard) -> Znode:
        """Say whether the znode is there, which one it is, and what lives below it (rule O4).

        `before` is what an earlier look of this run saw: then a large tree is not walked as a whole once more, only
        what lived then and LIVE_PLACES are looked at.
        """

    def master_id(self, mesos_path: str) -> str | None:
        """Give the `id` of the Mesos master that leads by this ensemble, or None when none is registered there.

        `mesos_path` is the path of the master's `zk` flag (/mesos), asked outside any chroot (rule Z2). The leader is
        the smallest json.info_*; the binary info_* of a Mesos before 0.24 are skipped.
        """

    def beside(self, path: str) -> tuple[str, ...]:
        """Give the paths, without the slash in front, of what is at the top and beside `path` (rule S4), sorted."""

    def remove(self, path: str, czxid: int | None, progress: Progress, care: Care = CARE) -> Removed:
        """Delete the znode and everything below it, and prove it gone (rules Z3 to Z5).

        `czxid` is the one that `look` gave; None means that it was not there, and then nothing is deleted. Before
        each sweep it is looked at once more: as a whole, but for a large tree that `care` has seen. With a backup in
        `care`, nothing is deleted that is not in it (rule Z6). Raises BackupTrouble where that fails, and Refusal:
        Z1 for a protected path, as the last line of defence; O4 when something lives there by now; and what `care`
        raises.
        """

    def close(self) -> None:
        """End the connection and its threads. May be called more than once."""


def check_time(name: str, patience: Patience) -> None:
    """Go on, or raise ZooKeeperTrouble when the deadline has passed, Interrupted when a signal came."""
    if patience.stop.raised:
        raise Interrupted(patience.stop.signum)
    if patience.remaining() <= 0:
        raise ZooKeeperTrouble(f"{name} did not answer in time.", why=f"out of time after {patience.timeout:g} s")
