"""The one way from argv to a typed value. What was understood of a command line holds for its errors, too."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from janitor.cli.arguments import grammar, local
from janitor.cli.arguments.grammar import Given, GrammarError, Typed
from janitor.cli.arguments.kinds import Many, Option, Switch, Text
from janitor.cli.arguments.options import CONFIG, OPTIONS, OUTPUT, PROFILE, ZK_PATH, of_command
from janitor.cli.arguments.values import Place, Values, refuse_other_encodings
from janitor.cli.arguments.verbs import COMMANDS, DROP_IN
from janitor.cli.environment import Environment
from janitor.errors import JanitorError, UsageError
from janitor.message import Again
from janitor.rules import CLUSTER_FRAMEWORK
from janitor.secret import Secret
from janitor.target import Limits, Target
from janitor.words import own_command

if TYPE_CHECKING:
    from janitor.cli.arguments.commands import Arguments, Audit

PROXIES = {"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"}
"""What names a proxy, in small letters, too: it may hold a user and a password."""

OF_THE_DCOS_CLI = {"DCOS_ACS_TOKEN", "DCOS_DCOS_ACS_TOKEN"}, {"DCOS_URL", "DCOS_DCOS_URL"}
"""Variables of the DC/OS CLI that hold a token, or a URL: they are not shown, whatever becomes of them."""


class Line:
    """A command line, as far as it can be read. Making one raises nothing: `check` does.

    command   what it is about: `clean`, `plan show`; the first word alone, such as `plan`, where the verb is wrong
    drop_in   the original would have cleaned up, or said how to (rule C5): `clean`, and an empty command line
    json      one document is wanted instead of text, also of an error
    """

    def __init__(self, argv: Sequence[str], env: Environment) -> None:
        self._env = env
        self._wrong: Exception | None = None
        self._values: Values | None = None
        self.json = _wants_json(argv, env.environ)
        try:
            self._typed = grammar.parse(argv)
        except GrammarError as error:
            self._typed, self._wrong = error.typed, error
        except Exception as error:  # a bug: told when there is who tells it
            self._typed, self._wrong = Typed(DROP_IN.name), error
        self.command = self._typed.command
        self.drop_in = self.command == DROP_IN.name or self._typed.bare
        _hide_secrets(self._typed, env)

    def check(self) -> None:
        """Look at the words alone. Raises UsageError for what cannot be meant by them."""
        if self._wrong is not None:
            raise self._wrong
        if not COMMANDS[self.command].own_grammar:
            for word in self._typed.words:
                refuse_other_encodings(word, f"What {self.command} was given")

    def asked(self) -> Arguments:
        """What was asked for, complete. Contacts nothing; reads the files that were named.

        Raises UsageError for what cannot be meant, BadUrl for the URLs (last, in the original's order), and what
        reading a file raises: OutOfTime, Interrupted.
        """
        self.check()
        if CONFIG not in of_command(self.command):
            return local.asked(self._typed, self._env.environ)
        from janitor.cli.arguments.configuration import values_of
        from janitor.cli.arguments.makers import asked

        self._values = values = values_of(self._typed, self._env)
        output = values.text(OUTPUT)
        self.json = output is not None and output.text == "json"
        return asked(self._typed, values, self._env)

    def where(self) -> tuple[Target, Limits, Audit | None]:
        """Where Marathon is, how long it may take and what keeps a record, of a line that is in error: as well as it
        tells (rule C5).
        """
        from janitor.cli.arguments.configuration import values_of
        from janitor.cli.arguments.makers import audit_log
        from janitor.cli.arguments.target import as_far_as_told

        typed = dataclasses.replace(self._typed, command=DROP_IN.name)  # also where nothing was typed
        try:
            try:
                values = values_of(typed, self._env)
            except JanitorError:  # the configuration file is wrong
                values = Values(typed, self._env.environ)
            target, limits = as_far_as_told(values, self._env)
            with contextlib.suppress(JanitorError):
                return target, limits, audit_log(typed, values)
            return target, limits, None
        except UsageError:
            return Target(), Limits(), None

    def again(self, wanted: Again) -> str | None:
        """The whole command line once more, as `wanted` says, ready to be pasted; None where that cannot be said.

        What variables of the environment gave stands in it, too: it is pasted into another shell. Secrets are left out.
        """
        if self._wrong is not None or COMMANDS[self.command].own_grammar:
            return None
        options = of_command(self.command)
        if any(word.startswith("-") and _named(word, options) is None for word in wanted.more) or (
            "--override" in wanted.more and self.command != DROP_IN.name and CLUSTER_FRAMEWORK not in wanted.more
        ):
            return None
        replaced = {
            option for word in wanted.more if (option := _named(word, options)) and not isinstance(option, Many)
        }
        replaced |= {option for word in wanted.without if (option := _named(word, options))}
        kept = [option for option in options if not option.secret and option not in replaced]
        typed = [each for each in self._typed.given if each.option in kept]
        words = [word for each in typed for word in _as_typed(each)]
        try:
            # Without what is replaced: it may be what was wrong.
            read = dataclasses.replace(self._typed, given=tuple(typed))
            values = self._values or Values(read, self._env.environ)
            for option in kept:
                if option is PROFILE and values.stored.aside:  # another cluster is named
                    continue
                if not values.is_typed(option) and (option is not ZK_PATH or self.drop_in):
                    words += _by_variable(option, values)
        except UsageError:
            return None
        named = () if self.command == DROP_IN.name else self.command.split()
        words += wanted.more
        if any(word.startswith("-") for word in self._typed.words):
            return own_command([*words, "--", *self._typed.words], *named)
        return own_command(words, *named, *self._typed.words)


def _named(word: str, options: Sequence[Option]) -> Option | None:
    """The option that a word spells, with or without its value."""
    return next((option for option in options if word.partition("=")[0] in option.spellings), None)


def _as_typed(given: Given) -> list[str]:
    if not given.option.value:
        return [given.spelled]
    if given.glued or given.value.startswith("-"):
        return [f"--{given.option.name}={given.value}"]
    return [given.spelled, given.value]


def _by_variable(option: Option, values: Values) -> list[str]:
    """The words that say the same as the variable of an option."""
    name = f"--{option.name}"
    if isinstance(option, Switch):
        return [name] if values.place(option) is Place.VARIABLE and values.on(option) else []
    assert isinstance(option, Many | Text)
    return [word for value in values.each(option) if value.place is Place.VARIABLE for word in (name, value.text)]


def parse(argv: Sequence[str], env: Environment) -> Arguments:
    """From the words of a command line to what it asks for. Raises as `Line.asked` does."""
    return Line(argv, env).asked()


def _wants_json(words: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether a document was asked for, on a command line that may not be readable otherwise."""
    name = f"--{OUTPUT.name}"
    said = [after for word, after in itertools.pairwise(words) if word == name]
    said += [word.removeprefix(f"{name}=") for word in words if word.startswith(f"{name}=")]
    return (said[-1] if said else environ.get(OUTPUT.variable or "", "")) == "json"


def _hide_secrets(typed: Typed, env: Environment) -> None:
    """Have no secret of the command line or the environment shown from here on, whatever else goes wrong."""
    tokens, urls = OF_THE_DCOS_CLI
    secrets = {option.variable for option in OPTIONS if option.secret} | tokens
    places = {option.variable for option in OPTIONS if option.place} | urls | PROXIES | {p.lower() for p in PROXIES}
    env.hide(*(Secret(given.value) for given in typed.given if given.option.secret))
    env.hide(*(Secret(text) for name, text in env.environ.items() if name in secrets))
    for place in [given.value for given in typed.given if given.option.place] + [
        text for name, text in env.environ.items() if name in places
    ]:
        env.redact.hide_password_in(place)
