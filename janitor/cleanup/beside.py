"""What stands close to the selection and is not part of it, as notices (rules S1, S2, L7). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from janitor.cleanup.asked import MOST, asked_on, asks_for_resources
from janitor.cleanup.case import Case
from janitor.mesos.roles import related
from janitor.words import counted


def no_clock(case: Case) -> tuple[str, ...]:
    """Rule L7: ages are not taken by a Date that contradicts the master's own clock."""
    doubt = case.snapshot.leader.doubt
    if not doubt:
        return ()
    return (f"The Date header of the master's answers is wrong: {doubt}. Ages are counted from the start of this run.",)


def named_and_left(case: Case) -> tuple[str, ...]:
    """What stands close to the selection and is not part of it (rules S1, S2, S4)."""
    notices: list[str] = []
    if asks_for_resources(case.job):
        notices += _role_notices(case, case.job.role or "")
    for agent_id, kept in sorted(case.left.items()):
        if kept.new:
            new = _listed([*map(str, kept.new[:MOST])], len(kept.new))
            notices.append(f"New on agent {agent_id} since this run began; it stays: {new}.")
    return tuple(notices)


def _role_notices(case: Case, role: str) -> Iterable[str]:
    asked = [asked_on(agent, case.job) for agent in case.snapshot.agents]
    others = sum((Counter(one.others) for one in asked), Counter[str | None]())
    if count := others.total():
        names = ", ".join(sorted({principal or "none" for principal in others}))
        stay = "which stays" if count == 1 else "which stay"
        yield f"Role {role} also holds {counted(count, 'reservation')} of others, {stay} (principal {names})."
    if static := [text for one in asked for text in one.static]:
        listed = _listed(static, sum(one.statics for one in asked))
        yield f"Statically reserved for role {role}, and left (the agents' flags reserve it): {listed}."
    near = sorted({other for agent in case.snapshot.agents for other in agent.reserved if related(role, other)})
    for other in near:
        yield f"Role {other} has reservations, too, and is left: it is another role than {role}."


def _listed(texts: Sequence[str], count: int) -> str:
    shown = ", ".join(texts[:MOST])
    return shown if count <= MOST else f"{shown} and {count - MOST} more"
