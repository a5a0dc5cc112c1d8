"""The sandbox's Cosmos: what it asks for, what it refuses, and how it uninstalls each kind of package."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from janitor.sandbox.dcos.cluster import Asks
from janitor.sandbox.rehearsal import Rehearsal
from janitor.sandbox.services import held
from tests.clock import HANGS

MEDIA = "application/vnd.dcos.package.{}+json;charset=utf-8;version={}"
ERROR = MEDIA.format("error", "v1")


@pytest.fixture
def cluster() -> Iterator[Rehearsal]:
    with Rehearsal("plain") as rehearsal:
        yield rehearsal


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + HANGS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.02)


def call(
    cluster: Rehearsal, operation: str, body: object, *, version: str = "v1", token: str | None = None, **headers: str
) -> requests.Response:
    """One call through Admin Router, as the DC/OS CLI makes it."""
    name = operation.replace("/", ".")
    sent = {
        "Content-Type": MEDIA.format(f"{name}-request", "v1"),
        "Accept": MEDIA.format(f"{name}-response", version),
        **{key.replace("_", "-"): value for key, value in headers.items()},
    }
    if token is not None:
        sent["Authorization"] = f"token={token}"
    return requests.post(f"{cluster.dcos.url}/package/{operation}", data=json.dumps(body), headers=sent, timeout=HANGS)


def refusal(answer: requests.Response) -> tuple[int, str, str]:
    assert answer.headers["Content-Type"] == ERROR
    body = answer.json()
    return answer.status_code, body["type"], body["message"]


def test_what_is_installed_is_listed_by_package_and_id(cluster: Rehearsal) -> None:
    cluster.services.run_package("/b/kafka", package="kafka")
    cluster.services.run_package("/a/kafka", package="kafka", version="2.0")
    cluster.services.run_package("/cassandra")
    cluster.dcos_control.run_app({"id": "/web", "cmd": "x"})
    cluster.dcos_control.run_app({"id": "/odd", "cmd": "x", "labels": {"DCOS_PACKAGE_NAME": "odd"}})
    answer = call(cluster, "list", {})
    assert answer.headers["Content-Type"] == MEDIA.format("list-response", "v1")
    packages = answer.json()["packages"]
    assert [each["appId"] for each in packages] == ["/cassandra", "/a/kafka", "/b/kafka"]
    assert packages[1]["packageInformation"]["packageDefinition"]["version"] == "2.0"
    assert [each["appId"] for each in call(cluster, "list", {"appId": "b/kafka"}).json()["packages"]] == ["/b/kafka"]


@pytest.mark.parametrize("version", ["v2", "v3"])
def test_a_package_is_described_in_two_versions(cluster: Rehearsal, version: str) -> None:
    cluster.services.run_package("/kafka")
    answer = call(cluster, "describe", {"packageName": "kafka"}, version=version)
    assert answer.headers["Content-Type"].endswith(version)
    assert answer.json()["package"]["name"] == "kafka"
    assert refusal(call(cluster, "describe", {"packageName": "x"}, version=version))[:2] == (400, "PackageNotFound")
    other = call(cluster, "describe", {"packageName": "kafka", "packageVersion": "9"}, version=version)
    assert refusal(other)[:2] == (400, "VersionNotFound")


def test_capabilities_repositories_and_a_service(cluster: Rehearsal) -> None:
    accept = "application/vnd.dcos.capabilities+json;charset=utf-8;version=v1"
    answer = requests.get(f"{cluster.dcos.url}/capabilities", headers={"Accept": accept}, timeout=HANGS)
    assert {"name": "PACKAGE_MANAGEMENT"} in answer.json()["capabilities"]
    assert answer.headers["Content-Type"] == accept
    assert call(cluster, "repository/list", {}).json()["repositories"][0]["name"] == "Universe"
    cluster.services.run("kafka")
    media = "application/vnd.dcos.service.describe-{}+json;charset=utf-8;version=v1"
    headers = {"Content-Type": media.format("request"), "Accept": media.format("response")}
    url = f"{cluster.dcos.url}/cosmos/service/describe"
    described = requests.post(url, json={"appId": "kafka"}, headers=headers, timeout=HANGS)
    assert described.json()["package"]["version"] == "2.10.0-2.4.0"
    missing = requests.post(url, json={"appId": "/x"}, headers=headers, timeout=HANGS)
    assert refusal(missing)[1:] == ("MarathonAppNotFound", "Unable to locate service with marathon appId: '/x'")


@pytest.mark.parametrize(
    "headers, kind",
    [
        ({"Content_Type": "application/json"}, "not_valid"),
        ({"Accept": "application/json"}, "not_valid"),
        ({"Accept": "*/*"}, "not_present"),
        ({"Accept": "application/json", "Content_Type": "application/json"}, "multiple_errors"),
    ],
)
def test_both_media_types_are_required(cluster: Rehearsal, headers: dict[str, str], kind: str) -> None:
    status, told, _ = refusal(call(cluster, "list", {}, **headers))
    assert (status, told) == (400, kind)


def test_a_body_that_is_no_request(cluster: Rehearsal) -> None:
    assert refusal(call(cluster, "uninstall", {}))[:2] == (400, "not_parsed")
    assert refusal(call(cluster, "list", []))[:2] == (400, "not_parsed")


@pytest.mark.parametrize(
    "body, kind, message",
    [
        ({"packageName": "x"}, "PackageNotInstalled", "Package [x] is not installed"),
        (
            {"packageName": "kafka", "appId": "x"},
            "UninstallNonExistentAppForPackage",
            "Package [kafka] with id [/x] is not installed",
        ),
        ({"packageName": "x", "appId": "/a/kafka"}, "PackageNotInstalled", "Package [x] is not installed"),
        (
            {"packageName": "kafka"},
            "AmbiguousAppId",
            "Multiple apps named [kafka] are installed: [/a/kafka, /b/kafka]",
        ),
        (
            {"packageName": "kafka", "managerId": "/m"},
            "CustomPackageManagerNotFound",
            "Custom package manager with id [/m] not found",
        ),
    ],
)
def test_what_cannot_be_uninstalled(cluster: Rehearsal, body: dict[str, Any], kind: str, message: str) -> None:
    cluster.services.run_package("/a/kafka")
    cluster.services.run_package("/b/kafka")
    assert refusal(call(cluster, "uninstall", body)) == (400, kind, message)
    assert cluster.dcos_control.apps() == ["/a/kafka", "/b/kafka"]


def test_the_plain_way_deletes_the_app_and_tears_the_framework_down(cluster: Rehearsal) -> None:
    control = cluster.sandbox.control
    cluster.services.run_package("kafka", version="1.1.9")
    framework = control.subscribe("kafka", "kafka-role", "kafka-principal")
    control.reserve(cluster.sandbox.agents[0], "kafka-role", "kafka-principal", cpus=1)
    answer = call(cluster, "uninstall", {"packageName": "kafka", "appId": "kafka"})
    assert answer.json() == {"results": [{"packageName": "kafka", "appId": "/kafka", "packageVersion": "1.1.9"}]}
    assert cluster.dcos_control.apps() == []
    assert framework not in control.truth()["frameworks"]
    assert len(held(control, "kafka-role")) == 1


def test_two_frameworks_of_one_name_and_no_leader(cluster: Rehearsal) -> None:
    control = cluster.sandbox.control
    cluster.services.run_package("kafka")
    ids = [control.subscribe("kafka", "kafka-role") for _ in range(2)]
    status, kind, message = refusal(call(cluster, "uninstall", {"packageName": "kafka"}))
    assert (status, kind) == (400, "MultipleFrameworkIds")
    assert message.endswith(f"matching this name: [{', '.join(ids)}]")
    assert cluster.dcos_control.apps() == [], "the app is deleted all the same"
    assert set(ids) <= set(control.truth()["frameworks"])
    cluster.services.run_package("kafka")
    control.fail_over()
    assert refusal(call(cluster, "uninstall", {"packageName": "kafka"}))[:2] == (503, "IncompleteUninstall")


def test_the_sdk_way_answers_at_once_and_goes_on_in_the_background(cluster: Rehearsal) -> None:
    cluster.services.run("kafka")
    cluster.services.hold("kafka")
    answer = call(cluster, "uninstall", {"packageName": "kafka"})
    assert answer.json()["results"][0]["packageVersion"] == "2.10.0-2.4.0"
    app = requests.get(cluster.marathon_url + "kafka", timeout=HANGS).json()["app"]
    assert app["env"]["SDK_UNINSTALL"] == "true"
    assert cluster.services.watching() == 1
    cluster.services.hold("kafka", False)
    until(lambda: cluster.dcos_control.apps() == [])
    until(lambda: cluster.services.watching() == 0)


def test_before_dcos_1_10_every_package_goes_the_plain_way() -> None:
    with Rehearsal("plain", version="1.2") as cluster:
        framework = cluster.services.run("kafka", sdk="0.18.0")
        call(cluster, "uninstall", {"packageName": "kafka"}).raise_for_status()
        assert cluster.dcos_control.apps() == []
        assert framework not in cluster.sandbox.control.truth()["frameworks"]
        assert len(held(cluster.sandbox.control, "kafka-role")) == 24


@pytest.mark.parametrize("tries", [1, 10_000])
def test_a_restart_or_too_few_tries_make_a_zombie(cluster: Rehearsal, tries: int) -> None:
    cluster.services.pace_cosmos(every=0.05, tries=tries)
    cluster.services.run("kafka")
    cluster.services.hold("kafka")
    call(cluster, "uninstall", {"packageName": "kafka"}).raise_for_status()
    if tries > 1:
        assert cluster.services.watching() == 1
        cluster.services.restart_cosmos()
    until(lambda: cluster.services.watching() == 0)
    until(lambda: bool(cluster.services.look("kafka")["uninstalling"]))
    cluster.services.hold("kafka", False)
    until(lambda: cluster.services.look("kafka")["plans"] == {"deploy": "COMPLETE"})
    assert cluster.dcos_control.apps() == ["/kafka"]


def test_a_token_that_expires_makes_a_zombie() -> None:
    with Rehearsal("plain", asks=Asks.ADMIN_ROUTER) as cluster:
        token = cluster.dcos_control.issue_token("operator")
        cluster.services.run("kafka")
        cluster.services.hold("kafka")
        assert call(cluster, "uninstall", {"packageName": "kafka"}).status_code == 401
        call(cluster, "uninstall", {"packageName": "kafka"}, token=token).raise_for_status()
        assert cluster.services.watching() == 1
        cluster.dcos_control.expire_tokens()
        until(lambda: cluster.services.watching() == 0)
        assert cluster.dcos_control.apps() == ["/kafka"]


def test_an_app_deleted_by_hand_meanwhile_ends_the_watching(cluster: Rehearsal) -> None:
    cluster.services.run("kafka")
    cluster.services.hold("kafka")
    call(cluster, "uninstall", {"packageName": "kafka"}).raise_for_status()
    requests.delete(cluster.marathon_url + "kafka", timeout=HANGS).raise_for_status()
    until(lambda: cluster.services.watching() == 0)


def test_the_definition_on_an_app_is_what_cosmos_put_there(cluster: Rehearsal) -> None:
    cluster.services.run("/a/kafka", package="kafka")
    labels = requests.get(cluster.marathon_url + "a/kafka", timeout=HANGS).json()["app"]["labels"]
    outer = json.loads(base64.b64decode(labels["DCOS_PACKAGE_DEFINITION"]))
    assert json.loads(base64.b64decode(outer["data"]))["name"] == "kafka"
    assert (labels["DCOS_PACKAGE_FRAMEWORK_NAME"], labels["DCOS_COMMONS_UNINSTALL"]) == ("/a/kafka", "true")
