"""From what a master or an agent wrote to values. Pure.

Numbers, dates and texts of a server are made into ours here and nowhere else. What cannot be read and is needed raises
Unreadable, or is None or unclear in the value; what is only shown spoils nothing (rule L4).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TypeVar

import msgspec
from msgspec import Raw

from janitor.errors import Unreadable
from janitor.mesos import wire
from janitor.mesos.cluster import (
    Agent,
    Counts,
    Flags,
    Framework,
    Operation,
    OwnState,
    Recovered,
    Roll,
    TaskPlace,
)
from janitor.mesos.packed import Packed, PackedList
from janitor.mesos.reserved import members
from janitor.mesos.resources import parse_list
from janitor.numbers import count, decimal, moment_of_nanoseconds, whole
from janitor.words import called, foreign

H = TypeVar("H", bound=Hashable)

_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "ms": 1e-3,
    "secs": 1.0,
    "mins": 60.0,
    "hrs": 3600.0,
    "days": 86400.0,
    "weeks": 604800.0,
}

_ENDED = (
    "OPERATION_FINISHED",
    "OPERATION_FAILED",
    "OPERATION_ERROR",
    "OPERATION_DROPPED",
    "OPERATION_GONE_BY_OPERATOR",
)


Times = tuple[float | None, float | None]
"""When the master was elected, and when its process began: epoch seconds, None where that is not known."""


def times_of(answer: wire.GetMaster | wire.V0State) -> Times:
    """What the master's own clock says of its election and its start."""
    return wire.moment(answer.elected_time), wire.moment(answer.start_time)


def agents_of(
    answer: wire.V0Slaves, taken: Iterable[Agent] = (), *, packed: bool = False
) -> tuple[tuple[Agent, ...], tuple[Recovered, ...]]:
    """The registered agents, sorted by id, and the recovered ones. Raises Unreadable when one is listed twice.

    taken: those that were taken out of the answer before; packed: whether nothing of it is to be kept: it is large.
    """
    every = [*taken, *(_agent(entry, packed=packed) for entry in answer.slaves)]
    agents = tuple(sorted(every, key=lambda agent: agent.id))
    for one, next_one in itertools.pairwise(agents):
        if one.id == next_one.id:
            raise Unreadable(f"/slaves lists agent {one.id} twice: it is not known what is reserved there.")
    return agents, tuple(Recovered(entry.id, called(wire.shown(entry.hostname))) for entry in answer.recovered_slaves)


_AGENT = msgspec.json.Decoder(wire.V0Agent)


def take_agent(entry: bytes, into: list[Agent]) -> bool:
    """Add the agent whose entry this is; False when it is none, or not all of it. Raises Unreadable as `agents_of`."""
    try:
        read = _AGENT.decode(entry)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    into.append(_agent(read, packed=True))
    return True


def _agent(entry: wire.V0Agent, *, packed: bool) -> Agent:
    totals = (entry.resources, entry.reserved_resources, entry.unreserved_resources)
    return Agent(
        id=entry.id,
        host=called(wire.shown(entry.hostname)),
        pid=wire.shown(entry.pid),
        active=entry.active,
        deactivated=entry.deactivated,
        version=_shared(called(wire.shown(entry.version))),
        capabilities=_shared(frozenset(map(wire.shown, entry.capabilities))),
        reserved=_lists(entry.reserved_resources_full, f"agent {entry.id}", packed=packed),
        totals=(totals[0].copy(), totals[1].copy(), totals[2].copy()) if packed else totals,
    )


@lru_cache(maxsize=256)
def _shared(value: H) -> H:
    """The one copy of what thousands of agents have alike."""
    return value


def _lists(raw: Raw, where: str, *, packed: bool = False) -> Mapping[str, Raw]:
    if raw == wire.NOTHING:
        return {}
    what = f"reserved_resources_full of {where}"
    return Packed(raw, what) if packed else members(raw, what)


def own_state_of(state: wire.V0AgentState) -> OwnState:
    """What an agent says of itself. It is copied: the whole answer may be large, and is not needed any more.

    Raises Unreadable when it has no lists at all, as before Mesos 1.1: then it tells nothing (rule L4).
    """
    if state.reserved_resources_full == wire.NOTHING:
        raise Unreadable(f"Agent {state.id} does not tell what is reserved there (no reserved_resources_full).")
    lists = _lists(state.reserved_resources_full, f"agent {state.id}")
    return OwnState(
        agent_id=state.id,
        reserved={role: raw.copy() for role, raw in lists.items()},
        totals=(state.resources.copy(), state.reserved_resources.copy(), state.unreserved_resources.copy()),
        executors=frozenset(framework.id for framework in state.frameworks if framework.executors),
    )


def frameworks_of(answer: wire.GetFrameworks, *, packed: bool = False) -> tuple[Framework, ...]:
    """The registered and the completed frameworks. packed: whether nothing of the answer is to be kept: it is large."""
    keep = PackedList if packed else lambda raw: raw
    live = [_framework(entry, keep, completed=False) for entry in answer.frameworks]
    return tuple(live + [_framework(entry, keep, completed=True) for entry in answer.completed_frameworks])


def _framework(entry: wire.V1Framework, keep: Callable[[Raw], Raw | PackedList], *, completed: bool) -> Framework:
    info = entry.framework_info
    roles = [wire.shown(role) for role in info.roles]
    if not roles:
        roles = [wire.shown(info.role) if info.role != wire.NOTHING else "*"]
    active = entry.active and not completed
    return Framework(
        id=info.id.value,
        name=wire.shown(info.name),
        roles=tuple(roles),
        principal=wire.exact(info.principal),
        active=active,
        connected=active if entry.connected is None else entry.connected,
        completed_at=_ended_at(entry) if completed else None,
        registered_at=wire.instant(entry.registered_time),
        reregistered_at=wire.instant(entry.reregistered_time),
        failover_timeout=wire.number(info.failover_timeout) or 0.0,
        allocated_raw=keep(entry.allocated_resources),
        offered_raw=keep(entry.offered_resources),
    )


def _ended_at(entry: wire.V1Framework) -> float:
    """Epoch seconds; infinity where the master tells no time: then nobody knows how long ago it was."""
    ended = wire.instant(entry.unregistered_time)
    return math.inf if ended is None else ended


def operations_of(answer: wire.GetOperations) -> tuple[Operation, ...]:
    """The operations whose end is open; a master lists those with an end only until the end is acknowledged."""
    return tuple(
        _operation(entry)
        for entry in answer.operations
        if entry.latest_status is None or entry.latest_status.state not in _ENDED
    )


def _operation(entry: wire.V1Operation) -> Operation:
    info = entry.info
    bodies = [body for body in (info.reserve, info.unreserve, info.create, info.destroy) if body is not None]
    try:
        raws = [raw for body in bodies for raw in (body.resources, body.volumes)]
        kinds = frozenset(item.kind for raw in raws for item in parse_list(raw, "GET_OPERATIONS"))
        unclear = info.type in ("RESERVE", "UNRESERVE", "CREATE", "DESTROY", "UNKNOWN") and not kinds
    except Unreadable:
        kinds, unclear = frozenset(), True
    return Operation(
        agent_id=entry.agent_id.value if entry.agent_id else None,
        framework_id=entry.framework_id.value if entry.framework_id else None,
        type=info.type,
        kinds=kinds,
        unclear=unclear,
    )


def tasks_of(answer: wire.GetTasks) -> tuple[TaskPlace, ...]:
    """Every task that the master knows, whatever has become of it."""
    every = answer.tasks + answer.completed_tasks + answer.unreachable_tasks + answer.orphan_tasks
    return tuple(map(_task, every))


def _task(task: wire.V1Task) -> TaskPlace:
    try:
        tops = [item.top for item in parse_list(task.resources, "GET_TASKS") if item.kind.stack]
        unclear = False
    except Unreadable:
        tops, unclear = [], True
    ids = (top.label("resource_id") for top in tops)
    return TaskPlace(
        framework_id=task.framework_id.value,
        agent_id=task.agent_id.value,
        roles=frozenset(top.role for top in tops),
        resource_ids=frozenset(resource_id for resource_id in ids if resource_id is not None),
        name=wire.shown(task.name),
        state=wire.shown(task.state),
        unclear=unclear,
    )


def roll_of(registry: wire.Registry) -> Roll:
    """Which agents the cluster should have."""
    timed = {entry.id.value: entry.timestamp for entry in registry.unreachable.slaves if entry.timestamp}
    since = {agent_id: moment_of_nanoseconds(timestamp.nanoseconds) for agent_id, timestamp in timed.items()}
    return Roll(
        frozenset(entry.info.id.value for entry in registry.slaves.slaves),
        frozenset(entry.id.value for entry in registry.unreachable.slaves),
        frozenset(entry.id.value for entry in registry.gone.slaves),
        {agent_id: when for agent_id, when in since.items() if when is not None},
    )


def counts_of(metrics: wire.Metrics) -> Counts:
    """What the master counts; None for a metric that is missing or odd."""
    return Counts(
        frameworks_active=_count(metrics.frameworks_active),
        frameworks_inactive=_count(metrics.frameworks_inactive),
        agents_unreachable=_count(metrics.agents_unreachable),
        agents_active=_count(metrics.agents_active),
        uptime=wire.number(metrics.uptime),
        waiting=_waiting(metrics.unreachable_scheduled, metrics.unreachable_completed, metrics.unreachable_canceled),
        waiting_old=_waiting(metrics.shutdowns_scheduled, metrics.shutdowns_completed, metrics.shutdowns_canceled),
    )


def _count(raw: Raw) -> int | None:
    value = wire.number(raw)
    return count(value) if value is not None else None


def _waiting(scheduled: Raw, completed: Raw, canceled: Raw) -> int | None:
    """How many agents wait to be removed: scheduled, and neither completed nor canceled (mesos: SlaveObserver)."""
    begun, done, given_up = _count(scheduled), _count(completed), _count(canceled)
    return begun - done - given_up if begun is not None and done is not None and given_up is not None else None


def flags_of(found: Iterable[wire.Flag]) -> Flags:
    """The flags that Janitor asks for. One is shown by the name by which it was set: DC/OS sets those with `slave`."""
    flags = {flag.name: wire.exact(flag.value) or "" for flag in found}

    def either(name: str) -> str:
        return flags.get(name) or flags.get(name.replace("agent", "slave"), "")

    zk = flags.get("zk", "")
    known = Flags(
        zk=zk if zk.startswith("zk://") else None,
        removal_limit=either("agent_removal_rate_limit"),
        cluster=flags.get("cluster") or None,
    )
    timeout, misses = either("agent_ping_timeout"), either("max_agent_ping_timeouts")
    seconds, pings = duration(timeout), whole(misses)
    if not seconds or not pings:
        return replace(
            known, unread=f"they do not tell how often agents are pinged ({foreign(f'{timeout} {misses}', 80)})"
        )
    return replace(known, ping_timeout=seconds, ping_misses=pings)


def duration(text: str) -> float | None:
    """Seconds of a Mesos duration such as `15secs` (mesos: 3rdparty/stout/include/stout/duration.hpp)."""
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    amount, unit = decimal(number), _UNITS.get(text[len(number) :])
    return amount * unit if amount is not None and unit is not None else None
