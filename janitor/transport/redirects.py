"""Where a redirect may lead, and whether the token goes along (invariant 6). No request is made here."""

from __future__ import annotations

from urllib.parse import urljoin

from janitor.errors import BadAnswer, BadUrl, LoginPage, Unreadable
from janitor.transport.advice import LOGIN_PAGE
from janitor.transport.reply import Reply
from janitor.transport.trust import Trust
from janitor.transport.urls import shown, split

_LEADER_ELSEWHERE = 307
_SAME_METHOD = (307, 308)
_GET_ELSEWHERE = (301, 302, 303)
_READ_ELSEWHERE = (301, 302)


def elsewhere(method: str, reply: Reply, *, reads: bool) -> str | None:
    """Where `reply` redirects to, when that is to be followed. Raises Unreadable when it is no place to go.

    `reads`: the request changes nothing. A load balancer's 301 or 302 is then followed with the same method: that a
    browser would make a GET of a POST is of no use to who asks.
    """
    location = reply.headers.get("Location")
    if not location or not (reply.status in _SAME_METHOD or _is_read_elsewhere(reply.status, method, reads)):
        return None
    try:
        origin, target = split(urljoin(reply.url, location))
    except (BadUrl, ValueError):
        fault = f"{shown(reply.url)}: redirects to something that is not a URL."
        raise Unreadable(fault, sent=False, remedy=LOGIN_PAGE) from None
    return f"{origin}{target}"


def _is_read_elsewhere(status: int, method: str, reads: bool) -> bool:
    return status in _GET_ELSEWHERE if method == "GET" else reads and status in _READ_ELSEWHERE


def takes_token(trust: Trust, method: str, reply: Reply, there: str, *, leader_redirects: bool, stays: bool) -> bool:
    """Whether the token may go along to `there`. Raises what `refused` gives when nothing may go there at all.

    `leader_redirects` and `stays` are as in `Http.request`.
    """
    (here, path), (goal, new_path) = split(reply.url), split(there)
    if here.scheme == "https" and goal.scheme == "http":
        raise refused(reply, there, "from https to http: not followed")
    if goal in (here, here.secured()):
        # Behind Admin Router another path is another service: who answers must not choose which one gets the token.
        if _place(path) == _place(new_path):
            return True
        if method != "GET":
            raise refused(reply, there, f"another path: a {method} is not sent there")
        return False
    if stays:
        raise refused(reply, there, "another host: not followed")
    # Mesos: Location is "//host:port/path", without a scheme, and the path is the one that was asked for
    # (src/master/http.cpp, Master::Http::redirect). A login page is at another one.
    protocol_relative = reply.status == _LEADER_ELSEWHERE and reply.headers["Location"].startswith("//")
    if leader_redirects and protocol_relative and _end(path) == _end(new_path):
        if trust.named(reply.url):
            trust.learn(there)
        if trust.may_have_token(there):
            return True
        raise refused(reply, there, "and no master that you named sends us there: not followed")
    if method != "GET":
        raise refused(reply, there, f"which you did not name: a {method} is not sent there")
    return False


def refused(reply: Reply, there: str, why: str) -> BadAnswer:
    """The error for a redirect that is not followed.

    BadAnswer when a master says that another one leads: that passes. Anything else is a login page, or a wrong URL:
    LoginPage, which ends every wait.
    """
    what = f"{shown(reply.url)}: redirects to {shown(there)}, {why}."
    if says_who_leads(reply, there):
        return BadAnswer(what, sent=False)
    return LoginPage(what, sent=False, remedy=LOGIN_PAGE)


def says_who_leads(reply: Reply, there: str) -> bool:
    """Whether it is a master that does not lead: a 307 to another origin, and there to the path that was asked for.

    Behind Admin Router the master has it as `/master/slaves` for `/mesos/master/slaves`.
    """
    (here, path), (goal, new_path) = split(reply.url), split(there)
    asked, found = _place(path), _place(new_path)
    return (
        reply.status == _LEADER_ELSEWHERE and goal != here and (found == asked or bool(found and asked.endswith(found)))
    )


def _place(target: str) -> str:
    """The path of a target, whether it ends in a slash or not."""
    return target.partition("?")[0].rstrip("/")


def _end(target: str) -> str:
    """The last part of a path: what stays where a proxy has the rest under another name."""
    return _place(target).rpartition("/")[2]
