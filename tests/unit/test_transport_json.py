from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3 import HTTPHeaderDict

from janitor.errors import BadAnswer, Forbidden, HttpStatus, Unauthorized
from janitor.transport.http import Reply
from janitor.transport.jsonbody import decode, expect, own_words

URL = "http://leader.mesos:5050/master/slaves"


class Agent(msgspec.Struct):
    id: str


class Agents(msgspec.Struct):
    slaves: list[Agent]


def reply(body: bytes, status: int = 200, **headers: str) -> Reply:
    named = HTTPHeaderDict({name.replace("_", "-"): value for name, value in headers.items()})
    return Reply(status, named, body, URL, None)


def test_a_value_of_the_shape_that_was_hoped_for() -> None:
    assert decode(reply(b'{"slaves":[{"id":"S1","more":1}],"x":2}'), Agents, "agents").slaves[0].id == "S1"


@pytest.mark.parametrize(
    "body, words",
    [
        (b"", "an empty answer instead of JSON"),
        (b"  \n", "an empty answer instead of JSON"),
        (b'{"slaves":[{"id":"S1"', "truncated"),
        (b"{slaves}", "malformed"),
        (b'{"slaves":[{"id":7}]}', r"slaves\[0\]\.id"),
        (b'{"slaves":null}', "slaves"),
        (b"[]", "another shape"),
        (b'{"slaves":[{"id":"\xff\xfe"}]}', "not JSON"),
        (b"\x1f\x8b\x08\x00", "not JSON"),
    ],
)
def test_what_is_wrong_with_json_is_named(body: bytes, words: str) -> None:
    with pytest.raises(BadAnswer, match=words) as caught:
        decode(reply(body), Agents, "the list of agents")
    assert caught.value.message.startswith(f"{URL}: the list of agents: ")


@pytest.mark.parametrize("body", [b"[" * 100_000, b'{"a":' * 100_000, b'{"slaves":[],"more":' + b"[" * 100_000])
def test_json_without_end_in_depth(body: bytes) -> None:
    """Also in a part that nobody reads."""
    with pytest.raises(BadAnswer, match="nested too deeply"):
        decode(reply(body), dict[str, object] if body[:1] == b"{" else list[object], "agents")
    with pytest.raises(BadAnswer):
        decode(reply(body), Agents, "agents")


@pytest.mark.parametrize(
    "body, content_type",
    [
        (b"<!DOCTYPE html><html><head><title>Log in</title></head></html>", ""),
        (b"  \n<HTML><body>Log in</body>", "application/json"),
        (b"Log in", "text/html; charset=utf-8"),
    ],
)
def test_a_login_page_instead_of_json(body: bytes, content_type: str) -> None:
    with pytest.raises(BadAnswer, match=r"a web page \(a login page\?\) instead of JSON") as caught:
        decode(reply(body, content_type=content_type), Agents, "agents")
    assert "Log in" in caught.value.message
    assert caught.value.remedy


@given(st.binary(max_size=200))
def test_whatever_the_body_only_our_error_is_raised(body: bytes) -> None:
    with pytest.raises(BadAnswer):
        decode(reply(body), Agents, "agents")


def test_the_statuses_that_were_hoped_for() -> None:
    good = reply(b"", 202)
    assert expect(good, (200, 202), "x") is good
    assert expect(good, range(200, 300), "x") is good


@pytest.mark.parametrize("status, kind", [(401, Unauthorized), (403, Forbidden), (409, HttpStatus), (500, HttpStatus)])
def test_other_statuses_have_the_servers_words(status: int, kind: type[HttpStatus]) -> None:
    with pytest.raises(kind) as caught:
        expect(reply(b"Persistent volumes in use\n", status), (200, 202), "destroying volumes")
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.body, caught.value.url) == (status, "Persistent volumes in use", URL)
    assert caught.value.message == f"{URL}: destroying volumes: {status} Persistent volumes in use"


def test_a_401_says_what_to_do() -> None:
    with pytest.raises(Unauthorized) as caught:
        expect(reply(b"", 401), (200,), "agents")
    assert caught.value.message == f"{URL}: agents: 401"
    assert caught.value.remedy


def test_a_redirect_that_was_not_followed_says_where_to() -> None:
    with pytest.raises(HttpStatus, match=r"302 redirected to https://login\.example/x$"):
        expect(reply(b"moved", 302, Location="https://login.example/x?state=secret"), (200,), "agents")


def test_a_page_is_told_in_few_plain_words() -> None:
    page = b"""<html><head><title>502 Bad Gateway</title><style>b{color:red}</style><script>alert("x")</script></head>
        <body><center><h1>502 Bad&nbsp;Gateway</h1></center><hr>openresty</body></html>"""
    assert own_words(reply(page, 502, content_type="text/html")) == "502 Bad Gateway openresty"


@given(st.text(max_size=3000))
def test_words_fit_on_a_line_of_any_terminal(text: str) -> None:
    words = own_words(reply(text.encode("utf-8", "replace"), 500))
    assert len(words) <= 500
    assert not any(ord(character) < 32 or 127 <= ord(character) < 160 for character in words)


@given(st.text(max_size=400))
def test_any_page_can_be_told(text: str) -> None:
    words = own_words(reply(b"<html>" + text.encode("utf-8", "replace"), 500))
    assert len(words) <= 500
