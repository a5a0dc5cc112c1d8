"""The one table of exit statuses. Help, the documents and the choice of a status all come from it."""

from __future__ import annotations

from enum import IntEnum

from janitor.cleanup.outcome import Result
from janitor.errors import BadUrl, Interrupted, JanitorError, LoginRefused, Refusal, Unauthorized, UsageError


class Exit(IntEnum):
    """What the process ends with. 0, 1, 3, 4 and 5 are the original's own."""

    CLEAN = 0
    USAGE = 1
    BAD_URL = 3
    LOGIN_REFUSED = 4
    FAILED = 5
    REFUSED = 6
    FOUND = 10
    SIGINT = 130
    SIGTERM = 143


MEANINGS: dict[Exit, str] = {
    Exit.CLEAN: "clean: removed and proven gone, or nothing of it was found",
    Exit.USAGE: "usage: the command line or a variable cannot be meant so",
    Exit.BAD_URL: "a URL without a trailing slash, a scheme or a host",
    Exit.LOGIN_REFUSED: "the login was refused, the token is not accepted, or a login is wanted",
    Exit.FAILED: "failed, incomplete, or it could not be told",
    Exit.REFUSED: "refused for safety; the message says what lifts it",
    Exit.FOUND: "something is left (scan, status), or would go (--detailed-exitcode)",
    Exit.SIGINT: "interrupted (Ctrl-C)",
    Exit.SIGTERM: "interrupted (SIGTERM, as docker stop sends it)",
}

_OF_ERROR: dict[type[JanitorError], Exit] = {
    UsageError: Exit.USAGE,
    BadUrl: Exit.BAD_URL,
    LoginRefused: Exit.LOGIN_REFUSED,
    Unauthorized: Exit.LOGIN_REFUSED,
    Refusal: Exit.REFUSED,
}


def of(error: JanitorError) -> int:
    """Give the status that `error` ends the process with: 128 + the signal for Interrupted, FAILED where none fits.

    A subclass without a line of its own ends as its parent does.
    """
    if isinstance(error, Interrupted):
        return 128 + error.signum
    return next((_OF_ERROR[kind] for kind in type(error).__mro__ if kind in _OF_ERROR), Exit.FAILED)


OF_RESULT: dict[Result, str] = {
    "removed": "what was asked for is removed and proven gone",
    "not-found": "nothing of what was asked for was found",
    "would-remove": "a dry run: a run would remove what was found; nothing was changed",
}
"""What 0 means (10 for a dry run with --detailed-exitcode), by the result of a clean-up."""


def of_dry_run(status: int, result: Result | None, *, detailed: bool) -> int:
    """Give the status of a dry run: with `detailed`, FOUND where it would remove something."""
    return Exit.FOUND if detailed and status == Exit.CLEAN and result == "would-remove" else status


def meaning(status: int, result: Result | None = None) -> str:
    """Say what `status` means; for the status of another signal, just that it was interrupted."""
    if result is not None:
        return OF_RESULT[result]
    return MEANINGS[Exit(status)] if status in MEANINGS else "interrupted"
