"""Why an unreserve step does not end, and whether it is safe to force it: every cause, and every doubt about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from janitor.dcos.scheduler import Phase, Plan, PodInstance, PodTask, Step
from janitor.holdings.stuck import StuckStep, judged
from janitor.mesos.cluster import Agent, Roll, Snapshot, TaskPlace, Unknown
from janitor.uninstall.pods import AwayPod, away_pods
from janitor.uninstall.service import Service
from tests.unit.builders import Item, agent, framework, registry, reserved, snapshot

SERVICE = Service(
    "kafka",
    None,
    frozenset({"F1"}),
    ("kafka-role", "slave_public/kafka-role"),
    ("kafka-principal",),
    "dcos-service-kafka",
    "a test",
)


def item(resource_id: str = "r1", **more: object) -> Item:
    return reserved(labels={"resource_id": resource_id}, **more)  # type: ignore[arg-type]  # passed on as it is


def plan(*names: str, phase: str = "unreserve-resources", status: str = "PREPARED") -> Plan:
    steps = tuple(Step(f"id-{name}", name, status) for name in names)
    return Plan("deploy", "IN_PROGRESS", "dependency", (Phase("p", phase, "IN_PROGRESS", "parallel", steps),))


def task(agent_id: str, *resource_ids: str, state: str = "TASK_UNREACHABLE", name: str = "kafka-0-broker") -> TaskPlace:
    return TaskPlace("F1", agent_id, frozenset({"kafka-role"}), frozenset(resource_ids), name, state)


def only(seen: Snapshot, phase: str = "unreserve-resources", lost: Iterable[str] = (), step: str = "r1") -> StuckStep:
    (found,), _ = judged(plan(f"unreserve-{step}", phase=phase), seen, SERVICE.roles, frozenset(lost))
    return found


# --- the reservation is there -----------------------------------------------------------------------------------------


def test_it_will_be_offered() -> None:
    found = only(snapshot(agent("S1", item())))
    assert (found.kind, found.safe, found.agent_id, found.host) == ("offered", False, "S1", "s1.example")
    assert found.why == "Agent S1 on s1.example has it; it will be offered: wait."


def test_before_sdk_0_30_the_steps_name_is_the_resource_id() -> None:
    seen = snapshot(agent("S1", item("5f2a")))
    (found,), _ = judged(plan("5f2a", phase="resource-phase", status="PENDING"), seen, SERVICE.roles, frozenset())
    assert (found.kind, found.resource_id) == ("offered", "5f2a")


def test_a_refined_reservation_of_a_pre_reserved_role() -> None:
    held = item(role="slave_public/kafka-role")
    assert only(snapshot(agent("S1", held))).kind == "offered"


def test_a_task_uses_it() -> None:
    user = framework("F1", "kafka", active=False, holds=[item()])
    found = only(snapshot(agent("S1", item()), frameworks=[user]))
    assert found.kind == "held"
    assert "a task of framework kafka (F1, inactive) uses it: that has to end first." in found.why


def test_another_framework_is_offered_it() -> None:
    other = replace(framework("F2", "greedy"), offered_raw=msgspec.Raw(f"[{item().json()}]".encode()))
    found = only(snapshot(agent("S1", item()), frameworks=[other]))
    assert found.kind == "held"
    assert "it is in an offer to framework greedy (F2): wait." in found.why


def test_a_completed_framework_holds_nothing() -> None:
    over = framework("F2", "greedy", holds=[item()], ended=10.0)
    assert only(snapshot(agent("S1", item()), frameworks=[over])).kind == "offered"


@pytest.mark.parametrize(
    "away, words",
    [
        (agent("S1", item(), active=False), "is disconnected; it may come back."),
        (agent("S1", item(), active=False, deactivated=True), "is drained or deactivated"),
    ],
)
def test_its_agent_does_not_offer(away: Agent, words: str) -> None:
    found = only(snapshot(away))
    assert (found.kind, found.safe) == ("away", False)
    assert words in found.why


@pytest.mark.parametrize("word", ["S1", "s1.example"])
def test_on_the_operators_word(word: str) -> None:
    found = only(snapshot(agent("S1", item(), active=False)), lost=[word])
    assert (found.kind, found.safe, found.given_up) == ("lost", True, True)
    assert "(--lost-agent)" in found.why


def test_the_operators_word_against_an_agent_that_answers_counts_nothing() -> None:
    for one in (agent("S1", item()), agent("S1", item(), active=False, deactivated=True)):
        assert not only(snapshot(one), lost=["S1"]).safe


# --- the reservation is not there -------------------------------------------------------------------------------------


def test_gone() -> None:
    roll = registry("S2", gone=["S1"])
    found = only(snapshot(agent("S2"), roll=roll, tasks=(task("S1", "r1", state="TASK_GONE_BY_OPERATOR"),)))
    assert (found.kind, found.safe, found.given_up, found.agent_id) == ("lost", True, True, "S1")
    expected = "It was on agent S1 (task kafka-0-broker used it there), which is marked gone: it never returns."
    assert found.why == expected


def test_unreachable_since() -> None:
    roll = Roll(frozenset({"S2"}), frozenset({"S1"}), frozenset(), {"S1": 1_600_000_000.0})
    found = only(snapshot(agent("S2"), roll=roll, tasks=(task("S1", "r1"),)))
    assert (found.kind, found.safe) == ("away", False)
    assert "is unreachable since 2020-09-13 12:26:40 UTC; it may come back." in found.why


def test_unreachable_on_the_operators_word() -> None:
    roll = registry("S2", unreachable=["S1"])
    assert only(snapshot(agent("S2"), roll=roll, tasks=(task("S1", "r1"),)), lost=["S1"]).given_up


def test_absent_from_an_active_agent() -> None:
    found = only(snapshot(agent("S1"), tasks=(task("S1", "r1", state="TASK_KILLED"),)))
    assert (found.kind, found.safe, found.given_up) == ("absent", True, False)
    assert "which is active and does not hold it any more." in found.why


def test_absent_in_a_filtered_view_cannot_be_told() -> None:
    """Rule L5: what is not shown may be there."""
    seen = snapshot(agent("S1", hidden={"cpus": 2.0}), tasks=(task("S1", "r1", state="TASK_KILLED"),))
    found = only(seen)
    assert (found.kind, found.safe) == ("unknown", False)
    assert "cpus:2 that this view does not show" in found.why


@pytest.mark.parametrize(
    "seen, words",
    [
        (snapshot(agent("S1", active=False), tasks=(task("S1", "r1"),)), "is disconnected; it may come back."),
        (
            snapshot(agent("S1", active=False, deactivated=True), tasks=(task("S1", "r1"),)),
            "is drained or deactivated",
        ),
        (snapshot(agent("S2"), recovered=["S1"], tasks=(task("S1", "r1"),)), "has not registered with the new leader"),
        (snapshot(agent("S2"), tasks=(task("S1", "r1"),)), "the master does not know; it may register again."),
        (
            snapshot(agent("S2"), roll=Unknown("403"), tasks=(task("S1", "r1"),)),
            "the master does not know; it may register again.",
        ),
    ],
)
def test_away_and_may_come_back(seen: Snapshot, words: str) -> None:
    found = only(seen)
    assert (found.kind, found.safe) == ("away", False)
    assert words in found.why


def test_on_two_agents_both_have_to_be_safe() -> None:
    tasks = (task("S1", "r1", state="TASK_GONE_BY_OPERATOR"), task("S2", "r1", state="TASK_LOST"))
    roll = registry("S3", gone=["S1"], unreachable=["S2"])
    assert only(snapshot(agent("S3"), roll=roll, tasks=tasks)).kind == "away"


def test_nothing_tells_where_it_was() -> None:
    for tasks in ((), Unknown("403")):
        found = only(snapshot(agent("S1"), tasks=tasks), lost=["S9"])
        assert (found.kind, found.safe, found.agent_id) == ("unknown", False, None)
        assert "on an agent that cannot be told: it may come back" in found.why


# --- the phase names a host -------------------------------------------------------------------------------------------

HOST = "unreserve-resources-s1.example"


def test_the_host_of_the_phase_where_everybody_is_there() -> None:
    found = only(snapshot(agent("S1")), HOST)
    assert (found.kind, found.agent_id) == ("absent", "S1")
    assert "the phase names its host, s1.example" in found.why


def test_the_host_says_nothing_while_an_agent_is_unreachable() -> None:
    """It may be the one that had this name before, and brings its reservations along."""
    for roll in (registry("S1", unreachable=["S7"]), Unknown("403")):
        assert only(snapshot(agent("S1"), roll=roll), HOST).kind == "unknown"


def test_a_host_that_nobody_has() -> None:
    found = only(snapshot(agent("S2")), HOST)
    assert (found.kind, found.host) == ("unknown", "s1.example")
    assert "on host s1.example, which no registered agent has" in found.why
    assert only(snapshot(agent("S2")), HOST, lost=["s1.example"]).given_up


def test_a_recovered_agent_of_the_host() -> None:
    assert only(snapshot(agent("S2"), recovered=["S1"]), HOST).kind == "away"


def test_unknown_agent_is_no_host() -> None:
    seen = snapshot(agent("S1", host="UNKNOWN_AGENT"))
    assert only(seen, "unreserve-resources-UNKNOWN_AGENT").kind == "unknown"


def test_what_an_executor_held_is_where_the_others_of_its_phase_were() -> None:
    """GET_TASKS tells nothing of executors: their reservations are placed by those of the same host."""
    steps = plan("unreserve-r1", "unreserve-executor", phase=HOST)
    roll = registry("S2", gone=["S1"])
    seen = snapshot(agent("S2"), roll=roll, tasks=(task("S1", "r1", state="TASK_GONE_BY_OPERATOR"),))
    found, _ = judged(steps, seen, SERVICE.roles, frozenset())
    assert [one.kind for one in found] == ["lost", "lost"]
    assert "others of it were there" in found[1].why


def test_one_phase_for_all_hosts_places_nothing() -> None:
    steps = plan("unreserve-r1", "unreserve-executor")
    roll = registry("S2", gone=["S1"])
    seen = snapshot(agent("S2"), roll=roll, tasks=(task("S1", "r1", state="TASK_GONE_BY_OPERATOR"),))
    assert [one.kind for one in judged(steps, seen, SERVICE.roles, frozenset())[0]] == ["lost", "unknown"]


def test_only_open_steps_of_resource_phases() -> None:
    seen = snapshot(agent("S1", item()))
    assert judged(plan("unreserve-r1", status="COMPLETE"), seen, SERVICE.roles, frozenset()) == ((), ())
    assert judged(plan("kill-task-r1", phase="kill-tasks"), seen, SERVICE.roles, frozenset()) == ((), ())


# --- whatever the cluster is like -------------------------------------------------------------------------------------

STATES = ("active", "hidden", "deactivated", "disconnected", "recovered", "unreachable", "gone", "none")


@given(
    where=st.lists(st.sampled_from(STATES), min_size=1, max_size=3),
    shown=st.booleans(),
    told=st.sampled_from(["tasks", "host", "nothing"]),
    word=st.booleans(),
)
def test_safe_is_what_can_be_safe_and_nothing_else(where: list[str], shown: bool, told: str, word: bool) -> None:
    """Forced is only what is on no agent that could bring it back: gone, given up by the operator, or seen absent."""
    agents = [_agent(f"S{n}", state, item() if shown and n == 0 else None) for n, state in enumerate(where)]
    present = [one for one in agents if one is not None]
    roll = registry(
        *(one.id for one in present),
        unreachable=[f"S{n}" for n, state in enumerate(where) if state == "unreachable"],
        gone=[f"S{n}" for n, state in enumerate(where) if state == "gone"],
    )
    tasks = tuple(task(f"S{n}", "r1") for n in range(len(where))) if told == "tasks" else ()
    recovered = [f"S{n}" for n, state in enumerate(where) if state == "recovered"]
    seen = snapshot(*present, roll=roll, recovered=recovered, tasks=tasks)
    phase = "unreserve-resources-s0.example" if told == "host" else "unreserve-resources"
    found = only(seen, phase, lost=["S0"] if word else [])
    if not found.safe:
        return
    answers = {"active", "hidden", "deactivated"}
    may_return = {"disconnected", "recovered", "unreachable", "none", "deactivated", "hidden"}
    if shown and where[0] in (*answers, "disconnected"):
        assert word
        assert where[0] == "disconnected"
        return
    assert told != "nothing"
    relevant = where if told == "tasks" else where[:1]
    doubtful = [n for n, state in enumerate(relevant) if state in may_return]
    assert doubtful == [] or (word and doubtful == [0] and where[0] not in answers)


def _agent(id: str, state: str, held: Item | None) -> Agent | None:
    items = [held] if held is not None else []
    if state == "active":
        return agent(id, *items)
    if state == "hidden":
        return agent(id, *items, hidden={"cpus": 1.0})
    if state == "deactivated":
        return agent(id, *items, active=False, deactivated=True)
    return agent(id, *items, active=False) if state == "disconnected" else None


# --- pods, before it begins -------------------------------------------------------------------------------------------


def pod(name: str, *tasks: str) -> PodInstance:
    return PodInstance(name, tuple(PodTask("", one, "RUNNING") for one in tasks))


def test_pods_on_agents_that_are_away() -> None:
    seen = snapshot(
        agent("S1"),
        roll=registry("S1", gone=["S2"], unreachable=["S3"]),
        tasks=(
            task("S1", name="kafka-0-broker", state="TASK_RUNNING"),
            task("S2", name="kafka-1-broker", state="TASK_GONE_BY_OPERATOR"),
            task("S3", name="kafka-2-broker"),
            task("S2", name="kafka-3-broker", state="TASK_GONE_BY_OPERATOR"),
            task("S1", name="kafka-3-broker", state="TASK_RUNNING"),
            replace(task("S2", name="kafka-0-broker"), framework_id="F9"),
        ),
    )
    pods = [pod(f"kafka-{n}", f"kafka-{n}-broker") for n in range(4)]
    assert away_pods(pods, seen, frozenset({"F1"}), frozenset()) == (
        AwayPod("kafka-1", "S2", lost=True),
        AwayPod("kafka-2", "S3", lost=False),
    )
    assert away_pods(pods, seen, frozenset({"F1"}), frozenset({"S3"}))[1].lost
    unread = replace(seen, tasks=Unknown("403"))
    assert away_pods(pods, unread, frozenset({"F1"}), frozenset()) == ()
