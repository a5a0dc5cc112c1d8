"""`-m zk://HOST:PORT/mesos`: the leader is found in a real ZooKeeper, followed, and the znode is looked for there."""

from __future__ import annotations

import json
import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import trustme
from kazoo.client import KazooClient

from janitor.connect import Connection
from janitor.errors import Unreachable
from janitor.events import Answered, Waiting
from janitor.mesos.cluster import Flags
from janitor.patience import Patience
from janitor.secret import Secret
from janitor.target import Credentials, Limits, MesosLogin, Target
from tests.engine.conftest import Make
from tests.engine.scene import Scene
from tests.engine.test_basic import as_ops
from tests.engine.test_znode import leader_id
from tests.engine.tokens import TOKEN, as_user
from tests.faults.wire import WireServer, answer
from tests.zookeeper.server import ZooKeeperServer


def in_zookeeper(make: Make, zookeeper: ZooKeeperServer, *, masters: int = 3) -> Scene:
    """A scene whose masters register in the real ZooKeeper, which a run is told of by -m alone."""
    place = f"zk://{zookeeper.address}/mesos"
    scene = make(masters=masters, zk=place, registers=True)
    scene.kafka()
    scene.target = replace(scene.target, mesos=place, zookeeper=None)
    scene.unwatched = "/mesos"
    return scene


def test_the_leader_is_found_and_the_znode_is_in_the_same_ensemble(make: Make, zookeeper: ZooKeeperServer) -> None:
    scene = in_zookeeper(make, zookeeper)
    scene.is_clean(scene.run())
    assert not scene.znode()
    assert scene.target.reach[:2] == ("-m", f"zk://{zookeeper.address}/mesos")


def test_a_new_leader_is_followed(make: Make, zookeeper: ZooKeeperServer) -> None:
    """It changes after the first write: the rest goes to the next leader, which ZooKeeper names."""
    scene = in_zookeeper(make, zookeeper)
    scene.recorder.on(Answered, scene.control.fail_over)
    ran = scene.run()
    scene.is_clean(ran)
    writers = {one["to"] for one in ran.requests if one["path"] == "/master/api/v1"}
    assert len(writers) >= 2


@pytest.mark.parametrize("login", ["token", "principal"])
def test_who_is_found_there_counts_as_named(make: Make, zookeeper: ZooKeeperServer, login: str) -> None:
    scene = in_zookeeper(make, zookeeper)
    user = as_user(scene, {}) if login == "token" else as_ops(scene)
    scene.recorder.on(Answered, scene.control.fail_over)
    scene.is_clean(scene.run(target=user))
    assert TOKEN not in scene.target.reach


@dataclass(frozen=True)
class Named:
    """A target whose leader is found in ZooKeeper, and the file of the CA that signed the leader's certificate."""

    target: Target
    ca_file: str


@pytest.fixture
def tls_master(zookeeper: ZooKeeperServer, client: KazooClient, tmp_path: Path) -> Iterator[tuple[WireServer, Named]]:
    """A leader that speaks TLS alone; it keeps what comes in plain text all the same."""
    authority = trustme.CA()
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with WireServer(answer(200, b"{}"), tls=tls) as server:
        _registered(client, server)
        target = Target(mesos=f"zk://{zookeeper.address}/tls")
        yield server, Named(target, str(tmp_path / "ca.pem"))


def _registered(client: KazooClient, server: WireServer) -> None:
    info = {"id": "m", "address": {"hostname": "127.0.0.1", "ip": "127.0.0.1", "port": server.port}}
    client.create("/tls/json.info_0000000001", json.dumps(info).encode(), makepath=True)


LOGINS = {
    "token": Credentials(token=Secret(TOKEN)),
    "principal": Credentials(mesos=MesosLogin("ops", Secret("a-secret-of-mesos"))),
}


def _flags(target: Target) -> Flags:
    with closing(Connection(target, Limits(), Patience(60.0), lambda _: None)) as connection:
        return connection.master.flags("m")


@pytest.mark.parametrize("login", LOGINS)
def test_no_login_is_sent_over_http_to_a_leader_that_speaks_tls(
    tls_master: tuple[WireServer, Named], monkeypatch: pytest.MonkeyPatch, login: str
) -> None:
    """ZooKeeper does not say which of the two a master speaks: that is asked first, without the login."""
    server, named = tls_master
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", named.ca_file)
    _flags(replace(named.target, credentials=LOGINS[login]))
    assert [one.target for one in server.requests] == ["/master/health", "/master/api/v1"]
    assert server.tokens[0] is None
    assert (server.tokens[1] or "").split("=")[0].split(" ")[0] in ("token", "Basic")
    assert len(server.in_plain_text) == 1
    assert b"authorization" not in server.in_plain_text[0].lower()


def test_with_a_ca_nothing_is_sent_over_http_at_all(tls_master: tuple[WireServer, Named]) -> None:
    server, named = tls_master
    _flags(replace(named.target, credentials=LOGINS["token"], ca_cert=named.ca_file))
    assert server.tokens == [None, f"token={TOKEN}"]
    assert server.in_plain_text == []


def test_with_a_ca_a_leader_that_speaks_http_gets_no_login(
    tls_master: tuple[WireServer, Named], client: KazooClient
) -> None:
    _, named = tls_master
    client.delete("/tls", recursive=True)
    with WireServer(answer(200, b"{}")) as server:
        _registered(client, server)
        with pytest.raises(Unreachable) as caught:
            _flags(replace(named.target, credentials=LOGINS["token"], ca_cert=named.ca_file))
        assert server.requests == []
    assert "-m http://MASTER:5050/" in (caught.value.remedy or "")


def test_a_leader_whose_name_is_unknown_here_is_asked_at_its_address(
    make: Make, zookeeper: ZooKeeperServer, client: KazooClient
) -> None:
    scene = make()
    scene.kafka()
    host, _, port = scene.sandbox.cluster.served[0].address.partition(":")
    where = {"hostname": "m-1.invalid", "ip": host, "port": int(port)}
    info = json.dumps({"id": leader_id(scene), "address": where})
    client.create("/masters/json.info_0000000007", info.encode(), makepath=True)
    scene.target = replace(scene.target, mesos=f"zk://{zookeeper.address}/masters", zookeeper=None)
    scene.is_clean(scene.run())


def test_while_nobody_leads_it_waits(make: Make, zookeeper: ZooKeeperServer, client: KazooClient) -> None:
    scene = make()
    client.create("/nobody", b"")
    scene.recorder.on(Waiting, scene.clock.jump, nth=3)
    ran = scene.run(target={"mesos": f"zk://{zookeeper.address}/nobody"}, timeout=600)
    assert ran.status == 5
    assert ran.outcome.error is not None
    assert f"zk://{zookeeper.address}/nobody: no master leads at the moment." in ran.outcome.error[0]


def test_a_path_that_is_not_there_is_told_at_once(make: Make, zookeeper: ZooKeeperServer) -> None:
    scene = make()
    ran = scene.run(target={"mesos": f"zk://{zookeeper.address}/mesoss"}, timeout=600)
    assert ran.status == 5
    assert ran.outcome.error is not None
    message, remedy = ran.outcome.error
    assert "There is no /mesoss in ZooKeeper at" in message
    assert "--zk flag: -m zk://HOST:PORT/mesos" in (remedy or "")


def test_what_another_program_registered_is_no_master(
    make: Make, zookeeper: ZooKeeperServer, client: KazooClient
) -> None:
    scene = make()
    client.create("/other/json.info_0000000001", b'{"id":"x"}', makepath=True)
    ran = scene.run(target={"mesos": f"zk://{zookeeper.address}/other"}, timeout=600)
    assert ran.status == 5
    assert ran.outcome.error is not None
    assert "is not registered as a Mesos master" in ran.outcome.error[0]


def test_a_zookeeper_that_is_not_there_is_named(scene: Scene, nobody: str) -> None:
    ran = scene.run(target={"mesos": f"zk://{nobody}/mesos", "credentials": Credentials(token=Secret("t"))})
    assert ran.status == 5
    assert ran.outcome.error is not None
    assert nobody in ran.outcome.error[0]
    assert "Cannot reach ZooKeeper" in ran.outcome.error[0]
