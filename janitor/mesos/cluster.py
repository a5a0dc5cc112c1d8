"""The cluster as plain values: what a settled look gathers, and `Unknown` where a source could not be read."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, cast

import msgspec

from janitor.errors import Unreadable
from janitor.mesos.alike import parse_alike
from janitor.mesos.packed import Packed, PackedList, PackedMember
from janitor.mesos.reserved import Summaries, hidden, items_of, roles_of
from janitor.mesos.resources import Kind, Resource, parse_each, parse_list

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A source that could not be read: never the same as "nothing there" (rule L4).

    `why` is for the operator, and so is `remedy`, what to do about it, if anything.
    """

    why: str
    remedy: str | None = field(default=None, compare=False)


def once(known: dict[Hashable, object], what: Hashable, work: Callable[[], T]) -> T:
    """What `work` gives, worked out at the first call and kept in `known` as `what`."""
    if what not in known:
        known[what] = work()
    return cast(T, known[what])


@dataclass(frozen=True, slots=True)
class Agent:
    """An agent that is registered with the master.

    reserved       role -> the JSON list of what is reserved for it there (keyed by the top of the stack)
    pid            `slave(1)@ip:port`, where the agent itself answers
    totals         the summaries `resources`, `reserved_resources` and `unreserved_resources`, as sent
    """

    id: str
    host: str
    pid: str
    active: bool
    deactivated: bool
    version: str
    capabilities: frozenset[str]
    reserved: Mapping[str, msgspec.Raw] = field(hash=False, compare=False)
    totals: Summaries | None = field(default=None, hash=False, compare=False)
    _known: dict[Hashable, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def named(self) -> str:
        """Its id, and its host where it tells one: an agent may be registered without."""
        return f"{self.id} on {self.host}" if self.host else self.id

    @property
    def served(self) -> bool:
        """Whether it answers: active, or deactivated on purpose (drained; it answers all the same). Rule D3."""
        return self.active or self.deactivated

    @property
    def tells_operations(self) -> bool:
        """Whether the master hears back from it about operations (rule P2)."""
        return "RESOURCE_PROVIDER" in self.capabilities

    def resources(self, role: str) -> tuple[Resource, ...]:
        """What is reserved for exactly this role there; of a large cluster it is decoded anew each time.

        Raises Unreadable when it cannot be read, or contradicts itself (rule L4).
        """
        if isinstance(self.reserved, Packed):
            return self._items(role)
        return self.once(("items", role), lambda: self._items(role))

    def alike(self, role: str) -> tuple[Resource, ...]:
        """The same to count and to compare by, of a large cluster without the ids of each item (`alike.parse_alike`).

        Raises Unreadable as `resources` does.
        """
        if isinstance(self.reserved, Packed):
            with contextlib.suppress(Unreadable):  # what is wrong is said below, of the item itself
                return items_of(role, self.reserved, self.totals, f"agent {self.id}", parse_alike)
        return self.resources(role)

    def by_role(self) -> Iterator[tuple[str, tuple[Resource, ...] | Unreadable]]:
        """Each role of `roles`, with what is reserved for it there; what is packed is unpacked once for all of them.

        Unreadable is what `resources` would raise: what is wrong with one role spoils no other. Raises as `roles` does.
        """
        lists = dict(self.reserved.items()) if isinstance(self.reserved, Packed) else None
        for role in sorted(self.roles):
            try:
                if lists is None:
                    yield role, self.resources(role)
                else:
                    yield role, items_of(role, lists, self.totals, f"agent {self.id}")
            except Unreadable as error:
                yield role, error

    def packed(self, role: str) -> PackedList | PackedMember:
        """The list of what is reserved for this role there, for who remembers it: it keeps nothing else of an answer.

        Raises KeyError when there is none.
        """
        return self.reserved.member(role) if isinstance(self.reserved, Packed) else PackedList(self.reserved[role])

    def _items(self, role: str) -> tuple[Resource, ...]:
        return items_of(role, self.reserved, self.totals, f"agent {self.id}")

    def once(self, what: Hashable, work: Callable[[], T]) -> T:
        """What `work` gives for this agent as it was seen: worked out once, and kept with it as `what`."""
        return once(self._known, what, work)

    @property
    def roles(self) -> frozenset[str]:
        """The roles for which it shows anything as reserved. Raises Unreadable when that cannot be read."""
        return roles_of(self.reserved, self.totals, f"agent {self.id}")

    def hidden(self) -> str:
        """What the agent has beyond what this view shows as reserved or unreserved (rule L5), as text; "" for nothing.

        Raises Unreadable when the summaries cannot be read.
        """
        return self.once("hidden", self._hidden)

    def _hidden(self) -> str:
        return hidden(self.reserved, self.totals, f"agent {self.id}") if self.totals is not None else ""


@dataclass(frozen=True, slots=True)
class Framework:
    """A framework that is registered (`completed_at` None) or completed (epoch seconds; infinity: nobody knows when).

    registered_at, reregistered_at: epoch seconds, None where the master does not tell. failover_timeout: for how many
    seconds after it is disconnected a master keeps what it holds.
    allocated, offered: the items that it holds or is offered, on whatever agent (the wire does not say which). They
    are decoded when first asked for, and raise Unreadable when they cannot be read.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    principal: str | None
    active: bool
    connected: bool
    completed_at: float | None
    registered_at: float | None = None
    reregistered_at: float | None = None
    failover_timeout: float = 0.0
    allocated_raw: bytes | msgspec.Raw | PackedList = field(default=b"[]", hash=False, compare=False, repr=False)
    offered_raw: bytes | msgspec.Raw | PackedList = field(default=b"[]", hash=False, compare=False, repr=False)
    _decoded: dict[str, tuple[Resource, ...]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def completed(self) -> bool:
        return self.completed_at is not None

    @property
    def allocated(self) -> tuple[Resource, ...]:
        return self._items("holds", self.allocated_raw)

    @property
    def offered(self) -> tuple[Resource, ...]:
        return self._items("is offered", self.offered_raw)

    def each_allocated(self) -> Iterator[Resource]:
        """What it holds, one after the other, of a large cluster decoded anew each time."""
        if isinstance(self.allocated_raw, PackedList):
            return parse_each(self.allocated_raw.unpacked(), self._where("holds"))
        return iter(self.allocated)

    def _items(self, verb: str, raw: bytes | msgspec.Raw | PackedList) -> tuple[Resource, ...]:
        if isinstance(raw, PackedList):
            return parse_list(raw.unpacked(), self._where(verb))
        if verb not in self._decoded:
            self._decoded[verb] = parse_list(raw, self._where(verb))
        return self._decoded[verb]

    def _where(self, verb: str) -> str:
        return f"what framework {self.id} {verb}"


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation that the master accepted and has not heard the end of (v1 GET_OPERATIONS, since 1.6).

    unclear: what it works on cannot be read, so it may be anything (rule L4).
    """

    agent_id: str | None
    framework_id: str | None
    type: str
    kinds: frozenset[Kind]
    unclear: bool = False


@dataclass(frozen=True, slots=True)
class Recovered:
    """An agent that the registry knows and that has not registered with this leader yet."""

    id: str
    host: str


@dataclass(frozen=True, slots=True)
class Roll:
    """Which agents the cluster should have (rule L6), from the registry.

    since: agent id -> when it was declared unreachable, in epoch seconds.
    """

    admitted: frozenset[str]
    unreachable: frozenset[str]
    gone: frozenset[str]
    since: Mapping[str, float] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Counts:
    """From /metrics/snapshot: what the master counts, whatever the reader may see; None for what it does not tell.

    uptime       seconds since the master's process began
    waiting      agents that answer no ping, and are listed until they may be removed
    waiting_old  the same by the metrics' names from before Mesos 1.1; later masters keep those at zero
    """

    frameworks_active: int | None
    agents_unreachable: int | None = None
    agents_active: int | None = None
    uptime: float | None = None
    waiting: int | None = None
    waiting_old: int | None = None
    frameworks_inactive: int | None = None


@dataclass(frozen=True, slots=True)
class Flags:
    """What the master's own flags say, with Mesos's defaults where they could not be read.

    ping_timeout    seconds between two pings of an agent
    ping_misses     how many of them an agent may leave unanswered
    cluster         the name of the cluster, None where it has none
    removal_limit   how often the master removes an agent that answers none, such as `1/20mins`; "" for at once
    unread          why the flags, or those about pings, could not be read; "" when they were
    """

    zk: str | None = None
    ping_timeout: float = 15.0
    ping_misses: int = 5
    removal_limit: str = ""
    cluster: str | None = None
    unread: str = ""

    @property
    def ping_window(self) -> float:
        """Seconds until the master gives an agent up that answers no ping, from the first one it leaves unanswered."""
        return self.ping_timeout * self.ping_misses

    @property
    def answer_window(self) -> float:
        """Seconds until it gives one up that went silent at any moment: the next ping comes after a whole timeout."""
        return self.ping_timeout * (self.ping_misses + 1)


_ENDED = frozenset(
    f"TASK_{state}"
    for state in ("FINISHED", "FAILED", "KILLED", "ERROR", "LOST", "DROPPED", "GONE", "GONE_BY_OPERATOR")
)
"""Task states that are terminal (mesos: protobuf::isTerminalState); UNREACHABLE is none of them."""


@dataclass(frozen=True, slots=True)
class TaskPlace:
    """Where a task is or was: which framework's, on which agent, and the roles and resource ids of what it used."""

    framework_id: str
    agent_id: str
    roles: frozenset[str]
    resource_ids: frozenset[str] = frozenset()
    name: str = ""
    state: str = ""
    unclear: bool = False
    """What it used cannot be read (rule L4)."""

    @property
    def ended(self) -> bool:
        """Whether the task has come to its end, as far as the master knows."""
        return self.state in _ENDED


@dataclass(frozen=True, slots=True)
class OwnState:
    """What an agent itself says (`/slave(1)/state`): the truth that the master's view only mirrors (rule P2).

    reserved, totals    as for an Agent: it hides and contradicts itself in the same ways
    executors           ids of the frameworks that still have an executor running there
    """

    agent_id: str
    reserved: dict[str, msgspec.Raw] = field(hash=False)
    totals: Summaries | None = field(default=None, hash=False)
    executors: frozenset[str] = frozenset()

    def resources(self, role: str) -> tuple[Resource, ...]:
        """What is reserved for exactly this role. Raises Unreadable when that cannot be told (rules L4, L5)."""
        where = f"agent {self.agent_id}, by its own state,"
        items = items_of(role, self.reserved, self.totals, where)
        if not items and self.totals is not None and (more := hidden(self.reserved, self.totals, where)):
            raise Unreadable(f"Its own state is a filtered view: agent {self.agent_id} has {more} more than it shows.")
        return items


@dataclass(frozen=True, slots=True)
class Leader:
    """The leading master. Times are epoch seconds; `asked_at` is the Date of its own answer (rule L7).

    url      where it answered, ending in `/master/`
    id       differs for every leadership
    started  when its process began
    doubt    why the Date of its answers is no clock: then `asked_at` is None
    """

    id: str
    url: str
    version: str
    elected: float | None
    asked_at: float | None
    started: float | None = None
    doubt: str = ""

    @property
    def age(self) -> float | None:
        """Seconds since its election, None when it cannot be told."""
        if self.elected is None or self.asked_at is None:
            return None
        return max(0.0, self.asked_at - self.elected)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One settled look at a master (rule L3).

    pending   None where the master has no GET_OPERATIONS
    counts    None when they were not asked for this time: /metrics/snapshot answers two requests a second
    own       agent id -> its own state, for the agents that were asked
    """

    leader: Leader
    agents: tuple[Agent, ...]
    recovered: tuple[Recovered, ...]
    frameworks: tuple[Framework, ...]
    pending: tuple[Operation, ...] | None
    roll: Roll | Unknown
    counts: Counts | Unknown | None
    flags: Flags
    tasks: tuple[TaskPlace, ...] | Unknown = ()
    own: dict[str, OwnState | Unknown] = field(default_factory=dict)

    def hiding(self) -> tuple[Agent, str] | None:
        """The first agent of which this view hides something, and what (rule L5). Raises Unreadable."""
        return next(((agent, more) for agent in self.agents if (more := agent.hidden())), None)


_VERSION = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})(?![0-9])", re.ASCII)


def version_number(version: str) -> tuple[int, int]:
    """(major, minor) of a Mesos version such as `1.9.0` or `1.14.0-alpha`; (0, 0) when it is none."""
    found = _VERSION.match(version)
    return (int(found[1]), int(found[2])) if found else (0, 0)
