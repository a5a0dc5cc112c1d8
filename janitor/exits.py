"""The one table of exit statuses. Help, the documents and the choice of a status all come from it.

Each error carries the status that it ends a command with (`errors.JanitorError.exit_status`), each rule the one that
it refuses with (`rules`); nothing else maps to a status.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Literal


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
    Exit.USAGE: "invalid usage: an option, a word or a variable is wrong",
    Exit.BAD_URL: "invalid URL: it needs a scheme, a host and a trailing slash",
    Exit.LOGIN_REFUSED: "not logged in: a login is needed, or the one that was given is not accepted",
    Exit.FAILED: "failed, or not everything could be removed or checked",
    Exit.REFUSED: "refused for safety, or not confirmed; the message says what to do",
    Exit.FOUND: "something is left (scan, status), or a run would change something (--detailed-exitcode)",
    Exit.SIGINT: "interrupted (Ctrl-C)",
    Exit.SIGTERM: "interrupted (SIGTERM, as docker stop sends it)",
}

Success = Literal["removed", "not-found", "would-remove"]
"""How a clean-up ended well: the `result` of its outcome."""

OF_RESULT: dict[Success, str] = {
    "removed": "everything that you named is removed and proven gone",
    "not-found": "nothing that you named was found",
    "would-remove": "a dry run: a run would remove what was found; nothing was changed",
}
"""What CLEAN means (FOUND for a dry run with --detailed-exitcode), by the result of a clean-up."""


def of_dry_run(status: Exit, *, changes: bool, detailed: bool) -> Exit:
    """Give the status of a dry run: with `detailed`, FOUND where a run would change something."""
    return Exit.FOUND if detailed and status == Exit.CLEAN and changes else status


def meaning(status: Exit, result: Success | None = None) -> str:
    """Say what `status` means: with a result, which of its meanings it has."""
    return MEANINGS[status] if result is None else OF_RESULT[result]
