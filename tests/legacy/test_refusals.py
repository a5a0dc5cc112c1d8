"""What scripts/uninstall-legacy does not do, and that it says so before it does anything."""

from __future__ import annotations

import re

import pytest

from tests.legacy.conftest import NewLaptop
from tests.legacy.laptop import World


@pytest.fixture
def generation() -> str:
    """One will do: what is refused here does not turn on it."""
    return "python"


MODERN = {"DCOS_COMMONS_UNINSTALL": "true", "DCOS_COMMONS_API_VERSION": "v1"}


def label(world: World, labels: dict[str, str]) -> None:
    world["apps"][1]["labels"].update(labels)


@pytest.mark.parametrize("version", ["1.10.11", "1.13.0", "2.0.6", "1.14-dev", "N/A"])
def test_a_service_that_can_uninstall_itself(laptop: NewLaptop, version: str) -> None:
    mine = laptop(version=version)
    mine.change(lambda world: label(world, MODERN))
    ran = mine.run("kafka", "--yes")
    assert ran.status == 6, ran
    assert "dcos package uninstall --app-id=/kafka kafka" in ran.stderr
    assert "janitor uninstall kafka" in ran.stderr
    assert mine.changes == []
    assert mine.run("kafka", "--yes", "--even-if-modern").status == 0


@pytest.mark.parametrize("version", ["1.8.8", "1.9.10", "1.9-dev"])
def test_the_same_service_where_dcos_does_not_let_it(laptop: NewLaptop, version: str) -> None:
    """Cosmos knows the label from 0.4 on (DC/OS 1.10)."""
    mine = laptop(version=version)
    mine.change(lambda world: label(world, MODERN))
    assert mine.run("kafka", "--yes").status == 0


@pytest.mark.parametrize("typed", ["", "\n", "yes\n", "Kafka\n"])
def test_without_its_name_typed_nothing_happens(laptop: NewLaptop, typed: str) -> None:
    mine = laptop()
    ran = mine.run("kafka", typed=typed)
    assert ran.status == 6, ran
    assert "Nothing was changed" in ran.stderr
    assert mine.changes == []


def test_a_live_framework_without_an_app(laptop: NewLaptop) -> None:
    mine = laptop(apps=[])
    ran = mine.run("kafka", "--yes")
    assert ran.status == 6, ran
    assert "dcos service shutdown 0001-0001" in ran.stderr
    assert mine.changes == []


def test_an_app_that_is_no_package(laptop: NewLaptop) -> None:
    mine = laptop(apps=[{"id": "/kafka", "labels": {}}])
    ran = mine.run("kafka", "--yes")
    assert ran.status == 6, ran
    assert "dcos marathon app remove /kafka" in ran.stderr
    assert mine.changes == []


@pytest.mark.parametrize("command", ["marathon app", "service --inactive"])
def test_what_cannot_be_read_is_not_nothing(laptop: NewLaptop, command: str) -> None:
    mine = laptop(fails={command: "Error: HTTP 503: Marathon is likely misconfigured"})
    ran = mine.run("kafka", "--yes")
    assert ran.status == 5, ran
    assert re.search(r"\b503\b", ran.stderr)
    assert mine.changes == []


def test_what_cannot_be_read_at_the_end_is_not_gone(laptop: NewLaptop) -> None:
    mine = laptop(fails={"node --json": "Error: HTTP 503"})
    ran = mine.run("kafka", "--yes")
    assert ran.status == 5, ran
    assert "dcos node --json" in ran.stderr
    assert "is gone" not in ran.stdout


def test_no_agents_at_all_is_not_gone(laptop: NewLaptop) -> None:
    """As a master that was just elected answers."""
    mine = laptop(agents=[])
    ran = mine.run("kafka", "--yes")
    assert ran.status == 5, ran
    assert "shows no agents" in ran.stderr
    assert "is gone" not in ran.stdout


@pytest.mark.parametrize("name", ["marathon", "/metronome"])
def test_a_part_of_dcos_itself(laptop: NewLaptop, name: str) -> None:
    mine = laptop()
    assert mine.run(name, "--yes").status == 6
    assert mine.commands == []


def test_a_framework_that_only_shares_the_name_stays(laptop: NewLaptop) -> None:
    """Where the app says what its framework is called, nothing else is taken for it."""
    mine = laptop(framework_afterwards="inactive", tasks_end_after=1)
    mine.change(lambda world: label(world, {"DCOS_PACKAGE_FRAMEWORK_NAME": "kafka-scheduler"}))
    ran = mine.run("kafka", "--yes")
    assert ran.status == 0, ran
    assert [words for words in mine.commands if words[:3] == ["dcos", "service", "shutdown"]] == []


@pytest.mark.parametrize("package", ["--all", "a b", "kafka;id"])
def test_a_package_of_a_name_that_is_none(laptop: NewLaptop, package: str) -> None:
    """What Marathon says may be anything, and the CLI would take it for an option."""
    mine = laptop()
    mine.change(lambda world: label(world, {"DCOS_PACKAGE_NAME": package}))
    ran = mine.run("kafka", "--yes")
    assert ran.status == 6, ran
    assert f"This is no package's name: {package}" in ran.stderr
    assert mine.changes == []


# --- what is missing ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("tool", "named"), [("dcos", "the dcos CLI"), ("ssh", "ssh")])
def test_a_tool_that_is_missing_here(laptop: NewLaptop, tool: str, named: str) -> None:
    mine = laptop()
    mine.without(tool)
    ran = mine.run("kafka", "--yes")
    assert ran.status == 5, ran
    assert ran.stderr.startswith(f"uninstall-legacy: Missing here: {named}. Nothing was done.")
    assert mine.commands == []


def test_everything_that_is_missing_is_named_at_once(laptop: NewLaptop) -> None:
    mine = laptop()
    mine.without("dcos")
    del mine.environment["SSH_AUTH_SOCK"]
    ran = mine.run("kafka", "--yes")
    assert ran.status == 5, ran
    assert "Missing here: the dcos CLI, ssh-agent. Nothing was done." in ran.stderr


def test_docker_is_missing_on_the_master(laptop: NewLaptop) -> None:
    mine = laptop()
    mine.without("docker")
    ran = mine.run("kafka", "--yes")
    assert ran.status == 5, ran
    assert "Docker is missing on the leading master." in ran.stderr
    assert mine.changes == []


@pytest.mark.parametrize(
    ("said", "explained"),
    [
        (
            "docker: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
            "Docker does not run on the leading master.",
        ),
        ("docker: permission denied while trying to connect to the Docker daemon socket.", "Try --sudo."),
        (
            "Unable to find image 'janitor:latest' locally\ndocker: Error response from daemon: pull access denied for "
            "janitor, repository does not exist or may require 'docker login'.",
            "has no image janitor",
        ),
        ('docker: Error: exec: "/janitor.py": stat /janitor.py: no such file or directory.', "does not run"),
    ],
)
def test_docker_does_not_do(laptop: NewLaptop, said: str, explained: str) -> None:
    mine = laptop(docker=said)
    ran = mine.run("kafka", "--yes")
    assert ran.status == 5, ran
    assert explained in ran.stderr
    assert said in ran.stdout, "its own words are shown, too"
    assert mine.changes == []


@pytest.mark.parametrize(
    ("said", "explained"),
    [
        ("core@203.0.113.1: Permission denied (publickey).", "ssh-add -l"),
        ("ssh: connect to host 203.0.113.1 port 22: Connection refused", "cannot be reached with ssh"),
        ("Host key verification failed.", "--option StrictHostKeyChecking=no"),
    ],
)
def test_ssh_does_not_do(laptop: NewLaptop, said: str, explained: str) -> None:
    mine = laptop()
    mine.environment["SSH_SAYS"] = said
    ran = mine.run("kafka", "--yes")
    assert ran.status == 5, ran
    assert explained in ran.stderr
    assert mine.changes == []


# --- the command line -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Which service?"),
        ([""], "The service's name is empty."),
        (["kafka", "hdfs"], "One service at a time"),
        (["/"], "This is no service's name"),
        (["kafka/"], "This is no service's name"),
        (["kafka", "--principle", "x"], "Unknown option: --principle"),
        (["kafka", "--role"], "The option --role needs a value."),
        (["kafka", "--role", ""], "The option --role is given but empty."),
        (["kafka", "--principal="], "The option --principal is given but empty."),
        (["kafka", "--yes=no"], "The option --yes takes no value."),
        (["kafka", "--role", "a\nb"], "control character"),
        (["kafka", "--role", "role\n"], "control character"),
        (["kafka", "--znode", "znode\n"], "control character"),
        (["kafka\n"], "control character"),
        (["kafka", "--image", "janitor\n/x.sh"], "This is no image's name"),
        (["kafka", "--image", "janitor\n"], "This is no image's name"),
        (["kafka", "--user", "core\n"], "This is no user's name"),
        (["kafka", "--option", "Port=22\n"], "cannot pass this ssh option on whole"),
        (["kafka", "--option", "\n"], "cannot pass this ssh option on whole"),
        (["kafka", "--image", "janitor; id"], "This is no image's name"),
        (["kafka", "--user", "$USER"], "This is no user's name"),
        (["kafka", "--option", "ProxyCommand=nc %h"], "cannot pass this ssh option on whole"),
    ],
)
def test_a_mistake_on_the_command_line(laptop: NewLaptop, words: list[str], said: str) -> None:
    mine = laptop()
    ran = mine.run(*words, "--yes")
    assert ran.status == 1, ran
    assert said in ran.stderr
    assert mine.commands == []


def test_help_needs_nothing(laptop: NewLaptop) -> None:
    mine = laptop()
    mine.without("dcos")
    ran = mine.run("--help")
    assert ran.status == 0
    assert ran.stdout.startswith("Usage: uninstall-legacy NAME [options]\n")
