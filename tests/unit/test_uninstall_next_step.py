"""The next step of an uninstall: a table of situations, each with what follows from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from janitor.cli.results import Stands
from janitor.cli.views.text import lines
from janitor.dcos.marathon import App
from janitor.dcos.scheduler import Phase, Plan, Step
from janitor.exits import Exit
from janitor.holdings.holding import Reserved
from janitor.holdings.stuck import StuckKind, StuckStep
from janitor.mesos.cluster import Unknown
from janitor.uninstall.actions import (
    CleanUp,
    DeleteApp,
    Done,
    Force,
    Next,
    ReplacePod,
    ShutDown,
    StartUninstall,
    Stuck,
    WaitFor,
)
from janitor.uninstall.explain import standing, ways_out
from janitor.uninstall.next_step import next_step
from janitor.uninstall.pods import AwayPod
from janitor.uninstall.service import Service
from janitor.uninstall.situation import Away, Choice, Situation, WaitLimits, is_uninstall_plan
from janitor.uninstall.ways import choose_way
from tests.unit.builders import agent, framework, snapshot

LIMITS = WaitLimits()
LABELS = {"DCOS_PACKAGE_NAME": "kafka", "DCOS_COMMONS_UNINSTALL": "true"}


def app(**env: str) -> App:
    return App("/kafka", None, (), None, env, LABELS, "v1", 1, ())


def service(of: App | None) -> Service:
    return Service(
        "kafka", of, frozenset({"F1"}), ("kafka-role",), ("kafka-principal",), "dcos-service-kafka", "its app"
    )


INSTALLED = Situation(service(app()), "modern", snapshot(), frameworks=(framework(),))
UNINSTALLING = replace(INSTALLED, service=service(app(SDK_UNINSTALL="true")))
GONE = Situation(service(None), "manual", snapshot())


def plan(kills: str = "COMPLETE", gives: str = "PREPARED", last: str = "PENDING", **more: Any) -> Plan:
    def phase(name: str, step: str, status: str) -> Phase:
        return Phase(f"p-{name}", name, status, "parallel", (Step(f"s-{step}", step, status),))

    phases = (
        phase("kill-tasks", "kill-task-a", kills),
        phase("unreserve-resources-10.0.0.5", "unreserve-r1", gives),
        phase("deregister-service", "deregister", last),
    )
    status = "COMPLETE" if {kills, gives, last} == {"COMPLETE"} else "IN_PROGRESS"
    return Plan("deploy", status, "dependency", phases, **more)


def stuck(kind: StuckKind, why: str = "Because.") -> StuckStep:
    phase = plan().phases[1]
    return StuckStep("deploy", phase, phase.steps[0], kind, why, "S1", "10.0.0.5")


def following(situation: Situation, **choice: Any) -> Next:
    return next_step(situation, Choice(**choice), LIMITS)


# --- which way --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "labelled, package, dcos, way",
    [
        (True, True, (1, 10), "modern"),
        (True, True, (2, 2), "modern"),
        (True, True, None, "modern"),
        (True, True, (1, 9), "legacy"),
        (False, True, (2, 0), "legacy"),
        (False, True, None, "legacy"),
        (False, False, (2, 0), "manual"),
    ],
)
def test_the_way_that_fits(labelled: bool, package: bool, dcos: tuple[int, int] | None, way: str) -> None:
    assert choose_way(labelled, package, dcos)[0] == way


# --- modern -----------------------------------------------------------------------------------------------------------


def test_it_is_started_after_asking() -> None:
    step = following(INSTALLED)
    assert isinstance(step, StartUninstall)
    assert (step.package, step.app_id) == ("kafka", "/kafka")
    assert step.ask == "Uninstall kafka? Its data is lost, and an uninstall that has begun cannot be cancelled."


def test_the_package_can_be_named() -> None:
    step = following(INSTALLED, package="beta-kafka")
    assert isinstance(step, StartUninstall)
    assert step.package == "beta-kafka"


def test_a_package_that_is_not_known_is_asked_for() -> None:
    bare = replace(INSTALLED, way="legacy", service=service(replace(app(), labels={})))
    step = following(bare)
    assert isinstance(step, Stuck)
    assert "--package" in step.remedy
    assert "--manual" in step.remedy


def test_once_started_it_is_not_started_again() -> None:
    assert following(replace(INSTALLED, done=frozenset({"start"}))) == WaitFor("Cosmos to stop /kafka")


def test_a_pod_on_a_lost_agent_comes_first() -> None:
    seen = replace(INSTALLED, away_pods=(AwayPod("kafka-1", "S1", True), AwayPod("kafka-2", "S1", True)))
    step = following(seen)
    assert isinstance(step, ReplacePod)
    assert step.pod == "kafka-1"
    assert step.ask is not None
    moved = following(replace(seen, moved_pods=frozenset({"kafka-1"}), replaced_for=1.0))
    assert isinstance(moved, ReplacePod)
    assert moved.pod == "kafka-2"
    both = frozenset({"kafka-1", "kafka-2"})
    assert following(replace(seen, moved_pods=both, replaced_for=5.0)) == WaitFor(
        "pod kafka-1 to start on another agent"
    )
    late = following(replace(seen, moved_pods=both, replaced_for=LIMITS.pods_elsewhere + 1))
    assert isinstance(late, Stuck)
    assert "--force-complete-missing" in late.remedy


@pytest.mark.parametrize(
    "seen, choice",
    [
        (replace(INSTALLED, away_pods=(AwayPod("kafka-1", "S1", False),)), {}),
        (replace(INSTALLED, away_pods=(AwayPod("kafka-1", "S1", True),), kept_pods=frozenset({"kafka-1"})), {}),
        (replace(INSTALLED, away_pods=(AwayPod("kafka-1", "S1", True),)), {"force_missing": True}),
        (replace(INSTALLED, way="legacy", away_pods=(AwayPod("kafka-1", "S1", True),)), {}),
    ],
)
def test_no_pod_is_replaced_that_need_not_or_may_not_be(seen: Situation, choice: dict[str, Any]) -> None:
    assert isinstance(following(seen, **choice), StartUninstall)


def test_it_is_watched() -> None:
    assert following(UNINSTALLING) == WaitFor("the scheduler to begin its uninstall")
    watched = following(replace(UNINSTALLING, plan=plan(), stuck=(stuck("offered"),)))
    assert watched == WaitFor("the scheduler's uninstall, 1 of 3 steps are COMPLETE")
    why = following(replace(UNINSTALLING, plan=plan(), stuck=(stuck("offered"), stuck("away", "Agent S1 is away."))))
    assert isinstance(why, WaitFor)
    assert "unreserve-r1: Agent S1 is away." in why.what


def test_safe_steps_are_forced_when_that_was_asked_for_and_nothing_else_is() -> None:
    seen = replace(UNINSTALLING, plan=plan(), stuck=(stuck("away"), stuck("lost", "Gone.")))
    assert isinstance(following(seen), WaitFor)
    step = following(seen, force_missing=True)
    assert isinstance(step, Force)
    assert step.stuck is not None
    assert (step.stuck.kind, step.ask) == ("lost", None)
    unsafe: tuple[StuckKind, ...] = ("offered", "held", "away", "unknown")
    for kind in unsafe:
        assert isinstance(following(replace(seen, stuck=(stuck(kind),)), force_missing=True), WaitFor)


def test_when_only_safe_ones_are_left_it_says_how() -> None:
    seen = replace(UNINSTALLING, plan=plan(), stuck=(stuck("lost", "Agent S1 is gone."),))
    step = following(seen, lost_agents=("S1",))
    assert isinstance(step, Stuck)
    assert step.why == "1 step of kafka's uninstall cannot end by itself: Agent S1 is gone."
    assert step.remedy == "Force them: janitor uninstall kafka --force-complete-missing --lost-agent S1"
    still_killing = replace(seen, plan=plan(kills="PENDING"))
    assert isinstance(following(still_killing), WaitFor)


def test_a_failed_step_is_said_with_the_command_that_goes_on_without_it() -> None:
    failed = plan(gives="COMPLETE", errors=("no secrets",))
    tls = Phase("p", "tls-cleanup", "ERROR", "serial", (Step("s", "tls-cleanup", "ERROR"),))
    seen = replace(UNINSTALLING, plan=Plan("deploy", "ERROR", None, (*failed.phases, tls), ("no secrets",)))
    step = following(seen)
    assert isinstance(step, Stuck)
    assert step.why == "tls-cleanup / tls-cleanup failed: no secrets"
    assert "janitor plan force-complete kafka deploy tls-cleanup tls-cleanup" in step.remedy


def test_a_scheduler_that_is_away_is_waited_for_so_long() -> None:
    waits = following(replace(UNINSTALLING, plan=Away("502", LIMITS.scheduler_away - 1)))
    assert isinstance(waits, WaitFor)
    assert waits.what == "the scheduler of kafka to answer: Scheduler is restarting (normal, up to 10 minutes): 502"
    step = following(replace(UNINSTALLING, plan=Away("502", LIMITS.scheduler_away)))
    assert isinstance(step, Stuck)
    assert "janitor uninstall kafka --manual" in step.remedy


def test_complete_and_not_removed_is_a_zombie_after_a_minute() -> None:
    over = plan("COMPLETE", "COMPLETE", "COMPLETE")
    complete = replace(UNINSTALLING, plan=over, frameworks=())
    said = "Cosmos to remove /kafka: its uninstall is complete"
    asks = "If it has not within 60 s, you will be asked whether to delete it"
    assert following(replace(complete, complete_for=0.1)) == WaitFor(f"{said}. {asks}")
    assert following(replace(complete, complete_for=59.9)) == WaitFor(f"{said}. {asks}")
    step = following(replace(complete, complete_for=60.0))
    assert isinstance(step, DeleteApp)
    assert step.what == "Delete /kafka from Marathon: its uninstall is complete"
    assert step.ask == (
        "The uninstall of kafka is complete and its framework is gone, but Cosmos has not removed the app: it was "
        "restarted, or its token expired. Delete app /kafka from Marathon?"
    )
    assert following(replace(complete, complete_for=99.0, done=frozenset({"delete"}))) == WaitFor(
        "Marathon to remove /kafka"
    )
    with_framework = following(replace(complete, frameworks=(framework(),), complete_for=99.0))
    assert isinstance(with_framework, WaitFor), "its framework is still there: it is no zombie"


# --- legacy and manual ------------------------------------------------------------------------------------------------


def test_legacy() -> None:
    legacy = replace(INSTALLED, way="legacy")
    step = following(legacy)
    assert isinstance(step, StartUninstall)
    assert "cannot be undone" in (step.ask or "")
    assert following(replace(legacy, done=frozenset({"start"}))) == WaitFor("Cosmos to stop /kafka")
    by_hand = replace(UNINSTALLING, way="legacy")  # somebody set SDK_UNINSTALL where Cosmos knows nothing of it
    assert isinstance(following(by_hand), StartUninstall)


def test_manual() -> None:
    step = following(replace(INSTALLED, way="manual"))
    assert isinstance(step, DeleteApp)
    assert step.ask == "Delete app /kafka from Marathon? The service's data is lost."
    assert following(replace(INSTALLED, way="manual", done=frozenset({"delete"}))) == WaitFor(
        "Marathon to remove /kafka"
    )


def test_without_an_app_the_framework_then_its_tasks_then_the_clean_up() -> None:
    active = replace(GONE, frameworks=(framework(),))
    doubtful = following(active)
    assert isinstance(doubtful, Stuck), "its scheduler runs: Marathon may not show its app to everybody"
    assert "janitor uninstall kafka --manual" in doubtful.remedy
    assert isinstance(following(active, way="manual"), ShutDown)
    restarting = replace(GONE, frameworks=(framework(active=False),), started_by="/infra/brokers")
    doubtful = following(restarting)
    assert isinstance(doubtful, Stuck), "an app of another id is its scheduler, which is away for a moment"
    assert "janitor uninstall infra/brokers" in str(doubtful.remedy)
    assert isinstance(following(restarting, way="manual"), ShutDown)
    assert isinstance(following(replace(restarting, done=frozenset({"delete"}))), ShutDown)
    assert isinstance(following(replace(active, done=frozenset({"delete"}))), ShutDown)
    step = following(replace(GONE, frameworks=(framework(active=False),)))
    assert isinstance(step, ShutDown)
    assert (step.framework_id, step.principal) == ("F1", "kafka-principal")
    assert "with all its tasks" in (step.ask or "")
    assert following(replace(GONE, tasks=2)) == WaitFor("2 tasks of it to end")
    assert following(replace(GONE, tasks=1)) == WaitFor("1 task of it to end")
    assert following(replace(GONE, tasks=Unknown("403"))) == WaitFor("its tasks to end, which cannot be seen: 403")
    assert isinstance(following(GONE), CleanUp)
    assert following(replace(GONE, done=frozenset({"clean"}))) == Done()


# --- another one of the name ------------------------------------------------------------------------------------------

NEW = framework("F2")


@pytest.mark.parametrize(
    "seen",
    [
        replace(INSTALLED, frameworks=(), strangers=(NEW,)),
        replace(INSTALLED, frameworks=(), replaced=True),
        replace(GONE, strangers=(NEW,)),
    ],
)
def test_another_service_of_the_name_is_left_alone(seen: Situation) -> None:
    step = following(seen)
    assert isinstance(step, Done)
    assert "another service, which is left alone" in step.why
    old = Reserved("kafka-role", "kafka-principal", "F1", 3)
    new = Reserved("kafka-role", "kafka-principal", "F2", 3)
    assert isinstance(following(replace(seen, reserved=(new,))), Done)
    left = replace(seen, reserved=(new, old))
    assert isinstance(following(left), CleanUp)
    assert isinstance(following(replace(left, done=frozenset({"clean"}))), Done)


# --- plans, and what is said of it all --------------------------------------------------------------------------------


def test_which_plans_are_an_uninstall() -> None:
    assert is_uninstall_plan(plan())
    assert is_uninstall_plan(Plan("deploy", "COMPLETE"))
    assert not is_uninstall_plan(Plan("deploy", "COMPLETE", None, (Phase("", "kafka-deploy"),)))
    old = Plan("deploy", "PENDING", None, (Phase("", "resource-phase"), Phase("", "deregister-phase")))
    assert is_uninstall_plan(old)


@pytest.mark.parametrize(
    "seen, left, words",
    [
        (INSTALLED, True, "It is installed. To uninstall it: janitor uninstall kafka"),
        (GONE, False, "Nothing: nothing of it is left."),
        (replace(GONE, znode=True), True, "prove it gone: janitor uninstall kafka"),
        (replace(GONE, znode=Unknown("it denies")), None, "prove it gone: janitor uninstall kafka"),
        (replace(GONE, tasks=Unknown("it denies")), None, "its tasks to end, which cannot be seen: it denies"),
        (replace(GONE, hidden="this view is filtered"), None, "prove it gone: janitor uninstall kafka"),
        (
            replace(GONE, frameworks=(framework(active=False),)),
            True,
            "Shut down framework kafka (F1, inactive, holds 0 resources)",
        ),
        (
            replace(UNINSTALLING, plan=plan(), stuck=(stuck("lost", "Gone."),)),
            True,
            "Gone. Force them: janitor uninstall kafka --force-complete-missing",
        ),
        (UNINSTALLING, True, "Wait for the scheduler to begin its uninstall. To watch: janitor uninstall kafka"),
    ],
)
def test_standing(seen: Situation, left: bool | None, words: str) -> None:
    stands = standing(seen, Choice(), LIMITS)
    assert (stands.left, words in stands.next) == (left, True), stands
    assert (stands.untold != "") == (left is None)


def test_what_an_operator_can_do() -> None:
    """Only commands that work: an agent that answers is not lost (rule L6)."""
    away = replace(UNINSTALLING, plan=plan(), stuck=(stuck("away"), stuck("offered"), stuck("held")))
    assert ways_out(away, Choice()) == (
        "If agent S1 never returns: janitor uninstall kafka --force-complete-missing --lost-agent S1"
    )
    drained = replace(away, snapshot=snapshot(agent("S1", active=False, deactivated=True)))
    assert ways_out(drained, Choice()) == "Reactivate its agent: dcos node reactivate S1"
    untold = replace(UNINSTALLING, plan=plan(), stuck=(stuck("unknown"),))
    assert ways_out(untold, Choice()) == (
        "If you know that its agent never returns: janitor plan force-complete kafka deploy "
        "unreserve-resources-10.0.0.5 unreserve-r1"
    )
    silent = replace(UNINSTALLING, plan=Away("502", 1.0))
    assert ways_out(silent, Choice()) == "If its scheduler never comes back: janitor uninstall kafka --manual"
    assert ways_out(replace(UNINSTALLING, plan=plan(), stuck=(stuck("offered"),)), Choice()) is None


def test_what_comes_next_is_told_a_line_each() -> None:
    """What, why and what to do; on a terminal they are folded between words, and a command is not."""
    silent = replace(UNINSTALLING, plan=Away("502 from Admin Router", LIMITS.scheduler_away), why_way="w" * 60)
    stands = standing(silent, Choice(), LIMITS)
    shown = [*lines(Stands(silent, stands, status=Exit.FOUND), 50)]
    assert shown[-6:] == [
        "Next: The scheduler of kafka has not answered for",
        "      600 s",
        "      Why: 502 from Admin Router",
        "      Look at its task in Marathon.",
        "      If it never comes back, go the manual way:",
        "        janitor uninstall kafka --manual",
    ]
    assert shown[1:3] == ["  way:        modern, since", "    " + "w" * 60]
    waits = replace(UNINSTALLING, plan=plan(), stuck=(stuck("away"),))
    assert standing(waits, Choice(), LIMITS).next.startswith(
        "Wait for the scheduler's uninstall, 1 of 3 steps are COMPLETE. To watch: janitor uninstall kafka. If agent"
    )


def test_a_complete_plan_may_be_a_zombies() -> None:
    complete = replace(UNINSTALLING, plan=plan("COMPLETE", "COMPLETE", "COMPLETE"), frameworks=())
    assert "to remove the app if Cosmos does not: janitor uninstall kafka" in standing(complete, Choice(), LIMITS).next
