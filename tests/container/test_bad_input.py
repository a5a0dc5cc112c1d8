"""A container in the wrong place: one clear line that says what was tried, and which option changes it."""

from __future__ import annotations

from tests.container.cluster import Cluster
from tests.container.conftest import Janitor, Ran
from tests.container.engine import Engine
from tests.container.names import Names

JOB = ("/janitor.py", "-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka", "--timeout", "3s")


def told(ran: Ran, *words: str) -> None:
    """It ended with 5; what and why have all of these words, and a line below them is the command."""
    assert ran.status == 5, ran
    assert "Traceback" not in ran.stderr
    lines = ran.stderr.splitlines()
    found = [number for number, line in enumerate(lines) if line.startswith("janitor: ")]
    assert found, ran.stderr
    first = " ".join(lines[found[0] : found[0] + 2])
    assert [word for word in words if word not in first] == [], ran.stderr
    assert any(line.endswith(" -m http://MASTER:5050/master/") for line in lines[found[0] + 2 :]), ran.stderr


def test_without_a_network(run: Janitor) -> None:
    told(run(*JOB, options=("--network", "none")), "http://leader.mesos:5050/master/", "name resolution")


def test_a_name_that_nobody_knows(run: Janitor, dns: Names) -> None:
    told(run(*JOB), "http://leader.mesos:5050/master/", "leader.mesos cannot be looked up", "name or service not known")


def test_a_machine_that_is_no_master(run: Janitor, dns: Names, docker: Engine) -> None:
    with dns.having(leader__mesos=docker.gateway):
        told(run(*JOB), "http://leader.mesos:5050/master/", "refused")


def test_a_zookeeper_that_is_not_there(kafka: Cluster, run: Janitor) -> None:
    """The reservations go, the znode stays, and the status is 5."""
    ran = run(*JOB[:-1], "20s", "--zookeeper", "zk-9.zk:2181")
    assert ran.status == 5, ran
    assert "zk-9.zk" in ran.stderr
    assert "--zookeeper" in ran.stderr
    assert kafka.has_znode()


def test_a_file_that_is_not_mounted(run: Janitor) -> None:
    ran = run(*JOB, "--auth-token-file", "/run/token", options=("--network", "none"))
    assert ran.status == 1, ran
    assert "/run/token" in ran.stderr
    assert "docker run -v" in ran.stderr
