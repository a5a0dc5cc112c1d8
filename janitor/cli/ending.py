"""How a command ended, as far as the process and Marathon need to know."""

from __future__ import annotations

from dataclasses import dataclass

from janitor.exits import Exit
from janitor.target import Limits, Target


@dataclass(frozen=True, slots=True)
class Ending:
    """The exit status; the rules that refused something, if any; whether it was a dry run; where Marathon is.

    `target` and `limits` are None when the command line could not be read so far. `quiet`: errors only.
    """

    status: Exit
    rules: tuple[str, ...] = ()
    dry_run: bool = False
    target: Target | None = None
    limits: Limits | None = None
    quiet: bool = False
