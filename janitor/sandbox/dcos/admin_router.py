"""Admin Router: the one door to a DC/OS cluster from outside.

Sources: dcos/dcos packages/adminrouter/extra/src: includes/server/*.conf (routes), lib/auth/common.lua (tokens, 401),
lib/agent.lua, lib/service.lua (texts of what is not found).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import unquote

from aiohttp import web

from janitor.sandbox.dcos.about import About
from janitor.sandbox.dcos.grants import of_route
from janitor.sandbox.dcos.iam import Iam
from janitor.sandbox.dcos.marathon import Marathon
from janitor.sandbox.dcos.proxy import Proxy
from janitor.sandbox.serve import one_handler

SEGMENTS = 10
"""How many folders of a service's name are tried."""

_PAGE = """<!DOCTYPE html>
<html>
<head><title>{title}</title></head>
<body><h1>{title}</h1><p>{words}</p></body>
</html>
"""

_OPEN_TO_ALL = ("/acs/api/v1/auth/", "/dcos-metadata/", "/exhibitor/exhibitor/v1/cluster/status", "/ca/dcos-ca.crt")


@dataclass
class Behind:
    """Where everything is: base URLs without a trailing slash; None for what is not there at the moment.

    `framework` finds the user interface of a framework by its name or its id.
    """

    leader: Callable[[], str | None]
    agent: Callable[[str], str | None]
    iam: str
    marathon: str
    exhibitor: str
    cosmos: str | None = None
    framework: Callable[[str], str | None] = lambda _: None


@dataclass
class AdminRouter:
    """`asks` is whether a token is needed at all (`oauth_enabled`); `forbidden` names path prefixes by user.

    `stale` is a cache of services that could not be refreshed: nobody finds a service then.
    """

    iam: Iam
    marathon: Marathon
    behind: Behind
    about: About = field(default_factory=About)
    asks: bool = False
    stale: bool = False
    forbidden: dict[str, tuple[str, ...]] = field(default_factory=dict)
    proxy: Proxy = field(default_factory=Proxy)

    def app(self) -> web.Application:
        """What answers at ports 80 and 443 of a master."""
        return one_handler(self._handle)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if refusal := self._refusal(request):
            return refusal
        for prefix, route in (
            ("/mesos", self._mesos),
            ("/exhibitor", self._exhibitor),
            ("/service", self._service),
            ("/marathon", self._marathon),
            ("/agent", self._agent),
            ("/slave", self._agent),
            ("/acs/api/v1", self._iam),
            ("/cosmos/service", self._cosmos_service),
            ("/package", self._package),
        ):
            if request.path == prefix and prefix in ("/mesos", "/exhibitor", "/marathon"):
                return web.Response(status=307 if prefix == "/marathon" else 301, headers={"Location": f"{prefix}/"})
            if request.path.startswith(prefix + "/"):
                return await route(request, request.raw_path[len(prefix) :])
        if request.path == "/capabilities":
            return await self._pass(request, self.behind.cosmos, request.raw_path)
        if (told := self.about.answer(request.path)) is not None:
            return web.json_response(told)
        if request.path in ("/", "/login"):
            return _page(200, "DC/OS", "The user interface.")
        return _page(404, "404 Not Found", "There is no such page.")

    def _refusal(self, request: web.Request) -> web.Response | None:
        if not self.asks or request.path in ("/", "/login") or request.path.startswith(_OPEN_TO_ALL):
            return None
        uid = self.iam.uid_of_request(request)
        if uid is None:
            refused = _page(401, "401 Unauthorized", "You need to log in.")
            refused.headers["WWW-Authenticate"] = self.iam.edition.challenge
            return refused
        if request.path.startswith(self.forbidden.get(uid, ())) or not self.iam.may(uid, of_route(request.path)):
            return _page(403, "403 Forbidden", "You are not allowed to do this.")
        return None

    async def _mesos(self, request: web.Request, rest: str) -> web.StreamResponse:
        return await self._pass(request, self.behind.leader(), rest)

    async def _exhibitor(self, request: web.Request, rest: str) -> web.StreamResponse:
        return await self._pass(request, self.behind.exhibitor, rest)

    async def _marathon(self, request: web.Request, rest: str) -> web.StreamResponse:
        return await self._pass(request, self.behind.marathon, rest)

    async def _iam(self, request: web.Request, rest: str) -> web.StreamResponse:
        return await self._pass(request, self.behind.iam, "/acs/api/v1" + rest)

    async def _package(self, request: web.Request, rest: str) -> web.StreamResponse:
        return await self._pass(request, self.behind.cosmos, "/package" + rest)

    async def _cosmos_service(self, request: web.Request, rest: str) -> web.StreamResponse:
        return await self._pass(request, self.behind.cosmos, "/service" + rest)

    async def _agent(self, request: web.Request, rest: str) -> web.StreamResponse:
        agent_id, _, path = rest[1:].partition("/")
        base = self.behind.agent(agent_id)
        if base is None:
            return web.Response(status=404, text=f"404 Not Found: agent `{agent_id}` unknown.\n")
        return await self._pass(request, base, "/" + path)

    async def _service(self, request: web.Request, rest: str) -> web.StreamResponse:
        segments = rest[1:].split("/")
        if segments[0] == "marathon":
            return await self._marathon(request, rest.removeprefix("/marathon") or "/")
        if self.stale:
            return web.Response(status=503, text="503 Service Unavailable: invalid Marathon svcapps cache\n")
        named = {app.labels.get("DCOS_SERVICE_NAME", "").strip("/"): app for app in self.marathon.apps.values()}
        for count in range(1, min(SEGMENTS, len(segments)) + 1):
            name = unquote("/".join(segments[:count]))
            if not name:
                continue
            left = "/" + "/".join(segments[count:])
            if name in named:
                return await self._pass(request, named[name].endpoint, left)
            if (found := self.behind.framework(name)) is not None:
                return await self._pass(request, found, left)
        return web.Response(status=404, text="404 Not Found: service not found.\n")

    async def _pass(self, request: web.Request, base: str | None, path: str) -> web.StreamResponse:
        if base is None:
            return _page(502, "502 Bad Gateway", "Nobody answers.")
        return await self.proxy.forward(request, base, path)


def _page(status: int, title: str, words: str) -> web.Response:
    text = _PAGE.format(title=title, words=words)
    return web.Response(status=status, text=text, content_type="text/html", charset="UTF-8")
