"""What, why and what to do: texts that know their parts, how a view shows them, and the command of this run."""

from __future__ import annotations

import shlex

import pytest

from janitor.cli.arguments.line import Line
from janitor.cli.views.form import trouble
from janitor.errors import Refusal, Trouble
from janitor.message import Again, Message, Remedy, all_of, do
from janitor.rules import O1
from tests.cli.terminal import environment


@pytest.mark.parametrize(
    ("what", "why", "text"),
    [
        (
            "The agent S1 cannot be reached.",
            "connection refused",
            "The agent S1 cannot be reached: connection refused.",
        ),
        ("The agent S1 cannot be reached.", "It is away.", "The agent S1 cannot be reached: It is away."),
        ("this is a bug", "ZeroDivisionError: oops", "this is a bug: ZeroDivisionError: oops"),
        ("There is no master.", "", "There is no master."),
    ],
)
def test_a_message_is_one_line_and_knows_its_parts(what: str, why: str, text: str) -> None:
    message = Message(what, why)
    assert (message, message.what, message.why) == (text, what, why)
    assert Message.of(message) is message
    error = Trouble(what, why=why)
    assert (str(error), error.message.why) == (text, why)


def test_a_message_keeps_its_parts_where_an_error_becomes_another_one() -> None:
    first = Trouble("No answer.", why="timed out", remedy=do("Look:", "janitor status kafka"))
    second = Trouble(first.message, remedy=first.remedy)
    assert (second.message.what, second.message.why) == ("No answer.", "timed out")
    assert isinstance(second.remedy, Remedy)
    refusal = Refusal("It lives.", why="it runs a task", rule=O1)
    assert refusal.cited.what == "It lives. (rule O1 live-owner)"
    assert refusal.cited.why == "it runs a task"


def test_a_remedy_is_one_line_too() -> None:
    remedy = do("Look:", "janitor status kafka").also("If it is gone for good, say so:", "a", "b").also("Ask Ann.")
    assert remedy == "Look: janitor status kafka. If it is gone for good, say so: a; b. Ask Ann."
    assert remedy.commands == ("janitor status kafka", "a", "b")
    assert all_of([None, "Wait.", "", remedy]) == f"Wait. {remedy}"
    assert all_of([None, ""]) is None


def test_each_part_stands_on_lines_of_its_own() -> None:
    remedy = do("Start it, or name another one:", Again("-m", "http://MASTER:5050/")).also("", "only a command")
    line = Line(["clean", "-r", "kafka-role", "-m", "http://m:5050/"], environment({}))
    message = Message("The master http://m:5050/ cannot be reached.", "connection refused")
    assert [line.text for line in trouble("janitor", message, [remedy, "Or wait."], line.again)] == [
        "janitor: The master http://m:5050/ cannot be reached.",
        "  why: connection refused",
        "  do:  Start it, or name another one:",
        "         janitor -r kafka-role -m http://MASTER:5050/",
        "         only a command",
        "       Or wait.",
    ]
    assert [line.text for line in trouble("Notice", "All is well.", [None], lambda _: None)] == ["Notice: All is well."]
    alone = [line.text for line in trouble("janitor", "No.", [do("", "this")], lambda _: None)]
    assert alone == ["janitor: No.", "  do:  this"]


@pytest.mark.parametrize(
    ("typed", "environ", "again", "whole"),
    [
        ("-r kafka-role -p x", {}, Again(), "janitor -r kafka-role -p x"),
        ("clean -r kafka-role", {}, Again("--override", "live-owner"), "janitor -r kafka-role --override live-owner"),
        ("-r x --override a", {}, Again("--override", "b"), "janitor -r x --override a --override b"),
        ("-r x --timeout 40s -v", {}, Again("--timeout", "75s"), "janitor -r x -v --timeout 75s"),
        ("-r x -z y --dry-run", {}, Again(without=["-z", "--dry-run"]), "janitor -r x"),
        ("-r 'a b' --label=k=v", {}, Again(), "janitor -r 'a b' --label=k=v"),
        ("--rol x --princ=y", {}, Again(), "janitor --role x --principal=y"),
        ("-r x -a hunter2 --username u --password hunter2", {}, Again(), "janitor -r x --username u"),
        ("-r x", {"JANITOR_AUTH_TOKEN": "hunter2", "JANITOR_MASTER_URL": "http://m/", "JANITOR_LABEL": "a=b c=d"},
         Again(),
         "janitor -r x --label a=b --label c=d --master_url http://m/"),
        ("-r x --auth-token-file /run/token", {}, Again(), "janitor -r x --auth-token-file /run/token"),
        ("uninstall --yes prod/kafka --dcos-url https://c/", {"JANITOR_ZK_PATH": "other"}, Again("--manual"),
         "janitor uninstall prod/kafka --yes --dcos-url https://c/ --manual"),
        ("plan force-complete kafka deploy node 0", {}, Again("--yes"),
         "janitor plan force-complete kafka deploy node 0 --yes"),
        ("uninstall -- -x", {}, Again("--yes"), "janitor uninstall --yes -- -x"),
    ],
)  # fmt: skip
def test_the_command_of_this_run_can_be_pasted(typed: str, environ: dict[str, str], again: Again, whole: str) -> None:
    """With what is more and what is less, and without its secrets."""
    env = environment(environ)
    line = Line(shlex.split(typed), env)
    assert line.again(again) == whole
    assert Line(shlex.split(whole)[1:], environment({})).again(Again()) == whole


@pytest.mark.parametrize("typed", ["--rle x", "plan nonsense", "sandbox --scenario city"])
def test_of_a_command_line_that_could_not_be_read_there_is_none(typed: str) -> None:
    assert Line(typed.split(), environment({})).again(Again()) is None


def test_one_more_sentence_follows_the_end_of_the_first() -> None:
    """Some servers' words end without a full stop."""
    more = " Nothing was deleted."
    assert Message("Cannot read /mesos", "gone").followed(more).what == "Cannot read /mesos. Nothing was deleted."
    assert Message("It is not there.").followed(more).what == "It is not there. Nothing was deleted."
    assert Message("Cannot read /mesos").followed("").what == "Cannot read /mesos"
