"""The login of DC/OS, and what of it may be seen (invariant 6). Original: janitor.py, facts of its login."""

from __future__ import annotations

import json
import threading
import traceback

import pytest

from janitor.dcos import login as login_module
from janitor.dcos.login import Login
from janitor.errors import BadAnswer, HttpStatus, LoginRefused, NoAnswer, Unreachable, UsageError
from janitor.secret import Secret
from janitor.target import Credentials
from janitor.transport.http import Http
from janitor.transport.jsonbody import own_words
from tests.clock import HANGS
from tests.faults.conftest import MakeHttp
from tests.faults.wire import Request, Wire, WireServer, answer

PASSWORD = "correct horse battery"
USER = Credentials(username="admin", password=Secret(PASSWORD))
GIVEN = Credentials(token=Secret("given.jwt"))


def login(http: Http, server: WireServer, credentials: Credentials = USER) -> Login:
    return Login(credentials, f"{server.url}/acs/api/v1/auth/login", http)


def grants(*tokens: str) -> WireServer:
    left = list(tokens)
    return WireServer(lambda wire, _: wire.send(answer(200, json.dumps({"token": left.pop(0)}).encode())))


def test_a_user_logs_in_once_for_the_run(make_http: MakeHttp) -> None:
    with grants("fresh.jwt") as server:
        logged_in = login(make_http(), server)
        logged_in.login()
        logged_in.login()
        assert logged_in.header() == logged_in.header() == "token=fresh.jwt"
    (request,) = server.requests
    assert (request.method, request.target) == ("POST", "/acs/api/v1/auth/login")
    assert json.loads(request.body) == {"uid": "admin", "password": PASSWORD}
    assert request.headers["content-type"] == "application/json"
    assert "authorization" not in request.headers


def test_the_header_logs_in_when_nobody_did(make_http: MakeHttp) -> None:
    with grants("fresh.jwt") as server:
        assert login(make_http(), server).header() == "token=fresh.jwt"


def test_a_fetched_token_replaces_the_given_one(make_http: MakeHttp) -> None:
    both = Credentials(token=Secret("given.jwt"), username="admin", password=Secret(PASSWORD))
    with grants("fresh.jwt") as server:
        assert login(make_http(), server, both).header() == "token=fresh.jwt"


@pytest.mark.parametrize(
    "credentials, header",
    [
        (GIVEN, "token=given.jwt"),
        (Credentials(), None),
        (Credentials(token=Secret("")), None),
        (Credentials(username="admin"), None),
        (Credentials(username="admin", password=Secret("")), None),
        (Credentials(username="", password=Secret("x")), None),
        (Credentials(token=Secret("given.jwt"), username="admin"), "token=given.jwt"),
    ],
)
def test_without_user_and_password_nobody_is_asked(
    make_http: MakeHttp, credentials: Credentials, header: str | None
) -> None:
    """S3: what is empty is not given, an empty token is no token; a user without a password is ignored."""
    with WireServer(answer(500)) as server:
        known = login(make_http(), server, credentials)
        known.login()
        assert known.header() == header
    assert server.connections == 0


@pytest.mark.parametrize("status", [400, 401, 403, 404])
def test_a_refused_login_has_the_servers_words(make_http: MakeHttp, status: int) -> None:
    body = b'{"title":"401 Unauthorized","description":"Invalid credentials.","code":"ERR_INVALID_CREDENTIALS"}'
    with WireServer(answer(status, body)) as server, pytest.raises(LoginRefused) as caught:
        login(make_http(), server).login()
    assert str(status) in caught.value.message
    assert "Invalid credentials." in caught.value.message
    assert "admin" in caught.value.message
    assert caught.value.remedy


@pytest.mark.parametrize("status", [301, 500, 502, 503])
def test_any_other_status_is_trouble(make_http: MakeHttp, status: int) -> None:
    with WireServer(answer(status, b"busy")) as server, pytest.raises(HttpStatus):
        login(make_http(), server).login()


def test_a_login_that_stalls_is_given_up_long_before_the_run(
    make_http: MakeHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(login_module, "LOGIN_SECONDS", 0.2)
    with (
        WireServer(lambda wire, _: wire.hold()) as server,
        pytest.raises(Unreachable, match=r"acs/api/v1/auth/login: no answer within 0\.2 s"),
    ):
        login(make_http(timeout=3600), server).login()


def test_no_answer_is_trouble(make_http: MakeHttp) -> None:
    with WireServer(lambda wire, _: wire.cut()) as server, pytest.raises(Unreachable):
        login(make_http(), server).login()


@pytest.mark.parametrize(
    "body",
    [
        b"<html>Welcome",
        b"",
        b"{",
        b"{}",
        b'{"token":1}',
        b'{"token":""}',
        b'{"token":"a b"}',
        b'{"token":"a\\nb"}',
        b'"x"',
    ],
)
def test_an_answer_without_a_usable_token(make_http: MakeHttp, body: bytes) -> None:
    with WireServer(answer(200, body)) as server, pytest.raises(BadAnswer):
        login(make_http(), server).login()


@pytest.mark.parametrize("token", ["two words", "abc\n", "\r\nX-Evil: 1", "jwt\x00", "jwt\u2026", "j\xe4"])
def test_a_token_that_cannot_be_sent_is_refused_unseen(make_http: MakeHttp, token: str) -> None:
    with pytest.raises(UsageError) as caught:
        Login(Credentials(token=Secret(token)), "http://leader.mesos/acs/api/v1/auth/login", make_http())
    assert token not in "".join(traceback.format_exception(caught.value))


def test_a_given_token_that_is_refused_and_cannot_be_renewed(make_http: MakeHttp) -> None:
    with WireServer(answer(401)) as server:
        http = make_http(server.url, authorizer=login(make_http(), server, GIVEN))
        with pytest.raises(LoginRefused, match="not accepted") as caught:
            http.request("GET", f"{server.url}/slaves")
    assert len(server.requests) == 1
    assert "expired" in caught.value.message


def test_without_a_token_a_401_is_an_answer(make_http: MakeHttp) -> None:
    with WireServer(answer(401)) as server:
        http = make_http(server.url, authorizer=login(make_http(), server, Credentials()))
        assert http.request("GET", server.url).status == 401


def expiring(valid: str) -> tuple[WireServer, list[str]]:
    """A server with login and resource, which takes only `valid`; the logins give the tokens in the list."""
    tokens = ["old.jwt", "new.jwt", "newest.jwt"]
    given: list[str] = []

    def reply(wire: Wire, request: Request) -> None:
        if request.target.endswith("/login"):
            given.append(tokens[len(given)])
            wire.send(answer(200, json.dumps({"token": given[-1]}).encode()))
        else:
            wire.send(answer(200 if request.headers.get("authorization") == f"token={valid}" else 401))

    return WireServer(reply), given


def test_an_expired_token_is_renewed_by_one_login_however_many_ask(make_http: MakeHttp) -> None:
    server, given = expiring("new.jwt")
    with server:
        http = make_http(server.url, authorizer=login(make_http(), server))
        statuses: list[int] = []
        threads = [
            threading.Thread(target=lambda: statuses.append(http.request("GET", f"{server.url}/x").status))
            for _ in range(16)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(HANGS)
    assert statuses == [200] * 16
    assert given == ["old.jwt", "new.jwt"]


def test_there_is_one_new_login_in_a_run(make_http: MakeHttp) -> None:
    server, given = expiring("none of them")
    with server:
        http = make_http(server.url, authorizer=login(make_http(), server))
        assert [http.request("GET", f"{server.url}/x").status for _ in range(3)] == [401, 401, 401]
    assert given == ["old.jwt", "new.jwt"]


def test_a_new_login_that_fails_is_told_to_everyone_and_not_repeated(make_http: MakeHttp) -> None:
    logins: list[int] = []

    def reply(wire: Wire, request: Request) -> None:
        if request.target.endswith("/login"):
            logins.append(1)
            wire.send(answer(200, b'{"token":"old"}') if len(logins) == 1 else answer(401, b"locked out"))
        else:
            wire.send(answer(401))

    with WireServer(reply) as server:
        http = make_http(server.url, authorizer=login(make_http(), server))
        for _ in range(3):
            with pytest.raises(LoginRefused, match="locked out"):
                http.request("GET", f"{server.url}/x")
    assert len(logins) == 2


def chain(error: BaseException) -> str:
    """Everything that a log or a debugger could show of an exception, down to the first one."""
    shown = ["".join(traceback.format_exception(error))]
    inner: BaseException | None = error
    while inner is not None:
        shown += [repr(inner), str(inner), repr(inner.args), repr(vars(inner))]
        inner = inner.__cause__ or inner.__context__
    return "\n".join(shown)


@pytest.mark.parametrize(
    "reply",
    [
        answer(500, b""),
        answer(307, b"", "Location: http://127.0.0.2:1/?uid=x"),
        b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        answer(200, b"\x00" * 10),
        answer(401, b'{"uid":"admin","password":"' + PASSWORD.encode() + b'"}'),
        answer(401, b"No: " + PASSWORD.replace(" ", "\n").encode()),
        answer(401, b"No: " + PASSWORD.replace(" ", "%20").encode()),
        answer(401, b"<html><body>" + PASSWORD.replace(" ", "&#32;").encode(), "Content-Type: text/html"),
        b"",
    ],
)
def test_no_error_shows_a_password(make_http: MakeHttp, reply: bytes) -> None:
    """Not even where the server quotes what it was sent."""

    def behave(wire: Wire, _: Request) -> None:
        wire.send(reply)
        wire.cut()

    with WireServer(behave) as server, pytest.raises((LoginRefused, HttpStatus, NoAnswer)) as caught:
        login(make_http(redact=USER.redact.quoted), server).login()
    assert "battery" not in chain(caught.value)


def test_a_token_that_a_login_brought_is_blanked_out_of_what_is_said_of_it(make_http: MakeHttp) -> None:
    """Whole, cut in the middle by whoever quotes it, and by us."""
    fetched = "eyJ0eXAiOiJKV1QifQ." + "".join(f"{number:03d}Zq" for number in range(100))
    user = Credentials(username="admin", password=Secret(PASSWORD))

    def quote(wire: Wire, request: Request) -> None:
        token = json.dumps({"token": fetched}).encode()
        wire.send(answer(200, token) if request.method == "POST" else answer(403, f"No: {fetched[7:400]}".encode()))

    with WireServer(quote) as server:
        logged_in = login(make_http(), server, user)
        http = make_http(server.url, authorizer=logged_in, redact=user.redact.quoted)
        reply = http.request("GET", server.url)
        assert server.tokens[-1] == f"token={fetched}"
    assert own_words(reply) == "No: ***"


@pytest.mark.parametrize("how", ["cut", "reset", "garbage", "refused", "loop", "401", "timeout"])
def test_no_error_shows_a_token(make_http: MakeHttp, how: str) -> None:
    def behave(wire: Wire, request: Request) -> None:
        {
            "cut": wire.cut,
            "reset": wire.reset,
            "garbage": lambda: wire.send(b"nonsense\r\n\r\n"),
            "loop": lambda: wire.send(answer(307, b"", f"Location: {request.target}")),
            "401": lambda: wire.send(answer(401)),
            "timeout": wire.hold,
        }[how]()

    with WireServer(behave) as server:
        url = "http://127.0.0.1:1" if how == "refused" else server.url
        http = make_http(url, timeout=0.3 if how == "timeout" else HANGS, authorizer=login(make_http(), server, GIVEN))
        with pytest.raises((NoAnswer, LoginRefused)) as caught:
            http.request("GET", f"{url}/x?password={PASSWORD.replace(' ', '+')}")
    assert "given.jwt" not in chain(caught.value)
    assert "battery" not in str(caught.value)
