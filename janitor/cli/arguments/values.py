"""Where an option's value comes from: the command line first, then the variable that stands for it, then a
configuration file: the profile of it that is used before its top.

A variable that is set but empty counts as not given, except where that would widen what is removed: an empty
JANITOR_ROLE, JANITOR_PRINCIPAL, JANITOR_ZK_PATH or JANITOR_LABEL is an error (rule S3). A variable whose name is nearly
one of ours is an error too: a misspelt JANITOR_PRINCIPAL would widen just as silently.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeVar

from janitor.cli.arguments.grammar import Given, Typed, swallowed, with_one_dash
from janitor.cli.arguments.kinds import ENVIRONMENT_PREFIX, Content, Many, Option, Settings, Switch, Text
from janitor.cli.arguments.options import INSECURE, OPTIONS, OVERRIDE, of_command
from janitor.errors import UsageError
from janitor.message import Again, do
from janitor.words import called, command, did_you_mean, foreign, near

T = TypeVar("T", bound=str)

DAY = 24 * 3600
"""In seconds: the longest time of a run."""

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})
_COMMAND_LINE_ONLY = (OVERRIDE, INSECURE)  # what weakens a safety catch is typed, each time (rule O5)
_ALIKE = 0.82  # JANITOR_PRINCIPLE and JANITOR_LABELS are near; JANITOR_PORT, as Kubernetes sets it, is not
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)


class Place(IntEnum):
    """Where a value comes from; the highest wins."""

    DEFAULT = 0
    FILE = 1
    PROFILE = 2
    VARIABLE = 3
    COMMAND_LINE = 4

    @property
    def stored(self) -> bool:
        """Whether it is in a configuration file."""
        return self in (Place.FILE, Place.PROFILE)


@dataclass(frozen=True, slots=True)
class Value:
    """One value, the place that it came from, and how messages call that."""

    text: str
    source: str
    place: Place = Place.COMMAND_LINE

    @property
    def stored(self) -> bool:
        """Whether a configuration file says it."""
        return self.place.stored


@dataclass(frozen=True, slots=True)
class Stored:
    """What a configuration file says to this run.

    path, there     the file that was named, or where one is looked for ("" without a home); whether it is there
    profile         the profile that is used; None where none is
    own, top        what the profile says, and what the top of the file says
    aside           what is not used, since another cluster is named
    again           the options that bring all this back in a command to paste
    comes_again     whether they can: what came through a pipe is spelled out
    notices         what to tell about it
    profiles        the names of all its profiles
    """

    path: str = ""
    there: bool = False
    profile: str | None = None
    own: Settings = field(default_factory=dict)
    top: Settings = field(default_factory=dict)
    aside: tuple[Option, ...] = ()
    again: tuple[str, ...] = ()
    comes_again: bool = True
    notices: tuple[str, ...] = ()
    profiles: tuple[str, ...] = ()

    def of(self, option: Option) -> Iterator[tuple[Place, Content]]:
        """What it says of an option, with the place; the profile first."""
        if option in self.own:
            yield Place.PROFILE, self.own[option]
        if option in self.top:
            yield Place.FILE, self.top[option]

    def where(self, place: Place) -> str:
        """How messages call a place in it: its top, or the profile that is used."""
        return in_file(self.path, self.profile if place is Place.PROFILE else None)


def in_file(path: str, profile: str | None) -> str:
    """How messages call the top of a configuration file, or a profile of it."""
    return called(path) if profile is None else f"profile {called(profile)} in {called(path)}"


def refuse_other_encodings(text: str, source: str, option: Option | None = None) -> None:
    """Stop at bytes that are no UTF-8: Mesos, Marathon and DC/OS know nothing else. A file's name may be any bytes.

    `option` is None for a word that is no option's value.
    """
    if option is not None and option.value == "FILE":
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        what = "" if option is not None and option.secret else f": {foreign(text, 200)}"
        raise UsageError(
            f"{source} is not in UTF-8{what}",
            remedy="Is the terminal, or the script, in another encoding, as Latin-1? Nothing was done.",
        ) from None


class Values:
    """The values of one command's options. Raises UsageError on construction for what cannot be meant."""

    def __init__(self, typed: Typed, environ: Mapping[str, str], stored: Stored | None = None) -> None:
        self.stored = stored or Stored()
        self._command = typed.command
        self._options = of_command(typed.command)
        self._given: dict[Option, list[Given]] = {}
        for given in typed.given:
            self._given.setdefault(given.option, []).append(given)
        self._environ = {name: text for name, text in environ.items() if name.startswith(ENVIRONMENT_PREFIX)}
        self._refuse_mistyped_values(typed.given)
        self._refuse_misspelt_variables()

    def text(self, option: Text) -> Value | None:
        """The last one given, else the variable's, else the file's. None when there is none."""
        if self.is_typed(option):
            return self._read(self._given[option][-1])
        if text := self._variable(option):
            return Value(text, option.variable or "", Place.VARIABLE)
        return next(iter(self._stored(option)), None)

    def plain(self, option: Text) -> str | None:
        """The same, where it is all one whence it comes."""
        value = self.text(option)
        return value.text if value is not None else None

    def each(self, option: Many | Text) -> list[Value]:
        """Every one that was given, in order; else the words of the variable, else the file's.

        All of them, where the option adds up: what is typed does not take away what was there.
        """
        typed = [self._read(given) for given in self._given[option]] if self.is_typed(option) else []
        if typed and not option.adds:
            return typed
        text = self._variable(option) or ""
        words = text.split() if isinstance(option, Many) else [text] if text else []
        by_variable = [Value(word, option.variable or "", Place.VARIABLE) for word in words]
        if by_variable and not option.adds:
            return by_variable
        return [*typed, *by_variable, *self._stored(option)]

    def on(self, option: Switch) -> bool:
        """Whether it is on."""
        if self.is_typed(option):
            return True
        if self._variable(option):
            return self.on_by_variable(option)
        return next((content is True for _, content in self.stored.of(option)), False)

    def on_by_variable(self, option: Switch) -> bool:
        """Whether its variable asks for it, also of a command that does not take it."""
        text = self._variable(option) or "no"
        if text.lower() not in _YES | _NO:
            raise UsageError(f"{option.variable} is neither yes nor no: {text!r}.")
        return text.lower() in _YES

    def variables(self) -> tuple[tuple[str, str], ...]:
        """The variables that stand for options, with their values, but for secrets and for what is typed."""
        named = [option for option in self._options if option not in self._given and not option.secret]
        return tuple(
            (option.variable, self._environ[option.variable]) for option in named if option.variable in self._environ
        )

    def is_typed(self, option: Option) -> bool:
        """Whether it is on the command line, whatever the environment says."""
        if option not in self._options:
            raise LookupError(f"{self._command} does not take {option.spelled}")
        return option in self._given

    def place(self, option: Option) -> Place:
        """Where its value comes from: the highest place that says something."""
        if self.is_typed(option):
            return Place.COMMAND_LINE
        if self._variable(option):
            return Place.VARIABLE
        return next((place for place, _ in self.stored.of(option)), Place.DEFAULT)

    def _stored(self, option: Option) -> list[Value]:
        """What the file says: the profile's, else its top's; both, where the option adds up."""
        found: list[Value] = []
        for place, content in self.stored.of(option):
            if found and not option.adds:
                break
            texts = content if isinstance(content, tuple) else (str(content),)
            source = f"{option.name} ({self.stored.where(place)})"
            found += [Value(text, source, place) for text in texts]
        return found

    def _read(self, given: Given) -> Value:
        self._refuse_empty(given.option, given.value, f"option {given.spelled}")
        refuse_other_encodings(given.value, given.spelled, given.option)
        return Value(given.value, given.spelled)

    def _variable(self, option: Option) -> str | None:
        if option.variable is None or option.variable not in self._environ:
            return None
        text = self._environ[option.variable]
        refuse_other_encodings(text, option.variable, option)
        if option.selects:
            self._refuse_empty(option, text.strip(), f"variable {option.variable}")
        return text

    def _refuse_empty(self, option: Option, text: str, source: str) -> None:
        """Stop at a value that is given but empty, where that cannot be meant (rule S3).

        The original's own options may be empty (an empty token is no token), except those that select.
        """
        if not text and (option.selects or not option.legacy):
            raise UsageError(
                f"The {source} is given but empty.",
                remedy="Is a shell variable unset? Nothing was done, since it could have meant more than you asked for."
                if option.selects
                else f"Leave it out, or give it as {option.spelled} {option.value}.",
            )

    def _refuse_mistyped_values(self, given: Sequence[Given]) -> None:
        """Stop when an option took the next option for its value: `-r $UNSET --dry-run` must not run (rule S3).

        And at `-r=x` and `-role=x`, which are the roles `=x` and `ole=x` by getopt's rules, and meant by nobody.
        """
        for each in given:
            if (meant := with_one_dash(each)) is not None:
                raise UsageError(
                    f"{meant[1:]} is read as {each.spelled} with a value.",
                    remedy=f"A long option begins with two dashes: {meant}",
                )
            if each.option.selects and each.glued and each.value.startswith("=") and not each.spelled.startswith("--"):
                raise UsageError(
                    f"{each.spelled}{each.value} means the value {each.value!r}, with the equals sign in it.",
                    remedy=do("If it is to be without:", Again(f"--{each.option.name}{each.value}")),
                )
            if (follows := swallowed(each, self._options)) is not None:
                glued = f"--{each.option.name}={follows}"
                whole = command(glued) if each.option.secret or isinstance(each.option, Many) else Again(glued)
                raise UsageError(
                    f"The option {each.spelled} has no value: {follows} follows it.",
                    remedy=do("Is a shell variable unset? If it is meant as the value, write:", whole),
                )

    def _refuse_misspelt_variables(self) -> None:
        known = {option.variable for option in OPTIONS}
        variables = [option.variable for option in self._options if option.variable]
        ours = {variable.removeprefix(ENVIRONMENT_PREFIX): variable for variable in variables}
        never = {ENVIRONMENT_PREFIX + option.name.upper(): option for option in _COMMAND_LINE_ONLY}
        for name in sorted(self._environ.keys() - known):
            if name in never:
                raise UsageError(
                    f"{name} is not read: {never[name].spelled} is for the command line alone.", remedy=f"Unset {name}."
                )
            alike = near(name.removeprefix(ENVIRONMENT_PREFIX), ours, alike=_ALIKE)
            if alike:
                raise UsageError(
                    f"The variable {name} is none of Janitor's.", remedy=did_you_mean(ours[each] for each in alike)
                )


def seconds(value: Value, days: int = 1) -> float:
    """Read `90`, `90s`, `15m`, `1h`, `1h30m`, `2d`: whole seconds from 1 to so many days. Raises UsageError."""
    longest = days * DAY
    match = re.fullmatch(r"(\d+)", value.text, re.ASCII)
    if match:
        total = int(match.group(1)) if len(value.text) < 10 else longest + 1
    elif len(value.text) < 20 and (match := _DURATION.fullmatch(value.text)) and value.text:
        each_day, hours, minutes, rest = (int(part or 0) for part in match.groups())
        total = each_day * DAY + hours * 3600 + minutes * 60 + rest
    else:
        raise UsageError(f"{value.source} {value.text}: not a time; give it as 90s, 15m or 1h.")
    if not 1 <= total <= longest:
        most = f"{days}d" if days > 1 else "24h"
        raise UsageError(f"{value.source} {value.text}: from 1s to {most}, please.")
    return float(total)


def count(value: Value, most: int) -> int:
    """Read a whole number from 1 to `most`. Raises UsageError."""
    if not re.fullmatch(r"\d{1,4}", value.text, re.ASCII) or not 1 <= int(value.text) <= most:
        raise UsageError(f"{value.source} {value.text}: a whole number from 1 to {most} is wanted.")
    return int(value.text)


def one_of(value: Value, choices: Sequence[T]) -> T:
    """Read one of these words. Raises UsageError, with the nearest of them."""
    for choice in choices:
        if value.text == choice:
            return choice
    raise UsageError(
        f"{value.source} {value.text}: not one of {', '.join(choices)}.",
        remedy=did_you_mean(near(value.text, map(str, choices))),
    )


def label(value: Value) -> tuple[str, str]:
    """Read `KEY=VALUE`. Raises UsageError where one of the two is missing."""
    key, equals, text = value.text.partition("=")
    if not key or not equals:
        raise UsageError(f"{value.source} {value.text}: a label is KEY=VALUE.")
    if not text:
        raise UsageError(
            f"{value.source} {value.text}: the label has no value.",
            remedy="Is a shell variable unset? Nothing was done.",
        )
    return key, text
