"""What every setting comes to, and where from: what `janitor config` shows. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from janitor.cli.arguments import options
from janitor.cli.arguments.kinds import OF_THE_FILE, Content, Many, Option, Switch, Text
from janitor.cli.arguments.values import Place, Values

Source = Literal["command line", "variable", "profile", "file", "default"]

HIDDEN = "***"

_SOURCES: dict[Place, Source] = {
    Place.COMMAND_LINE: "command line",
    Place.VARIABLE: "variable",
    Place.PROFILE: "profile",
    Place.FILE: "file",
    Place.DEFAULT: "default",
}


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    name     the option's long name, which is its key in a configuration file
    value    None where there is none; a secret is hidden
    source   the place that says so; what adds up is there once for each place
    detail   how it is spelled there: the option, the variable, the file with the profile
    """

    name: str
    value: Content | None
    source: Source
    detail: str | None = None


def settings(values: Values) -> tuple[Setting, ...]:
    """Every setting that a command takes, in the order of the declaration."""
    return tuple(
        setting
        for option in options.of_command("config")
        if option.name not in (*OF_THE_FILE, options.HELP.name, options.VERSION.name)
        for setting in _settings(option, values)
    )


def _settings(option: Option, values: Values) -> Iterator[Setting]:
    if isinstance(option, Switch):
        yield _setting(option, values.on(option), values, values.place(option))
        return
    if isinstance(option, Text) and not option.adds:
        yield _setting(option, _text(option, values), values, values.place(option))
        return
    assert isinstance(option, Many | Text)
    found = values.each(option)
    for place in dict.fromkeys(value.place for value in found):
        yield _setting(option, tuple(value.text for value in found if value.place is place), values, place)
    if not found:
        yield _setting(option, (), values, Place.DEFAULT)


def _setting(option: Option, value: Content | None, values: Values, place: Place) -> Setting:
    detail = None
    if place is Place.COMMAND_LINE:
        detail = f"--{option.name}"
    elif place is Place.VARIABLE:
        detail = option.variable
    elif place is not Place.DEFAULT:
        detail = values.stored.where(place)
    return Setting(option.name, value, _SOURCES[place], detail)


def _text(option: Text, values: Values) -> str | None:
    value = values.text(option)
    if value is None:
        # A part of a cluster is not asked where everything goes through Admin Router.
        return None if option in options.PARTS and values.text(options.DCOS_URL) is not None else option.default or None
    return HIDDEN if option.secret and value.text else value.text
