"""Through which proxy an origin is asked: what the environment says, as requests reads it.

That is HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY. Small letters count before capitals.
NO_PROXY may name hosts, domains, addresses and networks.
"""

from __future__ import annotations

from requests.utils import get_environ_proxies, prepend_scheme_if_needed, select_proxy
from urllib3.exceptions import LocationParseError
from urllib3.util import parse_url

from janitor.errors import UsageError
from janitor.transport.urls import Origin, shown_as_given

REMEDY = "To ask it without the proxy, name its host in NO_PROXY."
LOGIN_REMEDY = "The proxy wants a login: write USER:PASSWORD@ before its host in HTTP_PROXY and HTTPS_PROXY."


def proxy_for(origin: Origin) -> str | None:
    """The URL of the proxy for `origin`, as it was given, with its scheme; None where it is asked directly.

    Raises UsageError for a variable that names no proxy over HTTP.
    """
    url = f"{origin}/"
    named = select_proxy(url, get_environ_proxies(url, no_proxy=None))
    if not named:
        return None
    try:
        proxy: str = prepend_scheme_if_needed(named, "http")  # type: ignore[no-untyped-call]
        parsed = parse_url(proxy)
    except (LocationParseError, ValueError):
        parsed = None
    if parsed is None or not parsed.host or parsed.scheme not in ("http", "https"):
        raise UsageError(
            f"The proxy for {origin} is none that can be used: {shown_as_given(named)}",
            remedy=f"{origin.scheme.upper()}_PROXY takes http://HOST:PORT. {REMEDY}",
        )
    return proxy


def through(proxy: str | None) -> str:
    """How a message says that a proxy was used: " (through the proxy http://HOST:PORT)"; "" without one."""
    if proxy is None:
        return ""
    parsed = parse_url(proxy)
    port = "" if parsed.port is None else f":{parsed.port}"
    return f" (through the proxy {parsed.scheme}://{parsed.host}{port})"
