"""What every shell has to know: programs, words, options and the values that are known. Pure."""

from __future__ import annotations

from typing import get_args

from janitor.cli.arguments import options
from janitor.cli.arguments.commands import Level
from janitor.cli.arguments.kinds import Option
from janitor.cli.arguments.local import SHELLS
from janitor.cli.arguments.verbs import COMMANDS, FIRST_WORDS, FORMATS, WITH_VERBS, verbs_of
from janitor.holdings.verdict import Verdict
from janitor.rules import CLUSTER_FRAMEWORK, OVERRIDES

PROGRAMS = ("janitor", "janitor.py")
"""What the program is called: the second name is the original's."""


CHOICES: dict[Option, tuple[str, ...]] = {
    options.OUTPUT: tuple(FORMATS),
    options.LOG_LEVEL: get_args(Level),
    options.ONLY: tuple(verdict.value for verdict in Verdict),
    options.OVERRIDE: (*OVERRIDES, CLUSTER_FRAMEWORK),
}
"""Options whose values are known, of any command."""

FILE = "FILE"

PROFILES = (
    r"sed -n 's/^ *\[profiles\.[^]A-Za-z0-9_-]\{0,1\}\([A-Za-z0-9_-]*\)[^]A-Za-z0-9_-]\{0,1\}\].*/\1/p' "
    '"${JANITOR_CONFIG:-${XDG_CONFIG_HOME:-$HOME/.config}/janitor/config.toml}" 2>/dev/null'
)
"""What tells the profiles of the configuration file, in sh: with or without quotes; one with a blank is not offered."""


def choices(option: Option, name: str) -> tuple[str, ...]:
    """The values of an option that a command takes, where they are known; `name` may be a word that a verb follows."""
    if option is not options.OUTPUT:
        return CHOICES.get(option, ())
    specs = verbs_of(name) if name in WITH_VERBS else (COMMANDS[name],)
    return tuple(dict.fromkeys(each for spec in specs for each in spec.formats))


def summary(word: str) -> str:
    return WITH_VERBS[word] if word in WITH_VERBS else COMMANDS[word].summary


def words_of(name: str) -> tuple[str, ...]:
    """The words that follow a command, where they are known."""
    if name == "help":
        return tuple(word for word in FIRST_WORDS if word != "help")
    return SHELLS if name == "completion" else ()


def verbs() -> list[str]:
    return [spec.name for word in WITH_VERBS for spec in verbs_of(word)]


def verb(name: str) -> str:
    return name.partition(" ")[2]
