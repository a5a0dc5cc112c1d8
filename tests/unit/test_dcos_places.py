"""Where known packages keep their state in ZooKeeper, by their apps (spark-build, universe, dcos-commons)."""

from __future__ import annotations

import pytest

from janitor.dcos.marathon import App
from janitor.dcos.places import marathon_option, znodes_by_name, znodes_of


def app(id: str, *, cmd: str = "", env: dict[str, str] | None = None, **labels: str) -> App:
    return App(id, cmd, (), None, env or {}, labels, None, 1, ())


MARATHON = "./bin/start --framework_name {name} --master zk://master.mesos:2181/mesos --zk {zk} --mesos_role users"


@pytest.mark.parametrize(
    ("seen", "name", "znodes"),
    [
        (app("/kafka", DCOS_COMMONS_UNINSTALL="true"), "kafka", ("dcos-service-kafka",)),
        (app("/a/kafka", DCOS_MIGRATION_API_VERSION="v1"), "/a/kafka", ("dcos-service-a__kafka",)),
        (app("/k", DCOS_PACKAGE_NAME="beta-kafka", DCOS_PACKAGE_VERSION="1.1.9"), "k", ("dcos-service-k",)),
        (app("/k", DCOS_PACKAGE_NAME="kafka", DCOS_PACKAGE_VERSION="1.0.9"), "k", ("dcos-service-k", "k")),
        (app("/c", DCOS_PACKAGE_NAME="cassandra", DCOS_PACKAGE_VERSION="0.2.0"), "c", ()),
        (app("/spark", DCOS_PACKAGE_NAME="spark", DCOS_SERVICE_NAME="spark"), "spark", ("spark_mesos_dispatcher",)),
        (
            app("/path/to/spark", DCOS_PACKAGE_NAME="spark", DCOS_SERVICE_NAME="/path/to/spark"),
            "/path/to/spark",
            ("spark_mesos_dispatcher__path_to_spark", "spark_mesos_dispatcher_path_to_spark"),
        ),
        (
            app("/s", env={"OPTS": "-Dspark.deploy.zookeeper.dir=/own/place -Dx=y"}, DCOS_PACKAGE_NAME="spark"),
            "s",
            ("own/place",),
        ),
        (
            app("/mom", cmd=MARATHON.format(name="mom", zk="zk://zk-1.zk:2181,zk-2.zk:2181/universe/mom")),
            "mom",
            ("universe/mom",),
        ),
        (app("/mom", cmd=MARATHON.format(name="mom", zk='"zk://m:2181/x/$NAME"'), env={"NAME": "n"}), "mom", ("x/n",)),
        (app("/mom", cmd=MARATHON.format(name="mom", zk="zk://m:2181/x/$NAME")), "mom", ()),
        (app("/jenkins", DCOS_PACKAGE_NAME="jenkins"), "jenkins", ()),
        (app("/burrow", env={"ZK": "zk://master.mesos:2181/dcos-service-kafka"}), "burrow", ()),
    ],
)
def test_the_znodes_of_an_app(seen: App, name: str, znodes: tuple[str, ...]) -> None:
    """What no rule tells is not guessed: an app that only uses Kafka's ZooKeeper has no znode of its own there."""
    assert znodes_of(seen, name) == znodes


def test_without_an_app_the_names_that_the_rules_would_give() -> None:
    assert znodes_by_name("spark") == ("dcos-service-spark", "spark_mesos_dispatcher", "universe/spark")
    assert znodes_by_name("/a/b")[0] == "dcos-service-a__b"


def test_options_of_a_marathon() -> None:
    command = "LIBPROCESS_PORT=$PORT1 && ./bin/start --framework_name 'a b' --zk=zk://h/p --mesos_role ${ROLE}"
    seen = app("/m", cmd=command, env={"ROLE": "r"})
    assert [marathon_option(seen, one) for one in ("framework_name", "zk", "mesos_role", "master")] == [
        "a b", "zk://h/p", "r", "",
    ]  # fmt: skip
