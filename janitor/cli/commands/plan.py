"""`janitor plan show NAME [PLAN]` and `janitor plan force-complete NAME PLAN [PHASE [STEP]]`."""

from __future__ import annotations

from janitor import rules
from janitor.cli.arguments.commands import PlanForceComplete, PlanShow
from janitor.cli.commands.site import answered, at_site
from janitor.cli.confirm import Confirm
from janitor.cli.ending import Ending
from janitor.cli.engine import Engine
from janitor.cli.environment import Environment
from janitor.cli.views.sitedocument import plan_document
from janitor.dcos.scheduler import NoSuchElement, Plan, Scheduler
from janitor.errors import BadAnswer, NotConfirmed, Refusal, UsageError
from janitor.events import PlanSeen
from janitor.exits import Exit
from janitor.uninstall.service import UnknownService
from janitor.uninstall.tree import draw
from janitor.words import called, listed
from janitor.words import command as command_line

EVERY = 2.0
"""Seconds between two looks at a plan that is watched."""


def run(asked: PlanShow | PlanForceComplete, env: Environment, engine: Engine) -> Ending:
    """Show a plan, or force a part of it. Raises JanitorError."""
    return _show(asked, env, engine) if isinstance(asked, PlanShow) else _force(asked, env, engine)


def _show(asked: PlanShow, env: Environment, engine: Engine) -> Ending:
    name, plan_name = asked.name, asked.plan
    with at_site(asked.common, env, engine) as (site, screen, report):

        def look() -> Plan:
            return answered(site, name, screen, lambda scheduler: _plan(scheduler, name, plan_name))

        plan = look()
        while asked.watch and not plan.complete:
            screen(PlanSeen(plan_name, draw(plan)))
            site.patience.check(f"watching plan {plan_name}")
            site.patience.pause(EVERY)
            try:
                plan = look()
            except UnknownService:
                report.notice(f"{name} is gone: its app is not in Marathon any more. Its plan, as it was last seen:")
                break
    if asked.common.show.json:
        env.out.block(plan_document(plan))
    else:
        env.out.block("\n".join(draw(plan)))
    return Ending(Exit.CLEAN)


def _plan(scheduler: Scheduler, name: str, plan_name: str) -> Plan:
    """The plan. Raises UsageError with those that exist when there is none of the name."""
    try:
        return scheduler.plan(plan_name)
    except (NoSuchElement, BadAnswer) as error:
        try:
            known = scheduler.plans()
        except (NoSuchElement, BadAnswer):
            raise UsageError(
                f"{name} has no plans: it is no SDK service ({error.message}).",
                remedy=f"See what it is: {command_line('janitor', 'status', name.strip('/'))}",
            ) from None
        if isinstance(error, BadAnswer):
            raise
        raise UsageError(f"There is no plan {plan_name} of {name}.", remedy=f"Its plans: {listed(known, 20)}") from None


def _force(asked: PlanForceComplete, env: Environment, engine: Engine) -> Ending:
    name, plan_name = asked.name, asked.plan
    below = [word for word in (asked.phase, asked.step) if word]
    words = [plan_name, *below]
    what = " / ".join(words)
    with at_site(asked.common, env, engine) as (site, screen, report):
        plan = answered(site, name, screen, lambda scheduler: _plan(scheduler, name, plan_name))
        below = _found(plan, below)
        if len(below) < 2:
            whole = "the whole phase" if below else "the whole plan"
            confirm = Confirm(env, screen, site.patience, yes=asked.yes)
            question = f"Force {whole} {what} of {name} to COMPLETE, whatever it still does?"
            if not confirm(question, words[-1]):
                raise NotConfirmed("Not confirmed: nothing was done.")
            again = answered(site, name, screen, lambda scheduler: _plan(scheduler, name, plan_name))
            if _elements(again) != _elements(plan):
                raise Refusal(
                    f"Plan {called(plan_name)} of {name} changed while the question waited for its answer: its "
                    "scheduler was started anew, or has another plan. Nothing was done.",
                    rule=rules.O6,
                    remedy=f"See what it is now: {command_line('janitor', 'plan', 'show', name, plan_name)}",
                )
        forced = site.scheduler(name).force_complete(plan_name, *below)
    if forced.already:
        env.out.line(f"{what} is COMPLETE already: {forced.message}")
    else:
        env.out.line(forced.message or f"{what} is forced to COMPLETE.")
        report.notice("A restart of the scheduler forgets what was forced.")
    return Ending(Exit.CLEAN)


def _elements(plan: Plan) -> list[tuple[str, str, list[tuple[str, str]]]]:
    """What the plan is made of, by names and by ids, which every start of a scheduler gives anew."""
    return [(phase.id, phase.name, [(step.id, step.name) for step in phase.steps]) for phase in plan.phases]


def _found(plan: Plan, below: list[str]) -> list[str]:
    """The phase and the step as their scheduler takes them: by their ids, since a name may stand twice.

    Raises UsageError, with what there is, for a phase or a step that the plan does not have.
    """
    if not below:
        return []
    phase = next((phase for phase in plan.phases if below[0] in (phase.name, phase.id)), None)
    if phase is None:
        names = listed((phase.name for phase in plan.phases), 20)
        raise UsageError(f"Plan {plan.name} has no phase {below[0]}.", remedy=f"Its phases: {names}")
    if len(below) == 1:
        return [phase.id or phase.name]
    step = next((step for step in phase.steps if below[1] in (step.name, step.id)), None)
    if step is None:
        names = listed((step.name for step in phase.steps), 20)
        raise UsageError(f"Phase {called(phase.name)} has no step {below[1]}.", remedy=f"Its steps: {names}")
    return [phase.id or phase.name, step.id or step.name]
