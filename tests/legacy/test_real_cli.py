"""The wrapper with the real DC/OS CLI and the real Janitor, before a sandbox that plays DC/OS 1.9.

ssh is a shell here, and Docker starts Janitor without a container; tests/container has the real ones.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from kazoo.client import KazooClient

from janitor.sandbox.dcos.cluster import Asks
from janitor.sandbox.rehearsal import Rehearsal
from janitor.sandbox.services import Service, held
from janitor.sandbox.znodes import leave_service
from tests.clock import HANGS
from tests.legacy.laptop import SSH, WRAPPER, Ran
from tests.sandbox.dcos_cli import Cli, dcos_cli_or_skip
from tests.zookeeper.server import ZooKeeperServer

DOCKER = """\
#!/bin/sh
# docker run --rm [-i] IMAGE /janitor.py WORDS, without a container.
printf '%s\\n' "docker $*" >>"$HOME/processes"
shift 2
if [ "$1" = -i ]; then shift; else exec </dev/null; fi
shift 2
exec {python} -m janitor -m {master} "$@"
"""


@dataclass
class Operator:
    """Somebody with a laptop."""

    cli: Cli
    cluster: Rehearsal

    def run(self, *words: str, typed: str = "") -> Ran:
        tools = self.cli.home / "tools"
        tools.mkdir(exist_ok=True)
        docker = DOCKER.format(python=sys.executable, master=self.cluster.master_url)
        for name, program in (("ssh", SSH), ("docker", docker)):
            (tools / name).write_text(program)
            (tools / name).chmod(0o755)
        environment = {
            **self.cli.environment,
            "PATH": f"{tools}:{self.cli.environment['PATH']}",
            "SSH_AUTH_SOCK": "/run/agent",
            "WORLD": str(self.cli.home / "world.json"),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "JANITOR_LEGACY_PATIENCE": "60",
        }
        done = subprocess.run(
            [str(WRAPPER), *words],
            env=environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=HANGS,
            check=False,
        )
        return Ran(done.returncode, done.stdout, done.stderr)

    def install(self, name: str, principal: str, znodes: KazooClient, *, port: int = 9092) -> Service:
        """A Kafka 1.x of this name runs."""
        control = self.cluster.sandbox.control
        self.cluster.services.run_package(f"/{name}", package="kafka", framework=name)
        service = Service(name, principal=principal)
        framework = service.subscribe(control)
        for agent in self.cluster.sandbox.agents:
            service.reserve(control, agent, port=port)
        leave_service(znodes, name, framework, ["broker-0"])
        return service


@pytest.fixture
def cluster(zookeeper: ZooKeeperServer) -> Iterator[Rehearsal]:
    with Rehearsal("plain", version="1.2", zookeeper=zookeeper.address) as rehearsal:
        yield rehearsal


@pytest.fixture
def operator(cluster: Rehearsal, tmp_path: Path) -> Operator:
    cli = Cli(dcos_cli_or_skip(), tmp_path)
    cli.attach(cluster.dcos.url)
    return Operator(cli, cluster)


def test_a_service_of_1_9_is_gone(operator: Operator, znodes: KazooClient) -> None:
    kafka = operator.install("kafka", "kafka-principal", znodes)
    other = operator.install("hdfs", "hdfs-principal", znodes, port=9001)
    control = operator.cluster.sandbox.control
    before = held(control, other.role)

    ran = operator.run("kafka", typed="kafka\n")
    assert ran.status == 0, ran
    assert "Uninstalled package [kafka]" in ran.stdout
    assert held(control, kafka.role) == []
    assert znodes.exists("/dcos-service-kafka") is None
    assert operator.cluster.dcos_control.apps() == ["/hdfs"]
    assert kafka.framework_id not in control.truth()["frameworks"]

    assert held(control, other.role) == before
    assert other.framework_id in control.truth()["frameworks"]
    assert znodes.exists("/dcos-service-hdfs") is not None


def test_janitors_words_about_another_principal_are_understood(
    operator: Operator,
    znodes: KazooClient,
) -> None:
    """Rule S4, as Janitor itself says it: Kafka 1.x reserves under the package's name."""
    events = operator.install("events", "kafka-principal", znodes)
    ran = operator.run("events", typed="events\nyes\n")
    assert ran.status == 0, ran
    assert "Run it again with the principal kafka-principal?" in ran.stderr
    assert held(operator.cluster.sandbox.control, events.role) == []
    assert znodes.exists("/dcos-service-events") is None


def test_a_framework_that_is_left_over_is_shut_down(operator: Operator, znodes: KazooClient) -> None:
    """Its app was deleted by hand, and its scheduler is away."""
    kafka = operator.install("kafka", "kafka-principal", znodes)
    control = operator.cluster.sandbox.control
    operator.cli("marathon", "app", "remove", "/kafka")
    control.disconnect(kafka.framework_id)
    ran = operator.run("kafka", typed="kafka\nyes\n")
    assert ran.status == 0, ran
    assert f"framework {kafka.framework_id} shut down" in ran.stdout
    assert held(control, kafka.role) == []


def test_a_dry_run_changes_nothing(operator: Operator, znodes: KazooClient) -> None:
    kafka = operator.install("kafka", "kafka-principal", znodes)
    ran = operator.run("kafka", "--dry-run")
    assert ran.status == 0, ran
    assert operator.cluster.dcos_control.apps() == ["/kafka"]
    assert len(held(operator.cluster.sandbox.control, kafka.role)) > 0
    assert operator.cluster.sandbox.control.writes() == []


def test_with_a_token_that_everybody_asks_for(
    zookeeper: ZooKeeperServer,
    znodes: KazooClient,
    tmp_path: Path,
) -> None:
    """The CLI's own token reaches Janitor, and stands in no command line on the way."""
    with Rehearsal("plain", version="1.2", zookeeper=zookeeper.address, asks=Asks.EVERYBODY) as cluster:
        token = cluster.dcos_control.issue_token("operator")
        cli = Cli(dcos_cli_or_skip(), tmp_path)
        cli.attach(cluster.dcos.url, token)
        operator = Operator(cli, cluster)
        kafka = operator.install("kafka", "kafka-principal", znodes)
        ran = operator.run("kafka", "--yes")
        assert ran.status == 0, ran
        assert held(cluster.sandbox.control, kafka.role) == []
        processes = (tmp_path / "processes").read_text() + (tmp_path / "world.log").read_text()
        assert "--auth-token-file -" in processes
        assert token not in processes
        assert token not in ran.stdout + ran.stderr


def test_a_service_of_1_12_is_refused_and_with_the_word_for_it_seen_through(
    zookeeper: ZooKeeperServer, znodes: KazooClient, tmp_path: Path
) -> None:
    """It uninstalls itself while the wrapper waits, and Janitor finds at most its empty znode."""
    with Rehearsal("plain", version="1.7", zookeeper=zookeeper.address) as cluster:
        cli = Cli(dcos_cli_or_skip(), tmp_path)
        cli.attach(cluster.dcos.url)
        operator = Operator(cli, cluster)
        cluster.services.run("kafka")
        refused = operator.run("kafka", "--yes")
        assert refused.status == 6, refused
        assert "DC/OS 1.12.5 has its scheduler do that" in refused.stderr
        assert cluster.dcos_control.apps() == ["/kafka"]
        assert len(held(cluster.sandbox.control, "kafka-role")) > 0

        ran = operator.run("kafka", "--yes", "--even-if-modern")
        assert ran.status == 0, ran
        assert cluster.dcos_control.apps() == []
        assert held(cluster.sandbox.control, "kafka-role") == []
        assert znodes.exists("/dcos-service-kafka") is None
