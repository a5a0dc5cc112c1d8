"""The leading Mesos master, found in ZooKeeper as Mesos's own tools find it: `zk://HOST:PORT,HOST:PORT/mesos`.

Source: Mesos, src/master/detector/zookeeper.cpp (the json.info_* with the smallest number leads).
"""

from __future__ import annotations

from janitor.errors import BadUrl, Unreachable, UsageError, ZooKeeperTrouble
from janitor.patience import Patience
from janitor.zookeeper.direct import KazooEnsemble
from janitor.zookeeper.masters import places_in
from janitor.zookeeper.paths import Hosts, parse_hosts

SCHEME = "zk://"
_EXAMPLE = "zk://zk-1.example.com:2181,zk-2.example.com:2181/mesos"


def names_zookeeper(url: str) -> bool:
    """Whether this says where masters register, not where one answers."""
    return url.lower().startswith(SCHEME)


def checked(url: str, option: str) -> str:
    """`url` in its clean form: `zk://HOST:PORT,.../path`. `option` is what gave it, for the message.

    Raises BadUrl for what cannot be read, for one without a path, and for one that holds a user or a password.
    """
    remedy = f"Give it like this: {option} {_EXAMPLE}"
    if "@" in url:
        raise BadUrl(
            f"{option}: zk:// may not hold a user or a password here: it would end up in logs.",
            remedy=f"{remedy} and the user with its password in a file: --zookeeper-auth-file FILE",
        )
    try:
        hosts = parse_hosts(SCHEME + url[len(SCHEME) :])
    except UsageError as error:
        raise BadUrl(f"{option}: {error.message}", remedy=remedy) from None
    if not hosts.chroot:
        raise BadUrl(
            f"{option}: no path, which says where the masters register: {SCHEME}{hosts.written}", remedy=remedy
        )
    return SCHEME + hosts.written


class LeadingMaster:
    """Where the leading master answers. Connects when it is first asked."""

    def __init__(self, url: str, ensemble: KazooEnsemble, patience: Patience) -> None:
        """`ensemble` is that of `url`, without a chroot."""
        self._patience = patience
        self._url = url
        self._path = parse_hosts(url).chroot
        self._ensemble = ensemble
        self._asked = 0

    def find(self) -> str:
        """The URL of the master that leads now, ending in a slash; asked again, its other address where it has two.

        A master registers its name and its address, and either may be unknown on this machine. Raises Unreachable while
        nobody leads, ZooKeeperTrouble, and at the deadline OutOfTime.
        """
        self._patience.check(f"before {self._url} was asked who leads")
        data = self._ensemble.leading_master(self._path)
        if data is None:
            nobody = Unreachable(f"{self._url}: no master leads at the moment.", sent=False)
            nobody.redirected = True  # whoever was asked did answer: a leader is elected soon
            raise nobody
        places = places_in(data)
        if not places:
            raise ZooKeeperTrouble(f"The leader of {self._url} is not registered as a Mesos master since 0.24 is.")
        place = places[self._asked % len(places)]
        self._asked += 1
        return f"http://{place}/master/"

    def close(self) -> None:
        """End the session."""
        self._ensemble.close()


def servers_of(url: str) -> Hosts:
    """The servers, without the path."""
    return Hosts(parse_hosts(url).servers, "")
