"""Where a service stands, in words: what `janitor status` says, and what a run would do next. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from janitor.dcos.scheduler import COMPLETE, Plan
from janitor.mesos.cluster import Unknown
from janitor.uninstall.next_step import next_step
from janitor.uninstall.service import is_uninstalling
from janitor.uninstall.situation import Away, Choice, Situation, WaitLimits
from janitor.uninstall.steps import CleanUp, Done, Force, ReplacePod, StartUninstall, Step, Stuck
from janitor.uninstall.stuck import StuckStep
from janitor.words import command


@dataclass(frozen=True, slots=True)
class Standing:
    """lines: how things are; stuck: a line for each step that does not end; next: what to do, command included.

    left: whether something of the service is there (None: that could not be told; `untold` says why).
    """

    lines: tuple[str, ...]
    stuck: tuple[str, ...]
    next: str
    left: bool | None
    untold: str = ""


def standing(situation: Situation, why_way: str, choice: Choice, limits: WaitLimits) -> Standing:
    """Say where the service stands."""
    lines = (*introduction(situation, why_way), f"plan:       {_plan(situation)}", *_pods(situation))
    left, untold = _left(situation)
    return Standing(lines, stuck_lines(situation.stuck), _next(situation, choice, limits, left), left, untold)


def stuck_lines(stuck: tuple[StuckStep, ...]) -> tuple[str, ...]:
    """The steps that do not end, those together that wait for the same: why, and below it which they are."""
    groups: dict[tuple[str, str, str], list[StuckStep]] = {}
    for one in stuck:
        groups.setdefault((one.phase.name, one.step.status, one.why), []).append(one)
    lines: list[str] = []
    for (phase, status, why), members in groups.items():
        steps = "1 step" if len(members) == 1 else f"{len(members)} steps"
        lines.append(f"{phase}, {steps} {status}: {why}{' Safe to force.' * members[0].safe}")
        lines += [f"  {one.step.name}" for one in members]
    return tuple(lines)


def ways_out(situation: Situation) -> str:
    """What an operator can do about what is stuck, as exact commands; "" where there is nothing but to wait."""
    name = situation.service.name
    told: list[str] = []
    if isinstance(situation.plan, Away):
        manual = command("janitor", "uninstall", name, "--manual")
        told.append(f"If its scheduler never comes back: {manual}")
    away = {one.agent_id for one in situation.stuck if one.kind == "away" and one.agent_id is not None}
    served = {agent.id for agent in situation.snapshot.agents if agent.served}
    told += [
        f"Reactivate agent {agent_id}: {command('dcos', 'node', 'reactivate', agent_id)}"
        for agent_id in sorted(away & served)
    ]
    if missing := sorted(away - served):
        lost = [word for agent_id in missing for word in ("--lost-agent", agent_id)]
        what = f"agent {missing[0]} never returns" if len(missing) == 1 else "these agents never return"
        forced = command("janitor", "uninstall", name, "--force-complete-missing", *lost)
        told.append(f"If {what}: {forced}")
    unknown = next((one for one in situation.stuck if one.kind == "unknown"), None)
    if unknown is not None:
        words = ("janitor", "plan", "force-complete", name, unknown.plan, unknown.phase.name, unknown.step.name)
        told.append(f"If you know that its agent never returns: {command(*words)}")
    return ". ".join(told)


def introduction(situation: Situation, why_way: str) -> tuple[str, ...]:
    """What a service's name stands for, which way it is uninstalled and why: a line each."""
    service = situation.service
    frameworks = ", ".join(
        f"{one.id} ({'active' if one.active else 'inactive'}, holds {_items(len(one.allocated))})"
        for one in situation.frameworks
    )
    by_role = ", ".join(f"{held.role} by {held.principal or 'nobody'}: {held.items}" for held in situation.reserved)
    items = sum(held.items for held in situation.reserved)
    lines = [
        f"way:        {situation.way}, since {why_way}",
        f"app:        {_app(situation)}",
        f"framework:  {frameworks or 'none registered'}",
        f"roles:      {', '.join(service.roles)} (from {service.known_from})",
        f"principals: {', '.join(service.principals)}",
        f"reserved:   {f'{_items(items)} ({by_role})' if items else 'nothing'}",
        f"znode:      {service.znode} {_znode(situation.znode)}",
    ]
    if situation.strangers:
        names = ", ".join(framework.id for framework in situation.strangers)
        lines.append(f"not its own: framework {names} of the same name, which came later")
    return tuple(lines)


def _items(count: int) -> str:
    return "1 item" if count == 1 else f"{count} items"


def _app(situation: Situation) -> str:
    app = situation.service.app
    if app is None:
        return "none"
    package = f", package {situation.service.package}" if situation.service.package else ""
    version = f" {situation.service.package_version}" if situation.service.package_version else ""
    state = "uninstalling" if is_uninstalling(app) else "installed"
    return f"{app.id} ({state}, {_tasks(app.tasks_running)} running{package}{version})"


def _tasks(count: int) -> str:
    return "1 task" if count == 1 else f"{count} tasks"


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
    done = sum(step.status == COMPLETE for step in steps)
    errors = "".join(f"; error: {error}" for error in plan.errors)
    return f"{plan.name} {plan.status}, {done} of {len(steps)} steps COMPLETE{errors}"


def _pods(situation: Situation) -> tuple[str, ...]:
    return tuple(
        f"pod:        {pod.name} is on agent {pod.agent_id}, which {'never returns' if pod.lost else 'is away'}"
        for pod in situation.away_pods
    )


def _left(situation: Situation) -> tuple[bool | None, str]:
    """Whether something of it is there; None, and why, when that cannot be told (rules L4, L5)."""
    if situation.service.app is not None or situation.frameworks or situation.reserved or situation.znode is True:
        return True, ""
    if isinstance(situation.znode, Unknown):
        return None, situation.znode.why
    return (None, situation.hidden) if situation.hidden else (False, "")


def _next(situation: Situation, choice: Choice, limits: WaitLimits, left: bool | None) -> str:
    uninstall = command("janitor", "uninstall", situation.service.name)
    following = next_step(situation, choice, limits)
    if isinstance(following, Stuck):
        return f"{following.why} {following.remedy}"
    if isinstance(following, StartUninstall | ReplacePod):
        return f"It is installed. To uninstall it: {uninstall}"
    if isinstance(following, CleanUp) and left is False:
        return "Nothing: nothing of it is left."
    if isinstance(following, Step):
        force = " --force-complete-missing" if isinstance(following, Force) else ""
        return f"{following.what}: {uninstall}{force}"
    if isinstance(following, Done):
        return following.why or "Nothing: nothing of it is left."
    watch = "To watch"
    if isinstance(situation.plan, Plan) and situation.plan.complete and not situation.frameworks:
        watch = "To watch, and to remove it should Cosmos have given up"
    out = ways_out(situation)
    return f"Wait for {following.what.rstrip('.')}. {watch}: {uninstall}{f'. {out}' if out else ''}"
