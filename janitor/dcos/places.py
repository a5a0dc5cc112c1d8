"""Where a package keeps its state in ZooKeeper, by its app. Pure.

Sources: dcos-commons SchedulerUtils; mesosphere/spark-build docker/runit/service/spark/run; mesosphere/universe
repo/packages/M/marathon. What no rule here tells is not guessed: whoever deletes a znode has to know whose it is.
"""

from __future__ import annotations

import re

from janitor.dcos.marathon import App
from janitor.dcos.naming import SPARK, znode_of

SDK_MARKS = ("DCOS_COMMONS_UNINSTALL", "DCOS_COMMONS_API_VERSION", "DCOS_MIGRATION_API_VERSION")
"""Labels of packages that are built on the SDK, or on what it grew out of."""

SDK_NAMED = frozenset({"kafka", "confluent-kafka", "cassandra", "hdfs", "elastic", "kubernetes", "edgelb"})
"""Packages whose releases without such a label have `dcos-service-NAME`, too."""

_SPARK_DIRECTORY = re.compile(r"-Dspark\.deploy\.zookeeper\.dir=(\S+)")
_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def is_of_the_sdk(app: App) -> bool:
    """Whether an app has a label of a package that is built on the SDK, or on what it grew out of."""
    return any(mark in app.labels for mark in SDK_MARKS)


def znodes_of(app: App, name: str) -> tuple[str, ...]:
    """The znodes that this app may keep its state in, the likeliest first; () where nothing tells.

    name: the service's, as its scheduler spells it.
    """
    package = (app.labels.get("DCOS_PACKAGE_NAME") or "").removeprefix("beta-")
    version = app.labels.get("DCOS_PACKAGE_VERSION") or ""
    if package == "spark":
        return _of_spark(app)
    if marathon_option(app, "framework_name"):
        return _of_marathon(app)
    if package == "kafka" and version.startswith("1.0."):
        return znode_of(name), name.strip("/")
    if package == "cassandra" and version.startswith("0."):
        return ()  # below /cassandra-mesos, by the name of its Cassandra cluster
    if package in SDK_NAMED or is_of_the_sdk(app) or "SDK_VERSION" in app.env:
        return (znode_of(name),)
    return ()


def znodes_by_name(name: str) -> tuple[str, ...]:
    """What the znode of a service of this name would be called by the rules that are known, the likeliest first."""
    spark = SPARK if name.strip("/") == "spark" else f"{SPARK}_{name.replace('/', '_')}"
    return znode_of(name), spark, f"universe/{name.strip('/')}"


def _of_spark(app: App) -> tuple[str, ...]:
    """Its dispatcher's: `spark_mesos_dispatcher`, with a suffix where the service has another name than `spark`."""
    options = " ".join(app.env.values())
    if found := _SPARK_DIRECTORY.search(options):
        return (found.group(1).strip("/"),)
    name = app.labels.get("DCOS_SERVICE_NAME") or app.env.get("DCOS_SERVICE_NAME") or app.id.strip("/")
    if name.strip("/") == "spark":
        return (SPARK,)
    suffix = name.replace("/", "_")
    return f"{SPARK}_{suffix}", f"{SPARK}{suffix}"


def _of_marathon(app: App) -> tuple[str, ...]:
    """The path of its `--zk zk://HOSTS/PATH`; the package's is `universe/NAME`."""
    url = marathon_option(app, "zk") or app.env.get("MARATHON_ZK", "")
    path = url.removeprefix("zk://").partition("/")[2].strip("/")
    return (path,) if path and "$" not in path else ()


def marathon_option(app: App, option: str) -> str:
    """What a Marathon that is itself an app is started with (`--framework_name`, `--zk`, ...); "" for nothing."""
    words = " ".join([app.cmd or "", *app.args])
    found = re.search(rf"(?:^|\s)--{option}[= ]\s*(?:\"([^\"]*)\"|'([^']*)'|(\S+))", words)
    value = next((group for group in found.groups() if group), "") if found else ""
    return _VARIABLE.sub(lambda match: app.env.get(match[1] or match[2], match[0]), value)
