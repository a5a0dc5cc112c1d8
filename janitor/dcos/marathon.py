"""Marathon: what it knows of an app, and deleting one (marathon: api/v2/AppsResource).

What is asked and answered:

    GET    v2/apps      {"apps": [APP, ...]}
    GET    v2/apps/ID   {"app": APP}, or 404 {"message": "App 'ID' does not exist"}
    DELETE v2/apps/ID   {"version", "deploymentId"}, or that 404
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from janitor.dcos.permissions import named
from janitor.errors import UsageError
from janitor.message import Remedy, Way
from janitor.transport.advice import FROM_OUTSIDE, MARATHON
from janitor.transport.http import Http, Reply
from janitor.transport.jsonbody import decode, expect
from janitor.transport.urls import path_of
from janitor.words import foreign

DEFAULT_BASE = "http://marathon.mesos:8080/v2/apps/"

_WHERE = Remedy(
    [
        Way("What answers there is no Marathon. Name it, with the path of its apps:", (MARATHON,)),
        FROM_OUTSIDE,
    ]
)

_APPS = 128 << 20
"""Bytes that are enough for all apps of a large Marathon."""


@dataclass(frozen=True, slots=True)
class App:
    """An app as Marathon shows it. `env` without what is a reference to a secret; `deployments` are ids under way.

    `instances`: how many of it Marathon is to run; 0 for one that was stopped.
    """

    id: str
    cmd: str | None
    args: tuple[str, ...]
    image: str | None
    env: Mapping[str, str]
    labels: Mapping[str, str]
    version: str | None
    tasks_running: int
    deployments: tuple[str, ...]
    instances: int = 1

    @property
    def routed_name(self) -> str:
        """Under which name Admin Router knows what it runs: its label DCOS_SERVICE_NAME, else its id."""
        return (self.labels.get("DCOS_SERVICE_NAME") or self.id).strip("/")

    @property
    def told_name(self) -> str:
        """What its scheduler calls itself, with or without a leading slash, where the app tells that; else ""."""
        return self.env.get("FRAMEWORK_NAME") or self.labels.get("DCOS_PACKAGE_FRAMEWORK_NAME") or ""


class _Docker(msgspec.Struct):
    image: str | None = None


class _Container(msgspec.Struct):
    docker: _Docker | None = None


class _Deployment(msgspec.Struct):
    id: str


class _App(msgspec.Struct, rename="camel"):
    id: str
    cmd: str | None = None
    args: list[str] | None = None
    container: _Container | None = None
    env: dict[str, object] | None = None
    labels: dict[str, str] | None = None
    version: str | None = None
    tasks_running: int = 0
    instances: int = 1
    deployments: list[_Deployment] | None = None


class _Found(msgspec.Struct):
    app: _App


class _List(msgspec.Struct):
    apps: list[_App]


class _Missing(msgspec.Struct):
    message: str


class _Deleted(msgspec.Struct, rename={"deployment_id": "deploymentId"}):
    deployment_id: str


class Marathon:
    """One Marathon. `base` is the URL of its apps, with a trailing slash (the original's -n)."""

    def __init__(self, http: Http, base: str = DEFAULT_BASE) -> None:
        self._http = http
        self._base = base

    def app(self, id: str) -> App | None:
        """The app, or None when Marathon itself says that there is none.

        A 404 from anything else (a proxy, another path) is no such word and raises HttpStatus, as any other status
        does (rule L4). Raises NoAnswer when nothing usable came back.
        """
        reply = self._http.request("GET", self._url(id), stays=True)
        if reply.status == 404 and _says_missing(reply):
            return None
        what = f"the Marathon app {id}"
        return _app(decode(_expected(reply, what), _Found, what, remedy=_WHERE).app)

    def apps(self) -> tuple[App, ...]:
        """Every app there is. Raises HttpStatus or NoAnswer."""
        what = "the Marathon apps"
        reply = self._http.request("GET", self._base.rstrip("/"), stays=True, max_bytes=_APPS)
        return tuple(_app(found) for found in decode(_expected(reply, what), _List, what, remedy=_WHERE).apps)

    def delete(self, id: str) -> Reply:
        """Ask Marathon to remove the app; its answer, whatever its status. Raises NoAnswer when none came."""
        return self._http.request("DELETE", self._url(id), stays=True, recorded=True)

    def remove(self, id: str) -> None:
        """Have Marathon remove the app; one that it does not know is removed.

        Raises HttpStatus for any other answer, a proxy's 404 among them, and NoAnswer when nothing usable came back.
        """
        reply = self.delete(id)
        if not (reply.status == 404 and _says_missing(reply)):
            what = f"the deletion of app {id}"
            decode(_expected(reply, what), _Deleted, what, remedy=_WHERE)

    def _url(self, id: str) -> str:
        path = path_of(id.strip("/"))
        if path is None:
            # "." and ".." would lead out of the app: to a group, or to all of them.
            raise UsageError(f"Not the id of a Marathon app: {foreign(repr(id), 200)}")
        return self._base + path


def _expected(reply: Reply, what: str) -> Reply:
    with named():
        return expect(reply, (200,), what)


def _app(found: _App) -> App:
    docker = found.container.docker if found.container else None
    return App(
        id=found.id,
        cmd=found.cmd,
        args=tuple(found.args or ()),
        image=docker.image if docker else None,
        env={name: value for name, value in (found.env or {}).items() if isinstance(value, str)},
        labels=found.labels or {},
        version=found.version,
        tasks_running=found.tasks_running,
        instances=found.instances,
        deployments=tuple(deployment.id for deployment in found.deployments or ()),
    )


def _says_missing(reply: Reply) -> bool:
    """Marathon: {"message": "App '/kafka' does not exist"} (its MarathonExceptionMapper)."""
    try:
        return "does not exist" in msgspec.json.decode(reply.body, type=_Missing).message
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
