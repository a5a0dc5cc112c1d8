"""The script for zsh. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from janitor.cli.arguments.kinds import Many, Option
from janitor.cli.arguments.options import PROFILE
from janitor.cli.arguments.options import of_command as options_of
from janitor.cli.arguments.verbs import COMMANDS, FIRST_WORDS, WITH_VERBS, verbs_of
from janitor.cli.completion.tables import FILE, PROFILES, PROGRAMS, choices, summary, verb, verbs, words_of


def script() -> Iterator[str]:
    """Give the lines of the script."""
    yield f"#compdef {' '.join(PROGRAMS)}"
    yield "# Completes janitor in zsh. Made by: janitor completion zsh"
    yield "_janitor_profiles() {"
    yield f'    compadd -- ${{(f)"$({PROFILES})"}}'
    yield "}"
    yield "_janitor() {"
    yield "    local command=clean state context line"  # _arguments sets the last three
    yield "    typeset -A opt_args"
    yield "    local -a known"
    yield "    if (( CURRENT == 2 )) && [[ $words[2] != -* ]]; then"
    yield f"        known=({' '.join(_described(word, summary(word)) for word in FIRST_WORDS)})"
    yield "        _describe -t commands command known"
    yield "        return"
    yield "    fi"
    yield "    if (( CURRENT == 3 )) && [[ $words[3] != -* ]]; then"
    yield "        case $words[2] in"
    for word in WITH_VERBS:
        found = " ".join(_described(verb(spec.name), spec.summary) for spec in verbs_of(word))
        yield f"            {word}) known=({found}); _describe -t verbs verb known; return ;;"
    for name in COMMANDS:
        if words := words_of(name):
            yield f"            {shlex.quote(name)}) compadd {' '.join(words)}; return ;;"
    yield "        esac"
    yield "    fi"
    yield "    case $words[2] in"
    yield f"        {'|'.join(FIRST_WORDS)}) command=$words[2] ;;"
    yield "    esac"
    yield '    case "$words[2] $words[3]" in'
    yield f'        {"|".join(map(shlex.quote, verbs()))}) command="$words[2] $words[3]" ;;'
    yield "    esac"
    yield "    case $command in"
    for name in (*COMMANDS, *WITH_VERBS):
        yield f"        {shlex.quote(name)})"
        specs = " ".join(_argument(option, name) for option in options_of(name))
        yield f"            _arguments -s {specs} '*:word:->word'"
        yield "            ;;"
    yield "    esac"
    yield "}"
    yield 'if [ "$funcstack[1]" = "_janitor" ]; then'
    yield '    _janitor "$@"'
    yield "else"
    yield f"    compdef _janitor {' '.join(PROGRAMS)}"
    yield "fi"


def _described(word: str, summary: str) -> str:
    return shlex.quote(f"{word}:{summary}")


def _argument(option: Option, command: str) -> str:
    """An option as `_arguments` wants it."""
    help_text = option.help.replace("[", "(").replace("]", ")").replace(":", " -")
    action = ""
    if option.value:
        name = option.value.replace("[", "(").replace("]", ")").replace(":", " ")
        known = choices(option, command)
        called = {FILE: "_files"}.get(option.value, " ") if option is not PROFILE else "_janitor_profiles"
        values = f"({' '.join(known)})" if known else called
        action = f":{name}:{values}"
    once = "*" if isinstance(option, Many) else ""
    long = f"--{option.name}{'=' if option.value else ''}"
    forms = [f"-{option.short}{'+' if option.value else ''}", long] if option.short else [long]
    return " ".join(shlex.quote(f"{once}{form}[{help_text}]{action}") for form in forms)
