"""Small builders of the values that the pure part works on, written from the wire's documents and not from our code.

An `Item` is the test's own idea of a reserved resource; `Item.json` writes it as a master of either format would.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import msgspec

from janitor.cleanup.case import Case
from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.job import Job
from janitor.cleanup.memory import Memory
from janitor.cleanup.outcome import Answer
from janitor.mesos.cluster import (
    Agent,
    Counts,
    Flags,
    Framework,
    Leader,
    Operation,
    OwnState,
    Recovered,
    Roll,
    Snapshot,
    TaskPlace,
    Unknown,
)
from janitor.mesos.packed import Packed
from janitor.mesos.resources import Resource, parse
from janitor.rules import Override
from janitor.zookeeper.znode import Znode

ROLE = "kafka-role"
PRINCIPAL = "kafka-principal"
ZNODE = "dcos-service-kafka"
ELECTED = 1_700_000_000.0
HOUR = 3600.0
WITH_FEEDBACK = frozenset({"MULTI_ROLE", "RESERVATION_REFINEMENT", "RESOURCE_PROVIDER"})
WITHOUT_FEEDBACK = frozenset({"MULTI_ROLE"})

Value = float | tuple[tuple[int, int], ...] | frozenset[str]


@dataclass(frozen=True)
class Level:
    """One level of a reservation stack."""

    role: str
    principal: str | None = None
    labels: tuple[tuple[str, str], ...] = ()
    type: Literal["STATIC", "DYNAMIC"] = "DYNAMIC"

    def body(self) -> dict[str, object]:
        """What the old format calls `reservation`: who, and the labels."""
        written: dict[str, object] = {}
        if self.principal is not None:
            written["principal"] = self.principal
        if self.labels:
            written["labels"] = {"labels": [{"key": key, "value": value} for key, value in self.labels]}
        return written

    def entry(self) -> dict[str, object]:
        return {"type": self.type, "role": self.role, **self.body()}


@dataclass(frozen=True)
class Item:
    """A reserved resource. `disk` is `PATH`, `MOUNT` or None, each with a root; a volume has an id."""

    name: str
    value: Value
    stack: tuple[Level, ...]
    volume: str | None = None
    volume_principal: str | None = None
    disk: str | None = None
    provider: str | None = None
    shared: bool = False
    allocated: bool = False

    @property
    def role(self) -> str:
        return self.stack[-1].role

    def json(self, style: Literal["old", "new", "both"] = "both") -> str:
        """As /slaves shows it: `old` up to Mesos 1.3, `both` since (a refined one has the new fields only)."""
        written: dict[str, object] = {"name": self.name, **_value(self.value)}
        top = self.stack[-1]
        if len(self.stack) == 1 and style in ("old", "both"):
            written["role"] = top.role
            if top.type == "DYNAMIC":
                written["reservation"] = top.body()
        if style in ("new", "both"):
            written["reservations"] = [level.entry() for level in self.stack]
        disk: dict[str, object] = {}
        if self.volume is not None:
            persistence = {"id": self.volume}
            if self.volume_principal is not None:
                persistence["principal"] = self.volume_principal
            disk["persistence"] = persistence
            disk["volume"] = {"mode": "RW", "container_path": "data"}
        if self.disk is not None:
            disk["source"] = {"type": self.disk, self.disk.lower(): {"root": f"/mnt/{self.disk.lower()}"}}
        if disk:
            written["disk"] = disk
        if self.shared:
            written["shared"] = {}
        if self.provider is not None:
            written["provider_id"] = {"value": self.provider}
        if self.allocated:
            written["allocation_info"] = {"role": self.role}
        return json.dumps(written, separators=(",", ":"))

    def parsed(self) -> Resource:
        return parse(self.json().encode())


def _value(value: Value) -> dict[str, object]:
    if isinstance(value, tuple):
        return {"type": "RANGES", "ranges": {"range": [{"begin": low, "end": high} for low, high in value]}}
    if isinstance(value, frozenset):
        return {"type": "SET", "set": {"item": sorted(value)}}
    return {"type": "SCALAR", "scalar": {"value": value}}


def reserved(
    name: str = "cpus",
    value: Value = 1.0,
    *,
    role: str = ROLE,
    principal: str | None = PRINCIPAL,
    labels: Mapping[str, str] | None = None,
    provider: str | None = None,
    disk: str | None = None,
) -> Item:
    """A dynamically reserved resource."""
    stack = (Level(role, principal, tuple((labels or {}).items())),)
    return Item(name, value, stack, provider=provider, disk=disk)


def volume(
    id: str = "v1",
    size: float = 500.0,
    *,
    role: str = ROLE,
    principal: str | None = PRINCIPAL,
    labels: Mapping[str, str] | None = None,
    disk: str | None = None,
    provider: str | None = None,
    shared: bool = False,
) -> Item:
    """A persistent volume on a dynamic reservation."""
    stack = (Level(role, principal, tuple((labels or {}).items())),)
    return Item("disk", size, stack, id, principal, disk, provider, shared)


def static(name: str = "cpus", value: Value = 4.0, *, role: str = ROLE) -> Item:
    """A resource that the agent's own flags reserve."""
    return Item(name, value, (Level(role, type="STATIC"),))


def volume_on_static(
    id: str = "vs", size: float = 100.0, *, role: str = ROLE, principal: str | None = PRINCIPAL
) -> Item:
    """A persistent volume on a static reservation."""
    return Item("disk", size, (Level(role, type="STATIC"),), id, principal)


def refined(below: str, item: Item, *, below_type: Literal["STATIC", "DYNAMIC"] = "STATIC") -> Item:
    """The item as a refinement of a reservation for the role `below`."""
    return replace(item, stack=(Level(below, type=below_type), *item.stack))


def agent(
    id: str = "S1",
    *items: Item,
    host: str | None = None,
    active: bool = True,
    deactivated: bool = False,
    capabilities: frozenset[str] = WITH_FEEDBACK,
    style: Literal["old", "new", "both"] = "both",
    hidden: Mapping[str, float | str] | None = None,
) -> Agent:
    """An agent with these reservations. `hidden` is what its totals have beyond what is shown (rule L5)."""
    by_role: dict[str, list[str]] = {}
    for item in items:
        by_role.setdefault(item.role, []).append(item.json(style))
    return Agent(
        id=id,
        host=host or f"{id.lower()}.example",
        pid="slave(1)@10.0.0.1:5051",
        active=active,
        deactivated=deactivated,
        version="1.9.0",
        capabilities=capabilities,
        reserved={role: msgspec.Raw(f"[{','.join(texts)}]".encode()) for role, texts in by_role.items()},
        totals=_totals(items, hidden or {}),
    )


def packed(lists: Mapping[str, msgspec.Raw]) -> Packed:
    """The lists of an agent as they are kept of a large cluster."""
    return Packed(msgspec.Raw(msgspec.json.encode(dict(lists))), "the agent")


def _totals(items: Sequence[Item], hidden: Mapping[str, float | str]) -> tuple[msgspec.Raw, msgspec.Raw, msgspec.Raw]:
    unreserved: dict[str, float | str] = {"cpus": 3.5, "mem": 1024.0, "disk": 0.0}
    by_role: dict[str, dict[str, float]] = {}
    total = {name: value for name, value in unreserved.items() if isinstance(value, float)}
    for item in items:
        if isinstance(item.value, float):
            of_role = by_role.setdefault(item.role, {})
            of_role[item.name] = of_role.get(item.name, 0.0) + item.value
            total[item.name] = total.get(item.name, 0.0) + item.value
    everything: dict[str, float | str] = dict(total)
    for name, value in hidden.items():
        everything[name] = total.get(name, 0.0) + value if isinstance(value, float) else value
    written = [json.dumps(part).encode() for part in (everything, by_role, unreserved)]
    return msgspec.Raw(written[0]), msgspec.Raw(written[1]), msgspec.Raw(written[2])


def framework(
    id: str = "F1",
    name: str = "kafka",
    *roles: str,
    principal: str | None = PRINCIPAL,
    active: bool = True,
    ended: float | None = None,
    holds: Iterable[Item] = (),
) -> Framework:
    """A framework, subscribed to the role of the tests unless roles are given. `ended`: seconds before the look."""
    return Framework(
        id=id,
        name=name,
        roles=roles or (ROLE,),
        principal=principal,
        active=active and ended is None,
        connected=active and ended is None,
        completed_at=None if ended is None else ELECTED + HOUR - ended,
        allocated_raw=msgspec.Raw(f"[{','.join(item.json() for item in holds)}]".encode()),
    )


def operation(agent_id: str, *items: Item, framework_id: str | None = None, type: str = "UNRESERVE") -> Operation:
    """An operation under way."""
    return Operation(agent_id, framework_id, type, frozenset(item.parsed().kind for item in items))


def own_state(*items: Item, executors: Iterable[str] = ()) -> OwnState:
    """What an agent says of itself."""
    by_role: dict[str, list[str]] = {}
    for item in items:
        by_role.setdefault(item.role, []).append(item.json())
    lists = {role: msgspec.Raw(f"[{','.join(texts)}]".encode()) for role, texts in by_role.items()}
    return OwnState("S1", lists, executors=frozenset(executors))


def registry(*admitted: str, unreachable: Iterable[str] = (), gone: Iterable[str] = ()) -> Roll:
    return Roll(frozenset(admitted), frozenset(unreachable), frozenset(gone))


def snapshot(
    *agents: Agent,
    frameworks: Iterable[Framework] = (),
    recovered: Iterable[str] = (),
    pending: Iterable[Operation] | None = (),
    roll: Roll | Unknown | None = None,
    counts: Counts | Unknown | int | None = -1,
    unreachable_count: int = 0,
    active_count: int | None = None,
    age: float | None = HOUR,
    dated: bool = True,
    leader: str = "M1",
    flags: Flags | None = None,
    tasks: tuple[TaskPlace, ...] | Unknown = (),
    own: Mapping[str, OwnState | Unknown] | None = None,
) -> Snapshot:
    """A settled look. `age` is the leader's, in seconds; `counts` is right unless a number or an Unknown is given."""
    frameworks = tuple(frameworks)
    recovered = tuple(recovered)
    if counts == -1:
        counts = sum(framework.active for framework in frameworks)
    if isinstance(counts, int):
        counted = sum(agent.active for agent in agents) if active_count is None else active_count
        counts = Counts(counts, unreachable_count, counted)
    return Snapshot(
        leader=Leader(
            id=leader,
            url="http://leader.mesos:5050/master/",
            version="1.9.0",
            elected=None if age is None else ELECTED + HOUR - age,
            asked_at=ELECTED + HOUR if dated else None,
        ),
        agents=tuple(sorted(agents, key=lambda agent: agent.id)),
        recovered=tuple(Recovered(id, f"{id.lower()}.example") for id in recovered),
        frameworks=frameworks,
        pending=None if pending is None else tuple(pending),
        roll=registry(*(agent.id for agent in agents), *recovered) if roll is None else roll,
        counts=counts,
        flags=flags or Flags(),
        tasks=tasks,
        own=dict(own or {}),
    )


def case(inventory: Inventory, asked: Job, before: Memory | None = None) -> Case:
    """What is decided about after this look, by a run that remembered `before`."""
    return Case(inventory, asked, (before or Memory()).after_look(inventory, asked))


def look(
    seen: Snapshot,
    *,
    now: float = 1000.0,
    znode: ZnodeView | Unknown | None = None,
    apps: frozenset[str] | Unknown | None = None,
) -> Inventory:
    return Inventory(seen, now, znode, apps)


def znode_view(
    *,
    path: str = f"/{ZNODE}",
    exists: bool = True,
    czxid: int | None = 77,
    ephemerals: tuple[str, ...] = (),
    unread: tuple[str, ...] = (),
    master_id: str | None = "M1",
    at: float = 1000.0,
    beside: tuple[str, ...] | Unknown = (),
) -> ZnodeView:
    znode = Znode(path, exists, czxid if exists else None, ephemerals, unread, None)
    return ZnodeView(znode, "ZooKeeper at 10.0.0.1:2181", master_id, at, beside)


def job(
    role: str | None = ROLE,
    principal: str | None = PRINCIPAL,
    *,
    labels: Iterable[tuple[str, str]] = (),
    znode: str | None = None,
    overrides: Iterable[Override] = (),
    lost: Iterable[str] = (),
    any_principal: bool = False,
) -> Job:
    return Job(
        role=role,
        principal=principal,
        any_principal=any_principal,
        labels=tuple(labels),
        znode=znode,
        overrides=frozenset(overrides),
        lost_agents=tuple(lost),
    )


def answer(
    status: int | None, words: str = "", *, agent_id: str = "S1", stage: Literal["destroy", "unreserve"] = "unreserve"
) -> Answer:
    return Answer(agent_id, f"{agent_id.lower()}.example", stage, 1, status, words)
