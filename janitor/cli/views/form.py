"""The form of everything that is wrong: what, why, do, and each command to paste on a line of its own. Pure.

janitor: The master http://m:5050/master/ cannot be reached.
  why: connection refused
  do:  Start it, or name another one:
         janitor -r kafka-role -m http://MASTER:5050/master/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from janitor.message import Message, Own, Remedy, Way, all_of
from janitor.words import folded

_WHY, _DO = "why: ", "do:  "


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    style     how a terminal with colours shows its first `styled` characters; all of it where that is None
    hanging   how far what is folded from it is indented; None for a line that is never folded, such as a command
    """

    text: str
    style: str = ""
    styled: int | None = None
    hanging: int | None = None


def labelled(label: str, text: str, style: str = "bold") -> Line:
    """One line that begins with a label, which a terminal may show in a colour."""
    return Line(label + text, style, len(label.rstrip()), min(len(label), 10))


def trouble(head: str, message: str, remedies: Iterable[str | None], own: Own) -> Iterator[Line]:
    """Everything about one thing: what it is behind `head`, why, and what to do, in the order of `remedies`."""
    said = Message.of(message)
    yield labelled(f"{head}: ", said.what, "bold yellow" if head == "Warning" else "bold red")
    yield from reason(said.why)
    yield from advice(all_of(remedies), own)


def notice(text: str, own: Own) -> Iterator[Line]:
    """Something worth knowing, and below it what to do, where it is made by `message.notice_of`."""
    first, *others = text.ways if isinstance(text, Remedy) else (Way(text),)
    return trouble("Notice", first.text, [Remedy(others)] if others else [], own)


def reason(why: str, indent: str = "  ") -> Iterator[Line]:
    """Why it is so; nothing where that is not known."""
    if why:
        yield labelled(f"{indent}{_WHY}", why)


def advice(remedy: str | None, own: Own, indent: str = "  ") -> Iterator[Line]:
    """What to do: sentences, and below each its commands; nothing where there is nothing to do."""
    label = f"{indent}{_DO}"
    below = " " * len(label)
    for way in Remedy.of(remedy).whole(own).ways if remedy else ():
        if way.text:
            yield labelled(label, way.text)
            label = below
        for command in way.commands:
            yield Line(f"{label if label != below else below + '  '}{command}", "cyan")
            label = below


def plain(lines: Iterable[Line], width: int | None) -> Iterator[str]:
    """The texts of lines, without colours, folded to the columns of a terminal; None where there is none."""
    for line in lines:
        if line.hanging is None:
            yield line.text
        else:
            yield from folded(line.text, width, following=" " * line.hanging)
