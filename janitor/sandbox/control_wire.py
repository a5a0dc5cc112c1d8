"""The sandbox's control API: one HTTP server on a port of its own, and clients that are made from its verbs.

    POST /<room>/<verb>   a JSON object of arguments -> {"result": ...}, or 400 {"error": "..."}
    POST /batch           a list of [room, verb, arguments], done in order

A verb is a public method of a class of verbs, declared once; its arguments and its result are JSON:

    class Verbs:
        def stop_agent(self, agent: str) -> None: ...       what the server does

    server.mount("mesos", Verbs(cluster))

    class Control(Remote, Verbs, room="mesos"): ...         the same verbs, called from anywhere

    Control(url).stop_agent("S1")                           mypy knows its arguments from Verbs
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any, ClassVar, ParamSpec, TypeVar, cast

import requests
from aiohttp import web

Json = dict[str, Any]
P = ParamSpec("P")
T = TypeVar("T")


def awaited(verb: Callable[P, Coroutine[Any, Any, T]]) -> Callable[P, T]:
    """A verb that the server waits for, typed as its callers see it: they get what it returns."""
    return cast(Callable[P, T], verb)


class ControlServer:
    """The server's side: rooms by name."""

    def __init__(self) -> None:
        self._rooms: dict[str, object] = {}

    def mount(self, name: str, verbs: object) -> None:
        """Offer the public methods of `verbs` under `/name/`."""
        self._rooms[name] = verbs

    def app(self) -> web.Application:
        """The application to serve."""
        app = web.Application(client_max_size=256 * 1024 * 1024)
        app.router.add_post("/batch", self._batch)
        app.router.add_post("/{room}/{verb}", self._one)
        return app

    async def _do(self, room: str, verb: str, arguments: Json) -> Any:
        method = None if verb.startswith("_") else getattr(self._rooms.get(room), verb, None)
        if method is None:
            raise ValueError(f"no verb {room}/{verb}")
        result = method(**arguments)
        return await result if inspect.isawaitable(result) else result

    async def _one(self, request: web.Request) -> web.Response:
        return await self._answer([(request.match_info["room"], request.match_info["verb"], await request.json())])

    async def _batch(self, request: web.Request) -> web.Response:
        return await self._answer(await request.json(), many=True)

    async def _answer(self, calls: Sequence[Sequence[Any]], *, many: bool = False) -> web.Response:
        results = []
        for room, verb, arguments in calls:
            try:
                results.append(await self._do(room, verb, arguments))
            except (ValueError, KeyError, TypeError, IndexError) as error:
                return web.json_response({"error": f"{room}/{verb}: {error!r}"}, status=400)
        return web.json_response({"result": results if many else results[0]})


class ControlError(Exception):
    """The control server refused: the verb, and why."""


class Remote:
    """A client of the verbs that its class is also derived from: each of them is sent to the server."""

    _room: ClassVar[str]

    def __init_subclass__(cls, *, room: str) -> None:
        cls._room = room
        for name, verb in inspect.getmembers(cls, inspect.isfunction):
            if not name.startswith("_") and not hasattr(Remote, name):
                setattr(cls, name, _sent(verb))

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")
        self._session = requests.Session()
        self._session.trust_env = False
        self._waiting: list[tuple[str, str, Json]] | None = None

    def _send(self, verb: str, arguments: Json) -> Any:
        """One verb; what it answers. Raises `ControlError`."""
        if self._waiting is not None:
            self._waiting.append((self._room, verb, arguments))
            return None
        return self._post(f"/{self._room}/{verb}", arguments)

    def _post(self, path: str, body: Any) -> Any:
        answer = self._session.post(self._url + path, json=body, timeout=60)
        document = answer.json()
        if answer.status_code != 200:
            raise ControlError(document["error"])
        return document["result"]

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Verbs within are sent as one request at the end; none of them has a result."""
        self._waiting = []
        try:
            yield
            waiting, self._waiting = self._waiting, None
            self._post("/batch", waiting)
        finally:
            self._waiting = None

    def close(self) -> None:
        """Let the connection go."""
        self._session.close()


def _sent(verb: Callable[..., Any]) -> Callable[..., Any]:
    """What a client has in the place of a verb: the same signature, and a request."""
    signature = inspect.signature(verb)
    rest = next((p.name for p in signature.parameters.values() if p.kind is p.VAR_KEYWORD), "")

    @wraps(verb)
    def send(self: Remote, *args: Any, **kwargs: Any) -> Any:
        _, *given = signature.bind(self, *args, **kwargs).arguments.items()
        arguments = dict(given)
        arguments |= arguments.pop(rest, {})
        return self._send(verb.__name__, arguments)

    return send
