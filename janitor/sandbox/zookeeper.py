"""A real ZooKeeper for a rehearsal: Debian's package, started in a directory and at a port of its own."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from janitor.sandbox.ports import claimed_port

JARS = (Path("/usr/share/java/zookeeper.jar"), Path("/usr/share/java/slf4j-simple.jar"))
"""Debian's libzookeeper-java and libslf4j-java; the first names what else it needs in its manifest."""

HOW_TO_GET_IT = "apt-get install libzookeeper-java libslf4j-java default-jre-headless"


class NoZooKeeper(Exception):
    """It cannot be started here, or did not start; the message says why."""


def missing() -> str | None:
    """What this machine lacks to run one, or None."""
    if shutil.which("java") is None:
        return "there is no java"
    lacking = [str(jar) for jar in JARS if not jar.exists()]
    return f"there is no {' and no '.join(lacking)}" if lacking else None


class ZooKeeper:
    """One server on 127.0.0.1, for the length of a `with`; `address` is HOST:PORT. Its data is gone afterwards.

    Entering raises NoZooKeeper when it is not installed, or does not serve within `patience` seconds.
    """

    def __init__(self, *, patience: float = 120.0) -> None:
        self.patience = patience
        self.address = ""
        self._directory: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._claim = ExitStack()

    def __enter__(self) -> ZooKeeper:
        if why := missing():
            raise NoZooKeeper(f"{why} (Debian: {HOW_TO_GET_IT})")
        self._directory = Path(tempfile.mkdtemp(prefix="sandbox-zookeeper-"))
        try:
            port = self._claim.enter_context(claimed_port())
            self.address = f"127.0.0.1:{port}"
            self._start(self._directory, port)
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop()

    def _start(self, directory: Path, port: int) -> None:
        config = directory / "zoo.cfg"
        config.write_text(
            f"tickTime=500\ndataDir={directory / 'data'}\nclientPort={port}\nclientPortAddress=127.0.0.1\n"
            "admin.enableServer=false\n4lw.commands.whitelist=srvr\nmaxClientCnxns=0\n"
        )
        options = ["-Xmx256m", "-Dzookeeper.jmx.log4j.disable=true", "-Dzookeeper.forceSync=no"]
        main = ["-cp", ":".join(map(str, JARS)), "org.apache.zookeeper.server.ZooKeeperServerMain", str(config)]
        log = directory / "server.log"
        with log.open("wb") as output:
            # A process group of its own: Ctrl-C on the terminal is for us, and we end it.
            self._process = subprocess.Popen(
                ["java", *options, *main],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        deadline = time.monotonic() + self.patience
        while not _serves(port):
            if self._process.poll() is not None or time.monotonic() > deadline:
                words = log.read_text(errors="replace").splitlines()[-5:]
                raise NoZooKeeper("\n".join(["ZooKeeper did not start:", *words]))
            time.sleep(0.05)

    def _stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None
        self._claim.close()


def _serves(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
            connection.sendall(b"srvr")  # `ruok` is answered before anything is served
            return connection.recv(17) == b"Zookeeper version"
    except OSError:
        return False
