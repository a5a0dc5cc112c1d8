"""Invariant 6, in a container: what `docker inspect`, `docker top` and `docker logs` show of a token."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.container.cluster import Cluster, eventually
from tests.container.engine import Engine

JOB = ("/janitor.py", "-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka")
NAME = "janitor-with-a-token"


@pytest.fixture
def stuck(strict_kafka: Cluster) -> Cluster:
    """A strict cluster on which a clean-up does not come to an end, so that it can be looked at."""
    strict_kafka.control.hold_operations()
    return strict_kafka


@contextmanager
def running(
    docker: Engine, image: str, cluster: Cluster, options: list[str], words: list[str], given: str | None
) -> Iterator[None]:
    """The janitor at work, with its token; `given` goes to its standard input."""
    process = subprocess.Popen(
        ["docker", "run", "--name", NAME, *options, image, *JOB, *words],
        env=docker.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdin is not None
        process.stdin.write(given or "")
        process.stdin.close()
        eventually("the token is used", lambda: len(cluster.control.writes()) > 0)
        yield
    finally:
        docker.docker("rm", "--force", NAME)
        process.wait()


def shown(docker: Engine) -> str:
    """Everything that the engine tells of the container, while it runs and when it has ended."""
    at_work = docker.docker("top", NAME, "-eo", "pid,args").stdout
    docker.docker("stop", NAME)
    logs = docker.docker("logs", NAME)
    return at_work + docker.docker("inspect", NAME).stdout + logs.stdout + logs.stderr


def test_a_token_on_standard_input_is_shown_nowhere(docker: Engine, image: str, stuck: Cluster, tmp_path: Path) -> None:
    options = ["-i", *_ca(stuck, tmp_path)]
    with running(docker, image, stuck, options, ["--auth-token-file", "-"], stuck.token + "\n"):
        everything = shown(docker)
    assert "/janitor.py" in everything
    assert stuck.token not in everything


def test_a_token_in_a_mounted_file_is_shown_nowhere(docker: Engine, image: str, stuck: Cluster, tmp_path: Path) -> None:
    (tmp_path / "token").write_text(stuck.token)
    options = ["-v", f"{tmp_path}/token:/mnt/token:ro", *_ca(stuck, tmp_path)]
    with running(docker, image, stuck, options, ["--auth-token-file", "/mnt/token"], None):
        everything = shown(docker)
    assert "/mnt/token" in everything
    assert stuck.token not in everything


def test_a_token_on_the_command_line_is_shown_as_documented(
    docker: Engine, image: str, stuck: Cluster, tmp_path: Path
) -> None:
    """What the other two are measured against; Janitor's own output does not have it even then."""
    with running(docker, image, stuck, _ca(stuck, tmp_path), [f"--auth_token={stuck.token}", "-v"], None):
        assert stuck.token in docker.docker("inspect", NAME).stdout
        docker.docker("stop", NAME)
        logs = docker.docker("logs", NAME)
    assert "HTTP POST" in logs.stdout + logs.stderr
    assert stuck.token not in logs.stdout + logs.stderr


def _ca(cluster: Cluster, directory: Path) -> list[str]:
    (directory / "ca.crt").write_text(cluster.ca)
    return ["-v", f"{directory}/ca.crt:/run/dcos/pki/CA/ca-bundle.crt:ro"]
