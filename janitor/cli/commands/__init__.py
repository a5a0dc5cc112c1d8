"""The commands. A new one is a module of this package with `run(command, env, engine) -> Ending`, and a line here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spec:
    """What the grammar and the help need to know about a command.

    words         its words in the help, such as `NAME [PLAN]`
    least, most   how many words it takes
    drop_in       it is the original's: parsed by getopt's rules, and what a command line without a command means
    own_grammar   it reads its words itself, options included
    """

    name: str
    summary: str
    words: str = ""
    least: int = 0
    most: int = 0
    drop_in: bool = False
    own_grammar: bool = False

    @property
    def module(self) -> str:
        """The module that runs it, imported only then."""
        return f"janitor.cli.commands.{self.name}"


DROP_IN = Spec("clean", "remove what a service left (the default)", drop_in=True)

COMMANDS: dict[str, Spec] = {
    spec.name: spec
    for spec in (
        DROP_IN,
        Spec("uninstall", "uninstall a service and finish what is stuck", words="NAME", least=1, most=1),
        Spec("status", "say where a service stands, what is stuck and why", words="NAME", least=1, most=1),
        Spec("plan", "show a plan, or force a part of it", words="show|force-complete NAME ...", least=2, most=5),
        Spec("pod", "list or replace pods", words="list|replace NAME [POD]", least=2, most=3),
        Spec("service", "list frameworks, or shut one down", words="list|shutdown [ID|NAME]", least=1, most=2),
        Spec("sandbox", "start a cluster to rehearse on", words="[OPTION]...", own_grammar=True),
        Spec("help", "explain a command", words="[COMMAND]", most=1),
        Spec("version", "show the version"),
    )
}
