"""A whole cluster to rehearse on: Mesos, DC/OS around it, a ZooKeeper's part in it, and a scenario built on it."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Any, Self

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException

from janitor.sandbox import Sandbox
from janitor.sandbox.city import CITY
from janitor.sandbox.dcos.cluster import ANYWHERE, Asks, Dcos, Ports
from janitor.sandbox.dcos.control import DcosControl, DcosVerbs
from janitor.sandbox.dcos.iam import Edition
from janitor.sandbox.dcos.services_control import ServicesControl, ServicesVerbs
from janitor.sandbox.mesos.version import Version
from janitor.sandbox.scenarios import SCENARIOS, Built, Site
from janitor.sandbox.scenarios_services import SERVICES
from janitor.sandbox.serve import tls_context
from janitor.sandbox.standing import Standing
from janitor.sandbox.znodes import MESOS, connected

ALL_SCENARIOS = {**SCENARIOS, **SERVICES, **CITY}

LISTENING_AGENTS = 50
"""Above so many, agents have no port of their own."""


class Rehearsal:
    """Everything, for the length of a `with`.

    `scenario` is a name in `ALL_SCENARIOS`; `zookeeper` is HOST:PORT of a running ZooKeeper, into which znodes
    are put, and taken out again at the end. `tls` is a certificate and its key (PEM files): masters, agents, Marathon
    and Admin Router are then served over https. What else is given goes to `Sandbox`. Raises ValueError for a scenario
    that cannot happen on this release; entering raises CannotListen and NobodyAnswers.
    """

    def __init__(
        self,
        scenario: str = "kafka",
        *,
        version: str = "1.12",
        agents: int | None = None,
        zookeeper: str | None = None,
        edition: Edition = Edition.ENTERPRISE,
        asks: Asks = Asks.NOBODY,
        tls: tuple[str, str] | None = None,
        ports: Ports = ANYWHERE,
        **sandbox: Any,
    ) -> None:
        self._scenario = ALL_SCENARIOS[scenario]
        if not Version.parse(version).since(*self._scenario.since):
            since = ".".join(map(str, self._scenario.since))
            raise ValueError(f"the scenario {scenario} needs Mesos {since} or later")
        self.zookeeper = zookeeper
        self._edition = edition
        self._asks = asks
        self._tls = tls
        self._ports = ports
        self._agents = agents if agents is not None else self._scenario.agents
        if zookeeper is not None:
            sandbox.setdefault("zk", f"zk://{zookeeper}{MESOS}")
        sandbox.setdefault("agents_listen", self._agents <= LISTENING_AGENTS)
        self.sandbox = Sandbox(version, agents=0, tls=tls, agent_tls=tls, registers=False, **sandbox)
        self._exit = ExitStack()
        self.built = Built()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            stack.enter_context(self.sandbox)
            self.dcos = self._dcos()
            stack.callback(self.dcos.close)
            self.sandbox.host.call(self._mount)
            self.dcos_control = DcosControl(self.sandbox.control_url)
            stack.callback(self.dcos_control.close)
            self.services = ServicesControl(self.sandbox.control_url)
            stack.callback(self.services.close)
            client = stack.enter_context(connected(self.zookeeper)) if self.zookeeper is not None else None
            site = Site(self.sandbox.control, self.dcos_control, self.services, client, self._agents)
            if client is not None:
                stack.callback(self._take_out, client)
            self.built = self._scenario.build(site)
            if client is not None:
                stack.enter_context(Standing(self.sandbox.host, self.sandbox.world, client))
            self._exit = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._exit.close()

    @property
    def master_url(self) -> str:
        """The first master's URL, with `/master/` at the end."""
        return self.sandbox.master_url

    @property
    def exhibitor_url(self) -> str:
        """As janitor's -e wants it: with a slash at the end."""
        return self.dcos.exhibitor_url + "/"

    @property
    def marathon_url(self) -> str:
        """As janitor's -n wants it."""
        return self.dcos.marathon_url + "/v2/apps/"

    def commands(self, *, janitor: str = "janitor", curl: str = "", reach: str = "") -> list[tuple[str, str]]:
        """What to try, and how: pairs of words and a command.

        `janitor` is the drop-in with the options that all of its commands need, `curl` such options of curl; `reach`
        is added to the options by which the other commands find the cluster.
        """
        scenario = self._scenario
        chosen = scenario.with_znode if self.zookeeper is not None and scenario.with_znode else scenario.commands
        filled = {
            "janitor": janitor,
            "curl": curl,
            "reach": f"--dcos-url {self.dcos.url}{reach}",
            "master": self.master_url,
            "exhibitor": self.exhibitor_url,
            "control": self.sandbox.control_url,
            "agents": self.built.agents,
            "frameworks": {name: service.framework_id for name, service in self.built.services.items()},
        }
        return [(words, command.format(**filled)) for words, command in chosen]

    def _take_out(self, client: KazooClient) -> None:
        """Remove every znode that was put in; schedulers that still run end first."""
        self.sandbox.host.run(self.dcos.services.close)
        with suppress(KazooException):
            for path in [*self.built.znodes, *self.dcos.services.znodes, MESOS]:
                if client.exists(path) is not None:
                    client.delete(path, recursive=True)

    def _mount(self) -> None:
        self.sandbox.control_server.mount("dcos", DcosVerbs(self.dcos))
        self.sandbox.control_server.mount("services", ServicesVerbs(self.dcos))

    def _dcos(self) -> Dcos:
        return Dcos(
            self.sandbox.host,
            self.sandbox.world,
            edition=self._edition,
            asks=self._asks,
            zookeeper=self.zookeeper,
            mesos_scheme="https" if self._tls else "http",
            tls=tls_context(*self._tls) if self._tls else None,
            ports=self._ports,
        )
