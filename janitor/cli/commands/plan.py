"""`janitor plan show NAME [PLAN]` and `janitor plan force-complete NAME PLAN [PHASE [STEP]]`."""

from __future__ import annotations

from janitor import rules
from janitor.cli.arguments.commands import PlanForceComplete, PlanShow
from janitor.cli.results import ForceCompleted, PlanFound, Rehearsed
from janitor.cli.session import Session
from janitor.dcos.elements import called_as, chain, made_of
from janitor.dcos.scheduler import COMPLETE, Phase, Plan, Step
from janitor.errors import Refusal
from janitor.events import Notice, PlanSeen
from janitor.message import do
from janitor.uninstall.scheduler import AskedScheduler
from janitor.uninstall.service import UnknownService
from janitor.uninstall.tree import draw
from janitor.words import Word, called, own_command

EVERY = 2.0
"""Seconds between two looks at a plan that is watched."""


def run(asked: PlanShow | PlanForceComplete, session: Session) -> PlanFound | ForceCompleted | Rehearsed:
    """Show a plan, or force a part of it. Raises JanitorError."""
    return PlanFound(_show(asked, session)) if isinstance(asked, PlanShow) else _force(asked, session)


def _show(asked: PlanShow, session: Session) -> Plan:
    scheduler = AskedScheduler(session.site, asked.name, session.view)
    plan = scheduler.plan(asked.plan)
    while asked.watch and not plan.complete:
        session.view(PlanSeen(asked.plan, draw(plan)))
        session.site.patience.check(f"watching plan {asked.plan}")
        session.site.patience.pause(EVERY)
        try:
            plan = scheduler.plan(asked.plan)
        except UnknownService:
            text = f"{asked.name} is gone: its app is not in Marathon any more. Its plan, as it was last seen:"
            session.view(Notice(text))
            break
    return plan


def _force(asked: PlanForceComplete, session: Session) -> ForceCompleted | Rehearsed:
    words = [word for word in (asked.phase, asked.step) if word]
    scheduler = AskedScheduler(session.site, asked.name, session.view)
    plan = scheduler.plan(asked.plan)
    parts = chain(plan, words)
    named = [called_as(word, one) for word, one in zip(words, parts, strict=True)]
    below = [one.id or one.name for one in parts]  # by ids: a name may stand twice
    what = " / ".join([asked.plan, *named])
    if asked.dry_run:
        changes = (parts[-1] if parts else plan).status != COMPLETE
        return Rehearsed.of(_would(asked, plan, parts, what), detailed=asked.detailed, changes=changes)
    if len(below) < 2:
        whole = "the whole phase" if below else "the whole plan"
        question = f"Force {whole} {what} of {asked.name} to COMPLETE, whatever it still does?"
        session.insist(question, [asked.plan, *named][-1], yes=asked.yes)
        if made_of(scheduler.plan(asked.plan)) != made_of(plan):
            raise Refusal(
                f"Plan {called(asked.plan)} of {asked.name} changed while you were asked: its "
                "scheduler was started anew, or has another plan. Nothing was done.",
                rule=rules.O6,
                remedy=do(
                    "See what it is now:",
                    own_command(session.site.reach, "plan", "show", Word(asked.name), Word(asked.plan)),
                ),
            )
    forced = scheduler.send(
        lambda calls: calls.force_complete(asked.plan, *below), "plan", "show", Word(asked.name), Word(asked.plan)
    )
    return ForceCompleted(what, forced)


def _would(asked: PlanForceComplete, plan: Plan, parts: list[Phase | Step], what: str) -> tuple[str, ...]:
    """What a run would do: with the steps that it would force, and how each stands."""
    meant = parts[-1] if parts else plan
    phases = plan.phases if isinstance(meant, Plan) else [meant] if isinstance(meant, Phase) else []
    steps = [(called(phase.name), step) for phase in phases for step in phase.steps if step.status != COMPLETE]
    kind = ("the whole plan", "the whole phase", "the step")[len(parts)]
    if meant.status == COMPLETE:
        return (f"Change nothing: {kind} {what} of {asked.name} is COMPLETE already",)
    forced = tuple(f"step {name} / {called(step.name)} ({called(step.status)})" for name, step in steps)
    return (f"Force {kind} {what} of {asked.name} to COMPLETE; it is {called(meant.status)} now", *forced)
