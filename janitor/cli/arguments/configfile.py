"""A configuration file (TOML): settings that hold for every run, at its top, and profiles of clusters. Pure.

    profile = "prod"                         # used unless --profile names another one
    timeout = "30m"

    [profiles.prod]
    dcos-url = "https://prod.example.com"
    auth-token-file = "prod.token"           # beside this file

Its keys are the long names of the options that may stand there (`Option.in_file`). No secret does: the file that holds
it is named.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field

from janitor.cli.arguments.kinds import Content, Many, Option, Settings, Switch
from janitor.cli.arguments.options import OPTIONS, PROFILE
from janitor.cli.arguments.values import in_file
from janitor.errors import UsageError
from janitor.message import do
from janitor.namedfile import STANDARD_INPUT
from janitor.words import MOST_NAMES, called, did_you_mean, foreign, listed, near, own_command

PROFILES = "profiles"
LARGEST = 1024 * 1024
"""More bytes than this are no configuration."""

KEYS: dict[str, Option] = {option.name: option for option in OPTIONS if option.in_file}
"""The options that may stand in a file, by their keys."""

_OTHERS = frozenset(option.name for option in OPTIONS) - KEYS.keys()
_KINDS = {bool: "true or false", str: "text", int: "a number", float: "a number", list: "a list", dict: "a table"}


@dataclass(frozen=True, slots=True)
class File:
    """What a file says. `profile`: the one to use unless another one is named; None where it names none."""

    top: Settings = field(default_factory=dict)
    profiles: Mapping[str, Settings] = field(default_factory=dict)
    profile: str | None = None


def parse(content: bytes, path: str, home: str) -> File:
    """Read a configuration file. Names of files in it are relative to its folder; `~/` is `home`, where there is one.

    Raises UsageError, which names the file and the key, for what is no TOML, an unknown key, a key that is not for a
    file, a wrong type. Shows no value: it could be a secret in the wrong place.
    """
    try:
        told = tomllib.loads(content.decode("utf-8"))
    except UnicodeDecodeError:
        raise UsageError(f"The configuration file {called(path)} is not in UTF-8.") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"The configuration file {called(path)} is not TOML.",
            why=foreign(str(error), 200),
            remedy='A text stands in quotes: timeout = "30m"',
        ) from None
    reader = _Reader(path, home)
    tables, profile = told.pop(PROFILES, {}), told.pop(PROFILE.name, None)
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise UsageError(
            f"{reader.at(PROFILES)} is no table of profiles.", remedy="A profile begins so: [profiles.NAME]"
        )
    if profile is not None and (not isinstance(profile, str) or not profile):
        raise UsageError(f"{reader.at(PROFILE.name)} is {_kind(profile)}; the name of a profile is wanted.")
    top = reader.settings(told)
    return File(top, {name: reader.settings(table, name) for name, table in tables.items()}, profile)


def chosen(file: File, name: str, named_by: str, path: str) -> Settings:
    """The settings of a profile. Raises UsageError, with those that there are, for one that is not there."""
    if name in file.profiles:
        return file.profiles[name]
    known = f"It has: {listed(file.profiles, MOST_NAMES)}." if file.profiles else "It has no [profiles.NAME] at all."
    raise UsageError(
        f"The configuration file {called(path)} has no profile {called(name)} ({named_by}).",
        remedy=did_you_mean(map(called, near(name, file.profiles))) or known,
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the tables of one file."""

    path: str
    home: str

    def at(self, key: str, profile: str | None = None) -> str:
        """How messages call a key."""
        return f"{called(key)} ({in_file(self.path, profile)})"

    def settings(self, table: Mapping[str, object], profile: str | None = None) -> Settings:
        return {self._option(key, profile): self._content(key, value, profile) for key, value in table.items()}

    def _option(self, key: str, profile: str | None) -> Option:
        option = KEYS.get(key)
        if option is not None:
            return option
        at = self.at(key, profile)
        plain = key.replace("_", "-").lower()
        secret = next((each for each in OPTIONS if each.secret and each.name.replace("_", "-") == plain), None)
        if secret is not None:
            raise UsageError(
                f"{at} is a secret, and a configuration file holds no secrets.",
                remedy=f"Write it into a file that nobody else may read, and name that file: "
                f'{plain}-file = "FILE". If the secret is in there already, it may have been read: replace it.',
            )
        if plain == PROFILE.name:
            raise UsageError(f"{at}: {PROFILE.name} stands at the top of the file, before any profile.")
        if key in _OTHERS:
            raise UsageError(
                f"{at} cannot stand in a configuration file: give it for each run, as --{key}.",
                remedy="Take it out of the file.",
            )
        alike = [name for name in KEYS if name.replace("_", "-") == plain] or near(key, KEYS)
        keys = do(
            "The keys are the long names of options. See them:", own_command((), "config", "--config", "/dev/null")
        )
        raise UsageError(f"{at} is not known.", remedy=did_you_mean(alike) or keys)

    def _content(self, key: str, value: object, profile: str | None) -> Content:
        option = KEYS[key]
        at = self.at(key, profile)
        if isinstance(option, Switch):
            if not isinstance(value, bool):
                raise UsageError(f"{at} is {_kind(value)}; true or false is wanted.")
            return value
        if isinstance(option, Many):
            if not isinstance(value, list) or not all(isinstance(each, str) and each for each in value):
                raise UsageError(f'{at} is {_kind(value)}; a list of texts is wanted, such as ["one", "two"].')
            return tuple(value)
        if isinstance(value, int) and not isinstance(value, bool) and option.value in ("TIME", "N"):
            return str(value)
        if not isinstance(value, str):
            raise UsageError(f"{at} is {_kind(value)}; a text in quotes is wanted.")
        if not value:
            raise UsageError(f"{at} is empty.", remedy="Give it a value, or take it out.")
        return self._file(value, at) if option.value == "FILE" else value

    def _file(self, name: str, at: str) -> str:
        if name in STANDARD_INPUT:
            raise UsageError(f"{at} is standard input, which only the command line can name.", remedy="Name a file.")
        if name.startswith("~/"):
            if not self.home:
                raise UsageError(f"{at} begins with ~, and HOME is not set.", remedy="Write the whole path.")
            return os.path.join(self.home, name[2:])
        return os.path.join(os.path.dirname(os.path.abspath(self.path)), name)


def _kind(value: object) -> str:
    if isinstance(value, str) and not value:
        return "empty"
    return next((name for kind, name in _KINDS.items() if isinstance(value, kind)), "a date or a time")
