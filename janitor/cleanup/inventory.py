"""What a look gathers, as one value: the input of `decide`. `Unknown` where a source could not be read (rule L4)."""

from __future__ import annotations

from dataclasses import dataclass

from janitor.mesos.cluster import Snapshot, Unknown
from janitor.zookeeper.znode import Znode


@dataclass(frozen=True, slots=True)
class ZnodeView:
    """The znode, and what tells whether its ensemble is this cluster's own (rule Z2).

    master_id   of the leader that the ensemble names, None when it names none
    at          seconds on the run's own clock when it was looked at
    beside      where it is not there: what else there is at the top and beside it, as `-z` takes it (rule S4)
    expected    whether the master's own flag says that masters register in this very ensemble
    """

    znode: Znode
    ensemble: str
    master_id: str | None
    at: float
    beside: tuple[str, ...] | Unknown = ()
    expected: bool = False


@dataclass(frozen=True, slots=True)
class Inventory:
    """One settled look.

    znode       None when no znode was asked for, or it was not looked at this time
    apps        ids of Marathon apps of the service's name that exist; None when Marathon was not asked
    now         seconds on the run's own clock when the look began: whatever it shows is at least as new
    """

    snapshot: Snapshot
    now: float
    znode: ZnodeView | Unknown | None = None
    apps: frozenset[str] | Unknown | None = None
