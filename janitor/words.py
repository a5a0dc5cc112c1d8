"""Text that is shown: words that come from elsewhere, and commands to paste. Pure.

Whatever a server, a file name or a variable says passes through `foreign` before it becomes part of a message, and
every command that is printed to be pasted is made by `command`.
"""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Iterable

LONGEST = 500
"""Characters of foreign text that one message shows."""

LONGEST_NAME = 200
"""Characters of a name from elsewhere (of a step, a pod, a framework) that one message shows."""

_STEERING = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that steer a terminal or begin a line: controls, formats (bidi, zero width), lone surrogates, line
and paragraph separators."""


def harmless(text: str) -> str:
    """Give `text` on one line, with whatever a terminal would obey written out (`\\x1b`): it may come from anywhere.

    Line ends and tabs become blanks; controls, bidirectional overrides and lone surrogates become escapes.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_harmless_character(character) for character in " ".join(text.splitlines()).replace("\t", " "))


def _harmless_character(character: str) -> str:
    if unicodedata.category(character) in _STEERING:
        return character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return character


def foreign(text: str, most: int = LONGEST) -> str:
    """Give what somebody else said as it may stand in a message: one harmless line of at most `most` characters.

    What is cut off is marked by "..." at the end. The text is cut before it is looked at: it may be huge.
    """
    line = harmless(text[: 2 * most].strip())
    return line if len(line) <= most and len(text) <= 2 * most else line[: most - 3] + "..."


def called(name: str) -> str:
    """Give a name that somebody else chose as it may stand in a sentence, a table or a tree."""
    return foreign(name, LONGEST_NAME)


def listed(names: Iterable[str], most: int = 5, none: str = "none") -> str:
    """Give names that somebody else chose in one line: the first `most`, and how many there are besides."""
    names = tuple(names)
    shown = ", ".join(called(name) for name in names[:most]) or none
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def did_you_mean(names: Iterable[str]) -> str | None:
    """Ask whether one of these was meant, which are near what was typed; None where nothing is."""
    shown = " or ".join(names)
    return f"Did you mean {shown}?" if shown else None


def counted(number: int, noun: str) -> str:
    """Give a number of things: `1 item`, `2 items`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def command(*words: str) -> str:
    """Give a command line that a POSIX shell reads back as exactly these words, on one harmless line.

    A word that holds what steers a terminal is written as bash, zsh and ksh read it: $'a\\nb'.
    """
    return " ".join(map(_quoted, words))


def own_command(reach: Iterable[str], *words: str) -> str:
    """Give a command of Janitor's own, to paste. reach: the options that name the cluster that this run is about.

    Every such command is made here: one that leaves the cluster out means another one.
    """
    return command("janitor", *words, *reach)


def _quoted(word: str) -> str:
    if all(unicodedata.category(character) not in _STEERING for character in word):
        return shlex.quote(word)
    return "$'" + "".join(map(_escaped, word)) + "'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return "\\" + character
    if unicodedata.category(character) not in _STEERING:
        return character
    return "".join(f"\\x{byte:02x}" for byte in character.encode("utf-8", "surrogateescape"))
