"""The sandbox's Exhibitor over a real ZooKeeper: 200 whatever happens, and a body that tells."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from kazoo.client import KazooClient

from janitor.sandbox.dcos.exhibitor import Exhibitor, exhibitor_app
from janitor.sandbox.serve import Host
from tests.clock import HANGS
from tests.zookeeper.server import SUPER, ZooKeeperServer, zookeeper_or_skip

EXPLORER = "/exhibitor/v1/explorer"


@pytest.fixture(scope="module")
def zookeeper() -> Iterator[ZooKeeperServer]:
    zookeeper_or_skip()
    with ZooKeeperServer() as server:
        yield server


@pytest.fixture
def client(zookeeper: ZooKeeperServer) -> Iterator[KazooClient]:
    with zookeeper.connected() as client:
        yield client
        for name in client.get_children("/"):
            if name != "zookeeper":
                client.delete(f"/{name}", recursive=True)


@pytest.fixture
def exhibitor(zookeeper: ZooKeeperServer) -> Iterator[Exhibitor]:
    exhibitor = Exhibitor(zookeeper.address)
    yield exhibitor
    exhibitor.close()


@pytest.fixture
def url(host: Host, exhibitor: Exhibitor) -> str:
    return host.serve(exhibitor_app(exhibitor)).url


def call(method: str, url: str, **more: Any) -> Any:
    answer = requests.request(method, url, timeout=HANGS, **more)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    return answer.json()


def test_a_tree_is_deleted(url: str, client: KazooClient) -> None:
    client.create("/x/a/b", b"", makepath=True)
    client.create("/x/c", b"")
    assert call("DELETE", f"{url}{EXPLORER}/znode/x", json={}) == {"message": "OK", "succeeded": True}
    assert client.exists("/x") is None


def test_a_missing_znode_is_a_failure_with_status_200(url: str) -> None:
    assert call("DELETE", f"{url}{EXPLORER}/znode/x") == {
        "message": "KeeperErrorCode = NoNode for /x",
        "succeeded": False,
    }


@pytest.mark.parametrize("path, words", [("/x", "empty node name specified"), ("x/", "must not end with /")])
def test_an_invalid_path_is_a_failure_with_status_200(url: str, path: str, words: str) -> None:
    answer = call("DELETE", f"{url}{EXPLORER}/znode/{path}")
    assert not answer["succeeded"]
    assert words in answer["message"]


def test_what_may_not_be_deleted_stays_and_the_rest_is_gone(
    zookeeper: ZooKeeperServer, url: str, client: KazooClient
) -> None:
    client.create("/x/a/b", b"", makepath=True)
    with zookeeper.enterprise_root():
        answer = call("DELETE", f"{url}{EXPLORER}/znode/x")
        assert answer == {"message": "KeeperErrorCode = NoAuth for /x", "succeeded": False}
        assert client.get_children("/x") == []
        allowed = Exhibitor(zookeeper.address, auth=SUPER)
        host = Host()
        host.start()
        try:
            local = host.serve(exhibitor_app(allowed)).url
            assert call("DELETE", f"{local}{EXPLORER}/znode/x")["succeeded"]
        finally:
            host.stop()
            allowed.close()
        assert client.exists("/x") is None


def test_the_children(url: str, client: KazooClient) -> None:
    client.create("/x/lock", b"", makepath=True)
    assert call("GET", f"{url}{EXPLORER}/node?key=/x") == [
        {"title": "lock", "key": "/x/lock", "isLazy": True, "expand": False}
    ]
    assert call("GET", f"{url}{EXPLORER}/node?key=/x/lock") == []
    missing = [{"title": "* Exception *", "key": "*", "isLazy": False, "expand": False}]
    assert call("GET", f"{url}{EXPLORER}/node?key=/y") == missing
    assert "x" in [each["title"] for each in call("GET", f"{url}{EXPLORER}/node?key=/")]


def test_the_data_and_who_holds_an_ephemeral(url: str, client: KazooClient) -> None:
    client.create("/x", b"hi", ephemeral=True)
    shown = call("GET", f"{url}{EXPLORER}/node-data?key=/x")
    stat = client.exists("/x")
    assert stat is not None
    assert (shown["bytes"], shown["str"]) == ("68 69 ", "hi")
    fields = dict(part.split(": ") for part in shown["stat"].split(", "))
    assert list(fields)[:3] == ["czxid", "mzxid", "ctime"]
    assert fields["czxid"] == str(stat.czxid)
    assert fields["ephemeralOwner"] == str(client.client_id[0])


def test_what_is_missing_is_told_from_what_failed(url: str) -> None:
    assert call("GET", f"{url}{EXPLORER}/node-data?key=/y") == {"bytes": "", "str": "", "stat": "* not found * "}
    wrong = call("GET", f"{url}{EXPLORER}/node-data?key=y")
    assert (wrong["str"], wrong["stat"]) == ("Exception", "Path must start with / character")


def test_put_sets_and_creates(url: str, client: KazooClient) -> None:
    assert call("PUT", f"{url}{EXPLORER}/znode/x/y", data="68 69")["succeeded"]
    assert client.get("/x/y")[0] == b"hi"
    assert call("PUT", f"{url}{EXPLORER}/znode/x/y", data="6a")["succeeded"]
    assert client.get("/x/y")[0] == b"j"


def test_an_unreachable_zookeeper_answers_200_too(host: Host) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        for hosts in (None, f"127.0.0.1:{nobody.getsockname()[1]}"):
            exhibitor = Exhibitor(hosts, patience=0.2)
            url = host.serve(exhibitor_app(exhibitor)).url
            assert call("DELETE", f"{url}{EXPLORER}/znode/x") == {
                "message": "KeeperErrorCode = ConnectionLoss for /x",
                "succeeded": False,
            }
            assert call("GET", f"{url}{EXPLORER}/node-data?key=/x")["str"] == "Exception"
            exhibitor.close()


def test_changes_can_be_disabled(url: str, exhibitor: Exhibitor, client: KazooClient) -> None:
    client.create("/x", b"")
    exhibitor.read_only = True
    answer = requests.delete(f"{url}{EXPLORER}/znode/x", timeout=HANGS)
    assert (answer.status_code, answer.content) == (403, b"")
    assert client.exists("/x") is not None


def test_an_admin_password_protects_everything_but_the_status(url: str, exhibitor: Exhibitor) -> None:
    exhibitor.admin_password = "secret"
    assert requests.get(f"{url}{EXPLORER}/node?key=/", timeout=HANGS).status_code == 401
    assert requests.get(f"{url}{EXPLORER}/node?key=/", timeout=HANGS, auth=("admin", "secret")).status_code == 200
    status = call("GET", f"{url}/exhibitor/v1/cluster/status")
    assert (status[0]["description"], status[0]["isLeader"]) == ("serving", True)
    exhibitor.admin_password = None
    port = int(str(exhibitor.hosts).rsplit(":", 1)[1])
    assert call("GET", f"{url}/exhibitor/v1/cluster/list") == {"servers": ["127.0.0.1"], "port": port}
