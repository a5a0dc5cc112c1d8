"""The sandbox's Admin Router: what goes where, who may, and that it passes on what it is given."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from aiohttp import web

from janitor.sandbox.dcos.about import About, Nodes
from janitor.sandbox.dcos.admin_router import AdminRouter, Behind
from janitor.sandbox.dcos.cluster import dcos_version
from janitor.sandbox.dcos.iam import LOGIN, Edition, Iam, iam_app
from janitor.sandbox.dcos.marathon import Marathon
from janitor.sandbox.dcos.marathon_wire import marathon_app
from janitor.sandbox.serve import Host, one_handler
from tests.clock import HANGS

NOW = 1_700_000_000.0


async def echo(request: web.Request) -> web.StreamResponse:
    """Says what arrived; /moved redirects, /broken breaks off in the middle of its body."""
    if request.path == "/moved":
        return web.Response(status=307, headers={"Location": "//elsewhere:5050/moved"})
    if request.path == "/broken":
        answer = web.StreamResponse(headers={"Content-Length": "100"})
        await answer.prepare(request)
        await answer.write(b"x" * 50)
        assert request.transport is not None
        request.transport.close()
        return answer
    return web.json_response(
        {
            "method": request.method,
            "raw": request.raw_path,
            "body": await request.text(),
            "authorization": request.headers.get("Authorization"),
            "type": request.headers.get("Content-Type"),
        },
        status=202,
        headers={"Date": "Tue, 14 Nov 2023 22:13:20 GMT"},
    )


@pytest.fixture
def router(host: Host) -> Iterator[AdminRouter]:
    iam = Iam(lambda: NOW, users={"operator": "s3cret"})
    marathon = Marathon(lambda: NOW)
    upstream = host.serve(one_handler(echo)).url
    behind = Behind(
        leader=lambda: upstream,
        agent=lambda agent_id: upstream if agent_id == "S1" else None,
        iam=host.serve(iam_app(iam)).url,
        marathon=host.serve(marathon_app(marathon)).url,
        exhibitor=upstream,
    )
    router = AdminRouter(iam, marathon, behind, About(variant="enterprise"))
    yield router
    host.run(router.proxy.close)


@pytest.fixture
def url(host: Host, router: AdminRouter) -> str:
    return host.serve(router.app()).url


def call(method: str, url: str, **more: Any) -> requests.Response:
    return requests.request(method, url, timeout=HANGS, allow_redirects=False, **more)


@pytest.mark.parametrize(
    "asked, arrives",
    [
        ("/mesos/master/slaves?slave_id=S1", "/master/slaves?slave_id=S1"),
        ("/mesos/api/v1", "/api/v1"),
        ("/mesos/slaves", "/slaves"),
        ("/exhibitor/exhibitor/v1/explorer/znode/a%2Fb", "/exhibitor/v1/explorer/znode/a%2Fb"),
        ("/agent/S1/slave(1)/state", "/slave(1)/state"),
        ("/slave/S1/flags", "/flags"),
    ],
)
def test_prefixes_are_taken_off(url: str, asked: str, arrives: str) -> None:
    answer = call("GET", url + asked)
    assert (answer.status_code, answer.json()["raw"]) == (202, arrives)


def test_method_body_and_headers_pass_both_ways(url: str) -> None:
    answer = call(
        "POST", f"{url}/mesos/master/unreserve", data={"slaveId": "S1"}, headers={"Authorization": "token=abc"}
    )
    assert answer.headers["Date"] == "Tue, 14 Nov 2023 22:13:20 GMT", "the upstream's own"
    assert answer.json() == {
        "method": "POST",
        "raw": "/master/unreserve",
        "body": "slaveId=S1",
        "authorization": "token=abc",
        "type": "application/x-www-form-urlencoded",
    }


def test_redirects_are_passed_back(url: str) -> None:
    answer = call("GET", f"{url}/mesos/moved")
    assert (answer.status_code, answer.headers["Location"]) == (307, "//elsewhere:5050/moved")


def test_an_answer_that_breaks_off_breaks_off_here_too(url: str) -> None:
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        call("GET", f"{url}/mesos/broken")


def test_a_server_that_is_not_there(host: Host, url: str, router: AdminRouter) -> None:
    router.behind.leader = lambda: None
    assert call("GET", f"{url}/mesos/slaves").status_code == 502
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        router.behind.leader = lambda: f"http://127.0.0.1:{nobody.getsockname()[1]}"
        answer = call("GET", f"{url}/mesos/slaves")
        assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (502, "text/html")


@pytest.mark.parametrize("path", ["/mesos", "/exhibitor", "/marathon"])
def test_the_missing_slash_is_a_redirect(url: str, path: str) -> None:
    answer = call("GET", url + path)
    assert answer.status_code in (301, 307)
    assert answer.headers["Location"] == path + "/"


def test_marathon_has_two_doors(url: str, router: AdminRouter) -> None:
    router.marathon.run({"id": "/a/kafka", "cmd": "x"})
    for base in ("/service/marathon", "/marathon"):
        assert call("GET", f"{url}{base}/v2/apps/a/kafka").json()["app"]["id"] == "/a/kafka"


def test_a_service_is_found_by_its_label_folders_included(url: str, router: AdminRouter) -> None:
    upstream = router.behind.leader()
    router.marathon.run({"id": "/a/kafka", "cmd": "x", "labels": {"DCOS_SERVICE_NAME": "/a/kafka"}}, upstream)
    assert call("GET", f"{url}/service/a/kafka/v1/plans?x=y").json()["raw"] == "/v1/plans?x=y"
    router.marathon.apps["/a/kafka"].endpoint = None
    assert call("GET", f"{url}/service/a/kafka/v1/plans").status_code == 502
    unknown = call("GET", f"{url}/service/b/v1/plans")
    assert (unknown.status_code, unknown.text) == (404, "404 Not Found: service not found.\n")


def test_an_unknown_agent(url: str) -> None:
    answer = call("GET", f"{url}/agent/S9/slave(1)/state")
    assert (answer.status_code, answer.text) == (404, "404 Not Found: agent `S9` unknown.\n")


def test_the_version_and_the_cluster(url: str, router: AdminRouter) -> None:
    assert call("GET", f"{url}/dcos-metadata/dcos-version.json").json()["dcos-variant"] == "enterprise"
    router.about.version = "1.11.12"
    version = call("GET", f"{url}/dcos-metadata/dcos-version.json").json()
    assert version["version"] == "1.11.12"
    assert "dcos-variant" not in version
    assert call("GET", f"{url}/metadata").json()["CLUSTER_ID"] == router.about.cluster_id


def test_the_front_page_is_html_and_200(url: str) -> None:
    answer = call("GET", f"{url}/")
    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (200, "text/html")
    assert call("GET", f"{url}/nothing").status_code == 404


@pytest.mark.parametrize("edition, challenge", [(Edition.ENTERPRISE, "acsjwt"), (Edition.OPEN, "oauthjwt")])
def test_without_a_good_token_there_is_a_page_with_a_challenge(
    url: str, router: AdminRouter, edition: Edition, challenge: str
) -> None:
    router.asks = True
    router.iam.edition = edition
    expired = router.iam.issue("operator")
    router.iam.expire()
    for headers in ({}, {"Authorization": f"token={expired}"}, {"Authorization": "Basic b3A6cw=="}):
        answer = call("GET", f"{url}/mesos/slaves", headers=headers)
        assert answer.status_code == 401
        assert answer.headers["WWW-Authenticate"] == challenge
        assert answer.headers["Content-Type"] == "text/html; charset=UTF-8"
        assert answer.text.startswith("<!DOCTYPE html>")


def test_a_login_through_the_router_opens_it(url: str, router: AdminRouter) -> None:
    router.asks = True
    token = requests.post(url + LOGIN, json={"uid": "operator", "password": "s3cret"}, timeout=HANGS).json()["token"]
    for headers in ({"Authorization": f"token={token}"}, {"Authorization": f"Bearer {token}"}):
        assert call("GET", f"{url}/mesos/slaves", headers=headers).status_code == 202
    assert call("GET", f"{url}/mesos/slaves", cookies={"dcos-acs-auth-cookie": token}).status_code == 202
    wrong = {"Authorization": "token=wrong"}
    assert call("GET", f"{url}/mesos/slaves", cookies={"dcos-acs-auth-cookie": token}, headers=wrong).status_code == 401


@pytest.mark.parametrize("path", ["/dcos-metadata/dcos-version.json", "/exhibitor/exhibitor/v1/cluster/status", "/"])
def test_some_things_need_no_token(url: str, router: AdminRouter, path: str) -> None:
    router.asks = True
    assert call("GET", url + path).status_code in (200, 202)


def test_a_user_without_the_permission_is_forbidden(url: str, router: AdminRouter) -> None:
    router.asks = True
    headers = {"Authorization": f"token={router.iam.issue('operator')}"}
    router.forbidden["operator"] = ("/exhibitor/",)
    answer = call("DELETE", f"{url}/exhibitor/exhibitor/v1/explorer/znode/x", headers=headers)
    assert (answer.status_code, answer.headers.get("WWW-Authenticate")) == (403, None)
    assert call("GET", f"{url}/mesos/slaves", headers=headers).status_code == 202


@pytest.mark.parametrize(
    "mesos, dcos", [((1, 2), "1.9"), ((1, 4), "1.10"), ((1, 9), "2.0"), ((1, 12), "2.2"), ((1, 6), "1.11")]
)
def test_the_dcos_release_follows_from_the_mesos_release(mesos: tuple[int, int], dcos: str) -> None:
    assert dcos_version(mesos).startswith(dcos + ".")


def test_a_framework_is_found_by_its_name_or_its_id(url: str, router: AdminRouter) -> None:
    upstream = router.behind.leader()
    router.behind.framework = {"a/kafka": upstream, "id-0001": upstream}.get
    for name in ("a/kafka", "id-0001"):
        assert call("GET", f"{url}/service/{name}/v1/plans").json()["raw"] == "/v1/plans"
    assert call("GET", f"{url}/service/kafka/v1/plans").status_code == 404


def test_a_cache_that_is_not_valid_hides_every_service(url: str, router: AdminRouter) -> None:
    router.marathon.run({"id": "/kafka", "cmd": "x", "labels": {"DCOS_SERVICE_NAME": "kafka"}}, router.behind.leader())
    router.stale = True
    answer = call("GET", f"{url}/service/kafka/v1/plans")
    assert (answer.status_code, answer.text.partition(":")[0]) == (503, "503 Service Unavailable")
    assert call("GET", f"{url}/service/marathon/v2/apps").status_code == 200, "Marathon is no app of Marathon's"


def test_names_nodes_and_the_public_address(url: str, router: AdminRouter) -> None:
    router.about.nodes = lambda: Nodes("10.0.0.1", ["10.0.0.1", "10.0.0.2"], [("10.0.1.1", True), ("10.0.1.2", False)])
    hosts = f"{url}/mesos_dns/v1/hosts/"
    assert call("GET", hosts + "leader.mesos").json() == [{"host": "leader.mesos.", "ip": "10.0.0.1"}]
    assert [each["ip"] for each in call("GET", hosts + "master.mesos.").json()] == ["10.0.0.1", "10.0.0.2"]
    assert call("GET", hosts + "nothing.mesos").json() == [{"host": "", "ip": ""}]
    assert call("GET", f"{url}/metadata").json()["PUBLIC_IPV4"] == "10.0.0.1"
    router.about.public_ip = "203.0.113.7"
    assert call("GET", f"{url}/metadata").json()["PUBLIC_IPV4"] == "203.0.113.7"
    nodes = call("GET", f"{url}/system/health/v1/nodes").json()["nodes"]
    assert [(each["role"], each["health"]) for each in nodes] == [("master", 0)] * 2 + [("agent", 0), ("agent", 1)]


def test_the_cli_learns_the_way_to_log_in_from_a_file_it_may_not_read(url: str, router: AdminRouter) -> None:
    assert call("HEAD", f"{url}/pkgpanda/active.buildinfo.full.json").status_code == 200
    router.asks = True
    refused = call("HEAD", f"{url}/pkgpanda/active.buildinfo.full.json")
    assert (refused.status_code, refused.headers["WWW-Authenticate"]) == (401, "acsjwt")


def test_only_enterprise_tells_how_secure_it_is(url: str, router: AdminRouter) -> None:
    assert call("GET", f"{url}/dcos-metadata/bootstrap-config.json").status_code == 404
    router.about.security = "strict"
    assert call("GET", f"{url}/dcos-metadata/bootstrap-config.json").json() == {"security": "strict"}
