"""A stand-in for a Mesos cluster over real HTTP, to test and to rehearse on.

    with Sandbox(version="1.12", agents=3) as sandbox:
        sandbox.control.reserve(sandbox.agents[0], "kafka-role", "kafka-principal", cpus=1)
        requests.get(sandbox.master_url + "slaves")

It behaves as masters of that release were recorded to behave. It is no part of a clean-up: nothing else of Janitor
imports it, and it imports nothing else of Janitor.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self, TypeVar

from janitor.sandbox.control import Control
from janitor.sandbox.control_wire import ControlServer
from janitor.sandbox.mesos.access import Access
from janitor.sandbox.mesos.cluster import Cluster
from janitor.sandbox.mesos.settings import Pace, Settings
from janitor.sandbox.mesos.verbs import Verbs
from janitor.sandbox.mesos.version import Version
from janitor.sandbox.mesos.world import World
from janitor.sandbox.serve import Host, Served, tls_context
from janitor.sandbox.standing import Registered

__all__ = ["Control", "Pace", "Sandbox", "Settings"]

T = TypeVar("T")


class Sandbox:
    """A cluster in a daemon thread of this process.

    `agents` is how many plain ones there are at the start, or their specifications (arguments of
    `Control.add_agent`). `tls` and `agent_tls` are a certificate and its key, PEM files. Anything in `settings` is a
    field of `janitor.sandbox.mesos.settings.Settings`. `address` is the machine's own that everything listens on and
    is known by, `port` the first master's, chosen by the system unless given. With a `zk` flag that names a ZooKeeper
    of this machine, the masters register there, unless `registers` is false. Starting raises CannotListen.
    """

    def __init__(
        self,
        version: str = "1.12",
        *,
        agents: int | Sequence[Mapping[str, Any]] = 3,
        masters: int = 1,
        users: Mapping[str, str] | None = None,
        tokens: Mapping[str, str] | None = None,
        acls: Mapping[str, Any] | None = None,
        tls: tuple[str, str] | None = None,
        agent_tls: tuple[str, str] | None = None,
        agents_listen: bool = True,
        address: str = "127.0.0.1",
        port: int = 0,
        registers: bool = True,
        **settings: Any,
    ) -> None:
        self.version = Version.parse(version)
        self.host = Host(address)
        self._port = port
        self._specifications = [{}] * agents if isinstance(agents, int) else [dict(each) for each in agents]
        self._number_of_masters = masters
        self._access = Access(dict(users or {}), dict(tokens or {}), dict(acls or {}))
        self._settings = Settings(**settings)
        self._registers = registers and "zk" in settings
        self._registered: Registered | None = None
        self._tls = tls_context(*tls) if tls else None
        self._agent_tls = tls_context(*agent_tls) if agent_tls else None
        self._agents_listen = agents_listen
        self.control_server = ControlServer()
        self._stopped = False

    def start(self) -> Self:
        """Start everything; from then on the attributes below are there."""
        self.host.start()
        try:
            self.host.run(self._assemble)
        except BaseException:
            self.host.stop()
            raise
        self.control = Control(self.control_served.url)
        if self._registers:
            self._registered = Registered(self.host, self.world)
            self._registered.start()
        return self

    async def _assemble(self) -> None:
        self.world = World(self.version, self._settings, self._access)
        self.cluster = Cluster(
            self.host, self.world, tls=self._tls, agent_tls=self._agent_tls, agents_listen=self._agents_listen
        )
        for number in range(self._number_of_masters):
            await self.cluster.add_master(0 if number else self._port)
        for specification in self._specifications:
            await self.cluster.add_agent(**specification)
        self.control_server.mount("mesos", Verbs(self.cluster))
        self.control_served: Served = await self.host.add(self.control_server.app())

    def stop(self) -> None:
        """Stop everything; ports are free afterwards. Once more is nothing."""
        if not self._stopped:
            self._stopped = True
            if self._registered is not None:
                self._registered.stop()
            self.control.close()
            self.host.call(self.world.close)
            self.host.stop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def call(self, work: Callable[[], T]) -> T:
        """Run a function on the sandbox's own thread, where `world` may be touched."""
        return self.host.call(work)

    @property
    def masters(self) -> list[str]:
        """The masters' URLs, each with `/master/` at the end; the first leads at the start."""
        return [f"{served.url}/master/" for served in self.cluster.served]

    @property
    def master_url(self) -> str:
        """The first master's URL."""
        return self.masters[0]

    @property
    def control_url(self) -> str:
        """The control API's URL, for other processes."""
        return self.control_served.url

    @property
    def agents(self) -> list[str]:
        """The ids of all agents, in the order in which they were added."""
        return self.call(lambda: list(self.world.agents))
