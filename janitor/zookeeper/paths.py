"""Names in ZooKeeper: which may be deleted, how servers are written, what a service's znode says. Pure."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from janitor import rules
from janitor.errors import Refusal, UsageError
from janitor.message import Again, do

DEFAULT_PORT = 2181

PROTECTED = frozenset(
    {
        "zookeeper",
        "mesos",
        "marathon",
        "metronome",
        "cosmos",
        "cluster-id",
        "dcos",
        "navstar_key",
        "bouncer",
        "vault",
        "exhibitor",
    }
)
"""Top-level znodes that belong to the cluster: they, and all that is below them (rule Z1)."""

PROTECTED_ALONE = frozenset({"universe"})
"""Top-level znodes that stay, although what is below them may go (rule Z1)."""

# What ZooKeeper itself refuses in a path: PathUtils.validatePath. It judges UTF-16 units, so that everything beyond
# U+FFFF is refused as a pair of surrogates.
_REFUSED_CHARACTER = re.compile("[\u0000-\u001f\u007f-\u009f\ud800-\uf8ff\ufff0-\U0010ffff]")

_ANOTHER = do("Give the znode of one service, such as dcos-service-kafka:", Again("-z", "ZNODE"))


@dataclass(frozen=True, slots=True)
class Hosts:
    """The servers of an ensemble, and the chroot below which paths are meant ("" for none)."""

    servers: tuple[tuple[str, int], ...]
    chroot: str

    def __str__(self) -> str:
        return ", ".join(map(format_server, self.servers)) + self.chroot

    @property
    def written(self) -> str:
        """As `parse_hosts` reads them: without the user and the password that were given with them."""
        return ",".join(map(format_server, self.servers)) + self.chroot


_OWN = re.compile(
    r"localhost[46]?(\.localdomain[46]?)?\.?|.*\.localhost\.?|ip6-(localhost|loopback)|127(\.[0-9]+){0,3}|0+(\.0+){0,3}"
)


def is_loopback(host: str) -> bool:
    """Whether a host names the very machine that uses the name: localhost, 127.x.y.z, ::1, and 0.0.0.0 or ::, too."""
    if _OWN.fullmatch(host.lower()):
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    address = mapped or address
    return address.is_loopback or address.is_unspecified


def seen_from_elsewhere(hosts: Hosts, machine: str) -> Hosts:
    """Give servers that `machine` names as another one has to name them: its own loopback is that machine (rule Z2)."""
    named = ((machine, port) if is_loopback(host) else (host, port) for host, port in hosts.servers)
    return Hosts(tuple(dict.fromkeys(named)), hosts.chroot)


def format_server(server: tuple[str, int]) -> str:
    """Write a server as host:port, an IPv6 address in brackets."""
    host, port = server
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def znode_path(given: str, chroot: str = "") -> str:
    """Give the canonical absolute path (inside `chroot`) that `given` stands for (rule Z1).

    The leading slash is optional, one trailing slash is dropped. Raises UsageError for what cannot be the path of one
    znode, and Refusal for a protected one, judged as chroot + path.
    """
    path = canonical(given, f"The znode {given!r}")
    components = (chroot + path).split("/")[1:]
    if is_protected(chroot + path):
        below = "" if len(components) == 1 else f", which is below /{components[0]}"
        raise Refusal(
            f"The znode {chroot + path}{below} belongs to the cluster itself and is never deleted.",
            rule=rules.Z1,
            remedy=_ANOTHER,
        )
    return path


def is_protected(path: str) -> bool:
    """Whether a path (chroot included) belongs to the cluster itself, and is never deleted (rule Z1)."""
    components = path.strip("/").split("/")
    return components[0] in PROTECTED or (len(components) == 1 and components[0] in PROTECTED_ALONE)


def canonical(given: str, what: str) -> str:
    """Give the canonical absolute path that `given` stands for. Raises UsageError; `what` is how messages call it."""
    path = given.removeprefix("/").removesuffix("/")
    if not path:
        raise UsageError(f"{what} is {'empty' if not given else 'the root of ZooKeeper'}.", remedy=_ANOTHER)
    if found := _REFUSED_CHARACTER.search(path):
        raise UsageError(f"{what} has a character that ZooKeeper refuses: {found.group()!r}.", remedy=_ANOTHER)
    for component in path.split("/"):
        if component in ("", ".", ".."):
            shown = f"the component {component!r}" if component else "an empty component"
            raise UsageError(f"{what} has {shown}, which no znode can have.", remedy=_ANOTHER)
    return "/" + path


def parse_hosts(text: str) -> Hosts:
    """Read servers as ZooKeeper's clients write them, "zk-1.zk:2181,zk-2.zk:2181/chroot", or as a master's `zk` flag.

    That one is "zk://user:password@h1:2181,h2:2181/mesos"; its credentials are dropped. The port is 2181 unless given;
    IPv6 addresses stand in brackets. Raises UsageError, which never quotes anything that may be a password.
    """
    shown = "The ZooKeeper servers" if "@" in text else f"The ZooKeeper servers {text!r}"
    servers, slash, chroot = text.removeprefix("zk://").partition("/")
    if "@" in chroot or "://" in text.removeprefix("zk://"):
        # A password with a slash in it would otherwise be taken for servers, and be shown in messages.
        raise UsageError(f"{shown} cannot be read.", remedy=NAME_IT)
    servers = servers.rpartition("@")[2]
    parsed = tuple(_server(server.strip(), shown) for server in servers.split(","))
    return Hosts(parsed, canonical(chroot, f"The chroot {chroot!r}") if slash and chroot.strip("/") else "")


NAME_IT = do(
    "Say where ZooKeeper is: its servers, with a /chroot at the end where there is one:",
    Again("--zookeeper", "HOST:PORT,HOST:PORT"),
)
"""What to do where it is not known, or not true, where ZooKeeper is."""
_LABEL = "[A-Za-z0-9_-]{1,63}"  # Python's resolver raises UnicodeError for a longer one, and for an empty one
_SERVER = re.compile(
    rf"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>(?=.{{1,253}}(?::|$)){_LABEL}(?:\.{_LABEL})*\.?))(?::(?P<port>[0-9]{{1,5}}))?"
)


def _server(text: str, shown: str) -> tuple[str, int]:
    match = _SERVER.fullmatch(text)
    port = int(match["port"] or DEFAULT_PORT) if match else 0
    if match is None or not 0 < port < 65536:
        raise UsageError(f"{shown} cannot be read.", remedy=NAME_IT)
    return (match["v6"] or match["host"]).lower(), port


def places_beside(path: str) -> tuple[str, ...]:
    """Give where a path of a near name may be: the top ("") and, for a path further down, the place that it is in."""
    return tuple(dict.fromkeys(["", path.rpartition("/")[0]]))
