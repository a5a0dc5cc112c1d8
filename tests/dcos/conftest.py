from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from janitor.patience import Patience
from janitor.transport.http import Authorizer, Http
from janitor.transport.trust import Trust
from tests.clock import HANGS
from tests.faults.wire import Request, Wire, WireServer, answer

Serve = Callable[..., tuple[WireServer, Http]]
HTML = "Content-Type: text/html; charset=UTF-8"


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serves answers one after another (the last one for ever) and gives an Http that trusts the server."""
    servers: list[WireServer] = []
    https: list[Http] = []

    def start(*answers: bytes, authorizer: Authorizer | None = None) -> tuple[WireServer, Http]:
        left = list(answers)

        def reply(wire: Wire, _: Request) -> None:
            wire.send(left.pop(0) if len(left) > 1 else left[0])

        server = WireServer(reply).__enter__()
        servers.append(server)
        http = Http(trust=Trust([server.url]), patience=Patience(HANGS), authorizer=authorizer)
        https.append(http)
        return server, http

    yield start
    for http in https:
        http.close()
    for server in servers:
        server.__exit__(None, None, None)


def document(content: object, status: int = 200, media: str = "application/json") -> bytes:
    return answer(status, json.dumps(content).encode(), f"Content-Type: {media}")


def text(words: str, status: int) -> bytes:
    return answer(status, words.encode(), "Content-Type: text/plain")


def page(words: str, status: int, *headers: str) -> bytes:
    """As Admin Router's nginx writes its errors."""
    body = f"<html><head><title>{words}</title></head><body><center><h1>{words}</h1></center>openresty</body></html>"
    return answer(status, body.encode(), HTML, *headers)
