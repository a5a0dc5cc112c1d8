"""Which program the command of a Marathon app starts. Pure.

Marathon hands `cmd` to a shell, and starts `args` as they are. Only what is certain is read: a word that is not
understood ends the search, since an app is deleted by what is found here (rule C5).
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_SHELL = re.compile(r"(ba|da|a|k|z)?sh")
_PYTHON = re.compile(r"python(\d+(\.\d+)?)?")
_PYTHON_SWITCHES = re.compile(r"-[bBdEiIOPqsSuvx]+")
_SHELL_SWITCHES = re.compile(r"[-+][a-zA-Z]+")
_DEEPEST = 4
"""Shells within shells that are looked into."""

_PUNCTUATION = ";&|()<>\n"
_SEPARATORS = frozenset(";&|\n")
_ENDS_A_COMMAND = _SEPARATORS | frozenset("()")
_HARMLESS = frozenset({":", "true", "exit", "echo", "sleep", "tee", "cat"})
"""What may come after the program without making the app another one's: `janitor ...; sleep infinity`."""


def program_of_command(text: str, depth: int = _DEEPEST) -> str | None:
    """The program that a shell starts for `text`; None where that is not certain, and where it starts several."""
    lexer = shlex.shlex(text, posix=True, punctuation_chars=_PUNCTUATION)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " \t\r", True, ""
    try:
        commands = _commands(list(lexer))
    except ValueError:  # a quote without its end
        return None
    while len(commands) > 1 and all(_VARIABLE.match(word) for word in commands[0]):
        del commands[0]
    if not commands or any(words[0] not in _HARMLESS for words in commands[1:]):
        return None
    words = commands[0]
    while words and _VARIABLE.match(words[0]):
        del words[0]
    if words[:1] == ["exec"]:
        del words[0]
    return program_of_words(words, depth)


def _commands(words: list[str]) -> list[list[str]]:
    """Split a shell's words where one command ends and another begins."""
    commands: list[list[str]] = [[]]
    for word in words:
        if set(word) <= _ENDS_A_COMMAND and not _SEPARATORS.isdisjoint(word):
            commands.append([])
        else:
            commands[-1].append(word)
    return [command for command in commands if command]


def program_of_words(words: Sequence[str], depth: int = _DEEPEST) -> str | None:
    """The program that these words start, past `env` and interpreters; None where that is not certain."""
    rest = list(words)
    if rest and _name(rest[0]) == "env":
        del rest[0]
        while rest and (_VARIABLE.match(rest[0]) or rest[0] in ("-", "-i", "--")):
            del rest[0]
    if not rest or rest[0].startswith("-") or depth == 0:
        return None
    name = _name(rest[0])
    if _SHELL.fullmatch(name):
        return _of_shell(rest[1:], depth - 1)
    if _PYTHON.fullmatch(name):
        return _of_python(rest[1:])
    return rest[0]


def _of_shell(rest: list[str], depth: int) -> str | None:
    """What `sh REST` starts: the script, or the program of the text after -c."""
    text = False
    while rest and _SHELL_SWITCHES.fullmatch(rest[0]):
        switches = rest.pop(0)
        text = text or (switches[0] == "-" and "c" in switches)
        if "o" in switches and rest:
            del rest[0]  # the option's name, as in -o pipefail
    if rest[:1] == ["--"]:
        del rest[0]
    if not rest or rest[0].startswith("-"):
        return None
    return program_of_command(rest[0], depth) if text else rest[0]


def _of_python(rest: list[str]) -> str | None:
    """What `python REST` starts: the script, or the module after -m."""
    while rest and _PYTHON_SWITCHES.fullmatch(rest[0]):
        del rest[0]
    if rest[:1] == ["-m"]:
        del rest[0]
    return rest[0] if rest and not rest[0].startswith("-") else None


def _name(word: str) -> str:
    return word.rpartition("/")[2]
