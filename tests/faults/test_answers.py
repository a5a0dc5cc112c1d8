"""What comes back is a complete answer, or none: cut, unframed, oversized and garbled ones are told apart (rule D4)."""

from __future__ import annotations

import contextlib
import gzip
import socket
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from janitor.errors import BadAnswer, NoAnswer, Unreachable, Unreadable
from janitor.patience import Stop
from janitor.transport import bodies
from janitor.transport.bodies import BodyBudget, BudgetShare
from janitor.transport.http import Http
from janitor.transport.jsonbody import decode, own_words
from janitor.transport.watchdog import LEAST_SPEED, RequestWatch
from tests.faults.conftest import MakeHttp
from tests.faults.wire import Request, Wire, WireServer, answer

DATE = "Date: Sun, 06 Nov 1994 08:49:37 GMT"
CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n3\r\nefg\r\n0\r\n\r\n"


def test_a_reply_carries_status_headers_body_url_and_date(make_http: MakeHttp) -> None:
    with WireServer(answer(202, b'{"\xc3\xa4":1}\xff', DATE, "X-Thing: one")) as server:
        reply = make_http(server.url).request("POST", f"{server.url}/master/unreserve?x=1", body=b"a=b")
    assert (reply.status, reply.body) == (202, b'{"\xc3\xa4":1}\xff')
    assert reply.text == '{"ä":1}\ufffd'
    assert reply.headers["x-thing"] == reply.headers["X-THING"] == "one"
    assert reply.url == f"{server.url}/master/unreserve?x=1"
    assert reply.date == 784111777.0


@pytest.mark.parametrize("header", ["Date: yesterday", "Date: ", "Date: Sun, 99 Nov 1994 99:49:37 GMT", "X: y"])
def test_an_unreadable_date_is_none(make_http: MakeHttp, header: str) -> None:
    with WireServer(answer(200, b"x", header)) as server:
        assert make_http().request("GET", server.url).date is None


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 500, 503])
def test_every_status_is_a_reply(make_http: MakeHttp, status: int) -> None:
    with WireServer(answer(status, b"words")) as server:
        reply = make_http().request("GET", server.url)
    assert (reply.status, reply.body) == (status, b"words")


def test_a_get_has_no_body_and_no_type(make_http: MakeHttp) -> None:
    with WireServer(answer()) as server:
        make_http().request("GET", f"{server.url}/x")
    request = server.requests[0]
    assert "content-length" not in request.headers
    assert "content-type" not in request.headers
    assert "transfer-encoding" not in request.headers
    assert request.headers["user-agent"].startswith("janitor/")


def test_a_body_is_sent_as_it_is(make_http: MakeHttp) -> None:
    body = bytes(range(256)) * 1000
    with WireServer(answer()) as server:
        make_http().request("POST", server.url, body=body, content_type="application/json", accept="text/plain")
    request = server.requests[0]
    assert request.body == body
    assert (request.headers["content-type"], request.headers["accept"]) == ("application/json", "text/plain")


@pytest.mark.parametrize(
    "reply", [answer(200, b"x"), answer(409, b"x"), answer(202), CHUNKS, answer(204, framed=False), answer(401)]
)
def test_connections_are_kept(make_http: MakeHttp, reply: bytes) -> None:
    with WireServer(reply) as server:
        http = make_http()
        for _ in range(5):
            http.request("POST", server.url, body=b"y")
    assert (server.connections, len(server.requests)) == (1, 5)


def test_a_connection_that_the_server_closes_is_not_kept(make_http: MakeHttp) -> None:
    def last(wire: Wire, _: Request) -> None:
        wire.send(answer(200, b"x" * 100_000, "Connection: close"))
        wire.cut()

    with WireServer(last) as server:
        http = make_http()
        assert [len(http.request("POST", server.url, body=b"").body) for _ in range(3)] == [100_000] * 3
    assert server.connections == 3


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_that_cannot_have_a_body_needs_no_frame(make_http: MakeHttp, status: int) -> None:
    with WireServer(answer(status, framed=False)) as server:
        assert make_http().request("DELETE", server.url).status == status


def test_the_answer_to_head_needs_no_frame(make_http: MakeHttp) -> None:
    with WireServer(answer(200, framed=False)) as server:
        assert make_http().request("HEAD", server.url).body == b""


def test_chunks_are_joined(make_http: MakeHttp) -> None:
    with WireServer(CHUNKS) as server:
        assert make_http().request("GET", server.url).body == b"abcdefg"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_compressed_body_is_decoded(make_http: MakeHttp, coding: str) -> None:
    body = b'{"slaves":[]}' * 100_000
    packed = gzip.compress(body) if coding == "gzip" else zlib.compress(body)
    with WireServer(answer(200, packed, f"Content-Encoding: {coding}")) as server:
        assert make_http().request("GET", server.url).body == body


def test_a_large_body_arrives_whole(make_http: MakeHttp) -> None:
    body = b"0123456789" * 1_000_000
    with WireServer(answer(200, body)) as server:
        assert make_http().request("GET", server.url).body == body


@pytest.fixture
def http(make_http: MakeHttp) -> Http:
    """One for all examples of a property: what https takes is loaded once. Each example has a server of its own."""
    return make_http()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_an_answer_cut_anywhere_is_no_answer(http: Http, data: st.DataObject) -> None:
    """A property of every whole answer: no proper beginning of it is taken for one."""
    whole = data.draw(
        st.sampled_from(
            [
                answer(200, b"0123456789", DATE),
                answer(200, b"", "Location: //10.0.0.12:5050/master/slaves"),
                answer(200, gzip.compress(b"x" * 1000), "Content-Encoding: gzip"),
                CHUNKS[: -len(b"\r\n")],  # the last line break of chunks says nothing
            ]
        )
    )
    length = data.draw(st.integers(0, len(whole) - 1))

    def cut(wire: Wire, _: Request) -> None:
        wire.send(whole[:length])
        wire.cut()

    with WireServer(cut) as server, pytest.raises(NoAnswer) as caught:
        http.request("POST", server.url, body=b"x")
    assert caught.value.sent
    assert server.url in caught.value.message


def test_a_location_that_was_cut_is_not_followed(make_http: MakeHttp) -> None:
    """http.client takes a head that ends anywhere for a whole one; the token would go to another machine."""
    with WireServer(answer(200, b"stolen")) as other:
        cut = f"HTTP/1.1 307 X\r\nContent-Length: 0\r\nLocation: //127.0.0.1:{other.port}".encode()

        def answer_cut(wire: Wire, _: Request) -> None:
            wire.send(cut)
            wire.cut()

        with WireServer(answer_cut) as server, pytest.raises(BadAnswer, match="cut off inside its headers"):
            make_http(server.url).request("GET", server.url, leader_redirects=True)
    assert other.requests == []


def test_without_a_frame_it_is_no_answer(make_http: MakeHttp) -> None:
    def close_delimited(wire: Wire, _: Request) -> None:
        wire.send(answer(200, framed=False) + b"perhaps all, perhaps not")
        wire.cut()

    with WireServer(close_delimited) as server, pytest.raises(BadAnswer, match="does not say where it ends"):
        make_http().request("GET", server.url)


@pytest.mark.parametrize("length", ["-1", "ten", "", "1_0", "+5", "5, 6", "٣", "9" * 19, "9" * 5000])
def test_a_length_that_is_none_is_no_answer(make_http: MakeHttp, length: str) -> None:
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\nabcde".encode()
    with WireServer(head) as server, pytest.raises(BadAnswer):
        make_http().request("GET", server.url)


def test_chunks_of_nonsense_are_no_answer(make_http: MakeHttp) -> None:
    with (
        WireServer(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n") as server,
        pytest.raises(BadAnswer),
    ):
        make_http().request("GET", server.url)


def test_more_than_was_announced_does_not_spoil_the_next_answer(make_http: MakeHttp) -> None:
    def two_at_once(wire: Wire, request: Request) -> None:
        wire.send(answer(200, request.target.encode()) + (b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"))

    with WireServer(two_at_once) as server:
        http = make_http()
        bodies = [http.request("GET", f"{server.url}/{number}").body for number in range(5)]
    assert bodies == [b"/0", b"/1", b"/2", b"/3", b"/4"]


def test_a_body_larger_than_allowed_is_refused_before_it_is_read(make_http: MakeHttp) -> None:
    def endless(wire: Wire, _: Request) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n")
        wire.hold()

    with WireServer(endless) as server, pytest.raises(BadAnswer, match="larger than 1,000 bytes"):
        make_http().request("GET", server.url, max_bytes=1000)


def test_chunks_without_end_are_refused(make_http: MakeHttp) -> None:
    def endless(wire: Wire, _: Request) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            wire.send(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")

    with WireServer(endless) as server, pytest.raises(BadAnswer, match="larger than"):
        make_http().request("GET", server.url, max_bytes=10_000_000)


def test_a_gzip_bomb_is_refused(make_http: MakeHttp) -> None:
    bomb = gzip.compress(b"\0" * 20_000_000, 9)
    assert len(bomb) < 1_000_000
    with (
        WireServer(answer(200, bomb, "Content-Encoding: gzip")) as server,
        pytest.raises(BadAnswer, match="larger than"),
    ):
        make_http().request("GET", server.url, max_bytes=1_000_000)


def test_a_gzip_bomb_goes_off_in_pieces(make_http: MakeHttp) -> None:
    """The first piece that is read of it would be all of it."""
    bomb = b"".join(bombs(64))
    assert len(bomb) < 300_000
    with WireServer(answer(200, bomb, "Content-Encoding: gzip")) as server:
        http = make_http()
        tracemalloc.start()
        try:
            with pytest.raises(Unreadable, match="larger than 2,000,000 bytes"):
                http.request("GET", server.url, max_bytes=2_000_000)
            assert tracemalloc.get_traced_memory()[1] < 30_000_000
        finally:
            tracemalloc.stop()


def bombs(megabytes: int) -> Iterator[bytes]:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(megabytes):
        yield packer.compress(b" " * (1 << 20))
    yield packer.flush()


def test_the_bodies_that_are_held_at_once_have_one_limit_together(
    make_http: MakeHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("janitor.transport.http.BodyBudget", lambda: BodyBudget(1_500_000))
    with WireServer(answer(200, b"x" * 1_000_000)) as server:
        http = make_http()
        first = http.request("GET", server.url)
        with pytest.raises(BadAnswer, match="too large together") as caught:
            http.request("GET", server.url)
        assert not isinstance(caught.value, Unreadable), "asking again helps"
        assert len(first.body) == 1_000_000
        del first
        assert len(http.request("GET", server.url).body) == 1_000_000
        assert len(http.request("GET", server.url).body) == 1_000_000


class Apart:
    """Takes a body apart, and holds nothing of it."""

    def write(self, _: bytes) -> int:
        return 0

    def getvalue(self) -> bytes:
        return b"{}"


def test_what_is_taken_apart_while_it_comes_in_may_be_larger_than_what_is_held(
    make_http: MakeHttp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bodies, "EVERYTHING", 2_000_000)
    monkeypatch.setattr("janitor.transport.http.BodyBudget", lambda: BodyBudget(2_500_000))
    arrived: list[int] = []
    monkeypatch.setattr(RequestWatch, "arrived", lambda _, size: arrived.append(size))
    with WireServer(answer(200, b"x" * 5_000_000)) as server:
        http = make_http()
        assert http.request("GET", server.url, max_bytes=6_000_000, into=Apart).body == b"{}"
        assert sum(arrived) == 5_000_000
        with pytest.raises(Unreadable, match="larger than 4,000,000 bytes"):
            http.request("GET", server.url, max_bytes=4_000_000, into=Apart)
        with pytest.raises(Unreadable, match="larger than 2,000,000 bytes"):
            http.request("GET", server.url, max_bytes=6_000_000)


def test_a_large_answer_may_take_longer_but_not_past_the_deadline() -> None:
    watch = RequestWatch(160.0, Stop(), 200.0)
    for _ in range(8):
        watch.arrived(LEAST_SPEED // 2)
    assert (watch.ends, watch.more) == (164.0, 4.0)
    watch.arrived(LEAST_SPEED * 60)
    watch.arrived(LEAST_SPEED)
    assert (watch.ends, watch.more) == (200.0, 40.0)


def test_room_that_one_body_gives_back() -> None:
    room = BodyBudget(100)
    one, other = BudgetShare(room), BudgetShare(room)
    assert one.grow(70)
    assert one.grow(-10)
    assert one.size == 60
    assert one.grow(30)
    assert not other.grow(11)
    assert other.grow(10)
    del one
    assert room.held == 10
    assert other.grow(90)
    del other
    assert room.held == 0


@pytest.mark.parametrize("status", [403, 500])
def test_a_refusal_is_read_for_its_words_alone(make_http: MakeHttp, status: int) -> None:
    """Its status counts whatever its length."""
    long = answer(status, b"no " * 7_000_000)
    with WireServer(
        lambda wire, request: wire.send(long if request.target == "/long" else answer(200, b"x"))
    ) as server:
        http = make_http()
        reply = http.request("POST", f"{server.url}/long", body=b"", max_bytes=10_000_000)
        assert (reply.status, len(reply.body)) == (status, 4 << 20)
        assert len(reply.text) == 1 << 16
        assert len(own_words(reply)) == 500
        assert http.request("GET", server.url).body == b"x"
    assert server.connections == 2, "the rest of a long one is not waited for"


def test_a_body_of_just_the_allowed_size_is_taken(make_http: MakeHttp) -> None:
    with WireServer(answer(200, b"x" * 1000)) as server:
        assert len(make_http().request("GET", server.url, max_bytes=1000).body) == 1000


def test_what_is_not_gzip_is_no_answer(make_http: MakeHttp) -> None:
    with (
        WireServer(answer(200, b"plainly not", "Content-Encoding: gzip")) as server,
        pytest.raises(BadAnswer, match="compressed"),
    ):
        make_http().request("GET", server.url)


@pytest.mark.parametrize(
    "headers",
    [["X: " + "y" * 70_000], [f"X-{number}: y" for number in range(200)]],
    ids=["one long line", "many"],
)
def test_headers_without_measure_are_no_answer(make_http: MakeHttp, headers: list[str]) -> None:
    with WireServer(answer(200, b"", *headers)) as server, pytest.raises(BadAnswer, match="headers are too large"):
        make_http().request("GET", server.url)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.binary(min_size=1, max_size=200))
def test_whatever_bytes_come_only_our_errors_are_raised(http: Http, garbage: bytes) -> None:
    def babble(wire: Wire, _: Request) -> None:
        wire.send(garbage)
        wire.cut()

    with WireServer(babble) as server, pytest.raises(NoAnswer):
        http.request("GET", server.url)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.binary(max_size=120))
def test_whatever_headers_come_only_our_errors_are_raised(http: Http, garbage: bytes) -> None:
    def babble(wire: Wire, _: Request) -> None:
        wire.send(b"HTTP/1.1 200 OK\r\n" + garbage + b"\r\nContent-Length: 2\r\n\r\nhi")
        wire.cut()

    with WireServer(babble) as server, contextlib.suppress(NoAnswer):
        assert http.request("GET", server.url).status == 200


def test_nobody_listens(make_http: MakeHttp) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable) as caught:
        make_http().request("POST", f"https://127.0.0.1:{port}/x?secret=1", body=b"")
    assert caught.value.message == f"https://127.0.0.1:{port}/x cannot be reached: connection refused."
    assert not caught.value.sent


def test_a_name_that_is_none(make_http: MakeHttp) -> None:
    with pytest.raises(Unreachable) as caught:
        make_http().request("GET", "http://no-such-host.invalid:5050/x")
    assert not caught.value.sent
    assert caught.value.message.startswith(
        "http://no-such-host.invalid:5050/x: no-such-host.invalid cannot be looked up: "
    )
    assert "urllib3" not in caught.value.message
    assert "Errno" not in caught.value.message


@pytest.mark.parametrize("how", ["cut", "reset"])
def test_a_post_that_is_lost_may_have_had_its_effect(make_http: MakeHttp, how: str) -> None:
    def lose(wire: Wire, _: Request) -> None:
        getattr(wire, how)()

    with WireServer(lose) as server, pytest.raises(Unreachable) as caught:
        make_http().request("POST", server.url, body=b"x")
    assert caught.value.sent
    assert len(server.requests) == 1


@pytest.mark.parametrize("how", ["cut", "reset"])
def test_a_kept_connection_that_died_costs_a_get_nothing(make_http: MakeHttp, how: str) -> None:
    def first_only(wire: Wire, _: Request) -> None:
        if wire.answered and wire.number <= 3:
            getattr(wire, how)()
        else:
            wire.send(answer(200, b"yes"))

    with WireServer(first_only) as server:
        http = make_http()
        assert http.request("GET", server.url).body == b"yes"
        assert http.request("GET", server.url).body == b"yes"
        assert len(server.requests) == 3


def test_a_kept_connection_that_died_is_told_to_a_post(make_http: MakeHttp) -> None:
    def first_only(wire: Wire, _: Request) -> None:
        wire.cut() if wire.answered else wire.send(answer(200, b"yes"))

    with WireServer(first_only) as server:
        http = make_http()
        http.request("POST", server.url, body=b"1")
        with pytest.raises(Unreachable) as caught:
            http.request("POST", server.url, body=b"2")
        assert caught.value.sent
        assert [request.body for request in server.requests] == [b"1", b"2"]


def test_a_get_that_nobody_ever_answers_is_not_repeated_for_ever(make_http: MakeHttp) -> None:
    def never(wire: Wire, _: Request) -> None:
        wire.cut()

    with WireServer(never) as server, pytest.raises(Unreachable):
        make_http().request("GET", server.url)
    assert len(server.requests) == 1


def test_ipv6(make_http: MakeHttp) -> None:
    try:
        server = WireServer(answer(200, b"six"), host="::1")
    except OSError:
        pytest.skip("no IPv6 on this machine")
    with server:
        assert make_http().request("GET", f"{server.url}/x").body == b"six"


def test_requests_are_told_without_credentials(make_http: MakeHttp) -> None:
    told: list[tuple[str, str]] = []
    with WireServer(answer()) as server:
        http = make_http(on_request=lambda method, url: told.append((method, url)))
        http.request("GET", f"http://user:pass@127.0.0.1:{server.port}/slaves?slave_id=7#part")
    assert told == [("GET", f"{server.url}/slaves?slave_id=7")]
    assert "authorization" not in server.requests[0].headers


def test_the_environment_names_no_login(make_http: MakeHttp, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login me password longsecret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with WireServer(answer(200, b"direct")) as server:
        assert make_http().request("GET", server.url).body == b"direct"
    assert server.tokens == [None]


@pytest.mark.parametrize("head", ["HTTP/1.0 200 OK\r\n", "HTTP/1.1 200 OK\r\nConnection: close\r\n"])
@pytest.mark.parametrize(
    ("body", "whole"), [(b'{"a": [1, 2]}\n', True), (b'{"a": [1, 2]', False), (b'{"a": {}', False), (b"", False)]
)
def test_an_answer_without_a_frame_is_whole_where_it_is_complete_json(
    make_http: MakeHttp, head: str, body: bytes, whole: bool
) -> None:
    """It ends where the connection ends. An answer to a write is none in any case: who knows what was cut."""

    def unframed(wire: Wire, _: Request) -> None:
        wire.send(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
        wire.cut()

    with WireServer(unframed) as server:
        http = make_http()
        for method, sent in (("GET", None), ("POST", b"{}")):
            if whole:
                reply = http.request(method, server.url, body=sent, reads=True)
                assert decode(reply, dict[str, list[int]], "it") == {"a": [1, 2]}
                continue
            with pytest.raises(BadAnswer) as caught:
                decode(http.request(method, server.url, body=sent, reads=True), dict[str, object], "it")
            assert type(caught.value) is BadAnswer, "asking again may help"
        with pytest.raises(BadAnswer, match="does not say where it ends"):
            http.request("POST", server.url, body=b"{}")
