"""Plans of an SDK scheduler: how statuses add up, and what commands do to them, by release."""

from __future__ import annotations

import json

import pytest

from janitor.sandbox.dcos.sdk.commands import REPEATED, command
from janitor.sandbox.dcos.sdk.plan import Phase, Plan, Step
from janitor.sandbox.dcos.sdk.release import Release
from janitor.sandbox.dcos.sdk.spec import Spec
from janitor.sandbox.dcos.sdk.state import Reserved, State, TaskRecord
from janitor.sandbox.dcos.sdk.uninstall import uninstall_plan

NEWEST = Release.parse("0.57.3")


def phase(strategy: str, *statuses: str, interrupted: bool = False) -> Phase:
    steps = [Step(f"step-{number}", "Step", status=status) for number, status in enumerate(statuses)]
    return Phase("phase", strategy, steps, interrupted)


@pytest.mark.parametrize(
    "strategy, statuses, interrupted, sum",
    [
        ("parallel", (), False, "COMPLETE"),
        ("parallel", ("COMPLETE", "COMPLETE"), False, "COMPLETE"),
        ("parallel", ("COMPLETE", "ERROR"), False, "ERROR"),
        ("parallel", ("PENDING", "PENDING"), False, "PENDING"),
        ("parallel", ("PENDING", "PENDING"), True, "WAITING"),
        ("parallel", ("COMPLETE", "COMPLETE"), True, "COMPLETE"),
        ("parallel", ("DELAYED", "DELAYED"), False, "DELAYED"),
        ("parallel", ("PREPARED", "PENDING"), False, "IN_PROGRESS"),
        ("parallel", ("COMPLETE", "PENDING"), False, "IN_PROGRESS"),
        ("parallel", ("WAITING", "IN_PROGRESS"), False, "WAITING"),
        ("parallel", ("STARTING", "STARTING"), False, "STARTING"),
        ("parallel", ("STARTED", "STARTED"), False, "STARTED"),
        ("serial", ("PENDING", "WAITING"), False, "PENDING"),
        ("serial", ("COMPLETE", "PENDING"), False, "IN_PROGRESS"),
        ("serial", ("STARTING", "WAITING"), False, "WAITING"),
    ],
)
def test_the_status_of_a_phase(strategy: str, statuses: tuple[str, ...], interrupted: bool, sum: str) -> None:
    assert phase(strategy, *statuses, interrupted=interrupted).status == sum


def test_a_plan_of_strategy_dependency_keeps_its_last_phase_for_the_end() -> None:
    first, second, last = phase("parallel", "PENDING"), phase("parallel", "PENDING"), phase("serial", "PENDING")
    plan = Plan("deploy", "dependency", [first, second, last])
    assert plan.candidates == [first, second]
    first.steps[0].status = second.steps[0].status = "COMPLETE"
    assert plan.candidates == [last]
    plan.interrupted = True
    assert (plan.candidates, plan.status) == ([], "WAITING")
    plan.errors = ["broken"]
    assert plan.status == "ERROR"


def state() -> State:
    tasks = {}
    for number, host in enumerate(("10.0.0.2", "10.0.0.1", "10.0.0.2")):
        name = f"node-{number}-server"
        held = [Reserved(f"id-{number}-{kind}", kind, 1.0) for kind in ("cpus", "mem")]
        tasks[name] = TaskRecord(name, f"node-{number}", f"{name}__1", f"S{number}", host, held)
    return State("kafka", "framework-1", True, tasks)


@pytest.mark.parametrize(
    "release, phases",
    [
        ("0.18.0", ["resource-phase", "deregister-phase"]),
        ("0.20.1", ["resource-phase", "deregister-phase"]),
        ("0.30.0", ["kill-tasks", "unreserve-resources", "deregister-service"]),
        ("0.51.0", ["kill-tasks", "unreserve-resources", "deregister-service"]),
        (
            "0.52.0",
            ["kill-tasks", "unreserve-resources-10.0.0.1", "unreserve-resources-10.0.0.2", "deregister-service"],
        ),
    ],
)
def test_the_phases_of_an_uninstall_by_release(release: str, phases: list[str]) -> None:
    plan = uninstall_plan(Spec(release=Release.parse(release)), state())
    assert [each.name for each in plan.phases] == phases
    ids = {f"id-{number}-{kind}" for number in range(3) for kind in ("cpus", "mem")}
    prefix = "unreserve-" if "kill-tasks" in phases else ""
    steps = {step.name for each in plan.phases if "resource" in each.name for step in each.steps}
    assert steps == {prefix + each for each in ids}
    assert [step.name for step in plan.phases[-1].steps] == ["deregister"]


def test_tls_has_a_phase_of_its_own_and_nothing_registered_has_none() -> None:
    assert uninstall_plan(Spec(tls=True), state()).phases[-2].name == "tls-cleanup"
    empty = uninstall_plan(Spec(), State("kafka"))
    assert (empty.phases, empty.status) == ([], "COMPLETE")


def test_state_survives_as_znodes() -> None:
    before = state()
    after = State.read("kafka", before.nodes())
    assert after == before
    assert before.nodes()["FrameworkID"] == b"\x0a\x0bframework-1"
    assert before.nodes()["servicename"] == b"kafka"


def plan() -> Plan:
    return Plan(
        "deploy", "serial", [Phase("a", "parallel", [Step("x", "S"), Step("y", "S")]), phase("serial", "PENDING")]
    )


def test_a_step_is_forced_by_name_or_by_id_and_a_second_time_is_208() -> None:
    there = plan()
    x, y = there.phases[0].steps
    done = command(there, "forceComplete", "a", "x", NEWEST)
    assert done is not None
    assert (done.status, json.loads(done.body)) == (
        200,
        {"message": "Received cmd: forceComplete for Plan: deploy, Phase: a, Step: x"},
    )
    assert (x.status, y.status) == ("COMPLETE", "PENDING")
    again = command(there, "forceComplete", there.phases[0].id, x.id, NEWEST)
    assert again is not None
    assert (again.status, again.body) == (208, REPEATED)
    by_id = command(there, "forceComplete", there.phases[0].id, y.id, NEWEST)
    assert by_id is not None
    assert by_id.status == 200
    assert there.phases[0].status == "COMPLETE"


@pytest.mark.parametrize(
    "release, again, message",
    [("0.19.0", 200, "Received cmd: forceComplete"), ("0.20.0", 208, REPEATED), ("0.30.0", 208, REPEATED)],
)
def test_older_releases_say_less(release: str, again: int, message: str) -> None:
    there = plan()
    known = Release.parse(release)
    command(there, "forceComplete", "a", "x", known)
    repeated = command(there, "forceComplete", "a", "x", known)
    assert repeated is not None
    assert repeated.status == again
    assert message in repeated.body
    whole = command(there, "forceComplete", "a", None, known)
    assert whole is not None
    assert whole.status == 400, "a whole phase can be forced since 0.40"


@pytest.mark.parametrize(
    "phase_name, step_name, release, answer",
    [
        ("b", None, "0.57.3", (404, "Phase b not found")),
        ("a", "z", "0.57.3", (404, "Step z not found")),
        ("a", "z", "0.42.0", (404, "Element not found")),
        (None, "x", "0.57.3", (400, "Missing phase")),
        (
            "a",
            "00000000-0000-4000-8000-000000000000",
            "0.57.3",
            (404, "Step 00000000-0000-4000-8000-000000000000 not found"),
        ),
    ],
)
def test_what_is_not_there(
    phase_name: str | None, step_name: str | None, release: str, answer: tuple[int, str]
) -> None:
    said = command(plan(), "forceComplete", phase_name, step_name, Release.parse(release))
    assert said is not None
    assert (said.status, said.body) == answer


def test_two_steps_of_one_name_are_none_and_a_step_named_by_a_uuid_has_no_name() -> None:
    twins = Plan("deploy", "serial", [Phase("a", "parallel", [Step("x", "S"), Step("x", "S")])])
    said = command(twins, "forceComplete", "a", "x", NEWEST)
    assert said is not None
    assert said.status == 404
    name = "c0d0fca1-f439-4448-8c43-c0706db2c0f9"
    old = Plan("deploy", "serial", [Phase("resource-phase", "parallel", [Step(name, "S")])])
    release = Release.parse("0.18.0")
    by_name = command(old, "forceComplete", "resource-phase", name, release)
    by_id = command(old, "forceComplete", "resource-phase", old.phases[0].steps[0].id, release)
    assert by_name is not None
    assert by_id is not None
    assert (by_name.status, by_id.status) == (404, 200)


def test_phases_are_interrupted_and_continued_and_steps_restarted() -> None:
    there = plan()
    statuses = []
    for verb in ("interrupt", "interrupt", "continue", "continue"):
        said = command(there, verb, "a", None, NEWEST)
        assert said is not None
        statuses.append(said.status)
    assert statuses == [200, 208, 200, 208]
    command(there, "forceComplete", "a", "x", NEWEST)
    restarted = command(there, "restart", "a", "x", NEWEST)
    assert restarted is not None
    assert (restarted.status, there.phases[0].steps[0].status) == (200, "PENDING")
    assert command(there, "explode", None, None, NEWEST) is None


def test_releases_before_the_first_uninstall_are_none() -> None:
    with pytest.raises(ValueError, match=r"0\.18 was the first"):
        Release.parse("0.17.0")
