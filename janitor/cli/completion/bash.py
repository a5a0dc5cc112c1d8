"""The script for bash. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from janitor.cli.arguments.kinds import Option
from janitor.cli.arguments.options import OPTIONS, PROFILE
from janitor.cli.arguments.options import of_command as options_of
from janitor.cli.arguments.verbs import COMMANDS, FIRST_WORDS, WITH_VERBS, verbs_of
from janitor.cli.completion.tables import CHOICES, FILE, PROFILES, PROGRAMS, choices, verb, verbs, words_of


def script() -> Iterator[str]:
    """Give the lines of the script."""
    yield "# Completes janitor in bash. Made by: janitor completion bash"
    yield "# shellcheck shell=bash"
    yield "_janitor() {"
    yield "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} command=clean"
    yield "    local first=${COMP_WORDS[1]:-} second=${COMP_WORDS[2]:-}"
    yield '    if [ "$word" = "=" ]; then'
    yield "        word=''"
    yield '    elif [ "$before" = "=" ]; then'
    yield "        before=${COMP_WORDS[COMP_CWORD - 2]}"
    yield "    fi"
    yield "    COMPREPLY=()"
    yield '    if [ "$COMP_CWORD" -gt 1 ]; then'
    yield "        case $first in"
    yield f"            {' | '.join(FIRST_WORDS)}) command=$first ;;"
    yield "        esac"
    yield "    fi"
    yield '    if [ "$COMP_CWORD" -gt 2 ]; then'
    yield '        case "$first $second" in'
    yield f'            {" | ".join(map(shlex.quote, verbs()))}) command="$first $second" ;;'
    yield "        esac"
    yield "    fi"
    yield "    case $before in"
    for option in CHOICES:
        yield f"        {' | '.join(option.spellings)})"
        yield from _values(option)
        yield '            mapfile -t COMPREPLY < <(compgen -W "$values" -- "$word")'
        yield "            return"
        yield "            ;;"
    yield f"        {' | '.join(PROFILE.spellings)})"
    yield f'            mapfile -t COMPREPLY < <(compgen -W "$({PROFILES})" -- "$word")'
    yield "            return"
    yield "            ;;"
    files = [each for option in OPTIONS if option.value == FILE for each in option.spellings]
    yield f"        {' | '.join(files)})"
    yield "            compopt -o filenames 2>/dev/null"
    yield '            mapfile -t COMPREPLY < <(compgen -f -- "$word")'
    yield "            return"
    yield "            ;;"
    others = [o for o in OPTIONS if o.value and o.value != FILE and o not in CHOICES and o is not PROFILE]
    yield f"        {' | '.join(dict.fromkeys(each for option in others for each in option.spellings))}) return ;;"
    yield "    esac"
    yield "    local words=''"
    yield "    case $word in"
    yield "        -*)"
    yield "            case $command in"
    for name in (*COMMANDS, *WITH_VERBS):
        found = shlex.quote(" ".join(each for option in options_of(name) for each in option.spellings))
        yield f"                {shlex.quote(name)}) words={found} ;;"
    yield "            esac"
    yield "            ;;"
    yield "        *)"
    yield '            if [ "$COMP_CWORD" -eq 1 ]; then'
    yield f"                words={shlex.quote(' '.join(FIRST_WORDS))}"
    yield '            elif [ "$COMP_CWORD" -eq 2 ]; then'
    yield "                case $command in"
    for word in WITH_VERBS:
        found = shlex.quote(" ".join(verb(spec.name) for spec in verbs_of(word)))
        yield f"                    {word}) words={found} ;;"
    for name in COMMANDS:
        if known := words_of(name):
            yield f"                    {shlex.quote(name)}) words={shlex.quote(' '.join(known))} ;;"
    yield "                esac"
    yield "            fi"
    yield "            ;;"
    yield "    esac"
    yield '    mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")'
    yield "}"
    yield f"complete -F _janitor {' '.join(PROGRAMS)}"


def _values(option: Option) -> Iterator[str]:
    """Set `values` to what the option takes: with every command the same, or by the command."""
    names: dict[tuple[str, ...], list[str]] = {}
    for name in COMMANDS:
        if option in options_of(name):
            names.setdefault(choices(option, name), []).append(name)
    most = max(names, key=lambda each: len(names[each]))
    yield f"            local values={shlex.quote(' '.join(most))}"
    if len(names) > 1:
        yield "            case $command in"
        for known, members in names.items():
            if known != most:
                found = shlex.quote(" ".join(known))
                yield f"                {' | '.join(map(shlex.quote, members))}) values={found} ;;"
        yield "            esac"
