"""What reaches no cluster: it is asked for here, without what the rest takes to load."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal, TypeAlias, get_args

from janitor.cli.arguments.grammar import GrammarError, Typed
from janitor.cli.arguments.options import ONE_RUN, OUTPUT
from janitor.cli.arguments.values import Stored, Value, Values, one_of
from janitor.cli.arguments.verbs import COMMANDS, FIRST_WORDS, WITH_VERBS, CommandName, verbs_of

if TYPE_CHECKING:
    from janitor.cli.arguments.effective import Setting

Shell = Literal["bash", "zsh", "fish"]
SHELLS: tuple[Shell, ...] = get_args(Shell)


@dataclass(frozen=True, slots=True)
class Sandbox:
    """`janitor sandbox`: it reads its words itself."""

    command: ClassVar[CommandName] = "sandbox"
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditList:
    """`janitor audit list FILE`."""

    command: ClassVar[CommandName] = "audit list"
    file: str


@dataclass(frozen=True, slots=True)
class AuditShow:
    """`janitor audit show FILE`. `run`: the id that one run's begins with; "" for all of them."""

    command: ClassVar[CommandName] = "audit show"
    file: str
    run: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """`janitor completion bash|zsh|fish`."""

    command: ClassVar[CommandName] = "completion"
    shell: Shell


@dataclass(frozen=True, slots=True)
class Help:
    """`janitor help [COMMAND [VERB]]`, `--help`. `topic` is a command that exists, None for Janitor itself.

    `bare`: the command line was empty, which ends with 1 (rule C3).
    """

    command: ClassVar[CommandName] = "help"
    topic: str | None = None
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """`janitor version`, `--version`."""

    command: ClassVar[CommandName] = "version"


@dataclass(frozen=True, slots=True)
class Config:
    """`janitor config`: the configuration file as it is used, and what every setting comes to."""

    command: ClassVar[CommandName] = "config"
    stored: Stored
    settings: tuple[Setting, ...]


NoCluster: TypeAlias = AuditList | AuditShow | Config | Sandbox | Completion | Help | Version
"""What reaches no cluster."""


def _audit(typed: Typed, values: Values) -> AuditList | AuditShow:
    if (output := values.text(OUTPUT)) is not None:
        one_of(output, COMMANDS[AuditShow.command].formats)
    if typed.command == AuditList.command:
        return AuditList(typed.words[0])
    return AuditShow(typed.words[0], values.plain(ONE_RUN) or "")


def asked(typed: Typed, environ: Mapping[str, str]) -> NoCluster:
    """What was asked for, by a command that has no settings.

    Raises UsageError, and GrammarError for what there is no help about.
    """
    if typed.command in (AuditList.command, AuditShow.command):
        return _audit(typed, Values(typed, environ))
    if typed.command == Sandbox.command:
        return Sandbox(typed.words)
    if typed.command == Version.command:
        return Version()
    if typed.command == Completion.command:
        return Completion(one_of(Value(typed.words[0], "The shell"), SHELLS))
    topic = " ".join(typed.words)
    if topic and topic not in COMMANDS and topic not in WITH_VERBS:
        known = tuple(spec.name for spec in verbs_of(typed.words[0])) or FIRST_WORDS
        raise GrammarError(f"There is no command {topic!r}.", typed, remedy=f"The commands: {', '.join(known)}.")
    return Help(topic or None, typed.bare)
