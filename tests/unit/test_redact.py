"""A known secret comes through in no form in which a server may quote it (invariant 6)."""

from __future__ import annotations

import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janitor.redact import Redactor
from janitor.secret import Secret
from janitor.transport.proxies import LOGIN_REMEDY

TOKEN = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJ1aWQiOiJib290c3RyYXB1c2VyIiwiZXhwIjoxNTAwfQ.rb_0-Xq9LZ7tKpW2vYc4"
SCHOEN = 'sch\u00f6n"geheim'


def hiding(*texts: str) -> Redactor:
    redact = Redactor()
    redact.hide(*map(Secret, texts))
    return redact


@pytest.mark.parametrize("secret", [TOKEN, SCHOEN, "correct  horse\tbattery", "a&b<c>d'e", "p\u00e4ssw\u00f6rd/1+2=3"])
@pytest.mark.parametrize(
    "written",
    [
        str,
        lambda text: json.dumps(text)[1:-1],
        lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
        lambda text: json.dumps(json.dumps(text)),
        quote,
        lambda text: quote(text, safe=""),
        quote_plus,
        html.escape,
        lambda text: " ".join(text.split()),
        lambda text: "".join(text.split()),
        lambda text: text.encode().decode("latin-1"),
        lambda text: text.encode("latin-1").decode("utf-8", "replace"),
        lambda text: text.encode("unicode_escape").decode(),
    ],
)
def test_however_it_is_written(secret: str, written: object) -> None:
    assert callable(written)
    shown = hiding(secret)(f"before {written(secret)} after")
    assert shown.startswith("before ")
    assert shown.endswith(" after")
    assert "***" in shown
    for word in ("geheim", "horse", "battery", "ssw", "XVCJ9", "b&c"):
        assert word not in shown


@pytest.mark.parametrize(
    "secret", ["\u043f\u0430\u0440\u043e\u043b\u044c", '\u5bc6\u7801"\\\u4f60\u597d\U0001f511', '!"\\$%&/()=']
)
@pytest.mark.parametrize(
    "written",
    [
        str,
        lambda text: json.dumps(text)[1:-1],
        lambda text: json.dumps(text, ensure_ascii=False)[1:-1],
        lambda text: json.dumps(json.dumps({"password": text}))[18:-4],
        lambda text: quote(text, safe=""),
        lambda text: text.encode("unicode_escape").decode(),
    ],
)
def test_one_without_letters_of_ascii_however_it_is_escaped(secret: str, written: object) -> None:
    assert callable(written)
    assert hiding(secret)(f"before {written(secret)} after") == "before *** after"


@pytest.mark.parametrize(
    "text, shown",
    [
        (f"token={TOKEN}", "token=***"),
        (f"{TOKEN}{TOKEN}", "******"),
        (f"No: {TOKEN[:20]}...", "No: ***..."),
        (f"No: ...{TOKEN[-13:]}", "No: ...***"),
        (f"{TOKEN[5:17]}|{TOKEN[40:60]}", "***|***"),
        (f"No: {TOKEN[30:41]}", f"No: {TOKEN[30:41]}"),
        ("Nothing of it at all", "Nothing of it at all"),
        ("", ""),
    ],
)
def test_a_long_one_is_found_by_its_pieces(text: str, shown: str) -> None:
    assert hiding(TOKEN)(text) == shown


def test_one_that_is_not_long_is_found_as_a_whole() -> None:
    assert hiding("kafka-secret-1")("kafka-secret, kafka-secret-1") == "kafka-secret, ***"


@pytest.mark.parametrize("text", ["pw123", "a1!"])
def test_a_short_one_is_hidden_in_what_a_server_says_alone(text: str) -> None:
    redact = hiding(text)
    assert redact.quoted(f'{{"password":"{text}"}}') == '{"password":"***"}'
    assert redact(f"Round {text}") == f"Round {text}", "it would hide half of what we say"


def test_fewer_than_three_characters_are_hidden_nowhere() -> None:
    redact = hiding("", "ab")
    assert redact.quoted("ab cab") == redact("ab cab") == "ab cab"


def test_a_password_with_dashes_is_no_frame_of_a_key() -> None:
    assert hiding("geheim-----1")("before geheim-----1 after") == "before *** after"


def test_of_a_key_each_line_is_hidden_and_its_frame_is_not() -> None:
    lines = ["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj", "MzEfYyjiWA4R4/M2bS1GB4t7NXp98C3S"]
    key = "\n".join(["-----BEGIN PRIVATE KEY-----", *lines, "-----END PRIVATE KEY-----", ""])
    redact = hiding(key)
    assert redact(json.dumps(key)) == '"-----BEGIN PRIVATE KEY-----\\n***\\n***\\n-----END PRIVATE KEY-----\\n"'
    assert redact(lines[0][10:40]) == "***"


@pytest.mark.parametrize(
    "given, text, shown",
    [
        ("zk://admin:S3cret/w0rd@h:2181/mesos", "S3cret/w0rd and admin", "*** and admin"),
        ("admin:S3cretPassw0rd@127.0.0.1:1", "admin:S3cretPassw0rd@127.0.0.1:1", "admin:***@127.0.0.1:1"),
        ("ops:pw123@zk-1:2181", "--zookeeper ops:pw123@zk-1:2181, zk-1:2181", "--zookeeper ***zk-1:2181, zk-1:2181"),
        ("o:p@zk-1:2181", "JANITOR_ZOOKEEPER o:p@zk-1:2181", "JANITOR_ZOOKEEPER ***-1:2181"),
        ("http://us:pwpw9@p:3128", "Proxy-Authorization: Basic dXM6cHdwdzk=", "Proxy-Authorization: Basic ***"),
        ("http://us:p%40ssw0rd@p:3128", "us p@ssw0rd", "us ***"),
        ("https://ey0123456789token@h/", "ey0123456789token", "***"),
        ("http://leader.mesos:5050/master/", "http://leader.mesos:5050/master/", "http://leader.mesos:5050/master/"),
        ("h1:2181,h2:2181/x", "h1:2181,h2:2181/x", "h1:2181,h2:2181/x"),
    ],
)
def test_the_password_of_a_place_is_hidden(given: str, text: str, shown: str) -> None:
    redact = Redactor()
    redact.hide_password_in(given)
    assert redact(text) == shown


@pytest.mark.parametrize(
    "text, shown",
    [
        ("Not understood: zk://bob:pw@h:2181/x.", "Not understood: zk://***@h:2181/x."),
        ("https://bob:pw@127.0.0.1:1", "https://***@127.0.0.1:1"),
        ("https://h/?a=1&access_token=S3cret&b=2", "https://h/?a=1&access_token=***&b=2"),
        ("http://h/x?slave_id=S1", "http://h/x?slave_id=S1"),
        ("?a?my_secret_of=S3cret", "?a?my_secret_of=***"),
        ("http://h/slave(1)/x@y", "http://h/slave(1)/x@y"),
    ],
)
def test_a_user_in_a_url_and_a_secret_in_a_query_are_never_shown(text: str, shown: str) -> None:
    assert Redactor()(text) == shown


@pytest.mark.timeout(120)
@pytest.mark.parametrize("piece", ["?key", "&token", "?", "key&", "://", "https://x?a=1&sig", "?key=a", "://a@"])
def test_a_long_text_that_somebody_else_wrote_is_looked_through_at_once(piece: str) -> None:
    """In the label of a reservation, for one: a look that begins anew at each `?` would hold the run for hours."""
    assert Redactor()("a = b " + piece * 5_000).startswith("a = b ")


LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."


@given(st.text(LETTERS, min_size=16, max_size=60), st.text(max_size=30), st.text(max_size=30), st.data())
def test_no_piece_of_twelve_letters_comes_through(secret: str, before: str, after: str, data: st.DataObject) -> None:
    begin = data.draw(st.integers(0, len(secret) - 12))
    end = data.draw(st.integers(begin + 12, len(secret)))
    shown = hiding(secret)(before + secret[begin:end] + after)
    for start in range(len(secret) - 11):
        assert secret[start : start + 12] not in shown


def test_what_to_do_about_a_proxy_s_login_is_no_secret() -> None:
    assert Redactor()(LOGIN_REMEDY) == LOGIN_REMEDY
