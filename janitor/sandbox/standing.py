"""The masters' own znodes, kept as the masters are."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException

from janitor.sandbox.mesos.state import State
from janitor.sandbox.serve import Host
from janitor.sandbox.znodes import MESOS, Contender, Election, client_of


class Standing:
    """Keeps the masters' znodes as the masters are: the leader's first, a dead one's gone.

    `state` is looked at on the thread of its `host`.
    """

    def __init__(self, host: Host, state: State, client: KazooClient, path: str = MESOS, every: float = 0.1) -> None:
        self._host = host
        self._state = state
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
            running = [master for master in self._state.masters if master.running]
            running.sort(key=lambda master: master is not self._state.leading)
            return [Contender(each.id, f"http://{each.address}", str(self._state.version)) for each in running]

        return self._host.call(look)


class Registered:
    """The masters of a sandbox, registered where their `zk` flag says, if a ZooKeeper of this machine answers there.

    A loopback address in the flag is the masters' own: the host's.
    """

    def __init__(self, host: Host, state: State) -> None:
        servers, _, path = state.settings.zk.removeprefix("zk://").rpartition("@")[2].partition("/")
        named, _, port = servers.partition(",")[0].rpartition(":")
        where = host.address if named in ("127.0.0.1", "localhost") else named
        self._where = (where, int(port) if port.isdigit() else 0)
        self._path = "/" + path
        self._host = host
        self._state = state
        self._client: KazooClient | None = None
        self._standing: Standing | None = None

    def start(self) -> None:
        """Register them, if there is anything to register with."""
        host, port = self._where
        if not host.startswith("127.") or not _answers(host, port):
            return
        self._client = client_of(f"{host}:{port}")
        self._client.start(timeout=15)
        self._standing = Standing(self._host, self._state, self._client, self._path)
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
