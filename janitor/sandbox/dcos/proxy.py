"""Passing a request on to another server, and its answer back: what nginx does inside Admin Router."""

from __future__ import annotations

import json

import aiohttp
from aiohttp import web
from yarl import URL

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "host"})

_BAD_GATEWAY = (
    "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>\r\n<center><h1>502 Bad Gateway</h1></center>\r\n"
    "<hr><center>openresty</center>\r\n</body>\r\n</html>\r\n"
)


class Proxy:
    """Keeps connections to the servers behind it. Belongs to one event loop; `close` it there."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        """End the connections."""
        if self._session is not None:
            await self._session.close()

    async def forward(
        self, request: web.Request, base: str, path: str, *, without: frozenset[str] = frozenset()
    ) -> web.StreamResponse:
        """Ask `base` (no trailing slash) for `path` (raw, with its query) and stream the answer back, byte for byte.

        `without` are headers (lower case) that are not passed on. Redirects are passed back, never followed. 502 when
        nobody answers; an answer that breaks off, breaks off here too.
        """
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in _HOP_BY_HOP and name.lower() not in without
        }
        target = URL(base + path, encoded=True)
        body = await request.read()
        try:
            asked = self._connected().request(
                request.method, target, headers=headers, data=body, allow_redirects=False, skip_auto_headers=("Accept",)
            )
            async with asked as answer:
                return await _stream(request, answer)
        except aiohttp.ClientError:
            return web.Response(status=502, text=_BAD_GATEWAY, content_type="text/html")

    async def fetch(self, url: str, authorization: str | None) -> tuple[int, object]:
        """GET for a server's own use: the status and the JSON, None where it is none; 0 when nobody answers."""
        headers = {"Authorization": authorization} if authorization is not None else {}
        try:
            async with self._connected().get(URL(url, encoded=True), headers=headers, allow_redirects=False) as answer:
                body = await answer.read()
        except aiohttp.ClientError:
            return 0, None
        try:
            return answer.status, json.loads(body)
        except ValueError:
            return answer.status, None

    def _connected(self) -> aiohttp.ClientSession:
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
            connector = aiohttp.TCPConnector(limit=0, ssl=False)  # inside a cluster the proxy knows its servers
            self._session = aiohttp.ClientSession(timeout=timeout, connector=connector, auto_decompress=False)
        return self._session


async def _stream(request: web.Request, answer: aiohttp.ClientResponse) -> web.StreamResponse:
    passed = web.StreamResponse(status=answer.status, reason=answer.reason)
    for name, value in answer.headers.items():
        if name.lower() not in _HOP_BY_HOP:
            passed.headers.add(name, value)
    await passed.prepare(request)
    try:
        async for piece in answer.content.iter_any():
            await passed.write(piece)
        await passed.write_eof()
    except aiohttp.ClientPayloadError:
        if request.transport is not None:
            request.transport.close()
    return passed
