"""What a DC/OS cluster tells about itself: its release, its id, its names, its nodes.

Sources: dcos/dcos packages/adminrouter/extra/src/includes/server/*.conf, Mesos-DNS's HTTP interface, dcos-diagnostics.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass
class Nodes:
    """Addresses: of the leading master, of all masters, and of agents with whether they are healthy."""

    leader: str | None = None
    masters: Sequence[str] = ()
    agents: Sequence[tuple[str, bool]] = ()


@dataclass
class About:
    """`public_ip` is the one under which a master is reached from outside; None: its leader's own. `names` are host
    names that Mesos-DNS knows besides leader.mesos and master.mesos."""

    version: str = "2.0.0"
    variant: str = "open"
    security: str | None = None
    cluster_id: str = "3a2b5a4e-5c0b-4d4a-8a0e-6f0b6a6f2c11"
    public_ip: str | None = None
    names: dict[str, list[str]] = field(default_factory=dict)
    nodes: Callable[[], Nodes] = Nodes

    def answer(self, path: str) -> Json | list[Json] | None:
        """The document at this path of Admin Router; None where there is none."""
        if path == "/dcos-metadata/dcos-version.json":
            return self._version()
        if path == "/dcos-metadata/bootstrap-config.json" and self.security is not None:
            return {"security": self.security}
        if path == "/metadata":
            return {"PUBLIC_IPV4": self.public_ip or self.nodes().leader or "127.0.0.1", "CLUSTER_ID": self.cluster_id}
        if path == "/pkgpanda/active.buildinfo.full.json":
            return {"mesos": {"dependencies": [], "username": "dcos_mesos"}}
        if path.startswith("/mesos_dns/v1/hosts/"):
            return self._host(path.removeprefix("/mesos_dns/v1/hosts/"))
        if path == "/system/health/v1/nodes":
            return {"nodes": self._health()}
        return None

    def _version(self) -> Json:
        said = {"version": self.version, "dcos-image-commit": "0" * 40, "bootstrap-id": "1" * 40}
        major, minor = (int(part) for part in self.version.split(".")[:2])
        return {**said, "dcos-variant": self.variant} if (major, minor) >= (1, 12) else said

    def _host(self, name: str) -> list[Json]:
        """As Mesos-DNS answers: a name that it does not know is one without an address."""
        name = name.rstrip(".")
        nodes = self.nodes()
        known = {"leader.mesos": [nodes.leader] if nodes.leader else [], "master.mesos": list(nodes.masters)}
        addresses = self.names.get(name, known.get(name, []))
        return [{"host": f"{name}.", "ip": each} for each in addresses] or [{"host": "", "ip": ""}]

    def _health(self) -> list[Json]:
        nodes = self.nodes()
        masters = [{"host_ip": each, "health": 0, "role": "master"} for each in nodes.masters]
        return masters + [{"host_ip": ip, "health": int(not well), "role": "agent"} for ip, well in nodes.agents]
