"""Where each part of a cluster answers: directly, or through Admin Router. One table; no client knows which it is.

Sources: dcos/dcos packages/adminrouter (the routes), gen/dcos-config.yaml (the ports).
"""

from __future__ import annotations

from dataclasses import dataclass

from janitor.errors import UsageError
from janitor.transport.urls import check_url, path_of, split
from janitor.words import foreign


@dataclass(frozen=True, slots=True)
class Endpoints:
    """Base URLs, each ending in a slash.

    mesos      the master's: `slaves`, `api/v1` below it
    marathon   Marathon's apps
    exhibitor  `exhibitor/v1/...` below it
    router     Admin Router: `package/...`, `service/<name>/...`, `dcos-metadata/...`, `acs/api/v1/auth/login`
    agents     `<agent id>/slave(1)/state` below it; None where an agent is asked at its own address
    """

    mesos: str
    marathon: str
    exhibitor: str
    router: str
    agents: str | None = None

    @property
    def login(self) -> str:
        return f"{self.router}acs/api/v1/auth/login"

    @property
    def metadata(self) -> str:
        return f"{self.router}dcos-metadata/"

    def service(self, name: str) -> str:
        """The scheduler of a service; the slashes of a folder stay. Raises UsageError for what leads elsewhere."""
        path = path_of(name.strip("/"))
        if path is None:
            raise UsageError(f"Not the name of a service: {foreign(repr(name), 200)}")
        return f"{self.router}service/{path}/"


def direct(mesos: str, marathon: str, exhibitor: str) -> Endpoints:
    """From inside the cluster, each part at its own address.

    Admin Router has the default ports of a master's host: there the login is, where the original looks for it, too.
    """
    origin, _ = split(mesos)
    return Endpoints(mesos, marathon, exhibitor, f"{origin.scheme}://{origin.host}/")


def cluster_url(given: str, named_by: str) -> str:
    """A cluster's URL, also as copied from a browser (`/`, `/#/`), in its clean form: no slash at its end.

    `named_by` is what gave it, for messages. Raises BadUrl for what is none, and for one that holds a password or a
    query, neither of which is shown.
    """
    place = given if "@" in given else given.split("#")[0]  # a password may hold a # of its own
    return check_url(place.rstrip("/") + "/", named_by, "https://dcos.example.com").rstrip("/")


def through_admin_router(dcos_url: str) -> Endpoints:
    """From anywhere, by the cluster's URL. Raises BadUrl."""
    base = cluster_url(dcos_url, "--dcos-url") + "/"
    return Endpoints(
        mesos=f"{base}mesos/master/",
        marathon=f"{base}service/marathon/v2/apps/",
        exhibitor=f"{base}exhibitor/",
        router=base,
        agents=f"{base}agent/",
    )
