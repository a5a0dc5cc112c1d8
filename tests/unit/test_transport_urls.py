from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janitor.errors import BadUrl
from janitor.transport.trust import Trust
from janitor.transport.urls import Origin, check_url, path_of, segment_of, shown, split


@pytest.mark.parametrize(
    "url, origin, target",
    [
        ("http://leader.mesos:5050/master/", Origin("http", "leader.mesos", 5050), "/master/"),
        ("HTTPS://Leader.Mesos", Origin("https", "leader.mesos", 443), "/"),
        ("http://10.0.0.1/slaves?slave_id=1#x", Origin("http", "10.0.0.1", 80), "/slaves?slave_id=1"),
        ("http://[::1]:5050/slave(1)/state", Origin("http", "[::1]", 5050), "/slave(1)/state"),
        ("http://user:pw@host/x", Origin("http", "host", 80), "/x"),
    ],
)
def test_split(url: str, origin: Origin, target: str) -> None:
    assert split(url) == (origin, target)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "leader.mesos:5050/master/",
        "http://",
        "http:///x",
        "ftp://host/",
        "file:///etc/passwd",
        "//host/x",
        "http://host:99999/",
        "http://host:0/",
        "https://host:000",
        "http://[::1]:0/",
        "http://host:port/",
        "http://[::1/",
        "http://a b/",
        "http://h/\r\nX: y",
        "http://h/\x00",
        "javascript:x",
    ],
)
def test_what_cannot_be_asked(url: str) -> None:
    with pytest.raises(BadUrl):
        split(url)
    with pytest.raises(BadUrl) as caught:
        check_url(url, "--master_url")
    assert caught.value.message.startswith("--master_url: ")
    assert "http://leader.mesos:5050/master/" in (caught.value.remedy or "")


@pytest.mark.parametrize(
    "url, fault",
    [
        ("leader.mesos:5050/", "no scheme"),
        ("http://:5050/", "no host"),
        ("http:///x", "no host"),
        ("ftp://h/", "neither"),
        ("http://h:0/", "port 0"),
    ],
)
def test_the_fault_is_named(url: str, fault: str) -> None:
    with pytest.raises(BadUrl, match=fault):
        check_url(url, "-m")


@pytest.mark.parametrize(
    "url", ["http://admin:hunter2@h:5050/", "admin:hunter2@h:5050/", "http://hunter2@h", "https://a:hunter2@/x?y"]
)
def test_credentials_in_a_url_are_refused_and_not_shown(url: str) -> None:
    with pytest.raises(BadUrl, match="may not hold") as caught:
        check_url(url, "-m")
    assert "hunter2" not in f"{caught.value.message}{caught.value.remedy}"


def test_a_good_url_is_given_back_as_it_was() -> None:
    assert check_url("http://Leader.mesos:5050/master/", "-m") == "http://Leader.mesos:5050/master/"


@given(st.text())
def test_showing_takes_everything(text: str) -> None:
    assert not any(ord(character) <= 32 and character != " " for character in shown(text))


@given(
    secret=st.text(alphabet="abcdefgh0123", min_size=6),
    scheme=st.sampled_from(["http://", "https://", "ftp://", ""]),
    place=st.sampled_from(["user:{}@host/x", "{}@host", "host/x?token={}", "host#{}", "host/?a=b&c={}"]),
)
def test_showing_leaves_out_user_password_and_query(secret: str, scheme: str, place: str) -> None:
    """Invariant 6."""
    assert secret not in shown(scheme + place.format(secret))


def test_the_token_goes_to_named_origins_only() -> None:
    trust = Trust(["http://leader.mesos:5050/master/", "https://marathon.mesos:8443/", "http://cluster/"])
    allowed = [
        "http://leader.mesos:5050/x",
        "http://LEADER.mesos:5050/x",
        "https://leader.mesos:5050/x",
        "https://marathon.mesos:8443/v2",
        "http://cluster/",
        "https://cluster/",
    ]
    refused = [
        "http://leader.mesos/x",
        "http://leader.mesos:5051/x",
        "https://leader.mesos/x",
        "http://marathon.mesos:8443/v2",
        "http://other.mesos:5050/",
        "http://leader.mesos.evil:5050/",
        "http://evil/leader.mesos:5050/",
        "http://leader.mesos:5050@evil/",
        "https://cluster:80/",
    ]
    assert [url for url in allowed if not trust.may_have_token(url)] == []
    assert [url for url in refused if trust.may_have_token(url)] == []


def test_a_learned_leader_gets_the_token_and_is_not_named() -> None:
    trust = Trust(["http://leader.mesos:5050/"])
    trust.learn("http://10.0.0.2:5050/master/slaves")
    assert trust.may_have_token("http://10.0.0.2:5050/flags")
    assert trust.may_have_token("https://10.0.0.2:5050/flags")
    assert not trust.may_have_token("http://10.0.0.2:5051/flags")
    assert not trust.named("http://10.0.0.2:5050/")
    assert trust.named("https://leader.mesos:5050/")


def test_a_leader_learned_over_https_gets_nothing_over_http() -> None:
    trust = Trust(["https://leader.mesos:5050/"])
    trust.learn("https://10.0.0.2:5050/")
    assert not trust.may_have_token("http://10.0.0.2:5050/")
    assert not trust.may_have_token("http://leader.mesos:5050/")


@pytest.mark.parametrize(
    "name, path, segment",
    [
        ("kafka", "kafka", "kafka"),
        ("team01/kafka", "team01/kafka", None),
        ("a b?c#d%2e", "a%20b%3Fc%23d%252e", "a%20b%3Fc%23d%252e"),
        ("a\\b;c", "a%5Cb%3Bc", "a%5Cb%3Bc"),
        ("..a.", "..a.", "..a."),
        ("", None, None),
        (".", None, None),
        ("..", None, None),
        ("../evil", None, None),
        ("kafka/../../evil", None, None),
        ("kafka//x", None, None),
        ("/kafka", None, None),
        ("kafka/", None, None),
    ],
)
def test_a_name_becomes_a_path_below_its_place_or_none(name: str, path: str | None, segment: str | None) -> None:
    assert path_of(name) == path
    assert segment_of(name) == segment


@given(st.text())
def test_a_path_stays_below_its_place(name: str) -> None:
    path = path_of(name)
    if path is not None:
        target = split(f"https://dcos.example/service/{path}/v1")[1]
        assert target.startswith("/service/")
        assert target.count("/") == 3 + name.count("/")


@pytest.mark.parametrize(
    "url, message",
    [
        ("https://bob:S3cret@h/", "-m: a URL may not hold a user or a password: https://h/"),
        ("https://bob:S3c/ret@h/x/", "-m: a URL may not hold a user or a password: https://h/x/"),
        ("https://bob:S3c?r#et@h/", "-m: a URL may not hold a user or a password: https://h/"),
        ("bob:S3cret@h:5050/", "-m: a URL may not hold a user or a password: h:5050/"),
        ("https://h/?token=S3cret", "-m: a URL may not hold a query (?) or a fragment (#) here: https://h/"),
        ("https://h/#access_token=S3cret", "-m: a URL may not hold a query (?) or a fragment (#) here: https://h/"),
    ],
)
def test_what_may_be_a_secret_in_a_url_is_refused_and_not_shown(url: str, message: str) -> None:
    with pytest.raises(BadUrl) as caught:
        check_url(url, "-m")
    assert caught.value.message == message
    assert "S3c" not in str(caught.value.remedy)


def test_a_url_is_shown_in_one_line_of_bounded_length() -> None:
    assert shown("http://h/a\nb\u202e") == "http://h/a b\\u202e"
    assert len(shown("http://h/" + "x" * 100_000)) == 500
