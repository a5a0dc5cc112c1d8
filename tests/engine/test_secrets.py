"""Invariant 6: the token goes to whom the operator named, or a named master's redirect gave; and is shown nowhere."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web

from janitor.events import Acting, Waiting
from janitor.sandbox.gate import Gate
from janitor.sandbox.serve import one_handler
from tests.engine.answers import http
from tests.engine.conftest import Make
from tests.engine.scene import Scene, secret_free
from tests.engine.test_bad_input import ANSWERS
from tests.engine.test_looking import follower
from tests.engine.tokens import TOKEN, as_user


@dataclass
class Stranger:
    """A host that nobody named. It keeps what it is sent, and answers 200."""

    url: str
    headers: list[dict[str, str]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)


@pytest.fixture
def stranger(scene: Scene) -> Iterator[Stranger]:
    found = Stranger("")

    async def answer(request: web.Request) -> web.Response:
        found.headers.append(dict(request.headers))
        found.paths.append(f"{request.method} {request.path}")
        return web.json_response({"slaves": [], "recovered_slaves": []})

    found.url = scene.sandbox.host.serve(one_handler(answer)).url
    yield found
    assert TOKEN not in str(found.headers), "the token went to a host that nobody named"


@pytest.mark.parametrize("question", [{"line": "GET /master/slaves"}, {"body": "GET_MASTER"}, {"body": "UNRESERVE"}])
def test_a_redirect_to_a_host_that_nobody_named_gets_no_token(
    scene: Scene, gate: Gate, stranger: Stranger, question: dict[str, Any]
) -> None:
    user = as_user(scene, {})
    for status in (301, 302, 303, 307, 308):
        elsewhere = http(status, b"", "text/plain", f"Location: {stranger.url}/elsewhere")
        gate.when(**question).answer_instead(elsewhere)
        for event in (Waiting, Acting):
            scene.recorder.on(event, scene.clock.jump, nth=3)
        ran = scene.run(target=user)
        assert ran.status == 5, status
        secret_free(ran, TOKEN)
        gate.heal()
    assert not any(path.startswith("POST") for path in stranger.paths), "a write or a question was sent there"
    assert scene.znode()


def test_the_leader_that_a_named_master_gives_gets_it(make: Make) -> None:
    scene = follower(make)
    ran = scene.run(target=as_user(scene, {}))
    scene.is_clean(ran)
    assert {request["to"] for request in ran.requests if request["path"] == "/master/slaves"} >= {
        scene.sandbox.masters[0].removeprefix("http://").removesuffix("/master/")
    }
    secret_free(ran, TOKEN)


def test_no_error_shows_it(scene: Scene, gate: Gate) -> None:
    user = as_user(scene, {})
    for name in ("login page", "no JSON", "401", "403", "500"):
        for meant in ({"body": "UNRESERVE"}, {"line": "registry"}):
            question: dict[str, Any] = {**meant}
            gate.when(**question).answer_instead(ANSWERS[name])
        for event in (Waiting, Acting):
            scene.recorder.on(event, scene.clock.jump, nth=3)
        ran = scene.run(target=user)
        assert ran.status in (4, 5)
        secret_free(ran, TOKEN)
        gate.heal()


def test_it_is_in_no_requests_url_or_body(scene: Scene) -> None:
    ran = scene.run(target=as_user(scene, {}))
    scene.is_clean(ran)
    assert TOKEN not in str([(request["path"], request["query"], request["body"]) for request in ran.requests])
    secret_free(ran, TOKEN)
