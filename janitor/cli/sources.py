"""Where an option's value comes from: the command line first, then the variable that stands for it.

A variable that is set but empty counts as not given, except where that would widen what is removed: an empty
JANITOR_ROLE, JANITOR_PRINCIPAL, JANITOR_ZK_PATH or JANITOR_LABEL is an error (rule S3). A variable whose name is nearly
one of ours is an error too: a misspelt JANITOR_PRINCIPAL would widen just as silently.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from janitor.cli.grammar import Command, Given
from janitor.cli.options import BY_NAME, ENVIRONMENT_PREFIX, Option, of_command
from janitor.errors import UsageError
from janitor.words import command, foreign

_YES = frozenset({"1", "true", "yes", "on"})
_NO = frozenset({"0", "false", "no", "off"})
_COMMAND_LINE_ONLY = ("override", "insecure")  # what weakens a safety catch is typed, each time (rule O5)
_ALIKE = 0.82  # JANITOR_PRINCIPLE and JANITOR_LABELS are near; JANITOR_PORT, as Kubernetes sets it, is not


@dataclass(frozen=True, slots=True)
class Value:
    """One value, and how messages call the place that it came from."""

    text: str
    source: str


def refuse_other_encodings(text: str, source: str, option: Option | None = None) -> None:
    """Stop at bytes that are no UTF-8: Mesos, Marathon and DC/OS know nothing else. A file's name may be any bytes.

    `option` is None for a word that is no option's value.
    """
    if option is not None and option.value == "FILE":
        return
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        what = "" if option is not None and option.secret else f": {foreign(text, 200)}"
        raise UsageError(
            f"{source} is not in UTF-8{what}",
            remedy="Is the terminal, or the script, in another encoding, as Latin-1? Nothing was done.",
        ) from None


class Sources:
    """The options of one command, looked up by name. Raises UsageError on construction for what cannot be meant."""

    def __init__(self, command: Command, environ: Mapping[str, str]) -> None:
        self._options = of_command(command.name)
        self._given: dict[str, list[Given]] = {}
        for given in command.given:
            self._given.setdefault(given.option.name, []).append(given)
        self._environ = {name: text for name, text in environ.items() if name.startswith(ENVIRONMENT_PREFIX)}
        self._refuse_mistyped_values(command.given)
        self._refuse_misspelt_variables()

    def value(self, name: str) -> Value | None:
        """The value of an option: the last one given, or its variable's. None when there is none."""
        option = BY_NAME[name]
        if name in self._given:
            last = self._given[name][-1]
            self._refuse_empty(option, last.value, f"option {last.spelled}")
            refuse_other_encodings(last.value, last.spelled, option)
            return Value(last.value, last.spelled)
        text = self._variable(option)
        return Value(text, option.variable or "") if text else None

    def values(self, name: str) -> list[Value]:
        """Every value of a repeatable option, in order; or the words of its variable, when it is not given."""
        option = BY_NAME[name]
        if name in self._given:
            for given in self._given[name]:
                self._refuse_empty(option, given.value, f"option {given.spelled}")
                refuse_other_encodings(given.value, given.spelled, option)
            return [Value(given.value, given.spelled) for given in self._given[name]]
        return [Value(word, option.variable or "") for word in (self._variable(option) or "").split()]

    def switch(self, name: str) -> bool:
        """Whether a switch is on."""
        text = "yes" if name in self._given else self._variable(BY_NAME[name]) or "no"
        if text.lower() not in _YES | _NO:
            raise UsageError(f"{BY_NAME[name].variable} is neither yes nor no: {text!r}.")
        return text.lower() in _YES

    def on_command_line(self, name: str) -> bool:
        """Whether the option itself was given, whatever the environment says."""
        return name in self._given

    def _variable(self, option: Option) -> str | None:
        if option.variable is None or option.variable not in self._environ:
            return None
        text = self._environ[option.variable]
        refuse_other_encodings(text, option.variable, option)
        if option.selects:
            self._refuse_empty(option, text.strip(), f"variable {option.variable}")
        return text

    def _refuse_empty(self, option: Option, text: str, source: str) -> None:
        """Stop at a value that is given but empty, where that cannot be meant (rule S3).

        The original's own options may be empty (an empty token is no token), except those that select.
        """
        if not text and (option.selects or not option.legacy):
            raise UsageError(
                f"The {source} is given but empty.",
                remedy="Is a shell variable unset? Nothing was done, since it could have meant more than you asked for."
                if option.selects
                else f"Leave it out, or give it as {option.spelled} {option.value}.",
            )

    def _refuse_mistyped_values(self, given: Sequence[Given]) -> None:
        """Stop when an option took the next option for its value: `-r $UNSET --dry-run` must not run (rule S3).

        And at `-r=x`, which is the role `=x` by getopt's rules, and meant by nobody.
        """
        ours = {f"--{option.name}" for option in self._options}
        ours |= {f"-{option.short}" for option in self._options if option.short}
        for each in given:
            if each.option.selects and each.glued and each.value.startswith("=") and not each.spelled.startswith("--"):
                apart = command(each.spelled, each.value[1:])
                raise UsageError(
                    f"{each.spelled}{each.value} means the value {each.value!r}, with the equals sign in it.",
                    remedy=f"Write {apart}, or {command(f'--{each.option.name}{each.value}')}",
                )
            if each.option.value and not each.glued and each.value.partition("=")[0] in ours:
                glued = f"--{each.option.name}=" + each.value.partition("=")[0]
                raise UsageError(
                    f"The option {each.spelled} has no value: {each.value.partition('=')[0]} follows it.",
                    remedy=f"Is a shell variable unset? If it is meant as the value, write {glued}",
                )

    def _refuse_misspelt_variables(self) -> None:
        known = {option.variable: option for option in self._options if option.variable}
        never = {ENVIRONMENT_PREFIX + name.upper(): name for name in _COMMAND_LINE_ONLY}
        for name in sorted(self._environ):
            if name in known:
                continue
            if name in never:
                raise UsageError(
                    f"{name} is not read: --{never[name]} is for the command line alone.", remedy=f"Unset {name}."
                )
            bare = {variable.removeprefix(ENVIRONMENT_PREFIX): variable for variable in known}
            near = difflib.get_close_matches(name.removeprefix(ENVIRONMENT_PREFIX), bare, n=1, cutoff=_ALIKE)
            if near:
                raise UsageError(f"The variable {name} is none of Janitor's.", remedy=f"Did you mean {bare[near[0]]}?")
