"""The main job in containers, by the commands of docs/container.md: open, strict, and with an Enterprise root."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.container.cluster import ENTERPRISE_ROOT, Cluster, cluster, connected, zookeeper
from tests.container.conftest import Janitor, Ran
from tests.container.documents import ROOT, command, commands
from tests.container.engine import Engine
from tests.container.names import Names

Shell = Callable[[str], Ran]
DONE = "Cleanup completed successfully.\n"
JOB = ("/janitor.py", "-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka")


def test_every_documented_command_has_a_test() -> None:
    here = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    assert {name for name in commands() if f'command("{name}"' not in here} == set()


def test_the_main_job_and_again(kafka: Cluster, shell: Shell) -> None:
    """As in permissive mode: Mesos asks nobody."""
    rehearsed = shell(command("dry run"))
    assert rehearsed.status == 0, rehearsed
    assert kafka.is_untouched()
    assert kafka.has_znode()

    ran = shell(command("run"))
    assert ran.status == 0, ran
    assert ran.stdout.endswith(DONE)
    assert kafka.is_clean()

    again = shell(command("run"))
    assert again.status == 0, again
    assert kafka.is_clean()


def test_the_lines_of_the_readme(kafka: Cluster, shell: Shell) -> None:
    """On the network of the machine: a dry run, then the clean-up; and the line for an Enterprise cluster."""
    readme = (ROOT / "README.md").read_text()
    dry_run, clean, root = re.findall(r"^    (docker run .+)$", readme, re.MULTILINE)
    assert root + "\n" == command("root")
    assert shell(dry_run).status == 0
    assert kafka.is_untouched()
    ran = shell(clean)
    assert (ran.status, ran.stdout[-len(DONE) :]) == (0, DONE), ran
    assert kafka.is_clean()


def test_with_everything_taken_from_it(kafka: Cluster, shell: Shell) -> None:
    ran = shell(command("least"))
    assert (ran.status, ran.stdout[-len(DONE) :]) == (0, DONE), ran
    assert kafka.is_clean()


def test_the_line_for_dcos_node_ssh(kafka: Cluster, shell: Shell) -> None:
    """The part in quotes, run by a shell as sshd on the master runs it."""
    line = re.fullmatch(r'dcos node ssh --master-proxy --leader "(.+)"\n', command("from outside"))
    assert line is not None
    ran = shell(line[1])
    assert (ran.status, ran.stdout[-len(DONE) :]) == (0, DONE), ran
    assert kafka.is_clean()


def test_a_live_service_is_refused(kafka: Cluster, run: Janitor) -> None:
    """Rule O1; the status as `docker run` gives it."""
    ran = run("/janitor.py", "-r", "hdfs-role", "-p", "hdfs-principal", "-z", "dcos-service-hdfs")
    assert ran.status == 6, ran
    assert kafka.control.writes() == []
    assert kafka.has_znode("/dcos-service-hdfs")


# --- strict mode ----------------------------------------------------------------------------------------------------


@pytest.fixture
def secrets(strict_kafka: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the cluster's CA and a token that only its owner may read; it is the current one."""
    (tmp_path / "ca.crt").write_text(strict_kafka.ca + "\n")
    (tmp_path / "token").write_text(strict_kafka.token + "\n")
    (tmp_path / "token").chmod(0o600)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_strict_mode_with_the_ca_at_its_usual_place(strict_kafka: Cluster, secrets: Path, shell: Shell) -> None:
    """Rule C4: http that is refused is tried as https, verified by the CA of the node."""
    ran = shell(command("strict", ca=str(secrets / "ca.crt")))
    assert (ran.status, ran.stdout[-len(DONE) :]) == (0, DONE), ran
    assert strict_kafka.is_clean()


def test_strict_mode_with_everything_in_mounted_files(strict_kafka: Cluster, secrets: Path, shell: Shell) -> None:
    ran = shell(command("strict, mounted"))
    assert (ran.status, ran.stdout[-len(DONE) :]) == (0, DONE), ran
    assert strict_kafka.is_clean()


def test_without_the_ca_nothing_is_sent(strict_kafka: Cluster, run: Janitor) -> None:
    """Rule C4: 5, the usual place, and the option."""
    ran = run(*JOB, "--auth-token-file", "-", options=("-i",), stdin=strict_kafka.token)
    assert ran.status == 5, ran
    assert "/run/dcos/pki/CA/ca-bundle.crt" in ran.stderr
    assert "--ca-cert" in ran.stderr
    assert strict_kafka.is_untouched()


def test_without_a_token_the_login_is_refused(strict_kafka: Cluster, secrets: Path, run: Janitor) -> None:
    mounted = ("-v", f"{secrets}/ca.crt:/run/dcos/pki/CA/ca-bundle.crt:ro")
    ran = run(*JOB, options=mounted)
    assert ran.status == 4, ran
    assert re.search(r"\b401\b", ran.stderr)
    assert strict_kafka.is_untouched()


def test_a_token_that_its_user_may_not_read(strict_kafka: Cluster, secrets: Path, run: Janitor) -> None:
    ran = run(*JOB, "--auth-token-file", "/mnt/token", options=("-v", f"{secrets}/token:/mnt/token:ro"))
    assert ran.status == 1, ran
    assert "--auth-token-file /mnt/token cannot be read" in ran.stderr
    assert "--user" in ran.stderr


# --- an Enterprise root ---------------------------------------------------------------------------------------------


@pytest.fixture
def enterprise(
    docker: Engine, image: str, dns: Names, zookeeper_of_the_tests: str, tmp_path: Path
) -> Iterator[tuple[Cluster, str]]:
    """A cluster whose ZooKeeper is on the master's own network and has the root ACL of Enterprise; and its port."""
    with zookeeper(docker, zookeeper_of_the_tests, tmp_path, on_host=True) as hosts:
        port = hosts.rpartition(":")[2]
        with cluster(docker, image, dns, hosts) as running, connected(f"127.0.0.1:{port}") as local:
            local.set_acls("/", ENTERPRISE_ROOT)
            yield running, port


def test_on_a_bridge_an_empty_root_stays_and_the_line_that_removes_it_works(
    enterprise: tuple[Cluster, str], shell: Shell
) -> None:
    """Rule Z4: 0, named, with the line; then that line."""
    kafka, port = enterprise
    ran = shell(command("run"))
    assert ran.status == 0, ran
    assert ran.stdout.endswith(DONE)
    assert kafka.held() == 0
    assert kafka.zookeeper.get_children("/dcos-service-kafka") in ([], ["lock"])
    assert "/dcos-service-kafka" in ran.stderr
    told = re.search(
        r"docker run --rm (--network host) IMAGE (/janitor\.py -z \S+ --zookeeper 127\.0\.0\.1:2181)", ran.stderr
    )
    assert told is not None, ran.stderr
    documented = command("root").split()
    assert documented == ["docker", "run", "--rm", *told[1].split(), "janitor", *told[2].replace("-z /", "-z ").split()]

    removed = shell(command("root", zookeeper=port))
    assert removed.status == 0, removed
    assert kafka.is_clean()


def test_on_the_masters_own_network_nothing_stays(enterprise: tuple[Cluster, str], shell: Shell) -> None:
    """Rule Z4."""
    kafka, port = enterprise
    ran = shell(command("host", zookeeper=port))
    assert (ran.status, ran.stdout[-len(DONE) :]) == (0, DONE), ran
    assert kafka.is_clean()
