"""The help texts, and docs/options.md, made from the tables: nothing about an option is written twice."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator

from janitor.cli.arguments.kinds import Group, Option
from janitor.cli.arguments.options import OPTIONS, OUTPUT, help_for
from janitor.cli.arguments.options import of_command as options_of
from janitor.cli.arguments.verbs import COMMANDS, DROP_IN, WITH_VERBS, CommandName, Spec, verbs_of
from janitor.cli.guides import GUIDES
from janitor.exits import MEANINGS, Exit

WIDTH = 80
_COLUMN = 29
_BAR = "\\|"  # as a table in Markdown has it


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
            *_examples(GUIDES[DROP_IN.name].examples),
            "",
            *_options(DROP_IN),
            *_statuses(MEANINGS),
            "",
            "More about a command: janitor help COMMAND",
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
            *_examples(tuple(GUIDES[spec.name].examples[-1] for spec in verbs)),
            "",
            f"More about one of them: janitor help {verbs[0].name}",
        ]
    )


def ending(command: CommandName) -> str:
    """What the help of a command ends with: its examples, its exit statuses, the page to read on."""
    guide = GUIDES[command]
    return "\n".join([*_examples(guide.examples), "", *_statuses(guide.statuses), "", f"Read more: {guide.page}"])


def _of_command(spec: Spec) -> str:
    guide = GUIDES[spec.name]
    lines = [f"janitor {spec.name}: {spec.summary}.", "", *_usage(spec), "", *textwrap.wrap(guide.does, WIDTH), ""]
    if guide.words:
        lines.append("Words")
        for word, meaning in guide.words:
            lines += _entry(word, meaning)
        lines.append("")
    lines += [*_examples(guide.examples), "", *_options(spec), *_statuses(guide.statuses)]
    return "\n".join([*lines, "", f"Read more: {guide.page}"])


def _usage(spec: Spec) -> Iterator[str]:
    if spec.drop_in:
        yield f"Usage: janitor [{spec.name}] [-r ROLE] [-p PRINCIPAL] [-z ZNODE] [OPTION]..."
    else:
        yield f"Usage: {spec.written}{' [OPTION]...' if OUTPUT in options_of(spec.name) else ''}"


def _commands(specs: Iterable[Spec]) -> Iterator[str]:
    for spec in specs:
        yield from _entry(f"{spec.name} {spec.words}".rstrip(), spec.summary)


def _examples(examples: tuple[str, ...]) -> Iterator[str]:
    yield "Examples"
    for example in examples:
        yield from (f"  {line}" for line in wrapped(example, WIDTH - 2))


def wrapped(example: str, width: int) -> Iterator[str]:
    """The lines of an example, so wide at most: a shell reads them as one."""
    lines = textwrap.wrap(
        example.replace(" -", "\0-").replace(" <", "\0<").replace(" ", "\1").replace("\0", " "),
        width - 2,
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )
    for number, line in enumerate(lines, 1):
        yield line.replace("\1", " ") + (" \\" if number < len(lines) else "")


def _options(spec: Spec) -> Iterator[str]:
    """The options of a command, group by group, with an empty line after each group."""
    options = options_of(spec.name)
    for group in Group:
        members = [option for option in options if option.group is group]
        if members:
            yield group.value
            for option in members:
                yield from _entry(_heading(option), help_for(option, spec))
            yield ""
    if spec.drop_in:
        yield from _environment(options)
        yield ""


def _statuses(statuses: dict[Exit, str]) -> Iterator[str]:
    yield "Exit status"
    for status, meaning in statuses.items():
        yield from textwrap.wrap(f"  {status.value:<5}{meaning}", WIDTH, subsequent_indent=" " * 7)


def _heading(option: Option) -> str:
    short = f"-{option.short}, " if option.short else "    "
    if not option.value:
        return f"{short}--{option.name}"
    return f"{short}--{option.name}{'=' if option.legacy else ' '}{option.value}"


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
        "separated by blanks. The command line wins. Not by a variable: " + without + ". What holds for every run may "
        "stand in a configuration file: see janitor help config."
    )
    return ["Environment", *textwrap.wrap(text, WIDTH - 2, initial_indent="  ", subsequent_indent="  ")]


def options_document() -> str:
    """docs/options.md: every option of every command, with its variable."""
    lines = [
        "# Options",
        "",
        "Made from `janitor/cli/arguments/options.py`; a test keeps the two in step. Options of the original are",
        "spelled as it spelled them, and `clean` takes any unique prefix of them; the others are matched by their full",
        "name. `all`: every command that reaches a cluster. `file`: a [configuration file](configuration.md) may give",
        "it.",
        "",
        "| option | value | variable | file | commands | what it does |",
        "|---|---|---|---|---|---|",
    ]
    for option in OPTIONS:
        name = ", ".join(f"`{name}`" for name in option.spellings)
        variable = f"`{option.variable}`" if option.variable else "none"
        value = f"`{option.value}`" if option.value else ""
        file = "yes" if option.in_file else ""
        lines.append(f"| {name} | {value} | {variable} | {file} | {_taken_by(option)} | {option.explained} |")
    lines += ["", "## Commands", "", "| command | what it does |", "|---|---|"]
    written = ((spec.written.replace("|", "\\|"), spec.summary) for spec in COMMANDS.values())
    lines += [f"| `{command}` | {summary} |" for command, summary in written]
    for spec in COMMANDS.values():
        lines += _section(spec)
    lines += ["", "## Exit statuses", "", "| status | meaning |", "|---|---|"]
    lines += [f"| {status.value} | {meaning} |" for status, meaning in MEANINGS.items()]
    return "\n".join(lines) + "\n"


def _section(spec: Spec) -> Iterator[str]:
    """The section of docs/options.md about one command."""
    guide = GUIDES[spec.name]
    yield from ["", f"### {spec.name}", "", *textwrap.wrap(guide.does, 118), ""]
    for example in guide.examples:
        yield from (f"    {line}" for line in wrapped(example, 114))
    yield ""
    if guide.words:
        yield from ["| word | what it stands for |", "|---|---|"]
        yield from (f"| `{word.replace('|', _BAR)}` | {meaning} |" for word, meaning in guide.words)
        yield ""
    yield from ["| exit status | meaning |", "|---|---|"]
    yield from (f"| {status.value} | {meaning} |" for status, meaning in guide.statuses.items())


def _taken_by(option: Option) -> str:
    return "all" if option.everywhere else ", ".join(option.commands)


if __name__ == "__main__":
    print(options_document(), end="")  # noqa: T201
