"""The sandbox's logins: what each edition of DC/OS answers, and what a token is good for."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Iterator
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from janitor.sandbox.dcos.iam import LOGIN, PROVIDERS, Edition, Iam, iam_app
from janitor.sandbox.serve import Host
from tests.clock import HANGS

NOW = 1_700_000_000.0


@pytest.fixture
def iam() -> Iam:
    return Iam(lambda: NOW, users={"operator": "s3cret"})


@pytest.fixture
def url(iam: Iam) -> Iterator[str]:
    host = Host()
    host.start()
    yield host.serve(iam_app(iam)).url
    host.stop()


def log_in(url: str, body: object) -> requests.Response:
    return requests.post(url + LOGIN, json=body, timeout=HANGS)


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    decoded: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return decoded


def test_a_login_gives_a_token_with_whose_it_is_and_when_it_ends(url: str, iam: Iam) -> None:
    answer = log_in(url, {"uid": "operator", "password": "s3cret"})
    assert answer.status_code == 200
    assert list(answer.json()) == ["token"]
    token = answer.json()["token"]
    assert claims(token) == {"uid": "operator", "exp": int(NOW) + 5 * 24 * 3600}
    assert iam.uid_of(token) == "operator"
    assert answer.cookies["dcos-acs-auth-cookie"] == token


def test_two_logins_give_two_tokens(url: str) -> None:
    tokens = {log_in(url, {"uid": "operator", "password": "s3cret"}).json()["token"] for _ in range(2)}
    assert len(tokens) == 2


@pytest.mark.parametrize(
    "body",
    [
        {"uid": "operator", "password": "wrong"},
        {"uid": "nobody", "password": "s3cret"},
        {"uid": "service", "token": "a.login.token"},
    ],
)
def test_wrong_credentials_and_unknown_users_are_refused_alike(url: str, body: object) -> None:
    answer = log_in(url, body)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "acsjwt"
    assert answer.json() == {
        "title": "401 Unauthorized",
        "description": "Invalid credentials.",
        "code": "ERR_INVALID_CREDENTIALS",
    }


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"uid": "u"},
        {"uid": "u", "password": "p", "token": "t"},
        {"uid": "u", "password": ""},
        {"password": "p"},
        [],
    ],
)
def test_what_is_no_login_is_a_bad_request(url: str, body: object) -> None:
    answer = log_in(url, body)
    assert answer.status_code == 400
    assert answer.json()["title"] == "400 Bad Request"


def test_a_body_that_is_no_json_is_a_bad_request(url: str) -> None:
    assert requests.post(url + LOGIN, data="uid=operator", timeout=HANGS).status_code == 400


def test_other_methods_and_paths(url: str) -> None:
    assert requests.get(url + LOGIN, timeout=HANGS).status_code == 405
    assert requests.get(url + "/acs/api/v1/users", timeout=HANGS).status_code == 404


def test_open_dcos_up_to_1_12_knows_no_passwords(url: str, iam: Iam) -> None:
    iam.edition = Edition.OPEN_UP_TO_1_12
    answer = log_in(url, {"uid": "operator", "password": "s3cret"})
    assert answer.status_code == 400
    assert answer.json() == {"title": "Bad Request", "description": "JWT parsing failed"}


def test_tokens_expire_on_request_and_whoever_accepts_them_is_told(iam: Iam) -> None:
    told: list[dict[str, str]] = []
    iam.tokens_changed = told.append
    first, second = iam.issue("operator"), iam.issue("other")
    iam.expire(first)
    iam.expire()
    assert told == [{first: "operator"}, {first: "operator", second: "other"}, {second: "other"}, {}]
    assert iam.uid_of(second) is None
    assert iam.uid_of(None) is None


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def public(key: rsa.RSAPrivateKey) -> str:
    encoding, form = serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(encoding, form).decode()


def test_a_service_account_logs_in_with_a_jwt_of_its_key(url: str, iam: Iam, key: rsa.RSAPrivateKey) -> None:
    iam.accounts["janitor"] = public(key)
    signed = jwt.encode({"uid": "janitor", "exp": int(time.time()) + 120}, key, "RS256")
    answer = log_in(url, {"uid": "janitor", "token": signed})
    assert answer.status_code == 200
    assert iam.uid_of(answer.json()["token"]) == "janitor"


@pytest.mark.parametrize(
    "wrong", ["another key", "another uid", "expired", "without an end", "HS256", "unknown", "no JWT"]
)
def test_a_jwt_that_proves_nothing(url: str, iam: Iam, key: rsa.RSAPrivateKey, wrong: str) -> None:
    iam.accounts["janitor"] = public(key)
    said: dict[str, object] = {"uid": "janitor", "exp": int(time.time()) + 120}
    by: rsa.RSAPrivateKey | bytes = key
    if wrong == "another key":
        by = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    elif wrong == "another uid":
        said["uid"] = "operator"
    elif wrong == "expired":
        said["exp"] = int(time.time()) - 120
    elif wrong == "without an end":
        del said["exp"]
    elif wrong == "HS256":
        by = b"x" * 32
    token = "x.y.z" if wrong == "no JWT" else jwt.encode(said, by, "HS256" if wrong == "HS256" else "RS256")
    answer = log_in(url, {"uid": "nobody" if wrong == "unknown" else "janitor", "token": token})
    assert (answer.status_code, answer.json()["code"]) == (401, "ERR_INVALID_CREDENTIALS")


def test_open_dcos_up_to_1_12_takes_id_tokens_and_the_first_one_is_a_user() -> None:
    iam = Iam(lambda: NOW, Edition.OPEN_UP_TO_1_12)
    host = Host()
    host.start()
    try:
        url = host.serve(iam_app(iam)).url
        for refused in ({"uid": "operator", "password": "s3cret"}, {"token": "x.y.z"}, {}):
            answer = log_in(url, refused)
            assert (answer.status_code, answer.json()) == (
                400,
                {"title": "Bad Request", "description": "JWT parsing failed"},
            )
        first = log_in(url, {"token": iam.identify("first@example.com")})
        assert first.status_code == 200
        assert iam.uid_of(first.json()["token"]) == "first@example.com"
        assert jwt.get_unverified_header(first.json()["token"])["alg"] == "HS256"
        assert log_in(url, {"token": iam.identify("second@example.com")}).status_code == 401
        providers = requests.get(url + PROVIDERS, timeout=HANGS).json()
        assert [each["authentication-type"] for each in providers.values()] == ["oidc-implicit-flow"]
    finally:
        host.stop()


def test_the_ways_to_log_in(url: str) -> None:
    providers = requests.get(url + PROVIDERS, timeout=HANGS).json()
    assert {each["authentication-type"] for each in providers.values()} == {"dcos-uid-password", "dcos-uid-servicekey"}
