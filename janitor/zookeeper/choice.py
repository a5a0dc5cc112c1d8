"""Which ensemble is asked, and what the master's own `zk` flag says of it (rule Z2). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from janitor.errors import UsageError, ZooKeeperTrouble
from janitor.zookeeper.paths import DEFAULT_PORT, NAME_IT, Hosts, parse_hosts, seen_from_elsewhere

MESOS_PATH = "/mesos"
"""Where DC/OS's masters register (the path in their `zk` flag), unless the flag says otherwise."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What there is to choose from.

    zookeeper   what --zookeeper named, None for nothing
    exhibitor   whether Exhibitor alone is asked, and which: the one that -e named, or the one behind Admin Router
    flag        the master's `zk` flag, None where it is not known
    machine     the leading master's host, as we reached it
    masters     where the masters register, as -m named it (zk://...): then that goes before the flag
    """

    zookeeper: str | None
    exhibitor: Literal["no", "named", "behind Admin Router"]
    flag: str | None
    machine: str
    masters: str | None = None

    def hosts(self) -> Hosts:
        """The servers: those that were named, else where the masters register, else the master's own host.

        Raises ZooKeeperTrouble when the flag is needed and cannot be read: that is no fault of the command line.
        """
        if self.zookeeper is not None:
            return parse_hosts(self.zookeeper)
        if self.flag is None and self.masters is None:
            return Hosts(((self.machine, DEFAULT_PORT),), "")
        theirs = self._theirs()
        if theirs is None:
            raise ZooKeeperTrouble(
                "The master's zk flag cannot be read as the servers of a ZooKeeper.",
                remedy=NAME_IT,
            )
        return Hosts(theirs.servers, "")

    def mesos_path(self) -> str:
        """Where the masters register: the path that was named, or that of the flag."""
        theirs = self._theirs()
        return (theirs.chroot if theirs is not None else "") or MESOS_PATH

    def masters_register(self) -> bool:
        """Whether the flag says that masters register in the ensemble that is asked.

        The Exhibitor behind Admin Router is the masters' own; one that was named may be any. A ZooKeeper that was named
        is the flag's when they have a server in common.
        """
        theirs = self._theirs()
        if theirs is None or self.exhibitor == "named":
            return False
        if self.zookeeper is None:
            return True
        return not set(theirs.servers).isdisjoint(parse_hosts(self.zookeeper).servers)

    def _theirs(self) -> Hosts | None:
        """Where the masters register, as it was named or as their flag is seen from elsewhere; None if not known."""
        if self.masters is not None:
            return parse_hosts(self.masters)
        try:
            return seen_from_elsewhere(parse_hosts(self.flag), self.machine) if self.flag is not None else None
        except UsageError:
            return None
