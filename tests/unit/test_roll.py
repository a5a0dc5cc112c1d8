"""The roll call (rule L6): who should be there, who is away, and whether that matters."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from janitor.cleanup.case import Case
from janitor.cleanup.job import Job
from janitor.cleanup.memory import Memory
from janitor.cleanup.roll import RollCall, call_roll
from janitor.mesos.cluster import Counts, Flags, Framework, Roll, Snapshot, TaskPlace, Unknown
from tests.unit.builders import ZNODE, agent, framework, job, look, registry, reserved, snapshot, volume

FORBIDDEN = Unknown("/registrar(1)/registry: 403 Forbidden.")


def call(*looks: Snapshot, asked: Job | None = None, every: float = 10.0) -> RollCall:
    """The roll call of the last of these looks."""
    asked = asked or job()
    memory = Memory()
    for number, seen in enumerate(looks):
        inventory = look(seen, now=1000.0 + every * number)
        memory = memory.after_look(inventory, asked)
    return call_roll(Case(inventory, asked, memory))


def _task(framework_id: str = "F1", agent_id: str = "S9", *roles: str) -> TaskPlace:
    return TaskPlace(framework_id, agent_id, frozenset(roles))


def test_l6_nothing_is_said_of_a_cluster_in_which_everybody_is_there() -> None:
    assert call(snapshot(agent("S1", reserved()), agent("S2"))) == RollCall()


def test_l6_recovered_agents_are_waited_for() -> None:
    called = call(snapshot(agent("S1"), recovered=["S2", "S3"]))
    assert [wait.what for wait in called.waits] == ["2 agents to register with the new leader (s2.example, s3.example)"]
    assert called.leftovers == ()


def test_l6_many_recovered_agents_are_named_in_part() -> None:
    what = call(snapshot(recovered=[f"S{n}" for n in range(9)])).waits[0].what
    assert "s4.example and 4 more" in what


def test_l6_an_agent_that_the_registry_admits_and_nobody_shows_is_waited_for() -> None:
    called = call(snapshot(agent("S1"), roll=registry("S1", "S2")))
    assert [wait.what for wait in called.waits] == ["agent S2 to register"]


@pytest.mark.parametrize("away", [registry("S1", unreachable=["S2"]), registry("S1")], ids=["unreachable", "unlisted"])
def test_l6_an_agent_that_this_run_saw_hold_something_is_a_leftover_when_it_is_away(away: Roll) -> None:
    first = snapshot(agent("S1"), agent("S2", volume(), reserved("mem", 64.0), host="node2"))
    called = call(first, snapshot(agent("S1"), roll=away))
    assert {(left.agent_id, left.host, left.item) for left in called.leftovers} == {
        ("S2", "node2", "disk:500"),
        ("S2", "node2", "mem:64"),
    }
    assert all("--lost-agent" in left.remedy for left in called.leftovers)
    known = "S2" in away.unreachable
    said = "The agent is unreachable" if known else "The master does not know the agent any more"
    assert {left.words for left in called.leftovers} == {f"{said}; this run saw it hold this."}


def test_l6_an_agent_that_comes_back_under_another_id_is_named() -> None:
    first = snapshot(agent("S1"), agent("S2", reserved(), host="node2"))
    back = snapshot(agent("S1"), agent("S3", reserved(), host="node2"))
    assert [left.words for left in call(first, back).leftovers] == [
        "The master does not know the agent any more; this run saw it hold this. "
        "On its host is agent S3 now: it may be the same one, which came back."
    ]


def test_l6_what_it_held_that_was_not_asked_for_ties_nothing() -> None:
    first = snapshot(agent("S1"), agent("S2", reserved(principal="another")))
    called = call(first, snapshot(agent("S1"), roll=registry("S1", unreachable=["S2"])))
    assert called.leftovers == ()
    assert any("S2" in notice for notice in called.notices)


def test_l6_gone_agents_are_ignored_even_when_they_held_something() -> None:
    first = snapshot(agent("S1"), agent("S2", volume()))
    assert call(first, snapshot(agent("S1"), roll=registry("S1", gone=["S2"]))) == RollCall()


@pytest.mark.parametrize(
    ("tasks", "asked", "tied"),
    [
        ((_task("F1"),), job(), True),
        ((_task("F2"),), job(), False),
        ((_task("F1", "S1"),), job(), False),
        ((_task("gone-and-forgotten", "S9", "kafka-role"),), job(), True),
        ((_task("F2", "S9", "other-role"),), job(), False),
        ((_task("F1"),), job(None, None, znode=ZNODE), True),
        ((_task("F2", "S9", "slave_public/kafka-role"),), job(None, None, znode=ZNODE), True),
        ((_task("F2"),), job(None, None, znode=ZNODE), False),
        ((_task("F1"),), job("*", None, znode="something"), False),
        ((), job(), False),
        (Unknown("403"), job(), True),
        ((_task("F3"),), job(None, None, znode="dcos-service-a__b__c"), True),
    ],
    ids=["a task of the role's framework", "of another one", "elsewhere", "of a forgotten one, in the role",
         "in another role", "of the znode's service", "in the role that the znode implies", "of another service",
         "nothing that could own", "no tasks", "tasks unknown", "of a name that is spelled otherwise"],
)  # fmt: skip
def test_l6_an_unreachable_agent_counts_when_something_ties_it_to_what_was_asked_for(
    tasks: tuple[TaskPlace, ...] | Unknown, asked: Job, tied: bool
) -> None:
    frameworks = [framework("F1", ended=500.0), framework("F2", "other", "other-role"), framework("F3", "a__b/c", "x")]
    seen = snapshot(agent("S1"), frameworks=frameworks, roll=registry("S1", unreachable=["S9"]), tasks=tasks)
    called = call(seen, asked=asked)
    assert [left.agent_id for left in called.leftovers] == (["S9"] if tied else [])
    assert any("S9" in notice and "There is no sign of" in notice for notice in called.notices) is not tied


@pytest.mark.parametrize("frameworks", [[framework("F1", "kafka", "left-it", ended=500.0)], []])
def test_l6_a_task_of_the_framework_that_the_selection_names_ties_whatever_roles_it_has_by_now(
    frameworks: list[Framework],
) -> None:
    """Masters forget completed frameworks; a framework may give up a role and keep what it reserved there."""
    held = agent("S1", reserved(labels={"framework_id": "F1"}))
    away = registry("S1", unreachable=["S9"])
    called = call(snapshot(held, frameworks=frameworks, roll=away, tasks=(_task("F1"),)))
    assert [left.agent_id for left in called.leftovers] == ["S9"]
    assert call(snapshot(held, frameworks=frameworks, roll=away, tasks=(_task("F2"),))).leftovers == ()


# --- where the registry may not be read ----------


def test_l6_without_the_registry_recovered_agents_are_still_waited_for() -> None:
    assert len(call(snapshot(agent("S1"), recovered=["S2"], roll=FORBIDDEN)).waits) == 1


def test_l6_without_the_registry_and_without_an_unreachable_agent_everybody_is_there() -> None:
    assert call(snapshot(agent("S1"), roll=FORBIDDEN)) == RollCall()


@pytest.mark.parametrize(
    ("tasks", "leftovers"),
    [((_task("F1"),), ["S9"]), ((_task("F2"),), []), ((), []), (Unknown("403"), [""])],
    ids=["tied by a task", "a task of another", "no task", "unknown"],
)
def test_l6_without_the_registry_the_number_of_unreachable_agents_and_the_tasks_stand_in_for_it(
    tasks: tuple[TaskPlace, ...] | Unknown, leftovers: list[str]
) -> None:
    frameworks = [framework("F1", ended=500.0), framework("F2", "other", "other-role")]
    seen = snapshot(agent("S1"), frameworks=frameworks, roll=FORBIDDEN, unreachable_count=1, tasks=tasks)
    called = call(seen)
    assert [left.agent_id for left in called.leftovers] == leftovers
    assert any("1 agent is unreachable" in notice for notice in called.notices) is not bool(leftovers)


def test_l4_without_the_registry_and_the_counts_it_cannot_be_told() -> None:
    called = call(snapshot(agent("S1"), roll=FORBIDDEN, counts=Unknown("/metrics/snapshot: 403 Forbidden.")))
    assert len(called.leftovers) == 1
    assert "registry" in called.leftovers[0].words
    assert "metrics" in called.leftovers[0].words


def test_l6_without_the_registry_a_holder_that_is_not_there_any_more_is_a_leftover() -> None:
    first = snapshot(agent("S1"), agent("S2", reserved()), roll=FORBIDDEN)
    called = call(first, snapshot(agent("S1"), roll=FORBIDDEN))
    assert [left.agent_id for left in called.leftovers] == ["S2"]


# --- disconnected agents ----------


@pytest.mark.parametrize(("later", "waits"), [(10.0, 1), (20.0, 0)])
def test_d3_a_disconnected_agent_that_holds_something_is_waited_for_during_the_ping_window(
    later: float, waits: int
) -> None:
    flags = Flags(ping_timeout=10.0, ping_misses=2)
    first = snapshot(agent("S1", reserved()), flags=flags)
    away = snapshot(agent("S1", reserved(), active=False), flags=flags)
    called = call(first, away, away, every=later)
    assert len(called.waits) == waits
    assert [(left.agent_id, left.item) for left in called.leftovers] == [("S1", "cpus:1")]


def test_disconnected_agents_are_named_in_the_same_order_whatever_the_masters_is() -> None:
    here, away = [[agent(name, reserved(), active=active) for name in ("S2", "S1")] for active in (True, False)]
    called = call(snapshot(*here), snapshot(*away))
    assert [wait.what for wait in called.waits] == ["2 agents (S1 on s1.example, S2 on s2.example) to connect again"]


def test_d3_a_disconnected_agent_whose_items_have_left_the_masters_view_is_not_clean_either() -> None:
    called = call(snapshot(agent("S1", reserved())), snapshot(agent("S1", active=False)))
    assert [left.agent_id for left in called.leftovers] == ["S1"]


@pytest.mark.parametrize("deactivated", [True, False])
def test_d3_a_drained_agent_answers_and_one_that_holds_nothing_does_not_matter(deactivated: bool) -> None:
    items = [reserved()] if deactivated else []
    assert call(snapshot(agent("S1", *items, active=False, deactivated=deactivated))) == RollCall()


# --- --lost-agent ----------


@pytest.mark.parametrize("word", ["S2", "node2"])
def test_l6_an_agent_that_never_returns_on_the_operators_word_is_no_leftover_and_is_named(word: str) -> None:
    first = snapshot(agent("S1"), agent("S2", reserved(), host="node2"))
    called = call(first, snapshot(agent("S1"), roll=registry("S1", unreachable=["S2"])), asked=job(lost=[word]))
    assert (called.waits, called.leftovers) == ((), ())
    assert any("S2" in notice and "cpus:1" in notice for notice in called.notices)


def test_l6_a_recovered_agent_that_never_returns_is_not_waited_for_and_the_others_are() -> None:
    seen = snapshot(agent("S1"), recovered=["S2", "S3"])
    assert call(seen, asked=job(lost=["S2", "s3.example"])).waits == ()
    waits = call(seen, asked=job(lost=["S2"])).waits
    assert [wait.what for wait in waits] == ["1 agent to register with the new leader (s3.example)"]


def test_l6_an_admitted_or_disconnected_agent_that_never_returns_is_not_waited_for() -> None:
    seen = snapshot(agent("S1"), agent("S2", reserved(), active=False), roll=registry("S1", "S2", "S3"))
    called = call(seen, asked=job(lost=["S2", "S3"]))
    assert (called.waits, called.leftovers) == ((), ())


def test_l6_without_the_registry_the_operators_word_counts_for_an_agent_that_a_task_names() -> None:
    seen = snapshot(
        agent("S1"), frameworks=[framework(ended=500.0)], roll=FORBIDDEN, unreachable_count=1, tasks=(_task(),)
    )
    assert [left.agent_id for left in call(seen).leftovers] == ["S9"]
    assert call(seen, asked=job(lost=["S9"])).leftovers == ()


def test_l6_a_word_that_fits_no_agent_is_said() -> None:
    called = call(snapshot(agent("S1")), asked=job(lost=["S7"]))
    assert any("S7" in notice for notice in called.notices)
    assert called.leftovers == ()


def test_l6_counts_that_were_not_asked_for_say_nothing() -> None:
    seen = snapshot(agent("S1"), counts=Counts(0, 3))
    assert call(seen) == RollCall()


def test_l6_without_the_registry_active_agents_are_counted_and_a_difference_that_stays_is_left() -> None:
    short = snapshot(agent("S1"), agent("S2", active=False), roll=FORBIDDEN, active_count=2)
    right = snapshot(agent("S1"), agent("S2", active=False), roll=FORBIDDEN, active_count=1)
    assert [len(call(*looks).leftovers) for looks in ([short], [short] * 2, [short] * 3, [short] * 9)] == [0, 0, 1, 1]
    assert call(short, short, right, short, short).leftovers == ()
    words = call(short, short, short).leftovers[0].words
    assert words == f"The master counts 2 active agents and shows 1. {FORBIDDEN.why}"


def test_l6_where_the_registry_tells_active_agents_need_not_be_counted() -> None:
    assert call(*[snapshot(agent("S1"), active_count=5)] * 5) == RollCall()


@pytest.mark.parametrize(
    ("counts", "version", "text"),
    [
        (Counts(0, 0, None), "1.9.0", "master/slaves_active"),
        (Counts(0, None, 1), "1.9.0", "master/slaves_unreachable"),
        (Counts(0, None, 1), "1.1.0", None),
        (Counts(None, 0, 1), "1.9.0", None),
    ],
)
def test_l4_a_count_that_is_needed_and_not_told_is_unknown(counts: Counts, version: str, text: str | None) -> None:
    seen = snapshot(agent("S1"), roll=FORBIDDEN, counts=counts)
    left = call(replace(seen, leader=replace(seen.leader, version=version))).leftovers
    assert [text in one.words for one in left if text is not None] == ([True] if text is not None else [])


def test_l4_a_task_of_which_one_cannot_tell_what_it_used_ties_its_agent() -> None:
    unclear = TaskPlace("F9", "S9", frozenset(), name="web", unclear=True)
    called = call(snapshot(agent("S1"), roll=registry("S1", unreachable=["S9"]), tasks=(unclear,)))
    assert "what task web used there cannot be read" in called.leftovers[0].words


# --- many of them ----------


def test_l6_thousands_of_agents_that_are_away_get_a_line_and_not_one_each() -> None:
    away = [f"A{n:04}" for n in range(5000)]
    seen = snapshot(agent("S1"), roll=registry("S1", unreachable=away))
    assert call(seen).notices == (
        "5000 agents (A0000, A0001, A0002, A0003, A0004 and 4995 more) are unreachable. "
        "There is no sign of kafka-role on them.",
    )
    to_come = call(snapshot(agent("S1"), roll=registry("S1", *away)))
    assert [wait.what for wait in to_come.waits] == [
        "5000 agents (A0000, A0001, A0002, A0003, A0004 and 4995 more) to register"
    ]
    held = [agent(f"S{n}", reserved(), active=False) for n in range(9)]
    assert [wait.what for wait in call(snapshot(*held)).waits] == [
        "9 agents (S0 on s0.example, S1 on s1.example, S2 on s2.example, S3 on s3.example, S4 on s4.example "
        "and 4 more) to connect again"
    ]
    given_up = call(seen, asked=job(lost=away)).notices
    assert (len(given_up), given_up[-1]) == (11, "4990 more agents count as permanently lost (--lost-agent).")


class _Counted(tuple[TaskPlace, ...]):
    """Tasks that count how often they are gone through."""

    passes = 0

    def __iter__(self) -> Iterator[TaskPlace]:
        _Counted.passes += 1
        return super().__iter__()


def test_l6_the_tasks_are_gone_through_as_often_for_a_thousand_agents_as_for_one() -> None:
    passes = []
    for count in (1, 1000):
        _Counted.passes = 0
        tasks = _Counted(_task("F1", f"A{n}") for n in range(count))
        roll = registry("S1", unreachable=[f"A{n}" for n in range(count)])
        called = call(snapshot(agent("S1"), frameworks=[framework("F1", ended=500.0)], roll=roll, tasks=tasks))
        assert len(called.leftovers) == count
        passes.append(_Counted.passes)
    assert passes[0] == passes[1]


def test_an_agent_without_a_host_is_called_by_its_id() -> None:
    assert agent("S1", host="a").named == "S1 on a"
    assert replace(agent("S1"), host="").named == "S1"
