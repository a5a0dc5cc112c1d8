"""The real DC/OS CLI against the sandbox: what it lists, removes and uninstalls is what is there.

The sandbox plays DC/OS 1.9 (Mesos 1.2): the CLI reads /master/state.json, which Mesos has up to 1.7.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from janitor.sandbox.dcos.cluster import Asks
from janitor.sandbox.rehearsal import Rehearsal
from janitor.sandbox.services import held
from tests.clock import HANGS
from tests.sandbox.dcos_cli import Cli, dcos_cli_or_skip


@pytest.fixture(scope="session")
def bin() -> Path:
    return dcos_cli_or_skip()


@pytest.fixture
def cluster() -> Iterator[Rehearsal]:
    with Rehearsal("plain", version="1.2") as rehearsal:
        yield rehearsal


@pytest.fixture
def cli(bin: Path, cluster: Rehearsal, tmp_path: Path) -> Cli:
    cli = Cli(bin, tmp_path)
    cli.attach(cluster.dcos.url)
    return cli


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + HANGS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def rows(table: str) -> list[list[str]]:
    """The cells of a table of the CLI's, without its heading."""
    return [line.split() for line in table.strip().splitlines()[1:]]


def test_service_lists_what_is_active_and_on_request_the_rest(cluster: Rehearsal, cli: Cli) -> None:
    control = cluster.sandbox.control
    kafka = cluster.services.run("kafka")
    gone = control.subscribe("gone", "gone-role", "gone-principal")
    control.disconnect(gone)
    done = control.subscribe("done", "done-role", "done-principal")
    control.teardown(done)
    (active,) = rows(cli("service").stdout)
    assert active == ["kafka", "127.0.0.1", "True", "3", "3.3", "6240.0", "16536.0", kafka]
    assert [row[-1] for row in rows(cli("service", "--inactive").stdout)] == [gone, kafka]
    assert [row[-1] for row in rows(cli("service", "--completed").stdout)] == [done, kafka]


def test_service_shutdown_takes_an_id_and_says_nothing(cluster: Rehearsal, cli: Cli) -> None:
    control = cluster.sandbox.control
    gone = control.subscribe("gone", "gone-role", "gone-principal")
    control.disconnect(gone)
    done = cli("service", "shutdown", gone)
    assert (done.stdout, done.stderr) == ("", "")
    assert gone not in control.truth()["frameworks"]
    again = cli("service", "shutdown", gone, status=1)
    assert again.stderr == "Bad request.\n", "its word for Mesos's 400, whatever that says"


def test_marathon_apps_are_listed_and_removed(cluster: Rehearsal, cli: Cli) -> None:
    cluster.dcos_control.run_app({"id": "/prod/web", "cmd": "sleep 1000", "cpus": 0.5, "mem": 64})
    assert [row[0] for row in rows(cli("marathon", "app", "list").stdout)] == ["/prod/web"]
    cli("marathon", "app", "remove", "/prod/web")
    assert cluster.dcos_control.apps() == []


def test_a_package_of_1_9_is_uninstalled_the_plain_way(cluster: Rehearsal, cli: Cli) -> None:
    control = cluster.sandbox.control
    framework = cluster.services.run("kafka", sdk="0.18.0")
    assert [row[:3] for row in rows(cli("package", "list").stdout)] == [["kafka", "2.10.0-2.4.0", "/kafka"]]
    done = cli("package", "uninstall", "kafka", "--app-id=/kafka", "--yes")
    assert "Uninstalled package [kafka] version [2.10.0-2.4.0]" in done.stderr
    assert cluster.dcos_control.apps() == []
    assert framework not in control.truth()["frameworks"]
    assert len(held(control, "kafka-role")) == 24, "Cosmos of DC/OS 1.9 leaves reservations and volumes"
    missing = cli("package", "uninstall", "kafka", "--app-id=/kafka", "--yes", status=1)
    assert "is not installed" in missing.stderr


def test_on_a_terminal_the_name_has_to_be_typed(cluster: Rehearsal, cli: Cli) -> None:
    cluster.services.run_package("/kafka")
    refused = cli.typed("package", "uninstall", "kafka", answer="no")
    assert refused.status == 0, "the CLI ends with 0 although nothing was done"
    assert refused.stdout.count("You supplied 'no'") == 3
    assert cluster.dcos_control.apps() == ["/kafka"]
    assert "Uninstalled package [kafka]" in cli.typed("package", "uninstall", "kafka", answer="kafka").stdout
    assert cluster.dcos_control.apps() == []


def test_two_apps_of_one_package_have_to_be_told_apart(cluster: Rehearsal, cli: Cli) -> None:
    cluster.services.run_package("/a/kafka")
    cluster.services.run_package("/b/kafka")
    ambiguous = cli("package", "uninstall", "kafka", "--yes", status=1)
    assert "[/a/kafka, /b/kafka]" in ambiguous.stderr
    cli("package", "uninstall", "kafka", "--all", "--yes")
    assert cluster.dcos_control.apps() == []


def test_nodes_are_masters_and_agents(cluster: Rehearsal, cli: Cli) -> None:
    shown = rows(cli("node").stdout)
    assert sorted(row[2] for row in shown if "agent" in row) == sorted(cluster.sandbox.agents)
    assert [row[0] for row in shown if "(leader)" in row] == ["master.mesos."]
    assert rows(cli("node", "dns", "leader.mesos").stdout) == [["leader.mesos.", "127.0.0.1"]]
    cluster.dcos_control.name_host("leader.mesos", ["172.17.0.9"])
    assert rows(cli("node", "dns", "leader.mesos").stdout) == [["leader.mesos.", "172.17.0.9"]]


def test_an_sdk_service_of_1_13_uninstalls_itself(bin: Path, tmp_path: Path) -> None:
    with Rehearsal("plain", version="1.7") as cluster:
        cli = Cli(bin, tmp_path)
        cli.attach(cluster.dcos.url)
        cluster.services.run("kafka")
        cli("package", "uninstall", "kafka", "--yes")
        until(lambda: cluster.dcos_control.apps() == [])
        assert held(cluster.sandbox.control, "kafka-role") == []
        assert rows(cli("service", "--inactive").stdout) == []


def test_logins_of_a_user_and_of_a_service(bin: Path, tmp_path: Path) -> None:
    with Rehearsal("plain", version="1.2", asks=Asks.ADMIN_ROUTER) as cluster:
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        public = key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        secret = tmp_path / "key.pem"
        secret.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
            )
        )
        secret.chmod(0o600)
        cluster.dcos_control.add_user("operator", "s3cret")
        cluster.dcos_control.add_account("janitor", public.decode())
        cli = Cli(bin, tmp_path)
        cli.attach(cluster.dcos.url)
        refused = cli("service", status=1)
        assert "dcos auth login" in refused.stderr
        cli("auth", "login", "--username=operator", "--password=s3cret")
        cli("service")
        cli("auth", "logout")
        cli("auth", "login", "--username=janitor", f"--private-key={secret}")
        cli("service")
        assert cluster.dcos_control.logins() == 2
        assert requests.get(f"{cluster.dcos.url}/mesos/slaves", timeout=HANGS).status_code == 401
