"""Rule L1: masters before 1.0, and what is no master at all, are told from each other, and nothing is written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from janitor.sandbox.gate import Gate
from tests.engine.answers import http
from tests.engine.conftest import Make
from tests.engine.scene import Ran, Scene

OLD = "runs Mesos 0.28.2. Janitor needs Mesos 1.0 (DC/OS 1.8) or later"


def refused(ran: Ran) -> tuple[str, str]:
    """What it says, and the way out."""
    assert (ran.status, ran.writes) == (5, []), ran.outcome
    assert ran.outcome.error is not None
    message, remedy = ran.outcome.error
    return message, remedy or ""


def nothing_is_changed(scene: Scene) -> None:
    assert (len(scene.held()), scene.znode()) == (11, True)


@pytest.fixture
def old(make: Make) -> Scene:
    """An abandoned Kafka on Mesos 0.28, with a master that follows another."""
    scene = make("0.28", masters=2)
    scene.kafka()
    return scene


@pytest.mark.parametrize("path", ["/master/", "/"])
def test_an_old_master_is_named_with_its_version(old: Scene, path: str) -> None:
    url = old.sandbox.master_url.removesuffix("/master/") + path
    message, _ = refused(old.run(target={"mesos": url}))
    assert f"The master at {url} {OLD}" in message
    nothing_is_changed(old)


def test_an_old_master_that_does_not_lead_is_named_too(old: Scene) -> None:
    """It would answer 200 and show no agents."""
    message, _ = refused(old.run(target={"mesos": old.sandbox.masters[1]}))
    assert OLD in message
    nothing_is_changed(old)


def test_an_old_master_is_known_by_its_state_where_the_root_is_hidden(old: Scene) -> None:
    host, _, port = old.sandbox.cluster.served[0].address.partition(":")
    with Gate(host, int(port)) as gate:
        gate.when(line="GET /version").answer_instead(http(404, b""))
        message, _ = refused(old.run(target={"mesos": gate.url(path="/master/")}))
    assert OLD in message
    nothing_is_changed(old)


PROGRAMS = {
    "knows no path": http(404, b"404 page not found", "text/plain"),
    "knows no POST": http(405, b"405 Not Allowed", "text/plain"),
    "has a version of its own": http(404, b'{"version": "nightly"}'),
}


@pytest.mark.parametrize("answer", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_another_program_is_no_master(scene: Scene, gate: Gate, answer: bytes) -> None:
    gate.when().answer_instead(answer)
    message, remedy = refused(scene.run())
    status = answer.split()[1].decode()
    assert f"No Mesos master answers at {scene.target.mesos}: {scene.target.mesos}api/v1 is answered with {status}" in (
        message
    )
    assert "tells a version of Mesos" in message
    assert "-m http://MASTER:5050/master/" in remedy
    nothing_is_changed(scene)


def test_a_program_that_serves_pages_at_every_path_is_no_master(scene: Scene, gate: Gate) -> None:
    page = b"<!DOCTYPE html><html><body>Welcome</body></html>"
    gate.when(line="GET ").answer_instead(http(200, page, "text/html"))
    gate.when(line="POST ").answer_instead(http(405, b""))
    message, remedy = refused(scene.run())
    assert "No Mesos master answers at" in message
    assert "-m http://MASTER:5050/master/" in remedy


def test_a_master_whose_v1_api_is_hidden_is_no_old_one(scene: Scene, gate: Gate) -> None:
    gate.when(line="api/v1").answer_instead(http(404, b"no such route", "text/plain"))
    message, remedy = refused(scene.run())
    assert f"{scene.target.mesos}api/v1: GET_MASTER: 404 no such route" in message
    assert "-m http://MASTER:5050/master/" in remedy
    nothing_is_changed(scene)


def test_a_cut_off_answer_about_the_version_is_asked_again(old: Scene) -> None:
    host, _, port = old.sandbox.cluster.served[0].address.partition(":")
    with Gate(host, int(port)) as gate:
        gate.when(line="GET /version", nth=1).reset_after(10)
        old.target = replace(old.target, mesos=gate.url(path="/master/"))
        message, _ = refused(old.run())
    assert OLD in message
