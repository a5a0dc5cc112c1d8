"""A scheduler's state in a real ZooKeeper."""

from __future__ import annotations

import threading
from contextlib import suppress

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, NodeExistsError, NoNodeError
from kazoo.handlers.threading import KazooTimeoutError

from janitor.sandbox.dcos.sdk.state import Nodes
from janitor.sandbox.znodes import client_of

LOCK = "lock"
OWN = ("FrameworkID", "SchemaVersion", "servicename", "ConfigTarget", "Configurations", "Tasks", "Properties")


class NoState(Exception):
    """ZooKeeper does not answer, or somebody else holds the lock: the scheduler's process ends."""


class Znodes:
    """Below `root` at `hosts`. An ephemeral node under lock/leases says that the process lives (Curator, semaphore)."""

    def __init__(self, hosts: str, root: str, *, patience: float = 10.0) -> None:
        self._hosts = hosts
        self._root = root
        self._patience = patience
        self._client: KazooClient | None = None
        self._closing = threading.Lock()
        self._written: Nodes = {}

    def open(self) -> Nodes:
        """Take the lock and read everything. Raises NoState."""
        client = client_of(self._hosts)
        try:
            client.start(timeout=self._patience)
            client.ensure_path(f"{self._root}/{LOCK}/locks")
            client.ensure_path(f"{self._root}/{LOCK}/leases")
            if client.get_children(f"{self._root}/{LOCK}/leases"):
                raise NoState(f"another scheduler holds {self._root}/{LOCK}")
            client.create(f"{self._root}/{LOCK}/leases/_c_0-lease-", b"127.0.0.1", ephemeral=True, sequence=True)
            self._written = {"": b""}
            for name in OWN:
                _read(client, self._root, name, self._written)
        except (KazooException, KazooTimeoutError) as error:
            _end(client)
            raise NoState(f"{self._hosts}: {error!r}") from error
        except NoState:
            _end(client)
            raise
        self._client = client
        return dict(self._written)

    def write(self, nodes: Nodes) -> None:
        """Have exactly these; what is the same is not touched. Raises NoState."""
        client = self._started()
        try:
            for path in self._written.keys() - nodes.keys():
                with suppress(NoNodeError):
                    client.delete(f"{self._root}/{path}", recursive=True)
            for path, data in nodes.items():
                if self._written.get(path) != data:
                    _put(client, f"{self._root}/{path}".rstrip("/"), data)
        except KazooException as error:
            raise NoState(repr(error)) from error
        self._written = dict(nodes)

    def wipe(self) -> None:
        """Every child of the root but its lock, and the root's own data. Raises NoState."""
        client = self._started()
        try:
            for name in client.get_children(self._root):
                if name != LOCK:
                    client.delete(f"{self._root}/{name}", recursive=True)
            client.set(self._root, b"")
        except NoNodeError:
            pass  # somebody has removed the root meanwhile: less than this cannot be there
        except KazooException as error:
            raise NoState(repr(error)) from error
        self._written = {"": b""}

    def close(self) -> None:
        """Let the lock go. A process may end itself while it is being stopped: whoever is first closes."""
        with self._closing:
            client, self._client = self._client, None
        if client is not None:
            _end(client)

    def _started(self) -> KazooClient:
        if self._client is None:
            raise NoState("not connected")
        return self._client


def _end(client: KazooClient) -> None:
    client.stop()
    client.close()


def _put(client: KazooClient, path: str, data: bytes) -> None:
    try:
        client.create(path, data, makepath=True)
    except NodeExistsError:
        client.set(path, data)


def _read(client: KazooClient, root: str, path: str, found: Nodes) -> None:
    try:
        data, _ = client.get(f"{root}/{path}")
        children = client.get_children(f"{root}/{path}")
    except NoNodeError:
        return
    if data or not children:
        found[path] = data
    for name in children:
        _read(client, root, f"{path}/{name}", found)
