"""Text that is shown: words that come from elsewhere, and commands to paste. Pure.

Whatever a server, a file name or a variable says passes through `foreign` before it becomes part of a message, and
every command that is printed to be pasted is made by `command`.
"""

from __future__ import annotations

import difflib
import re
import shlex
import textwrap
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime

LONGEST = 500
"""Characters of foreign text that one message shows."""

LONGEST_NAME = 200
"""Characters of a name from elsewhere (of a step, a pod, a framework) that one message shows."""

MOST_NAMES = 20
"""Names that are suggested, or listed to choose from, before the rest is counted: not half a screen."""

_NUMBERS = re.compile(r"([0-9]+)")

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


def clause(sentence: str) -> str:
    """Give a sentence as a part of another: without its full stop."""
    return sentence if sentence.endswith("...") else sentence.removesuffix(".")


def folded(text: str, width: int | None, *, first: str = "", following: str = "") -> list[str]:
    """Give a text as lines of so many columns, None for any: folded between words, since half of an id is another one.

    first, following: what the first line, and those that follow on it, begin with.
    """
    if width is None:
        return [first + text]
    lines = textwrap.wrap(
        text,
        width,
        initial_indent=first,
        subsequent_indent=following,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return lines or [first + text]


def called(name: str) -> str:
    """Give a name that somebody else chose as it may stand in a sentence, a table or a tree."""
    return foreign(name, LONGEST_NAME)


def listed(names: Iterable[str], most: int = 5, none: str = "none") -> str:
    """Give names that somebody else chose in one line: the first `most`, and how many there are besides."""
    names = tuple(names)
    shown = ", ".join(called(name) for name in names[:most]) or none
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def in_order(name: str) -> tuple[object, ...]:
    """Give what names are sorted by for people: numbers in them as numbers, so that host2 comes before host10."""
    parts = _NUMBERS.split(name)
    return tuple((len(number := part.lstrip("0")), number) if odd % 2 else part for odd, part in enumerate(parts))


def answered(status: int, said: str) -> str:
    """Give `401 Unauthorized`: the status and what the server said, which often begins with the status itself."""
    return said if said.startswith(str(status)) else f"{status} {said}".rstrip()


def near(word: str, names: Iterable[str], *, alike: float = 0.6) -> list[str]:
    """Give every one of these names that is near what was typed, nearest first. alike: difflib's ratio, 1 for equal."""
    known = list(names)
    return difflib.get_close_matches(word, known, n=max(len(known), 1), cutoff=alike)


def did_you_mean(names: Iterable[str]) -> str | None:
    """Ask whether one of these was meant, which are near what was typed; None where nothing is.

    All are named, up to MOST_NAMES; the rest is counted.
    """
    names = tuple(names)
    rest = (f"one of {len(names) - MOST_NAMES} more",) if len(names) > MOST_NAMES else ()
    shown = " or ".join((*names[:MOST_NAMES], *rest))
    return f"Did you mean {shown}?" if shown else None


def counted(number: int, noun: str) -> str:
    """Give a number of things: `1 item`, `2 items`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


_SPANS = ((86400.0, "day"), (3600.0, "hour"), (60.0, "minute"), (1.0, "second"))


def span(seconds: float) -> str:
    """Give a time as people say it: `14 days`, `1.5 hours`, `90 seconds`."""
    length, noun = next((one for one in _SPANS if seconds >= 2 * one[0] or seconds == one[0]), _SPANS[-1])
    much = f"{seconds / length:.3g}"
    return f"{much} {noun}" if much == "1" else f"{much} {noun}s"


def utc(moment: float) -> str:
    """Give epoch seconds, between 1970 and the year 9999, as people read them: `2026-11-20 09:30:00 UTC`."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S} UTC"


def command(*words: str) -> str:
    """Give a command line that a POSIX shell reads back as exactly these words, on one harmless line.

    A word that holds what steers a terminal is written as bash, zsh and ksh read it: $'a\\nb'.
    """
    return " ".join(map(_quoted, words))


class Word(str):
    """A word of a command that is no option, whatever it begins with: a name that somebody else chose."""

    __slots__ = ()


def own_command(reach: Iterable[str], *words: str) -> str:
    """Give a command of Janitor's own, to paste. reach: the options that name the cluster that this run is about.

    Every such command is made here: one that leaves the cluster out means another one, and a name such as `--yes`
    would be an option where it stands among them.
    """
    if not any(isinstance(word, Word) and word.startswith("-") for word in words):
        return command("janitor", *words, *reach)
    named = [word for word in words if isinstance(word, Word)]
    words = tuple(word for word in words if not isinstance(word, Word))
    return command("janitor", *words, *reach, "--", *named)


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
