"""Exhibitor's explorer, over a real ZooKeeper.

It answers 200 whatever happens; only the body tells. Source: exhibitor-core/.../rest/ExplorerResource.java (statuses,
texts, and that a tree is deleted child first, node by node, and stays half deleted where that fails).
"""

from __future__ import annotations

import asyncio
import base64
import threading
from typing import Any

from aiohttp import web
from kazoo import exceptions as zk
from kazoo.client import KazooClient
from kazoo.handlers.threading import KazooTimeoutError
from kazoo.interfaces import IAsyncResult
from kazoo.protocol.states import ZnodeStat

from janitor.sandbox.serve import one_handler
from janitor.sandbox.znodes import client_of

BASE = "/exhibitor/v1"

_WORDS: dict[type[Exception], str] = {
    zk.NoNodeError: "NoNode",
    zk.NoAuthError: "NoAuth",
    zk.NotEmptyError: "Directory not empty",
    zk.NoChildrenForEphemeralsError: "NoChildrenForEphemerals",
    zk.BadArgumentsError: "BadArguments",
    zk.SessionExpiredError: "Session expired",
}
"""org.apache.zookeeper.KeeperException's words; whatever else happens is a lost connection."""


class KeeperTrouble(Exception):
    """What the Java client throws; the message is its own."""

    def __init__(self, error: Exception, path: str) -> None:
        super().__init__(f"KeeperErrorCode = {_WORDS.get(type(error), 'ConnectionLoss')} for {path}")
        self.missing = isinstance(error, zk.NoNodeError)


class Exhibitor:
    """One Exhibitor and its ZooKeeper, `hosts`; without any, its ZooKeeper is down.

    `auth` is "user:password" for ZooKeeper's digest scheme: it stands for the local address from which Exhibitor may
    do what others may not. `admin_password` protects everything but cluster/status, `read_only` refuses changes.
    """

    def __init__(
        self,
        hosts: str | None,
        *,
        auth: str | None = None,
        admin_password: str | None = None,
        read_only: bool = False,
        patience: float = 5.0,
    ) -> None:
        self.hosts = hosts
        self.auth = auth
        self.admin_password = admin_password
        self.read_only = read_only
        self.patience = patience
        self._client: KazooClient | None = None
        self._lock = threading.Lock()

    def close(self) -> None:
        """End the connection to ZooKeeper."""
        with self._lock:
            if self._client is not None:
                self._client.stop()
                self._client.close()
                self._client = None

    def delete(self, path: str) -> None:
        """Delete the znode and everything below it, node by node."""
        children: list[str] = self._call(path, "get_children_async")
        for name in sorted(children):
            self.delete(_join(path, name))
        self._call(path, "delete_async")

    def put(self, path: str, data: bytes) -> None:
        """Set the data of a znode, or create it and its parents."""
        try:
            self._call(path, "set_async", data)
        except KeeperTrouble as trouble:
            if not trouble.missing:
                raise
            self._call(path, "create_async", data, None, False, False, True)

    def children(self, path: str) -> list[dict[str, object]]:
        """The children as the explorer's tree wants them."""
        names: list[str] = self._call(path, "get_children_async")
        return [{"title": name, "key": _join(path, name), "isLazy": True, "expand": False} for name in sorted(names)]

    def data(self, path: str) -> dict[str, str]:
        """The data in hexadecimal and as text, and the stat."""
        raw: bytes
        stat: ZnodeStat
        raw, stat = self._call(path, "get_async")
        return {
            "bytes": "".join(f"{byte:x} " for byte in raw),
            "str": raw.decode("utf-8", "replace"),
            "stat": ", ".join(f"{name}: {value}" for name, value in stat._asdict().items()),
        }

    def _call(self, path: str, method: str, *args: object) -> Any:
        """One operation, as of the Java client: the path is judged first, then the server asked. kazoo has no types."""
        _validate(path)
        try:
            result: IAsyncResult = getattr(self._connected(), method)(path, *args)
            return result.get(timeout=self.patience)
        except (zk.KazooException, KazooTimeoutError) as error:
            raise KeeperTrouble(error, path) from error

    def _connected(self) -> KazooClient:
        with self._lock:
            if self._client is None:
                if self.hosts is None:
                    raise zk.ConnectionLoss
                client = client_of(self.hosts, auth=self.auth)
                try:
                    client.start(timeout=self.patience)
                finally:
                    if not client.connected:
                        client.close()
                self._client = client
            return self._client


def exhibitor_app(exhibitor: Exhibitor) -> web.Application:
    """What answers below /exhibitor/v1."""

    async def handle(request: web.Request) -> web.Response:
        if not request.path.startswith(BASE + "/"):
            return web.Response(status=404)
        path = request.path[len(BASE) :]
        if path != "/cluster/status" and not _admitted(exhibitor, request):
            return web.Response(status=401, headers={"WWW-Authenticate": 'Basic realm="exhibitor"'})
        if path.startswith("/explorer/znode/"):
            return await _change(exhibitor, request, "/" + path.removeprefix("/explorer/znode/"))
        if request.method not in ("GET", "HEAD"):
            return web.Response(status=405)
        return await _read(exhibitor, path, request.query.get("key"))

    return one_handler(handle)


async def _change(exhibitor: Exhibitor, request: web.Request, path: str) -> web.Response:
    if request.method not in ("DELETE", "PUT"):
        return web.Response(status=405)
    if exhibitor.read_only:
        return web.Response(status=403)
    try:
        if request.method == "DELETE":
            await asyncio.to_thread(exhibitor.delete, path)
        else:
            await asyncio.to_thread(exhibitor.put, path, bytes.fromhex((await request.text()).replace(" ", "")))
    except (KeeperTrouble, ValueError) as error:
        return web.json_response({"message": str(error), "succeeded": False})
    return web.json_response({"message": "OK", "succeeded": True})


async def _read(exhibitor: Exhibitor, path: str, key: str | None) -> web.Response:
    if path == "/explorer/node":
        try:
            return web.json_response(await asyncio.to_thread(exhibitor.children, key or ""))
        except (KeeperTrouble, ValueError):
            failed = {"title": "* Exception *", "key": "*", "isLazy": False, "expand": False}
            return web.json_response([failed])
    if path == "/explorer/node-data":
        try:
            return web.json_response(await asyncio.to_thread(exhibitor.data, key or ""))
        except (KeeperTrouble, ValueError) as error:
            if isinstance(error, KeeperTrouble) and error.missing:
                return web.json_response({"bytes": "", "str": "", "stat": "* not found * "})
            return web.json_response({"bytes": "", "str": "Exception", "stat": str(error)})
    if path == "/cluster/status":
        serving = exhibitor.hosts is not None
        state = {"code": 3, "description": "serving"} if serving else {"code": 1, "description": "down"}
        return web.json_response([{**state, "hostname": "127.0.0.1", "isLeader": serving}])
    if path == "/cluster/list":
        port = int(exhibitor.hosts.rsplit(":", 1)[1]) if exhibitor.hosts else 2181
        return web.json_response({"servers": ["127.0.0.1"], "port": port})
    return web.Response(status=404)


def _admitted(exhibitor: Exhibitor, request: web.Request) -> bool:
    if exhibitor.admin_password is None:
        return True
    expected = base64.b64encode(f"admin:{exhibitor.admin_password}".encode()).decode()
    return request.headers.get("Authorization") == f"Basic {expected}"


def _validate(path: str) -> None:
    """org.apache.zookeeper.common.PathUtils.validatePath, as far as a URL can bring it something wrong."""
    if not path:
        raise ValueError("Path length must be > 0")
    if not path.startswith("/"):
        raise ValueError("Path must start with / character")
    if path == "/":
        return
    if path.endswith("/"):
        raise ValueError("Path must not end with / character")
    position = 0
    for component in path[1:].split("/"):
        position += 1 + len(component)
        if component in ("", ".", ".."):
            reason = "empty node name specified" if not component else "relative paths not allowed"
            raise ValueError(f'Invalid path string "{path}" caused by {reason} @{position}')


def _join(path: str, name: str) -> str:
    return f"{path.rstrip('/')}/{name}"
