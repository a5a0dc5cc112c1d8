"""A scheduler that uninstalls itself: what it waits for, what is stuck, and when it is over. Pure."""

from __future__ import annotations

from dataclasses import replace

from janitor.dcos.scheduler import COMPLETE, Phase, Plan, Step, to_answer
from janitor.holdings.stuck import RESOURCE_PHASES, StuckStep
from janitor.message import Message, do
from janitor.uninstall.actions import DeleteApp, Force, Next, Stuck, WaitFor
from janitor.uninstall.situation import Away, Choice, Situation, WaitLimits
from janitor.words import Word, called, counted, foreign


def watch(situation: Situation, choice: Choice, limits: WaitLimits) -> Next:
    """The scheduler uninstalls: what it waits for, what is stuck, and when it is a zombie."""
    service, plan = situation.service, situation.plan
    if plan is None:
        return WaitFor("the scheduler to begin its uninstall")
    if isinstance(plan, Away):
        return _away(situation, plan, choice, limits)
    if plan.complete:
        return _zombie(situation, limits)
    safe = [stuck for stuck in situation.stuck if stuck.safe]
    if safe and choice.force_missing:
        first = safe[0]
        return Force(f"Force {called(first.phase.name)} / {called(first.step.name)}. {first.why}", None, first)
    if safe and len(safe) == len(situation.stuck) and _rest_is_done(plan):
        themselves = "itself" if len(safe) == 1 else "themselves"
        why = f"{counted(len(safe), 'step')} of {service.name}'s uninstall cannot end by {themselves}."
        remedy = do("Force them:", situation.paste_uninstall(replace(choice, force_missing=True)))
        return Stuck(Message(why, safe[0].why), remedy)
    if (failed := _failed(plan)) is not None and not situation.stuck:
        return _explain_failure(situation, plan, *failed)
    return WaitFor(_progress(plan, situation.stuck))


def _rest_is_done(plan: Plan) -> bool:
    """Whether all but unreserving, and what waits for it, is over."""
    return all(
        phase.status == COMPLETE for phase in plan.phases if not phase.name.startswith((*RESOURCE_PHASES, "deregister"))
    )


def _failed(plan: Plan) -> tuple[Phase, Step] | None:
    """A step that ended in an error and is not tried again, such as tls-cleanup when its secrets cannot be read."""
    return next(((phase, step) for phase in plan.phases for step in phase.steps if step.status == "ERROR"), None)


def _explain_failure(situation: Situation, plan: Plan, phase: Phase, step: Step) -> Stuck:
    said = foreign(plan.errors[0] if plan.errors else step.message) or "it does not say why"
    of = map(Word, (situation.service.name, plan.name, phase.name, step.name))
    force = situation.paste("plan", "force-complete", *of)
    return Stuck(
        Message(f"{called(phase.name)} / {called(step.name)} failed", said),
        do("Its scheduler's log says more. To go on without it, leaving behind what it would have removed:", force),
    )


def _progress(plan: Plan, stuck: tuple[StuckStep, ...]) -> Message:
    """How far it is, and as its reason what is worth knowing most: what is not merely waiting for its turn."""
    total, done = len(plan.steps), len(plan.steps) - len(plan.left)
    first = next((one for one in stuck if one.kind != "offered"), None)
    why = [f"{called(first.step.name)}: {first.why}"] if first is not None else []
    why += [f"its scheduler reports: {foreign(plan.errors[0])}"] if plan.errors else []
    return Message(f"the scheduler's uninstall, {done} of {total} steps are COMPLETE", "; ".join(why))


def _away(situation: Situation, away: Away, choice: Choice, limits: WaitLimits) -> Next:
    name = situation.service.name
    if away.seconds < limits.scheduler_away:
        return WaitFor(to_answer(name, away.why))
    manual = situation.paste_uninstall(replace(choice, way="manual"))
    return Stuck(
        Message(f"The scheduler of {name} has not answered for {away.seconds:.0f} s", away.why),
        do("Look at its task in Marathon.").also("If it never comes back, go the manual way:", manual),
    )


def _zombie(situation: Situation, limits: WaitLimits) -> Next:
    """The plan is COMPLETE: Cosmos removes the app, unless it has given up, was restarted, or its token expired."""
    service = situation.service
    if situation.frameworks:
        return WaitFor(f"framework {situation.frameworks[0].id} to be gone: its uninstall is complete")
    if situation.complete_for < limits.zombie_after:
        return WaitFor(
            f"Cosmos to remove {service.app_id}: its uninstall is complete. If it has not within "
            f"{limits.zombie_after:.0f} s, you will be asked whether to delete it"
        )
    why = (
        f"The uninstall of {service.name} is complete and its framework is gone, but Cosmos has not removed the app: "
        "it was restarted, or its token expired."
    )
    return delete_app(situation, f"Delete {service.app_id} from Marathon: its uninstall is complete", why)


def delete_app(situation: Situation, what: str, why: str = "") -> Next:
    """Have Marathon delete the app, once that was confirmed; then wait for it. why: told before the question."""
    app_id = situation.service.app_id
    if "delete" in situation.done:
        return WaitFor(f"Marathon to remove {app_id}")
    data = "" if isinstance(situation.plan, Plan) and situation.plan.complete else " The service's data is lost."
    return DeleteApp(what, " ".join(filter(None, (why, f"Delete app {app_id} from Marathon?{data}"))), app_id)
