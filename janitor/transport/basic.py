"""HTTP Basic authentication (RFC 7617): a name and a secret that go along with each request."""

from __future__ import annotations

import base64

from janitor.secret import Secret
from janitor.transport.reply import Reply


class Basic:
    """Implements `janitor.transport.http.Authorizer`. There is no login that could be done anew."""

    def __init__(self, name: str, secret: Secret) -> None:
        self._header = basic_header(name, secret)

    def header(self) -> str:
        """The value for Authorization."""
        return self._header.reveal()

    def renew(self, refused: str) -> None:
        """None: a 401 is final."""


def basic_header(name: str, secret: Secret) -> Secret:
    """`Basic <base64 of NAME:SECRET in UTF-8>`."""
    return Secret("Basic " + base64.b64encode(f"{name}:{secret.reveal()}".encode()).decode())


def wants_basic(reply: Reply) -> bool:
    """Whether a 401 asks for it: Mesos names a realm, and joins several challenges with a comma.

    Capitals or not: a proxy may write the scheme otherwise (RFC 9110, 11.1).
    """
    challenges = reply.headers.get("WWW-Authenticate", "").lower().split(",")
    return reply.status == 401 and any(one.split()[:1] == ["basic"] for one in challenges)
