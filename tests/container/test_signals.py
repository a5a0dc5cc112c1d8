"""Ctrl-C and `docker stop`: the janitor is a container's first process, which no signal ends by itself."""

from __future__ import annotations

import os
import pty
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.clock import HANGS
from tests.container.cluster import READ_ONLY, Cluster, eventually
from tests.container.conftest import without
from tests.container.engine import Engine

JOB = ("/janitor.py", "-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka")
PATIENCE = int(HANGS)
"""Seconds after which the engine kills what does not listen."""
AT_ONCE = PATIENCE / 2
"""Seconds, all of which the engine may take on a busy machine."""


@contextmanager
def started(docker: Engine, image: str, *words: str, options: tuple[str, ...] = ()) -> Iterator[str]:
    """A container in the background; its id."""
    container = docker.docker("run", "--detach", *options, image, *words).stdout.strip()
    try:
        yield container
    finally:
        docker.docker("rm", "--force", container)


def stop(docker: Engine, container: str) -> float:
    """`docker stop`; how many seconds it took."""
    before = time.monotonic()
    docker.docker("stop", "--time", str(PATIENCE), container, timeout=PATIENCE + HANGS)
    return time.monotonic() - before


def status(docker: Engine, container: str) -> int:
    return int(docker.docker("inspect", "--format", "{{.State.ExitCode}}", container).stdout)


@pytest.fixture
def stuck(kafka: Cluster) -> Cluster:
    """A cluster on which a clean-up does not come to an end: what the agents are sent does not arrive."""
    kafka.control.hold_operations()
    return kafka


@pytest.mark.parametrize("words", [JOB, ("/bin/sh", "-c", " ".join(JOB))], ids=["as it is", "by Marathon's shell"])
def test_docker_stop_ends_it_at_once(docker: Engine, image: str, stuck: Cluster, words: tuple[str, ...]) -> None:
    with started(docker, image, *words) as container:
        eventually("something is sent", lambda: len(stuck.control.writes()) > 0)
        assert stop(docker, container) < AT_ONCE
        assert status(docker, container) == 143
        logs = docker.docker("logs", container)
    assert "kafka-role" in logs.stdout
    assert "Cleanup completed successfully." not in logs.stdout
    assert "interrupted" in logs.stderr.lower()
    assert "Traceback" not in logs.stderr
    assert stuck.has_znode()


def test_what_is_done_and_what_is_not_is_said(docker: Engine, image: str, stuck: Cluster) -> None:
    with started(docker, image, *JOB) as container:
        eventually("something is sent", lambda: len(stuck.control.writes()) > 0)
        stop(docker, container)
        said = docker.docker("logs", container).stderr
    agents = stuck.control.truth()["agents"]
    holding = [agent for agent in agents if stuck.control.held_by(agent, "kafka-role")]
    assert len(holding) == 4
    assert [agent for agent in holding if agent not in said] == [], said
    assert "dcos-service-kafka" in said


def test_ctrl_c_on_a_terminal(docker: Engine, image: str, stuck: Cluster) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        ["docker", "run", "--rm", "--interactive", "--tty", image, *JOB],
        env=docker.environment,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    os.close(theirs)
    try:
        eventually("something is sent", lambda: len(stuck.control.writes()) > 0)
        os.write(ours, b"\x03")
        before = time.monotonic()
        said = process.communicate(timeout=PATIENCE)[0].decode()
        assert time.monotonic() - before < AT_ONCE
    finally:
        process.kill()
        process.wait()
        os.close(ours)
    assert process.returncode == 130, said
    assert "Traceback" not in said


@pytest.mark.parametrize("_again", range(3))
def test_a_signal_that_comes_before_anything_else(docker: Engine, image: str, tmp_path: Path, _again: int) -> None:
    """It is handled from our first line on, while the rest of the program is still being imported.

    Before that line, while Python itself starts, the kernel gives no signal to a container's first process. It would
    wait for a token that nobody writes: so it does not end by itself, however late the signal is.
    """
    os.mkfifo(tmp_path / "token")
    (tmp_path / "token").chmod(0o644)
    options = ("--network", "none", "-v", f"{tmp_path}/token:/mnt/token:ro")
    with started(docker, image, *JOB, "--auth-token-file", "/mnt/token", options=options) as container:
        pid = int(docker.docker("inspect", "--format", "{{.State.Pid}}", container).stdout)
        if not Path(f"/proc/{pid}").exists():
            without("the containers' processes are not this machine's")
        eventually("SIGTERM is handled", lambda: catches(pid, signal.SIGTERM))
        assert stop(docker, container) < AT_ONCE
        assert status(docker, container) == 143


def catches(pid: int, signum: int) -> bool:
    """Whether a process handles a signal (proc(5), SigCgt)."""
    found = re.search(r"^SigCgt:\s*([0-9a-f]+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found is not None
    return bool(int(found[1], 16) >> (signum - 1) & 1)


def test_the_sandbox_ends_at_once_too(docker: Engine, image: str) -> None:
    with started(docker, image, "sandbox", options=READ_ONLY) as container:
        eventually("it is ready", lambda: "Ctrl-C ends it." in docker.docker("logs", container).stdout)
        assert stop(docker, container) < AT_ONCE
        assert status(docker, container) == 0
