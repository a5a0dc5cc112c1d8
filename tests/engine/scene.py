"""A cluster with a real ZooKeeper, a clean-up on it, and what must hold whatever a test makes of the two."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any
from unittest.mock import patch

from kazoo.client import KazooClient

from janitor import connect
from janitor.cleanup.job import Job
from janitor.cleanup.outcome import Outcome
from janitor.connect import run_clean
from janitor.events import Answered, Event, ZnodeProgress
from janitor.patience import Patience, Stop
from janitor.sandbox import Sandbox
from janitor.target import Limits, Run, Target
from tests.clock import HANGS, Clock
from tests.zookeeper.server import ZooKeeperServer
from tests.zookeeper.service import abandon_service
from tests.zookeeper.trees import snapshot

Item = dict[str, Any]
When = Callable[[Any], bool]

ROLE, PRINCIPAL, ZNODE = "kafka-role", "kafka-principal", "dcos-service-kafka"
WRITES = ("DESTROY_VOLUMES", "UNRESERVE_RESOURCES")


class Recorder:
    """A view that keeps every event, and does what a test wants done at one: in the run's own thread, so it waits."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._reactions: list[tuple[type[Event], When, Callable[[], object], int | None, Iterator[int]]] = []

    def on(
        self,
        kind: type[Event],
        action: Callable[[], object],
        *,
        when: When = lambda _: True,
        nth: int | None = 1,
    ) -> None:
        """Do `action` at the n-th event of this kind for which `when` holds; None: at every one."""
        self._reactions.append((kind, when, action, nth, itertools.count(1)))

    def __call__(self, event: Event) -> None:
        self.events.append(event)
        for kind, when, action, nth, count in self._reactions:
            if isinstance(event, kind) and when(event):
                number = next(count)
                if nth in (None, number):
                    action()

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@dataclass
class Ran:
    """One run: what came of it, what was told, and what was sent to masters meanwhile."""

    outcome: Outcome
    events: list[Event]
    requests: list[Item]

    @property
    def status(self) -> int:
        return self.outcome.status

    @property
    def writes(self) -> list[Item]:
        """Every request that could change something, as (type, agent, items, status) of v1."""
        return [write for request in self.requests if (write := _write(request)) is not None]

    @property
    def rules(self) -> list[str]:
        """The rules that stopped it."""
        return [blocked.rule.code for blocked in self.outcome.blocked]

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def refused(self, rule: str, status: int = 6) -> str:
        """It was stopped by this rule before anything was written; gives the whole text."""
        assert (self.rules, self.status) == ([rule], status), self.outcome
        assert self.writes == []
        blocked = self.outcome.blocked[0]
        return "\n".join([blocked.message, blocked.remedy or "", *blocked.ways, blocked.override or ""])


@dataclass
class Scene:
    """One sandbox, one ZooKeeper, and the runs on them. `target` is where a run looks unless it is told otherwise."""

    sandbox: Sandbox
    zookeeper: ZooKeeperServer
    client: KazooClient
    target: Target
    recorder: Recorder = field(default_factory=Recorder)
    clock: Clock = field(default_factory=Clock)
    """Of the next run, as the recorder is."""
    unwatched: str = ""
    """A top-level znode that a test changes itself."""

    @property
    def control(self) -> Any:
        return self.sandbox.control

    @property
    def agents(self) -> list[str]:
        return self.sandbox.agents

    # --- what is there ----------------------------------------------------------------------------------------------

    def broker(
        self,
        agent: str,
        number: int,
        *,
        volume: bool = True,
        role: str = ROLE,
        principal: str | None = PRINCIPAL,
        labels: dict[str, str] | None = None,
    ) -> None:
        """What the SDK reserves for one pod: every reservation with a resource_id of its own."""
        more = labels or {}
        self.control.reserve(
            agent, role, principal, cpus=1, mem=512, labels={"resource_id": f"{role}-r{number}", **more}
        )
        self.control.reserve(
            agent,
            role,
            principal,
            ports=f"[{31000 + number}-{31000 + number}]",
            labels={"resource_id": f"{role}-p{number}", **more},
        )
        if volume:
            labels = {"resource_id": f"{role}-d{number}", **more}
            name = f"{role.replace('/', '_')}-v{number}"
            self.control.create_volume(agent, role, name, 500, principal, labels=labels)

    def kafka(self) -> None:
        """An abandoned Kafka: a broker on each of the first three agents, the third without a volume; its znode."""
        for number, agent in enumerate(self.agents[:3]):
            self.broker(agent, number, volume=number < 2)
        abandon_service(self.client, "kafka")

    def neighbours(self) -> None:
        """Other services on the same agents, and their znodes."""
        for number, agent in enumerate(self.agents):
            self.broker(agent, number + 100, role="cassandra-role", principal="cassandra-principal")
            self.broker(agent, number + 200, role="kafka-role2", volume=False)
        abandon_service(self.client, "cassandra")
        abandon_service(self.client, "kafka2")

    def held(self, role: str = ROLE) -> list[Item]:
        """What agents really hold of a role, whatever a master says."""
        return [item for items in self.holdings().values() for item in items if top(item)[0] == role]

    def holdings(self) -> dict[str, list[Item]]:
        """agent -> everything that it holds reserved."""
        agents = self.control.truth()["agents"]
        return {agent: [item for item in found["holds"] if top(item)[0] != "*"] for agent, found in agents.items()}

    def znode(self, path: str = "/" + ZNODE) -> bool:
        return self.client.exists(path) is not None

    # --- a run ------------------------------------------------------------------------------------------------------

    def run(
        self,
        *,
        role: str | None = ROLE,
        principal: str | None = PRINCIPAL,
        znode: str | None = ZNODE,
        timeout: float = HANGS,
        concurrency: int = 4,
        target: dict[str, Any] | None = None,
        stop: Stop | None = None,
        moved: Iterable[str] = (),
        lost: Iterable[str] = (),
        **job: Any,
    ) -> Ran:
        """Clean up, and check what must hold of every clean-up.

        target: fields of Target that differ this time; job: further fields of Job; moved: roles that the test itself
        changes meanwhile; lost: agents that may keep what they hold. The deadline only bounds a run that hangs: a test
        that is about a deadline makes it pass by `clock`.
        """
        asked = Job(role=role, principal=principal, znode=znode, **job)
        where = replace(self.target, **(target or {}))
        self.control.clear_requests()
        before = self._unselected(asked, moved)
        znodes = self._other_znodes(asked)
        totals = self._totals()
        with patch.object(connect, "Patience", partial(Patience, clock=self.clock)):
            outcome = run_clean(asked, Run(where, Limits(timeout, concurrency), self.recorder, stop or Stop()))
        ran = Ran(outcome, self.recorder.events, self.control.requests())
        self.recorder, self.clock = Recorder(), Clock()
        assert self._unselected(asked, moved) == before, "invariant 1: something that was not selected has changed"
        assert self._other_znodes(asked) == znodes, "invariant 1: a znode that was not asked for has changed"
        assert self._totals() == totals, "an agent has more or less than before"
        check_order(ran)
        check_requests(ran)
        assert not self.control.aborted()
        if ran.status == 0 and not asked.dry_run and "filtered-view" not in asked.overrides:
            assert self._left_of(asked, moved, lost) == [], (
                "invariant 4: 0, and something of the selection is still there"
            )
        return ran

    def finds_nothing(self, **options: Any) -> None:
        """Run again: there is nothing left to do, and that is a success."""
        again = self.run(**options)
        assert (again.status, again.writes, again.outcome.leftovers) == (0, [], ()), again.outcome

    def is_clean(self, ran: Ran) -> None:
        """The run ended with 0, and the agents and ZooKeeper say so, too."""
        assert (ran.status, ran.outcome.leftovers, ran.outcome.blocked) == (0, (), ()), ran.outcome
        assert self.held() == []
        assert not self.znode()

    def _unselected(self, job: Job, moved: Iterable[str]) -> dict[str, list[str]]:
        """What each agent holds reserved that the job does not ask for, bit by bit."""
        left_out = set(moved)
        return {
            agent: sorted(
                json.dumps(item, sort_keys=True)
                for item in items
                if not asked_for(item, job) and top(item)[0] not in left_out
            )
            for agent, items in self.holdings().items()
        }

    def _left_of(self, job: Job, moved: Iterable[str], lost: Iterable[str]) -> list[Item]:
        """What is left of what was asked for, on agents that were not given up."""
        gone = self.sandbox.call(lambda: set(self.sandbox.world.registry.gone)) | set(job.lost_agents) | set(lost)
        items = [item for agent, held in self.holdings().items() if agent not in gone for item in held]
        asked = [item for item in items if asked_for(item, job) and top(item)[0] not in set(moved)]
        return [item for item in asked if dynamic(item) or "persistence" in item.get("disk", {})]

    def _other_znodes(self, job: Job) -> dict[str, tuple[bytes, int]]:
        asked = "/" + job.znode.strip("/") if job.znode else None
        roots = [f"/{name}" for name in sorted(self.client.get_children("/")) if name != "zookeeper"]
        return snapshot(self.client, *(root for root in roots if root not in (asked, self.unwatched)))

    def _totals(self) -> dict[str, dict[str, float]]:
        """How much each agent has in all, reserved or not: a clean-up moves, it never adds or removes."""
        return {agent: amounts(found["holds"]) for agent, found in self.control.truth()["agents"].items()}


def top(item: Item) -> tuple[str, str | None, dict[str, str]]:
    """(role, principal, labels) of the top of an item's stack, in either of Mesos's formats."""
    stack = item.get("reservations") or []
    level = stack[-1] if stack else {"role": item.get("role", "*"), **item.get("reservation", {})}
    labels = {one["key"]: one.get("value", "") for one in level.get("labels", {}).get("labels", [])}
    return level["role"], level.get("principal"), labels


def dynamic(item: Item) -> bool:
    stack = item.get("reservations") or []
    return stack[-1]["type"] == "DYNAMIC" if stack else "reservation" in item


def asked_for(item: Item, job: Job) -> bool:
    """Rule S1, read once more: whether a job asks for what an agent holds."""
    role, principal, labels = top(item)
    volume = item.get("disk", {}).get("persistence")
    if role != job.role or role == "*":
        return False
    anybody = job.principal is None or job.any_principal
    if not dynamic(item):
        # A volume on a static reservation goes, its reservation stays: the disk below it is the agent's own.
        return item["name"] == "disk" and (volume is None or anybody or volume.get("principal") == job.principal)
    wanted: dict[str, set[str]] = {}
    for key, value in job.labels:
        wanted.setdefault(key, set()).add(value)
    right = all(labels.get(key) in values for key, values in wanted.items())
    return right and (anybody or principal == job.principal)


def amounts(items: Iterable[Item]) -> dict[str, float]:
    """How much of each resource these items are, together, in thousandths as Mesos adds them."""
    found: Counter[str] = Counter()
    for item in items:
        if "scalar" in item:
            found[item["name"]] += round(item["scalar"]["value"], 3)
        for each in item.get("ranges", {}).get("range", []):
            found[item["name"]] += each["end"] - each["begin"] + 1
    return {name: round(amount, 3) for name, amount in found.items()}


def _write(request: Item) -> Item | None:
    if request["method"] == "GET":
        return None
    body = json.loads(request["body"])
    kind = body.get("type", request["path"])
    if kind.startswith("GET_"):
        return None
    inner = body.get(kind.lower(), {})
    items: Sequence[Item] = inner.get("volumes") or inner.get("resources") or []
    agent = inner.get("agent_id", {}).get("value", "")
    return {"type": kind, "agent": agent, "items": items, "status": request["status"]}


def check_requests(ran: Ran) -> None:
    """Rule D2, at the wire: never an empty list, nothing without a value, no allocation, one provider; nothing else."""
    for write in ran.writes:
        assert write["type"] in WRITES, f"a request that no clean-up has a use for: {write['type']}"
        assert write["items"], "an empty list"
        providers = {json.dumps(item.get("provider_id")) for item in write["items"]}
        assert len(providers) == 1, "two resource providers in one request"
        for item in write["items"]:
            assert "allocation_info" not in item, item
            assert all(amount > 0 for amount in amounts([item]).values()), item
            assert amounts([item]) or item.get("set", {}).get("item"), item


def check_order(ran: Ran) -> None:
    """Invariant 2: on each agent volumes before their reservations, and the znode after every write."""
    written = [number for number, event in enumerate(ran.events) if isinstance(event, Answered)]
    deleted = [number for number, event in enumerate(ran.events) if isinstance(event, ZnodeProgress)]
    assert not written or not deleted or max(written) < min(deleted), "the znode went before the last write"
    for agent in {write["agent"] for write in ran.writes}:
        kinds = [write["type"] for write in ran.writes if write["agent"] == agent]
        assert "DESTROY_VOLUMES" not in kinds or kinds[0] == "DESTROY_VOLUMES", "a reservation went before its volume"
    for write in ran.writes:
        volumes = ["persistence" in item.get("disk", {}) for item in write["items"]]
        assert all(volumes) if write["type"] == "DESTROY_VOLUMES" else not any(volumes)


def secret_free(ran: Ran, *secrets: str) -> None:
    """Invariant 6: none of these is in what was told."""
    told = repr(ran.outcome) + repr(ran.events)
    for secret in secrets:
        assert secret not in told
