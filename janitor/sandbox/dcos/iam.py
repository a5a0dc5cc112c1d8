"""DC/OS's identity and access manager: users, and the tokens that a login gives.

Sources: dcos/bouncer bouncer/app/auth.py; dcos/dcos-oauth dcos-oauth/login.go (open DC/OS up to 1.12).
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum

import jwt
from aiohttp import web

from janitor.sandbox.serve import one_handler

LOGIN = "/acs/api/v1/auth/login"
PROVIDERS = "/acs/api/v1/auth/providers"
FIVE_DAYS = 5 * 24 * 3600


class Edition(Enum):
    """Which DC/OS this is, as far as logins tell."""

    ENTERPRISE = "enterprise"
    OPEN = "open"
    OPEN_UP_TO_1_12 = "open up to 1.12"

    @property
    def challenge(self) -> str:
        """What Admin Router asks for in the `WWW-Authenticate` of a 401."""
        return "acsjwt" if self is Edition.ENTERPRISE else "oauthjwt"

    @property
    def variant(self) -> str:
        """What /dcos-metadata/dcos-version.json calls it."""
        return "enterprise" if self is Edition.ENTERPRISE else "open"


@dataclass
class Iam:
    """Who may log in, and which tokens are good. `now` gives the cluster's time in seconds since the epoch.

    `users` have passwords, `accounts` (of services) public keys in PEM. Open DC/OS up to 1.12 knows neither: there one
    logs in with an ID token of an identity provider, for which `identify` stands in; who comes first is the first user.
    Who is in `granted` may do that alone (`RID ACTION`, see `grants`); anybody else may do everything.
    `tokens_changed` is called with every good token and whose it is, after each login and expiry.
    """

    now: Callable[[], float]
    edition: Edition = Edition.ENTERPRISE
    users: dict[str, str] = field(default_factory=dict)
    accounts: dict[str, str] = field(default_factory=dict)
    lifetime: float = FIVE_DAYS
    tokens: dict[str, str] = field(default_factory=dict)
    tokens_changed: Callable[[dict[str, str]], None] = lambda _: None
    logins: int = 0
    granted: dict[str, frozenset[str]] = field(default_factory=dict)
    _provider: bytes = field(default_factory=lambda: secrets.token_bytes(32))

    def issue(self, uid: str) -> str:
        """A new token. It is shaped as a JWT with `uid` and `exp`, which clients read; nobody can verify it."""
        claims = {"uid": uid, "exp": int(self.now() + self.lifetime)}
        algorithm = "HS256" if self.edition is Edition.OPEN_UP_TO_1_12 else "RS256"
        parts = [_base64(json.dumps(part).encode()) for part in ({"typ": "JWT", "alg": algorithm}, claims)]
        token = ".".join([*parts, _base64(secrets.token_bytes(32))])
        self.tokens[token] = uid
        self.tokens_changed(dict(self.tokens))
        return token

    def expire(self, token: str | None = None) -> None:
        """From now on this token, or every one given out so far, is refused."""
        for gone in [token] if token is not None else list(self.tokens):
            self.tokens.pop(gone, None)
        self.tokens_changed(dict(self.tokens))

    def may(self, uid: str, permission: str | None) -> bool:
        """Whether a user has a permission; None is needed by nobody."""
        return permission is None or uid not in self.granted or permission in self.granted[uid]

    def uid_of(self, token: str | None) -> str | None:
        """Whose token it is; None for one that is not good."""
        return self.tokens.get(token or "")

    def uid_of_request(self, request: web.Request) -> str | None:
        """Who asks: `token=`, `Bearer`, or without any Authorization the cookie (Admin Router lib/auth/common.lua)."""
        header = request.headers.get("Authorization")
        if header is None:
            return self.uid_of(request.cookies.get("dcos-acs-auth-cookie"))
        return self.uid_of_authorization(header)

    def uid_of_authorization(self, header: str | None) -> str | None:
        """Whose token an Authorization header has; None for one that is not good, or not there."""
        if header is None:
            return None
        for scheme in ("token=", "Bearer "):
            if header.startswith(scheme):
                return self.uid_of(header[len(scheme) :])
        return None

    def log_in(self, given: object) -> web.Response:
        """The answer to the body of a login, decoded."""
        self.logins += 1
        if not isinstance(given, dict):
            return _refuse(400, "Request body is not a JSON object")
        uid, password, token = (given.get(name) for name in ("uid", "password", "token"))
        if self.edition is Edition.OPEN_UP_TO_1_12:
            return self._log_in_with_identity(token)
        if (password is None) == (token is None):
            return _refuse(400, "Exactly one of `token` and `password` must be provided in the request body")
        if password is not None and uid is None:
            return _refuse(400, "`uid` missing in the request body")
        if "" in (uid, password, token):
            return _refuse(400, "`uid`, `password` and `token` must not be empty strings")
        if not isinstance(uid, str) or not (self._knows(uid, password) if token is None else self._signed(uid, token)):
            return _refuse(401, "Invalid credentials.")
        return self._welcome(uid)

    def _knows(self, uid: str, password: object) -> bool:
        return isinstance(password, str) and self.users.get(uid) == password

    def _signed(self, uid: str, token: object) -> bool:
        """A service's login token: RS256 with its key, its own uid, not expired by the real clock, the client's."""
        if not isinstance(token, str) or uid not in self.accounts:
            return False
        try:
            claims = jwt.decode(token, self.accounts[uid], algorithms=["RS256"], options={"require": ["exp"]})
        except jwt.InvalidTokenError:
            return False
        return claims.get("uid") == uid

    def identify(self, email: str) -> str:
        """An ID token, as the identity provider gives one to somebody's browser."""
        return jwt.encode({"email": email, "email_verified": True, "iss": "sandbox"}, self._provider, "HS256")

    def _log_in_with_identity(self, token: object) -> web.Response:
        try:
            claims = jwt.decode(token if isinstance(token, str) else "", self._provider, algorithms=["HS256"])
        except jwt.InvalidTokenError:
            return web.json_response({"title": "Bad Request", "description": "JWT parsing failed"}, status=400)
        email = str(claims["email"])
        if not self.users:
            self.users[email] = ""
        if email not in self.users:
            return _refuse(401, "Invalid credentials.")
        return self._welcome(email)

    def _welcome(self, uid: str) -> web.Response:
        issued = self.issue(uid)
        answer = web.json_response({"token": issued})
        answer.set_cookie("dcos-acs-auth-cookie", issued, httponly=True)
        info = {"uid": uid, "description": uid, "is_remote": False}
        answer.set_cookie("dcos-acs-info-cookie", _base64(json.dumps(info).encode()))
        return answer

    def providers(self) -> dict[str, object]:
        """GET /auth/providers: the ways to log in, as the DC/OS CLI reads them."""
        if self.edition is Edition.OPEN_UP_TO_1_12:
            flow = "/login?redirect_uri=urn:ietf:wg:oauth:2.0:oob"
            return {
                "dcos-oidc-auth0": _provider("oidc-implicit-flow", "browser-prompt-oidcidtoken-get-authtoken", flow)
            }
        return {
            "dcos-users": _provider("dcos-uid-password", "dcos-usercredential-post-receive-authtoken", LOGIN),
            "dcos-services": _provider("dcos-uid-servicekey", "dcos-servicecredential-post-receive-authtoken", LOGIN),
        }


def _provider(kind: str, method: str, url: str) -> dict[str, object]:
    return {
        "authentication-type": kind,
        "client-method": method,
        "config": {"start_flow_url": url},
        "description": "Default DC/OS login provider",
    }


def iam_app(iam: Iam) -> web.Application:
    """What answers below /acs/api/v1."""

    async def handle(request: web.Request) -> web.Response:
        if request.path == PROVIDERS and request.method in ("GET", "HEAD"):
            return web.json_response(iam.providers())
        if request.path != LOGIN:
            return _refuse(404, None)
        if request.method != "POST":
            return _refuse(405, None)
        try:
            given = await request.json()
        except ValueError:
            return _refuse(400, "Could not decode the request body. The JSON was incorrect.")
        return iam.log_in(given)

    return one_handler(handle)


_TITLES = {400: "400 Bad Request", 401: "401 Unauthorized"}


def _refuse(status: int, description: str | None) -> web.Response:
    """In falcon's form; 404 and 405 have no body there."""
    if description is None:
        return web.Response(status=status)
    body = {"title": _TITLES[status], "description": description}
    if status != 401:
        return web.json_response(body, status=status)
    return web.json_response(
        {**body, "code": "ERR_INVALID_CREDENTIALS"}, status=status, headers={"WWW-Authenticate": "acsjwt"}
    )


def _base64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
