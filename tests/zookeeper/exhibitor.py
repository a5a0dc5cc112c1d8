"""A stand-in for Exhibitor's explorer, before a real ZooKeeper: its calls and its answers, 200 for failures included.

As dcos/exhibitor's ExplorerResource.java has them.
"""

from __future__ import annotations

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import parse_qs, unquote, urlsplit

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, NoNodeError, ZookeeperError

from tests.zookeeper.server import ZooKeeperServer

PREFIX = "/exhibitor/v1/explorer"


class Exhibitor:
    """An Exhibitor at `url`, within a `with`. `auth` ("user:password") is who it is to ZooKeeper.

    `requests` are what it was asked ("DELETE /exhibitor/..."). `node_changes` false makes it answer 403 to deletions,
    `unplugged` makes its ZooKeeper unreachable; so many `lost_answers` to deletions that were done do not arrive.
    """

    def __init__(self, zookeeper: ZooKeeperServer, *, auth: str | None = None) -> None:
        self._zookeeper = zookeeper
        self._auth = auth
        self.requests: list[str] = []
        self.node_changes = True
        self.unplugged = False
        self.lost_answers = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/"

    def __enter__(self) -> Exhibitor:
        self._client: KazooClient = self._zookeeper.client(auth=self._auth)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._client.stop()
        self._client.close()

    def node_data(self, key: str) -> object:
        """GET node-data?key=..."""
        try:
            data, stat = self._reach().get(key)
        except NoNodeError:
            return {"bytes": "", "str": "", "stat": "* not found * "}
        except KazooException as error:
            return {"bytes": "", "str": "Exception", "stat": _message(error, key)}
        fields = {name: getattr(stat, name) for name in stat._fields}
        shown = ", ".join(f"{name}: {value}" for name, value in fields.items())
        return {"bytes": data.hex(" ") + " ", "str": data.decode("utf-8", "replace"), "stat": shown}

    def node(self, key: str) -> object:
        """GET node?key=..."""
        try:
            names = sorted(self._reach().get_children(key))
        except KazooException:
            return [{"title": "* Exception *", "key": "*", "isLazy": False, "expand": False}]
        base = key.rstrip("/")
        return [{"title": name, "key": f"{base}/{name}", "isLazy": True, "expand": False} for name in names]

    def delete(self, path: str) -> object:
        """DELETE znode/..."""
        path = "/" + path
        try:
            if "//" in path:
                return {"message": f'Invalid path string "{path}"', "succeeded": False}
            self._delete_all(path)
        except KazooException as error:
            return {"message": _message(error, path), "succeeded": False}
        return {"message": "OK", "succeeded": True}

    def _delete_all(self, path: str) -> None:
        for name in self._reach().get_children(path):
            self._delete_all(f"{path.rstrip('/')}/{name}")
        self._client.delete(path)

    def _reach(self) -> KazooClient:
        if self.unplugged:
            raise ZookeeperError("KeeperErrorCode = ConnectionLoss")
        return self._client


def _message(error: KazooException, path: str) -> str:
    """Word an error as Java's KeeperException does."""
    if error.args:
        return f"{error.args[0]} for {path}"
    return f"KeeperErrorCode = {re.sub('Error$', '', type(error).__name__)} for {path}"


def _handler(exhibitor: Exhibitor) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = 1 << 16  # head and body in one packet

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            exhibitor.requests.append(f"GET {self.path}")
            url = urlsplit(self.path)
            key = parse_qs(url.query).get("key", ["/"])[0]
            if url.path == f"{PREFIX}/node-data":
                self._answer(200, exhibitor.node_data(key))
            elif url.path == f"{PREFIX}/node":
                self._answer(200, exhibitor.node(key))
            else:
                self._answer(404, {})

        def do_DELETE(self) -> None:
            exhibitor.requests.append(f"DELETE {self.path}")
            if not exhibitor.node_changes:
                self._answer(403, None)
                return
            answer = exhibitor.delete(unquote(self.path.removeprefix(f"{PREFIX}/znode/")))
            if exhibitor.lost_answers:
                exhibitor.lost_answers -= 1
                self.close_connection = True
                return
            self._answer(200, answer)

        def _answer(self, status: int, value: object) -> None:
            body = b"" if value is None else json.dumps(value).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler
