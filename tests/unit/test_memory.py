"""What a run remembers: what was answered (rules D1, D4), and since when things are as they are."""

from __future__ import annotations

import pytest

from janitor.cleanup.answers import is_final, said
from janitor.cleanup.memory import TRIES, Memory
from janitor.cleanup.outcome import Answer
from tests.unit.builders import agent, answer, job, look, registry, reserved, snapshot, volume, znode_view

CPUS = frozenset({reserved("cpus").parsed().kind})
MEM = frozenset({reserved("mem").parsed().kind})


@pytest.mark.parametrize(
    ("status", "words", "for_several", "for_one"),
    [
        (202, "", False, False),
        (200, "", False, False),
        (409, "{} does not contain cpus:1", False, False),
        (400, "Persistent volumes not found", False, False),
        (400, "Invalid DESTROY operation: Persistent volumes not found", False, False),
        (400, "No agent found with specified ID", False, False),
        (400, "Invalid DESTROY operation: Persistent volumes in use", False, True),
        (400, "Resource 'x' is invalid", False, True),
        (401, "401 Unauthorized.", True, True),
        (403, "403 Forbidden.", True, True),
        (404, "", False, True),
        (503, "Master has not finished recovery", False, False),
        (500, "", False, False),
        (502, "", False, False),
        (307, "", False, False),
        (None, "The connection was lost", False, False),
    ],
)
def test_d4_which_answers_are_final_and_which_mean_look_again(
    status: int | None, words: str, for_several: bool, for_one: bool
) -> None:
    assert is_final(answer(status, words), single=False) is for_several
    assert is_final(answer(status, words), single=True) is for_one


def _after(*rounds: list[tuple[Answer, bool]]) -> Memory:
    memory = Memory()
    for answers in rounds:
        memory = memory.after_answers([(one, CPUS, single) for one, single in answers])
    return memory


@pytest.mark.parametrize(
    ("rounds", "tries"),
    [
        ([[(answer(409), False)]], 1),
        ([[(answer(409), False)]] * 2, 2),
        ([[(answer(409), False)], [(answer(202), False)]], 0),
        ([[(answer(202), False), (answer(409), False)]] * 3, 3),
        ([[(answer(None, "lost"), False)]] * 5, 0),
        ([[(answer(503), False)]] * 5, 0),
    ],
)
def test_d1_refusals_in_a_row_are_counted_and_what_ends_by_itself_is_not(
    rounds: list[list[tuple[Answer, bool]]], tries: int
) -> None:
    assert _after(*rounds).of("S1").tries == tries


def test_d4_a_refusal_of_a_single_item_is_final_after_many_tries_and_of_several_items_never() -> None:
    refused = answer(409, "does not contain")
    for single in (True, False):
        before = _after(*[[(refused, single)]] * TRIES)
        assert before.of("S1").ended(reserved().parsed().kind) is None
        after = _after(*[[(refused, single)]] * (TRIES + 1))
        assert (after.of("S1").ended(reserved().parsed().kind) is not None) is single


def test_d4_what_is_final_is_final_for_the_kinds_in_the_request_on_that_agent_alone() -> None:
    memory = Memory().after_answers([(answer(403, "403 Forbidden."), CPUS, False)])
    ended = memory.of("S1").ended(next(iter(CPUS)))
    assert ended is not None
    assert (ended.answer.status, ended.answer.words) == (403, "403 Forbidden.")
    assert memory.of("S1").ended(next(iter(MEM))) is None
    assert memory.of("S2").ended(next(iter(CPUS))) is None


def test_p3_the_last_words_that_were_no_success_are_kept_until_a_success() -> None:
    assert _after([(answer(409, "one"), False), (answer(None, "two"), False)]).of("S1").words == "two"
    assert _after([(answer(409, "one"), False)], [(answer(202), False)]).of("S1").words == ""
    assert said(answer(409, "")) == "409"


def test_s2_the_selection_is_pinned_at_the_first_look_only() -> None:
    first = Memory().after_look(look(snapshot(agent("S1", reserved()))), job())
    second = first.after_look(look(snapshot(agent("S1", reserved(), volume()))), job())
    assert first.selection is not None
    assert second.selection is not None
    assert second.selection.pins == first.selection.pins


def test_s2_the_agents_that_the_cluster_should_have_are_expected() -> None:
    seen = snapshot(agent("S1"), recovered=["S2"], roll=registry("S1", "S2", "S3", unreachable=["S4"], gone=["S5"]))
    memory = Memory().after_look(look(seen), job())
    assert memory.selection is not None
    assert memory.selection.expected == {"S2", "S3", "S4"}


def test_d3_since_when_an_agent_is_disconnected_starts_again_when_it_came_back() -> None:
    here, away = snapshot(agent("S1")), snapshot(agent("S1", active=False))
    memory = Memory()
    since: list[float | None] = []
    for now, seen in ((1.0, away), (5.0, away), (9.0, here), (12.0, away)):
        memory = memory.after_look(look(seen, now=now), job())
        since.append(memory.away_since.get("S1"))
    assert since == [1.0, 1.0, None, 12.0]


def test_p2_since_when_an_agent_shows_nothing_starts_again_when_it_shows_something() -> None:
    memory = Memory().after_empty(["S1"], 1.0).after_empty(["S1"], 5.0)
    assert memory.empty_since == {"S1": 1.0}
    assert memory.after_empty([], 6.0).after_empty(["S1"], 7.0).empty_since == {"S1": 7.0}


@pytest.mark.parametrize(("exists", "czxid", "root"), [(True, 77, 77), (False, None, 0)])
def test_z5_the_root_of_the_first_look_is_remembered_and_later_ones_do_not_replace_it(
    exists: bool, czxid: int | None, root: int
) -> None:
    asked = job(znode="x")
    first = Memory().after_look(look(snapshot(), znode=znode_view(exists=exists, czxid=czxid)), asked)
    assert first.root == root
    assert first.after_look(look(snapshot(), znode=znode_view(czxid=99)), asked).root == root
    assert first.after_look(look(snapshot()), asked).root == root


def test_p2a_who_was_asked_and_how_often_the_run_only_waited_is_remembered() -> None:
    memory = Memory().after_decision(frozenset({"S1"}), waits=False, writes=False)
    memory = memory.after_decision(frozenset({"S2"}), waits=True, writes=False)
    memory = memory.after_decision(frozenset(), waits=True, writes=False)
    assert memory.asked == {"S1", "S2"}
    assert memory.idle == 2
    written = memory.after_decision(frozenset(), waits=False, writes=True)
    assert written.asked == {"S1", "S2"}
    assert written.idle == 0


def test_d4_rounds_of_which_no_write_succeeded_are_counted_until_one_does() -> None:
    lost, done = (answer(None, "lost"), CPUS, False), (answer(202), CPUS, False)
    memory = Memory().after_answers([lost]).after_answers([]).after_answers([lost, lost])
    assert memory.fruitless == 3
    assert memory.after_answers([lost, done]).fruitless == 0
