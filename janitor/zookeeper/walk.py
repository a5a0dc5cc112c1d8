"""A walk through a tree of any size in bounded memory: what is below a node comes before the node itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException, NoAuthError, NoNodeError

from janitor.zookeeper.session import Session

CHUNK = 2_000
"""Nodes that are taken together."""

NAMES_HELD = 50_000
"""Names of children held for one level of the walk, give or take one node's: a tree can have millions."""

Parent = tuple[str, list[str]]
"""A node, and the names of its children."""


Answer = tuple[list[str], int] | KazooException
"""The names of a node's children, and the session that it lives as long as (0: it is not ephemeral); or a refusal."""

Ask = Callable[[Iterable[str]], Iterator[tuple[str, Answer]]]
"""Asks nodes for their children, and gives the answers in order."""


def asking(session: Session, client: KazooClient) -> Ask:
    """Ask many nodes side by side. Raises kazoo's exceptions when the connection is lost."""

    def ask(paths: Iterable[str]) -> Iterator[tuple[str, Answer]]:
        for path, answer in session.pipelined(lambda path: client.get_children_async(path, include_data=True), paths):
            if isinstance(answer, KazooException):
                yield path, answer
            else:
                names, stat = answer
                yield path, (names, stat.ephemeralOwner)

    return ask


class Visitor(Protocol):
    """What is done with the nodes on the way."""

    def enter(self, paths: list[str]) -> tuple[list[Parent], list[str]]:
        """Look at these; give those of them to be walked through, and those to be given once more later."""

    def leave(self, paths: list[str]) -> None:
        """Take these as done: everything below them was entered, and left."""


@dataclass(slots=True)
class Listed:
    """What is known of some nodes once they were asked for their children.

    leaves      have no children
    parents     have some
    live        are ephemeral; they never have children, and are not among the leaves
    unreadable  may not be listed
    unlisted    were not asked, since enough names are held
    """

    leaves: list[str] = field(default_factory=list)
    parents: list[Parent] = field(default_factory=list)
    live: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    unlisted: list[str] = field(default_factory=list)


def listed(ask: Ask, paths: list[str]) -> Listed:
    """Ask nodes for their children and for being ephemeral. What is not there any more is in none of the lists.

    Raises kazoo's exceptions when the connection is lost.
    """
    found = Listed()
    held = seen = 0

    def until_enough() -> Iterator[str]:
        nonlocal seen
        for seen, path in enumerate(paths, 1):  # noqa: B007  # read after the loop
            yield path
            if held > NAMES_HELD:
                return

    for path, answer in ask(until_enough()):
        if isinstance(answer, NoNodeError):
            continue
        if isinstance(answer, NoAuthError):
            found.unreadable.append(path)
        elif isinstance(answer, KazooException):
            raise answer
        elif answer[1]:
            found.live.append(path)
        elif answer[0]:
            found.parents.append((path, answer[0]))
            held += len(answer[0])
        else:
            found.leaves.append(path)
    found.unlisted = paths[seen:]
    return found


def walk(below: Parent, visitor: Visitor) -> None:
    """Show a visitor everything below a node, not the node itself."""
    stack = [_Level(_children([below]), [])]
    while stack:
        level = stack[-1]
        chunk = level.take(CHUNK)
        if not chunk:
            visitor.leave(level.parents)
            stack.pop()
            continue
        parents, later = visitor.enter(chunk)
        level.put_back = later + level.put_back
        if parents:
            stack.append(_Level(_children(parents), [path for path, _ in parents]))


@dataclass(slots=True)
class _Level:
    """Nodes still to be entered, whose parents are left once none is."""

    waiting: Iterator[str]
    parents: list[str]
    put_back: list[str] = field(default_factory=list)

    def take(self, count: int) -> list[str]:
        taken, self.put_back = self.put_back[:count], self.put_back[count:]
        return taken + list(islice(self.waiting, count - len(taken)))


def _children(parents: Iterable[Parent]) -> Iterator[str]:
    return (f"{path}/{name}" for path, names in parents for name in names)
