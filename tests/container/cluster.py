"""A cluster in containers: a real ZooKeeper, and the sandbox under the names and at the ports of DC/OS."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kazoo.client import KazooClient
from kazoo.security import ACL, Id, Permissions
from testcontainers.core.container import DockerContainer
from testcontainers.core.wait_strategies import LogMessageWaitStrategy

from janitor.sandbox.control import Control
from janitor.sandbox.dcos.control import DcosControl
from janitor.sandbox.ports import claimed_port
from tests.clock import HANGS
from tests.container.engine import Engine
from tests.container.names import Names

READ_ONLY = ("--read-only", "--cap-drop", "ALL", "--security-opt", "no-new-privileges")
"""As much as can be taken from a container."""

ROLE, PRINCIPAL, ZNODE = "kafka-role", "kafka-principal", "dcos-service-kafka"

ENTERPRISE_ROOT = [
    ACL(Permissions.CREATE | Permissions.READ, Id("world", "anyone")),
    ACL(Permissions.ALL, Id("ip", "127.0.0.1")),
]
"""The root's ACL on an Enterprise cluster (dcos-commons curator/CuratorPersister.java)."""


def eventually(what: str, holds: Callable[[], bool], seconds: float = HANGS) -> None:
    """Wait until it holds. Raises AssertionError, with `what`, when it does not within so many seconds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        time.sleep(0.05)


def address_of(container: DockerContainer) -> str:
    """Its address on the engine's bridge."""
    wrapped = container.get_wrapped_container()
    wrapped.reload()
    address: str = wrapped.attrs["NetworkSettings"]["IPAddress"]
    return address


@contextmanager
def zookeeper(engine: Engine, image: str, directory: Path, *, on_host: bool = False) -> Iterator[str]:
    """A ZooKeeper server; HOST:PORT. `on_host`: on this machine's own network, as a DC/OS master has it."""
    claim = claimed_port("") if on_host else nullcontext(2181)
    with claim as port:
        container = _zookeeper(engine, image, directory, port, on_host=on_host)
        with container:
            host = engine.gateway if on_host else address_of(container)
            eventually("ZooKeeper answers", lambda: _serves(host, port))
            yield f"{host}:{port}"


def _zookeeper(engine: Engine, image: str, directory: Path, port: int, *, on_host: bool) -> DockerContainer:
    settings = directory / f"zoo-{port}-{'host' if on_host else 'bridge'}.cfg"
    settings.write_text(
        f"tickTime=500\ndataDir=/tmp/data\nclientPort={port}\nadmin.enableServer=false\n"
        "4lw.commands.whitelist=srvr\nmaxClientCnxns=0\n"
    )
    container = DockerContainer(image, docker_client_kw=where(engine))
    container.with_volume_mapping(settings, "/conf/zoo.cfg")
    container.with_env("JVMFLAGS", "-Xmx256m -Dzookeeper.jmx.log4j.disable=true -Dzookeeper.forceSync=no")
    if on_host:
        container.with_kwargs(network_mode="host")
    return container


@contextmanager
def connected(hosts: str) -> Iterator[KazooClient]:
    """A client of a ZooKeeper, to look at it and to set it up."""
    client = KazooClient(hosts=hosts)
    client.start(timeout=HANGS)
    try:
        yield client
    finally:
        client.stop()
        client.close()


@dataclass
class Cluster:
    """A sandbox in a container, known as leader.mesos, master.mesos and marathon.mesos, with what is in it."""

    container: DockerContainer
    control: Control
    dcos: DcosControl
    zookeeper: KazooClient
    said: str

    @property
    def address(self) -> str:
        return address_of(self.container)

    def held(self, role: str = ROLE) -> int:
        """How many items of a role the agents really hold."""
        return sum(len(self.control.held_by(agent, role)) for agent in self.control.truth()["agents"])

    def has_znode(self, path: str = f"/{ZNODE}") -> bool:
        return self.zookeeper.exists(path) is not None

    def is_clean(self) -> bool:
        """Kafka is gone, and HDFS beside it is as it was."""
        return self.held() == 0 and not self.has_znode() and self.held("hdfs-role") > 0

    def is_untouched(self) -> bool:
        """Nothing was sent to the master that could change anything, and Kafka is still there."""
        return self.control.writes() == [] and self.held() > 0

    def file(self, pattern: str) -> str:
        """The content of a file that the sandbox has named on its output."""
        found = re.search(pattern, self.said)
        assert found is not None, self.said
        ran = self.container.exec(["cat", found[0]])
        assert ran.exit_code == 0, ran.output
        return ran.output.decode().strip()

    @property
    def ca(self) -> str:
        """The CA of a sandbox over https, PEM."""
        return self.file(r"/tmp/janitor-sandbox-\w+/ca\.crt")

    @property
    def token(self) -> str:
        """The token that a strict sandbox has put into a file."""
        return self.file(r"/tmp/janitor-sandbox-\w+/token")


@contextmanager
def cluster(engine: Engine, image: str, names: Names, hosts: str, *options: str) -> Iterator[Cluster]:
    """A sandbox with an abandoned Kafka. `hosts` is its ZooKeeper, zk-1.zk in there; `options` are the sandbox's."""
    host, port = hosts.split(":")
    with ExitStack() as stack:
        stack.enter_context(names.having(zk_1__zk=host))
        client = stack.enter_context(connected(hosts))
        container = DockerContainer(image, docker_client_kw=where(engine))
        container.with_command(
            ["sandbox", "--listen", "leader.mesos", "--dcos-ports", "--zookeeper", f"zk-1.zk:{port}", *options]
        )
        container.with_kwargs(
            hostname="leader.mesos", read_only=True, cap_drop=["ALL"], security_opt=["no-new-privileges"]
        )
        container.with_tmpfs_mount("/tmp")
        container.waiting_for(LogMessageWaitStrategy("Ctrl-C ends it.").with_startup_timeout(int(HANGS)))
        stack.enter_context(container)
        # It takes its znodes out again when it is told to stop.
        stack.callback(lambda: container.get_wrapped_container().stop(timeout=int(HANGS)))
        said = container.get_logs()[0].decode()
        found = re.search(r"^  Control +(\S+)$", said, re.MULTILINE)
        assert found is not None, said
        control, dcos = Control(found[1]), DcosControl(found[1])
        stack.callback(control.close)
        stack.callback(dcos.close)
        address = address_of(container)
        stack.enter_context(names.having(leader__mesos=address, master__mesos=address, marathon__mesos=address))
        yield Cluster(container, control, dcos, client, said)


def where(engine: Engine) -> dict[str, Any]:
    """What testcontainers needs to talk to this engine."""
    return {"environment": engine.environment, "timeout": int(HANGS)}


def _serves(host: str, port: int) -> bool:
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.sendall(b"srvr")  # `ruok` is answered before anything is served
            return connection.recv(17) == b"Zookeeper version"
    except OSError:
        return False
