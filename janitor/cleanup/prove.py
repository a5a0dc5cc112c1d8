"""How it is known that an agent has nothing of what was asked for (rules P1, P2 and P2a). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from janitor.cleanup.asked import asks_for_resources, right_principal, wanted
from janitor.cleanup.awaited import Awaited
from janitor.cleanup.case import Case
from janitor.cleanup.job import Job
from janitor.cleanup.pings import unanswered
from janitor.cleanup.pins import Pins
from janitor.cleanup.proof import Proof
from janitor.errors import Unreadable
from janitor.holdings.naming import implied_by_znode, names_of, role_by_znode
from janitor.mesos.cluster import Agent, Operation, OwnState, Snapshot, Unknown
from janitor.words import foreign


@dataclass(frozen=True, slots=True)
class Finding:
    """About one agent: its proof, or what it takes: to wait, or the agent's own state."""

    proof: Proof | None = None
    wait: Awaited | None = None
    ask: bool = False


def prove(agent: Agent, case: Case) -> Finding:
    """Whether an agent of which the master shows nothing that was asked for really has nothing of it.

    A master takes a reservation out of its own view with the 202; an agent that never got the message brings it back.
    That may have been the 202 of an earlier run: what the master shows proves nothing at the first look either.
    """
    snapshot = case.snapshot
    pins = case.selection.of(agent.id)
    operation = touching(agent.id, pins, snapshot.pending or ())
    wait = partial(Awaited, since=case.now, agent_id=agent.id)
    if operation is not None:
        return Finding(wait=wait(f"agent {agent.named} to apply {operation.type}"))
    if tells(agent, snapshot):
        return Finding(Proof.BY_OPERATIONS)
    if agent.id in case.memory.told:
        return Finding(Proof.BY_OWN_STATE)
    own = believed(snapshot.own.get(agent.id), case.job)
    if isinstance(own, OwnState):
        if holds(own, agent, case.job):
            return Finding(wait=wait(f"agent {agent.named} to apply it"), ask=True)
        return Finding(Proof.BY_OWN_STATE)
    why = own.why if own is not None else case.memory.unread.get(agent.id)
    if why is None:
        return Finding(ask=True)
    missing = unanswered(agent, why, case)
    return Finding(Proof.BY_PINGS) if missing is None else Finding(wait=missing, ask=bool(pins))


def tells(agent: Agent, snapshot: Snapshot) -> bool:
    """Whether the master knows of every operation that this agent has not done yet (rule P2)."""
    return snapshot.pending is not None and agent.tells_operations


def doubtful(agent: Agent, case: Case) -> bool:
    """Whether it may hold something that was asked for, though the master shows nothing of it there (rule P2a)."""
    asked = asks_for_resources(case.job) or bool(names_of(case.path))
    return asked and not tells(agent, case.snapshot)


def believed(own: OwnState | Unknown | None, job: Job) -> OwnState | Unknown | None:
    """An own state that does not tell what it has of a role that matters is unknown (rules L4, L5)."""
    if isinstance(own, OwnState):
        try:
            for role in _roles(own, job):
                own.resources(role)
        except Unreadable as error:
            return Unknown(error.message)
    return own


def touching(agent_id: str, pins: Pins, pending: Iterable[Operation]) -> Operation | None:
    """A pending operation of an operator (it has no framework id) on what was selected there, or that may be."""
    for operation in pending:
        there = operation.agent_id in (agent_id, None) and operation.framework_id is None
        if there and (operation.unclear or operation.kinds & pins.keys()):
            return operation
    return None


def holds(own: OwnState, agent: Agent, job: Job) -> bool:
    """Whether the agent itself shows something that was asked for, and that the master does not show there.

    What was asked for is what the job selects, and what keeps the znode: reservations of its service (rule S5).
    """
    for role in _roles(own, job):
        implied, shown = implied_by_znode(job.path, role), {item.kind for item in agent.resources(role)}
        hidden = (item for item in own.resources(role) if item.kind not in shown)
        if any(wanted(item, job) or (implied and item.dynamic) for item in hidden):
            return True
    return False


def _roles(own: OwnState, job: Job) -> list[str]:
    """The roles that matter: the one asked for, and those of the znode's service, which may be hidden altogether."""
    path = job.path
    implied = [role for role in own.reserved if implied_by_znode(path, role)]
    usual = role_by_znode(path)
    asked = [job.role] if job.role is not None and asks_for_resources(job) else []
    return sorted({*asked, *implied, *([usual] if usual is not None and not implied else [])})


def earlier_operations(case: Case) -> tuple[Awaited, ...]:
    """Operations on what was asked for that are still under way from before, say of a run that was killed.

    Nothing is waited for on agents that never return, on the operator's word.
    """
    waits = []
    for operation in case.snapshot.pending or ():
        if operation.framework_id is not None or operation.agent_id in case.given_up:
            continue
        if operation.unclear or any(_asked_for(operation, case.job)):
            agent = f"agent {operation.agent_id}" if operation.agent_id is not None else "an agent"
            waits.append(
                Awaited(f"{agent} to apply {foreign(operation.type, 40)}", case.now, agent_id=operation.agent_id)
            )
    return tuple(waits)


def _asked_for(operation: Operation, job: Job) -> list[bool]:
    return [
        bool(kind.stack) and kind.stack[-1].role == job.role and right_principal(kind.principal, job)
        for kind in operation.kinds
    ]
