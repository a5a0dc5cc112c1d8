"""The oldest master that we talk to (rule L1), and what answers where there is no v1 API: an older one, or no master.

Real masters before 1.0 tell their version at `/version` (the root) and in `/master/state`; `/master/version` and
`/api/v1` are 404 there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from janitor.errors import BadAnswer, HttpStatus, TooOld, Trouble, Unreadable
from janitor.mesos import wire
from janitor.mesos.cluster import version_number
from janitor.transport.http import Reply
from janitor.transport.jsonbody import decode, own_words
from janitor.transport.urls import shown
from janitor.words import answered, foreign

_FLOOR = (1, 0)

WITHOUT_V1 = (404, 405)
"""What is answered at the place of the v1 API by a master before 1.0, or by another program."""


def told_version(ask: Callable[[str], Reply], places: Iterable[str]) -> str | None:
    """The version that the first of these URLs tells; None when none does."""
    for url in places:
        reply = ask(url)
        if reply.status != 200:
            continue
        try:
            version = decode(reply, wire.V0Version, "the version").version
        except BadAnswer:
            continue
        if version_number(version) > (0, 0):
            return version
    return None


def too_old(version: str, named: str) -> TooOld | Unreadable | None:
    """The refusal of a master of that version, or of one whose version is none; None for one that is new enough."""
    if version_number(version) == (0, 0):
        return Unreadable(
            f"The master at {named} says that its version is {foreign(version, 40)}, which is not a version."
        )
    if version_number(version) >= _FLOOR:
        return None
    return TooOld(
        f"The master at {named} runs Mesos {foreign(version, 40)}. Janitor needs Mesos 1.0 (DC/OS 1.8) or later.",
        why="older masters cannot tell whether they lead",
    )


def no_master(reply: Reply, named: str, remedy: str) -> Unreadable:
    """Something answers at `named`, and nothing of it is a master's."""
    return Unreadable(
        f"No Mesos master answers at {named}.",
        why=f"{shown(reply.url)} is answered with {reply.status}, and neither version nor state beside it tells a "
        "version of Mesos",
        remedy=remedy,
    )


def why_without_v1(reply: Reply, version: str | None, named: str, remedy: str) -> Trouble:
    """Why `reply` came from the place of the v1 API: an old master, no master, or something that hides it."""
    if version is None:
        return no_master(reply, named, remedy)
    said = own_words(reply)
    return too_old(version, named) or HttpStatus(
        f"{shown(reply.url)}: GET_MASTER",
        why=answered(reply.status, said),
        status=reply.status,
        body=said,
        url=reply.url,
        remedy=remedy,
    )
