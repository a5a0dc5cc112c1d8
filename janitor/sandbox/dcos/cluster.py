"""DC/OS around the sandbox's Mesos: its parts, each at a port of its own, and Admin Router before them."""

from __future__ import annotations

import asyncio
import secrets
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum

from janitor.sandbox.dcos import grants
from janitor.sandbox.dcos.about import About, Nodes
from janitor.sandbox.dcos.admin_router import AdminRouter, Behind
from janitor.sandbox.dcos.cosmos import Cosmos
from janitor.sandbox.dcos.cosmos_wire import cosmos_app
from janitor.sandbox.dcos.exhibitor import Exhibitor, exhibitor_app
from janitor.sandbox.dcos.iam import Edition, Iam, iam_app
from janitor.sandbox.dcos.marathon import Deployment, Marathon
from janitor.sandbox.dcos.marathon_wire import marathon_app
from janitor.sandbox.dcos.sdk_services import SdkServices
from janitor.sandbox.mesos.world import World
from janitor.sandbox.serve import Host

VERSIONS = {
    (1, 0): "1.8.8",
    (1, 2): "1.9.10",
    (1, 4): "1.10.11",
    (1, 5): "1.11.12",
    (1, 7): "1.12.5",
    (1, 8): "1.13.9",
    (1, 9): "2.0.6",
    (1, 10): "2.1.4",
    (1, 11): "2.2.2",
}
"""Which DC/OS brought which Mesos (dcos/dcos packages/*/buildinfo.json); between them, the one before."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the parts listen; 0: wherever the system says. Marathon has its second door only where there is TLS."""

    marathon: int = 0
    marathon_tls: int = 0
    exhibitor: int = 0
    router: int = 0


ANYWHERE = Ports()


class Asks(Enum):
    """Who asks for a token: nobody (authentication off), Admin Router alone, or everybody (Enterprise, strict)."""

    NOBODY = "nobody"
    ADMIN_ROUTER = "admin-router"
    EVERYBODY = "everybody"


def dcos_version(mesos: tuple[int, int]) -> str:
    """The DC/OS release that a Mesos release belongs to."""
    return VERSIONS[max((since for since in VERSIONS if since <= mesos), default=(1, 0))]


class Dcos:
    """IAM, Marathon, Exhibitor and Admin Router, on the loop of `host`, around the cluster `world`.

    `zookeeper` is HOST:PORT of a real ZooKeeper; without one, Exhibitor answers as one whose ZooKeeper is down.
    `tls` serves Admin Router over https, and Marathon over https as well. A deployment takes `deployment_time` seconds,
    or until it is finished by hand (None). The URLs have no trailing slash.
    """

    def __init__(
        self,
        host: Host,
        world: World,
        *,
        edition: Edition = Edition.ENTERPRISE,
        asks: Asks = Asks.NOBODY,
        users: Mapping[str, str] | None = None,
        zookeeper: str | None = None,
        zookeeper_auth: str | None = None,
        mesos_scheme: str = "http",
        tls: ssl.SSLContext | None = None,
        deployment_time: float | None = 0.05,
        ports: Ports = ANYWHERE,
    ) -> None:
        self._host = host
        self._world = world
        self._scheme = mesos_scheme
        self.deployment_time = deployment_time
        self.iam = Iam(world.clock.now, edition, dict(users or {}))
        self.marathon = Marathon(world.clock.now)
        self.exhibitor = Exhibitor(zookeeper, auth=zookeeper_auth)
        if asks is Asks.EVERYBODY:
            self.iam.tokens_changed = self._tell_mesos
            self._tell_mesos({})
        self.services = SdkServices(host, world, self.marathon, zookeeper)
        self.marathon.accepted = self._accepted
        self.marathon.finished = self.services.finished
        asked = self.iam if asks is Asks.EVERYBODY else None
        self._servers = (
            host.serve(iam_app(self.iam)),
            host.serve(marathon_app(self.marathon, asked), port=ports.marathon),
            host.serve(exhibitor_app(self.exhibitor), port=ports.exhibitor),
        )
        self.cosmos = Cosmos(self.marathon, world, self._fetch, self._good, sdk=world.version.since(1, 4))
        if asks is Asks.NOBODY:
            self.cosmos.good = lambda _: True
        cosmos = host.serve(cosmos_app(self.cosmos)).url
        iam, marathon, exhibitor = (served.url for served in self._servers)
        behind = Behind(self._leader, self._agent, iam, marathon, exhibitor, cosmos, self._framework)
        about = About(dcos_version((world.version.major, world.version.minor)), edition.variant, nodes=self._nodes)
        if edition is Edition.ENTERPRISE:
            about.security = "strict" if asks is Asks.EVERYBODY else "permissive"
        self.router = AdminRouter(self.iam, self.marathon, behind, about, asks=asks is not Asks.NOBODY)
        self._router_server = host.serve(self.router.app(), tls, ports.router)
        self.url = self._router_server.url
        self.marathon_url, self.exhibitor_url = marathon, exhibitor
        if tls is not None:
            self.marathon_url = host.serve(marathon_app(self.marathon, asked), tls, ports.marathon_tls).url

    def grant(self, uid: str, permissions: Collection[str]) -> None:
        """From now on this user may do that alone, and of several users the last one that was told about."""
        self.iam.granted[uid] = frozenset(permissions)
        self._world.access.acls = grants.as_acls(uid, permissions)
        if self._world.leader is not None:
            for view in self._world.leader.agents.values():
                self._world.leader.touch(view)

    def close(self) -> None:
        """End the connections to what stands behind; the servers end with their host. From any thread but its own."""
        self._host.run(self._close)
        self.exhibitor.close()

    async def _close(self) -> None:
        await self.cosmos.forget()
        await self.services.close()
        await self.router.proxy.close()

    async def _fetch(self, path: str, authorization: str | None) -> tuple[int, object]:
        return await self.router.proxy.fetch(self.url + path, authorization)

    def _good(self, authorization: str | None) -> bool:
        return self.iam.uid_of_authorization(authorization) is not None

    def _tell_mesos(self, tokens: Mapping[str, str]) -> None:
        # One that nobody knows: without any token a master would ask nobody for one.
        self._world.access.tokens = {**tokens, secrets.token_hex(32): "nobody"}

    def _accepted(self, deployment: Deployment) -> None:
        self.services.accepted(deployment)
        if self.deployment_time is not None:
            asyncio.get_running_loop().call_later(self.deployment_time, self.marathon.finish, deployment)

    def _leader(self) -> str | None:
        leading = self._world.leading
        return f"{self._scheme}://{leading.address}" if leading is not None else None

    def _framework(self, name: str) -> str | None:
        """By id or by name, with or without a leading slash (Admin Router lib/service.lua)."""
        leader = self._world.leader
        for each in leader.frameworks.values() if leader is not None else ():
            if each.info.webui_url and name in (each.info.id, each.info.name.strip("/")):
                return each.info.webui_url
        return None

    def _nodes(self) -> Nodes:
        leader, leading = self._world.leader, self._world.leading
        agents = [(view.agent.hostname, view.active) for view in leader.agents.values()] if leader is not None else []
        masters = [master.hostname for master in self._world.masters if master.running]
        return Nodes(leading.hostname if leading is not None else None, masters, agents)

    def _agent(self, agent_id: str) -> str | None:
        leader = self._world.leader
        known = leader.agents.get(agent_id) if leader is not None else None
        return f"{self._scheme}://{known.agent.address}" if known is not None else None
