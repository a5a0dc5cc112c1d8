"""Properties of the decision, tried on any cluster and any job (rules S1, S2, D1 to D3, L4, P1)."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from janitor.cleanup.decide import Decision, decide
from janitor.cleanup.inventory import Inventory
from janitor.cleanup.job import Job
from janitor.cleanup.memory import Memory
from janitor.cleanup.move import Finish, LookAgain, Refuse, Stop, Write
from janitor.cleanup.work import AgentWork
from janitor.mesos.cluster import Roll
from janitor.mesos.resources import parse
from tests.unit.builders import Item, look, snapshot
from tests.unit.clusters import (
    AGENT_IDS,
    JOBS,
    Spec,
    asked_for,
    identity,
    inventories,
    items,
    specs,
    without_resource_id,
)

Look = tuple[Inventory, tuple[Spec, ...]]

EXAMPLES = int(os.environ.get("JANITOR_TEST_EXAMPLES", "40"))
"""How many clusters each property is tried on; a few thousand find what forty do not."""

several = settings(max_examples=EXAMPLES)


@st.composite
def evolved(draw: st.DrawFn, looked: Look, now: float) -> Look:
    """A later look at the same cluster: items went or were changed, others appeared, an agent left or joined."""
    inventory, agents = looked
    later: list[Spec] = []
    for spec in agents:
        held = [item for item in spec.items if draw(st.sampled_from([True, True, False]))]
        held = [replace(item, volume=None, shared=False) if draw(st.integers(0, 3)) == 3 else item for item in held]
        held += draw(st.lists(items(), max_size=1))
        if draw(st.integers(0, 5)) != 5:
            later.append(replace(spec, items=tuple(held)))
    absent = [id for id in AGENT_IDS if id not in {spec.id for spec in agents}]
    if draw(st.booleans()) and absent:
        joined = draw(specs(absent[0]))
        again = [item for spec in agents for item in spec.items if draw(st.booleans())]
        later.append(replace(joined, items=(*joined.items, *again)))
    seen = snapshot(*(spec.shown() for spec in later), roll=inventory.snapshot.roll)
    return replace(look(seen, now=now), znode=inventory.znode, apps=inventory.apps), tuple(later)


@st.composite
def histories(draw: st.DrawFn) -> list[Look]:
    """One to three looks: anything may appear, change and disappear between them."""
    looks = [draw(inventories())]
    for number in range(draw(st.integers(0, 2))):
        now = 1050.0 + 50 * number
        looks.append(draw(evolved(looks[-1], now)) if draw(st.integers(0, 3)) else draw(inventories(now=now)))
    return looks


def run(looks: Sequence[Look], job: Job) -> list[Decision]:
    decisions: list[Decision] = []
    memory = Memory()
    for inventory, _ in looks:
        decisions.append(decide(inventory, job, memory))
        memory = decisions[-1].memory
    return decisions


def sent(work: AgentWork, spec: Spec) -> tuple[list[Item], list[Item]]:
    """(volumes, reservations) of the work as the test's own items; KeyError for bytes that were never shown."""
    known = spec.by_bytes()
    return [known[item.raw] for item in work.volumes], [known[item.raw] for item in work.reservations]


def positive(item: Item) -> bool:
    if isinstance(item.value, float):
        return round(item.value * 1000) > 0
    if isinstance(item.value, tuple):
        return any(low <= high for low, high in item.value)
    return bool(item.value)


@several
@given(histories(), JOBS)
def test_s1_d2_d3_work_is_only_what_the_job_asks_for_as_shown_positive_and_on_agents_that_answer(
    looks: list[Look], job: Job
) -> None:
    for (_, agents), decision in zip(looks, run(looks, job), strict=True):
        by_id = {one.id: one for one in agents}
        for work in decision.work:
            spec = by_id[work.agent_id]
            volumes, reservations = sent(work, spec)
            assert spec.served
            assert volumes or reservations
            for item in (*volumes, *reservations):
                assert asked_for(item, job)
                assert positive(item)
                assert not item.allocated
                assert item.provider == work.provider
            assert all(item.volume is not None for item in volumes)
            assert all(item.stack[-1].type == "DYNAMIC" for item in reservations)
            dynamic = [item for item in volumes if item.stack[-1].type == "DYNAMIC"]
            assert sorted(map(repr, dynamic)) == sorted(repr(item) for item in reservations if item.volume is not None)
        providers = [(work.agent_id, work.provider) for work in decision.work]
        assert len(providers) == len(set(providers))
        assert not {work.agent_id for work in decision.work} & set(job.lost_agents)


@several
@given(histories(), JOBS)
def test_s2_later_looks_only_shrink_what_may_be_sent(looks: list[Look], job: Job) -> None:
    first = {spec.id: [item for item in spec.items if asked_for(item, job)] for spec in looks[0][1]}
    owned = {without_resource_id(item) for held in first.values() for item in held}
    for (_, agents), decision in zip(looks[1:], run(looks, job)[1:], strict=True):
        by_id = {one.id: one for one in agents}
        for work in decision.work:
            if work.agent_id not in first:
                continue
            pinned = first[work.agent_id]
            reserved = sent(work, by_id[work.agent_id])[1]
            volumes = sent(work, by_id[work.agent_id])[0]
            assert {identity(item) for item in (*volumes, *reserved)} <= {identity(item) for item in pinned}
            assert {item.volume for item in volumes} <= {item.volume for item in pinned}
            for kind in {identity(item) for item in reserved}:
                now = [item.value for item in reserved if identity(item) == kind]
                then = [item.value for item in pinned if identity(item) == kind]
                if isinstance(now[0], float):
                    assert sum(v for v in now if isinstance(v, float)) <= sum(v for v in then if isinstance(v, float))
                else:
                    assert covered(now) <= covered(then)
        # An agent that was not there may add stacks of the selection, or begin it where there was none at all.
        if owned:
            late = [work for work in decision.work if work.agent_id not in first]
            for work in late:
                volumes, reserved = sent(work, by_id[work.agent_id])
                assert all(without_resource_id(item) in owned for item in (*volumes, *reserved))


def covered(values: Sequence[object]) -> set[object]:
    found: set[object] = set()
    for value in values:
        if isinstance(value, frozenset):
            found |= value
        elif isinstance(value, tuple):
            for low, high in value:
                found |= set(range(low, high + 1))
    return found


def summary(decision: Decision) -> object:
    """What a decision says, without the order in which it says it."""

    def canonical(raw: bytes) -> str:
        item = json.loads(raw)
        for reservation in [item.get("reservation"), *item.get("reservations", [])]:
            if reservation and "labels" in reservation:
                reservation["labels"]["labels"].sort(key=repr)
        return json.dumps(item, sort_keys=True)

    work = {
        (
            one.agent_id,
            one.provider,
            one.one_by_one,
            tuple(sorted(canonical(item.raw) for item in one.volumes)),
            tuple(sorted(canonical(item.raw) for item in one.reservations)),
        )
        for one in decision.work
    }
    return (
        work,
        None if decision.blocked is None else (decision.blocked.rule, decision.blocked.status),
        None if decision.kept is None else decision.kept.rule,
        sorted(repr(wait.what) for wait in decision.waits),
        {(left.agent_id, left.item, left.words) for left in decision.leftovers},
        decision.proofs,
        decision.ask,
        repr(type(decision.move)),
        decision.clean,
    )


@several
@given(histories(), JOBS, st.randoms(use_true_random=False))
def test_the_decision_is_total_and_does_not_depend_on_any_order(looks: list[Look], job: Job, random: Random) -> None:
    shuffled: list[Look] = []
    for inventory, agents in looks:
        mixed = []
        for spec in agents:
            held = [
                replace(
                    item,
                    stack=tuple(
                        replace(one, labels=tuple(random.sample(one.labels, len(one.labels)))) for one in item.stack
                    ),
                )
                for item in spec.items
            ]
            mixed.append(replace(spec, items=tuple(random.sample(held, len(held)))))
        mixed = random.sample(mixed, len(mixed))
        frameworks = inventory.snapshot.frameworks
        seen = replace(
            inventory.snapshot,
            agents=tuple(one.shown() for one in mixed),
            frameworks=tuple(random.sample(frameworks, len(frameworks))),
        )
        shuffled.append((replace(inventory, snapshot=seen), tuple(mixed)))
    assert [summary(one) for one in run(looks, job)] == [summary(one) for one in run(shuffled, job)]


@several
@given(histories(), JOBS)
def test_a_decision_that_is_blocked_sends_nothing_and_a_clean_one_leaves_nothing(looks: list[Look], job: Job) -> None:
    first = {spec.id: [item for item in spec.items if asked_for(item, job)] for spec in looks[0][1]}
    for (inventory, agents), decision in zip(looks, run(looks, job), strict=True):
        if decision.blocked is not None:
            assert not decision.work
            assert not decision.clean
            assert decision.blocked.status in (1, 5, 6)
            assert decision.blocked.override not in job.overrides or decision.blocked.override is None
        if not decision.clean:
            continue
        assert not decision.work
        assert not decision.waits
        assert not decision.leftovers
        lost = {
            spec.id for spec in agents if spec.id in job.lost_agents or spec.id.lower() + ".example" in job.lost_agents
        }
        by_id = {spec.id: spec for spec in agents}
        gone = inventory.snapshot.roll.gone if isinstance(inventory.snapshot.roll, Roll) else frozenset()
        for id, pinned in first.items():
            if not pinned or id in lost or f"{id.lower()}.example" in job.lost_agents or id in job.lost_agents:
                continue
            if id not in by_id:
                assert id in gone, "an agent that held something is not there, and the run calls it clean"
                continue
            spec = by_id[id]
            assert spec.served
            held = {identity(item) for item in spec.items if asked_for(item, job)}
            assert not held & {identity(item) for item in pinned}


@several
@given(histories(), JOBS)
def test_p1_z5_a_finish_is_only_reached_when_all_is_proven_by_a_look_at_everything(looks: list[Look], job: Job) -> None:
    for (inventory, _), decision in zip(looks, run(looks, job), strict=True):
        match decision.move:
            case Finish():
                assert decision.clean
                assert decision.kept is None
                assert inventory.znode is not None or job.znode is None
            case Write(work):
                assert work == decision.work
                assert work
                assert inventory.znode is not None or job.znode is None
            case LookAgain():
                assert decision.waits or decision.ask or not inventory.znode
            case Refuse(blocked):
                assert decision.blocked is blocked
            case Stop():
                assert decision.leftovers or decision.kept or any(left.selected for left in decision.left.values())


@several
@given(histories(), JOBS)
def test_a_dry_run_never_writes_and_never_finishes(looks: list[Look], job: Job) -> None:
    for decision in run(looks, replace(job, dry_run=True)):
        assert not isinstance(decision.move, Write | Finish)


@several
@given(histories(), JOBS, st.booleans())
def test_p2a_no_look_follows_at_once_unless_somebody_is_asked_first_or_the_znode_was_left_out(
    looks: list[Look], job: Job, dry: bool
) -> None:
    """What was asked is not asked for ever: whoever was asked before is waited for."""
    asked: frozenset[str] = frozenset()
    for (inventory, _), decision in zip(looks, run(looks, replace(job, dry_run=dry)), strict=True):
        if isinstance(decision.move, LookAgain) and decision.move.after == 0:
            light = job.znode is not None and inventory.znode is None
            assert (decision.ask - asked) or (light and decision.move.whole)
        asked |= decision.ask
        assert decision.memory.asked == asked


@several
@given(items())
def test_d1_the_released_form_of_a_volume_differs_by_persistence_volume_and_shared_alone(item: Item) -> None:
    for raw in {item.json(), item.json("new"), item.json("old" if len(item.stack) == 1 else "new")}:
        shown, released = json.loads(raw), json.loads(parse(raw.encode()).released())
        if item.volume is None:
            assert released == shown
            continue
        assert "shared" not in released
        disk = released.get("disk", {})
        assert "persistence" not in disk
        assert "volume" not in disk
        assert disk or "disk" not in released
        back = dict(released)
        back["disk"] = {**disk, "persistence": shown["disk"]["persistence"], "volume": shown["disk"]["volume"]}
        if item.shared:
            back["shared"] = {}
        assert back == shown
