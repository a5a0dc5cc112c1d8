"""The script for fish. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from janitor.cli.arguments.kinds import Option
from janitor.cli.arguments.options import PROFILE
from janitor.cli.arguments.options import of_command as options_of
from janitor.cli.arguments.verbs import COMMANDS, DROP_IN, FIRST_WORDS, WITH_VERBS, verbs_of
from janitor.cli.completion.tables import FILE, PROFILES, PROGRAMS, choices, summary, verb, words_of


def script() -> Iterator[str]:
    """Give the lines of the script."""
    yield "# Completes janitor in fish. Made by: janitor completion fish"
    yield "function __janitor_at"
    yield "    set -l typed (commandline -opc)[2..]"
    yield "    set -l wanted (string split ' ' -- $argv[1])"
    yield "    set -l count (count $wanted)"
    yield '    test "$typed[1..$count]" = "$argv[1]"'
    yield "end"
    yield "function __janitor_cleans"
    yield "    set -l typed (commandline -opc)[2..]"
    yield "    test (count $typed) -eq 0; or string match -q -- '-*' $typed[1]; or test $typed[1] = clean"
    yield "end"
    yield "function __janitor_first"
    yield "    test (count (commandline -opc)) -eq 1"
    yield "end"
    yield "function __janitor_second"
    yield "    test (count (commandline -opc)) -eq 2; and __janitor_at $argv[1]"
    yield "end"
    yield "function __janitor_profiles"
    yield f"    sh -c {_fish(PROFILES)}"
    yield "end"
    for program in PROGRAMS:
        yield f"complete -c {program} -f"
        for word in FIRST_WORDS:
            yield f"complete -c {program} -n __janitor_first -a {word} -d {shlex.quote(summary(word))}"
        for word in WITH_VERBS:
            for spec in verbs_of(word):
                when = shlex.quote(f"__janitor_second {word}")
                yield f"complete -c {program} -n {when} -a {verb(spec.name)} -d {shlex.quote(spec.summary)}"
        for name in COMMANDS:
            for known in words_of(name):
                yield f"complete -c {program} -n {shlex.quote(f'__janitor_second {name}')} -a {known}"
        for name in COMMANDS:
            when = "__janitor_cleans" if name == DROP_IN.name else shlex.quote(f"__janitor_at {shlex.quote(name)}")
            yield from (f"complete -c {program} -n {when} {_option(option, name)}" for option in options_of(name))


def _option(option: Option, name: str) -> str:
    """An option as fish's `complete` wants it."""
    words = [f"-s {option.short}"] if option.short else []
    words += [f"-l {option.name}", f"-d {shlex.quote(option.help)}"]
    if known := choices(option, name):
        words.append(f"-x -a {shlex.quote(' '.join(known))}")
    elif option is PROFILE:
        words.append("-x -a '(__janitor_profiles)'")
    elif option.value == FILE:
        words.append("-r -F")
    elif option.value:
        words.append("-x")
    return " ".join(words)


def _fish(text: str) -> str:
    """One word of fish's: in single quotes it reads a backslash before another one, and before a quote."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
