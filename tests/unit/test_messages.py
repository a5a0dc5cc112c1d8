"""Every message in one place, to be read; in plain words; and every command in it is one that can be pasted."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from janitor.cli.arguments import grammar
from janitor.cli.arguments.line import parse
from janitor.cli.arguments.options import OPTIONS
from janitor.errors import JanitorError
from tests.cli.terminal import environment
from tests.messages import LISTS, RENEW, lists

_COMMAND = re.compile(r"^ *(?:.* = )?\$ (.*)$", re.MULTILINE)
_WITHOUT = re.compile(r" \(without (.*)\)$")

THIS = "(this command)"

FILLED_IN = {
    "this command": THIS,
    "job": "-r kafka-role -p kafka-principal",
    "job.options": "-r kafka-role -p kafka-principal",
    "only": "-r kafka-role --label framework_id=F1",
    "found.command": "-r kafka-role",
    "choice": "--manual",
    "choice.words": "--manual",
    "replace().words": "--manual",
    "lost": "--force-missing --lost-agent S1",
    "lifted": "--override cluster-framework",
    "of": "kafka deploy broker kafka-0",
    "labels": "--label framework_id=F1",
    "who": "-p kafka-principal",
    "reach": "--dcos-url https://cluster.example.com",
    "blocked.override": "live-owner",
    "CLUSTER_FRAMEWORK": "cluster-framework",
    "override": "live-owner",
    "see": "plan show kafka",
    "seconds": "90",
    "others": "--lost-agent S1",
    "given": "-m http://10.0.0.5:5050/",
    "option": "--ca-cert",
    "example": "FILE",
    "certificate.spelled": "--client-cert",
    "for_key": "--client-key",
    "path": "FILE",
    "to.path": "FILE",
    "option.short": "m",
    "whole": "http://10.0.0.5:5050",
}
"""What stands for a part; for any that is not here, the one word `S1`."""

THIS_COMMAND = (
    "janitor -r kafka-role -z dcos-service-kafka",
    "janitor -z dcos-service-kafka --zookeeper 10.0.0.7:2281",
    "janitor -z dcos-service-kafka --zookeeper 10.0.0.7:2281 --zookeeper-tls",
    "janitor -z dcos-service-kafka --client-cert FILE",
    "janitor -z dcos-service-kafka --mesos-secret-file FILE",
    "janitor -z dcos-service-kafka --mesos-principal ops",
    "janitor uninstall kafka",
    "janitor sweep --dry-run",
    "janitor restore FILE",
)
"""Commands of which at least one has to take what a message adds to the command that printed it."""

FILES = {
    "--config": "",
    "--mesos-principal NAME": "secret",
    "--auth-token-file": "token",
    "--password-file": "password",
    "--mesos-secret-file": "secret",
    "--zookeeper-auth-file": "user:password",
}
"""What stands in the file that a command names, where it is read at once."""

ELSEWHERE = {"{words}", "{named}", "{call}", "{glued}", "{each.option.name}"}
"""In the functions that make commands, and that write this run's own out again; what was typed is in the last two."""


def commands() -> Iterator[str]:
    """The commands of all lists, `{this command}` among them."""
    for path in sorted(LISTS.glob("*.txt")):
        yield from _COMMAND.findall(path.read_text("utf-8"))


def filled_in(text: str) -> str:
    """The same with a value for each part, and for what the operator has to fill in."""
    text = re.sub(r"\{([^{},]*)[^{}]*\}", lambda part: FILLED_IN.get(part[1], "S1"), text)
    return text.replace("HOST:PORT", "10.0.0.7:2181")


@pytest.mark.parametrize("begins", ["janitor ", "{this command} "])
def test_every_command_can_be_run_as_it_is_printed(
    begins: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    every = {one for one in commands() if one.startswith(begins) and not any(part in one for part in ELSEWHERE)}
    assert len(every) > 20
    assert {line: wrong for line in sorted(every) if (wrong := wrong_with(line))} == {}


def wrong_with(line: str) -> str:
    """Why a command cannot be run; "" for nothing. Of what is added to the command of a run, some command takes it."""
    without = _WITHOUT.search(line)
    for option in without[1].split(", ") if without else []:
        if option not in {spelling for known in OPTIONS for spelling in known.spellings}:
            return f"there is no {option}"
    line = filled_in(_WITHOUT.sub("", line))
    content = next((content for option, content in FILES.items() if option in line), "")
    Path("FILE").write_text(content)
    Path("FILE").chmod(0o600)
    _, of_a_run, more = line.rpartition(THIS)
    every = [f"{command} {more}" for command in THIS_COMMAND] if of_a_run else [more]
    reasons = [_refused(shlex.split(one)[1:]) for one in every]
    return "" if "" in reasons else reasons[0]


def _refused(words: list[str]) -> str:
    try:
        # What a saved plan says is read with the command line; whether there is one is not the question here.
        grammar.parse(words) if words[0] == "apply" else parse(words, environment({}))
    except JanitorError as error:
        return f"{error.message} {error.remedy}" if error.remedy else str(error.message)
    return ""


@pytest.mark.parametrize(
    "line", ["janitor statsu kafka", "janitor status", "{this command} --zoo-keeper HOST:PORT", "janitor -r"]
)
def test_what_cannot_be_run_is_found(line: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert wrong_with(line) != ""


@pytest.mark.parametrize("name", sorted(wanted := lists()))
def test_the_lists_of_messages_are_those_of_the_sources(name: str) -> None:
    """Each message stands where it can be read beside the others: a change of one is a change of its list."""
    listed = (LISTS / name).read_text("utf-8") if (LISTS / name).exists() else ""
    changed = difflib.unified_diff(listed.splitlines(), wanted[name].splitlines(), "listed", "in the sources", n=1)
    assert listed == wanted[name], "\n".join([f"Write the lists anew, and read what changed: {RENEW}", *changed])


def test_there_is_no_list_of_a_room_that_is_gone() -> None:
    assert {path.name for path in LISTS.glob("*.txt")} == {*wanted}
