"""Docker for real: the engine, the images and the clusters of these tests.

What a machine lacks skips the tests that need it, with the reason; with CI=true it is a failure. Fixtures last as long
as this package does: other runs of the tests may be waiting for the engine.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import pytest

os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")  # an image more; containers are removed by ourselves

from tests.clock import HANGS
from tests.container.cluster import Cluster, cluster, zookeeper
from tests.container.engine import Engine, NoEngine, engine
from tests.container.images import NoImage, base_image, janitor_image, zookeeper_image
from tests.container.master import Laptop, laptop, master_image
from tests.container.names import Names
from tests.sandbox.dcos_cli import Cli, dcos_cli_or_skip

FIRST_TIME = 1800
"""Seconds: on a new machine the first test waits for the images, and for other tests that use the engine."""

Janitor = Callable[..., "Ran"]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a `docker run` ended."""

    status: int
    stdout: str
    stderr: str


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every test here have the time that the first one needs."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.timeout(FIRST_TIME))


def without(reason: object) -> NoReturn:
    """What is needed is not here."""
    if os.environ.get("CI") == "true":
        pytest.fail(str(reason), pytrace=False)
    pytest.skip(str(reason))


@pytest.fixture(scope="package")
def docker(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """The engine."""
    terminal = request.config.get_terminal_writer()

    def say(words: str) -> None:
        terminal.line()
        terminal.line(words)

    with ExitStack() as stack:
        try:
            started = stack.enter_context(engine(say))
        except NoEngine as error:
            without(error)
        yield started


@pytest.fixture(scope="package")
def names(docker: Engine) -> Iterator[Names | None]:
    """The DNS server that the engine hands to its containers; None for an engine that is not our own."""
    if not docker.own:
        yield None
        return
    with Names(docker.gateway) as served:
        yield served


@pytest.fixture(scope="package")
def base(docker: Engine, names: Names | None) -> str:
    """What the image is based on."""
    try:
        return base_image(docker)
    except NoImage as error:
        without(error)


@pytest.fixture(scope="package")
def image(docker: Engine, base: str) -> str:
    """Janitor's image."""
    return janitor_image(docker, base)


@pytest.fixture(scope="package")
def dns(names: Names | None) -> Names:
    """The DNS server, for tests that cannot do without."""
    if names is None:
        without("leader.mesos resolves only on an engine of our own, which needs root on Linux and dockerd")
    return names


@pytest.fixture(scope="package")
def zookeeper_of_the_tests(docker: Engine, base: str, dns: Names, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image of a ZooKeeper."""
    return zookeeper_image(docker, base)


@pytest.fixture(scope="package")
def ensemble(docker: Engine, zookeeper_of_the_tests: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A ZooKeeper on the engine's bridge: HOST:PORT. Clusters share it one after another."""
    with zookeeper(docker, zookeeper_of_the_tests, tmp_path_factory.mktemp("zookeeper")) as hosts:
        yield hosts


@pytest.fixture
def kafka(docker: Engine, image: str, dns: Names, ensemble: str) -> Iterator[Cluster]:
    """A cluster with an abandoned Kafka, open to everybody."""
    with cluster(docker, image, dns, ensemble) as running:
        yield running


@pytest.fixture
def strict_kafka(docker: Engine, image: str, dns: Names, ensemble: str) -> Iterator[Cluster]:
    """The same in strict mode: https everywhere, and everybody asks for a token."""
    with cluster(docker, image, dns, ensemble, "--https", "--strict") as running:
        yield running


@pytest.fixture(scope="package")
def run(docker: Engine, image: str) -> Janitor:
    """Run the image: `run("/janitor.py", "-h", options=("--read-only",))`. The container is removed afterwards."""

    def docker_run(*words: str, options: tuple[str, ...] = (), stdin: str | None = None, timeout: float = HANGS) -> Ran:
        ran = docker.docker("run", "--rm", *options, image, *words, stdin=stdin, timeout=timeout, check=False)
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    return docker_run


@pytest.fixture
def shell(docker: Engine, image: str) -> Callable[[str], Ran]:
    """Run a line as an operator types it, on a machine that has the image under the name that the documents use."""

    def type_line(line: str) -> Ran:
        ran = subprocess.run(
            ["/bin/sh", "-c", line], env=docker.environment, capture_output=True, text=True, timeout=HANGS
        )
        return Ran(ran.returncode, ran.stdout, ran.stderr)

    return type_line


@pytest.fixture(scope="package")
def master(docker: Engine, base: str, dns: Names) -> str:
    """The image of what plays the leading master where ssh is wanted."""
    return master_image(docker, base)


@pytest.fixture
def legacy(docker: Engine, image: str, master: str, dns: Names, ensemble: str, tmp_path: Path) -> Iterator[Laptop]:
    """A laptop before a cluster of DC/OS 1.9, on which nothing is installed yet."""
    cli = Cli(dcos_cli_or_skip(), tmp_path)
    with (
        cluster(docker, image, dns, ensemble, "--version", "1.2", "--scenario", "plain") as running,
        laptop(docker, master, running, cli) as found,
    ):
        yield found


@pytest.fixture
def strict_legacy(
    docker: Engine, image: str, master: str, dns: Names, ensemble: str, tmp_path: Path
) -> Iterator[Laptop]:
    """The same in strict mode: https everywhere, and everybody asks for a token, which the CLI has."""
    cli = Cli(dcos_cli_or_skip(), tmp_path)
    options = ("--version", "1.2", "--scenario", "plain", "--https", "--strict")
    with (
        cluster(docker, image, dns, ensemble, *options) as running,
        laptop(docker, master, running, cli, token=running.token, ca=running.ca) as found,
    ):
        yield found
