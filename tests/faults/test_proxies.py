"""Proxies that the environment names, by requests' own rules; through a real one, and one that writes all down."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import pytest

from janitor.errors import HttpStatus, LoginPage, NoAnswer, Unreachable, UsageError
from janitor.transport.jsonbody import expect
from janitor.transport.proxies import LOGIN_REMEDY, proxy_for
from janitor.transport.trust import Tls
from janitor.transport.urls import Origin, split
from tests.faults.conftest import MakeHttp
from tests.faults.proxy import Running, tinyproxy
from tests.faults.test_redirects import TOKEN, Holder
from tests.faults.wire import Request, Wire, WireServer, answer

PASSWORD = "longsecret-of-the-proxy"


@pytest.fixture(scope="module")
def proxy() -> Iterator[Running]:
    with tinyproxy(f"BasicAuth me {PASSWORD}") as running:
        yield running


def use(monkeypatch: pytest.MonkeyPatch, url: str, *names: str) -> None:
    for name in names or ("HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, url)


def test_plain_http_goes_through_it_with_its_login(
    make_http: MakeHttp, proxy: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, f"http://me:{PASSWORD}@127.0.0.1:{proxy.port}")
    with WireServer(answer(200, b"x")) as server:
        http = make_http(server.url, authorizer=Holder())
        assert http.request("GET", f"{server.url}/a?b=c").body == b"x"
        assert http.request("POST", f"{server.url}/d", body=b"e").body == b"x"
    assert [(one.method, one.target, one.body) for one in server.requests] == [
        ("GET", "/a?b=c", b""),
        ("POST", "/d", b"e"),
    ]
    assert server.tokens == [TOKEN, TOKEN]
    assert all("via" in one.headers and "proxy-authorization" not in one.headers for one in server.requests)


def test_https_goes_through_a_tunnel_verified(
    make_http: MakeHttp, proxy: Running, monkeypatch: pytest.MonkeyPatch, server_tls: ssl.SSLContext, ca_file: str
) -> None:
    use(monkeypatch, f"http://me:{PASSWORD}@127.0.0.1:{proxy.port}")
    with WireServer(answer(200, b"x"), tls=server_tls) as server:
        http = make_http(server.url, authorizer=Holder(), tls=Tls(ca_cert=ca_file))
        for _ in range(3):
            assert http.request("GET", f"{server.url}/a").body == b"x"
        with pytest.raises(NoAnswer, match=r"through the proxy http://127.0.0.1:\d+\): the TLS certificate"):
            make_http().request("GET", server.url)
    assert server.tokens == [TOKEN] * 3
    assert f"CONNECT 127.0.0.1:{server.port} HTTP/1." in proxy.asked


def test_it_sees_no_token_for_an_https_origin(make_http: MakeHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[bytes] = []

    def tunnel(wire: Wire, request: Request) -> None:
        heard.append(request.head)
        wire.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        heard.append(wire.sock.recv(1 << 16))
        wire.cut()

    with WireServer(tunnel) as proxy:
        use(monkeypatch, f"http://me:{PASSWORD}@127.0.0.1:{proxy.port}")
        http = make_http("https://cluster.example", authorizer=Holder())
        with pytest.raises(Unreachable):
            http.request("POST", "https://cluster.example/x", body=b"secret")
    assert heard[0].startswith(b"CONNECT cluster.example:443 HTTP/1.")
    assert TOKEN.encode() not in b"".join(heard)
    assert b"secret" not in b"".join(heard)
    assert b"\nauthorization:" not in b"".join(heard).lower()


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_requests_own_rules(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    use(monkeypatch, "http://p.example:3128", name)
    monkeypatch.setenv("no_proxy", "localhost,.corp.example,10.0.0.0/8,m1.example:5050")
    for url, used in (
        ("http://m2.example:5050/", True),
        ("http://m1.example:5050/", False),
        ("http://a.corp.example/", False),
        ("http://10.1.2.3:5051/", False),
        ("http://11.1.2.3:5051/", True),
        ("http://localhost:5050/", False),
    ):
        assert proxy_for(split(url)[0]) == ("http://p.example:3128" if used else None), url


def test_without_any_everything_is_asked_directly() -> None:
    assert proxy_for(Origin("https", "cluster.example", 443)) is None


@pytest.mark.parametrize("proxy", ["socks5://me:longsecret@p.example:1080", "ftp://p.example", "http://:3128"])
def test_what_is_no_proxy_is_told_without_its_password(
    make_http: MakeHttp, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    use(monkeypatch, proxy)
    with pytest.raises(UsageError, match="is none that can be used") as caught:
        make_http().request("GET", "http://cluster.example/")
    assert "longsecret" not in caught.value.message


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_error_says_that_there_was_one(
    make_http: MakeHttp, proxy: Running, monkeypatch: pytest.MonkeyPatch, nobody: str, scheme: str
) -> None:
    """Nobody listens behind it; it wants a login; nobody is the proxy. The password is in none of them."""
    named = f"through the proxy http://127.0.0.1:{proxy.port})"
    for login, words, remedy in (
        (f"me:{PASSWORD}@", ("500", "502", "503"), "NO_PROXY"),
        ("", ("407",), "The proxy wants a login: write USER:PASSWORD@ before its host"),
    ):
        use(monkeypatch, f"http://{login}127.0.0.1:{proxy.port}")
        with pytest.raises((HttpStatus, NoAnswer)) as caught:
            expect(make_http().request("GET", f"{scheme}://{nobody}/x"), (200,), "the question")
        assert named in caught.value.message
        assert any(word in caught.value.message for word in words)
        assert remedy in (caught.value.remedy or "")
        assert PASSWORD not in caught.value.message
    use(monkeypatch, f"http://me:{PASSWORD}@{nobody}")
    with pytest.raises(Unreachable, match="connection refused") as gone:
        make_http().request("GET", f"{scheme}://cluster.example/x")
    assert f"{scheme}://cluster.example/x (through the proxy http://{nobody})" in gone.value.message
    assert "NO_PROXY" in (gone.value.remedy or "")
    assert not gone.value.sent


def test_a_tunnel_that_wants_a_login_ends_every_wait(make_http: MakeHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    """No time changes that: it is no server that is away for the moment."""
    with WireServer(answer(407, b"")) as proxy:
        use(monkeypatch, f"http://127.0.0.1:{proxy.port}")
        with pytest.raises(LoginPage, match="407") as caught:
            make_http("https://cluster.example").request("GET", "https://cluster.example/x")
    assert (caught.value.sent, caught.value.remedy) == (False, LOGIN_REMEDY)
