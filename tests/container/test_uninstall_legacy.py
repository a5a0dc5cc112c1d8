"""scripts/uninstall-legacy with real parts: the DC/OS CLI, ssh, sshd, Docker, Janitor's image."""

from __future__ import annotations

import shlex

from tests.clock import HANGS
from tests.container.cluster import eventually
from tests.container.documents import ROOT, commands
from tests.container.engine import Engine
from tests.container.legacy import install
from tests.container.master import Laptop

WRAPPER = str(ROOT / "scripts/uninstall-legacy")


def test_the_wrapper_as_documented(legacy: Laptop) -> None:
    cluster = legacy.cluster
    kafka = install(cluster, "kafka", "kafka-principal")
    hdfs = install(cluster, "hdfs", "hdfs-principal", port=9001)
    held = cluster.held("hdfs-role")

    ran = legacy.on_terminal(f"cd {ROOT} && {commands('docs/legacy.md')['wrapper']}", ["kafka"])
    assert ran.status == 0, ran.output
    assert "kafka is gone." in ran.output.splitlines()[-1]
    assert cluster.dcos.apps() == ["/hdfs"]
    assert kafka.framework_id not in cluster.control.truth()["frameworks"]
    assert cluster.held("kafka-role") == 0
    assert not cluster.has_znode("/dcos-service-kafka")
    assert hdfs.framework_id in cluster.control.truth()["frameworks"]
    assert cluster.held("hdfs-role") == held > 0
    assert cluster.has_znode("/dcos-service-hdfs")

    again = legacy.run(f"{WRAPPER} kafka --yes")
    assert again.status == 0, again.output


def test_a_service_that_reserved_under_its_packages_name(legacy: Laptop) -> None:
    """Rule S4: the wrapper shows whose the reservations are, and runs Janitor again when it may."""
    events = install(legacy.cluster, "events", "kafka-principal")
    ran = legacy.on_terminal(f"{WRAPPER} events", ["events", "yes"])
    assert ran.status == 0, ran.output
    assert "principal kafka-principal holds" in ran.output
    assert legacy.cluster.held(events.role) == 0
    assert not legacy.cluster.has_znode("/dcos-service-events")


def test_odd_names_arrive_through_every_shell(legacy: Laptop) -> None:
    """Three shells stand between: one here, one on the way, one on the master; and one in the container."""
    role, principal, znode = 'it\'s;$HOME`id`"x"', "a 'b' \"$HOME\"; touch /tmp/pwned", "dcos-service-odd $(id) 'x'"
    cluster = legacy.cluster
    odd = install(cluster, "odd", principal, role=role)
    cluster.zookeeper.create(f"/{znode}", b"")
    words = [WRAPPER, "odd", "--role", role, "--principal", principal, "--znode", znode, "--yes"]
    ran = legacy.run(shlex.join(words))
    assert ran.status == 0, ran.output
    assert cluster.held(odd.role) == 0
    assert not cluster.has_znode(f"/{znode}")
    assert cluster.has_znode("/dcos-service-odd"), "it was not named"
    assert legacy.on_master("ls /tmp/pwned").startswith("ls: cannot access")


def test_in_strict_mode_the_token_is_shown_nowhere(strict_legacy: Laptop, docker: Engine) -> None:
    """While Janitor works: no process on the master or in its container, and no `docker inspect`, has the token."""
    cluster = strict_legacy.cluster
    kafka = install(cluster, "kafka", "kafka-principal")
    cluster.control.hold_operations()
    process = strict_legacy.begin(f"{WRAPPER} kafka --yes")
    try:
        eventually("Janitor is at work", lambda: len(cluster.control.writes()) > 0)
        running = docker.docker("ps", "--quiet").stdout.split()
        shown = docker.docker("inspect", *running).stdout
        shown += "".join(docker.docker("top", each, "-eo", "pid,args").stdout for each in running)
        shown += strict_legacy.on_master("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
        cluster.control.release_operations()
        output, _ = process.communicate(timeout=HANGS)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0, output
    assert cluster.held(kafka.role) == 0
    assert "--auth-token-file -" in shown
    assert cluster.token not in shown
    assert cluster.token not in output


def test_docker_is_missing_on_the_master(legacy: Laptop) -> None:
    kafka = install(legacy.cluster, "kafka", "kafka-principal")
    legacy.on_master("mv /usr/bin/docker /usr/bin/docker.away")
    ran = legacy.run(f"{WRAPPER} kafka --yes")
    assert ran.status == 5, ran.output
    assert "Docker is missing on the leading master." in ran.output
    assert legacy.cluster.dcos.apps() == ["/kafka"]
    assert legacy.cluster.held(kafka.role) > 0
