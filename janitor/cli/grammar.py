"""From words to a Command, without contacting anything (rule C1).

`clean`, and a command line without a command, follow the original's `getopt.getopt`: its abbreviations, clusters, glued
values, `--`, the end of the options at the first word, and its error texts are Python's own, since getopt itself reads
every option. New options match by their full name only. Every other command takes options and words in any order, and
full names only.
"""

from __future__ import annotations

import difflib
import getopt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from janitor.cli.commands import COMMANDS, DROP_IN, Spec
from janitor.cli.options import Option, of_command
from janitor.errors import UsageError
from janitor.words import command as command_line


@dataclass(frozen=True, slots=True)
class Given:
    """One option as it was given.

    spelled   as getopt calls it: `-r`, or the whole long name however far it was abbreviated
    glued     the value stood in the same word (`--role=x`, `-rx`); else it was the next word
    """

    option: Option
    spelled: str
    value: str
    glued: bool


@dataclass(frozen=True, slots=True)
class Command:
    """What the operator typed: a command, its options in order, its words; `bare` when there was nothing at all."""

    name: str
    given: tuple[Given, ...] = ()
    words: tuple[str, ...] = ()
    bare: bool = False


class GrammarError(UsageError):
    """A command line that cannot be read; `command` is what was understood of it before."""

    def __init__(self, message: str, command: Command, *, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.command = command


def parse(argv: Sequence[str], commands: Mapping[str, Spec] = COMMANDS) -> Command:
    """Read a command line (without the program's name). Pure. Raises GrammarError."""
    if not argv:
        return Command("help", bare=True)
    named = argv[0] in commands
    spec = commands[argv[0]] if named else DROP_IN
    words = tuple(argv[1:] if named else argv)
    if spec.own_grammar:
        return Command(spec.name, words=words)
    given, rest = tokenize(words, spec)
    switches = {each.option.name for each in given}
    if "help" in switches:
        return Command("help", words=(spec.name,) if named else ())
    if "version" in switches:
        return Command("version")
    command = Command(spec.name, given, rest)
    if not spec.least <= len(rest) <= spec.most:
        raise _wrong_words(command, spec, commands)
    return command


def tokenize(words: Sequence[str], spec: Spec) -> tuple[tuple[Given, ...], tuple[str, ...]]:
    """Tell options from words: (options in order, words that are none). Raises GrammarError.

    For the drop-in, what comes after the first word that is no option is left unread, as by getopt.
    """
    vocabulary = _Vocabulary(of_command(spec.name), abbreviations=spec.drop_in)
    given: list[Given] = []
    others: list[str] = []
    rest = tuple(words)
    while rest:
        if rest[0] == "--":
            others += rest[1:]
            break
        if not rest[0].startswith("-") or rest[0] == "-":
            if spec.drop_in:
                others += rest
                break
            others.append(rest[0])
            rest = rest[1:]
            continue
        try:
            read, rest = vocabulary.read(rest)
        except getopt.GetoptError as error:
            partial = Command(spec.name, tuple(given), tuple(others))
            raise GrammarError(error.msg, partial, remedy=vocabulary.suggest(error.opt, rest[0])) from None
        given += read
    return tuple(given), tuple(others)


class _Vocabulary:
    """The options of one command, in the form in which getopt takes them."""

    def __init__(self, options: Sequence[Option], *, abbreviations: bool) -> None:
        self._by_spelling = {f"--{option.name}": option for option in options}
        self._by_spelling |= {f"-{option.short}": option for option in options if option.short}
        self._shorts = "".join(o.short + (":" if o.value else "") for o in options if o.short)
        self._abbreviated = [_long(option) for option in options if option.legacy and abbreviations]

    def read(self, words: tuple[str, ...]) -> tuple[list[Given], tuple[str, ...]]:
        """Read the option, or the cluster of them, that `words` begins with: (what it was, the words after it).

        getopt gets the first word alone; only when it refuses that may it have the next one, as a value.
        """
        exact = self._by_spelling.get(words[0].partition("=")[0]) if words[0].startswith("--") else None
        longs = [_long(exact)] if exact else self._abbreviated
        used = 1
        try:
            pairs, _ = getopt.getopt(words[:1], self._shorts, longs)
        except getopt.GetoptError:
            if len(words) == 1:
                raise
            used = 2
            pairs, _ = getopt.getopt(words[:2], self._shorts, longs)
        last = len(pairs) - 1
        return [
            Given(self._by_spelling[spelled], spelled, value, glued=not (used == 2 and number == last))
            for number, (spelled, value) in enumerate(pairs)
        ], words[used:]

    def suggest(self, unknown: str, word: str) -> str | None:
        """Name the nearest option to one that getopt refused; None when it is known, or nothing is near."""
        names = [spelling[2:] for spelling in self._by_spelling if spelling.startswith("--")]
        abbreviated = [name.removesuffix("=") for name in self._abbreviated]
        hyphened, underscored = unknown.replace("_", "-"), unknown.replace("-", "_")
        if not unknown or unknown in names or (not word.startswith("--") and f"-{unknown}" in self._by_spelling):
            return None
        near = [name for name in names if name in (hyphened, underscored)]
        near = near or [name for name in abbreviated if name.startswith(unknown)]
        near = near or [name for name in names if name.startswith((unknown, hyphened))]
        if word.startswith("--"):
            near = near or difflib.get_close_matches(underscored, names, n=1)
            near = near or difflib.get_close_matches(hyphened, names, n=1)
        return f"Did you mean {' or '.join('--' + name for name in near)}?" if near else None

    def masked(self, words: tuple[str, ...]) -> list[str]:
        """Give `words` as they may be shown: the values of secret options are not."""
        shown: list[str] = []
        while words:
            try:
                read, rest = self.read(words) if words[0].startswith("-") and len(words[0]) > 1 else ([], words[1:])
            except getopt.GetoptError:
                read, rest = [], words[1:]
            if read and read[-1].option.secret:
                glued = read[-1].glued
                name = read[-1].spelled
                shown += [name + ("=***" if name.startswith("--") else "***")] if glued else [words[0], "***"]
            else:
                shown += words[: len(words) - len(rest)]
            words = rest
        return shown


def _long(option: Option) -> str:
    return option.name + ("=" if option.value else "")


def _wrong_words(command: Command, spec: Spec, commands: Mapping[str, Spec]) -> GrammarError:
    """Say which words are too many, or that some are missing."""
    if len(command.words) < spec.least:
        return GrammarError(
            f"{spec.name} needs {spec.words}.", command, remedy=f"See: {command_line('janitor', 'help', spec.name)}"
        )
    extra = command.words[spec.most :]
    vocabulary = _Vocabulary(of_command(spec.name), abbreviations=spec.drop_in)
    # A secret with a blank in it and no quotes around it leaves its second half behind.
    hidden = bool(command.given) and command.given[-1].option.secret and not spec.most
    shown = ["***", *vocabulary.masked(extra[1:])] if hidden else vocabulary.masked(extra)
    quoted = [word if word.endswith("***") else command_line(word) for word in shown]
    message = f"Left over: {quoted[0]}"
    if len(quoted) > 1:
        message += f", and what followed: {' '.join(quoted[1:])}"
    return GrammarError(f"{message}.", command, remedy=_after_left_over(extra[0], command, commands))


def _after_left_over(word: str, command: Command, commands: Mapping[str, Spec]) -> str:
    if word in commands:
        return f"A command comes first: {command_line('janitor', word)} ..."
    if not command.given and (near := difflib.get_close_matches(word, commands, n=1)):
        return f"Did you mean the command {near[0]}?"
    return "Nothing was done. A value with blanks in it needs quotes, and an option begins with a dash."
