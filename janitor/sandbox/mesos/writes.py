"""An operator's write: all of a master's checks, in its order (Mesos src/master/http.cpp, `_operation`)."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from janitor.sandbox.mesos import refusals, validation
from janitor.sandbox.mesos.algebra import Pool
from janitor.sandbox.mesos.formats import Json, from_json
from janitor.sandbox.mesos.leader import Leader
from janitor.sandbox.mesos.operations import Kind, NotContained, Operation, convert
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.version import Version
from janitor.sandbox.mesos.views import View


class MasterAborted(Exception):
    """The master's process has died on a CHECK."""


@dataclass(frozen=True)
class Answer:
    """What a write is answered: a status and a text."""

    status: int
    text: str = ""


def operate(
    leader: Leader,
    kind: Kind,
    agent_id: str,
    raws: Sequence[Json],
    principal: str | None,
    authorized: Callable[[Sequence[Resource]], bool],
) -> Answer:
    """One write; `raws` are well-formed resources (see `messages`). Raises `MasterAborted`."""
    version = leader.version
    view = leader.agents.get(agent_id)
    if view is None:
        return Answer(400, "No agent found with specified ID")
    mistakes = [validation.resource_mistake(raw, version) for raw in raws]
    mistake = next(filter(None, mistakes), None)
    if mistake is not None and (version.refinement or kind is not Kind.DESTROY):
        return Answer(400, f"{_invalid_list(kind, version)}{mistake}")
    items = tuple(from_json(raw, version) for raw, wrong in zip(raws, mistakes, strict=True) if wrong is None)
    if not version.refinement:
        items = tuple(Pool(items))  # the list is one sum there
    if (reason := _refused(kind, items, view, principal, version)) is not None:
        return Answer(400, f"Invalid {kind.value} operation{_where(kind, view, version)}: {reason}")
    if not authorized(items):
        return Answer(403, "403 Forbidden." if version.since(1, 8) else "")
    if mistake is not None:  # before 1.4 the checks pass over an invalid volume; only the DESTROY itself does not
        return Answer(409, f"Invalid {kind.value} Operation: {mistake}")
    return _accept(leader, Operation(uuid.uuid4().hex, kind, agent_id, items), view)


def _invalid_list(kind: Kind, version: Version) -> str:
    """What precedes the mistake of one resource."""
    return "" if version.refinement else f"Invalid {kind.value} operation: Invalid resources: Invalid resources: "


def _where(kind: Kind, view: View, version: Version) -> str:
    if kind is not Kind.RESERVE or not version.since(1, 3):
        return ""
    return f" on agent {view.agent.id} at {view.agent.pid} ({view.agent.hostname})"


def _refused(kind: Kind, items: Sequence[Resource], view: View, principal: str | None, version: Version) -> str | None:
    if (reason := refusals.resources(items, version)) is not None:
        return f"Invalid resources: {reason}"
    if kind is Kind.RESERVE:
        return refusals.reserve(items, principal, view.agent.capabilities, version)
    if kind is Kind.UNRESERVE:
        return refusals.unreserve(items, version)
    if kind is Kind.CREATE:
        return refusals.create(items, principal, view.total, version)
    return refusals.destroy(items, view.total, view.used, version)


def _accept(leader: Leader, operation: Operation, view: View) -> Answer:
    kind, items = operation.kind, operation.items
    # A conversion with nothing to convert has no resource provider: `Slave::apply` dies on a CHECK (master.cpp).
    conversions = (Kind.RESERVE, Kind.UNRESERVE)
    if kind in conversions and leader.version.since(1, 6) and any(item.is_zero for item in items):
        raise MasterAborted
    leader.offers.rescind_for(view, operation.consumed)
    try:
        convert(operation, view.free(), leader.version)
    except NotContained as refusal:
        return Answer(409, str(refusal))
    leader.take_on(operation, view)
    return Answer(202)
