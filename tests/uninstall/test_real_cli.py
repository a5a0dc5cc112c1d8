"""The real DC/OS CLI sees the same before and after; Janitor takes the cluster that the CLI is attached to."""

from __future__ import annotations

from pathlib import Path

from janitor.cli.engine import Engine
from janitor.sandbox.dcos.cluster import Asks
from tests.cli.terminal import janitor
from tests.sandbox.dcos_cli import Cli, dcos_cli_or_skip
from tests.uninstall.conftest import Make
from tests.uninstall.scene import token


def names(table: str) -> list[str]:
    return [line.split()[0].strip("/") for line in table.strip().splitlines()[1:]]


def test_the_cli_lists_it_before_and_not_after(make: Make, tmp_path: Path) -> None:
    """Mesos 1.4 is DC/OS 1.10: the first that lets schedulers uninstall themselves, and one that this CLI can read."""
    cli = Cli(dcos_cli_or_skip(), tmp_path)
    scene = make("1.4", asks=Asks.ADMIN_ROUTER)
    given = scene.dcos.issue_token("admin")
    scene.credentials = token(given)
    cli.attach(scene.url, given)
    scene.services.run("kafka")
    scene.services.run("hdfs", pods=[{"kind": "name", "count": 2, "task": "node", "port": 9003}])
    for listing in (("service",), ("marathon", "app", "list"), ("package", "list")):
        assert set(names(cli(*listing).stdout)) == {"hdfs", "kafka"}, listing
    environ = {"HOME": str(tmp_path)}
    ran = janitor("uninstall", "kafka", "--yes", engine=Engine(), environ=environ)
    assert ran.status == 0, ran.stderr
    assert f"at {scene.url}, which the DC/OS CLI is attached to" in ran.stderr
    assert given not in ran.stdout + ran.stderr
    for listing in (("service", "--inactive"), ("marathon", "app", "list"), ("package", "list")):
        assert names(cli(*listing).stdout) == ["hdfs"], listing
    scene.accepted("kafka", "kafka-role")
