"""Logging in: one token for the whole run, from a user and a password or given ready-made.

Source: IAM (bouncer, app/auth.py), in open DC/OS since 1.13; dcos-oauth before, which knows no passwords.

    POST /acs/api/v1/auth/login
         {"uid": USER, "password": PASSWORD}, or {"uid": ACCOUNT, "token": JWT signed with its key}
    200  {"token": JWT}
    401  {"title": ..., "description": ..., "code": "ERR_INVALID_CREDENTIALS"}

The token goes along as `Authorization: token=JWT`.
"""

from __future__ import annotations

import base64
import threading
import time

import msgspec

from janitor.errors import JanitorError, LoginRefused, Unreachable, Unreadable, UsageError
from janitor.message import Again, do
from janitor.secret import Secret
from janitor.target import Credentials
from janitor.transport.advice import CLUSTER, PASSWORD, TOKEN
from janitor.transport.http import Http
from janitor.transport.jsonbody import decode, expect, own_words
from janitor.transport.urls import shown
from janitor.words import answered


class _Token(msgspec.Struct):
    """The answer to a login that succeeded."""

    token: str


class _Claims(msgspec.Struct):
    """The part of a JWT in the middle: `exp` in epoch seconds, and whose it is."""

    exp: float | None = None
    uid: object = None


LOGIN_SECONDS = 30.0
"""A login that takes longer does not come any more."""

SHOW_TOKEN = "dcos config show core.dcos_acs_token"

_NO_LOGIN_THERE = do(
    "What answers there is no DC/OS login: it is at Admin Router, at the cluster's own URL. Name that:", CLUSTER
).also("Or give a token instead:", TOKEN)

_NOBODY_THERE = do("The login of DC/OS is at Admin Router, at the cluster's own URL. Name that:", CLUSTER).also(
    "A Mesos without DC/OS has none. Where it wants a login, give a principal of its own:",
    Again("--mesos-principal", "NAME", "--mesos-secret-file", "FILE", without=("--username", "--password-file")),
)

RENEWED_FOR = 3600.0
"""Seconds after a new login in which there is no other: a token lasts for days, and so may a run."""

PROOF_SECONDS = 300
"""How long a service account's proof is good for; IAM warns above ten minutes."""


class Login:
    """The run's token. Implements the transport's Authorizer; used by many threads at once.

    `http` is used for the login alone and has no authorizer of its own.
    """

    def __init__(self, credentials: Credentials, login_url: str, http: Http) -> None:
        """Raises UsageError for a token that cannot stand in a header (it is not shown)."""
        self._credentials = credentials
        self._url = login_url
        self._http = http
        self._lock = threading.Lock()
        self._token: Secret | None = None
        self._logged_in = False
        self._renewal_failed: JanitorError | None = None  # what came of the one new login, if that failed
        self._renewed_at: float | None = None
        if credentials.token:
            if not _can_be_sent(credentials.token):
                raise UsageError(
                    "The token holds characters that no token has (a line break, a blank, or beyond ASCII).",
                    remedy=do("Give it alone, on one line, as this prints it:", SHOW_TOKEN),
                )
            self._token = credentials.token

    def login(self) -> None:
        """Log in, when user and password are given; the token that comes back replaces the one given.

        Raises LoginRefused (4xx), HttpStatus (any other status) or NoAnswer.
        """
        with self._lock:
            self._log_in_once()

    def header(self) -> str | None:
        """The value for Authorization; None without credentials. Logs in first when `login` was not called."""
        with self._lock:
            self._log_in_once()
            return _header(self._token)

    def expires_in(self) -> float | None:
        """Seconds until the token expires by its own word, which nobody verified; None when it does not say."""
        expires = _claims(self._token).exp
        return expires - time.time() if expires is not None else None

    def renew(self, refused: str) -> str | None:
        """The value to use instead of `refused`, which got a 401, after one new login, for everybody and for an hour.

        None when a token of that new login was refused. Raises LoginRefused when there is nothing to log in with, and
        what the new login raises, to everyone who asks.
        """
        with self._lock:
            lately = self._renewed_at is not None and time.monotonic() - self._renewed_at < RENEWED_FOR
            if lately and self._renewal_failed is not None:
                raise self._renewal_failed
            current = _header(self._token)
            if current != refused:
                return current
            if lately:
                return None
            if not self._credentials.can_log_in:
                raise LoginRefused(
                    "The token that was given is not accepted (401); it may have expired.",
                    remedy=do("Get a new one, and put it into a file:", "dcos auth login", f"{SHOW_TOKEN} >FILE")
                    .also("Then give that:", TOKEN)
                    .also("Or log in with a password:", PASSWORD),
                )
            self._renewed_at, self._renewal_failed = time.monotonic(), None
            try:
                self._token = self._new_token()
            except JanitorError as error:
                self._renewal_failed = error
                raise
            return _header(self._token)

    def _log_in_once(self) -> None:
        if self._credentials.can_log_in and not self._logged_in:
            self._token = self._new_token()
            self._logged_in = True

    def _new_token(self) -> Secret:
        """Ask for a token once. Raises LoginRefused (4xx), HttpStatus (any other status) or NoAnswer."""
        body = self._login_body()
        try:
            reply = self._http.request(
                "POST",
                self._url,
                body=msgspec.json.encode(body),
                content_type="application/json",
                with_token=False,
                stays=True,
                limit=LOGIN_SECONDS,
            )
        except Unreachable as error:
            error.remedy = error.remedy or _NOBODY_THERE
            raise
        if 400 <= reply.status < 500:
            raise LoginRefused(
                f"{shown(reply.url)}: the login as {body['uid']} was refused",
                why=answered(reply.status, own_words(reply)),
                remedy=do("Check user and password.").also(
                    "A cluster whose login knows no passwords (open DC/OS before 1.13), or that has no login at all, "
                    "wants a token instead, or none:",
                    TOKEN,
                ),
            )
        expect(reply, range(200, 300), "the login")
        token = Secret(decode(reply, _Token, "the login's token", remedy=_NO_LOGIN_THERE).token)
        self._credentials.redact.hide(token)
        if not token or not _can_be_sent(token):
            fault = f"{shown(reply.url)}: the login answered with a token that cannot be one."
            raise Unreadable(fault, remedy=_NO_LOGIN_THERE)
        return token

    def _login_body(self) -> dict[str, str]:
        """What is sent: the password, or a short-lived proof that we hold the private key."""
        given = self._credentials
        assert given.username is not None
        if given.private_key:
            proof = Secret(_signed(given.username, given.private_key))
            given.redact.hide(proof)
            return {"uid": given.username, "token": proof.reveal()}
        assert given.password is not None
        return {"uid": given.username, "password": given.password.reveal()}


def _signed(uid: str, private_key: Secret) -> str:
    """A service account's login token: RS256 over its uid and an expiry (bouncer: app/auth.py)."""
    import jwt  # not needed, and slow to import, where nobody logs in with a key

    try:
        return jwt.encode(
            {"uid": uid, "exp": int(time.time()) + PROOF_SECONDS}, private_key.reveal(), algorithm="RS256"
        )
    except (jwt.PyJWTError, ValueError, TypeError):
        raise UsageError(  # without the cause: it may quote the key
            f"The private key of {uid} cannot be used.",
            why="it is no RSA key in PEM, or it has a passphrase",
            remedy="Give the service account's secret as DC/OS stores it (JSON), or its private key (PEM).",
        ) from None


def uid_of(token: Secret | None) -> str | None:
    """Whose token it is by its own word, which nobody verified; None when it does not say."""
    uid = _claims(token).uid
    return uid if isinstance(uid, str) else None


def _claims(token: Secret | None) -> _Claims:
    """What a token says of itself: of one that is no JWT, nothing."""
    parts = token.reveal().split(".") if token else []
    if len(parts) != 3:
        return _Claims()
    try:
        payload = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(payload, type=_Claims)
    except (ValueError, msgspec.DecodeError, RecursionError):
        return _Claims()


def _header(token: Secret | None) -> str | None:
    return f"token={token.reveal()}" if token else None


def _can_be_sent(token: Secret) -> bool:
    """Whether http.client would take it for a header; where it does not, its exception shows the value."""
    return all("!" <= character <= "~" for character in token.reveal())
