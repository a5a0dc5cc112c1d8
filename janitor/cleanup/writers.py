"""Rule D5: just after a teardown executors may still write, and an agent exits when a volume goes from under them."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from janitor.cleanup.awaited import Awaited
from janitor.cleanup.case import Case
from janitor.holdings.owners import Owner, framework_id_of, may_be
from janitor.mesos.cluster import Agent, Framework, OwnState
from janitor.words import counted

GRACE = 30.0
"""Seconds after a framework's end in which its executors may still run: Mesos gives them 5 s, and then kills."""


@dataclass(frozen=True, slots=True)
class Ready:
    """Agents that may be written to, what to wait for on the others, and which agents to ask for their own state."""

    agents: tuple[Agent, ...] = ()
    waits: tuple[Awaited, ...] = ()
    ask: frozenset[str] = frozenset()


def writers(case: Case, agents: tuple[Agent, ...]) -> Ready:
    """Which of these agents have no executor of a framework that has just ended."""
    ended = tuple(_just_ended(case))
    if not ended:
        return Ready(agents=agents)
    ids = frozenset(framework.id for framework, _ in ended)
    age = min(age for _, age in ended)
    ready: list[Agent] = []
    waiting: list[Agent] = []
    for agent in agents:
        own = case.snapshot.own.get(agent.id)
        if isinstance(own, OwnState) and not own.executors & ids:
            ready.append(agent)
        else:
            waiting.append(agent)
    if not waiting:
        return Ready(agents=tuple(ready))
    names = ", ".join(sorted({framework.name for framework, _ in ended}))
    what = f"the executors of {names} to end on {counted(len(waiting), 'agent')} (it was shut down {age:.0f} s ago)"
    wait = Awaited(what, case.now, GRACE - age)
    return Ready(tuple(ready), (wait,), frozenset(agent.id for agent in waiting))


def _just_ended(case: Case) -> Iterable[tuple[Framework, float]]:
    """(framework, age in seconds) of those that ended less than 30 s ago and could own the selection.

    Where the master tells no date, they are as old as this run knows their leader (rules L4 and L7).
    """
    selection, role = case.selection, case.job.role
    recent = [(framework, age) for framework, age in _ages(case) if age < GRACE]
    if not recent or not selection.kinds or role is None:
        return
    # Another framework of its principal may have used what names a framework: asked about by both.
    could = {Owner(None, kind.principal) for kind in selection.kinds}
    could |= {Owner(one, None) for kind in selection.kinds if (one := framework_id_of(kind)) is not None}
    for framework, age in recent:
        if any(may_be(framework, owner, role) for owner in could):
            yield framework, max(0.0, age)


def _ages(case: Case) -> Iterable[tuple[Framework, float]]:
    """How many seconds ago each completed framework ended."""
    leader = case.snapshot.leader
    for framework in case.snapshot.frameworks:
        if framework.completed_at is None:
            continue
        if leader.asked_at is not None and math.isfinite(framework.completed_at):
            yield framework, leader.asked_at - framework.completed_at
        else:
            yield framework, case.now - case.memory.leader_seen.get(leader.id, case.now)
