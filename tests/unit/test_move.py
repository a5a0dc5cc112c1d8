"""What a run does next: one test for each way, in the order of a run (rules P1, P2a, Z5, O4)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from janitor.cleanup.decide import Decision, decide
from janitor.cleanup.job import Job
from janitor.cleanup.memory import Memory
from janitor.cleanup.move import LIGHT_AFTER, LONGEST_WAIT, Finish, LookAgain, Refuse, Stop, Write
from janitor.mesos.cluster import Snapshot, Unknown
from tests.unit.builders import (
    WITHOUT_FEEDBACK,
    ZNODE,
    agent,
    answer,
    framework,
    job,
    look,
    own_state,
    reserved,
    snapshot,
    volume,
    znode_view,
)

ASKED = job(znode=ZNODE)
DRY = replace(ASKED, dry_run=True)
HELD = snapshot(agent("S1", reserved(), volume()), agent("S2"))
CLEAN = snapshot(agent("S1"), agent("S2"))
SILENT = snapshot(agent("S1", reserved(), active=False), agent("S2"))
UNTOLD = snapshot(agent("S1", reserved()), agent("S2", capabilities=WITHOUT_FEEDBACK))
"""The master does not tell what S2 has done: it is asked for its own state first."""


def after(*looks: Snapshot, light: bool = False, asked: Job = ASKED) -> Decision:
    """What is decided on the last of these looks; `light`: the znode was not looked at in that one."""
    memory = Memory()
    for number, seen in enumerate(looks):
        left_out = asked.znode is None or (light and number == len(looks) - 1)
        inventory = look(seen, now=1000.0 + number, znode=None if left_out else znode_view())
        decision = decide(inventory, asked, memory)
        memory = decision.memory
    return decision


def test_what_is_there_is_written_for_and_then_everything_is_looked_at() -> None:
    move = after(HELD).move
    assert isinstance(move, Write)
    assert [work.agent_id for work in move.work] == ["S1"]
    assert move.own == frozenset()


def test_p2_after_a_write_the_own_state_is_read_of_those_whose_operations_the_master_does_not_tell() -> None:
    old = snapshot(agent("S1", reserved(), capabilities=WITHOUT_FEEDBACK), agent("S2", reserved()))
    move = after(old).move
    assert isinstance(move, Write)
    assert move.own == {"S1"}


def test_z5_all_is_gone_and_the_znode_was_looked_at() -> None:
    assert after(HELD, CLEAN).move == Finish()


@pytest.mark.parametrize("last", [HELD, CLEAN], ids=["before a write", "before the end"])
def test_o4_z5_everything_is_looked_at_before_a_write_and_before_the_end(last: Snapshot) -> None:
    assert after(HELD, last, light=True).move == LookAgain()


def test_s5_what_keeps_the_znode_stops_the_run_that_is_clean_otherwise() -> None:
    decision = after(snapshot(agent("S1", reserved(principal="another"))), asked=job(None, None, znode=ZNODE))
    assert decision.kept is not None
    assert decision.move == Stop()


def test_o1_a_living_owner_refuses() -> None:
    move = after(snapshot(agent("S1", reserved()), frameworks=[framework()])).move
    assert isinstance(move, Refuse)
    assert move.blocked.rule.code == "O1"


def test_l4_an_unreadable_znode_is_a_look_at_it_all_the_same() -> None:
    seen = look(HELD, znode=Unknown("no route to ZooKeeper"))
    assert isinstance(decide(seen, ASKED, Memory()).move, Refuse)


def test_p2a_who_was_never_asked_is_asked_at_once_and_then_waited_for() -> None:
    closed = replace(UNTOLD, own={"S2": Unknown("connection refused")}, agents=CLEAN.agents[:1] + UNTOLD.agents[1:])
    first = after(closed)
    assert first.move == LookAgain(frozenset({"S2"}))
    assert first.memory.asked == {"S2"}
    second = decide(look(closed, now=1001.0, znode=znode_view()), ASKED, first.memory)
    assert isinstance(second.move, LookAgain)
    assert second.move.after > 0


def test_d3_looks_that_only_wait_grow_apart_and_leave_the_znode_alone_after_a_few() -> None:
    moves = [after(*[SILENT] * number).move for number in range(1, 9)]
    waits = [move for move in moves if isinstance(move, LookAgain)]
    assert len(waits) == len(moves)
    assert [move.whole for move in waits] == [True] * LIGHT_AFTER + [False] * (8 - LIGHT_AFTER)
    times = [move.after for move in waits]
    assert times == sorted(times)
    assert 0 < times[0] < times[-1] == LONGEST_WAIT


def test_o2_while_a_guard_waits_everything_is_looked_at_every_time() -> None:
    young = snapshot(agent("S1", reserved()), age=5.0)
    for number in range(1, 9):
        move = after(*[young] * number, asked=job()).move
        assert isinstance(move, LookAgain)
        assert move.whole


@pytest.mark.parametrize(
    ("seen", "move"),
    [
        (HELD, Stop()),
        (CLEAN, Stop()),
        (SILENT, Stop()),
        (UNTOLD, LookAgain(frozenset({"S2"}))),
        (replace(UNTOLD, own={"S2": own_state()}), Stop()),
    ],
    ids=["it would write", "nothing is there", "it would wait", "it asks first", "it has asked"],
)
def test_a_dry_run_looks_until_it_has_asked_everybody_and_stops(seen: Snapshot, move: object) -> None:
    assert after(seen, asked=DRY).move == move


def test_o2_a_dry_run_waits_for_a_guard_too() -> None:
    young = snapshot(agent("S1", reserved()), age=5.0)
    move = after(young, asked=replace(job(), dry_run=True)).move
    assert isinstance(move, LookAgain)
    assert move.after > 0


def test_p3_what_is_left_for_good_stops_the_run() -> None:
    first = after(HELD)
    kinds = frozenset(item.kind for work in first.work for item in (*work.volumes, *work.reservations))
    memory = first.memory.after_answers([(answer(403, "403 Forbidden."), kinds, False)])
    decision = decide(look(HELD, now=1001.0, znode=znode_view()), ASKED, memory)
    assert decision.leftovers
    assert decision.move == Stop()
