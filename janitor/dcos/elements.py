"""A phase or a step of a plan by what an operator types: its name, its id, or the first characters of its id. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from janitor.dcos.scheduler import Phase, Step
from janitor.errors import UsageError
from janitor.words import MOST_NAMES, called, did_you_mean, listed, near

T = TypeVar("T", Phase, Step)

SHORTEST = 4
"""Characters of an id, as git wants them of a commit's."""

_ID_IN_NAME = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
"""`unreserve-<id of the resource>`: the id at the end of a name may be shortened, too. The rest of a name may not:
`node-1` is not short for `node-10`."""


def find(kind: str, word: str, elements: Sequence[T], owner: str) -> T:
    """The first one of exactly this name or id, else the only one whose id begins so. Raises UsageError."""
    exact = next((one for one in elements if word in (one.name, one.id)), None)
    if exact is not None:
        return exact
    short = [one for one in elements if _is_short_for(word, one)]
    if len(short) == 1:
        return short[0]
    if short:
        raise UsageError(
            f"{owner} has {len(short)} {kind}s that begin with {called(word)}.",
            remedy=f"Which one: {listed((_shown(one) for one in short), MOST_NAMES)}",
        )
    names = [one.name for one in elements]
    raise UsageError(
        f"{owner} has no {kind} {called(word)}.",
        remedy=did_you_mean(map(called, near(word, names))) or f"Its {kind}s: {listed(names, MOST_NAMES)}",
    )


def called_as(word: str, element: Phase | Step) -> str:
    """What messages call it: as it was typed, its name where that was short."""
    return word if word in (element.name, element.id) else element.name or element.id


def _is_short_for(word: str, element: Phase | Step) -> bool:
    if element.id.startswith(word):
        return len(word) >= SHORTEST
    inside = _ID_IN_NAME.search(element.name)
    return inside is not None and element.name.startswith(word) and len(word) >= inside.start() + SHORTEST


def _shown(element: Phase | Step) -> str:
    return f"{element.name} ({element.id})" if element.id else element.name
