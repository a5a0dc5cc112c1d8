"""The masters' own znodes, kept as the masters are."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException

from janitor.sandbox.znodes import MESOS, Contender, Election, client_of

if TYPE_CHECKING:
    from janitor.sandbox import Sandbox


class Standing:
    """Keeps the masters' znodes as the masters are: the leader's first, a dead one's gone."""

    def __init__(self, sandbox: Sandbox, client: KazooClient, path: str = MESOS, every: float = 0.1) -> None:
        self._sandbox = sandbox
        self._election = Election(client, path)
        self._every = every
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="election", daemon=True)

    def __enter__(self) -> None:
        self._election.hold(self._masters())
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        with suppress(KazooException):
            self._election.hold([])

    def end_with(self, client: KazooClient) -> None:
        """Follow the masters no longer, and end the client; what stands goes with its session."""
        self._over.set()
        client.stop()
        client.close()
        self._thread.join()

    def _run(self) -> None:
        while not self._over.wait(self._every):
            with suppress(KazooException):  # the ZooKeeper may be stopped, frozen or reset under us
                self._election.hold(self._masters())

    def _masters(self) -> list[Contender]:
        def look() -> list[Contender]:
            world = self._sandbox.world
            running = [master for master in world.masters if master.running]
            running.sort(key=lambda master: master is not world.leading)
            return [Contender(each.id, f"http://{each.address}", str(world.version)) for each in running]

        return self._sandbox.call(look)


class Registered:
    """The masters of a sandbox, registered where their `zk` flag says, if a ZooKeeper of this machine answers there.

    A loopback address in the flag is the masters' own: `address`.
    """

    def __init__(self, sandbox: Sandbox, flag: str, address: str) -> None:
        servers, _, path = flag.removeprefix("zk://").rpartition("@")[2].partition("/")
        host, _, port = servers.partition(",")[0].rpartition(":")
        self._where = (address if host in ("127.0.0.1", "localhost") else host, int(port) if port.isdigit() else 0)
        self._path = "/" + path
        self._sandbox = sandbox
        self._client: KazooClient | None = None
        self._standing: Standing | None = None

    def start(self) -> None:
        """Register them, if there is anything to register with."""
        host, port = self._where
        if not host.startswith("127.") or not _answers(host, port):
            return
        self._client = client_of(f"{host}:{port}")
        self._client.start(timeout=15)
        self._standing = Standing(self._sandbox, self._client, self._path)
        self._standing.__enter__()

    def stop(self) -> None:
        """Have them gone. The ZooKeeper may be gone, too."""
        if self._standing is not None and self._client is not None:
            self._standing.end_with(self._client)


def _answers(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), timeout=1).close()
    except OSError:
        return False
    return True
