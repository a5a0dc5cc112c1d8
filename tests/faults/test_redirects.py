"""Where a redirect is followed to, and to whom the token goes (invariant 6): judged by what servers received."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable

import pytest

from janitor.errors import BadAnswer, Unreadable
from janitor.transport.trust import Tls
from tests.clock import HANGS
from tests.faults.conftest import MakeHttp
from tests.faults.wire import Request, Wire, WireServer, answer

TOKEN = "token=eyJ.secret.jwt"


class Holder:
    """Has a token, and counts what it is asked for."""

    def __init__(self, *renewed: str | None) -> None:
        self.renewed = list(renewed)
        self.refused: list[str] = []
        self.asked = 0

    def header(self) -> str | None:
        self.asked += 1
        return TOKEN

    def renew(self, refused: str) -> str | None:
        self.refused.append(refused)
        return self.renewed.pop(0) if self.renewed else None


def redirecting(status: int, location: Callable[[Request], str]) -> Callable[[Wire, Request], None]:
    def reply(wire: Wire, request: Request) -> None:
        wire.send(answer(status, b"", f"Location: {location(request)}"))

    return reply


def leader_at(port: int, host: str = "127.0.0.1") -> Callable[[Wire, Request], None]:
    """What a Mesos master that does not lead answers: a Location without a scheme."""
    return redirecting(307, lambda request: f"//{host}:{port}{request.target}")


def test_the_token_follows_a_named_master_to_its_leader(make_http: MakeHttp) -> None:
    with WireServer(answer(202), host="127.0.0.2") as leader, WireServer(leader_at(leader.port, "127.0.0.2")) as master:
        http = make_http(master.url, authorizer=Holder())
        reply = http.request("POST", f"{master.url}/unreserve", body=b"a=b", content_type="x/y", leader_redirects=True)
        assert (reply.status, reply.url) == (202, f"{leader.url}/unreserve")
        seen = leader.requests[0]
        assert (seen.method, seen.target, seen.body, seen.headers["content-type"]) == (
            "POST",
            "/unreserve",
            b"a=b",
            "x/y",
        )
        http.request("GET", f"{leader.url}/flags")
    assert master.tokens == [TOKEN]
    assert leader.tokens == [TOKEN, TOKEN], "the leader is trusted for the rest of the run"


def test_without_leader_redirects_the_same_answer_takes_no_token_along(make_http: MakeHttp) -> None:
    with (
        WireServer(answer(200, b"x"), host="127.0.0.2") as other,
        WireServer(leader_at(other.port, "127.0.0.2")) as named,
    ):
        http = make_http(named.url, authorizer=Holder())
        assert http.request("GET", named.url).body == b"x"
        http.request("GET", other.url)
    assert named.tokens == [TOKEN]
    assert other.tokens == [None, None], "and it is not trusted afterwards either"


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_only_a_get_goes_to_a_host_that_was_not_named(make_http: MakeHttp, method: str) -> None:
    """The body of a login is a password, and a write belongs to the cluster that was named."""
    with WireServer(answer()) as other, WireServer(leader_at(other.port)) as named:
        with pytest.raises(BadAnswer, match="you did not name") as caught:
            make_http(named.url, authorizer=Holder()).request(method, named.url, body=b"password")
        assert not caught.value.sent
    assert other.requests == []


@pytest.mark.parametrize(
    "status, location",
    [
        (302, "//127.0.0.2:{port}/login"),
        (301, "//127.0.0.2:{port}/"),
        (307, "http://127.0.0.2:{port}/"),
        (308, "//127.0.0.2:{port}/"),
        (307, "//127.0.0.2:{port}/login"),
        (307, "//127.0.0.2:{port}/"),
    ],
)
def test_a_login_page_in_front_of_a_master_is_no_leader(make_http: MakeHttp, status: int, location: str) -> None:
    """Mesos says 307, no scheme, and the same path; anything else is somebody else speaking, and gets no token."""
    with (
        WireServer(answer(200, b"please log in"), host="127.0.0.2") as page,
        WireServer(redirecting(status, lambda _: location.format(port=page.port))) as master,
    ):
        http = make_http(master.url, authorizer=Holder())
        http.request("GET", f"{master.url}/slaves", leader_redirects=True)
        http.request("GET", page.url)
    assert page.tokens == [None, None]


def test_a_write_is_not_sent_to_a_login_page(make_http: MakeHttp) -> None:
    with (
        WireServer(answer(200, b"please log in"), host="127.0.0.2") as page,
        WireServer(redirecting(307, lambda _: f"//127.0.0.2:{page.port}/login")) as master,
        pytest.raises(BadAnswer, match="you did not name") as caught,
    ):
        make_http(master.url, authorizer=Holder()).request(
            "POST", f"{master.url}/master/api/v1", body=b"{}", leader_redirects=True
        )
    assert (page.requests, caught.value.sent) == ([], False)


def test_a_leader_is_followed_also_where_a_proxy_has_the_master_under_another_path(make_http: MakeHttp) -> None:
    with (
        WireServer(answer(200, b"led"), host="127.0.0.2") as leader,
        WireServer(redirecting(307, lambda _: f"//127.0.0.2:{leader.port}/master/api/v1")) as proxy,
    ):
        http = make_http(proxy.url, authorizer=Holder())
        assert http.request("POST", f"{proxy.url}/mesos-1/api/v1", body=b"{}", leader_redirects=True).body == b"led"
    assert leader.tokens == [TOKEN]


def test_a_leader_that_was_learned_makes_nobody_trusted(make_http: MakeHttp) -> None:
    with (
        WireServer(answer(), host="127.0.0.3") as third,
        WireServer(leader_at(third.port, "127.0.0.3"), host="127.0.0.2") as second,
        WireServer(leader_at(second.port, "127.0.0.2")) as master,
        pytest.raises(BadAnswer, match="no master that you named sends us there"),
    ):
        make_http(master.url, authorizer=Holder()).request("GET", f"{master.url}/x", leader_redirects=True)
    assert (second.tokens, third.requests) == ([TOKEN], [])


def test_a_learned_leader_may_redirect_to_one_that_is_trusted(make_http: MakeHttp) -> None:
    answers: list[Callable[[Wire, Request], None]] = []
    with (
        WireServer(lambda wire, request: answers.pop(0)(wire, request)) as master,
        WireServer(leader_at(master.port), host="127.0.0.2") as second,
    ):
        answers += [leader_at(second.port, "127.0.0.2"), lambda wire, _: wire.send(answer(200, b"leads again"))]
        http = make_http(master.url, authorizer=Holder())
        assert http.request("GET", master.url, leader_redirects=True).body == b"leads again"
    assert master.tokens == [TOKEN, TOKEN]


def test_another_port_of_the_same_host_is_another_host(make_http: MakeHttp) -> None:
    with WireServer(answer(200, b"x")) as other, WireServer(redirecting(302, lambda _: other.url)) as named:
        make_http(named.url, authorizer=Holder()).request("GET", named.url)
    assert other.tokens == [None]


def test_another_named_host_gets_no_token_through_a_redirect(make_http: MakeHttp) -> None:
    with WireServer(answer(200, b"x")) as other, WireServer(redirecting(302, lambda _: other.url)) as named:
        make_http(named.url, other.url, authorizer=Holder()).request("GET", named.url)
    assert other.tokens == [None]


def test_back_from_a_stranger_the_token_stays_away(make_http: MakeHttp) -> None:
    """Otherwise a stranger chose what is asked with the token."""
    with (
        WireServer(lambda wire, request: go(wire, request)) as named,
        WireServer(redirecting(302, lambda _: f"{named.url}/chosen-by-a-stranger")) as stranger,
    ):

        def go(wire: Wire, request: Request) -> None:
            first = request.target == "/first"
            wire.send(answer(302, b"", f"Location: {stranger.url}/") if first else answer(200, b"end"))

        make_http(named.url, authorizer=Holder()).request("GET", f"{named.url}/first")
    assert named.tokens == [TOKEN, None]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_at_its_own_place_a_get_is_followed_with_the_token(make_http: MakeHttp, status: int) -> None:
    def once(wire: Wire, request: Request) -> None:
        wire.send(answer(status, b"", "Location: /a/?x=1") if request.target == "/a" else answer(200, b"b"))

    with WireServer(once) as server:
        reply = make_http(server.url, authorizer=Holder()).request("GET", f"{server.url}/a")
    assert (reply.body, reply.url) == (b"b", f"{server.url}/a/?x=1")
    assert server.tokens == [TOKEN, TOKEN]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("location", ["/service/evil/collect", "../../evil/", "http://{own}/service/kafka/v1/pl"])
def test_another_path_of_the_same_origin_gets_no_token(make_http: MakeHttp, status: int, location: str) -> None:
    """Behind Admin Router it is another service: whoever answers would choose who gets the token."""

    def once(wire: Wire, request: Request) -> None:
        first = request.target == "/service/kafka/v1/plans"
        own = f"127.0.0.1:{server.port}"
        wire.send(answer(status, b"", f"Location: {location.format(own=own)}") if first else answer(200, b"b"))

    with WireServer(once) as server:
        reply = make_http(server.url, authorizer=Holder()).request("GET", f"{server.url}/service/kafka/v1/plans")
    assert reply.body == b"b"
    assert server.tokens == [TOKEN, None]


@pytest.mark.parametrize("method", ["POST", "DELETE", "PUT"])
def test_only_a_get_goes_to_another_path(make_http: MakeHttp, method: str) -> None:
    with (
        WireServer(redirecting(307, lambda _: "/service/evil/collect")) as server,
        pytest.raises(BadAnswer, match="another path") as caught,
    ):
        make_http(server.url, authorizer=Holder()).request(method, f"{server.url}/acs/login", body=b"password")
    assert not caught.value.sent
    assert [request.target for request in server.requests] == ["/acs/login"]


@pytest.mark.parametrize("location", ["//{other}/mesos/slaves", "http://{other}/mesos/slaves"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_what_stays_is_sent_to_no_other_host(make_http: MakeHttp, method: str, status: int, location: str) -> None:
    with (
        WireServer(answer(200, b"{}")) as other,
        WireServer(redirecting(status, lambda _: location.format(other=f"127.0.0.1:{other.port}"))) as router,
    ):
        http = make_http(router.url, authorizer=Holder())
        if method == "POST" and status in (301, 302, 303):
            assert http.request(method, f"{router.url}/mesos/slaves", stays=True).status == status
        else:
            with pytest.raises(BadAnswer, match="another host: not followed") as caught:
                http.request(method, f"{router.url}/mesos/slaves", stays=True)
            assert isinstance(caught.value, Unreadable) == (status != 307), "a leader may be found, if asked again"
    assert other.requests == []


@pytest.mark.parametrize("status, followed", [(301, False), (302, False), (303, False), (307, True), (308, True)])
def test_a_post_is_followed_only_where_it_stays_a_post(make_http: MakeHttp, status: int, followed: bool) -> None:
    def once(wire: Wire, request: Request) -> None:
        wire.send(answer(status, b"", "Location: /a/") if request.target == "/a" else answer(200, b"b"))

    with WireServer(once) as server:
        reply = make_http(server.url).request("POST", f"{server.url}/a", body=b"x")
    assert reply.status == (200 if followed else status)
    assert [request.body for request in server.requests] == [b"x"] * (2 if followed else 1)


@pytest.mark.parametrize("headers", [[], ["Location: "]])
def test_a_redirect_to_nowhere_is_a_reply(make_http: MakeHttp, headers: list[str]) -> None:
    with WireServer(answer(307, b"", *headers)) as server:
        assert make_http().request("GET", server.url).status == 307


@pytest.mark.parametrize(
    "location", ["http://", "ftp://127.0.0.1/x", "file:///etc/passwd", "http://[::1", "//a b/", "//x:99999/"]
)
def test_a_redirect_to_what_is_no_url(make_http: MakeHttp, location: str) -> None:
    with WireServer(answer(307, b"", f"Location: {location}")) as server, pytest.raises(BadAnswer):
        make_http(server.url).request("GET", server.url, leader_redirects=True)


def test_a_loop_ends_after_five_hops(make_http: MakeHttp) -> None:
    with (
        WireServer(redirecting(307, lambda request: request.target)) as server,
        pytest.raises(BadAnswer, match="after 5 redirects"),
    ):
        make_http().request("GET", f"{server.url}/round")
    assert len(server.requests) == 6


def test_two_masters_that_name_each_other_end(make_http: MakeHttp) -> None:
    ports: list[int] = []
    with (
        WireServer(lambda wire, request: leader_at(ports[1])(wire, request)) as one,
        WireServer(leader_at(one.port)) as two,
    ):
        ports += [one.port, two.port]
        with pytest.raises(BadAnswer, match="after 5 redirects"):
            make_http(one.url, authorizer=Holder()).request("POST", one.url, body=b"", leader_redirects=True)
    assert len(one.requests) + len(two.requests) == 6


def test_nothing_goes_from_https_to_http(make_http: MakeHttp, server_tls: ssl.SSLContext, ca_file: str) -> None:
    with (
        WireServer(answer()) as plain,
        WireServer(redirecting(302, lambda _: plain.url), tls=server_tls) as secure,
        pytest.raises(BadAnswer, match="from https to http: not followed"),
    ):
        make_http(secure.url, tls=Tls(ca_cert=ca_file)).request("GET", secure.url)
    assert plain.requests == []


def test_a_leader_without_a_scheme_keeps_https(make_http: MakeHttp, server_tls: ssl.SSLContext, ca_file: str) -> None:
    with (
        WireServer(answer(200, b"led"), tls=server_tls) as leader,
        WireServer(leader_at(leader.port, "localhost"), tls=server_tls) as master,
    ):
        http = make_http(master.url, tls=Tls(ca_cert=ca_file), authorizer=Holder())
        assert http.request("GET", master.url, leader_redirects=True).body == b"led"
    assert leader.tokens == [TOKEN]


def test_a_user_in_a_location_is_dropped(make_http: MakeHttp) -> None:
    def once(wire: Wire, request: Request) -> None:
        wire.send(
            answer(307, b"", f"Location: //a:b@127.0.0.1:{server.port}/b") if request.target == "/a" else answer()
        )

    with WireServer(once) as server:
        reply = make_http(server.url).request("GET", f"{server.url}/a")
    assert reply.url == f"{server.url}/b"
    assert server.tokens == [None, None]


def test_the_log_does_not_show_the_query_of_a_redirect(make_http: MakeHttp) -> None:
    told: list[tuple[str, str]] = []

    def once(wire: Wire, request: Request) -> None:
        wire.send(answer(302, b"", "Location: /b?code=secret") if request.target.startswith("/a") else answer())

    with WireServer(once) as server:
        make_http(on_request=lambda method, url: told.append((method, url))).request(
            "GET", f"{server.url}/a?slave_id=1"
        )
    assert told == [("GET", f"{server.url}/a?slave_id=1"), ("GET", f"{server.url}/b")]


def test_a_host_that_was_not_named_gets_no_token_and_no_login_is_made_for_it(make_http: MakeHttp) -> None:
    holder = Holder()
    with WireServer(answer(401)) as server:
        reply = make_http("http://named:5050", authorizer=holder).request("GET", server.url)
    assert (reply.status, server.tokens, holder.asked, holder.refused) == (401, [None], 0, [])


def test_a_request_without_token(make_http: MakeHttp) -> None:
    holder = Holder()
    with WireServer(answer(401)) as server:
        make_http(server.url, authorizer=holder).request("GET", server.url, with_token=False)
    assert (server.tokens, holder.asked) == ([None], 0)


def test_after_a_401_it_is_asked_once_more_with_a_new_token(make_http: MakeHttp) -> None:
    holder = Holder("token=new")

    def only_new(wire: Wire, request: Request) -> None:
        wire.send(answer(202 if request.headers.get("authorization") == "token=new" else 401))

    with WireServer(only_new) as server:
        reply = make_http(server.url, authorizer=holder).request("POST", server.url, body=b"b")
    assert (reply.status, holder.refused) == (202, [TOKEN])
    assert [request.body for request in server.requests] == [b"b", b"b"]


def test_a_second_401_is_the_reply(make_http: MakeHttp) -> None:
    holder = Holder("token=new", "token=newer")
    with WireServer(answer(401, b"no")) as server:
        reply = make_http(server.url, authorizer=holder).request("GET", server.url)
    assert (reply.status, server.tokens) == (401, [TOKEN, "token=new"])


def test_a_401_of_a_stranger_costs_no_login(make_http: MakeHttp) -> None:
    holder = Holder("token=new")
    with WireServer(answer(401), host="127.0.0.2") as other, WireServer(redirecting(302, lambda _: other.url)) as named:
        assert make_http(named.url, authorizer=holder).request("GET", named.url).status == 401
    assert holder.refused == []


def test_many_threads_learn_the_leader_at_once(make_http: MakeHttp) -> None:
    with WireServer(answer(202)) as leader, WireServer(leader_at(leader.port)) as master:
        http = make_http(master.url, authorizer=Holder())
        statuses: list[int] = []

        def ask() -> None:
            statuses.append(http.request("POST", master.url, body=b"x", leader_redirects=True).status)

        threads = [threading.Thread(target=ask) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(HANGS)
    assert statuses == [202] * 16
    assert leader.tokens == [TOKEN] * 16
