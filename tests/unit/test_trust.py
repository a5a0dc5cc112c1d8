from __future__ import annotations

import os
import ssl
import threading
from pathlib import Path

import pytest
import trustme

from janitor.errors import OutOfTime, UsageError
from janitor.namedfile import Reading
from janitor.patience import Patience
from janitor.transport.trust import Tls


@pytest.fixture(autouse=True)
def _no_ca_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)


def names(context: ssl.SSLContext) -> list[object]:
    return [certificate["subject"] for certificate in context.get_ca_certs()]


def test_everything_is_verified_unless_told_otherwise() -> None:
    context = Tls().context()
    assert context.verify_mode == ssl.CERT_REQUIRED
    assert context.check_hostname
    assert len(names(context)) > 50
    assert (
        context.minimum_version >= ssl.TLSVersion.TLSv1_2 or context.minimum_version == ssl.TLSVersion.MINIMUM_SUPPORTED
    )


def test_insecure_verifies_nothing() -> None:
    context = Tls(insecure=True).context()
    assert (context.verify_mode, context.check_hostname) == (ssl.CERT_NONE, False)


def test_a_ca_file_stands_alone(tmp_path: Path) -> None:
    authority = trustme.CA()
    path = tmp_path / "ca.crt"
    authority.cert_pem.write_to_path(str(path))
    assert len(names(Tls(ca_cert=str(path)).context())) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"not a certificate", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"\x30\x82\x00"],
)
def test_a_file_without_certificates(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "ca.crt"
    path.write_bytes(content)
    with pytest.raises(UsageError, match="holds no PEM certificates") as caught:
        Tls(ca_cert=str(path)).context()
    assert str(path) in caught.value.message
    assert "--ca-cert" in caught.value.message


def test_a_missing_file() -> None:
    with pytest.raises(UsageError, match=r"--ca-cert /no/such\.crt: there is no such file"):
        Tls(ca_cert="/no/such.crt").context()


def test_a_ca_through_a_pipe_and_with_comments_of_any_encoding(tmp_path: Path) -> None:
    """`--ca-cert <(...)`; the names of CAs above their certificates are in whatever encoding."""
    authority = trustme.CA()
    path = tmp_path / "ca.crt"
    os.mkfifo(path)
    content = "# F\u0151tan\u00fas\u00edtv\u00e1ny\n".encode() + b"# caf\xe9\n" + authority.cert_pem.bytes() * 2

    def write() -> None:
        path.write_bytes(content)

    writer = threading.Thread(target=write)
    writer.start()
    tls = Tls(ca_cert=str(path))
    assert len(names(tls.context())) == 1
    writer.join()
    assert len(names(Tls(ca_cert=str(path)).context())) == 1, "another connection asks for it again"


def test_a_ca_that_nobody_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "ca.crt"
    os.mkfifo(path)
    reading = Reading(Patience(0.2))
    with pytest.raises(OutOfTime, match="--ca-cert"):
        Tls(ca_cert=str(path), reading=reading).context()
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    with pytest.raises(OutOfTime, match="SSL_CERT_FILE"):
        Tls(reading=reading).context()


def test_a_directory(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is a directory"):
        Tls(ca_cert=str(tmp_path)).context()


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_an_unreadable_file(tmp_path: Path) -> None:
    path = tmp_path / "ca.crt"
    path.write_bytes(b"x")
    path.chmod(0)
    with pytest.raises(UsageError, match="this user may not"):
        Tls(ca_cert=str(path)).context()


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_a_variable_that_names_nothing_is_named(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "/no/such.crt")
    with pytest.raises(UsageError, match=f"{variable} /no/such.crt: there is no such file"):
        Tls().context()


def test_a_variable_may_name_a_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """As requests has it: a directory of hashed certificates."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
    assert Tls().context().verify_mode == ssl.CERT_REQUIRED
