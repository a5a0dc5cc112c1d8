"""scripts/uninstall-legacy from beginning to end, with both generations of the CLI."""

from __future__ import annotations

import json
import os
import shutil
import signal
import time

import pytest

from tests.clock import HANGS
from tests.legacy.conftest import NewLaptop

JOB = ("-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka")


@pytest.mark.parametrize(
    ("generation", "shell"), [("python", "/bin/sh"), ("go", "/bin/sh"), ("go", "/bin/bash")], indirect=["generation"]
)
def test_everything_goes_in_the_documented_way(laptop: NewLaptop, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"no {shell} here")
    mine = laptop(shell=shell)
    ran = mine.run("kafka", typed="kafka\n")
    assert ran.status == 0, ran
    assert mine.changes == [
        ["dcos", "package", "uninstall", "--app-id=/kafka", "kafka"],
        [*("docker", "run", "--rm", "janitor", "/janitor.py"), *JOB],
    ]
    assert [
        "dcos",
        "node",
        "ssh",
        "--master-proxy",
        "--leader",
        f"docker run --rm janitor /janitor.py {' '.join(JOB)}",
    ] in mine.commands
    world = mine.world
    assert ([each["id"] for each in world["apps"]], world["frameworks"]) == (["/other"], [])
    assert world["agents"][0]["reserved_resources"] == {"hdfs-role": {"cpus": 1.0}}
    assert ran.stdout.splitlines()[-1] == (
        "Done: package kafka uninstalled; reservations of kafka-role (kafka-principal) and znode dcos-service-kafka "
        "removed; kafka is gone."
    )


def test_again_there_is_nothing_to_uninstall_and_it_is_clean(laptop: NewLaptop) -> None:
    mine = laptop()
    assert mine.run("kafka", "--yes").status == 0
    before = len(mine.changes)
    again = mine.run("kafka", "--yes")
    assert again.status == 0, again
    assert [words[0] for words in mine.changes[before:]] == ["docker"]


def test_a_service_in_a_folder(laptop: NewLaptop) -> None:
    """Its role and znode have `__` for slashes, its principal keeps them."""
    mine = laptop("/a/b/kafka")
    ran = mine.run("/a/b/kafka", "--yes")
    assert ran.status == 0, ran
    assert mine.changes[0] == ["dcos", "package", "uninstall", "--app-id=/a/b/kafka", "kafka"]
    (run,) = mine.world["runs"]
    assert (run["role"], run["principal"], run["znode"]) == (
        "a__b__kafka-role",
        "/a/b/kafka-principal",
        "dcos-service-a__b__kafka",
    )


def test_options_reach_the_commands_that_they_are_for(laptop: NewLaptop) -> None:
    mine = laptop(image="registry.example.com:5000/ops/janitor:0.1.0@sha256:0a")
    ran = mine.run(
        *("kafka", "--package", "confluent-kafka", "--role=kafka-role", "--znode", "kafka-znode"),
        *("--principal", "kafka-principal", "--image", "registry.example.com:5000/ops/janitor:0.1.0@sha256:0a"),
        *("--user", "centos", "--option", "Port=2222", "--option=StrictHostKeyChecking=no", "--yes"),
    )
    assert ran.status == 0, ran
    assert ["dcos", "package", "uninstall", "--app-id=/kafka", "confluent-kafka"] in mine.commands
    assert mine.world["runs"][0]["znode"] == "kafka-znode"
    hops = [words for words in mine.commands if words[0] == "ssh"]
    assert hops
    for hop in hops:
        assert "Port=2222" in hop
        assert "StrictHostKeyChecking=no" in hop
        assert "centos" in hop


def test_docker_through_sudo(laptop: NewLaptop) -> None:
    mine = laptop()
    mine.have("sudo", '#!/bin/sh\nexec "$@"\n')
    assert mine.run("kafka", "--sudo", "--yes").status == 0
    sent = [words[-1] for words in mine.commands if words[:3] == ["dcos", "node", "ssh"] and "docker" in words[-1]]
    assert len(sent) == 2
    assert all(command.startswith("sudo docker run --rm ") for command in sent)


def test_a_framework_without_its_scheduler_is_shut_down_after_asking(laptop: NewLaptop) -> None:
    """And its tasks are waited for, before anything is taken from under them."""
    mine = laptop(framework_afterwards="inactive", tasks_end_after=2)
    ran = mine.run("kafka", typed="kafka\nyes\n")
    assert ran.status == 0, ran
    assert [words[:3] for words in mine.changes] == [
        ["dcos", "package", "uninstall"],
        ["dcos", "service", "shutdown"],
        ["docker", "run", "--rm"],
    ]
    assert "Waiting for 2 tasks of kafka to end" in ran.stdout
    assert mine.world["completed"][0]["tasks"] == []


def test_a_framework_that_nobody_wants_shut_down_stays(laptop: NewLaptop) -> None:
    mine = laptop(framework_afterwards="inactive")
    ran = mine.run("kafka", typed="kafka\nno\n")
    assert ran.status == 6, ran
    assert "dcos service shutdown 0001-0001" in ran.stderr
    assert "package kafka uninstalled" in ran.stderr
    assert [words[1] for words in mine.changes] == ["package"]


def test_a_framework_that_is_about_to_go_is_waited_for(laptop: NewLaptop) -> None:
    mine = laptop(framework_afterwards="active", leaves_after=3)
    ran = mine.run("kafka", "--yes")
    assert ran.status == 0, ran
    assert "Waiting for framework kafka to leave Mesos" in ran.stdout
    assert mine.world["completed"] == []


def test_a_framework_that_stays_is_given_up_on(laptop: NewLaptop) -> None:
    """It is alive: nobody shuts it down on a guess, and nothing is taken from it."""
    mine = laptop(framework_afterwards="active")
    mine.environment["JANITOR_LEGACY_PATIENCE"] = "1"
    ran = mine.run("kafka", "--yes")
    assert ran.status == 5, ran
    assert "waiting for framework kafka to leave Mesos" in ran.stderr
    assert mine.world["runs"] == []


def test_a_refused_confirmation_is_no_success(laptop: NewLaptop) -> None:
    """The Python CLI ends with 0 then; the app says what is true."""
    mine = laptop(refuses=True)
    ran = mine.run("kafka", "--yes")
    assert ran.status == 5, ran
    assert "was not uninstalled" in ran.stderr
    assert mine.world["runs"] == []


def test_reservations_of_another_principal_are_offered(laptop: NewLaptop) -> None:
    """Rule S4: Kafka 1.x reserves under its package's name, whatever the service is called."""
    mine = laptop("/events")
    mine.change(lambda world: world["agents"][0]["principals"].update({"events-role": {"kafka-principal": 5}}))
    ran = mine.run("events", typed="events\nyes\n")
    assert ran.status == 0, ran
    assert "principal kafka-principal holds 5 reservations" in ran.stdout
    assert [run["principal"] for run in mine.world["runs"]] == ["events-principal", "kafka-principal"]
    assert "events-role (kafka-principal)" in ran.stdout.splitlines()[-1]


def test_a_guessed_principal_is_replaced_without_asking_when_told_so(laptop: NewLaptop) -> None:
    """Rule S4 with --yes: it answers for what the wrapper guessed..."""
    mine = laptop("/events")
    mine.change(lambda world: world["agents"][0]["principals"].update({"events-role": {"kafka-principal": 5}}))
    assert mine.run("events", "--yes").status == 0
    assert [run["principal"] for run in mine.world["runs"]] == ["events-principal", "kafka-principal"]


def test_a_given_principal_is_not_replaced_without_asking(laptop: NewLaptop) -> None:
    """...and not for what somebody typed."""
    mine = laptop()
    ran = mine.run("kafka", "--principal", "kafka-pricipal", "--yes")
    assert ran.status == 6, ran
    assert "--principal kafka-principal" in ran.stderr
    assert [run["principal"] for run in mine.world["runs"]] == ["kafka-pricipal"]


def test_of_several_principals_the_operator_has_to_choose(laptop: NewLaptop) -> None:
    mine = laptop("/events")
    mine.change(lambda world: world["agents"][0]["principals"].update({"events-role": {"a-principal": 5, "b": 1}}))
    ran = mine.run("events", "--yes")
    assert ran.status == 6, ran
    assert "  principal a-principal holds 5 reservations\n  principal b holds 1 reservations\n" in ran.stdout
    assert len(mine.world["runs"]) == 1


def test_janitors_failure_is_a_failure(laptop: NewLaptop) -> None:
    mine = laptop(ends="janitor: 2 items on 1 agent not proven gone")
    ran = mine.run("kafka", "--yes")
    assert ran.status == 5, ran
    assert "not proven gone" in ran.stdout
    assert "Done so far: package kafka uninstalled" in ran.stderr


def test_janitors_refusal_is_a_refusal(laptop: NewLaptop) -> None:
    mine = laptop(
        ends="janitor: The framework kafka (0001) is active and subscribed to kafka-role. (rule O1 live-owner)"
    )
    assert mine.run("kafka", "--yes").status == 6


def test_what_the_cluster_shows_is_believed_over_janitor(laptop: NewLaptop) -> None:
    mine = laptop(keeps=True)
    ran = mine.run("kafka", "--yes")
    assert ran.status == 5, ran
    assert "still reserved for role kafka-role" in ran.stderr
    assert "10.0.0.11" in ran.stderr


def test_a_dry_run_changes_nothing(laptop: NewLaptop) -> None:
    mine = laptop(token="tok.en")
    before = mine.world
    ran = mine.run("kafka", "--dry-run")
    assert ran.status == 0, ran
    assert mine.changes == []
    assert mine.world == before
    assert "app /kafka, package kafka: to be uninstalled" in ran.stdout
    assert "-r kafka-role -p kafka-principal -z dcos-service-kafka --dry-run --auth-token-file -" in ran.stdout


def test_a_dry_run_of_what_janitor_would_do(laptop: NewLaptop) -> None:
    """When nothing else is left to do, Janitor itself is asked."""
    mine = laptop(frameworks=[], apps=[])
    ran = mine.run("kafka", "--dry-run")
    assert ran.status == 0, ran
    assert mine.changes == []
    assert "--dry-run" in mine.world["runs"][0]["words"]


def test_when_it_is_ended_it_says_what_is_done(laptop: NewLaptop) -> None:
    mine = laptop(hangs=True)
    with mine.begin("kafka", "--yes") as process:
        try:
            deadline = time.monotonic() + HANGS
            while not mine.world["runs"]:
                assert time.monotonic() < deadline, "Janitor was not started"
                time.sleep(0.05)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
        _, said = process.communicate(timeout=HANGS)
    assert process.returncode == 143, said
    assert "Done so far: package kafka uninstalled" in said
    assert "may still go on" in said
    assert list(mine.bin.parent.glob("tmp.*")) == [], "its temporary folder"


def test_the_cli_is_told_nothing_that_only_one_generation_knows(laptop: NewLaptop) -> None:
    """Every word that either was given is in this list; `--yes` is not: `package uninstall` of 0.4 and 0.5 has none."""
    mine = laptop(framework_afterwards="inactive", tasks_end_after=1)
    assert mine.run("kafka", "--yes").status == 0
    asked = {json.dumps(words[1:4]) for words in mine.commands if words[0] == "dcos" and words[1:3] != ["node", "ssh"]}
    assert asked == {
        '["marathon", "app", "list"]',
        '["service", "--inactive", "--json"]',
        '["service", "--inactive", "--completed"]',
        '["service", "shutdown", "0001-0001"]',
        '["package", "uninstall", "--app-id=/kafka"]',
        '["node", "--json"]',
        '["config", "show", "core.dcos_acs_token"]',
    }
