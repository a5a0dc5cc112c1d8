"""Completion scripts for bash, zsh and fish: a template for each, filled from the tables of commands and options."""

from __future__ import annotations

import shlex
from typing import get_args

from janitor.cli.arguments import options
from janitor.cli.arguments.commands import Level
from janitor.cli.arguments.kinds import Many, Option
from janitor.cli.arguments.local import SHELLS, Shell
from janitor.cli.arguments.options import OPTIONS, PROFILE, of_command
from janitor.cli.arguments.verbs import COMMANDS, FIRST_WORDS, FORMATS, WITH_VERBS, Spec, verbs_of
from janitor.holdings.verdict import Verdict
from janitor.rules import CLUSTER_FRAMEWORK, OVERRIDES

PROGRAMS = ("janitor", "janitor.py")
"""What the program is called: the second name is the original's."""

KNOWN: dict[Option, tuple[str, ...]] = {
    options.OUTPUT: tuple(FORMATS),
    options.LOG_LEVEL: get_args(Level),
    options.ONLY: tuple(verdict.value for verdict in Verdict),
    options.OVERRIDE: (*OVERRIDES, CLUSTER_FRAMEWORK),
}
"""Options whose values are known, of any command."""

PROFILES = (
    r"sed -n 's/^ *\[profiles\.[^]A-Za-z0-9_-]\{0,1\}\([A-Za-z0-9_-]*\)[^]A-Za-z0-9_-]\{0,1\}\].*/\1/p' "
    '"${JANITOR_CONFIG:-${XDG_CONFIG_HOME:-$HOME/.config}/janitor/config.toml}" 2>/dev/null'
)
"""What tells the profiles of the configuration file, in sh: with or without quotes; one with a blank is not offered."""


def script(shell: Shell) -> str:
    """Give the script that a shell of this kind reads."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("janitor.cli"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    filters = (_summary, _values_by_command, _verb, _words, _fish_option, _fish_quote, _zsh_option)
    environment.filters |= {each.__name__[1:]: each for each in filters}
    environment.filters |= {"options": of_command, "quote": shlex.quote, "verbs_of": verbs_of}
    others = [option for option in OPTIONS if option.value and option not in KNOWN and option is not PROFILE]
    text: str = environment.get_template(f"completion.{shell}.j2").render(
        programs=PROGRAMS,
        commands=tuple(COMMANDS),
        first_words=FIRST_WORDS,
        with_verbs=tuple(WITH_VERBS),
        verbs=[spec.name for word in WITH_VERBS for spec in verbs_of(word)],
        known=KNOWN,
        files=[option for option in others if option.value == "FILE"],
        others=[option for option in others if option.value != "FILE"],
        profile=PROFILE,
        profiles=PROFILES,
    )
    return text


def _summary(word: str) -> str:
    return WITH_VERBS[word] if word in WITH_VERBS else COMMANDS[word].summary


def _verb(spec: Spec) -> str:
    return spec.name.partition(" ")[2]


def _words(name: str) -> tuple[str, ...]:
    """The words that follow a command, where they are known."""
    if name == "help":
        return tuple(word for word in FIRST_WORDS if word != "help")
    return SHELLS if name == "completion" else ()


def _values(option: Option, name: str) -> tuple[str, ...]:
    """The values of an option that a command takes, where they are known; `name` may be a word that a verb follows."""
    if option is not options.OUTPUT:
        return KNOWN.get(option, ())
    specs = verbs_of(name) if name in WITH_VERBS else (COMMANDS[name],)
    return tuple(dict.fromkeys(each for spec in specs for each in spec.formats))


def _values_by_command(option: Option) -> tuple[tuple[str, ...], list[tuple[tuple[str, ...], list[str]]]]:
    """What an option takes with most commands, and what with which others."""
    names: dict[tuple[str, ...], list[str]] = {}
    for name in COMMANDS:
        if option in of_command(name):
            names.setdefault(_values(option, name), []).append(name)
    most = max(names, key=lambda each: len(names[each]))
    return most, [each for each in names.items() if each[0] != most]


def _fish_option(option: Option, name: str) -> str:
    """An option as fish's `complete` wants it."""
    words = [f"-s {option.short}"] if option.short else []
    words += [f"-l {option.name}", f"-d {shlex.quote(option.help)}"]
    if known := _values(option, name):
        words.append(f"-x -a {shlex.quote(' '.join(known))}")
    elif option is PROFILE:
        words.append("-x -a '(__janitor_profiles)'")
    elif option.value:
        words.append("-r -F" if option.value == "FILE" else "-x")
    return " ".join(words)


def _fish_quote(text: str) -> str:
    """One word of fish's: in single quotes it reads a backslash before another one, and before a quote."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _zsh_option(option: Option, name: str) -> str:
    """An option as zsh's `_arguments` wants it."""
    help_text = option.help.replace("[", "(").replace("]", ")").replace(":", " -")
    action = ""
    if option.value:
        value = option.value.replace("[", "(").replace("]", ")").replace(":", " ")
        known = _values(option, name)
        called = "_janitor_profiles" if option is PROFILE else "_files" if option.value == "FILE" else " "
        values = f"({' '.join(known)})" if known else called
        action = f":{value}:{values}"
    once = "*" if isinstance(option, Many) else ""
    long = f"--{option.name}{'=' if option.value else ''}"
    forms = [f"-{option.short}{'+' if option.value else ''}", long] if option.short else [long]
    return " ".join(shlex.quote(f"{once}{form}[{help_text}]{action}") for form in forms)
