"""Which DC/OS it is: Admin Router serves a file that says so, without a login (adminrouter: dcos-metadata)."""

from __future__ import annotations

import msgspec

from janitor.errors import HttpStatus, NoAnswer
from janitor.numbers import whole
from janitor.transport.http import Http
from janitor.transport.jsonbody import decode, expect


class _Version(msgspec.Struct):
    version: str = ""


def dcos_version(http: Http, metadata: str) -> tuple[int, int] | None:
    """(major, minor) of the DC/OS version, as in `1.13.0` or `1.14.0-alpha`; None when it cannot be told.

    metadata: the base URL of the metadata files, with a trailing slash.
    """
    what = "the DC/OS version"
    try:
        reply = http.request("GET", f"{metadata}dcos-version.json", with_token=False, stays=True, limit=10.0)
        version = decode(expect(reply, (200,), what), _Version, what).version
    except (HttpStatus, NoAnswer):
        return None
    major, _, rest = version.partition(".")
    numbers = whole(major), whole(rest.partition(".")[0].partition("-")[0])
    return (numbers[0], numbers[1]) if numbers[0] is not None and numbers[1] is not None else None
