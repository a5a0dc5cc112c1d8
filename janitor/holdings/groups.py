"""The steps that do not end, in words: by cause, the first few named, the rest counted. Pure.

A cluster may have thousands of agents that are away, and a plan a step for each reservation on them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from janitor.holdings.stuck import StuckStep
from janitor.words import called, counted, listed

FEW = 5
"""Places of one cause that get words of their own."""

Cause = tuple[str, str]
"""Kind and cause: what is one thing to know and one thing to do."""


def by_cause(stuck: Iterable[StuckStep]) -> dict[Cause, dict[str, list[StuckStep]]]:
    """cause -> why, with the place -> the steps."""
    causes: dict[Cause, dict[str, list[StuckStep]]] = {}
    for one in stuck:
        whys = causes.setdefault((one.kind, one.cause or one.why), {})
        whys.setdefault(f"{one.phase.name}\n{one.step.status}\n{one.why}", []).append(one)
    return causes


def stuck_lines(stuck: Iterable[StuckStep]) -> tuple[str, ...]:
    """For each cause: what waits and why, and below it which steps that are."""
    lines: list[str] = []
    for whys in by_cause(stuck).values():
        places = list(whys.values())
        for members in places[:FEW]:
            first = members[0]
            steps = f"{counted(len(members), 'step')} {called(first.step.status)}"
            lines.append(f"{called(first.phase.name)}, {steps}: {reason(first)}")
            lines += [f"  {called(one.step.name)}" for one in members[: 2 * FEW]]
            if len(members) > 2 * FEW:
                lines.append(f"  and {len(members) - 2 * FEW} more")
        if len(places) > FEW:
            lines.append(rest(places[FEW:]))
    return tuple(lines)


def reason(one: StuckStep) -> str:
    """Why a step does not end, and whether it may be forced."""
    return f"{one.why}{' Safe to force.' * one.safe}"


def rest(places: Iterable[list[StuckStep]]) -> str:
    """One line for all the places that are not named one by one."""
    members = [one for place in places for one in place]
    agents = listed(dict.fromkeys(one.agent_id or one.host for one in members if one.agent_id or one.host))
    return f"The same for {counted(len(members), 'more step')}, on {agents}.{' Safe to force.' * members[0].safe}"


def waits(members: list[StuckStep]) -> str:
    """What a run tells once of the steps that wait for the same."""
    first = members[0]
    who = f"{len(members)} steps wait" if len(members) > 1 else f"{called(first.step.name)} waits"
    return f"{called(first.phase.name)}: {who}. {reason(first)}"


@dataclass(slots=True)
class Telling:
    """What a run tells of its stuck steps while it goes on: each cause with its first places, and nothing twice."""

    _told: set[str] = field(default_factory=set)
    _told_of: Counter[str] = field(default_factory=Counter)

    def of(self, stuck: Iterable[StuckStep]) -> list[str]:
        """What is new, a line each."""
        lines: list[str] = []
        for (_, cause), whys in by_cause(one for one in stuck if one.kind != "offered").items():
            for why, members in whys.items():
                if why not in self._told and self._told_of[cause] < FEW:
                    self._told.add(why)
                    self._told_of[cause] += 1
                    lines.append(waits(members))
            others = [members for why, members in whys.items() if why not in self._told]
            if others and cause not in self._told:
                self._told.add(cause)
                lines.append(rest(others))
        return lines


def explained(stuck: Iterable[StuckStep]) -> str:
    """Why it does not end, in one paragraph: each cause with its first places."""
    told: list[str] = []
    for whys in by_cause(one for one in stuck if one.kind != "offered").values():
        reasons = list(dict.fromkeys(members[0].why for members in whys.values()))
        told += reasons[:FEW]
        if len(reasons) > FEW:
            told.append(rest(list(whys.values())[FEW:]))
    return " ".join(told)


def _steps(members: list[StuckStep]) -> str:
    return "1 step" if len(members) == 1 else f"{len(members)} steps"
