"""What is on agents that are missing; whom --lost-agent means; what is told of thousands; what changed meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from janitor.dcos.marathon import App
from janitor.dcos.scheduler import Phase, Plan, Step
from janitor.errors import Refusal, UsageError
from janitor.holdings.groups import explained, stuck_lines
from janitor.holdings.stuck import judged
from janitor.mesos.cluster import Agent, TaskPlace, Unknown
from janitor.uninstall.actions import Action
from janitor.uninstall.lost import check_lost, known_as_lost
from janitor.uninstall.missing import missing_agents, missing_lines
from janitor.uninstall.next_step import next_step
from janitor.uninstall.relook import changed, check_unchanged, other_frameworks, overtaken
from janitor.uninstall.remains import given_up
from janitor.uninstall.service import Service, identify
from janitor.uninstall.situation import Away, Choice, Situation, WaitLimits
from tests.unit.builders import agent, framework, registry, snapshot

NOBODY: frozenset[str] = frozenset()


def task(agent_id: str, *ids: str, state: str = "TASK_UNREACHABLE") -> TaskPlace:
    return TaskPlace("F1", agent_id, frozenset({"kafka-role"}), frozenset(ids), f"on-{agent_id}", state)


def service(version: str = "v1", framework_id: str = "F1") -> Service:
    app = App(
        "/kafka", None, (), None, {}, {"DCOS_COMMONS_UNINSTALL": "true", "DCOS_PACKAGE_NAME": "kafka"}, version, 1, ()
    )
    return identify("kafka", [app], [framework(framework_id)], [])


def plan_of(steps: int, hosts: int, status: str = "PREPARED") -> Plan:
    phases = tuple(
        Phase(f"p{h}", f"unreserve-resources-h{h}", "IN_PROGRESS", "parallel",
              tuple(Step(f"s{h}-{s}", f"unreserve-r{h}-{s}", status) for s in range(steps)))
        for h in range(hosts)
    )  # fmt: skip
    return Plan("deploy", "IN_PROGRESS", "dependency", phases)


# --- missing agents ---------------------------------------------------------------------------------------------------


def test_what_comes_back_with_an_agent_and_what_was_given_back_before() -> None:
    seen = snapshot(
        agent("S1"),
        agent("S5", active=False),
        roll=registry("S1", "S5", unreachable=["S2"], gone=["S3"]),
        tasks=(
            task("S1", "r1", state="TASK_RUNNING"),
            task("S2", "r2", "r3"),
            task("S2", "r4", state="TASK_KILLED"),
            task("S3", "r5", state="TASK_GONE_BY_OPERATOR"),
            task("S3", "r6", state="TASK_FINISHED"),
            task("S5", "r7", state="TASK_RUNNING"),
            replace(task("S2", "r9"), framework_id="another"),
        ),
    )
    found = missing_agents(seen, frozenset({"F1"}), NOBODY, ())
    assert [(one.agent_id, one.lost, {*one.resource_ids}) for one in found] == [
        ("S2", False, {"r2", "r3"}),
        ("S3", True, {"r5"}),
        ("S5", False, {"r7"}),
    ]
    assert missing_lines(found) == (
        "2 reservations on agent S2, which is unreachable; it may come back",
        "1 reservation on agent S3, which is marked gone",
        "1 reservation on agent S5 on s5.example, which is disconnected; it may come back",
    )
    assert [one.agent_id for one in missing_agents(seen, frozenset({"F1"}), frozenset({"S2"}), ()) if one.lost] == [
        "S2", "S3",
    ]  # fmt: skip


def test_forced_steps_are_known_from_the_plan_alone() -> None:
    """A run that was killed leaves them there, COMPLETE; what an active agent gave back is none of them."""
    seen = snapshot(
        agent("S1"),
        roll=registry("S1", gone=["S2"]),
        tasks=(task("S2", "r0-0", state="TASK_GONE_BY_OPERATOR"), task("S1", "r0-1", state="TASK_KILLED")),
    )
    plan = plan_of(2, 1, "COMPLETE")
    plan = replace_phase_names(plan)
    stuck, forced = judged(plan, seen, service().roles, NOBODY)
    assert (stuck, [one.resource_id for one in forced]) == ((), ["r0-0"])
    missing = missing_agents(seen, NOBODY, NOBODY, forced)
    assert [one.forced for one in given_up(Situation(service(), "modern", seen, missing=missing))] == [{"r0-0"}]


def replace_phase_names(plan: Plan) -> Plan:
    """One phase for all hosts, as before SDK 0.52."""
    (phase,) = plan.phases
    return Plan(plan.name, plan.status, plan.strategy, (Phase(phase.id, "unreserve-resources", "", None, phase.steps),))


# --- --lost-agent -----------------------------------------------------------------------------------------------------


def test_a_word_that_means_no_agent_is_refused_with_those_that_are_away() -> None:
    seen = snapshot(agent("S1"), roll=registry("S1", unreachable=["S2"], gone=["S3"]), recovered=["S4"])
    here = Situation(service(), "modern", seen, plan=plan_of(1, 1))
    for word in ("S2", "S3", "S4", "s4.example", "h0"):
        check_lost(Choice(lost_agents=(word,)), here)
    with pytest.raises(UsageError) as caught:
        check_lost(Choice(lost_agents=("S2", "S22")), here)
    assert caught.value.message == "--lost-agent S22: this cluster knows no such agent."
    assert caught.value.remedy == "Agents that are away: S2. Give the id of one: --lost-agent AGENT_ID"
    with pytest.raises(UsageError, match="is registered and answers"):
        check_lost(Choice(lost_agents=("s1.example",)), here)
    with pytest.raises(UsageError) as caught:
        check_lost(Choice(lost_agents=("S9",)), replace(here, snapshot=snapshot(agent("S1"))))
    assert caught.value.remedy == "No agent is away. Leave the option out: the same command"
    assert known_as_lost(Choice(lost_agents=("s4.example", "h0")), seen) == ("S4",)


def test_where_nothing_tells_which_agents_there_are_any_may_be_meant() -> None:
    forbidden = snapshot(agent("S1"), roll=Unknown("403"))
    check_lost(Choice(lost_agents=("S22",)), Situation(service(), "modern", forbidden))
    check_lost(Choice(lost_agents=("h7",)), Situation(service(), "modern", snapshot(agent("S1")), plan=Away("502", 1)))


# --- thousands --------------------------------------------------------------------------------------------------------


def test_thousands_of_agents_of_one_cause_take_a_few_lines() -> None:
    away = [f"A{n:04}" for n in range(3000)]
    tasks = tuple(task(f"A{h:04}", f"r{h}-0", f"r{h}-1") for h in range(3000))
    seen = snapshot(agent("S1"), roll=registry("S1", unreachable=away), tasks=tasks)
    stuck, _ = judged(plan_of(2, 3000), seen, service().roles, NOBODY)
    assert len(stuck) == 6000
    lines = stuck_lines(stuck)
    assert len(lines) < 20
    assert lines[-1].startswith("The same for 5990 more steps, on A0005, A0006, A0007, A0008, A0009 and 2990 more.")
    assert len(explained(stuck)) < 2000
    missing = missing_agents(seen, frozenset({"F1"}), NOBODY, ())
    assert missing_lines(missing) == (
        "6000 reservations on 3000 agents (A0000, A0001, A0002, A0003, A0004 and 2995 more); "
        "the first of them is unreachable; it may come back",
    )


class _Counted(tuple[Agent, ...]):
    """Agents that count how often they are gone through."""

    passes = 0

    def __iter__(self) -> Iterator[Agent]:
        _Counted.passes += 1
        return super().__iter__()


def test_the_agents_are_gone_through_as_often_for_a_thousand_steps_as_for_one() -> None:
    passes = []
    for hosts in (1, 1000):
        seen = snapshot(*(agent(f"A{n}", host=f"h{n}") for n in range(5)))
        _Counted.passes = 0
        judged(plan_of(1, hosts), replace(seen, agents=_Counted(seen.agents)), service().roles, NOBODY)
        passes.append(_Counted.passes)
    assert passes[0] == passes[1]


# --- after a question -------------------------------------------------------------------------------------------------


def test_what_changed_while_a_question_stood() -> None:
    before = Situation(service(), "modern", snapshot(), frameworks=(framework("F1"),))
    step = next_step(before, Choice(), WaitLimits())
    assert isinstance(step, Action)

    def how(after: Situation) -> str:
        following = next_step(after, Choice(), WaitLimits())
        return changed(step, before, after, following)

    assert how(before) == ""
    assert "was installed anew, or changed (version v2)" in how(replace(before, service=service("v2")))
    assert how(replace(before, service=replace(service(), app=None))) == "app /kafka is gone"
    assert how(replace(before, frameworks=(framework("F2"),))) == "its frameworks were F1 (active) and are F2 (active)"
    late = replace(before, frameworks=(framework("F1", active=False),))
    assert how(late) == "its frameworks were F1 (active) and are F1 (inactive)"
    assert how(replace(before, done=frozenset({"start"}))) == "something else is to be done now"
    with pytest.raises(Refusal, match=r"changed while you were asked: app /kafka is gone") as raised:
        check_unchanged(step, before, replace(before, service=replace(service(), app=None)), step, done=False)
    assert raised.value.message.endswith("Nothing was done.")
    check_unchanged(step, before, before, step, done=False)


def test_an_uninstall_that_somebody_else_has_started_is_watched_and_not_refused() -> None:
    before = Situation(service(), "modern", snapshot(), frameworks=(framework("F1"),))
    step = next_step(before, Choice(), WaitLimits())
    assert isinstance(step, Action)
    app = before.service.app
    assert app is not None
    begun = replace(before, service=replace(service(), app=replace(app, env={"SDK_UNINSTALL": "true"}, version="v2")))
    assert (overtaken(step, before), overtaken(step, begun)) == (False, True)
    assert not other_frameworks(before, replace(begun, frameworks=()))
    assert other_frameworks(before, replace(begun, frameworks=(framework("F2"),)))
