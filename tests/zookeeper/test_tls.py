"""ZooKeeper over TLS (a secureClientPort): verified by default, and said plainly when it cannot be."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from janitor.errors import ZooKeeperTrouble
from janitor.patience import Patience
from janitor.sandbox.ports import claimed_port
from janitor.zookeeper.direct import KazooEnsemble
from janitor.zookeeper.paths import parse_hosts
from tests.zookeeper.server import TLS_CLASSPATH, ZooKeeperServer, zookeeper_or_skip


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with ca.pem, and server.pem for 127.0.0.1, key and certificate."""
    directory = tmp_path_factory.mktemp("tls")
    authority = trustme.CA()
    issued = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(directory / "ca.pem")
    # Java reads PKCS #8 only.
    key = load_pem_private_key(issued.private_key_pem.bytes(), None)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (directory / "server.pem").write_bytes(pem + b"".join(each.bytes() for each in issued.cert_chain_pems))
    return directory


@pytest.fixture(scope="module")
def secure_address(certificates: Path) -> Iterator[str]:
    """Where a real server speaks TLS."""
    zookeeper_or_skip()
    if not all(jar.exists() for jar in TLS_CLASSPATH):
        pytest.skip("TLS needs Netty (Debian: libnetty-java)")
    settings = (
        "secureClientPortAddress=127.0.0.1",
        "serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory",
        f"ssl.keyStore.location={certificates / 'server.pem'}",
        "ssl.keyStore.type=PEM",
        f"ssl.trustStore.location={certificates / 'ca.pem'}",
        "ssl.trustStore.type=PEM",
        "ssl.clientAuth=none",
    )
    with claimed_port() as port, ZooKeeperServer(extra=(f"secureClientPort={port}", *settings)):
        Patience(60).poll(lambda: _shake_hands(port, certificates))
        yield f"127.0.0.1:{port}"


def _shake_hands(port: int, certificates: Path) -> bool | None:
    """Once: for its first handshake Java loads so much that it may take longer than we give a server."""
    trusting = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=60) as connection,
            trusting.wrap_socket(connection, server_hostname="127.0.0.1"),
        ):
            return True
    except ConnectionError:  # it listens there a moment after it has begun to serve
        return None


def look(address: str, tls: ssl.SSLContext | None, *, connect_within: float = 5) -> bool:
    ensemble = KazooEnsemble(parse_hosts(address), Patience(60), tls=tls, connect_within=connect_within)
    try:
        return ensemble.look("/zookeeper").exists
    finally:
        ensemble.close()


def test_a_server_whose_authority_is_known_is_trusted(secure_address: str, certificates: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    assert look(secure_address, trusting, connect_within=60)


def test_an_unknown_authority_is_not_trusted_and_said_to_be_so(secure_address: str) -> None:
    with pytest.raises(ZooKeeperTrouble, match="certificate that cannot be verified"):
        look(secure_address, ssl.create_default_context())


def test_plain_text_to_a_tls_port_gives_no_session(secure_address: str) -> None:
    with pytest.raises(ZooKeeperTrouble, match="gives no session"):
        look(secure_address, None)
