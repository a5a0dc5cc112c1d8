"""Certificates, and http that turns out to be https (rule C4)."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading

import pytest
import trustme

from janitor.errors import BadAnswer, OutOfTime, Unreachable, Untrusted, UsageError
from janitor.transport import trust
from janitor.transport.dial import open_socket
from janitor.transport.trust import Tls
from janitor.transport.watchdog import ShutdownHandle
from tests.clock import HANGS
from tests.faults.conftest import MakeHttp, tls_of
from tests.faults.test_redirects import TOKEN, Holder
from tests.faults.wire import Request, Wire, WireServer, answer


def test_a_ca_of_ones_own(make_http: MakeHttp, server_tls: ssl.SSLContext, ca_file: str) -> None:
    with WireServer(answer(200, b"x"), tls=server_tls) as server:
        http = make_http(tls=Tls(ca_cert=ca_file))
        assert http.request("GET", server.url).body == b"x"
        assert http.request("GET", f"https://localhost:{server.port}").body == b"x"
        assert http.request("GET", server.url).body == b"x"
    assert server.connections == 2


def test_an_unknown_ca_says_where_the_usual_one_is(make_http: MakeHttp, server_tls: ssl.SSLContext) -> None:
    with WireServer(answer(), tls=server_tls) as server, pytest.raises(Untrusted) as caught:
        make_http(server.url, authorizer=Holder()).request("POST", f"{server.url}/x", body=b"secret")
    assert caught.value.message.startswith(f"{server.url}/x: the TLS certificate cannot be verified: ")
    assert not caught.value.sent
    remedy = caught.value.remedy or ""
    assert "--ca-cert" in remedy
    assert "/run/dcos/pki/CA/ca-bundle.crt" in remedy
    assert "mounted" in remedy
    assert server.requests == []


def test_the_ca_file_alone_counts(
    make_http: MakeHttp, server_tls: ssl.SSLContext, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other") / "ca.crt"
    trustme.CA().cert_pem.write_to_path(str(other))
    with WireServer(answer(), tls=server_tls) as server, pytest.raises(Untrusted):
        make_http(tls=Tls(ca_cert=str(other))).request("GET", server.url)


def test_a_wrong_name(make_http: MakeHttp, authority: trustme.CA, ca_file: str) -> None:
    wrong = tls_of(authority.issue_cert("another.example"))
    with WireServer(answer(), tls=wrong) as server, pytest.raises(Untrusted) as caught:
        make_http(tls=Tls(ca_cert=ca_file)).request("GET", server.url)
    assert "127.0.0.1" in caught.value.message
    assert "name" in (caught.value.remedy or "")


def test_an_expired_certificate(make_http: MakeHttp, authority: trustme.CA, ca_file: str) -> None:
    past = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    expired = tls_of(authority.issue_cert("127.0.0.1", not_before=past, not_after=past + datetime.timedelta(days=1)))
    with WireServer(answer(), tls=expired) as server, pytest.raises(Untrusted, match="expired") as caught:
        make_http(tls=Tls(ca_cert=ca_file)).request("GET", server.url)
    assert "expired" in (caught.value.remedy or "")


def test_insecure_checks_nothing_and_warns_of_nothing(make_http: MakeHttp, authority: trustme.CA) -> None:
    wrong = tls_of(authority.issue_cert("another.example"))
    with WireServer(answer(200, b"x"), tls=wrong) as server:
        assert make_http(tls=Tls(insecure=True)).request("GET", server.url).body == b"x"


@pytest.mark.parametrize("variable", ["REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"])
def test_the_usual_variables_name_the_bundle(
    make_http: MakeHttp, server_tls: ssl.SSLContext, ca_file: str, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, ca_file)
    with WireServer(answer(200, b"x"), tls=server_tls) as server:
        assert make_http().request("GET", server.url).body == b"x"


def test_the_ca_of_the_node_is_believed(
    make_http: MakeHttp, server_tls: ssl.SSLContext, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trust, "DCOS_CA_BUNDLE", ca_file)
    with WireServer(answer(200, b"x"), tls=server_tls) as server:
        assert make_http().request("GET", server.url).body == b"x"


def test_a_bad_ca_file_is_told_before_anything_is_contacted(make_http: MakeHttp) -> None:
    with pytest.raises(UsageError, match="--ca-cert /no/such/file: there is no such file"):
        make_http(tls=Tls(ca_cert="/no/such/file"))


def test_https_to_a_port_of_plain_http(make_http: MakeHttp) -> None:
    def plain(wire: Wire) -> None:
        wire.send(answer(400, b"what is this"))
        wire.cut()

    with WireServer(greet=plain) as server, pytest.raises(Unreachable, match="does not speak TLS") as caught:
        make_http().request("POST", f"https://127.0.0.1:{server.port}/", body=b"secret")
    assert not caught.value.sent
    assert caught.value.remedy == "Is it http:// there?"


@pytest.mark.parametrize("how", ["cut", "reset"])
def test_a_handshake_that_is_ended(make_http: MakeHttp, how: str) -> None:
    def end(wire: Wire) -> None:
        wire.sock.recv(1)
        getattr(wire, how)()

    with WireServer(greet=end) as server, pytest.raises(Unreachable, match="no TLS connection") as caught:
        make_http().request("POST", f"https://127.0.0.1:{server.port}/", body=b"secret")
    assert not caught.value.sent


def test_a_connection_that_is_reset_before_the_handshake(make_http: MakeHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    """ssl wraps it all the same, without a handshake; it is no TLS connection, and nothing may be sent over it."""

    def open_and_wait_for_the_reset(host: str, port: int) -> tuple[socket.socket, ShutdownHandle]:
        sock, handle = open_socket(host, port)
        connected.set()
        with pytest.raises(ConnectionResetError):
            sock.recv(1)
        return sock, handle

    def reset(wire: Wire) -> None:
        connected.wait(HANGS)
        wire.reset()

    connected = threading.Event()
    monkeypatch.setattr("janitor.transport.connections.open_socket", open_and_wait_for_the_reset)
    with (
        WireServer(greet=reset) as server,
        pytest.raises(Unreachable, match="no TLS connection: connection reset") as caught,
    ):
        make_http().request("POST", f"https://127.0.0.1:{server.port}/", body=b"secret")
    assert not caught.value.sent


def test_http_to_a_tls_port_becomes_https_for_the_run(
    make_http: MakeHttp, server_tls: ssl.SSLContext, ca_file: str
) -> None:
    told: list[str] = []
    with WireServer(answer(202), tls=server_tls) as server:
        http = make_http(
            f"http://127.0.0.1:{server.port}",
            tls=Tls(ca_cert=ca_file),
            authorizer=Holder(),
            on_request=lambda method, url: told.append(f"{method} {url}"),
        )
        for _ in range(3):
            reply = http.request("POST", f"http://127.0.0.1:{server.port}/x?a=b", body=b"once")
            assert (reply.status, reply.url) == (202, f"{server.url}/x?a=b")
    assert [request.body for request in server.requests] == [b"once"] * 3
    assert server.tokens == [TOKEN] * 3
    plain, secure = f"POST http://127.0.0.1:{server.port}/x?a=b", f"POST {server.url}/x?a=b"
    assert told == [plain, secure, secure, secure]


def test_http_to_a_tls_port_is_verified(make_http: MakeHttp, server_tls: ssl.SSLContext) -> None:
    with WireServer(answer(), tls=server_tls) as server, pytest.raises(Untrusted) as caught:
        make_http().request("GET", f"http://127.0.0.1:{server.port}/")
    assert f"http://127.0.0.1:{server.port}/ gave no answer: " in caught.value.message
    assert f"https://127.0.0.1:{server.port}/: the TLS certificate cannot be verified" in caught.value.message
    assert "--ca-cert" in (caught.value.remedy or "")


def test_when_neither_answers_both_are_told(make_http: MakeHttp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable) as caught:
        make_http().request("GET", f"http://127.0.0.1:{port}/slaves")
    assert caught.value.message == (
        f"http://127.0.0.1:{port}/slaves cannot be reached: connection refused; "
        f"https://127.0.0.1:{port}/slaves cannot be reached: connection refused."
    )
    assert not caught.value.sent


def test_what_answered_http_once_is_not_tried_as_https(make_http: MakeHttp) -> None:
    def first_only(wire: Wire, _: Request) -> None:
        wire.cut() if wire.answered else wire.send(answer())

    with WireServer(first_only) as server:
        http = make_http()
        http.request("POST", server.url, body=b"")
        with pytest.raises(Unreachable) as caught:
            http.request("POST", server.url, body=b"")
        assert server.connections == 1
    assert "https" not in caught.value.message


def test_a_post_lost_over_http_may_have_had_its_effect_whatever_https_says(make_http: MakeHttp) -> None:
    with WireServer(lambda wire, _: wire.cut()) as server, pytest.raises(Unreachable) as caught:
        make_http().request("POST", server.url, body=b"")
    assert caught.value.sent


def test_garbage_is_not_http(make_http: MakeHttp) -> None:
    with WireServer(b"SSH-2.0-OpenSSH_9.6\r\n") as server, pytest.raises(Unreachable, match="does not speak HTTP"):
        make_http().request("GET", server.url)


def test_a_cut_answer_over_tls_is_no_answer(make_http: MakeHttp, server_tls: ssl.SSLContext, ca_file: str) -> None:
    def cut(wire: Wire, _: Request) -> None:
        wire.send(answer(200, b"0123456789")[:-3])
        wire.cut()

    with WireServer(cut, tls=server_tls) as server, pytest.raises(BadAnswer, match="cut off"):
        make_http(tls=Tls(ca_cert=ca_file)).request("GET", server.url)


def test_a_handshake_that_never_comes_ends_with_the_deadline(make_http: MakeHttp) -> None:
    with WireServer(greet=Wire.hold) as server, pytest.raises(OutOfTime) as caught:
        make_http(timeout=0.3).request("POST", f"https://127.0.0.1:{server.port}/", body=b"x")
    assert not caught.value.sent
