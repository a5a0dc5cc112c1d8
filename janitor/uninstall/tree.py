"""A plan drawn as the DC/OS CLI draws it (dcos-commons: cli/queries/plan.go). Pure."""

from __future__ import annotations

from collections.abc import Sequence

from janitor.dcos.scheduler import Plan
from janitor.words import called, foreign

UNKNOWN = "<UNKNOWN>"


def draw(plan: Plan) -> tuple[str, ...]:
    """The tree's lines: the plan, its phases, their steps, and the plan's errors below.

    `(... strategy)` stands where the scheduler tells it (since SDK 0.40); what is missing shows as <UNKNOWN>. Each name
    and each error is one harmless line, whatever the scheduler wrote: a tree is read line by line.
    """
    lines = [_line(plan.name, plan.strategy, plan.status)]
    for number, phase in enumerate(plan.phases):
        last_phase = number == len(plan.phases) - 1
        lines.append(_branch(last_phase) + _line(phase.name, phase.strategy, phase.status))
        below = "   " if last_phase else "│  "
        steps = phase.steps
        lines += [
            below + _branch(i == len(steps) - 1) + _line(step.name, None, step.status) for i, step in enumerate(steps)
        ]
    if plan.errors:
        lines += ["", "Errors:", *(f"- {foreign(error)}" for error in plan.errors)]
    return tuple(lines)


def changes(before: Sequence[str], after: Sequence[str]) -> tuple[str, ...]:
    """The lines of a tree that were not in the one before, without their branches: what a log tells."""
    known = {_bare(line) for line in before}
    return tuple(bare for line in after if (bare := _bare(line)) and bare not in known)


def shortened(lines: Sequence[str], most: int) -> tuple[str, ...]:
    """A drawn tree in at most so many lines: first without the steps that are COMPLETE, then cut off at the end."""
    if len(lines) <= most:
        return tuple(lines)
    kept: list[str] = []
    done: list[str] = []
    for line in [*lines, ""]:
        if line.startswith(_STEP) and line.endswith("(COMPLETE)"):
            done.append(line)
            continue
        if done:
            kept.append(f"{done[-1][: len(_STEP[0])]}└─ {len(done)} COMPLETE")
            done = []
        kept.append(line)
    kept.pop()
    if len(kept) > most:
        kept = [*kept[: most - 1], f"... {len(kept) - most + 1} lines more"]
    return tuple(kept)


_STEP = ("│  ", "   ")
"""What a line of a step begins with: it is inside of its phase."""


def _line(name: str, strategy: str | None, status: str) -> str:
    told = f" ({called(strategy)} strategy)" if strategy else ""
    return f"{called(name) or UNKNOWN}{told} ({called(status) or UNKNOWN})"


def _branch(last: bool) -> str:
    return "└─ " if last else "├─ "


def _bare(line: str) -> str:
    return line.lstrip(" │├└─")
