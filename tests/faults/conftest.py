from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from janitor.patience import Patience, Stop
from janitor.transport.http import Authorizer, Http
from janitor.transport.trust import Tls, Trust
from tests.clock import HANGS

MakeHttp = Callable[..., Http]


@pytest.fixture(autouse=True)
def _no_ca_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def make_http() -> Iterator[MakeHttp]:
    """Makes an Http that is closed after the test: `make_http("http://named", timeout=5)`."""
    made: list[Http] = []

    def make(
        *named: str,
        timeout: float = HANGS,
        stop: Stop | None = None,
        tls: Tls | None = None,
        authorizer: Authorizer | None = None,
        on_request: Callable[[str, str], None] | None = None,
        redact: Callable[[str], str] = str,
    ) -> Http:
        http = Http(
            trust=Trust(named, tls=tls),
            patience=Patience(timeout, stop=stop),
            authorizer=authorizer,
            on_request=on_request,
            redact=redact,
        )
        made.append(http)
        return http

    yield make
    for http in made:
        http.close()


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def ca_file(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("ca") / "ca.crt"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture(scope="session")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    """What a server at 127.0.0.1 or localhost shows."""
    return tls_of(authority.issue_cert("127.0.0.1", "localhost"))


def tls_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context
