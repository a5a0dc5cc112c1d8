"""The man page, made from the tables of commands and options (roff, section 1). Pure."""

from __future__ import annotations

from collections.abc import Iterator

import janitor
from janitor.cli.arguments.kinds import Group, Option
from janitor.cli.arguments.options import OPTIONS
from janitor.cli.arguments.verbs import COMMANDS, DROP_IN
from janitor.cli.guides import GUIDES, Guide
from janitor.cli.manual import wrapped
from janitor.exits import MEANINGS


def page() -> str:
    """Give the whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield f'.TH JANITOR 1 "" "janitor {janitor.__version__}" "Janitor"'
    yield ".SH NAME"
    yield "janitor \\- remove what a Mesos or DC/OS service left behind"
    yield ".SH SYNOPSIS"
    for spec in COMMANDS.values():
        yield ".br" if spec is not DROP_IN else ".nh"
        if spec is DROP_IN:
            yield _text("janitor [clean] [-r ROLE] [-p PRINCIPAL] [-z ZNODE] [OPTION]...")
        else:
            yield _text(spec.written)
    yield ".SH DESCRIPTION"
    yield _text(
        "Janitor removes the reservations, the persistent volumes and the znode of a service, on the agents of an "
        "Apache Mesos or DC/OS cluster. It removes only what was named, and proves it gone."
    )
    yield ".SH COMMANDS"
    for spec in COMMANDS.values():
        yield ".TP"
        yield f".B {_text(f'{spec.name} {spec.words}'.rstrip())}"
        yield from _guide(GUIDES[spec.name])
    yield ".SH OPTIONS"
    for group in Group:
        yield f".SS {group.value}"
        for option in OPTIONS:
            if option.group is group:
                yield from _option(option)
    yield ".SH EXIT STATUS"
    for status, meaning in MEANINGS.items():
        yield ".TP"
        yield f".B {status.value}"
        yield _text(_sentence(meaning))
    yield ".SH ENVIRONMENT"
    yield _text(
        "Most options can be given as a variable, such as JANITOR_ROLE or JANITOR_DRY_RUN=yes. Lists are separated by "
        "blanks. The command line wins."
    )
    yield ".SH FILES"
    yield ".TP"
    yield ".B ~/.config/janitor/config.toml"
    yield _text(
        "What holds for every run: its keys are the long names of options, without dashes before them, and those of "
        "one cluster stand in [profiles.NAME]. No secret is in it."
    )
    yield ".SH EXAMPLES"
    for example in GUIDES[DROP_IN.name].examples:
        yield from _example(example)


def _guide(guide: Guide) -> Iterator[str]:
    """What a command does, its words, its examples, its exit statuses."""
    yield _text(guide.does)
    yield ".RS"
    for word, meaning in guide.words:
        yield from [".TP", f".I {_text(word)}", _text(_sentence(meaning))]
    for example in guide.examples:
        yield from _example(example)
    for status, meaning in guide.statuses.items():
        yield from [".TP", f".B {status.value}", _text(_sentence(meaning))]
    yield ".RE"


def _example(example: str) -> Iterator[str]:
    yield from [".PP", ".nf", *(_text(line) for line in wrapped(example, 72)), ".fi"]


def _option(option: Option) -> Iterator[str]:
    value = f" {option.value}" if option.value else ""
    yield ".TP"
    yield f".B {_text(', '.join(option.spellings) + value)}"
    text = _sentence(option.explained)
    if not option.everywhere:
        text += f" Of: {', '.join(option.commands)}."
    if option.variable:
        text += f" Variable: {option.variable}."
    yield _text(text)


def _sentence(text: str) -> str:
    return text if text.startswith("`") else f"{text[0].upper()}{text[1:]}."


def _text(text: str) -> str:
    """Words as roff takes them: no line begins with what it would obey, and a hyphen is the character of options."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


if __name__ == "__main__":
    print(page(), end="")  # noqa: T201
