"""ZooKeeper over TLS (a secureClientPort): verified by default, and said plainly when it cannot be."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from janitor.errors import ZooKeeperTrouble
from janitor.patience import Patience
from janitor.zookeeper.direct import KazooEnsemble
from janitor.zookeeper.paths import parse_hosts
from tests.clock import HANGS
from tests.zookeeper.secure import issued, secure_server
from tests.zookeeper.server import ZooKeeperServer

PATIENT = HANGS
"""Seconds for a connection that comes, or is given up on for a reason, as soon as the machine gets to it."""


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return issued(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def secure_address(certificates: Path) -> Iterator[str]:
    """Where a real server speaks TLS."""
    with secure_server(certificates) as (address, _):
        yield address


def look(address: str, tls: ssl.SSLContext | None, *, connect_within: float = 5) -> bool:
    ensemble = KazooEnsemble(parse_hosts(address), Patience(PATIENT), tls=tls, connect_within=connect_within)
    try:
        return ensemble.look("/zookeeper").exists
    finally:
        ensemble.close()


def test_a_server_whose_authority_is_known_is_trusted(secure_address: str, certificates: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    assert look(secure_address, trusting, connect_within=PATIENT)


def test_an_unknown_authority_is_not_trusted_and_said_to_be_so(secure_address: str) -> None:
    with pytest.raises(ZooKeeperTrouble, match="certificate that cannot be verified"):
        look(secure_address, ssl.create_default_context())


def test_a_name_that_is_not_in_the_certificate_is_not_trusted(secure_address: str, certificates: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    with pytest.raises(ZooKeeperTrouble, match=r"certificate that cannot be verified .*localhost"):
        look(secure_address.replace("127.0.0.1", "localhost"), trusting)


def test_a_server_that_speaks_tls_is_named_as_such(secure_address: str) -> None:
    with pytest.raises(ZooKeeperTrouble, match=f"{secure_address} speaks TLS") as caught:
        look(secure_address, None, connect_within=PATIENT)
    assert "--zookeeper-tls" in str(caught.value.remedy)


def test_a_server_that_speaks_no_tls_is_named_as_such(zookeeper: ZooKeeperServer, certificates: Path) -> None:
    trusting = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
    with pytest.raises(ZooKeeperTrouble, match=f"{zookeeper.address} does not speak TLS") as caught:
        look(zookeeper.address, trusting, connect_within=PATIENT)
    assert "secureClientPort" in str(caught.value.remedy)


def test_a_server_that_wants_a_certificate_of_the_client_gets_it(certificates: Path) -> None:
    with secure_server(certificates, client_auth="need") as (address, _):
        trusting = ssl.create_default_context(cafile=str(certificates / "ca.pem"))
        with pytest.raises(ZooKeeperTrouble, match="wants a certificate of its client"):
            look(address, trusting, connect_within=PATIENT)
        trusting.load_cert_chain(certificates / "client.pem")
        assert look(address, trusting, connect_within=PATIENT)
