"""A real ZooKeeper server for tests: Debian's package, started directly, in a directory and at a port of its own."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType

import pytest
from kazoo.client import KazooClient
from kazoo.security import ACL, make_acl

from janitor.sandbox.ports import claimed_port
from tests.clock import HANGS

CLASSPATH = (Path("/usr/share/java/zookeeper.jar"), Path("/usr/share/java/slf4j-simple.jar"))
"""The first names what else it needs in its manifest; the second makes it log."""

TLS_CLASSPATH = tuple(
    Path(f"/usr/share/java/netty-{name}.jar") for name in ("codec", "resolver", "transport-native-unix-common")
)
"""What the manifest forgets, and TLS needs."""

SUPER = "super:secret"
"""The super user of every server here, as `user:password` (DC/OS Enterprise's default one, too)."""

SESSION = 120.0
"""Seconds that a server keeps the session of a test's own client: no machine is that busy."""


def missing() -> str | None:
    """Say what this machine lacks to run a server, or None."""
    if shutil.which("java") is None:
        return "no java"
    lacking = [str(jar) for jar in CLASSPATH if not jar.exists()]
    return f"no {', '.join(lacking)} (Debian: libzookeeper-java, libslf4j-java)" if lacking else None


def zookeeper_or_skip() -> None:
    """Skip the test when no server can run here, saying why; on CI (CI=true) that is a failure."""
    if why := missing():
        if os.environ.get("CI") == "true":
            pytest.fail(f"A real ZooKeeper is needed: {why}.")
        pytest.skip(f"A real ZooKeeper is needed: {why}.")


class ZooKeeperServer:
    """One server on 127.0.0.1. As a context manager it starts, and its process and directory are gone at the end.

    `address` is "127.0.0.1:PORT" and stays the same over stop() and start(), as does the data. `fsync` false makes
    it faster and no less real for a test that kills no machine. `extra` are further lines of its configuration, `java`
    further arguments of its Java. With another loopback address for `host` it is the server of another machine, at
    `port` when that is given. `member` is its number in an ensemble, whose servers `extra` names: it serves once more
    than half of them run.
    """

    def __init__(
        self,
        *,
        fsync: bool = False,
        extra: tuple[str, ...] = (),
        java: tuple[str, ...] = (),
        host: str = "127.0.0.1",
        port: int | None = None,
        member: int | None = None,
    ) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="zookeeper-"))
        self.host = host
        self._claim = ExitStack()
        self.port = port or self._claim.enter_context(claimed_port(host))
        self.log = self.directory / "server.log"
        self._fsync = fsync
        self._extra = extra
        self._java = java
        self._member = member
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"{self.host}:{self.port}"

    def start(self) -> None:
        """Start the server and return when it serves. Raises RuntimeError with the end of its log when it does not.

        It serves when it gives a session: `ruok` is answered a moment before, and the first session takes the longest.
        """
        config = self.directory / "zoo.cfg"
        lines = (
            "tickTime=500",
            f"dataDir={self.directory / 'data'}",
            f"clientPort={self.port}",
            f"clientPortAddress={self.host}",
            "admin.enableServer=false",
            "4lw.commands.whitelist=*",
            "maxClientCnxns=0",
            f"maxSessionTimeout={SESSION * 1000:.0f}",
            *self._extra,
        )
        config.write_text("\n".join(lines) + "\n")
        if self._member is not None:
            (self.directory / "data").mkdir(exist_ok=True)
            (self.directory / "data" / "myid").write_text(str(self._member))
        command = [
            "java",
            "-Xmx256m",
            "-XX:+UseSerialGC",
            "-Dzookeeper.jmx.log4j.disable=true",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            f"-Dzookeeper.forceSync={'yes' if self._fsync else 'no'}",
            "-Dzookeeper.preAllocSize=4096",
            f"-Dzookeeper.DigestAuthenticationProvider.superDigest={_digest(SUPER)}",
            *self._java,
            "-cp",
            ":".join(map(str, CLASSPATH + TLS_CLASSPATH)),
            f"org.apache.zookeeper.server.{'ZooKeeperServerMain' if self._member is None else 'quorum.QuorumPeerMain'}",
            str(config),
        ]
        with self.log.open("ab") as log:
            process = self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + HANGS
        while self.four_letters("ruok") != "imok":
            if process.poll() is not None or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(f"ZooKeeper did not start:\n{self.log_tail()}")
            time.sleep(0.05)
        with self.connected():
            pass

    def four_letters(self, word: str) -> str:
        """Send one of ZooKeeper's four-letter words; "" when there is no answer."""
        try:
            with socket.create_connection((self.host, self.port), timeout=10) as connection:
                connection.sendall(word.encode())
                answer = b""
                while part := connection.recv(4096):
                    answer += part
                return answer.decode()
        except OSError:
            return ""

    def stop(self) -> None:
        """End the server in an orderly way; sessions and data stay, on its disk."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End the server at once."""
        self._end(signal.SIGKILL)

    def freeze(self) -> None:
        """Stop the process without ending it: its connections stay open, and nothing is answered."""
        self._signal(signal.SIGSTOP)
        assert self._process is not None
        os.waitid(os.P_PID, self._process.pid, os.WSTOPPED | os.WNOWAIT)  # on a busy machine it takes a while

    def thaw(self) -> None:
        """Let a frozen server go on."""
        self._signal(signal.SIGCONT)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Have the server frozen within a `with`."""
        self.freeze()
        try:
            yield
        finally:
            self.thaw()

    def client(self, *, auth: str | None = None) -> KazooClient:
        """Give a started client; the caller stops and closes it, or uses `connected`. `auth` is "user:password"."""
        client = KazooClient(hosts=self.address, timeout=SESSION, auth_data=[("digest", auth)] if auth else None)
        client.start(timeout=HANGS)
        return client

    @contextmanager
    def connected(self, *, auth: str | None = None) -> Iterator[KazooClient]:
        """Have a client within a `with`."""
        client = self.client(auth=auth)
        try:
            yield client
        finally:
            client.stop()
            client.close()

    @contextmanager
    def enterprise_root(self, loopback: str = "127.0.0.9") -> Iterator[None]:
        """Restrict `/` as DC/OS Enterprise does within a `with`: anybody may create, only `loopback` may delete.

        By default that is an address from which no test connects; the super user may do everything all the same.
        """
        everybody: ACL = make_acl("world", "anyone", create=True, read=True)
        master: ACL = make_acl("ip", loopback, all=True)
        with self.connected(auth=SUPER) as client:
            before, _ = client.get_acls("/")
            client.set_acls("/", [everybody, master])
        try:
            yield
        finally:
            with self.connected(auth=SUPER) as client:
                client.set_acls("/", before)

    def log_tail(self, lines: int = 30) -> str:
        """The end of the server's log."""
        if not self.log.exists():
            return "(no log)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])

    def _signal(self, signum: int) -> None:
        if self._process is not None:
            self._process.send_signal(signum)

    def _end(self, signum: int) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGCONT)
            self._process.send_signal(signum)
            self._process.wait()
            self._process = None

    def __enter__(self) -> ZooKeeperServer:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
        shutil.rmtree(self.directory, ignore_errors=True)
        self._claim.close()


def _digest(user_and_password: str) -> str:
    user = user_and_password.partition(":")[0]
    return f"{user}:{base64.b64encode(hashlib.sha1(user_and_password.encode()).digest()).decode()}"
