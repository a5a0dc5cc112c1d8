"""Every command and every verb, declared once: the grammar, the help and the documents read this table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

CommandName: TypeAlias = Literal[
    "clean",
    "apply",
    "uninstall",
    "status",
    "scan",
    "sweep",
    "restore",
    "plan show",
    "plan force-complete",
    "pod list",
    "pod replace",
    "service list",
    "service shutdown",
    "config",
    "audit list",
    "audit show",
    "sandbox",
    "completion",
    "help",
    "version",
]
"""Every command, with its verb where it has one."""


Format: TypeAlias = Literal["transcript", "text", "json", "html", "openmetrics"]
"""How a command's result is shown. `transcript`: the original's lines; `text`: for people; `html`: a page to look
at; `openmetrics`: for monitoring."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One command, or one verb of one.

    name          its words on the command line; `plan show` is the verb `show` of `plan`
    words         what follows them, such as `NAME [PLAN]`: in brackets what may be left out
    drop_in       it is the original's: parsed by getopt's rules, and what a command line without a command means
    own_grammar   it reads its words itself, options included
    reaches       it reaches a cluster
    changes       it changes something there
    formats       what `--output` may ask of it
    """

    name: CommandName
    summary: str
    words: str = ""
    drop_in: bool = False
    own_grammar: bool = False
    reaches: bool = True
    changes: bool = False
    formats: tuple[Format, ...] = ("text", "json")

    @property
    def needed(self) -> tuple[str, ...]:
        """The words that it cannot do without."""
        return tuple(word for word in self.words.split() if not word.startswith("["))

    @property
    def most(self) -> int:
        """How many words it takes."""
        return len(self.words.split())

    @property
    def written(self) -> str:
        """The way to write it."""
        return f"janitor {self.name} {self.words}".rstrip()

    @property
    def module(self) -> str:
        """The module that runs it, imported only then."""
        return f"janitor.cli.commands.{self.name.partition(' ')[0]}"


DROP_IN = Spec(
    "clean",
    "remove what a service left (the default)",
    drop_in=True,
    changes=True,
    formats=("transcript", "text", "json"),
)

COMMANDS: dict[str, Spec] = {
    spec.name: spec
    for spec in (
        DROP_IN,
        Spec("apply", "remove exactly what a saved plan says", "FILE", changes=True),
        Spec("uninstall", "uninstall a service and finish what is stuck", "NAME", changes=True),
        Spec("status", "say where a service stands, what is stuck and why", "NAME"),
        Spec(
            "scan",
            "show who holds what, and what is abandoned",
            formats=("text", "json", "html", "openmetrics"),
        ),
        Spec("sweep", "remove everything that a scan calls abandoned", changes=True),
        Spec("restore", "put a znode back that --backup saved", "FILE", changes=True),
        Spec("plan show", "show a plan (default: deploy)", "NAME [PLAN]"),
        Spec(
            "plan force-complete",
            "force a plan, a phase or a step to COMPLETE",
            "NAME PLAN [PHASE [STEP]]",
            changes=True,
        ),
        Spec("pod list", "list the pods of a service, and their tasks", "NAME"),
        Spec("pod replace", "start a pod anew, on another agent and without its data", "NAME POD", changes=True),
        Spec("service list", "list the frameworks of the cluster"),
        Spec("service shutdown", "shut a framework down, with all its tasks", "ID|NAME", changes=True),
        Spec("audit list", "list the runs of an audit log", "FILE", reaches=False),
        Spec("audit show", "show what was removed, and how to reserve it again", "FILE", reaches=False),
        Spec("config", "show the settings, and where each comes from", reaches=False),
        Spec("sandbox", "start a cluster to rehearse on", "[OPTION]...", own_grammar=True, reaches=False),
        Spec("completion", "print what completes commands in a shell", "bash|zsh|fish", reaches=False),
        Spec("help", "explain a command", "[COMMAND [VERB]]", reaches=False),
        Spec("version", "show the version", reaches=False),
    )
}

REACH: tuple[CommandName, ...] = tuple(spec.name for spec in COMMANDS.values() if spec.reaches)
"""The commands that reach a cluster."""

EVERYWHERE: tuple[CommandName, ...] = (*REACH, "config")
"""Those, and the one that shows what they are told about it."""

CHANGES: tuple[CommandName, ...] = tuple(spec.name for spec in COMMANDS.values() if spec.changes)
"""The commands that change something there."""

WITH_VERBS: dict[str, str] = {
    "plan": "show a plan, or force a part of it",
    "pod": "list or replace pods",
    "service": "list frameworks, or shut one down",
    "audit": "read an audit log",
}
"""The commands that a verb follows, with what they are for."""

FORMATS: dict[Format, str] = {
    "transcript": "the original's lines: clean's default in a pipe",
    "text": "for people",
    "json": "one document at the end",
    "html": "a page to look at in a browser, of scan",
    "openmetrics": "for monitoring, of scan",
}
"""What `--output` may ask of any command, and what it gives."""

FIRST_WORDS: tuple[str, ...] = tuple(dict.fromkeys(name.partition(" ")[0] for name in COMMANDS))
"""The words that a command begins with."""


def verbs_of(command: str) -> tuple[Spec, ...]:
    """Give the verbs of a command, in the order of the table; none where it has none."""
    return tuple(spec for name, spec in COMMANDS.items() if name.startswith(f"{command} "))
