"""Whatever happens to the work, a run ends clean or names what is left, and touches nothing else (rules P1, P3, S2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from janitor.cleanup.decide import Decision, decide
from janitor.cleanup.job import Job
from janitor.cleanup.memory import Memory
from janitor.cleanup.move import LookAgain, Write
from janitor.cleanup.outcome import Answer
from janitor.cleanup.work import AgentWork
from janitor.events import Stage
from janitor.mesos.resources import Kind, Resource
from tests.unit.builders import PRINCIPAL, ROLE, WITH_FEEDBACK, WITHOUT_FEEDBACK, Item, Level, job, look
from tests.unit.clusters import ID_1, ID_2, asked_for
from tests.unit.test_decide_properties import EXAMPLES
from tests.unit.worlds import Fate, NoReply, Place, World, _merged

STORMY = 6
"""Rounds in which the world misbehaves; then it is calm, and the run has to come to its end."""

Entry = tuple[Answer, frozenset[Kind], bool]


@st.composite
def things(draw: st.DrawFn) -> Item:
    """A reserved item with a scalar value, mostly of the role and principal that the jobs ask for."""
    top = Level(
        draw(st.sampled_from([ROLE] * 5 + ["other-role"])),
        draw(st.sampled_from([PRINCIPAL] * 4 + ["another"])),
        draw(st.sampled_from([(), (), (("resource_id", ID_1),), (("resource_id", ID_2),)])),
    )
    if draw(st.integers(0, 5)) == 5:
        top = Level(top.role, type="STATIC")
    value = draw(st.sampled_from([1.0, 2.0, 64.0]))
    provider = draw(st.sampled_from([None, None, None, "rp1"]))
    kind = draw(st.sampled_from(["cpus", "disk", "volume", "volume"]))
    if kind != "volume":
        return Item(kind, value, (top,), provider=provider)
    id = f"v{draw(st.integers(1, 9))}"
    owner = PRINCIPAL if top.type == "STATIC" else top.principal
    return Item("disk", value, (top,), id, owner, draw(st.sampled_from([None, "MOUNT"])), provider)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    places = {}
    for id in ("S1", "S2", "S3"):
        truth = _merged(draw(st.lists(things(), max_size=4, unique_by=lambda item: item.volume or object())))
        place = Place(id, truth, list(truth))
        place.capabilities = draw(st.sampled_from([WITH_FEEDBACK, WITH_FEEDBACK, WITHOUT_FEEDBACK]))
        place.state = draw(st.sampled_from(["active"] * 5 + ["recovered", "unreachable", "disconnected"]))
        places[id] = place
    tells = draw(st.booleans())
    for place in places.values():
        if draw(st.integers(0, 2)) == 0:
            _lose(place, tells=tells)
    fates = draw(st.lists(st.sampled_from(get_args(Fate)), max_size=8))
    return World(places, tells=tells, fates=fates)


def _lose(place: Place, *, tells: bool) -> None:
    """An earlier run was answered 202 for all that was asked for there; the agent never got the message."""
    asked = [item for item in place.truth if asked_for(item, job()) and item.stack[-1].type == "DYNAMIC"]
    if asked and not (tells and place.capabilities == WITH_FEEDBACK):
        place.view = [item for item in place.truth if item not in asked]
        place.under_way = [("UNRESERVE", asked)]


def act(work: AgentWork, world: World) -> list[Entry]:
    """What the engine does with work, in the test's own words: volumes first, and no further after a failure."""
    entries: list[Entry] = []

    def write(stage: Stage, items: Sequence[Resource]) -> bool:
        call = world.destroy_volumes if stage == "destroy" else world.unreserve
        try:
            reply = call(work.agent_id, items)
            answer = Answer(work.agent_id, work.host, stage, len(items), reply.status, reply.text)
        except NoReply:
            answer = Answer(work.agent_id, work.host, stage, len(items), None, "the connection was lost")
        entries.append((answer, frozenset(item.kind for item in items), len(items) == 1))
        return answer.status == 202

    if not work.one_by_one:
        if (not work.volumes or write("destroy", work.volumes)) and work.reservations:
            write("unreserve", work.reservations)
        return entries
    standing = {volume.volume_id for volume in work.volumes if not write("destroy", (volume,))}
    for item in work.reservations:
        if item.volume_id is None or item.volume_id not in standing:
            write("unreserve", (item,))
    return entries


def happen(place: Place, what: str) -> None:
    """Something happens to an agent."""
    if what == "restarts" and place.state != "gone":
        place.register()
    elif what == "breaks" and place.state == "active":
        place.state = "disconnected"
    elif what == "vanishes" and place.state in ("active", "disconnected"):
        place.state = "unreachable"
    elif what == "late" and place.state == "active":  # its messages were only slow
        lost, place.under_way = place.under_way, []
        if lost:
            place.truth = list(place.view)


def live(world: World, asked: Job, happenings: list[tuple[str, str]], order: st.DataObject) -> Decision:
    """Rounds until the run would end; the last decision."""
    memory, now, at_once = Memory(), 1000.0, 0
    for round in range(60):
        decision = decide(look(world.snapshot(), now=now), asked, memory)
        memory = decision.memory
        match decision.move:
            case Write(work):
                assert not asked.dry_run
                works = list(work)
                if round < STORMY and len(works) > 1:
                    works = order.draw(st.permutations(works))
                memory = memory.after_answers([entry for step in works for entry in act(step, world)])
            case LookAgain(after=after):
                at_once += after == 0
                assert at_once <= len(world.places), "it looks again and again, and waits for nothing"
            case _:
                return decision
        if round < STORMY:
            for id, what in happenings[2 * round : 2 * round + 2]:
                happen(world.places[id], what)
            now += 1.0
        else:
            world.fates.clear()
            for place in world.places.values():
                if place.state in ("disconnected", "recovered") or place.under_way:
                    place.register()
            now += 100.0
    raise AssertionError(f"the run does not end: {decision.move} {decision.waits}")


HAPPENINGS = st.lists(
    st.tuples(st.sampled_from(["S1", "S2", "S3"]), st.sampled_from(["restarts", "breaks", "vanishes", "late", "late"])),
    max_size=2 * STORMY,
)


@settings(max_examples=2 * EXAMPLES)
@given(worlds(), HAPPENINGS, st.sampled_from([job(), job(), job(principal=None)]), st.data())
def test_a_run_ends_clean_or_names_what_is_left_and_touches_nothing_else(
    world: World, happenings: list[tuple[str, str]], asked: Job, data: st.DataObject
) -> None:
    bystanders = {id: others(place, asked) for id, place in world.places.items()}
    first = {id: place.state in ("active", "disconnected") for id, place in world.places.items()}
    held = {id: any(asked_for(item, asked) for item in place.truth) and first[id] for id, place in world.places.items()}
    end = live(world, asked, happenings, data)

    for id, place in world.places.items():
        assert others(place, asked) == bystanders[id], "something else was touched"
    assert all(asked_for(item, asked) or was_volume(item, asked) for item in world.sent)
    if end.blocked is not None:
        assert end.blocked.rule.code in ("O3", "S4")
        return
    named = {left.agent_id for left in end.leftovers}
    mentioned = " ".join(end.notices)
    for id, place in world.places.items():
        if not any(asked_for(item, asked) for item in place.truth):
            continue
        if end.clean:
            new = any(str(item.parsed()) in mentioned for item in place.truth if asked_for(item, asked))
            assert not held[id], "called clean although something it selected is still there"
            assert id in mentioned or new, "what is left is not even named"
        else:
            assert id in named or id in mentioned
    if not end.clean:
        assert end.leftovers


def others(place: Place, asked: Job) -> Counter[Item]:
    """What an agent has that was not asked for; what becomes of a static reservation's volume is the agent's again."""
    return Counter(
        item
        for item in place.truth
        if not asked_for(item, asked) and not (item.stack[-1].type == "STATIC" and item.name == "disk")
    )


def was_volume(item: Item, asked: Job) -> bool:
    return asked_for(replace(item, volume="any", volume_principal=PRINCIPAL), asked)


@settings(max_examples=EXAMPLES)
@given(worlds(), HAPPENINGS, st.data())
def test_a_dry_run_changes_nothing_whatever_happens_meanwhile(
    world: World, happenings: list[tuple[str, str]], data: st.DataObject
) -> None:
    live(world, replace(job(), dry_run=True), happenings, data)
    assert world.sent == []
