"""Properties of an uninstall, tried on any cluster that changes in any way between two looks (rules O1, O2, L4, L6)."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st

from janitor.dcos.scheduler import Phase, Plan, PodInstance, PodTask, Step
from janitor.errors import JanitorError, UsageError
from janitor.exits import Exit
from janitor.mesos.cluster import Agent, Framework, Roll, TaskPlace, Unknown
from janitor.patience import Patience
from janitor.uninstall.act import MOST_FORCES
from janitor.uninstall.actions import CleanUp, Done, Force, ShutDown, Stuck
from janitor.uninstall.drive import Driver
from janitor.uninstall.ended import Ended
from janitor.uninstall.explain import standing
from janitor.uninstall.gather import gather
from janitor.uninstall.next_step import next_step
from janitor.uninstall.situate import situate
from janitor.uninstall.situation import Choice, Situation, WaitLimits
from janitor.uninstall.survey import Surveyor
from tests.unit.builders import HOUR, agent, framework, registry, reserved
from tests.unit.uninstall_world import UNINSTALLING, Site, World, app, completed

EXAMPLES = int(os.environ.get("JANITOR_TEST_EXAMPLES", "25"))
several = settings(max_examples=EXAMPLES)

LIMITS = WaitLimits()
UNREAD = Unknown("it may not be read")
IDS = ("F1", "F2", "G1")
"""Two that bear the service's name, and another service's."""

T = TypeVar("T")
Changes = dict[str, Any]


def agents(rng: Random) -> tuple[Agent, ...]:
    """Up to three agents: there, away or drained, with reservations of any framework."""
    found = []
    for number in some(rng, (1, 2, 3)):
        items = [
            reserved(
                role=rng.choice(["kafka-role", "kafka-role", "users"]),
                labels={"framework_id": of, "resource_id": f"r{number}-{of}"},
            )
            for of in some(rng, IDS)
        ]
        away = rng.choice(["", "", "", "disconnected", "drained"])
        hidden = {"cpus": 2.0} if rng.random() < 0.15 else None
        found.append(agent(f"S{number}", *items, active=not away, deactivated=away == "drained", hidden=hidden))
    return tuple(found)


def plan(rng: Random) -> Plan | None:
    """What a scheduler answers: nothing, its deployment still, or an uninstall in any state."""
    kind = rng.choice(["away", "deployment", "uninstall", "uninstall", "uninstall", "over"])
    if kind == "away":
        return None
    if kind == "deployment":
        return Plan("deploy", "COMPLETE", None, (Phase("p", "broker", "COMPLETE"),))
    statuses = ["COMPLETE"] if kind == "over" else ["COMPLETE", "PREPARED", "PENDING"]
    kills = rng.choice(statuses)
    phases = [Phase("k", "kill-tasks", kills, "parallel", (Step("k1", "kill-task-a", kills),))]
    for number in some(rng, (1, 2, 3)):
        host = rng.choice([f"s{number}.example", "UNKNOWN_AGENT"])
        steps = tuple(
            Step(f"s{number}-{of}", f"unreserve-r{number}-{of}", rng.choice(statuses)) for of in some(rng, ("F1", "F2"))
        )
        phases.append(Phase(f"p{number}", f"unreserve-resources-{host}", "IN_PROGRESS", "parallel", steps))
    if rng.random() < 0.15:
        phases.append(Phase("t", "tls-cleanup", "ERROR", "serial", (Step("t1", "tls-cleanup", "ERROR"),)))
    done = all(step.status == "COMPLETE" for phase in phases for step in phase.steps)
    return Plan("deploy", "COMPLETE" if done else "IN_PROGRESS", "dependency", tuple(phases))


def tasks(rng: Random) -> tuple[TaskPlace, ...] | Unknown:
    if rng.random() < 0.2:
        return UNREAD
    states = ["TASK_RUNNING", "TASK_UNREACHABLE", "TASK_KILLED", "TASK_GONE_BY_OPERATOR"]
    places = [(rng.choice(IDS), rng.randint(1, 4), rng.choice(states)) for _ in range(rng.choice([0, 0, 1, 3]))]
    return tuple(
        TaskPlace(of, f"S{n}", frozenset({"kafka-role"}), frozenset({f"r{n}-{of}"}), f"kafka-{n}", state)
        for of, n, state in places
    )


def roll(rng: Random) -> Roll | Unknown:
    ids = ("S1", "S2", "S3", "S4")
    return UNREAD if rng.random() < 0.2 else registry(*ids, unreachable=some(rng, ids, 0.2), gone=some(rng, ids, 0.2))


def frameworks(rng: Random) -> tuple[Framework, ...]:
    seen = []
    for of in some(rng, IDS):
        state = rng.choice(["active", "active", "inactive", "completed"])
        one = completed(of) if state == "completed" else framework(of, active=state == "active")
        seen.append(replace(one, name="kafka" if of != "G1" else "hdfs"))
    return tuple(seen)


def some(rng: Random, of: Sequence[T], share: float = 0.5) -> list[T]:
    return [one for one in of if rng.random() < share]


def any_of(make: Callable[[Random], T], number: int = 100) -> st.SearchStrategy[T]:
    """One of many that are made once: to draw each from scratch takes longer than to try what it is drawn for."""
    return st.sampled_from([make(Random(seed)) for seed in range(number)])


BARE = app(labels={"DCOS_PACKAGE_NAME": "kafka"})
_ANY: dict[str, st.SearchStrategy[Any]] = {
    "apps": st.sampled_from([(), (), (app(),), (app("v2"),), (UNINSTALLING,), (UNINSTALLING,), (BARE,)]),
    "frameworks": any_of(frameworks),
    "agents": any_of(agents),
    "tasks": any_of(tasks),
    "roll": any_of(roll),
    "plan": any_of(plan),
    "pods": st.sampled_from([None, (PodInstance("kafka-1", (PodTask("t", "kafka-1", "RUNNING"),)),)]),
    "claimed": st.sampled_from([None, "F1", "F2"]),
    "znodes": st.sampled_from([{"dcos-service-kafka": exists} for exists in (True, False, UNREAD)]),
    "leader": st.sampled_from(["M1", "M1", "M2"]),
    "age": st.sampled_from([HOUR, HOUR, 3.0, None]),
    "refuses": st.sampled_from([False] * 5 + [True]),
}
"""Everything that may differ between two looks."""

_GOING: dict[str, st.SearchStrategy[Any]] = {
    **_ANY,
    "apps": st.just((UNINSTALLING,)),
    "frameworks": st.sampled_from([(framework("F1"),), (framework("F1", active=False),)]),
}
_NEARLY_GONE: dict[str, st.SearchStrategy[Any]] = {
    **_ANY,
    "apps": st.just(()),
    "frameworks": st.sampled_from([(), (completed("F1"),)]),
    "agents": st.sampled_from([(), (agent("S1"),), (agent("S1", hidden={"cpus": 2.0}),)]),
}
CLUSTERS: st.SearchStrategy[Changes] = st.one_of(
    st.fixed_dictionaries(_ANY), st.fixed_dictionaries(_GOING), st.fixed_dictionaries(_NEARLY_GONE)
)
"""Any cluster; one in which the service uninstalls itself; one in which next to nothing of it is left."""

CHOICES = st.builds(
    Choice,
    way=st.sampled_from([None, None, "manual"]),
    force_missing=st.booleans(),
    lost_agents=st.sampled_from([(), ("S4",), ("S1", "S4")]),
    no_znode=st.sampled_from([False, False, True]),
)


class Elapsed:
    """Seconds that pass only while somebody waits, and a little with each question."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __call__(self) -> float:
        return self._world.now

    def sleep(self, seconds: float) -> bool:
        self._world.now += seconds
        return False


TIMEOUT = 40.0
"""Seconds of a run, by its own clock."""

MOST_LOOKS = 150
"""Of one run, which pauses after each look that had nothing to do: more means that it goes round and round."""


@dataclass
class Changing(Site):
    """A cluster that is another one at each look, and the last one for the rest."""

    later: list[Changes] = field(default_factory=list)

    def apps(self) -> Any:
        assert len(self.world.asked) < 10 * MOST_LOOKS, "it goes round and round"
        if self.later:
            change(self.world, self.later.pop(0))
        return super().apps()


def change(world: World, changes: Changes) -> None:
    for name, value in changes.items():
        setattr(world, name, value)


def world_of(changes: Changes) -> World:
    world = World()
    change(world, changes)
    return world


@dataclass
class Driven:
    """One run to its end, with every situation on the way. None: the first look already said that it cannot be."""

    world: World
    ended: Ended | None
    looks: list[Situation]


def drive(history: list[Changes], choice: Choice, confirms: list[bool]) -> Driven:
    world = World()
    site = Changing(world, later=list(history))
    clock = Elapsed(world)
    patience = Patience(TIMEOUT, clock=clock, sleep=clock.sleep)
    looks: list[Situation] = []

    class Recorded(Surveyor):
        def look(self) -> Situation:
            looks.append(super().look())
            return looks[-1]

    answers = iter(confirms)
    driver = Driver(
        site=site,
        surveyor=Recorded(site, "kafka", choice),
        choice=choice,
        patience=patience,
        view=lambda _event: None,
        confirm=lambda _question, _name: next(answers, True),
        every=4.0,
        limits=WaitLimits(zombie_after=5.0, scheduler_away=15.0, pods_elsewhere=15.0),
    )
    try:
        ended = driver.run()
    except JanitorError:
        ended = None
    return Driven(world, ended, looks)


HISTORIES = st.lists(CLUSTERS, min_size=1, max_size=4)
CONFIRMS = st.lists(st.booleans(), max_size=2)


def first_settled(looks: list[Situation]) -> int:
    """Up to which look it was open which frameworks are the service's own (rule O2, from its text)."""
    for number, seen in enumerate(looks):
        age = seen.snapshot.leader.age
        if seen.frameworks or age is None or age >= 60.0:
            return number
    return len(looks)


@several
@given(HISTORIES, CHOICES, CONFIRMS)
def test_it_tears_down_no_framework_but_the_services_own(
    history: list[Changes], choice: Choice, confirms: list[bool]
) -> None:
    driven = drive(history, choice, confirms)
    early = driven.looks[: first_settled(driven.looks) + 1]
    own = {one.id for seen in early for one in seen.snapshot.frameworks if one.name == "kafka" and not one.completed}
    for what, of, _ in driven.world.written:
        assert what != "shutdown" or of in own


@several
@given(HISTORIES, CHOICES, CONFIRMS)
def test_it_ends_and_does_nothing_twice_that_was_done(
    history: list[Changes], choice: Choice, confirms: list[bool]
) -> None:
    """Also where what it does has no effect: then it waits, and says so, until its time is over."""
    for changes in history:
        changes["refuses"] = False
    driven = drive(history, choice, confirms)
    most = {"force": MOST_FORCES, "clean": 9}
    for (what, of, leader), times in Counter(driven.world.written).items():
        assert times <= most.get(what, 1), (what, of, leader)
    if driven.ended is not None:
        assert "this is a bug" not in driven.ended.why


@several
@given(HISTORIES, CHOICES)
def test_it_ends_where_every_write_is_refused(history: list[Changes], choice: Choice) -> None:
    for changes in history:
        changes["refuses"] = True
    driven = drive(history, choice, [])
    assert driven.ended is None or driven.ended.taken == ()


@several
@given(HISTORIES, CHOICES)
def test_gone_is_never_said_of_what_could_not_be_read(history: list[Changes], choice: Choice) -> None:
    """Rule L4. A znode that cannot be read is the clean-up's to prove: then that was asked for it."""
    driven = drive(history, choice, [])
    if driven.ended is None or driven.ended.status != Exit.CLEAN or not driven.ended.summary:
        return
    last = driven.looks[-1]
    assert not isinstance(last.tasks, Unknown)
    assert last.service.app is None
    assert last.frameworks == ()
    if not choice.no_znode and isinstance(last.znode, Unknown):
        assert any(job.znode is not None for job in driven.world.jobs)
    assert driven.world.jobs, "nothing was proven"


@several
@given(CLUSTERS, CHOICES)
def test_status_says_that_nothing_is_left_only_where_all_was_read(now: Changes, choice: Choice) -> None:
    try:
        seen = Surveyor(Site(world_of(now)), "kafka", choice).look()
    except JanitorError:
        return
    if standing(seen, choice, LIMITS).left is False:
        assert not isinstance(seen.tasks, Unknown)
        assert choice.no_znode or seen.znode is False
        assert seen.hidden == ""
        assert not seen.frameworks
        assert not seen.reserved
        assert seen.service.app is None


def safe(seen: Situation, resource_id: str, choice: Choice) -> bool:
    """The model of what may be forced, from docs/uninstall.md: no agent that is there, or may come back, has it."""
    gone = set(choice.lost_agents)
    gone |= seen.snapshot.roll.gone if isinstance(seen.snapshot.roll, Roll) else set()
    for one in seen.snapshot.agents:
        for role in one.reserved:
            if any(item.top.label("resource_id") == resource_id for item in one.resources(role)):
                return not one.served and one.id in choice.lost_agents
    here = f"S{resource_id[1]}"
    served = {one.id for one in seen.snapshot.agents if one.served}
    return here in served or here in gone or "S4" in gone


@several
@given(HISTORIES, CHOICES)
def test_only_what_is_safe_is_forced_or_offered_to_be(history: list[Changes], choice: Choice) -> None:
    surveyor = Surveyor(Site(world_of(history[0])), "kafka", choice)
    for changes in history:
        change(surveyor.site.world, changes)  # type: ignore[attr-defined]
        try:
            seen = surveyor.look()
        except JanitorError:
            return
        following = next_step(seen, choice, LIMITS)
        if isinstance(following, Force):
            assert choice.force_missing
            assert following.stuck is not None
            assert following.stuck.safe
            assert safe(seen, following.stuck.resource_id, choice), following
        if isinstance(following, Stuck) and following.remedy.startswith("Force them"):
            assert all(safe(seen, one.resource_id, choice) for one in seen.stuck), seen.stuck


@several
@given(HISTORIES, CHOICES)
def test_a_look_is_told_by_what_was_seen_and_remembered_alone(history: list[Changes], choice: Choice) -> None:
    """The same once more gives the same, and changes nothing of what it was made from."""
    world = World()
    surveyor = Surveyor(Site(world), "kafka", choice)
    for changes in history:
        change(world, changes)
        memory = surveyor.memory
        try:
            seen = gather(surveyor.site, "kafka", choice, memory)
            before = deepcopy(memory)
            first = situate(seen, memory, choice)
        except JanitorError:
            return
        assert situate(seen, memory, choice) == first
        assert memory == before
        surveyor.memory = memory.after_look(seen, first)
        # Remembered twice is remembered once: a look says how things are, not how they change.
        assert surveyor.memory.after_look(seen, situate(seen, surveyor.memory, choice)).own == surveyor.memory.own


@several
@given(HISTORIES, CHOICES)
def test_what_names_another_services_framework_is_never_cleaned(history: list[Changes], choice: Choice) -> None:
    """Of a service of the same name that came meanwhile, and of a neighbour in a shared role."""
    surveyor = Surveyor(Site(world_of(history[0])), "kafka", choice)
    for changes in history:
        change(surveyor.site.world, changes)  # type: ignore[attr-defined]
        try:
            seen = surveyor.look()
        except (UsageError, JanitorError):
            return
        following = next_step(seen, choice, LIMITS)
        if isinstance(following, (CleanUp, Done, ShutDown)):
            others = {one.id for one in seen.strangers} | {
                one.id for one in seen.snapshot.frameworks if one.name == "hdfs" and not one.completed
            }
            assert not {held.framework_id for held in seen.reserved} & others
