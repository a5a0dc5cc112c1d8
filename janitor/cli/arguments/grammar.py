"""From argv to what was typed, without contacting anything (rule C1).

`clean`, and a command line without a command, follow the original's `getopt.getopt`: its abbreviations, clusters, glued
values, `--`, the end of the options at the first word, and its error texts are Python's own, since getopt itself reads
every option. New options match by their full name only. Every other command takes options and words in any order, and
full names only.
"""

from __future__ import annotations

import getopt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from janitor.cli.arguments.kinds import Option
from janitor.cli.arguments.options import HELP, OPTIONS, VERSION, of_command
from janitor.cli.arguments.verbs import COMMANDS, DROP_IN, FIRST_WORDS, WITH_VERBS, Spec, verbs_of
from janitor.errors import UsageError
from janitor.message import do
from janitor.words import command as command_line
from janitor.words import did_you_mean, near


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
class Typed:
    """What the operator typed: a command (with its verb), its options in order, its words.

    `bare`: there was nothing at all. In an error `command` may be the first word alone, such as `plan`.
    """

    command: str
    given: tuple[Given, ...] = ()
    words: tuple[str, ...] = ()
    bare: bool = False

    @property
    def shown(self) -> tuple[str, ...]:
        """The whole command line, for a log: the values of secret options are not in it."""
        words = ["janitor", *self.command.split(), *self.words]
        for each in self.given:
            words.append(each.spelled)
            words += ["***" if each.option.secret else each.value] if each.option.value else []
        return tuple(words)

    def has(self, option: Option) -> bool:
        """Whether the option was given."""
        return any(each.option is option for each in self.given)


class GrammarError(UsageError):
    """A command line that cannot be read; `typed` is what was understood of it before."""

    def __init__(self, message: str, typed: Typed, *, remedy: str | None = None) -> None:
        super().__init__(message, remedy=remedy)
        self.typed = typed


def parse(argv: Sequence[str]) -> Typed:
    """Read a command line (without the program's name). Pure. Raises GrammarError."""
    if not argv:
        return Typed("help", bare=True)
    named = argv[0] in FIRST_WORDS
    first, words = (argv[0], argv[1:]) if named else (DROP_IN.name, argv)
    if first in COMMANDS and COMMANDS[first].own_grammar:
        return Typed(first, words=tuple(words))
    try:
        typed = tokenize(words, first)
    except GrammarError as error:
        error.typed = _with_verb(error.typed)[0] if first in WITH_VERBS else error.typed
        raise
    wrong = None
    if first in WITH_VERBS:
        typed, wrong = _with_verb(typed)
    if typed.has(HELP):
        return Typed("help", words=tuple(typed.command.split()) if named else ())
    if typed.has(VERSION):
        return Typed("version")
    if wrong is not None:
        raise wrong
    spec = COMMANDS[typed.command]
    if not len(spec.needed) <= len(typed.words) <= spec.most:
        raise _wrong_words(typed, spec, named=named)
    return typed


def tokenize(words: Sequence[str], command: str) -> Typed:
    """Tell the options of a command from its words. Raises GrammarError.

    For the drop-in, what comes after the first word that is no option is left unread, as by getopt. Which options a
    verb takes is not looked at: here every verb of `command` may have them.
    """
    drop_in = command == DROP_IN.name
    vocabulary = _Vocabulary(of_command(command), abbreviations=drop_in)
    given: list[Given] = []
    others: list[str] = []
    rest = tuple(words)
    while rest:
        if rest[0] == "--":
            others += rest[1:]
            break
        if not rest[0].startswith("-") or rest[0] == "-":
            if drop_in:
                others += rest
                break
            others.append(rest[0])
            rest = rest[1:]
            continue
        try:
            read, rest = vocabulary.read(rest)
        except getopt.GetoptError as error:
            remedy = vocabulary.suggest(error.opt, rest[0]) or _elsewhere(error.opt, command)
            raise GrammarError(error.msg, Typed(command, tuple(given), tuple(others)), remedy=remedy) from None
        given += read
    return Typed(command, tuple(given), tuple(others))


def _with_verb(typed: Typed) -> tuple[Typed, GrammarError | None]:
    """Take the first word for the verb: (what was typed, what is wrong with the verb or its options)."""
    verbs = verbs_of(typed.command)
    names = [spec.name.split()[1] for spec in verbs]
    ways = do("Write:" if len(verbs) == 1 else "Write one of these:", *(spec.written for spec in verbs))
    if not typed.words:
        return typed, GrammarError(f"{typed.command} needs {' or '.join(names)} after it.", typed, remedy=ways)
    word, *rest = typed.words
    if word not in names:
        meant = [name for name in names if name.startswith(word)] or near(word, names)
        return typed, GrammarError(
            f"{typed.command} has no {command_line(word)}: it has {' and '.join(names)}.",
            typed,
            remedy=did_you_mean(f"{typed.command} {name}" for name in meant) or ways,
        )
    whole = Typed(f"{typed.command} {word}", typed.given, tuple(rest))
    taken = of_command(whole.command)
    for each in typed.given:
        if each.option not in taken:
            message = f"{whole.command} does not take {each.spelled}."
            return whole, GrammarError(message, whole, remedy=_elsewhere(each.option.name, whole.command))
    return whole, None


def _elsewhere(name: str, command: str) -> str | None:
    """Say which commands an option is for, when it is not for this one."""
    option = next((option for option in OPTIONS if option.name == name), None)
    if option is None or option in of_command(command):
        return None
    return f"--{name} is for {', '.join(option.commands)}."


def with_one_dash(given: Given) -> str | None:
    """Give `--role` for what was typed as `-role`, which getopt reads as `-r ole`; None for anything else."""
    if not given.glued or given.spelled.startswith("--"):
        return None
    meant = f"-{given.spelled}{given.value.partition('=')[0]}"
    return meant if any(meant in option.spellings for option in OPTIONS) else None


def swallowed(given: Given, options: Iterable[Option]) -> str | None:
    """Give the option that was typed where the value of another one should be, as by an unset variable; or None."""
    follows = given.value.partition("=")[0]
    taken = given.option.value and not given.glued and any(follows in option.spellings for option in options)
    return follows if taken else None


class _Vocabulary:
    """The options of one command, in the form in which getopt takes them."""

    def __init__(self, options: Sequence[Option], *, abbreviations: bool) -> None:
        self._by_spelling = {spelling: option for option in options for spelling in option.spellings}
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
        meant = [name for name in names if name in (hyphened, underscored)]
        meant = meant or [name for name in abbreviated if name.startswith(unknown)]
        meant = meant or [name for name in names if name.startswith((unknown, hyphened))]
        if word.startswith("--"):
            meant = meant or near(underscored, names)
            meant = meant or near(hyphened, names)
        return did_you_mean(f"--{name}" for name in dict.fromkeys(meant))

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


def _wrong_words(typed: Typed, spec: Spec, *, named: bool) -> GrammarError:
    """Say which words are too many, or which are missing. named: a command stands first."""
    missing = spec.needed[len(typed.words) :]
    if missing:
        return GrammarError(f"{spec.name} needs {' and '.join(missing)}.", typed, remedy=do("Write:", spec.written))
    extra = typed.words[spec.most :]
    pasted = extra[0].startswith(_LONG_DASHES)
    if not typed.given and spec.drop_in and not pasted and (meant := near(extra[0], FIRST_WORDS)):
        remedy = did_you_mean(f"the command {name}" for name in meant)
        return GrammarError(f"There is no command {command_line(extra[0])}.", typed, remedy=remedy)
    if not typed.given and not named and len(extra) == 1 and _NAME.fullmatch(extra[0]):
        return GrammarError(f"There is no command {extra[0]}.", typed, remedy=_with_a_name(extra[0]))
    vocabulary = _Vocabulary(of_command(spec.name), abbreviations=spec.drop_in)
    # A secret with a blank in it and no quotes around it leaves its second half behind.
    hidden = bool(typed.given) and typed.given[-1].option.secret and not spec.most
    shown = ["***", *vocabulary.masked(extra[1:])] if hidden else vocabulary.masked(extra)
    quoted = [word if word.endswith("***") else command_line(word) for word in shown]
    message = f"Not understood: {quoted[0]}"
    if len(quoted) > 1:
        message += f", and what followed: {' '.join(quoted[1:])}"
    return GrammarError(f"{message}.", typed, remedy=_after_left_over(extra[0], typed, named=named))


_NAME = re.compile(r"/?[A-Za-z][A-Za-z0-9._/-]*")
"""What a service may be called."""

_LONG_DASHES = ("\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015", "\u2212")
"""What word processors and wikis make of the dash before an option."""


def _with_a_name(name: str) -> str:
    """What somebody may want who types the name of a service alone."""
    return (
        do("If it is a service, see where it stands:", command_line("janitor", "status", name))
        .also("To remove what is reserved for it, give its role, its principal and its znode as options.")
        .also("To see every command:", "janitor help")
    )


def _after_left_over(word: str, typed: Typed, *, named: bool) -> str:
    """What to do about the first word that is too many."""
    if word in FIRST_WORDS:
        return do("A command comes first:", f"{command_line('janitor', word)} ...")
    if word.startswith(_LONG_DASHES) and word.strip("".join(_LONG_DASHES)):
        name = word.lstrip("".join(_LONG_DASHES))
        return (
            f"Nothing was done. {word[0]} is a long dash, as word processors write it. An option begins with a plain "
            f"one: {'-' if len(name) == 1 else '--'}{name}"
        )
    for each in typed.given:
        if (meant := with_one_dash(each)) is not None:
            return f"Nothing was done. A long option begins with two dashes: {meant}"
        if (follows := swallowed(each, of_command(typed.command))) is not None:
            return f"Nothing was done. {each.spelled} has no value: {follows} follows it. Is a shell variable unset?"
    plain = "Nothing was done. A value with blanks in it needs quotes, and an option begins with a dash."
    return (
        do(f"{plain} See what it takes:", command_line("janitor", "help", *typed.command.split())) if named else plain
    )
