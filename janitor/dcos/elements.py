"""A part of a service as an operator types it: a pod by its name; a phase or a step by name, or by how its id begins.

Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TypeVar

from janitor.dcos.naming import near_names
from janitor.dcos.scheduler import Phase, Plan, PodInstance, PodTask, Step
from janitor.errors import UsageError
from janitor.words import MOST_NAMES, called, did_you_mean, listed, near

T = TypeVar("T", Phase, Step)

SHORTEST = 4
"""Characters of an id, as git wants them of a commit's."""

_ID_IN_NAME = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
"""`unreserve-<id of the resource>`: the id at the end of a name may be shortened, too. The rest of a name may not:
`node-1` is not short for `node-10`."""


def chain(plan: Plan, words: Sequence[str]) -> list[Phase | Step]:
    """The phase and the step that were named, as far as they were.

    Raises UsageError, with what there is, for a phase or a step that the plan does not have, or has several of.
    """
    if not words:
        return []
    phase = find("phase", words[0], plan.phases, f"Plan {called(plan.name)}")
    if len(words) == 1:
        return [phase]
    return [phase, find("step", words[1], phase.steps, f"Phase {called(phase.name)}")]


def made_of(plan: Plan) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What the plan is made of, by names and by ids, which every start of a scheduler gives anew."""
    return [(phase.id, phase.name, [(step.id, step.name) for step in phase.steps]) for phase in plan.phases]


def check_pod(word: str, pods: Sequence[PodInstance]) -> None:
    """Raise UsageError, with what comes near, when there is no pod of this name."""
    names = [pod.name for pod in pods]
    if word not in names:
        raise UsageError(
            f"There is no pod {word}.",
            remedy=did_you_mean(map(called, near_names(word, names))) or f"Its pods: {listed(names, MOST_NAMES)}",
        )


def tasks_of(name: str, pods: Sequence[PodInstance]) -> dict[str, PodTask]:
    """The tasks of a pod by their ids, which a new start changes."""
    return {task.id: task for pod in pods if pod.name == name for task in pod.tasks}


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
