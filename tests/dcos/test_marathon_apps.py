"""Marathon, as an uninstall asks it: the list of apps, and an app removed."""

from __future__ import annotations

import pytest

from janitor.dcos.marathon import Marathon
from janitor.dcos.version import dcos_version
from janitor.errors import BadAnswer, Forbidden, HttpStatus
from tests.dcos.conftest import Serve, document, page, text
from tests.faults.wire import answer

KAFKA = {
    "id": "/prod/kafka",
    "cmd": "./scheduler",
    "env": {"SDK_UNINSTALL": "true", "SECRET": {"secret": "s"}},
    "labels": {"DCOS_PACKAGE_NAME": "kafka"},
    "version": "v",
    "tasksRunning": 1,
    "deployments": [{"id": "d"}],
}


def test_every_app(serve: Serve) -> None:
    server, http = serve(document({"apps": [KAFKA, {"id": "/bare"}]}))
    kafka, bare = Marathon(http, f"{server.url}/service/marathon/v2/apps/").apps()
    assert server.requests[0].target == "/service/marathon/v2/apps"
    assert (kafka.id, kafka.env, kafka.labels["DCOS_PACKAGE_NAME"]) == (
        "/prod/kafka",
        {"SDK_UNINSTALL": "true"},
        "kafka",
    )
    assert (kafka.tasks_running, kafka.deployments) == (1, ("d",))
    assert (bare.env, bare.labels, bare.tasks_running) == ({}, {}, 0)


@pytest.mark.parametrize(
    "answer",
    [document({"version": "v", "deploymentId": "d"}), document({"message": "App '/prod/kafka' does not exist"}, 404)],
)
def test_removed_or_not_there(serve: Serve, answer: bytes) -> None:
    server, http = serve(answer)
    Marathon(http, f"{server.url}/v2/apps/").remove("/prod/kafka")
    assert [(one.method, one.target) for one in server.requests] == [("DELETE", "/v2/apps/prod/kafka")]


def test_a_404_of_somebody_else_is_no_removal(serve: Serve) -> None:
    """Rule L4: who does not know the route says nothing of the app."""
    server, http = serve(page("404 Not Found", 404))
    with pytest.raises(HttpStatus):
        Marathon(http, f"{server.url}/v2/apps/").remove("/kafka")


def test_a_403_names_the_permission(serve: Serve) -> None:
    server, http = serve(text('{"message": "Not Authorized"}', 403))
    client = Marathon(http, f"{server.url}/service/marathon/v2/apps/")
    for ask in (client.apps, lambda: client.app("/kafka"), lambda: client.remove("/kafka")):
        with pytest.raises(Forbidden) as caught:
            ask()
        assert "dcos:service:marathon:marathon:services:/" in (caught.value.remedy or "")


@pytest.mark.parametrize(
    "answer, version",
    [
        (document({"version": "1.13.0", "dcos-variant": "open"}), (1, 13)),
        (document({"version": "1.14.0-alpha"}), (1, 14)),
        (document({"version": "2.0-dev"}), (2, 0)),
        (document({"version": ""}), None),
        (document({}), None),
        (page("404 Not Found", 404), None),
        (page("Welcome", 200), None),
    ],
)
def test_which_dcos_it_is(serve: Serve, answer: bytes, version: tuple[int, int] | None) -> None:
    server, http = serve(answer)
    assert dcos_version(http, f"{server.url}/dcos-metadata/") == version


def test_what_another_host_says_is_not_believed(serve: Serve) -> None:
    """An empty list of apps would be a service that is gone."""
    stranger, _ = serve(document({"apps": []}))
    server, http = serve(answer(302, b"", f"Location: {stranger.url}/v2/apps"))
    with pytest.raises(BadAnswer, match="another host: not followed"):
        Marathon(http, f"{server.url}/v2/apps/").apps()
    assert stranger.requests == []
