"""The sandbox's Marathon: apps, deployments, and the answers that clients trip over."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from janitor.sandbox.dcos.iam import Iam
from janitor.sandbox.dcos.marathon import Marathon
from janitor.sandbox.dcos.marathon_wire import marathon_app
from janitor.sandbox.serve import Host
from tests.clock import HANGS

NOW = 1_700_000_000.125
KAFKA = {
    "id": "/kafka",
    "cmd": "./scheduler",
    "env": {"FRAMEWORK_NAME": "kafka"},
    "labels": {"DCOS_SERVICE_NAME": "kafka", "DCOS_PACKAGE_NAME": "kafka", "DCOS_COMMONS_UNINSTALL": "true"},
}


@pytest.fixture
def marathon() -> Marathon:
    marathon = Marathon(lambda: NOW)
    marathon.run(KAFKA)
    marathon.run({"id": "/a/b/hdfs", "cmd": "x", "labels": {"DCOS_PACKAGE_NAME": "hdfs", "odd/key": "a b"}})
    return marathon


@pytest.fixture
def url(host: Host, marathon: Marathon) -> str:
    return host.serve(marathon_app(marathon)).url


def call(method: str, url: str, **more: Any) -> requests.Response:
    return requests.request(method, url, timeout=HANGS, **more)


@pytest.mark.parametrize("path", ["kafka", "/kafka", "kafka/"])
def test_an_app_is_shown_with_its_tasks(url: str, path: str) -> None:
    answer = call("GET", f"{url}/v2/apps/{path}")
    assert answer.status_code == 200
    app = answer.json()["app"]
    assert (app["id"], app["instances"], app["tasksRunning"], app["deployments"]) == ("/kafka", 1, 1, [])
    assert app["labels"]["DCOS_COMMONS_UNINSTALL"] == "true"
    assert app["version"] == "2023-11-14T22:13:20.125Z"
    assert len(app["tasks"]) == 1


def test_an_unknown_app(url: str) -> None:
    for method in ("GET", "DELETE"):
        answer = call(method, f"{url}/v2/apps/a/b/nothing")
        assert answer.status_code == 404
        assert answer.json() == {"message": "App '/a/b/nothing' does not exist"}


def test_get_and_delete_with_a_body_are_accepted(url: str) -> None:
    """The original sends `{}` with every request."""
    assert call("GET", f"{url}/v2/apps/kafka", json={}).status_code == 200
    assert call("DELETE", f"{url}/v2/apps/kafka", json={}).status_code == 200


def test_a_deleted_app_is_gone_at_once_and_its_deployment_when_it_is_finished(url: str, marathon: Marathon) -> None:
    stopped: list[str] = []
    marathon.stopped = stopped.append
    answer = call("DELETE", f"{url}/v2/apps/a/b/hdfs")
    assert answer.status_code == 200
    assert sorted(answer.json()) == ["deploymentId", "version"]
    deployment = answer.json()["deploymentId"]
    assert answer.headers["Marathon-Deployment-Id"] == deployment
    assert call("GET", f"{url}/v2/apps/a/b/hdfs").status_code == 404
    listed = call("GET", f"{url}/v2/deployments").json()
    assert [(each["id"], each["affectedApps"]) for each in listed] == [(deployment, ["/a/b/hdfs"])]
    assert listed[0]["steps"][0]["actions"] == [{"action": "StopApplication", "app": "/a/b/hdfs"}]
    assert stopped == []
    marathon.finish(marathon.deployments[deployment])
    assert stopped == ["/a/b/hdfs"]
    assert call("GET", f"{url}/v2/deployments").json() == []


def test_an_app_under_deployment_is_locked_unless_forced(url: str) -> None:
    app = {**KAFKA, "env": {"SDK_UNINSTALL": "true"}}
    first = call("PUT", f"{url}/v2/apps/kafka", json=app)
    assert first.status_code == 200
    locked = call("PUT", f"{url}/v2/apps/kafka", json=app)
    assert locked.status_code == 409
    assert locked.json() == {
        "message": "App is locked by one or more deployments. Override with the option '?force=true'. "
        "View details at '/v2/deployments/<DEPLOYMENT_ID>'.",
        "deployments": [{"id": first.json()["deploymentId"]}],
    }
    assert call("DELETE", f"{url}/v2/apps/kafka?force=false").status_code == 409
    assert call("PUT", f"{url}/v2/apps/kafka?force=true", json=app).status_code == 200
    assert call("GET", f"{url}/v2/apps/kafka").json()["app"]["env"] == {"SDK_UNINSTALL": "true"}
    assert call("DELETE", f"{url}/v2/apps/kafka").status_code == 200, "forced unless told otherwise"


def test_put_creates_and_refuses_what_marathon_refuses(url: str) -> None:
    assert call("PUT", f"{url}/v2/apps/new", json={"cmd": "sleep 1"}).status_code == 201
    assert call("PUT", f"{url}/v2/apps/empty", json={"cpus": 1}).status_code == 422
    assert call("PUT", f"{url}/v2/apps/kafka", json={"id": "/other"}).status_code == 422
    shown = call("GET", f"{url}/v2/apps/kafka").json()["app"]
    assert call("PUT", f"{url}/v2/apps/kafka", json=shown).status_code == 422, "`version` goes with nothing but `id`"
    assert call("PUT", f"{url}/v2/apps/kafka", json={"uris": [], "fetch": []}).status_code == 422
    assert call("PUT", f"{url}/v2/apps/kafka", data="{").status_code == 400


@pytest.mark.parametrize(
    "selector, found",
    [
        ("DCOS_SERVICE_NAME", ["/kafka"]),
        ("DCOS_PACKAGE_NAME==hdfs", ["/a/b/hdfs"]),
        ("DCOS_PACKAGE_NAME!=hdfs", ["/kafka"]),
        ("DCOS_PACKAGE_NAME in (hdfs, kafka)", ["/a/b/hdfs", "/kafka"]),
        ("DCOS_PACKAGE_NAME notin (hdfs)", ["/kafka"]),
        ("DCOS_PACKAGE_NAME,DCOS_SERVICE_NAME", ["/kafka"]),
        (r"odd\/key==a\ b", ["/a/b/hdfs"]),
        ("nothing", []),
    ],
)
def test_labels_select(url: str, selector: str, found: list[str]) -> None:
    answer = call("GET", f"{url}/v2/apps", params={"label": selector})
    assert [app["id"] for app in answer.json()["apps"]] == found


def test_a_selector_that_cannot_be_read(url: str) -> None:
    assert call("GET", f"{url}/v2/apps", params={"label": "a=b"}).status_code == 422


def test_apps_by_part_of_their_id_and_by_group(url: str) -> None:
    assert [app["id"] for app in call("GET", f"{url}/v2/apps?id=kaf").json()["apps"]] == ["/kafka"]
    assert [app["id"] for app in call("GET", f"{url}/v2/apps/a/*").json()["*"]] == ["/a/b/hdfs"]


def test_in_strict_mode_only_a_good_token_is_answered(host: Host, marathon: Marathon) -> None:
    iam = Iam(lambda: NOW)
    url = host.serve(marathon_app(marathon, iam)).url
    refused = call("DELETE", f"{url}/v2/apps/kafka")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "acsjwt")
    token = iam.issue("operator")
    assert call("GET", f"{url}/v2/apps/kafka", headers={"Authorization": f"token={token}"}).status_code == 200
