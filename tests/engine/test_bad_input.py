"""Answers that are none: one clear line, the right status, and nothing written."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import requests

from janitor.events import Answered, Waiting
from janitor.sandbox.gate import Gate
from janitor.secret import Secret
from janitor.target import Credentials
from tests.clock import HANGS
from tests.engine.answers import http
from tests.engine.conftest import Make
from tests.engine.scene import Ran, Scene, secret_free
from tests.engine.tokens import TOKEN, as_user

LOGIN_PAGE = b"<!DOCTYPE html><html><head><title>Sign in</title></head><body>Please sign in to DC/OS</body></html>"

QUESTIONS = {
    "GET_MASTER": {"body": "GET_MASTER"},
    "GET_OPERATIONS": {"body": "GET_OPERATIONS"},
    "GET_FRAMEWORKS": {"body": "GET_FRAMEWORKS"},
    "/slaves": {"line": "GET /master/slaves"},
}

ANSWERS = {
    "login page": http(200, LOGIN_PAGE, "text/html; charset=utf-8"),
    "cut off JSON": http(200, b'{"slaves": [{"id": "a'),
    "no JSON": http(200, b"Internal error, sorry."),
    "nothing": http(200, b""),
    "deep": http(200, b"[" * 200_000),
    "a list": http(200, b"[]"),
    "a number": http(200, b"7"),
    "wrong types": http(
        200, b'{"slaves": 1, "get_master": 2, "get_frameworks": "x", "get_operations": [3], "recovered_slaves": {}}'
    ),
    "not UTF-8": http(200, b'{"slaves": [{"id": "\xff\xfe"}]}'),
    "401": http(401, b"401 Unauthorized.", "text/plain", 'WWW-Authenticate: Basic realm="mesos-master-readonly"'),
    "403": http(403, b"403 Forbidden.", "text/plain"),
    "404": http(404, b"404 Not Found.", "text/plain"),
    "500": http(500, b"oops", "text/plain"),
}


def told(ran: Ran, status: int = 5) -> str:
    """The error that ended the run, in one line."""
    assert (ran.status, ran.writes) == (status, []), ran.outcome
    assert ran.outcome.error is not None
    message = ran.outcome.error[0]
    assert "\n" not in message
    assert len(message) < 900
    return message


@pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_an_answer_that_is_none(scene: Scene, gate: Gate, question: dict[str, Any]) -> None:
    for name, answer in ANSWERS.items():
        gate.when(**question).answer_instead(answer)
        ran = scene.run()
        assert gate.address in told(ran, 4 if name == "401" else 5), name
        assert ran.of(Waiting) == [], f"{name}: asked again, though the answer will be the same"
        gate.heal()
    assert (len(scene.held()), scene.znode()) == (11, True)
    scene.is_clean(scene.run())


def test_a_login_page_is_called_one_and_the_remedy_is_said(scene: Scene, gate: Gate) -> None:
    gate.when(body="GET_MASTER").answer_instead(ANSWERS["login page"])
    ran = scene.run()
    assert "login page" in told(ran)
    assert "Please sign in" in told(ran)
    assert ran.outcome.error is not None
    assert ran.outcome.error[1]


WITNESSES = {
    "registry": {"line": "registry"},
    "flags": {"body": "GET_FLAGS"},
}


@pytest.mark.parametrize("witness", WITNESSES.values(), ids=WITNESSES.keys())
def test_l4_a_witness_that_cannot_be_read_is_unknown(scene: Scene, gate: Gate, witness: dict[str, Any]) -> None:
    """The registry and the flags have stand-ins: whatever they answer, a healthy cluster can be cleaned."""
    for name, answer in ANSWERS.items():
        gate.when(**witness).answer_instead(answer)
        assert scene.run(dry_run=True, znode=None).status == 0, name
    scene.is_clean(scene.run())


def test_l5_metrics_that_cannot_be_read_are_unknown(scene: Scene, gate: Gate) -> None:
    for answer in ANSWERS.values():
        gate.when(line="metrics/snapshot").answer_instead(answer)
        scene.run(znode=None).refused("L5", 5)
        gate.heal()


def broken(scene: Scene, **change: Any) -> bytes:
    """/slaves as the master shows it, with one item of the role changed."""
    shown = requests.get(scene.sandbox.master_url + "slaves", timeout=HANGS).json()
    for agent in shown["slaves"]:
        if agent["id"] == scene.agents[2]:
            agent["reserved_resources_full"]["kafka-role"][0].update(change)
    return http(200, json.dumps(shown).encode())


CHANGES: tuple[dict[str, Any], ...] = (
    {"scalar": {"value": "many"}},
    {"scalar": None, "name": 7},
    {"reservations": "kafka"},
    {"reservations": [[1]]},
    {"disk": []},
)


def test_a_reservation_that_cannot_be_read(scene: Scene, gate: Gate) -> None:
    for change in CHANGES:
        gate.when(line="GET /master/slaves").answer_instead(broken(scene, **change))
        ran = scene.run()
        assert (ran.status, ran.writes, len(scene.held())) == (5, [], 11), change
        assert scene.agents[2] in told(ran)
        gate.heal()


def test_what_is_cut_off_on_the_wire_is_asked_again(scene: Scene, gate: Gate) -> None:
    gate.when(line="GET /master/slaves", nth=1).cut_after(400)
    gate.when(body="GET_FRAMEWORKS", nth=1).reset_after(30)
    gate.when(body="GET_MASTER", nth=2).reset_after(0)
    scene.is_clean(scene.run())


def test_what_is_always_cut_off_ends_with_the_deadline(scene: Scene, gate: Gate) -> None:
    gate.when(line="GET /master/slaves").cut_after(400)
    scene.recorder.on(Waiting, scene.clock.jump, nth=2)
    ran = scene.run()
    assert "slaves" in told(ran)
    assert "cut off" in told(ran)


def test_an_answer_that_drips_ends_with_the_deadline(scene: Scene, gate: Gate) -> None:
    """Byte by byte it would take minutes."""
    scene.clock.stop()
    when = gate.when(line="GET /master/slaves")
    when.drip(1, every=0.05)
    when.call_before(scene.clock.go)
    assert "Out of time after 3 s, waiting for " in told(scene.run(timeout=3))


def test_without_credentials_where_some_are_wanted(scene: Scene) -> None:
    scene.control.set_access(users={"operator": "secret"})
    ran = scene.run()
    assert (ran.status, ran.writes, scene.znode()) == (4, [], True)
    assert ran.outcome.error is not None
    assert re.search(r"\b401\b", ran.outcome.error[0])
    assert "--mesos-principal" in str(ran.outcome.error[1])


def test_a_token_that_is_not_accepted_is_a_refused_login(scene: Scene) -> None:
    as_user(scene, {})
    ran = scene.run(target={"credentials": Credentials(token=Secret("eyJh.an-expired-token"))})
    assert (ran.status, ran.writes) == (4, [])
    secret_free(ran, "an-expired-token")


def test_a_token_that_expires_in_the_middle(scene: Scene) -> None:
    """What is done is done, what is not is named, and it is a refused login."""

    user = as_user(scene, {})
    scene.recorder.on(Answered, lambda: scene.control.set_access(tokens={"another": "viewer"}))
    ran = scene.run(target=user)
    assert (ran.status, scene.znode()) == (4, True)
    secret_free(ran, TOKEN)


@pytest.mark.parametrize("url", ["http://{nobody}/master/", "http://no-such-host.invalid:5050/master/"])
def test_a_master_that_cannot_be_reached(scene: Scene, nobody: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("janitor.cleanup.look.FIRST_CONTACT", 0.2)
    ran = scene.run(target={"mesos": url.format(nobody=nobody)})
    message = told(ran)
    assert url.format(nobody=nobody).removesuffix("master/") in message
    assert ran.outcome.error is not None
    assert "-m" in str(ran.outcome.error[1])


def test_a_zookeeper_in_the_masters_place(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not speak HTTP is a wrong address, not a cluster in trouble: it is given up soon."""
    monkeypatch.setattr("janitor.cleanup.look.FIRST_CONTACT", 0.2)
    ran = scene.run(target={"mesos": f"http://{scene.zookeeper.address}/master/"})
    assert scene.zookeeper.address in told(ran)
    assert "Out of time" not in told(ran)


def test_an_agent_in_the_masters_place(make: Make) -> None:
    scene = make()
    port = scene.sandbox.call(lambda: next(iter(scene.sandbox.world.agents.values())).port)
    ran = scene.run(target={"mesos": f"http://127.0.0.1:{port}/master/"})
    told(ran)
