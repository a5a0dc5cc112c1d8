"""A login page, or another program, in the place of any part of a cluster ends a run at once, and is named."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from janitor.cli.engine import Engine
from janitor.sandbox.gate import Gate
from tests.cli.terminal import Ran, janitor
from tests.engine.answers import http
from tests.uninstall.scene import Scene

LOGIN_PAGE = http(200, b"<!DOCTYPE html><html><body>Please sign in</body></html>", "text/html; charset=utf-8")
ANSWERS = {
    "login page": LOGIN_PAGE,
    "302": http(302, b"", "text/plain", "Location: /login?from=here"),
    "303": http(303, b"", "text/plain", "Location: https://login.example.com/"),
    "another program": http(200, b'{"hello":"world"}'),
}
TIMEOUT = 600
"""Seconds: whoever polled until then would never end here."""

MOST = 2
"""Requests: the one that is answered so, and one for the look that follows a write."""


@pytest.fixture
def front(scene: Scene) -> Iterator[Gate]:
    """A proxy before Admin Router."""
    where = urlsplit(scene.url)
    with Gate(where.hostname or "", where.port or 0) as gate:
        gate.when(line="GET /login").answer_instead(LOGIN_PAGE)
        yield gate


def run(gate: Gate, line: str, answer: bytes, *argv: str) -> tuple[Ran, int]:
    """A run in which everything whose first line contains this is answered so, and how often that was asked."""
    hits: list[str] = []
    meant = gate.when(line=line)
    meant.call_before(lambda: hits.append(line))
    meant.answer_instead(answer)
    ran = janitor(*argv, "--timeout", str(TIMEOUT), "--dcos-url", gate.url(path=""), engine=Engine())
    return ran, len(hits)


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
@pytest.mark.parametrize(
    "line",
    [
        "POST /mesos/master/api/v1",
        "GET /mesos/master/slaves",
        "GET /service/marathon/v2/apps",
        "POST /package/uninstall",
        "/service/kafka/v1/plans/deploy",
    ],
)
def test_an_uninstall_ends_at_once(scene: Scene, front: Gate, line: str, answer: bytes) -> None:
    scene.services.run("kafka")
    ran, times = run(front, line, answer, "uninstall", "kafka", "--yes")
    assert ran.status == 5, ran.stderr
    assert front.address + line.partition("/")[1] + line.partition("/")[2] in ran.stderr
    assert "--dcos-url" in ran.stderr
    assert 1 <= times <= MOST


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
@pytest.mark.parametrize("line", ["POST /mesos/master/api/v1", "GET /mesos/master/slaves", "/exhibitor/"])
def test_a_clean_up_ends_at_once(scene: Scene, front: Gate, line: str, answer: bytes) -> None:
    scene.abandoned("kafka")
    ran, times = run(front, line, answer, "-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka")
    assert ran.status == 5, ran.stderr
    assert front.address + line.partition("/")[1] + line.partition("/")[2] in ran.stderr
    assert "--dcos-url" in ran.stderr
    assert 1 <= times <= MOST
    assert scene.held("kafka-role")
    assert scene.znode()


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
def test_a_login_ends_at_once(
    scene: Scene, front: Gate, answer: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    password = tmp_path_factory.mktemp("login") / "password"
    password.write_text("correct horse battery")
    login = ("--username", "admin", "--password-file", str(password))
    ran, times = run(front, "POST /acs/api/v1/auth/login", answer, "status", "kafka", *login)
    assert ran.status == 5, ran.stderr
    assert f"{front.address}/acs/api/v1/auth/login" in ran.stderr
    assert "--dcos-url" in ran.stderr
    assert times == 1


@pytest.mark.parametrize("answer", ["login page", "302", "303"])
@pytest.mark.parametrize("command", [("plan", "show", "kafka"), ("pod", "list", "kafka")], ids=" ".join)
def test_a_look_at_a_scheduler_ends_at_once(scene: Scene, front: Gate, command: tuple[str, ...], answer: str) -> None:
    """A login page is no word about the service: it is not called one without plans, or without pods."""
    scene.services.run("kafka")
    ran, times = run(front, "GET /service/kafka/v1/", ANSWERS[answer], *command)
    assert (ran.status, times) == (5, 1), ran.stderr
    assert f"{front.address}/service/kafka/v1/" in ran.stderr
    assert "--username" in ran.stderr
    assert "no SDK service" not in ran.stderr
