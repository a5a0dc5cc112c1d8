"""What can be done to a plan over HTTP (dcos-commons: http/queries/PlansQueries.java)."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from janitor.sandbox.dcos.sdk.plan import COMPLETE, PENDING, Phase, Plan, Step
from janitor.sandbox.dcos.sdk.release import Release

REPEATED = "Command has already been reported or completed"

Element = TypeVar("Element", Phase, Step)


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, and a JSON document or a text."""

    status: int
    body: str
    is_json: bool = False

    @classmethod
    def of(cls, document: object, status: int = 200) -> Answer:
        """JSON as the SDK writes it: pretty."""
        return cls(status, json.dumps(document, indent=2), is_json=True)


class _NotFound(Exception):
    pass


def command(plan: Plan, verb: str, phase_name: str | None, step_name: str | None, release: Release) -> Answer | None:
    """Do `verb` to the plan, a phase or a step; None for a verb that there is not."""
    if verb not in _VERBS:
        return None
    if step_name is not None and phase_name is None:
        return Answer(400, "Missing phase")
    if verb == "forceComplete" and not release.strategies and (phase_name is None or step_name is None):
        return Answer(400, "Missing phase" if phase_name is None else "Missing step")
    try:
        phase = _find(plan.phases, phase_name, "Phase")
        step = _find(phase.steps, step_name, "Step") if phase is not None else None
    except _NotFound as error:
        return Answer(404, str(error) if release.names_what_is_missing else "Element not found")
    if not _VERBS[verb](plan, phase, step) and release.repeats_are_208:
        return Answer(208, REPEATED)
    said = f"Received cmd: {verb}"
    if verb in ("forceComplete", "restart") and release.strategies:
        parts = (("Plan", plan.name), ("Phase", phase_name), ("Step", step_name))
        said += " for " + ", ".join(f"{what}: {name}" for what, name in parts if name is not None)
    return Answer.of({"message": said})


def _find(elements: Iterable[Element], name: str | None, what: str) -> Element | None:
    """By name, or by id where the text is a UUID; two of one name are none."""
    if name is None:
        return None
    try:
        wanted = str(uuid.UUID(name))
        found = [element for element in elements if element.id == wanted]
    except ValueError:
        found = [element for element in elements if element.name == name]
    if len(found) != 1:
        raise _NotFound(f"{what} {name} not found")
    return found[0]


def _steps(plan: Plan, phase: Phase | None, step: Step | None) -> list[Step]:
    if step is not None:
        return [step]
    return [each for one in ([phase] if phase is not None else plan.phases) for each in one.steps]


def _set(steps: list[Step], status: str) -> bool:
    changed = [step for step in steps if step.status != status]
    for step in changed:
        step.status = status
    return bool(changed)


def _force(plan: Plan, phase: Phase | None, step: Step | None) -> bool:
    return _set(_steps(plan, phase, step), COMPLETE)


def _restart(plan: Plan, phase: Phase | None, step: Step | None) -> bool:
    return _set(_steps(plan, phase, step), PENDING)


def _hold(plan: Plan, phase: Phase | None, interrupted: bool) -> bool:
    element = plan if phase is None else phase
    if element.interrupted == interrupted or element.status == COMPLETE:
        return False
    element.interrupted = interrupted
    return True


def _interrupt(plan: Plan, phase: Phase | None, _: Step | None) -> bool:
    return _hold(plan, phase, True)


def _continue(plan: Plan, phase: Phase | None, _: Step | None) -> bool:
    return _hold(plan, phase, False)


def _stop(plan: Plan, phase: Phase | None, step: Step | None) -> bool:
    _hold(plan, phase, True)
    _restart(plan, phase, step)
    return True


_VERBS = {
    "forceComplete": _force,
    "restart": _restart,
    "interrupt": _interrupt,
    "continue": _continue,
    "stop": _stop,
}
