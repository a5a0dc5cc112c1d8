"""Marathon's answers about one app: only Marathon itself may say that there is none (rule L4)."""

from __future__ import annotations

import json

import pytest

from janitor.dcos.marathon import App, Marathon
from janitor.errors import BadAnswer, Forbidden, HttpStatus, Unauthorized, UsageError
from tests.faults.conftest import MakeHttp
from tests.faults.wire import WireServer, answer

JSON = "Content-Type: application/json"
KAFKA = {
    "app": {
        "id": "/prod/kafka",
        "cmd": "./bootstrap && ./scheduler",
        "args": None,
        "container": {"type": "MESOS", "docker": {"image": "mesosphere/janitor:latest"}},
        "env": {"FRAMEWORK_NAME": "kafka", "KEY": {"secret": "secret0"}},
        "labels": {"DCOS_COMMONS_UNINSTALL": "true"},
        "version": "2020-01-02T03:04:05.678Z",
        "instances": 1,
        "tasksRunning": 1,
        "deployments": [{"id": "5cd987cd-85ae-4e70-8df7-f1438367d9cb"}],
    }
}


def test_an_app(make_http: MakeHttp) -> None:
    with WireServer(answer(200, json.dumps(KAFKA).encode(), JSON)) as server:
        app = Marathon(make_http(), f"{server.url}/v2/apps/").app("/prod/kafka")
    assert app == App(
        id="/prod/kafka",
        cmd="./bootstrap && ./scheduler",
        args=(),
        image="mesosphere/janitor:latest",
        env={"FRAMEWORK_NAME": "kafka"},
        labels={"DCOS_COMMONS_UNINSTALL": "true"},
        version="2020-01-02T03:04:05.678Z",
        tasks_running=1,
        deployments=("5cd987cd-85ae-4e70-8df7-f1438367d9cb",),
    )
    assert server.requests[0].target == "/v2/apps/prod/kafka"


def test_an_app_of_which_little_is_said(make_http: MakeHttp) -> None:
    with WireServer(answer(200, b'{"app":{"id":"/x","args":["a","b"],"container":{"type":"MESOS"}}}', JSON)) as server:
        app = Marathon(make_http(), f"{server.url}/v2/apps/").app("x")
    assert app is not None
    assert (app.cmd, app.args, app.image, app.tasks_running, app.deployments) == (None, ("a", "b"), None, 0, ())


def test_marathon_says_that_there_is_none(make_http: MakeHttp) -> None:
    with WireServer(answer(404, b'{"message":"App \'/kafka\' does not exist"}', JSON)) as server:
        assert Marathon(make_http(), f"{server.url}/v2/apps/").app("/kafka") is None


@pytest.mark.parametrize(
    "body",
    [b"", b"<html><h1>404 Not Found</h1>nginx", b'{"message":"no route"}', b'"x"', b"{", b'{"error":"x"}', b"[" * 5000],
)
def test_a_404_of_somebody_else_says_nothing(make_http: MakeHttp, body: bytes) -> None:
    with WireServer(answer(404, body)) as server, pytest.raises(HttpStatus) as caught:
        Marathon(make_http(), f"{server.url}/v2/apps/").app("/kafka")
    assert caught.value.status == 404


@pytest.mark.parametrize("status, error", [(401, Unauthorized), (403, Forbidden), (500, HttpStatus), (503, HttpStatus)])
def test_any_other_status_says_nothing_either(make_http: MakeHttp, status: int, error: type[HttpStatus]) -> None:
    with WireServer(answer(status, b'{"message":"App does not exist"}')) as server, pytest.raises(error):
        Marathon(make_http(), f"{server.url}/v2/apps/").app("/kafka")


@pytest.mark.parametrize(
    "body", [b"<html>Log in", b"{}", b'{"app":{}}', b'{"app":{"id":5}}', b'{"app":{"id":"/x"', b""]
)
def test_an_answer_that_is_no_app(make_http: MakeHttp, body: bytes) -> None:
    with WireServer(answer(200, body)) as server, pytest.raises(BadAnswer):
        Marathon(make_http(), f"{server.url}/v2/apps/").app("/kafka")


@pytest.mark.parametrize("status", [200, 401, 404, 409])
def test_delete_gives_back_whatever_was_answered(make_http: MakeHttp, status: int) -> None:
    with WireServer(answer(status, b'{"deploymentId":"1"}')) as server:
        reply = Marathon(make_http(), f"{server.url}/v2/apps/").delete("/janitor")
    assert (reply.status, reply.text) == (status, '{"deploymentId":"1"}')
    assert [(request.method, request.target, request.body) for request in server.requests] == [
        ("DELETE", "/v2/apps/janitor", b"")
    ]


@pytest.mark.parametrize(
    "id, path",
    [("/a/b/c/", "a/b/c"), ("a b?x=1#y", "a%20b%3Fx%3D1%23y"), ("/sch%C3%B6n", "sch%25C3%25B6n"), ("/ö", "%C3%B6")],
)
def test_an_id_is_one_path_of_its_segments(make_http: MakeHttp, id: str, path: str) -> None:
    with WireServer(answer(200)) as server:
        Marathon(make_http(), f"{server.url}/v2/apps/").delete(id)
    assert server.requests[0].target == f"/v2/apps/{path}"


@pytest.mark.parametrize("id", ["", "/", ".", "..", "/a/../b", "/a//b", "../groups"])
def test_an_id_that_would_lead_elsewhere_is_never_sent(make_http: MakeHttp, id: str) -> None:
    with WireServer(answer(200)) as server, pytest.raises(UsageError):
        Marathon(make_http(), f"{server.url}/v2/apps/").delete(id)
    assert server.connections == 0
