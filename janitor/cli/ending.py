"""How a command ended, as far as the process and Marathon need to know."""

from __future__ import annotations

from dataclasses import dataclass

from janitor.exits import Exit
from janitor.rules import Rule


@dataclass(frozen=True, slots=True)
class Ending:
    """The exit status; the rules that refused something, if any; whether it was a dry run. `quiet`: errors only."""

    status: Exit
    rules: tuple[Rule, ...] = ()
    dry_run: bool = False
    quiet: bool = False
