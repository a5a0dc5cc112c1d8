"""Which permission of DC/OS Enterprise a 403 means is missing: the resource id and the action, to grant or ask for.

Pure. Sources: the documentation of Enterprise security (permissions reference), adminrouter's routes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

from janitor.errors import HttpStatus

FORBIDDEN = 403

_ROUTES = (
    ("/package/", "dcos:adminrouter:package full"),
    ("/cosmos/", "dcos:adminrouter:package full"),
    ("/exhibitor/", "dcos:adminrouter:ops:exhibitor full"),
    ("/agent/", "dcos:adminrouter:ops:slave full"),
    ("/slave/", "dcos:adminrouter:ops:slave full"),
    ("/dcos-metadata/", "dcos:adminrouter:ops:metadata full"),
)
_MARATHON = ("/service/marathon/v2/apps", "/marathon/v2/apps", "/v2/apps")
_MESOS = (
    "dcos:mesos:master:framework:role:ROLE read, dcos:mesos:agent:framework:role:ROLE read to look, and "
    "dcos:mesos:master:reservation:principal:PRINCIPAL delete, dcos:mesos:master:volume:principal:PRINCIPAL delete, "
    "dcos:mesos:master:framework:principal:PRINCIPAL delete to remove"
)


def permission_for(url: str, body: str = "") -> str | None:
    """The permissions that a request to this URL takes, as `RID ACTION`; None where none is known.

    body: what the 403 said; it tells Cosmos's own errors, which are about Marathon, from Admin Router's.
    """
    path = unquote(urlsplit(url).path)
    for prefix in _MARATHON:
        if path.startswith(prefix):
            app = path.removeprefix(prefix).strip("/")
            own = f"dcos:service:marathon:marathon:services:/{app} read, update and delete"
            return f"dcos:adminrouter:service:marathon full and {own}"
    if path.startswith("/package/") and "marathon" in body:
        return "dcos:service:marathon:marathon:services:/ read, update and delete (of the service's app)"
    if path.startswith("/service/"):
        return f"dcos:adminrouter:service:{path.removeprefix('/service/').partition('/v1/')[0].strip('/')} full"
    for prefix, permission in _ROUTES:
        if path.startswith(prefix):
            return permission
    if path.startswith("/mesos/"):
        return f"dcos:adminrouter:ops:mesos full; in strict mode also {_MESOS}"
    return f"in strict mode {_MESOS}" if path.startswith("/master/") else None


def advice(permission: str) -> str:
    """What to do about a permission that is missing."""
    return (
        f"On DC/OS Enterprise these credentials lack a permission. Have it granted: {permission}. "
        "dcos:superuser full has them all."
    )


def shutdown_permission(principal: str | None) -> str:
    """What shutting a framework down takes."""
    return (
        f"dcos:mesos:master:framework:principal:{principal or 'PRINCIPAL'} delete (and dcos:adminrouter:ops:mesos "
        "full); on Mesos the ACL is teardown_frameworks"
    )


@contextmanager
def named(permission: str | None = None) -> Iterator[None]:
    """While this lasts, a 403 that says nothing else names the permission: this one, or the one of its URL."""
    try:
        yield
    except HttpStatus as error:
        error.remedy = error.remedy or remedy_of(error, permission)
        raise


def remedy_of(error: Exception, permission: str | None = None) -> str | None:
    """What to do about an error that is a 403; None for any other."""
    if not isinstance(error, HttpStatus) or error.status != FORBIDDEN:
        return None
    needed = permission or permission_for(error.url, error.body)
    return advice(needed) if needed is not None else None
