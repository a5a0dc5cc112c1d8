"""The help texts, and docs/options.md, made from the tables: nothing about an option is written twice."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from janitor.cli.arguments.kinds import Group, Option
from janitor.cli.arguments.options import OPTIONS
from janitor.cli.arguments.options import of_command as options_of
from janitor.cli.arguments.verbs import COMMANDS, DROP_IN, REACH, WITH_VERBS, Spec, verbs_of
from janitor.exits import MEANINGS

WIDTH = 80
_COLUMN = 29

EXAMPLES = """\
  janitor -r kafka-role -p kafka-principal -z dcos-service-kafka --dry-run
  janitor -r kafka-role -p kafka-principal -z dcos-service-kafka
  docker run mesosphere/janitor /janitor.py -r kafka-role -p kafka-principal \\
      -z dcos-service-kafka --auth_token=$(dcos config show core.dcos_acs_token)"""


def page(topic: str | None) -> str:
    """The help about a command, such as `plan show`, or `plan` with its verbs; about Janitor itself with None."""
    if topic is None:
        return _overview()
    return _of_verbs(topic) if topic in WITH_VERBS else _of_command(COMMANDS[topic])


def _overview() -> str:
    """What it is, how it is called, and the options of the drop-in."""
    return "\n".join(
        [
            "Janitor removes what an uninstalled Mesos or DC/OS service left behind: its",
            "reservations, persistent volumes and znode. Only that, and it proves them gone.",
            "",
            *_usage(DROP_IN),
            "       janitor COMMAND ...",
            "",
            "Commands",
            *_commands(COMMANDS.values()),
            "",
            *_details(DROP_IN),
        ]
    )


def _of_verbs(command: str) -> str:
    verbs = verbs_of(command)
    return "\n".join(
        [
            f"janitor {command}: {WITH_VERBS[command]}.",
            "",
            f"Usage: {verbs[0].written}",
            *(f"       {spec.written}" for spec in verbs[1:]),
            "",
            "Commands",
            *_commands(verbs),
            "",
            f"The options of one: janitor help {verbs[0].name}",
        ]
    )


def _of_command(spec: Spec) -> str:
    return "\n".join([f"janitor {spec.name}: {spec.summary}.", "", *_usage(spec), "", *_details(spec)]).rstrip()


def _usage(spec: Spec) -> Iterator[str]:
    if spec.drop_in:
        yield f"Usage: janitor [{spec.name}] [-r ROLE] [-p PRINCIPAL] [-z ZNODE] [OPTION]..."
    else:
        yield f"Usage: {spec.written}{' [OPTION]...' if spec.reaches else ''}"


def _commands(specs: Iterable[Spec]) -> Iterator[str]:
    for spec in specs:
        yield from _entry(f"{spec.name} {spec.words}".rstrip(), spec.summary)


def _details(spec: Spec) -> Iterator[str]:
    if spec.own_grammar:
        yield f"Its options: janitor {spec.name} --help"
        return
    if spec.drop_in:
        yield from ["Examples", EXAMPLES, ""]
    options = options_of(spec.name)
    for group in Group:
        members = [option for option in options if option.group is group]
        if members:
            yield group.value
            for option in members:
                yield from _entry(_heading(option), _explained(option))
            yield ""
    if spec.drop_in:
        yield from _environment(options)
        yield ""
        yield "Exit status"
        for status, meaning in MEANINGS.items():
            yield f"  {status.value:<5}{meaning}"


def _heading(option: Option) -> str:
    short = f"-{option.short}, " if option.short else "    "
    if not option.value:
        return f"{short}--{option.name}"
    return f"{short}--{option.name}{'=' if option.legacy else ' '}{option.value}"


def _explained(option: Option) -> str:
    return f"{option.help} (default {option.default})" if option.default else option.help


def _entry(heading: str, text: str) -> Iterator[str]:
    lines = textwrap.wrap(text, WIDTH - _COLUMN, break_long_words=False, break_on_hyphens=False)
    if len(heading) + 4 > _COLUMN:
        yield f"  {heading}"
        heading = ""
    for line in lines:
        yield f"{'  ' + heading:<{_COLUMN}}{line}"
        heading = ""


def _environment(options: tuple[Option, ...]) -> list[str]:
    without = ", ".join(f"--{option.name}" for option in options if not option.environ)
    text = (
        "Every option can be given as a variable, too, such as JANITOR_ROLE or JANITOR_DRY_RUN=yes; lists are "
        "separated by blanks. The command line wins. Not by a variable: " + without + "."
    )
    return ["Environment", *textwrap.wrap(text, WIDTH - 2, initial_indent="  ", subsequent_indent="  ")]


def options_document() -> str:
    """docs/options.md: every option of every command, with its variable."""
    lines = [
        "# Options",
        "",
        "Made from `janitor/cli/arguments/options.py`; a test keeps the two in step. Options of the original are",
        "spelled as it spelled them, and `clean` takes any unique prefix of them; the others are matched by their full",
        "name. `all`: every command that reaches a cluster.",
        "",
        "| option | value | variable | commands | what it does |",
        "|---|---|---|---|---|",
    ]
    for option in OPTIONS:
        name = ", ".join(f"`{name}`" for name in ([f"-{option.short}"] if option.short else []) + [f"--{option.name}"])
        variable = f"`{option.variable}`" if option.variable else "none"
        value = f"`{option.value}`" if option.value else ""
        lines.append(f"| {name} | {value} | {variable} | {_taken_by(option)} | {_explained(option)} |")
    lines += ["", "## Commands", "", "| command | what it does |", "|---|---|"]
    written = ((spec.written.replace("|", "\\|"), spec.summary) for spec in COMMANDS.values())
    lines += [f"| `{command}` | {summary} |" for command, summary in written]
    lines += ["", "## Exit statuses", "", "| status | meaning |", "|---|---|"]
    lines += [f"| {status.value} | {meaning} |" for status, meaning in MEANINGS.items()]
    return "\n".join(lines) + "\n"


def _taken_by(option: Option) -> str:
    return "all" if set(REACH) <= set(option.commands) else ", ".join(option.commands)


if __name__ == "__main__":
    print(options_document(), end="")  # noqa: T201
