"""A certificate of our own, for servers that ask for one over https."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from janitor.errors import Unreachable, Untrusted, UsageError
from janitor.transport.trust import Tls
from tests.faults.conftest import MakeHttp, tls_of
from tests.faults.wire import WireServer, answer


class Files:
    """A certificate and its key, in files together and apart."""

    def __init__(self, authority: trustme.CA, folder: Path) -> None:
        made = authority.issue_cert("operator@example.com")
        key, chain = made.private_key_pem.bytes(), b"".join(one.bytes() for one in made.cert_chain_pems)
        self.both, self.cert, self.key, self.locked = (folder / name for name in ("both", "cert", "key", "locked"))
        self.both.write_bytes(key + chain)
        self.cert.write_bytes(chain)
        self.key.write_bytes(key)
        loaded = serialization.load_pem_private_key(key, None)
        form = serialization.PrivateFormat.PKCS8
        self.locked.write_bytes(
            loaded.private_bytes(serialization.Encoding.PEM, form, serialization.BestAvailableEncryption(b"longsecret"))
        )


@pytest.fixture
def files(authority: trustme.CA, tmp_path: Path) -> Files:
    return Files(authority, tmp_path)


@pytest.fixture(params=[ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=lambda version: version.name)
def asking(request: pytest.FixtureRequest, authority: trustme.CA) -> ssl.SSLContext:
    """A server that wants a certificate of the authority: in TLS 1.3 it says so after the handshake."""
    context = tls_of(authority.issue_cert("127.0.0.1"))
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    context.maximum_version = request.param
    return context


@pytest.mark.parametrize("apart", [False, True])
def test_it_is_shown_to_who_asks(
    make_http: MakeHttp, asking: ssl.SSLContext, ca_file: str, files: Files, apart: bool
) -> None:
    cert, key = (str(files.cert), str(files.key)) if apart else (str(files.both), None)
    with WireServer(answer(200, b"x"), tls=asking) as server:
        http = make_http(tls=Tls(ca_file, client_cert=cert, client_key=key))
        assert http.request("GET", server.url).body == b"x"
        unverified = make_http(tls=Tls(insecure=True, client_cert=cert, client_key=key))
        assert unverified.request("GET", server.url).body == b"x"


@pytest.mark.parametrize("shown", ["none", "a stranger's"])
def test_a_server_that_wants_another_one_is_told_as_such(
    make_http: MakeHttp, asking: ssl.SSLContext, ca_file: str, tmp_path: Path, shown: str
) -> None:
    cert = str(Files(trustme.CA(), tmp_path).both) if shown != "none" else None
    with WireServer(answer(200, b"x"), tls=asking) as server, pytest.raises((Untrusted, Unreachable)) as caught:
        make_http(tls=Tls(ca_file, client_cert=cert)).request("POST", server.url, body=b"x")
    old = asking.maximum_version == ssl.TLSVersion.TLSv1_2 and shown == "none"
    words = "sslv3 alert handshake failure" if old else "the server does not accept our TLS certificate, or wants one"
    assert words in caught.value.message
    assert not caught.value.sent
    assert "--client-cert FILE --client-key FILE" in (caught.value.remedy or "")
    assert server.requests == []


def test_files_that_are_none_are_told_before_anything_is_contacted(
    make_http: MakeHttp, files: Files, authority: trustme.CA, tmp_path: Path
) -> None:
    other = tmp_path / "other"
    other.write_bytes(authority.issue_cert("x.example").private_key_pem.bytes())
    for cert, key, words in (
        ("/no/such/file", None, "--client-cert /no/such/file: there is no such file"),
        (files.cert, None, f"--client-cert {files.cert} holds no private key in PEM"),
        (files.key, files.key, f"--client-cert {files.key} holds no certificate in PEM"),
        (files.cert, files.cert, f"--client-key {files.cert} holds no private key in PEM"),
        (files.cert, other, "the key does not belong to the certificate"),
        (files.cert, files.locked, "the key has a passphrase"),
    ):
        with pytest.raises(UsageError) as caught:
            make_http(tls=Tls(client_cert=str(cert), client_key=str(key) if key else None))
        assert words in caught.value.message
