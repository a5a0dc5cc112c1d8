"""Where a redirect may lead, and whether the token goes along (invariant 6). No request is made here."""

from __future__ import annotations

from urllib.parse import urljoin

from janitor.errors import BadAnswer, BadUrl, Unreadable
from janitor.transport.reply import Reply
from janitor.transport.trust import Trust
from janitor.transport.urls import shown, split

_LEADER_ELSEWHERE = 307
_SAME_METHOD = (307, 308)
_GET_ELSEWHERE = (301, 302, 303)


def elsewhere(method: str, reply: Reply) -> str | None:
    """Where `reply` redirects to, when that is to be followed. Raises BadAnswer when it is no place to go."""
    location = reply.headers.get("Location")
    if not location or not (reply.status in _SAME_METHOD or (reply.status in _GET_ELSEWHERE and method == "GET")):
        return None
    try:
        origin, target = split(urljoin(reply.url, location))
    except (BadUrl, ValueError):
        raise BadAnswer(f"{shown(reply.url)}: redirects to what is no URL.", sent=False) from None
    return f"{origin}{target}"


def takes_token(trust: Trust, method: str, reply: Reply, there: str, *, leader_redirects: bool, stays: bool) -> bool:
    """Whether the token may go along to `there`. Raises BadAnswer when nothing may go there at all.

    `leader_redirects` and `stays` are as in `Http.request`.
    """
    (here, path), (goal, new_path) = split(reply.url), split(there)
    what = f"{shown(reply.url)}: redirects to {shown(there)}"
    if here.scheme == "https" and goal.scheme == "http":
        raise BadAnswer(f"{what}, from https to http: not followed.", sent=False)
    if goal in (here, here.secured()):
        # Behind Admin Router another path is another service: who answers must not choose which one gets the token.
        if _place(path) == _place(new_path):
            return True
        if method != "GET":
            raise BadAnswer(f"{what}, another path: a {method} is not sent there.", sent=False)
        return False
    if stays:
        # A master that does not lead says 307, and will not for long; anything else is a wrong URL, or a login page.
        kind = BadAnswer if reply.status == _LEADER_ELSEWHERE else Unreadable
        raise kind(f"{what}, another host: not followed.", sent=False)
    # Mesos: Location is "//host:port/path", without a scheme (src/master/http.cpp, Master::Http::redirect).
    if leader_redirects and reply.status == _LEADER_ELSEWHERE and reply.headers["Location"].startswith("//"):
        if trust.named(reply.url):
            trust.learn(there)
        if trust.may_have_token(there):
            return True
        raise BadAnswer(f"{what}, which no master that was named says: not followed.", sent=False)
    if method != "GET":
        raise BadAnswer(f"{what}, which was not named: a {method} is not sent there.", sent=False)
    return False


def _place(target: str) -> str:
    """The path of a target, whether it ends in a slash or not."""
    return target.partition("?")[0].rstrip("/")
