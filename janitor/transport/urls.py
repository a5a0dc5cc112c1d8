"""URLs: where one goes, how it is shown, and whether it can be one at all.

Reading is left to urllib3, so that what we decide about (the host that may get a token) is what is connected to.
"""

from __future__ import annotations

import functools
import re
from typing import NamedTuple
from urllib.parse import quote

from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from janitor.errors import BadUrl
from janitor.message import Again, do
from janitor.words import foreign

_DEFAULT_PORTS = {"http": 80, "https": 443}
_UNFIT = re.compile(r"[\x00-\x20\x7f]")
_PORT_0 = re.compile(r":0+\Z")


class Origin(NamedTuple):
    """Scheme, host (lower case, IPv6 in brackets) and port: what a token is given to."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        port = "" if self.port == _DEFAULT_PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{self.host}{port}"

    def secured(self) -> Origin:
        """The same over https: on the same port, or on 443 where the port was http's default (rule C4)."""
        if self.scheme == "https":
            return self
        return Origin("https", self.host, 443 if self.port == 80 else self.port)


@functools.lru_cache(maxsize=512)
def split(url: str) -> tuple[Origin, str]:
    """Where `url` goes, and the target (path and query) to ask for there. User and password are dropped.

    Raises BadUrl without a scheme of ours or a host, with a port that is none (0 is none: nothing can listen there), or
    with blanks or control characters.
    """
    try:
        parsed = None if _UNFIT.search(url) else parse_url(url)
    except LocationParseError:
        parsed = None
    if parsed is None or parsed.scheme not in _DEFAULT_PORTS or not parsed.host or "://" not in url or parsed.port == 0:
        raise BadUrl(f"Not a URL that can be asked: {shown(url)}")
    port = _DEFAULT_PORTS[parsed.scheme] if parsed.port is None else parsed.port
    return Origin(parsed.scheme, parsed.host, port), parsed.request_uri


def path_of(name: str) -> str | None:
    """The path that `name` stands for below a base URL: its slashes stay, everything else is quoted.

    None for a name that leads elsewhere (an empty segment, `.` or `..`), and for one that is no text: a lone surrogate
    stands for a byte of another encoding.
    """
    segments = name.split("/")
    if any(segment in ("", ".", "..") for segment in segments):
        return None
    try:
        return "/".join(quote(segment, safe="") for segment in segments)
    except UnicodeEncodeError:
        return None


def segment_of(name: str) -> str | None:
    """The one segment of a path that `name` stands for, quoted. None for a name that leads elsewhere.

    A slash does, although it is quoted: proxies decode a path before they look at its segments.
    """
    return None if "/" in name else path_of(name)


def shown(url: str) -> str:
    """`url` for a message: without user, password, query and fragment, whatever it looks like otherwise."""
    bare = re.split(r"[?#]", url, maxsplit=1)[0]
    scheme, separator, rest = bare.rpartition("://") if "://" in bare else ("", "", bare)
    authority, slash, path = rest.partition("/")
    return foreign(f"{scheme}{separator}{authority.rpartition('@')[2]}{slash}{path}")


def shown_as_given(url: str) -> str:
    """What somebody gave for a URL, as it may be shown before it is known to be one.

    A password may hold anything, a slash or a question mark too: nothing before the last @ is shown.
    """
    scheme, separator, rest = url.partition("://")
    host = shown((rest if separator else scheme).rpartition("@")[2])
    return f"{scheme}{separator}{host}" if scheme.isalnum() and separator else host


def check_url(url: str, option: str, example: str = "http://leader.mesos:5050/master/") -> str:
    """`url` as it was given, when it can be a base for others. `option` is what gave it, for the message.

    Raises BadUrl, with an example, when scheme or host are missing or it cannot be read; and when it holds a user, a
    password, a query or a fragment, which would end up in logs (they are not shown).
    """
    typed = option.startswith("-")
    remedy = do("Give it like this:", Again(option, example)) if typed else do(f"Write it like this: {example}")
    if "@" in url:
        given = (option, example) if typed else ()
        raise BadUrl(
            f"{option}: a URL may not hold a user or a password: {shown_as_given(url)}",
            remedy=do(
                "Leave them out of it, and log in with options:",
                Again(*given, "--username", "USER", "--password-file", "FILE"),
            ).also(
                "To a Mesos without DC/OS:",
                Again(*given, "--mesos-principal", "NAME", "--mesos-secret-file", "FILE"),
            ),
        )
    if "?" in url or "#" in url:
        raise BadUrl(f"{option}: a URL may not hold a query (?) or a fragment (#) here: {shown(url)}", remedy=remedy)
    try:
        split(url)
    except BadUrl:
        raise BadUrl(f"{option}: {_fault(url)}: {shown(url) or 'nothing given'}", remedy=remedy) from None
    return url


def _fault(url: str) -> str:
    """Why `url` is none."""
    scheme, separator, rest = url.partition("://")
    authority = rest.partition("/")[0]
    if not separator:
        return "no scheme (http:// or https://)"
    if not authority or authority.startswith(":"):
        return "no host"
    if scheme.lower() not in _DEFAULT_PORTS:
        return "neither http:// nor https://"
    if _PORT_0.search(authority):
        return "port 0, at which nothing can listen"
    return "not a URL that can be read"
