"""How it is known that what an agent held is gone (rules P1 and P2). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from janitor.cleanup.guards import Wait
from janitor.cleanup.inventory import Inventory
from janitor.cleanup.job import Job
from janitor.cleanup.memory import Memory
from janitor.cleanup.selection import Pins, wanted
from janitor.errors import Unreadable
from janitor.mesos.cluster import Agent, Operation, OwnState, Unknown
from janitor.words import foreign

BY_OPERATIONS = "no operation is pending there"
BY_OWN_STATE = "the agent's own state shows none of it"
BY_PINGS = "the agent answered the master's pings after the last write"


@dataclass(frozen=True, slots=True)
class Proof:
    """Proven (and how), or what it takes: a wait, or the agent's own state."""

    how: str | None = None
    wait: Wait | None = None
    ask: bool = False


def prove(agent: Agent, pins: Pins, inventory: Inventory, job: Job, memory: Memory) -> Proof:
    """Whether an agent of which the master shows nothing selected any more really has nothing of it.

    A master takes a reservation out of its own view with the 202; an agent that never got the message brings it back.
    """
    snapshot = inventory.snapshot
    operation = touching(agent.id, pins, snapshot.pending or ())
    if operation is not None:
        return Proof(wait=Wait(f"agent {agent.id} on {agent.host} to apply {operation.type}", inventory.now))
    if snapshot.pending is not None and agent.tells_operations:
        return Proof(how=BY_OPERATIONS)
    if agent.id in memory.told:
        return Proof(how=BY_OWN_STATE)
    own = _believed(snapshot.own.get(agent.id), job)
    if own is None:
        return Proof(ask=True)
    if isinstance(own, OwnState):
        if holds(own, pins, job):
            return Proof(wait=Wait(f"agent {agent.id} on {agent.host} to apply it", inventory.now), ask=True)
        return Proof(how=BY_OWN_STATE)
    since = memory.of(agent.id).sent_at
    if since is None:
        since = memory.empty_since.get(agent.id, inventory.now)
    window = snapshot.flags.ping_window
    if inventory.now - since > window:
        return Proof(how=BY_PINGS)
    what = f"agent {agent.id} on {agent.host} to answer pings (its own state cannot be read: {own.why})"
    return Proof(wait=Wait(what, since, window), ask=True)


def _believed(own: OwnState | Unknown | None, job: Job) -> OwnState | Unknown | None:
    """An own state of which the role's part cannot be told is unknown (rules L4, L5)."""
    if isinstance(own, OwnState):
        try:
            own.resources(job.role or "")
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


def holds(own: OwnState, pins: Pins, job: Job) -> bool:
    """Whether the agent's own state still shows something selected."""
    return any(item.kind in pins and wanted(item, job) for item in own.resources(job.role or ""))


def earlier_operations(inventory: Inventory, job: Job, given_up: frozenset[str]) -> tuple[Wait, ...]:
    """Operations on what was asked for that are still under way from before, say of a run that was killed.

    given_up: agents that never return, on the operator's word: nothing is waited for there.
    """
    waits = []
    for operation in inventory.snapshot.pending or ():
        if operation.framework_id is not None or operation.agent_id in given_up:
            continue
        if operation.unclear or any(_asked_for(operation, job)):
            agent = f"agent {operation.agent_id}" if operation.agent_id is not None else "an agent"
            waits.append(Wait(f"{agent} to apply {foreign(operation.type, 40)}", inventory.now))
    return tuple(waits)


def _asked_for(operation: Operation, job: Job) -> list[bool]:
    return [
        bool(kind.stack)
        and kind.stack[-1].role == job.role
        and (job.principal is None or job.any_principal or kind.principal == job.principal)
        for kind in operation.kinds
    ]
