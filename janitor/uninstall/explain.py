"""Where a service stands, in words: what `janitor status` says, and what a run would do next. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from janitor.dcos.scheduler import RESTARTING, Plan
from janitor.exits import Exit
from janitor.holdings.groups import FEW, stuck_lines
from janitor.mesos.cluster import Unknown
from janitor.message import Message, Remedy, Way, all_of, do
from janitor.uninstall.actions import Action, CleanUp, Done, ReplacePod, StartUninstall, Stuck
from janitor.uninstall.closing import unknown_znode
from janitor.uninstall.missing import missing_lines
from janitor.uninstall.next_step import next_step
from janitor.uninstall.service import is_uninstalling
from janitor.uninstall.situation import Away, Choice, Situation, WaitLimits
from janitor.words import Word, called, clause, command, counted, foreign, listed


@dataclass(frozen=True, slots=True)
class Standing:
    """lines: how things are; stuck: the steps that do not end; next: what to do (`message.Remedy`).

    missing: what of it is on agents that do not answer.
    left: whether something of the service is there (None: that could not be told; `untold` says why).
    """

    lines: tuple[str, ...]
    stuck: tuple[str, ...]
    next: str
    left: bool | None
    untold: str = ""
    missing: tuple[str, ...] = ()


def standing(situation: Situation, choice: Choice, limits: WaitLimits) -> Standing:
    """Say where the service stands."""
    lines = (*introduction(situation, choice), f"plan:       {_plan(situation)}", *_pods(situation))
    left, untold = _left(situation, choice)
    following = _next(situation, choice, limits, left)
    missing = missing_lines(situation.missing)
    return Standing(lines, stuck_lines(situation.stuck), following, left, untold, missing)


def ways_out(situation: Situation, choice: Choice) -> Remedy | None:
    """What an operator can do about what is stuck, as exact commands; None where there is nothing but to wait."""
    told: list[Remedy] = []
    if isinstance(situation.plan, Away):
        manual = situation.paste_uninstall(replace(choice, way="manual"))
        told.append(do("If its scheduler never comes back:", manual))
    away = {one.agent_id for one in situation.stuck if one.kind == "away" and one.agent_id is not None}
    served = {agent.id for agent in situation.snapshot.agents if agent.served}
    if reactivate := [command("dcos", "node", "reactivate", agent_id) for agent_id in sorted(away & served)]:
        others = f" ({len(reactivate) - FEW} more in the same way)" if len(reactivate) > FEW else ""
        agents = "its agent" if len(reactivate) == 1 else f"its {len(reactivate)} agents"
        told.append(do(f"Reactivate {agents}{others}:", *reactivate[:FEW]))
    if missing := sorted(away - served):
        lost = _also_lost(choice, missing[:FEW])
        what = f"agent {missing[0]} never returns" if len(missing) == 1 else "these agents never return"
        forced = situation.paste_uninstall(replace(lost, force_missing=True))
        more = f" (add one --lost-agent for each of {len(missing) - FEW} more)" if len(missing) > FEW else ""
        told.append(do(f"If {what}{more}:", forced))
    unknown = next((one for one in situation.stuck if one.kind == "unknown"), None)
    if unknown is not None:
        of = map(Word, (situation.service.name, unknown.plan, unknown.phase.name, unknown.step.name))
        told.append(do("If you know that its agent never returns:", situation.paste("plan", "force-complete", *of)))
    return all_of(told)


def _also_lost(choice: Choice, agents: Iterable[str]) -> Choice:
    """The same choice, with these agents said to be lost as well."""
    return replace(choice, lost_agents=tuple(dict.fromkeys([*choice.lost_agents, *agents])))


def introduction(situation: Situation, choice: Choice) -> tuple[str, ...]:
    """What a service's name stands for, which way it is uninstalled and why: a line each."""
    service = situation.service
    frameworks = listed(
        (
            f"{one.id} ({'active' if one.active else 'inactive'}, holds {counted(len(one.allocated), 'resource')})"
            for one in situation.frameworks
        ),
        none="none registered",
    )
    by_role = listed(f"{one.role} by {one.principal or 'nobody'}: {one.items}" for one in situation.reserved)
    reservations = counted(sum(held.items for held in situation.reserved), "reservation")
    lines = [
        f"way:        {_way(situation)}",
        f"app:        {_app(situation)}",
        f"framework:  {frameworks}",
        f"roles:      {listed(service.roles)} (from {service.known_from})",
        f"principals: {listed(service.principals)}",
        f"reserved:   {f'{reservations} ({by_role})' if situation.reserved else _nothing(situation)}",
        f"znode:      {_znode(situation, choice)}",
    ]
    if choice.backup is not None and situation.znode is not False and not choice.no_znode:
        when = "before anything is begun" if situation.way == "modern" else "before it is deleted"
        lines.append(f"backup:     its znode is saved in {called(choice.backup)} {when}")
    if situation.strangers:
        names = listed(framework.id for framework in situation.strangers)
        lines.append(f"not its own: framework {names} of the same name, which came later")
    return tuple(lines)


def _nothing(situation: Situation) -> str:
    return f"nothing that this view shows, and {situation.hidden}" if situation.hidden else "nothing"


def _way(situation: Situation) -> str:
    if situation.no_apps is not None:
        return "not known: it depends on the app, and Marathon could not be read"
    return f"{situation.way}, since {situation.why_way}"


def _app(situation: Situation) -> str:
    app = situation.service.app
    if situation.no_apps is not None:
        return f"cannot be told: {situation.no_apps.why}"
    if app is None:
        return "none"
    package = f", package {situation.service.package}" if situation.service.package else ""
    version = f" {situation.service.package_version}" if situation.service.package_version else ""
    state = "uninstalling" if is_uninstalling(app) else "installed"
    return f"{called(app.id)} ({state}, {counted(app.tasks_running, 'task')} running{called(package + version)})"


def _znode(situation: Situation, choice: Choice) -> str:
    name, exists = called(situation.service.znode), situation.znode
    if choice.no_znode:
        return "none (--no-znode)"
    if isinstance(exists, Unknown):
        return f"{name} (cannot be told: {clause(exists.why)})"
    if exists:
        return f"{name} exists"
    if not situation.service.place_told:
        return f"not known; not there: {listed(situation.service.places)}"
    return f"{name} is not there"


def _plan(situation: Situation) -> str:
    plan = situation.plan
    if situation.no_apps is not None:
        return "not read: without Marathon it is not known whether its scheduler runs"
    if isinstance(plan, Away):
        return f"not known. {RESTARTING}: {plan.why}"
    if not isinstance(plan, Plan):
        return "no uninstall under way"
    total, done = len(plan.steps), len(plan.steps) - len(plan.left)
    errors = f"; errors: {'; '.join(foreign(error) for error in plan.errors[:FEW])}" if plan.errors else ""
    return f"{called(plan.name)} {called(plan.status)}, {done} of {total} steps COMPLETE{errors}"


def _pods(situation: Situation) -> tuple[str, ...]:
    lines = [
        f"pod:        {called(pod.name)} is on agent {pod.agent_id}, which {'never returns' if pod.lost else 'is away'}"
        for pod in situation.away_pods[: 2 * FEW]
    ]
    if len(situation.away_pods) > 2 * FEW:
        lines.append(f"pod:        {len(situation.away_pods) - 2 * FEW} more are on agents that are away")
    return tuple(lines)


def _left(situation: Situation, choice: Choice) -> tuple[bool | None, str]:
    """Whether something of it is there; None, and why, when that cannot be told (rules L4, L5).

    What is on an agent that may return is there; what was given up on is not waited for.
    """
    waiting = any(not one.lost for one in situation.missing)
    here = situation.service.app is not None or situation.frameworks or situation.reserved or situation.znode is True
    if here or waiting:
        return True, ""
    for seen in (situation.znode, situation.tasks, situation.no_apps):
        if isinstance(seen, Unknown):
            return None, seen.why
    untold = situation.hidden or unknown_znode(situation, choice)
    return (None, untold) if untold else (False, "")


def _next(situation: Situation, choice: Choice, limits: WaitLimits, left: bool | None) -> str:
    uninstall = situation.paste_uninstall(choice)
    if situation.no_apps is not None:
        again = do("Ask again once Marathon can be read:", situation.paste("status", Word(situation.service.name)))
        return all_of((situation.no_apps.remedy, again)) or again
    following = next_step(situation, choice, limits)
    if isinstance(following, Stuck):
        ways = Remedy.of(following.remedy).ways
        # What lifts a refusal is told by the command that is refused, not by one that only looks.
        shown = ways[:-1] if following.status == Exit.REFUSED and len(ways) > 1 else ways
        wrong = Message.of(following.why)
        return Remedy([Way(wrong.what), *([Way(f"Why: {wrong.why}")] if wrong.why else []), *shown])
    if isinstance(following, StartUninstall | ReplacePod):
        return do("It is installed. To uninstall it:", uninstall)
    if isinstance(following, CleanUp) and left is False:
        return "Nothing: nothing of it is left."
    waiting = [one for one in situation.missing if not one.lost]
    if isinstance(following, CleanUp) and waiting and not situation.reserved and situation.znode is not True:
        lost = _also_lost(choice, [one.agent_id for one in waiting[:FEW] if one.agent_id])
        never = situation.paste_uninstall(lost)
        return do("Wait until its missing agents are back, then:", uninstall).also("If they never return:", never)
    if isinstance(following, Action):
        return do(f"{following.what}:", uninstall)
    if isinstance(following, Done):
        return following.why or "Nothing: nothing of it is left."
    watch = "To watch"
    if isinstance(situation.plan, Plan) and situation.plan.complete and not situation.frameworks:
        watch = "To watch, and to remove the app if Cosmos does not"
    out = ways_out(situation, choice)
    # Why it takes long is told above, of each step that is stuck.
    awaited = Message.of(following.what).what if situation.stuck else following.what
    wait = do(f"Wait for {awaited.rstrip('.')}.").also(f"{watch}:", uninstall)
    return all_of([wait, out]) or wait
