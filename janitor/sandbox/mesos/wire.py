"""What requests to masters and agents have in common on the wire: the log, the headers, gzip, the latency."""

from __future__ import annotations

import asyncio
import gzip
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Protocol

from aiohttp import web

from janitor.sandbox.mesos.world import World
from janitor.sandbox.mesos.writes import MasterAborted

JSON = "application/json"
TEXT = "text/plain; charset=utf-8"
_GZIP_FROM = 1024
_LOGGED_BODY = 64 * 1024
_LOGGED_REQUESTS = 20_000


@dataclass(frozen=True)
class Call:
    """One request, read."""

    method: str
    path: str
    query: Mapping[str, str]
    raw_query: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Reply:
    """One answer. An empty body has no content type; `packed` is the body compressed, where that is known already."""

    status: int = 200
    body: bytes = b""
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    packed: Callable[[], bytes] | None = None
    delay: float = 0.0

    @classmethod
    def text(cls, status: int, text: str, **headers: str) -> Reply:
        """A text, or nothing."""
        return cls(status, text.encode(), TEXT, {name.replace("_", "-"): value for name, value in headers.items()})


@dataclass(frozen=True)
class Entry:
    """A logged request. Credentials are not kept, only that there were some."""

    to: str
    method: str
    path: str
    query: str
    body: str
    authorization: bool
    status: int


class Log:
    """All requests, oldest first, as many as fit."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=_LOGGED_REQUESTS)
        self._counts: Counter[str] = Counter()

    def add(self, to: str, call: Call, status: int) -> None:
        """One more; `to` names the process that answered. Status 0: it died without an answer."""
        body = call.body[:_LOGGED_BODY].decode(errors="replace")
        authorized = "Authorization" in call.headers
        self._entries.append(Entry(to, call.method, call.path, call.raw_query, body, authorized, status))
        self._counts[call.path] += 1

    def entries(self) -> list[dict[str, Any]]:
        """The log as JSON."""
        return [asdict(entry) for entry in self._entries]

    def counts(self) -> dict[str, int]:
        """Requests by path, also of those that the log no longer holds."""
        return dict(self._counts)

    def clear(self) -> None:
        """Start anew."""
        self._entries.clear()
        self._counts.clear()


class Answering(Protocol):
    """A process that answers requests."""

    world: World
    name: str

    def answer(self, call: Call) -> Reply:
        """The answer to one request; raises `MasterAborted`."""


def _render(reply: Reply, call: Call, world: World) -> web.Response:
    headers = {"Date": world.clock.date(), **reply.headers}
    body = reply.body
    if len(body) >= _GZIP_FROM and "gzip" in call.headers.get("Accept-Encoding", ""):
        headers["Content-Encoding"] = "gzip"
        body = reply.packed() if reply.packed is not None else gzip.compress(body, 1)
    if not body:
        return web.Response(status=reply.status, headers=headers)
    return web.Response(status=reply.status, headers={"Content-Type": reply.content_type, **headers}, body=body)


def handler(process: Answering, log: Log) -> Callable[[web.Request], Any]:
    """The aiohttp handler of a process: every path, every method."""
    world = process.world

    async def handle(request: web.Request) -> web.StreamResponse:
        path, _, raw_query = request.path_qs.partition("?")
        body = await request.read()
        call = Call(request.method, request.rel_url.path or path, request.query, raw_query, request.headers, body)
        if world.settings.latency:
            await asyncio.sleep(world.settings.latency)
        try:
            reply = process.answer(call)
        except MasterAborted:
            reply = await _abort(world, request)
        log.add(process.name, call, reply.status)
        if reply.delay:
            await asyncio.sleep(reply.delay)
        if reply.status == 0:
            return web.Response()
        return _render(reply, call, world)

    return handle


async def _abort(world: World, request: web.Request) -> Reply:
    if world.settings.answers_before_abort:
        world.timers.later(0.05, world.abort)
        return Reply(202)
    world.abort()
    if request.transport is not None:
        request.transport.abort()
    return Reply(0)
