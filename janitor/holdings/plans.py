"""How far an uninstall is that is under way, whether it moves, and what is stuck and why, in words."""

from __future__ import annotations

from collections.abc import Iterable

from janitor.dcos.marathon import App
from janitor.dcos.scheduler import Plan
from janitor.errors import Unreadable
from janitor.holdings.groups import FEW, explained
from janitor.holdings.known import all_holdings
from janitor.holdings.services import Named
from janitor.holdings.stuck import judged
from janitor.holdings.verdict import Seen
from janitor.holdings.whose import named_by
from janitor.mesos.cluster import Unknown
from janitor.words import called, counted, foreign, listed

MOST_STEPS = 3
"""Steps of a plan that are named; the rest is counted."""


def how_far(app: App, seen: Seen) -> str:
    """Of an app's uninstall: the steps that are left, and what they wait for; "" where none is under way.

    The text begins with a space, since it stands behind what is said of the app.
    """
    plan = seen.plans.get(app.id)
    if plan is None:
        return ""
    if isinstance(plan, Unknown):
        return f" Its scheduler does not tell its plan: {plan.why}"
    left = plan.left
    if not left:
        return f" Its plan is {called(plan.status)}."
    names = listed((f"{step.name} ({step.status})" for step in left), MOST_STEPS)
    steps = f"{len(left)} of {counted(len(plan.steps), 'step')} {'is' if len(left) == 1 else 'are'} left: {names}."
    told = "; ".join(foreign(error).rstrip(".") for error in plan.errors[:FEW])
    errors = f" Errors of its plan: {told}." if told else ""
    return f" {steps}{errors}{_waits(app, plan, seen)}"


def _waits(app: App, plan: Plan, seen: Seen) -> str:
    """What the steps wait for, each cause with its evidence; "" where nothing can be said of them."""
    service = named_by(app.id.strip("/"), seen)
    if service is None:
        return ""
    try:
        found, _ = judged(plan, seen.snapshot, _roles(service, seen))
    except Unreadable:  # an agent's summaries: that this view does not tell them is said once for all of it
        return ""
    held = [one for one in found if one.kind == "held"]
    stuck = [one for one in found if one.kind not in ("held", "offered")]
    each = (("Stuck", stuck), ("Waiting", held))
    told = [f" {how}, {counted(len(of), 'step')}: {explained(of)}" for how, of in each if of]
    if found and not told and any(one.active for one in service.frameworks):
        return " Nothing is stuck: what they wait for will be offered to its scheduler."
    return "".join(told)


def _roles(service: Named, seen: Seen) -> Iterable[str]:
    """Every role in which it may have reservations."""
    parts = (part for one in all_holdings(seen) for part in one.parts if one.dynamic)
    held = [part.role for part in parts if service.marks.hold(part)]
    return dict.fromkeys([*service.rules.roles, *(role for one in service.frameworks for role in one.roles), *held])
