"""What follows from a look: the work, the leftovers, the end (rules S1, S5, D1 to D3, L6, P1, P3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from janitor.cleanup.decide import Decision, decide
from janitor.cleanup.job import Job
from janitor.cleanup.memory import Memory
from janitor.cleanup.move import LookAgain
from janitor.cleanup.outcome import Answer
from janitor.cleanup.work import AgentWork
from janitor.mesos.cluster import Agent, Snapshot, Unknown
from tests.unit.builders import (
    WITHOUT_FEEDBACK,
    ZNODE,
    Item,
    agent,
    answer,
    framework,
    job,
    look,
    operation,
    own_state,
    refined,
    registry,
    reserved,
    snapshot,
    static,
    volume,
    volume_on_static,
    znode_view,
)


def decided(*looks: Snapshot, asked: Job | None = None, memory: Memory | None = None) -> Decision:
    """The decision on the last of these looks; each later look comes ten seconds after the one before."""
    asked = asked or job()
    memory = memory or Memory()
    for number, seen in enumerate(looks):
        now = 1000.0 + 10.0 * number
        view = znode_view(at=now) if asked.znode is not None else None
        decision = decide(look(seen, now=now, znode=view), asked, memory)
        memory = decision.memory
    return decision


def texts(work: AgentWork) -> tuple[list[str], list[str]]:
    return sorted(map(str, work.volumes)), sorted(map(str, work.reservations))


def answered(decision: Decision, *answers: Answer, single: bool = False) -> Memory:
    """The memory after these answers to everything that was decided."""
    kinds = frozenset(item.kind for work in decision.work for item in (*work.volumes, *work.reservations))
    return decision.memory.after_answers([(one, kinds, single) for one in answers])


# --- the work ----------


def test_d1_an_agents_work_is_its_volumes_first_and_then_everything() -> None:
    decision = decided(snapshot(agent("S1", reserved("cpus", 2.0), volume(), reserved(principal="another"))))
    assert [(work.agent_id, work.host) for work in decision.work] == [("S1", "s1.example")]
    assert texts(decision.work[0]) == (["disk:500 (volume v1)"], ["cpus:2", "disk:500 (volume v1)"])
    assert decision.work[0].requests == 2
    assert not decision.clean


def test_d2_where_there_is_no_volume_or_no_reservation_nothing_is_sent_for_it() -> None:
    only_reserved = decided(snapshot(agent("S1", reserved())))
    only_static = decided(snapshot(agent("S1", volume_on_static("vs"), static())))
    assert texts(only_reserved.work[0]) == ([], ["cpus:1"])
    assert texts(only_static.work[0]) == (["disk:100 (volume vs)"], [])
    assert only_reserved.work[0].requests == only_static.work[0].requests == 1


def test_d1_an_agent_without_anything_selected_gets_no_work() -> None:
    decision = decided(snapshot(agent("S1", reserved()), agent("S2", static())))
    assert [work.agent_id for work in decision.work] == ["S1"]


def test_d2_each_resource_provider_gets_a_request_of_its_own() -> None:
    items = [
        reserved(),
        volume("v1", provider="rp1"),
        reserved("disk", 9.0, provider="rp2"),
        reserved("disk", 8.0, provider="rp1"),
    ]
    decision = decided(snapshot(agent("S1", *items)))
    assert {work.provider: texts(work) for work in decision.work} == {
        None: ([], ["cpus:1"]),
        "rp1": (["disk:500 (volume v1)"], ["disk:500 (volume v1)", "disk:8"]),
        "rp2": ([], ["disk:9"]),
    }


@pytest.mark.parametrize("disk", ["PATH", "MOUNT"])
def test_d1_disks_with_a_source_labels_and_a_stack_are_work_like_any_other(disk: str) -> None:
    role = "slave_public/kafka-role"
    items = [
        refined("slave_public", volume("v1", role=role, disk=disk, labels={"resource_id": "r1"}, shared=True)),
        refined("slave_public", reserved("ports", ((31000, 31005),), role=role, labels={"resource_id": "r2"})),
        refined("slave_public", reserved("racks", frozenset({"a"}), role=role)),
    ]
    decision = decided(snapshot(agent("S1", *items)), asked=job(role))
    assert texts(decision.work[0]) == (
        ["disk:500 (volume v1)"],
        ["disk:500 (volume v1)", "ports:[31000-31005]", "racks:{a}"],
    )


@pytest.mark.parametrize(
    ("active", "deactivated", "served"), [(True, False, True), (False, True, True), (False, False, False)]
)
def test_d3_nothing_is_sent_to_an_agent_that_is_not_served(active: bool, deactivated: bool, served: bool) -> None:
    decision = decided(snapshot(agent("S1", reserved(), active=active, deactivated=deactivated)))
    assert bool(decision.work) is served
    assert bool(decision.leftovers) is not served


def test_l6_the_others_are_cleaned_while_recovered_agents_are_waited_for() -> None:
    decision = decided(snapshot(agent("S1", reserved()), recovered=["S2"]))
    assert [work.agent_id for work in decision.work] == ["S1"]
    assert decision.waits
    after = decided(snapshot(agent("S1", reserved()), recovered=["S2"]), snapshot(agent("S1"), recovered=["S2"]))
    assert not after.work
    assert not after.clean


def test_d1_after_a_repeated_refusal_items_are_sent_one_by_one() -> None:
    seen = snapshot(agent("S1", reserved(), volume()), agent("S2", reserved()))
    decision = decided(seen)
    for expected in (False, True):
        decision = decided(seen, memory=answered(decision, answer(409, "{} does not contain cpus")))
        assert [work.one_by_one for work in decision.work] == [expected, False]
    assert decision.work[0].requests == 3


def test_d4_what_a_final_answer_was_about_is_not_sent_again_and_is_a_leftover_with_the_masters_words() -> None:
    seen = snapshot(agent("S1", reserved(), volume()), agent("S2", reserved()))
    first = decided(seen)
    decision = decided(seen, memory=answered(first, answer(403, "403 Forbidden.")))
    assert [work.agent_id for work in decision.work] == ["S2"]
    assert {(left.agent_id, left.item, left.words) for left in decision.leftovers} == {
        ("S1", "cpus:1", "403 Forbidden."),
        ("S1", "disk:500 (volume v1)", "403 Forbidden."),
    }
    remedies = {left.item: left.remedy for left in decision.leftovers}
    assert "dcos:mesos:master:reservation:principal:kafka-principal" in remedies["cpus:1"]
    assert "dcos:mesos:master:volume:principal:kafka-principal" in remedies["disk:500 (volume v1)"]


def test_s2_more_than_was_pinned_is_a_leftover_nothing_is_sent_for_it_and_nothing_is_proven() -> None:
    decision = decided(snapshot(agent("S1", reserved("cpus", 1.0))), snapshot(agent("S1", reserved("cpus", 2.0))))
    assert decision.work == ()
    assert [left.item for left in decision.leftovers] == ["cpus:2"]
    assert decision.proofs == {}
    assert decision.waits == ()
    assert decision.ask == frozenset()
    assert not decision.clean


# --- guards ----------


def test_o1_a_refusal_ends_the_run_before_anything_is_sent() -> None:
    decision = decided(snapshot(agent("S1", reserved()), frameworks=[framework()]))
    assert decision.blocked is not None
    assert decision.work == ()
    assert not decision.clean


def test_o2_a_guard_that_waits_holds_everything_back() -> None:
    decision = decided(snapshot(agent("S1", reserved()), age=3.0))
    assert isinstance(decision.move, LookAgain)
    assert decision.work == ()
    assert decision.waits
    assert not decision.clean


@pytest.mark.parametrize("now_empty", [True, False])
def test_p3_a_refusal_in_a_later_round_still_names_what_is_left_and_what_is_not_proven(now_empty: bool) -> None:
    first = snapshot(agent("S1", volume()), agent("S2", volume("v2")), agent("S3", reserved()))
    then = snapshot(
        agent("S1", *([] if now_empty else [volume()])),
        agent("S3", reserved("cpus", 2.0)),
        frameworks=[framework()],
        roll=registry("S1", "S3", unreachable=["S2"]),
        pending=[operation("S1", volume())],
    )
    decision = decided(first, then)
    assert decision.blocked is not None
    assert decision.work == ()
    assert {left.agent_id for left in decision.leftovers} == {"S2", "S3"}
    if now_empty:
        assert any("S1" in wait.what for wait in decision.waits)
    else:
        assert [str(item) for item in decision.left["S1"].selected] == ["disk:500 (volume v1)"]


# --- the end ----------


def test_p1_clean_is_when_everything_selected_is_proven_gone() -> None:
    decision = decided(snapshot(agent("S1", reserved()), agent("S2", volume())), snapshot(agent("S1"), agent("S2")))
    assert decision.clean
    assert sorted(decision.proofs) == ["S1", "S2"]


@pytest.mark.parametrize(
    "then",
    [
        snapshot(agent("S1"), agent("S2", volume())),
        snapshot(agent("S1")),
        snapshot(agent("S1"), agent("S2", active=False)),
        snapshot(agent("S1"), agent("S2"), pending=[operation("S2", volume())]),
        snapshot(agent("S1"), agent("S2", capabilities=WITHOUT_FEEDBACK)),
        snapshot(agent("S1"), agent("S2"), pending=None),
        snapshot(agent("S1"), agent("S2"), recovered=["S3"]),
        snapshot(agent("S1"), agent("S2"), roll=registry("S1", "S2", "S3")),
        snapshot(agent("S1"), agent("S2"), roll=Unknown("403"), unreachable_count=1, tasks=Unknown("403")),
        snapshot(agent("S1"), agent("S2"), age=1.0),
        snapshot(agent("S1"), agent("S2", reserved("disk", 500.1))),
    ],
    ids=["something left", "an agent away", "disconnected", "an operation pending", "an agent that tells nothing",
         "a master that tells nothing", "a recovered agent", "an admitted agent", "an untold unreachable agent",
         "a young leader", "more than was there"],
)  # fmt: skip
def test_p1_anything_that_is_not_known_is_not_clean(then: Snapshot) -> None:
    first = snapshot(agent("S1", reserved()), agent("S2", volume()))
    assert not decided(first, then).clean


def test_p1_an_agent_that_does_not_answer_is_never_proven() -> None:
    decision = decided(snapshot(agent("S1", reserved())), snapshot(agent("S1", active=False)))
    assert decision.proofs == {}
    assert [left.agent_id for left in decision.leftovers] == ["S1"]


def test_p2_proofs_of_the_agents_own_state_stay_proofs_while_nothing_comes_back() -> None:
    def old(*items: Item) -> Agent:
        return agent("S1", *items, capabilities=WITHOUT_FEEDBACK)

    first, gone = snapshot(old(reserved())), snapshot(old())
    told = snapshot(old(), own={"S1": own_state()})
    assert decided(first, gone).ask == {"S1"}
    assert decided(first, gone, told).clean
    assert decided(first, gone, told, gone).clean
    assert not decided(first, gone, told, first, gone).clean


def test_l6_what_is_on_an_agent_that_never_returns_is_not_touched_and_hinders_nothing() -> None:
    asked = job(znode=ZNODE, lost=["S2"])
    first = snapshot(agent("S1", reserved()), agent("S2", reserved(), active=False))
    then = snapshot(agent("S1"), agent("S2", reserved(), active=False))
    assert [work.agent_id for work in decided(first, asked=asked).work] == ["S1"]
    decision = decided(first, then, asked=asked)
    assert decision.clean
    assert decision.kept is None


@pytest.mark.parametrize("role", ["*", None])
def test_s3_the_znode_alone_is_clean_at_once(role: str | None) -> None:
    asked = job(role, None, znode=ZNODE)
    decision = decided(snapshot(agent("S1", reserved(role="other-role"), volume(role="other-role"))), asked=asked)
    assert decision.clean
    assert decision.work == ()
    assert decision.kept is None


# --- S5: a part of a service ----------


@pytest.mark.parametrize(
    ("items", "asked", "kept"),
    [
        ([reserved()], job(None, None, znode=ZNODE), True),
        ([volume()], job(None, None, znode=f"/{ZNODE}/"), True),
        ([reserved()], job("*", None, znode=ZNODE), True),
        ([static()], job(None, None, znode=ZNODE), False),
        ([reserved(role="slave_public/kafka-role")], job(znode=ZNODE), True),
        ([reserved(role="other-role")], job(znode=ZNODE), False),
        ([reserved()], job(znode=ZNODE), False),
        ([reserved(), reserved(principal="another")], job(znode=ZNODE), True),
        ([reserved(labels={"a": "1"}), reserved()], job(znode=ZNODE, labels=[("a", "1")]), True),
        ([reserved()], job("other-role", znode=ZNODE), True),
        ([reserved()], job("other-role", znode="something"), False),
        ([reserved()], job(), False),
    ],
    ids=["no role", "no role, slashes", "star", "static only", "pre-reserved", "another role", "all of it selected",
         "another principal", "other labels", "another role selected", "another znode", "no znode"],
)  # fmt: skip
def test_s5_while_the_service_of_the_znode_holds_more_the_znode_stays(
    items: list[Item], asked: Job, kept: bool
) -> None:
    decision = decided(snapshot(agent("S1", *items)), asked=asked)
    assert (decision.kept is not None) is kept
    if decision.kept is not None:
        assert (decision.kept.rule.code, decision.kept.status) == ("S5", 5)


# --- what is named and left ----------


@pytest.mark.parametrize(
    ("items", "named"),
    [
        ([static("gpus", 2.0)], "gpus:2"),
        ([reserved(role="kafka-role/sub")], "kafka-role/sub"),
        ([refined("kafka-role", reserved(role="kafka-role/sub"), below_type="DYNAMIC")], "kafka-role/sub"),
        ([reserved(principal="another")], "another"),
        ([volume_on_static("vs", principal="another")], "vs"),
    ],
)
def test_s1_what_stands_close_to_the_selection_is_named_and_left(items: list[Item], named: str) -> None:
    decision = decided(snapshot(agent("S1", reserved(), *items)))
    assert any(named in notice for notice in decision.notices)
    assert texts(decision.work[0]) == ([], ["cpus:1"])


def test_s1_a_role_that_the_asked_one_refines_is_named() -> None:
    decision = decided(snapshot(agent("S1", reserved(role="eng"))), asked=job("eng/front", None))
    assert any("Role eng " in notice for notice in decision.notices)


def test_s2_what_appeared_is_named_as_new() -> None:
    decision = decided(snapshot(agent("S1", reserved())), snapshot(agent("S1", reserved(), reserved("mem", 8.0))))
    assert any("mem:8" in notice and "S1" in notice for notice in decision.notices)


def test_s4_while_an_owner_lives_another_principal_is_a_notice_and_the_run_goes_on() -> None:
    decision = decided(snapshot(agent("S1", reserved()), frameworks=[framework()]), asked=job(principal="typo"))
    assert decision.blocked is None
    assert decision.clean
    assert (
        "Role kafka-role also holds 1 reservation of others, which stays (principal kafka-principal)."
        in decision.notices
    )


def test_every_override_at_once_never_widens_the_selection() -> None:
    items = [reserved(), reserved(principal="another"), static(), reserved(role="kafka-role/sub")]
    asked = replace(job(), overrides=frozenset({"live-owner", "shared-role", "live-znode", "filtered-view"}))
    decision = decided(snapshot(agent("S1", *items), frameworks=[framework()]), asked=asked)
    assert [texts(work) for work in decision.work] == [([], ["cpus:1"])]
