"""Plans of an SDK scheduler: phases, steps, how their statuses add up, and what can be done to them.

Sources: dcos-commons scheduler/plan/PlanUtils.java (statuses), scheduler/plan/strategy/* (candidates).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

COMPLETE = "COMPLETE"
PENDING = "PENDING"
PREPARED = "PREPARED"
STARTING = "STARTING"
STARTED = "STARTED"
IN_PROGRESS = "IN_PROGRESS"
WAITING = "WAITING"
DELAYED = "DELAYED"
ERROR = "ERROR"

SERIAL, PARALLEL, DEPENDENCY = "serial", "parallel", "dependency"

Json = dict[str, Any]


def _new_id() -> str:
    return str(uuid.uuid4())


@dataclass
class Step:
    """One step. `kind` is the Java class behind it, `what` what it is about: a task's id, a resource_id."""

    name: str
    kind: str
    what: str = ""
    status: str = PENDING
    id: str = field(default_factory=_new_id)

    def json(self) -> Json:
        """As GET /v1/plans/<plan> shows it."""
        message = f"{self.kind}: {self.name} [{self.id}] with status: {self.status}"
        return {"id": self.id, "status": self.status, "name": self.name, "message": message}


@dataclass
class Phase:
    """Some steps; `serial` ones wait for each other."""

    name: str
    strategy: str
    steps: list[Step] = field(default_factory=list)
    interrupted: bool = False
    id: str = field(default_factory=_new_id)

    @property
    def candidates(self) -> list[Step]:
        """The steps that may go on now."""
        left = [step for step in self.steps if step.status != COMPLETE]
        if self.interrupted:
            return []
        return left[:1] if self.strategy == SERIAL else left

    @property
    def status(self) -> str:
        """What its steps add up to."""
        every = [step.status for step in self.steps]
        return _sum(every, [step.status for step in self.candidates], self.interrupted)


@dataclass
class Plan:
    """Phases. In a plan of strategy `dependency` the last phase waits for all others; errors make it ERROR."""

    name: str
    strategy: str = SERIAL
    phases: list[Phase] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    interrupted: bool = False

    @property
    def candidates(self) -> list[Phase]:
        """The phases that may go on now."""
        left = [phase for phase in self.phases if phase.status != COMPLETE]
        if self.interrupted:
            return []
        if self.strategy == SERIAL:
            return left[:1]
        return [phase for phase in left if phase is not self.phases[-1]] or left

    @property
    def status(self) -> str:
        """What its phases add up to."""
        if self.errors:
            return ERROR
        return _sum([p.status for p in self.phases], [p.status for p in self.candidates], self.interrupted)

    def open_steps(self, kind: str) -> Iterator[Step]:
        """The steps of this kind that may go on now."""
        for phase in self.candidates:
            yield from (step for step in phase.candidates if step.kind == kind)

    def json(self, strategies: bool) -> Json:
        """As GET /v1/plans/<plan> shows it; `strategies` are told since SDK 0.40."""
        phases = []
        for phase in self.phases:
            shown: Json = {"id": phase.id, "name": phase.name, "steps": [step.json() for step in phase.steps]}
            phases.append({**shown, **_strategy(phase, strategies), "status": phase.status})
        return {"phases": phases, "errors": list(self.errors), **_strategy(self, strategies), "status": self.status}


def _strategy(element: Phase | Plan, told: bool) -> Json:
    return {"strategy": element.strategy} if told else {}


def _sum(every: Sequence[str], candidates: Sequence[str], interrupted: bool) -> str:
    """The status of a parent, in the order of PlanUtils.getAggregateStatus."""
    going = (PENDING, STARTING, STARTED)
    if ERROR in every:
        return ERROR
    if all(status == COMPLETE for status in every):
        return COMPLETE
    if interrupted:
        return WAITING
    if all(status == DELAYED for status in every):
        return DELAYED
    if PREPARED in every:
        return IN_PROGRESS
    if WAITING in candidates:
        return WAITING
    if IN_PROGRESS in candidates or (COMPLETE in every and any(status in going for status in candidates)):
        return IN_PROGRESS
    if PENDING in candidates:
        return PENDING
    if WAITING in every:
        return WAITING
    return next((status for status in (STARTING, STARTED) if status in candidates), ERROR)
