"""Any cluster, for properties: what hypothesis draws, and the test's own model of what a job asks for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import strategies as st

from janitor.cleanup.inventory import Inventory
from janitor.cleanup.job import Job
from janitor.mesos.cluster import Agent, Counts, Framework, Operation, OwnState, Roll, TaskPlace, Unknown
from janitor.rules import OVERRIDES
from tests.unit.builders import (
    HOUR,
    PRINCIPAL,
    ROLE,
    WITH_FEEDBACK,
    WITHOUT_FEEDBACK,
    Item,
    Level,
    agent,
    framework,
    look,
    operation,
    own_state,
    packed,
    snapshot,
    znode_view,
)

AGENT_IDS = ("S1", "S2", "S3")
ID_1, ID_2 = "0b9f1c52-7d57-4d5c-9f6e-3a1c5f8a0001", "0b9f1c52-7d57-4d5c-9f6e-3a1c5f8a0002"
SOME_LABELS = st.sampled_from(
    [("a", "1"), ("a", "2"), ("b", "1"), ("framework_id", "F1"), ("resource_id", ID_1), ("resource_id", ID_2)]
)
LABELS = st.sampled_from([0, 0, 0, 1, 2]).flatmap(lambda n: st.tuples(*[SOME_LABELS] * n))
PRINCIPALS = st.sampled_from([PRINCIPAL] * 5 + ["another", None])
SCALARS = st.sampled_from([1.0, 0.5, 500.0, 500.0, 2.0, 0.0, 0.0004])


def asked_for(item: Item, job: Job) -> bool:
    """The model of rule S1, from its text."""
    if job.role in (None, "*") or item.role != job.role:
        return False
    top = item.stack[-1]
    if top.type == "STATIC":
        if item.volume is None or job.labels:
            return False
        owner = item.volume_principal
    else:
        owner = top.principal
    if job.principal is not None and not job.any_principal and owner != job.principal:
        return False
    wanted: dict[str, set[str]] = {}
    for key, value in job.labels:
        wanted.setdefault(key, set()).add(value)
    return all(any(k == key and v in values for k, v in top.labels) for key, values in wanted.items())


def identity(item: Item) -> tuple[object, ...]:
    """What rule S2 pins of an item: name, every level of the stack, provider, disk source."""
    stack = tuple((one.type, one.role, one.principal, tuple(sorted(one.labels))) for one in item.stack)
    creator = item.volume_principal if item.stack[-1].type == "STATIC" else None
    return (item.name, stack, item.provider, item.disk, creator)


def without_resource_id(item: Item) -> tuple[object, ...]:
    """Whose reservation it is: its stack, but for the label that only one reservation has."""
    stack = tuple(
        (one.type, one.role, one.principal, tuple(sorted(pair for pair in one.labels if pair[0] != "resource_id")))
        for one in item.stack
    )
    return (stack, item.volume_principal if item.stack[-1].type == "STATIC" else None)


@st.composite
def items(draw: st.DrawFn) -> Item:
    role = draw(st.sampled_from([ROLE] * 5 + ["kafka-role/sub", "other-role"]))
    top = Level(role, draw(PRINCIPALS), draw(LABELS))
    if draw(st.integers(0, 6)) == 6:
        top = Level(role, type="STATIC")
    stack: tuple[Level, ...] = (top,)
    if "/" in role and top.type == "DYNAMIC" and draw(st.booleans()):
        stack = (Level("kafka-role", type=draw(st.sampled_from(["STATIC", "DYNAMIC"]))), top)
    kind = draw(st.sampled_from(["cpus", "mem", "ports", "racks", "disk", "volume", "volume"]))
    provider = draw(st.sampled_from([None, None, None, "rp1", "rp2"]))
    allocated = draw(st.integers(0, 19)) == 19
    if kind == "ports":
        ranges = draw(st.sampled_from([((1, 5),), ((1, 5), (8, 9)), (), ((9, 3),)]))
        return Item("ports", ranges, stack, provider=provider, allocated=allocated)
    if kind == "racks":
        members = draw(st.frozensets(st.sampled_from("abc"), max_size=2))
        return Item("racks", members, stack, provider=provider, allocated=allocated)
    if kind in ("cpus", "mem"):
        return Item(kind, draw(SCALARS), stack, provider=provider, allocated=allocated)
    item = Item("disk", draw(SCALARS), stack, disk=draw(st.sampled_from([None, "PATH", "MOUNT"])), provider=provider)
    if kind == "volume":
        item = replace(
            item,
            volume=draw(st.sampled_from([ID_1, ID_2, "v3"])),
            volume_principal=draw(PRINCIPALS) if top.type == "STATIC" else top.principal,
            shared=draw(st.booleans()),
        )
    return replace(item, allocated=allocated)


@dataclass(frozen=True)
class Spec:
    """An agent as the test knows it, and as a master shows it."""

    id: str
    items: tuple[Item, ...]
    active: bool
    deactivated: bool
    capabilities: frozenset[str]
    hidden: bool
    packed: bool = False

    @property
    def served(self) -> bool:
        return self.active or self.deactivated

    def shown(self) -> Agent:
        one = agent(
            self.id,
            *self.items,
            active=self.active,
            deactivated=self.deactivated,
            capabilities=self.capabilities,
            hidden={"cpus": 1.0} if self.hidden else None,
        )
        return replace(one, reserved=packed(one.reserved)) if self.packed else one

    def by_bytes(self) -> dict[bytes, Item]:
        return {item.json().encode(): item for item in self.items}


@st.composite
def specs(draw: st.DrawFn, id: str) -> Spec:
    return Spec(
        id=id,
        items=tuple(draw(st.lists(items(), max_size=4))),
        active=draw(st.sampled_from([True] * 7 + [False])),
        deactivated=draw(st.sampled_from([False, False, False, True])),
        capabilities=draw(st.sampled_from([WITH_FEEDBACK, WITH_FEEDBACK, WITHOUT_FEEDBACK])),
        hidden=draw(st.sampled_from([False, False, False, True])),
        packed=draw(st.booleans()),
    )


@st.composite
def frameworks(draw: st.DrawFn) -> Framework:
    return framework(
        draw(st.sampled_from(["F1", "F2", "F3"])),
        draw(st.sampled_from(["kafka", "other"])),
        draw(st.sampled_from([ROLE, "other-role"])),
        principal=draw(PRINCIPALS),
        active=draw(st.booleans()),
        ended=draw(st.sampled_from([None, 1.0, 500.0])),
        holds=draw(st.lists(items(), max_size=1)),
    )


@st.composite
def operations(draw: st.DrawFn) -> Operation:
    return operation(
        draw(st.sampled_from(AGENT_IDS)),
        *draw(st.lists(items(), min_size=1, max_size=2)),
        framework_id=draw(st.sampled_from([None, None, "F1"])),
    )


UNKNOWN = st.just(Unknown("403 Forbidden."))
AGENTS = st.frozensets(st.sampled_from([*AGENT_IDS, "S8", "S9"]), max_size=2)
ROLLS = st.builds(Roll, AGENTS, AGENTS, AGENTS) | UNKNOWN | st.none()
COUNTS = st.builds(Counts, st.integers(0, 2), st.integers(0, 2)) | UNKNOWN | st.none()
PLACES = st.builds(TaskPlace, st.sampled_from(["F1", "F2"]), st.sampled_from(["S1", "S9"]), st.just(frozenset({ROLE})))
OWN: st.SearchStrategy[OwnState | Unknown] = (
    st.builds(lambda held, running: own_state(*held, executors=running),
              st.lists(items(), max_size=2), st.frozensets(st.sampled_from(["F1", "F2"]), max_size=1))
    | UNKNOWN
)  # fmt: skip
ZNODES = (
    st.builds(
        znode_view,
        exists=st.booleans(),
        ephemerals=st.sampled_from([(), (), ("/x/lock/1",)]),
        unread=st.sampled_from([(), (), ("/x/lock",)]),
        master_id=st.sampled_from(["M1", "M1", None, "M9"]),
    )
    | UNKNOWN
    | st.none()
)
CALM = st.sampled_from([True, True, True, False])


@st.composite
def inventories(draw: st.DrawFn, *, now: float = 1000.0) -> tuple[Inventory, tuple[Spec, ...]]:
    """Any settled look. Every second one is of a plain cluster, so that most runs get to work."""
    shown = draw(st.lists(st.sampled_from(AGENT_IDS), unique=True, min_size=1, max_size=3))
    agents = tuple(draw(specs(id)) for id in shown)
    if draw(CALM):
        agents = tuple(replace(one, hidden=False) for one in agents)
        return look(
            snapshot(*(one.shown() for one in agents)), now=now, znode=draw(st.none() | st.just(znode_view()))
        ), agents
    seen = snapshot(
        *(one.shown() for one in agents),
        frameworks=draw(st.lists(frameworks(), max_size=2)),
        recovered=draw(st.lists(st.sampled_from(["S8", "S9"]), unique=True, max_size=2)),
        pending=draw(st.none() | st.lists(operations(), max_size=1)),
        roll=draw(ROLLS),
        counts=draw(COUNTS),
        age=draw(st.sampled_from([HOUR, 5.0, None])),
        dated=draw(st.booleans()),
        tasks=draw(st.lists(PLACES, max_size=2).map(tuple) | UNKNOWN),
        own=draw(st.dictionaries(st.sampled_from(AGENT_IDS), OWN, max_size=2)),
    )
    apps = draw(st.sampled_from([None, frozenset(), frozenset({"kafka"}), Unknown("503")]))
    return look(seen, now=now, znode=draw(ZNODES), apps=apps), agents


JOBS = st.builds(
    Job,
    role=st.sampled_from([ROLE] * 8 + ["kafka-role/sub", "*", None]),
    principal=st.sampled_from([PRINCIPAL] * 6 + [None, "typo"]),
    any_principal=st.sampled_from([False, False, False, True]),
    labels=st.sampled_from([(), (), (), (), (("a", "1"),), (("a", "1"), ("a", "2")), (("a", "1"), ("b", "1"))]),
    znode=st.sampled_from([None, "dcos-service-kafka", "something"]),
    overrides=st.frozensets(st.sampled_from(OVERRIDES)),
    lost_agents=st.sampled_from([(), (), (), (), (), ("S3",), ("s2.example",), ("S9",)]),
)
