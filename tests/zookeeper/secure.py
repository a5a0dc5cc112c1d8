"""A real ZooKeeper that speaks TLS (`secureClientPort`), and the certificates for it."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from janitor.patience import Patience
from janitor.sandbox.ports import claimed_port
from tests.clock import HANGS
from tests.zookeeper.server import TLS_CLASSPATH, ZooKeeperServer, zookeeper_or_skip


def issued(directory: Path) -> Path:
    """Fill `directory` with ca.pem, and key and certificate in one: server.pem for 127.0.0.1, client.pem for us."""
    authority = trustme.CA()
    for_server = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(directory / "ca.pem")
    # Java reads PKCS #8 only.
    key = load_pem_private_key(for_server.private_key_pem.bytes(), None)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (directory / "server.pem").write_bytes(pem + b"".join(each.bytes() for each in for_server.cert_chain_pems))
    authority.issue_cert("ops@example.com").private_key_and_cert_chain_pem.write_to_path(directory / "client.pem")
    return directory


@contextmanager
def secure_server(certificates: Path, *, client_auth: str = "none") -> Iterator[tuple[str, ZooKeeperServer]]:
    """Have such a server; gives the HOST:PORT that speaks TLS, and the server, whose other port does not.

    `client_auth`: whether it wants a certificate of its client (none, need).
    """
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
        f"ssl.clientAuth={client_auth}",
    )
    with claimed_port() as port, ZooKeeperServer(extra=(f"secureClientPort={port}", *settings)) as server:
        Patience(HANGS).poll(lambda: _shake_hands(port, certificates))
        yield f"127.0.0.1:{port}", server


def _shake_hands(port: int, certificates: Path) -> bool | None:
    """Once: for its first handshake Java loads so much that it may take longer than we give a server."""
    trusting = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    try:
        with (
            socket.create_connection(("127.0.0.1", port), timeout=HANGS) as connection,
            trusting.wrap_socket(connection, server_hostname="127.0.0.1"),
        ):
            return True
    except ssl.SSLError:  # it wants a certificate, and has loaded what it takes to say so
        return True
    except ConnectionError:  # it listens there a moment after it has begun to serve
        return None
