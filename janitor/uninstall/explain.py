"""Where a service stands, in words: what `janitor status` says, and what a run would do next. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from janitor.dcos.scheduler import Plan
from janitor.mesos.cluster import Unknown
from janitor.uninstall.next_step import CleanUp, Done, Force, StartUninstall, Step, Stuck, next_step
from janitor.uninstall.service import is_uninstalling
from janitor.uninstall.situation import Away, Choice, Situation, WaitLimits


@dataclass(frozen=True, slots=True)
class Standing:
    """lines: how things are; stuck: a line for each step that does not end; next: what to do, command included.

    left: whether something of the service is there (None: that could not be told).
    """

    lines: tuple[str, ...]
    stuck: tuple[str, ...]
    next: str
    left: bool | None


def standing(situation: Situation, why_way: str, choice: Choice, limits: WaitLimits) -> Standing:
    """Say where the service stands."""
    service = situation.service
    frameworks = ", ".join(
        f"{one.id} ({'active' if one.active else 'inactive'}, holds {len(one.allocated)} items)"
        for one in situation.frameworks
    )
    items = sum(held.items for held in situation.reserved)
    by_role = ", ".join(f"{held.role}/{held.principal or 'no principal'}: {held.items}" for held in situation.reserved)
    lines = (
        f"way:        {situation.way}, since {why_way}",
        f"app:        {_app(situation)}",
        f"framework:  {frameworks or 'none registered'}",
        f"reserved:   {f'{items} items ({by_role})' if items else 'nothing'}",
        f"znode:      {service.znode} {_znode(situation.znode)}",
        f"plan:       {_plan(situation)}",
    )
    stuck = tuple(
        f"{one.phase.name} / {one.step.name} ({one.step.status}): {one.why}{' Safe to force.' if one.safe else ''}"
        for one in situation.stuck
    )
    return Standing(lines, stuck, _next(situation, choice, limits), _left(situation))


def _app(situation: Situation) -> str:
    app = situation.service.app
    if app is None:
        return "none"
    package = f", package {situation.service.package}" if situation.service.package else ""
    version = f" {situation.service.package_version}" if situation.service.package_version else ""
    state = "uninstalling" if is_uninstalling(app) else "installed"
    return f"{app.id} ({state}, {app.tasks_running} tasks running{package}{version})"


def _znode(znode: bool | Unknown) -> str:
    if isinstance(znode, Unknown):
        return f"(cannot be told: {znode.why})"
    return "exists" if znode else "is not there"


def _plan(situation: Situation) -> str:
    plan = situation.plan
    if isinstance(plan, Away):
        return f"the scheduler does not answer: {plan.why}"
    if not isinstance(plan, Plan):
        return "no uninstall under way"
    steps = [step for phase in plan.phases for step in phase.steps]
    return (
        f"{plan.name} {plan.status}, {sum(step.status == 'COMPLETE' for step in steps)} of {len(steps)} steps COMPLETE"
    )


def _left(situation: Situation) -> bool | None:
    if situation.service.app is not None or situation.frameworks or situation.reserved or situation.znode is True:
        return True
    return None if isinstance(situation.znode, Unknown) else False


def _next(situation: Situation, choice: Choice, limits: WaitLimits) -> str:
    name = situation.service.name
    following = next_step(situation, choice, limits)
    if isinstance(following, Stuck):
        return f"{following.why} {following.remedy}"
    if isinstance(following, StartUninstall):
        return f"It is installed. To uninstall it: janitor uninstall {name}"
    if isinstance(following, CleanUp) and _left(situation) is False:
        return "Nothing: nothing of it is left."
    if isinstance(following, Step):
        force = " --force-complete-missing" if isinstance(following, Force) else ""
        return f"{following.what}: janitor uninstall {name}{force}"
    if isinstance(following, Done):
        return following.why or "Nothing: nothing of it is left."
    return f"Wait for {following.what}. To watch: janitor uninstall {name}"
