"""`janitor sandbox` as a person runs it: what it prints is there, the commands it prints work, and it ends at once."""

from __future__ import annotations

import gc
import io
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
import requests

from janitor.sandbox import Sandbox
from janitor.sandbox.command import ZOOKEEPER_PATIENCE, main
from janitor.sandbox.greeting import where_to_try
from janitor.sandbox.ports import claimed_port
from tests.clock import HANGS
from tests.conformance.client import eventually
from tests.zookeeper.server import ZooKeeperServer, zookeeper_or_skip

ROOT = Path(__file__).parents[2]
START = "import sys; from janitor.sandbox.command import main; sys.exit(main(sys.argv[1:], sys.stdout, sys.stderr))"


class Running:
    """The command in a process of its own, once it has said everything."""

    def __init__(self, process: subprocess.Popen[str], said: str) -> None:
        self.process = process
        self.said = said

    def url(self, name: str) -> str:
        found = re.search(rf"^  {name} +(\S+)$", self.said, re.MULTILINE)
        assert found is not None, self.said
        return found[1]

    @property
    def commands(self) -> list[str]:
        return re.findall(r"^    (janitor .+)$", self.said, re.MULTILINE)

    def end(self, signum: int) -> tuple[int, str]:
        """Signal it; its status and stderr."""
        self.process.send_signal(signum)
        _, stderr = self.process.communicate(timeout=HANGS)
        return self.process.returncode, stderr


def test_where_janitor_is_no_command_it_says_how_it_becomes_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "a b"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [*where_to_try()] == ["Try in another terminal:"]
    (tmp_path / "a b" / "bin").mkdir(parents=True)
    (tmp_path / "a b" / "bin" / "activate").touch()
    assert f"    . '{tmp_path}/a b/bin/activate'" in [*where_to_try()]
    (tmp_path / "janitor").touch(mode=0o755)
    assert [*where_to_try()] == ["Try in another terminal:"]


@contextmanager
def running(*arguments: str) -> Iterator[Running]:
    process = subprocess.Popen(
        [sys.executable, "-c", START, *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = ""
        while line := process.stdout.readline():
            said += line
            if line == "Ctrl-C ends it.\n":
                break
        yield Running(process, said)
    finally:
        process.kill()
        process.communicate()


def run(*arguments: str) -> tuple[int, str, str]:
    stdout, stderr = io.StringIO(), io.StringIO()
    status = main(arguments, stdout, stderr)
    return status, stdout.getvalue(), stderr.getvalue()


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_it_says_what_is_there_and_ends_at_once(signum: int) -> None:
    with running("--version", "1.9") as sandbox:
        assert sandbox.said.startswith("Mesos 1.9.0 with 5 agents: ")
        assert requests.get(sandbox.url("Master") + "version", timeout=HANGS).json()["version"] == "1.9.0"
        assert requests.get(sandbox.url("Marathon") + "hdfs", timeout=HANGS).status_code == 200
        assert requests.get(sandbox.url("Admin Router") + "/mesos/slaves", timeout=HANGS).status_code == 200
        assert requests.post(sandbox.url("Control") + "/mesos/truth", json={}, timeout=HANGS).status_code == 200
        assert "--with-zookeeper starts Debian's" in sandbox.said
        assert not any("-z " in command for command in sandbox.commands)
        assert sandbox.end(signum) == (0, "")


def test_it_ends_at_once_while_it_starts() -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", START, "--scenario", "big", "--agents", "10000"],  # seconds of work: it is not done yet
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        tasks = Path(f"/proc/{process.pid}/task")
        eventually(lambda: len(list(tasks.iterdir())) >= 2)  # the sandbox's own thread is there
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=HANGS)
        assert (process.returncode, stdout, stderr) == (0, "", "")
    finally:
        process.kill()
        process.communicate()


def test_ctrl_c_before_the_cluster_is_begun_leaves_nothing_that_python_tells_about(
    monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    def interrupted(_: object) -> None:
        raise KeyboardInterrupt

    sandbox = Sandbox(agents=0)
    with monkeypatch.context() as patch:
        patch.setattr(sandbox.host, "run", interrupted)
        with suppress(KeyboardInterrupt):
            sandbox.start()
    sandbox.host.stop()
    gc.collect()
    assert [str(warning.message) for warning in recwarn] == []


def test_the_commands_that_it_prints_work() -> None:
    zookeeper_or_skip()
    with running("--with-zookeeper", "--masters", "2") as sandbox:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("JANITOR_")}
        statuses = []
        for command in sandbox.commands:
            words = [sys.executable, "-m", "janitor", *command.split()[1:]]
            ran = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=HANGS)
            statuses.append((ran.returncode, ran.stderr if ran.returncode not in (0, 6) else ""))
        assert statuses == [(0, ""), (0, ""), (0, ""), (6, "")]
        slaves = requests.get(sandbox.url("Master") + "slaves", timeout=HANGS).text
        assert "kafka-role" not in slaves
        assert "hdfs-role" in slaves
        explorer = sandbox.url("Exhibitor") + "exhibitor/v1/explorer/node?key=/"
        titles = [each["title"] for each in requests.get(explorer, timeout=HANGS).json()]
        assert "dcos-service-kafka" not in titles
        assert "dcos-service-hdfs" in titles
        assert sandbox.end(signal.SIGTERM) == (0, "")


@pytest.mark.parametrize(
    "scenario, options, statuses",
    [
        ("kafka-live", ("--https", "--strict"), [10, 6, 0, 0]),
        ("kafka-stuck-agent", (), [10, 0]),
        ("kafka-legacy", ("--version", "1.2"), [10, 0]),
        ("shared-role", (), [6, 0, 0]),
        ("city", (), [10, 0, 10, 6, 6, 5]),
    ],
)
def test_the_commands_of_a_service_s_rehearsal_work(
    scenario: str, options: tuple[str, ...], statuses: list[int]
) -> None:
    zookeeper_or_skip()
    with running("--with-zookeeper", "--scenario", scenario, *options) as sandbox:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("JANITOR_")}
        ended = []
        for command in sandbox.commands:
            asks = " uninstall " in command or " shutdown " in command
            words = [sys.executable, "-m", "janitor", *command.split()[1:], *(["--yes"] if asks else [])]
            ran = subprocess.run(words, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=HANGS)
            ended.append((ran.returncode, ran.stderr if ran.returncode not in statuses else ""))
        assert ended == [(status, "") for status in statuses]
        assert sandbox.end(signal.SIGTERM) == (0, "")


def test_over_https_with_tokens_and_at_a_chosen_port() -> None:
    with (
        claimed_port() as port,
        running("--https", "--strict", "--port", str(port), "--scenario", "plain", "--agents", "2") as sandbox,
    ):
        assert sandbox.url("Master") == f"https://127.0.0.1:{port}/master/"
        (command,) = sandbox.commands
        found = re.search(r"--ca-cert (\S+) --auth-token-file (\S+)", command)
        assert found is not None, command
        certificate, token = Path(found[1]), Path(found[2])
        assert token.stat().st_mode & 0o777 == 0o600
        url = sandbox.url("Master") + "slaves"
        assert requests.get(url, verify=str(certificate), timeout=HANGS).status_code == 401
        headers = {"Authorization": f"token={token.read_text()}"}
        slaves = requests.get(url, verify=str(certificate), headers=headers, timeout=HANGS).json()["slaves"]
        assert len(slaves) == 2
        assert sandbox.end(signal.SIGTERM) == (0, "")
        assert not certificate.exists()
        assert not token.exists()


def test_a_zookeeper_that_is_not_empty_is_left_alone() -> None:
    zookeeper_or_skip()
    with ZooKeeperServer() as server:
        with server.connected() as client:
            client.create("/mesos/json.info_0000000001", b"{}", makepath=True)
        status, stdout, stderr = run("--zookeeper", server.address)
        assert (status, stdout) == (5, "")
        assert stderr.splitlines() == [
            f"janitor sandbox: the ZooKeeper at {server.address} is not empty: it has /mesos; name one that is"
        ]
        with server.connected() as client:
            assert client.get_children("/mesos") == ["json.info_0000000001"]
            client.delete("/mesos", recursive=True)
        with running("--zookeeper", server.address) as sandbox:
            assert sandbox.url("ZooKeeper") == server.address
            assert sandbox.end(signal.SIGINT) == (0, "")
        with server.connected() as client:
            assert client.get_children("/") == ["zookeeper"], "what it wrote it took out again"


@pytest.mark.parametrize(
    "arguments, words",
    [
        (["--scenario", "cassandra"], "invalid choice: 'cassandra'"),
        (["--version", "one"], "'one' is no Mesos release"),
        (["--agents", "0"], "'0' is no number from 1"),
        (["--agents", "7"], "the scenario kafka always has 5 agents"),
        (["--port", "70000"], "'70000' is no number from 1 to 65535"),
        (["--scen", "kafka"], "unrecognized arguments: --scen kafka"),
        (["extra"], "unrecognized arguments: extra"),
        (["--zookeeper", "h:1", "--with-zookeeper"], "not allowed with"),
    ],
)
def test_a_wrong_command_line_is_one_line_and_1(arguments: list[str], words: str) -> None:
    status, stdout, stderr = run(*arguments)
    assert (status, stdout) == (1, "")
    assert words in stderr
    assert len(stderr.splitlines()) == 1


def test_help() -> None:
    status, stdout, stderr = run("--help")
    assert (status, stderr) == (0, "")
    for word in ("--scenario", "--with-zookeeper", "an abandoned Kafka", "Nothing real is touched"):
        assert word in stdout
    assert max(map(len, stdout.splitlines())) <= 80


def test_a_port_that_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, _, stderr = run("--scenario", "plain", "--port", str(port))
    assert status == 5
    assert stderr == f"janitor sandbox: port {port} cannot be used: Address already in use\n"


def test_a_zookeeper_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("janitor.sandbox.command.ZOOKEEPER_PATIENCE", 0.3)
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{nobody.getsockname()[1]}"
        status, _, stderr = run("--zookeeper", address)
    assert status == 5
    assert stderr == f"janitor sandbox: no ZooKeeper answers at {address}\n"


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_at_once_while_a_zookeeper_is_silent_and_says_what_it_waited_for(signum: int) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(HANGS)
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        process = subprocess.Popen(
            [sys.executable, "-c", START, "--zookeeper", address],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            connection, _ = silent.accept()
            with connection:
                connection.recv(1)  # it asks for a session, and is never answered
                process.send_signal(signum)
                began = time.monotonic()
                stdout, stderr = process.communicate(timeout=HANGS)
                took = time.monotonic() - began
        finally:
            process.kill()
            process.communicate()
    assert (process.returncode, stdout) == (0, "")
    assert stderr == f"janitor sandbox: ended; the ZooKeeper at {address} did not answer\n"
    assert took < ZOOKEEPER_PATIENCE / 2, "as long as ZooKeeper's client waits by itself"


def test_without_debians_zookeeper_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    status, _, stderr = run("--with-zookeeper")
    assert status == 5
    assert stderr.startswith(
        "janitor sandbox: no ZooKeeper: there is no java (Debian: apt-get install libzookeeper-java"
    )


@pytest.mark.parametrize(
    "address, words",
    [
        ("0.0.0.0", "--listen takes one address, by which the masters and agents will be known"),
        ("no-such-host.invalid", "--listen no-such-host.invalid cannot be resolved"),
        ("192.0.2.77", "address 192.0.2.77 cannot be used: Cannot assign requested address"),
    ],
)
def test_an_address_that_cannot_be_listened_on(address: str, words: str) -> None:
    status, stdout, stderr = run("--scenario", "plain", "--listen", address)
    assert (status, stdout) == (5, "")
    assert stderr.startswith(f"janitor sandbox: {words}")
    assert stderr.count("\n") == 1


def test_it_listens_where_it_is_told() -> None:
    with running("--scenario", "plain", "--agents", "1", "--listen", "127.0.0.2") as sandbox:
        for part in ("Master", "Exhibitor", "Marathon", "Admin Router", "Control"):
            assert "//127.0.0.2:" in sandbox.url(part)
        agents = requests.get(sandbox.url("Master") + "slaves", timeout=HANGS).json()["slaves"]
        assert [agent["hostname"] for agent in agents] == ["127.0.0.2"]
