"""ZooKeeper that authenticates with SASL (DIGEST-MD5), as a JAAS file on the server sets it up."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from kazoo.security import ACL, Id

from janitor.errors import ZooKeeperTrouble
from janitor.patience import Patience
from janitor.secret import Secret
from janitor.zookeeper.direct import KazooEnsemble
from janitor.zookeeper.paths import parse_hosts
from tests.clock import HANGS
from tests.zookeeper.server import SUPER, ZooKeeperServer, zookeeper_or_skip

JAAS = 'Server { org.apache.zookeeper.server.auth.DigestLoginModule required user_ops="let me"; };\n'

PATIENT = HANGS


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZooKeeperServer]:
    """A server with one SASL user, and a tree that only it may change."""
    zookeeper_or_skip()
    jaas = tmp_path_factory.mktemp("sasl") / "jaas.conf"
    jaas.write_text(JAAS)
    provider = "authProvider.1=org.apache.zookeeper.server.auth.SASLAuthenticationProvider"
    with ZooKeeperServer(extra=(provider,), java=(f"-Djava.security.auth.login.config={jaas}",)) as running:
        yield running


def ensemble(server: ZooKeeperServer, auth: str, *, sasl: bool) -> KazooEnsemble:
    return KazooEnsemble(
        parse_hosts(server.address), Patience(PATIENT), auth=Secret(auth), sasl=sasl, connect_within=PATIENT
    )


def test_what_a_sasl_user_alone_may_delete_is_deleted_with_its_login(server: ZooKeeperServer) -> None:
    only_ops = [ACL(31, Id("sasl", "ops"))]
    with server.connected(auth=SUPER) as client:
        client.create("/dcos-service-kafka", acl=only_ops)
        client.create("/dcos-service-kafka/state", b"x", acl=only_ops)

    with_digest = ensemble(server, "ops:let me", sasl=False)
    try:
        with pytest.raises(ZooKeeperTrouble, match=r"NoAuth|denied|denies"):
            with_digest.remove("/dcos-service-kafka", with_digest.look("/dcos-service-kafka").czxid, lambda *_: None)
    finally:
        with_digest.close()

    with_sasl = ensemble(server, "ops:let me", sasl=True)
    try:
        seen = with_sasl.look("/dcos-service-kafka")
        removed = with_sasl.remove("/dcos-service-kafka", seen.czxid, lambda *_: None)
    finally:
        with_sasl.close()
    assert removed.state == "gone"
    with server.connected(auth=SUPER) as client:
        assert client.exists("/dcos-service-kafka") is None


def test_a_wrong_password_is_refused(server: ZooKeeperServer) -> None:
    wrong = ensemble(server, "ops:guessed", sasl=True)
    try:
        with pytest.raises(ZooKeeperTrouble, match="does not accept the credentials"):
            wrong.look("/zookeeper")
    finally:
        wrong.close()
