"""The documented block, run as it is printed: the real DC/OS CLI, a real sshd, Docker, and Janitor's image.

The sandbox plays DC/OS 1.9 (Mesos 1.2): the CLI reads /master/state.json, which Mesos has up to 1.7.
"""

from __future__ import annotations

from tests.container.documents import commands
from tests.container.legacy import DONE, install
from tests.container.master import Laptop


def test_the_documented_block(legacy: Laptop) -> None:
    """Its three lines in one shell; the CLI's confirmation is typed on a terminal."""
    cluster = legacy.cluster
    kafka = install(cluster, "kafka", "kafka-principal")
    hdfs = install(cluster, "hdfs", "hdfs-principal", port=9001)
    held = cluster.held("hdfs-role")

    ran = legacy.on_terminal(commands("docs/legacy.md")["by hand"], ["kafka"])
    assert ran.status == 0, ran.output
    assert "Uninstalled package [kafka]" in ran.output
    assert DONE in ran.output

    truth = cluster.control.truth()
    assert cluster.dcos.apps() == ["/hdfs"]
    assert kafka.framework_id not in truth["frameworks"]
    assert cluster.held("kafka-role") == 0
    assert not cluster.has_znode("/dcos-service-kafka")

    assert hdfs.framework_id in truth["frameworks"]
    assert cluster.held("hdfs-role") == held > 0
    assert cluster.has_znode("/dcos-service-hdfs")


def test_a_refused_confirmation_leaves_everything(legacy: Laptop) -> None:
    """The CLI calls it a success, and the next line is run: Janitor sees that the service lives (rule O1)."""
    cluster = legacy.cluster
    kafka = install(cluster, "kafka", "kafka-principal")
    held = cluster.held("kafka-role")
    ran = legacy.on_terminal(commands("docs/legacy.md")["by hand"], ["no", "no", "no"])
    assert ran.status == 6, ran.output
    assert "(rule O1 live-owner)" in ran.output
    assert cluster.dcos.apps() == ["/kafka"]
    assert kafka.framework_id in cluster.control.truth()["frameworks"]
    assert cluster.held("kafka-role") == held > 0
    assert cluster.has_znode("/dcos-service-kafka")
