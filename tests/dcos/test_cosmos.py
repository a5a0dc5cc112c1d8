"""Cosmos: both media types on every call, its own errors by type, and whoever else answers in its place."""

from __future__ import annotations

import json

import pytest

from janitor.dcos.cosmos import Cosmos, CosmosRefused, Uninstalled
from janitor.errors import BadAnswer, Forbidden, HttpStatus
from tests.dcos.conftest import Serve, document, page

ERROR = "application/vnd.dcos.package.error+json;charset=utf-8;version=v1"
DONE = {"packageName": "kafka", "appId": "/kafka", "packageVersion": "2.8.1-2.3.1", "postUninstallNotes": "Bye.\nBye."}


def media(operation: str, kind: str) -> str:
    return f"application/vnd.dcos.package.{operation}-{kind}+json;charset=utf-8;version=v1"


def error(type: str, message: str, status: int = 400) -> bytes:
    return document({"type": type, "message": message, "data": {}}, status, ERROR)


def test_uninstall(serve: Serve) -> None:
    server, http = serve(document({"results": [DONE]}, media=media("uninstall", "response")))
    done = Cosmos(http, f"{server.url}/").uninstall("kafka", "/kafka")
    assert done == Uninstalled("kafka", "/kafka", "2.8.1-2.3.1", "Bye.\nBye.")
    assert done.notes == "Bye.\nBye."
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", "/package/uninstall")
    assert request.headers["content-type"] == media("uninstall", "request")
    assert request.headers["accept"] == media("uninstall", "response")
    assert json.loads(request.body) == {"packageName": "kafka", "appId": "/kafka"}


def test_no_notes(serve: Serve) -> None:
    bare = {"packageName": "kafka", "appId": "/kafka"}
    server, http = serve(document({"results": [bare]}))
    assert Cosmos(http, f"{server.url}/").uninstall("kafka", "/kafka").notes == ""


@pytest.mark.parametrize(
    "type, message, status",
    [
        ("PackageNotInstalled", "Package [kafka] is not installed", 400),
        ("UninstallNonExistentAppForPackage", "Package [kafka] with id [/kafka] is not installed", 400),
        ("AmbiguousAppId", "Multiple apps named [kafka] are installed: [/kafka, /kafka2]", 400),
        ("FailedToStartUninstall", "Failed to start an uninstall for the service '/kafka': locked", 400),
        ("IncompleteUninstall", "Incomplete uninstall of package [kafka] due to Mesos unavailability", 503),
        ("ServiceUnavailable", "Unable to complete request due to service [marathon] unavailability", 503),
        ("unhandled_exception", "boom", 500),
    ],
)
def test_its_own_errors(serve: Serve, type: str, message: str, status: int) -> None:
    server, http = serve(error(type, message, status))
    with pytest.raises(CosmosRefused) as caught:
        Cosmos(http, f"{server.url}/").uninstall("kafka", "/kafka")
    assert (caught.value.type, caught.value.status) == (type, status)
    assert message in caught.value.message
    assert caught.value.remedy is None


def test_forbidden_by_marathon_is_about_the_app(serve: Serve) -> None:
    server, http = serve(
        error("Forbidden", "Unable to complete request due to Forbidden response from [marathon]", 403)
    )
    with pytest.raises(CosmosRefused) as caught:
        Cosmos(http, f"{server.url}/").uninstall("kafka", "/kafka")
    assert "dcos:service:marathon:marathon:services:" in (caught.value.remedy or "")


def test_forbidden_by_admin_router(serve: Serve) -> None:
    server, http = serve(page("403 Forbidden", 403))
    with pytest.raises(Forbidden) as caught:
        Cosmos(http, f"{server.url}/").uninstall("kafka", "/kafka")
    assert "dcos:adminrouter:package full" in (caught.value.remedy or "")


def test_a_proxy_in_its_place(serve: Serve) -> None:
    server, http = serve(page("502 Bad Gateway", 502), page("Welcome", 200))
    cosmos = Cosmos(http, f"{server.url}/")
    with pytest.raises(HttpStatus) as caught:
        cosmos.uninstall("kafka", "/kafka")
    assert not isinstance(caught.value, CosmosRefused)
    with pytest.raises(BadAnswer, match="a web page"):
        cosmos.uninstall("kafka", "/kafka")
