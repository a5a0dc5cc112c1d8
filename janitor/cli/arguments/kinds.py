"""What an option is.

Its class says how it is read (`values.py`): a Switch is on or off, a Text has one value, a Many has several.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from enum import Enum
from typing import TypeAlias

from janitor.cli.arguments.verbs import EVERYWHERE, REACH, CommandName

ENVIRONMENT_PREFIX = "JANITOR_"

OF_THE_FILE = ("config", "profile")
"""Options that say which configuration file counts, and what in it."""


class Group(Enum):
    """Under which heading of the help an option stands, in this order."""

    WHAT = "What to remove"
    SAFETY = "Safety"
    WHERE = "Where things are"
    LOGIN = "Login and trust"
    RUN = "How it runs and what it shows"


@dataclass(frozen=True, slots=True)
class Option:
    """One option.

    name        the long name without dashes; underscores are the original's, and frozen (rule C1)
    commands    which commands take it
    value       the name of its value in the help; "" for a switch
    short       the one letter, or ""
    legacy      the original has it: then getopt's rules hold for it, abbreviations included
    environ     whether a variable may give it; a list is separated by blanks there
    selects     it narrows what is removed: a variable of it that is set but empty is an error (rule S3)
    secret      its value is never shown
    lasting     a configuration file may give it although its group is about one run: it makes every run safer
    adds        every place counts: what is typed comes on top of what a variable and a file say
    default     what holds without it, where the help says so
    """

    name: str
    group: Group
    help: str
    _: KW_ONLY
    commands: tuple[CommandName, ...] = EVERYWHERE
    value: str = ""
    short: str = ""
    legacy: bool = False
    environ: bool = True
    selects: bool = False
    secret: bool = False
    lasting: bool = False
    adds: bool = False
    default: str = ""

    @property
    def place(self) -> bool:
        """Whether its value is where something is: that may have been given with a user and a password."""
        return self.value.startswith(("URL", "HOSTS"))

    @property
    def everywhere(self) -> bool:
        """Whether every command that reaches a cluster takes it."""
        return set(REACH) <= set(self.commands)

    @property
    def variable(self) -> str | None:
        """The variable of the environment that stands for it, if one may."""
        return ENVIRONMENT_PREFIX + self.name.replace("-", "_").upper() if self.environ else None

    @property
    def in_file(self) -> bool:
        """Whether a configuration file may give it: what is the same for every run on a cluster, and is no secret.

        What a run removes, and what lifts or weakens a safety catch, is said for each run.
        """
        lasting = self.lasting or self.group in (Group.WHERE, Group.LOGIN, Group.RUN)
        return self.environ and not self.secret and lasting and self.name not in OF_THE_FILE

    @property
    def explained(self) -> str:
        """What it is for, and what holds without it."""
        return f"{self.help} (default {self.default})" if self.default else self.help

    @property
    def spellings(self) -> tuple[str, ...]:
        """How it may be written: `-r` and `--role`, or `--dry-run` alone."""
        return (f"-{self.short}", f"--{self.name}") if self.short else (f"--{self.name}",)

    @property
    def spelled(self) -> str:
        """How messages call it: `-r/--role`, or just `--dry-run`."""
        return "/".join(self.spellings)


class Switch(Option):
    """On when it is there."""

    __slots__ = ()


class Text(Option):
    """It has a value, and the last one wins."""

    __slots__ = ()


class Many(Option):
    """It has a value, and every occurrence counts."""

    __slots__ = ()


Content: TypeAlias = str | bool | tuple[str, ...]
"""What a setting of a configuration file holds: of a Switch a bool, of a Many a tuple, else a text."""

Settings: TypeAlias = Mapping[Option, Content]
"""What one table of a configuration file says."""
