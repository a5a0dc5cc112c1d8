"""How everything that is wrong is said: what, why, and what to do, each on lines of its own. Pure.

    raise Trouble("The agent S1 cannot be reached.", why="connection refused", remedy=do("Look at it:", a_command))

A message and a remedy are texts of one line, as a document, a log and the words of another message want them. Both know
their parts besides, which a view shows apart: a `Message` what failed and why, a `Remedy` its sentences and its
commands. A plain string stands for either where there are no parts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from janitor.words import command


class Message(str):
    """What is wrong.

    what   what failed, on which agent or at which URL; a sentence
    why    why it failed, in the server's own words where it has any; "" where that is not known
    """

    __slots__ = ("what", "why")
    what: str
    why: str

    def __new__(cls, what: str, why: str = "") -> Message:
        """Join the two to one line, `The agent S1 cannot be reached: connection refused.`"""
        stop = "." if what.endswith(".") and not why.endswith((".", "!", "?")) else ""
        made = super().__new__(cls, f"{what.removesuffix('.')}: {why}{stop}" if why else what)
        made.what, made.why = what, why
        return made

    @classmethod
    def of(cls, text: str) -> Message:
        """Give a text as a message: the message that it is, or one without a reason of its own."""
        return text if isinstance(text, Message) else cls(text)

    def followed(self, text: str) -> Message:
        """Give the same with one more sentence behind what failed; " Nothing was deleted." for one, or none."""
        end = "." if text and not self.what.endswith(".") else ""
        return Message(f"{self.what}{end}{text}", self.why)

    def citing(self, source: str) -> Message:
        """Give the same with what it rests on behind it, in parentheses."""
        return Message(f"{self.what} ({source})", self.why)


class Again(str):
    """The command line of this very run, with some options more, and some less: what a view writes out whole.

    Whoever prints it knows the command line, and leaves the secrets out. As a text it is `more` alone.

    more        words that come to it: `--timeout`, `30m`; an option that takes one value takes the place of its own
    without     options that it goes without, as they are written: `-z`, `--dry-run`
    otherwise   a whole command line for the same, where this run's command cannot take these words
    """

    __slots__ = ("more", "otherwise", "without")
    more: tuple[str, ...]
    without: tuple[str, ...]
    otherwise: str

    def __new__(cls, *more: str, without: Iterable[str] = (), otherwise: str = "") -> Again:
        made = super().__new__(cls, otherwise or (command(*more) if more else "the same command"))
        made.more, made.without, made.otherwise = more, tuple(without), otherwise
        return made


@dataclass(frozen=True, slots=True)
class Way:
    """One thing to do: a sentence or two, and the commands for it. A word in capitals is for the operator to fill in.

    commands   each a whole line to paste, made by `words.command` or `words.own_command`, or an `Again`
    """

    text: str
    commands: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join(part for part in (self.text, "; ".join(self.commands)) if part)


Own = Callable[[Again], str | None]
"""Writes an `Again` out whole; None where the command line is not known."""


def no_line(_: Again) -> None:
    """Write nothing out: the command line is not known."""


class Remedy(str):
    """What to do next: one way, or several. `do` makes one, `also` adds to it."""

    __slots__ = ("ways",)
    ways: tuple[Way, ...]

    def __new__(cls, ways: Iterable[Way]) -> Remedy:
        """Put the ways behind each other on one line, in the order in which they are to be tried."""
        ways = tuple(ways)
        *others, last = (str(way) for way in ways)
        made = super().__new__(cls, " ".join([*map(_ended, others), last]))
        made.ways = ways
        return made

    @classmethod
    def of(cls, text: str) -> Remedy:
        """Give a text as a remedy: the remedy that it is, or one without a command."""
        return text if isinstance(text, Remedy) else cls([Way(text)])

    def also(self, text: str, *commands: str) -> Remedy:
        """Give the same with one more thing to do."""
        return Remedy([*self.ways, Way(text, commands)])

    @property
    def commands(self) -> tuple[str, ...]:
        """Every command of it, in order."""
        return tuple(line for way in self.ways for line in way.commands)

    def whole(self, own: Own) -> Remedy:
        """Give the same with the command line of this run written out, where it is known."""
        return Remedy(Way(way.text, tuple(_whole(line, own) for line in way.commands)) for way in self.ways)


def do(text: str, *commands: str) -> Remedy:
    """Say what to do: a sentence or two, and the commands to paste, each of which stands on a line of its own."""
    return Remedy([Way(text, commands)])


def notice_of(message: str, remedy: str | None) -> Remedy:
    """Make a notice of what is wrong: it stands where the first sentence does, and what to do about it follows."""
    return Remedy([Way(message), *(Remedy.of(remedy).ways if remedy else ())])


def all_of(remedies: Iterable[str | None]) -> Remedy | None:
    """Make one remedy of several; None where there is none."""
    ways = [way for each in remedies if each for way in Remedy.of(each).ways]
    return Remedy(ways) if ways else None


def lines_of(remedy: Remedy) -> Iterator[tuple[str, bool]]:
    """(line, whether it is a command) for each line that a view shows of it."""
    for way in remedy.ways:
        if way.text:
            yield way.text, False
        for line in way.commands:
            yield line, True


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _whole(line: str, own: Own) -> str:
    return (own(line) or line) if isinstance(line, Again) else line
