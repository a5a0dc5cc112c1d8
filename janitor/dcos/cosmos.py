"""Cosmos, the package service of DC/OS: starting an uninstall (cosmos: handler/, rpc/).

What is asked and answered:

    POST package/uninstall  {"packageName", "appId"}
    200  {"results": [{"packageName", "appId", "packageVersion", "postUninstallNotes"}]}
    4xx  {"type": "AmbiguousAppId" | "PackageNotInstalled" | ..., "message", "data"}
"""

from __future__ import annotations

from typing import TypeVar

import msgspec

from janitor.dcos.permissions import named
from janitor.errors import HttpStatus
from janitor.transport.http import Http
from janitor.transport.jsonbody import decode, expect, own_words
from janitor.transport.urls import shown
from janitor.words import foreign

T = TypeVar("T")

_MEDIA = "application/vnd.dcos.package.{}+json;charset=utf-8;version=v1"


class CosmosRefused(HttpStatus):
    """Cosmos answered with an error of its own: `type` is its class (AmbiguousAppId, PackageNotInstalled, ...)."""

    def __init__(self, place: str, said: str, *, type: str, status: int, url: str) -> None:
        super().__init__(f"{place}: Cosmos refuses", why=said, status=status, body=f"{place}: {said}", url=url)
        self.type = type


class Uninstalled(msgspec.Struct, frozen=True, rename="camel"):
    """One package whose uninstall Cosmos started (SDK) or did (plain)."""

    package_name: str
    app_id: str
    package_version: str | None = None
    post_uninstall_notes: str | None = None

    @property
    def notes(self) -> str:
        """What the package says to whoever uninstalled it; "" for nothing."""
        return self.post_uninstall_notes or ""


class _Results(msgspec.Struct):
    results: tuple[Uninstalled, ...]


class _Error(msgspec.Struct):
    type: str
    message: str = ""


class Cosmos:
    """The package service below `base` (".../", where `package/uninstall` and the like are)."""

    def __init__(self, http: Http, base: str) -> None:
        self._http = http
        self._base = base

    def uninstall(self, package: str, app_id: str) -> Uninstalled:
        """Start the uninstall of one app of a package.

        For an SDK service the answer comes at once and Cosmos goes on in the background, with this run's token. Raises
        CosmosRefused with Cosmos's own type and message, or the transport's errors.
        """
        body = msgspec.json.encode({"packageName": package, "appId": app_id})
        results = self._call("uninstall", body, _Results).results
        return results[0] if results else Uninstalled(package, app_id)

    def _call(self, operation: str, body: bytes, shape: type[T]) -> T:
        what = f"package {operation}"
        reply = self._http.request(
            "POST",
            f"{self._base}package/{operation}",
            body=body,
            content_type=_MEDIA.format(f"{operation}-request"),
            accept=_MEDIA.format(f"{operation}-response"),
            recorded=True,
        )
        if reply.status != 200:
            error = _own_error(reply.body)
            if error is not None:
                with named():
                    said = foreign(error.message) or own_words(reply)
                    raise CosmosRefused(shown(reply.url), said, type=error.type, status=reply.status, url=reply.url)
        with named():
            expect(reply, (200,), what)
        return decode(reply, shape, what)


def _own_error(body: bytes) -> _Error | None:
    """Cosmos's own error; None for what a proxy or another program says."""
    try:
        return msgspec.json.decode(body, type=_Error)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
