"""From argv to one typed value per command; and what is known of a command line that cannot be meant."""

from __future__ import annotations

import dataclasses
import signal
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest

from janitor.cli.arguments import grammar, options
from janitor.cli.arguments.commands import (
    Arguments,
    OnCluster,
    PlanForceComplete,
    PlanShow,
    PodList,
    PodReplace,
    ServiceList,
    ServiceShutdown,
    Show,
    Status,
    Uninstall,
)
from janitor.cli.arguments.grammar import Typed
from janitor.cli.arguments.kinds import Many, Option, Switch, Text
from janitor.cli.arguments.line import Line, parse
from janitor.cli.arguments.local import Help, Sandbox, Version
from janitor.cli.arguments.options import OPTIONS, of_command
from janitor.cli.arguments.values import Values
from janitor.cli.arguments.verbs import COMMANDS, WITH_VERBS, CommandName, verbs_of
from janitor.cli.main import main
from janitor.errors import JanitorError, UsageError
from janitor.secret import Secret
from janitor.target import Limits, Target
from janitor.uninstall.situation import Choice
from tests.cli.plans import write_plan
from tests.cli.terminal import environment, janitor
from tests.clock import HANGS

AT = ["--dcos-url", "https://d.example"]


def asked(*argv: str, **environ: str) -> Arguments:
    return parse(argv, environment(environ))


def error(*argv: str, **environ: str) -> str:
    with pytest.raises(JanitorError) as raised:
        asked(*argv, **environ)
    return f"{type(raised.value).__name__}: {raised.value.message} | {raised.value.remedy or ''}"


def without_common(one: Arguments) -> dict[str, object]:
    return {field.name: getattr(one, field.name) for field in dataclasses.fields(one) if field.name != "common"}


@pytest.mark.parametrize(
    ("argv", "kind", "fields"),
    [
        ("status kafka", Status, {"name": "kafka", "choice": Choice()}),
        ("plan show kafka", PlanShow, {"name": "kafka", "plan": "deploy", "watch": False}),
        ("plan show kafka recovery --watch", PlanShow, {"name": "kafka", "plan": "recovery", "watch": True}),
        ("plan force-complete kafka deploy", PlanForceComplete,
         {"name": "kafka", "plan": "deploy", "phase": "", "step": "", "dry_run": False, "detailed": False,
          "yes": False}),
        ("plan force-complete kafka deploy nodes node-0 --yes", PlanForceComplete,
         {"name": "kafka", "plan": "deploy", "phase": "nodes", "step": "node-0", "dry_run": False,
          "detailed": False, "yes": True}),
        ("pod list kafka", PodList, {"name": "kafka"}),
        ("pod replace kafka kafka-0 --yes", PodReplace,
         {"name": "kafka", "pod": "kafka-0", "dry_run": False, "detailed": False, "yes": True}),
        ("service list", ServiceList, {"inactive": False}),
        ("service list --inactive", ServiceList, {"inactive": True}),
        ("service shutdown marathon --override cluster-framework", ServiceShutdown,
         {"framework": "marathon", "cluster_framework": True, "dry_run": False, "detailed": False, "yes": False}),
        ("uninstall kafka", Uninstall,
         {"name": "kafka", "choice": Choice(), "dry_run": False, "detailed": False, "yes": False}),
        ("uninstall kafka --manual --package beta-kafka --force-complete-missing --lost-agent S1 --lost-agent S2 "
         "-z dcos-service-kafka --override cluster-framework --dry-run --detailed-exitcode --yes", Uninstall,
         {"name": "kafka", "dry_run": True, "detailed": True, "yes": True,
          "choice": Choice("manual", "beta-kafka", True, ("S1", "S2"), "dcos-service-kafka", False, True)}),
        ("uninstall kafka --legacy --no-znode", Uninstall,
         {"name": "kafka", "dry_run": False, "detailed": False, "yes": False,
          "choice": Choice("legacy", no_znode=True)}),
    ],
)  # fmt: skip
def test_each_command_has_its_own_value(argv: str, kind: type[OnCluster], fields: dict[str, object]) -> None:
    one = asked(*argv.split(), *AT, "--timeout", "5", "--output", "json")
    assert isinstance(one, kind)
    assert without_common(one) == fields
    assert one.common.target == Target(dcos_url="https://d.example")
    assert (one.common.limits, one.common.show) == (Limits(5.0), Show("json"))


def test_what_reaches_no_cluster() -> None:
    assert asked() == Help(bare=True)
    assert asked("--help") == asked("help") == Help()
    assert asked("help", "plan") == asked("plan", "-h") == Help("plan")
    assert asked("help", "plan", "show") == asked("plan", "show", "--help") == Help("plan show")
    assert asked("--version") == asked("version") == Version()
    assert asked("sandbox", "--port", "5050") == Sandbox(("--port", "5050"))


def test_every_command_is_declared_typed_and_run() -> None:
    assert set(COMMANDS) == set(get_args(CommandName))
    assert {one.command for one in get_args(Arguments)} == set(COMMANDS)
    assert {name.split()[0] for name in COMMANDS if " " in name} == set(WITH_VERBS)
    assert all(len(verbs_of(command)) > 1 for command in WITH_VERBS)


@pytest.mark.parametrize("name", [spec.name for spec in COMMANDS.values() if spec.reaches])
def test_every_option_of_a_command_is_read(name: CommandName, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An option that is declared for a command and used by nobody would be taken, and ignored."""
    monkeypatch.chdir(tmp_path)
    write_plan(Path("word-0"))
    read: set[str] = set()
    for kind in ("text", "each", "on", "is_typed"):
        plain = getattr(Values, kind)

        def noted(self: Values, option: Option, plain: Callable[[Values, Option], object] = plain) -> object:
            read.add(option.name)
            return plain(self, option)

        monkeypatch.setattr(Values, kind, noted)
    asked(*name.split(), *(f"word-{number}" for number in range(len(COMMANDS[name].needed))))
    assert read == {option.name for option in of_command(name)} - {"help", "version"}


def test_a_maker_cannot_read_an_option_that_its_command_does_not_take() -> None:
    values = Values(Typed("pod list"), {})
    with pytest.raises(LookupError, match="pod list does not take --yes"):
        values.on(options.YES)


def test_the_kinds_of_options() -> None:
    for option in OPTIONS:
        assert isinstance(option, Switch | Text | Many)
        assert bool(option.value) != isinstance(option, Switch), option
        assert any(option is constant for constant in vars(options).values()), option
    taken = [(command, option.name) for option in OPTIONS for command in option.commands]
    assert len(set(taken)) == len(taken)


@pytest.mark.parametrize(
    ("argv", "empty"),
    [
        (["plan", "force-complete", "kafka", "deploy", ""], "The PHASE of plan force-complete"),
        (["plan", "force-complete", "kafka", "deploy", "nodes", ""], "The STEP of plan force-complete"),
        (["plan", "force-complete", "kafka", ""], "The PLAN of plan force-complete"),
        (["uninstall", ""], "The NAME of uninstall"),
        (["service", "shutdown", ""], "The ID|NAME of service shutdown"),
        (["pod", "replace", "kafka", ""], "The POD of pod replace"),
    ],
)
def test_s3_a_word_that_is_given_but_empty_does_not_widen(argv: list[str], empty: str) -> None:
    """`plan force-complete kafka deploy "$PHASE"` must not force the whole plan, where PHASE was never set."""
    assert error(*argv, "--yes").startswith(f"UsageError: {empty} is given but empty. | Is a shell variable unset?")


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        ("uninstall kafka --legacy --manual", "not both"),
        ("uninstall kafka -z x --no-znode", "Give -z or --no-znode, not both."),
        ("status kafka -z x --no-znode", "Give -z or --no-znode, not both."),
        ("uninstall kafka --detailed-exitcode", "--detailed-exitcode works only with --dry-run."),
        ("uninstall kafka --override live-owner", "not one of cluster-framework"),
        ("service shutdown x --override shared-role", "not one of cluster-framework"),
        ("pod list kafka --timeout soon", "not a time"),
        ("help nonsense", "There is no command 'nonsense'. | The commands: clean, apply, uninstall, status, scan, "),
        ("help plan nonsense", "There is no command 'plan nonsense'. | The commands: plan show, plan force-complete."),
    ],
)
def test_what_cannot_be_meant(argv: str, said: str) -> None:
    message = error(*argv.split())
    assert message.split(":")[0] in ("UsageError", "GrammarError")
    assert said in message


def test_a_variable_names_the_znode_of_clean_alone() -> None:
    one = asked("status", "kafka", JANITOR_ZK_PATH="dcos-service-hdfs")
    assert isinstance(one, Status)
    assert one.choice.znode is None


def test_a_variable_of_another_command_is_no_mistake() -> None:
    assert isinstance(asked("pod", "list", "kafka", JANITOR_ROLE="r", JANITOR_LABEL="a=b"), PodList)
    assert "Did you mean JANITOR_TIMEOUT?" in error("pod", "list", "kafka", JANITOR_TIMEOUTS="5")


def test_o5_what_weakens_a_safety_catch_is_typed_for_every_command() -> None:
    assert "JANITOR_OVERRIDE is not read" in error("pod", "list", "kafka", JANITOR_OVERRIDE="live-owner")
    assert isinstance(asked("service", "shutdown", "x", JANITOR_YES="1"), ServiceShutdown)


@pytest.mark.parametrize("argv", ["plan force-complete a b", "pod replace a b", "service shutdown a"])
def test_s3_a_dry_run_that_the_environment_asks_for_is_not_ignored(argv: str) -> None:
    typed, by_variable = asked(*argv.split(), "--dry-run"), asked(*argv.split(), JANITOR_DRY_RUN="yes")
    assert isinstance(typed, PlanForceComplete | PodReplace | ServiceShutdown)
    assert (typed.dry_run, by_variable) == (True, typed)
    assert "neither yes nor no" in error(*argv.split(), JANITOR_DRY_RUN="maybe")
    assert asked(*argv.split(), JANITOR_DRY_RUN="no") == asked(*argv.split(), JANITOR_DRY_RUN="") != typed


def test_s3_every_command_that_asks_has_a_dry_run() -> None:
    assert set(options.YES.commands) <= set(options.DRY_RUN.commands)


def test_a_dry_run_that_the_environment_asks_for_keeps_nobody_from_looking() -> None:
    assert isinstance(asked("pod", "list", "kafka", JANITOR_DRY_RUN="yes"), PodList)
    one = asked("uninstall", "kafka", JANITOR_DRY_RUN="yes")
    assert isinstance(one, Uninstall)
    assert one.dry_run


# --- what is known of a command line that cannot be meant -------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "environ", "json"),
    [
        ("--nonsense --output json", {}, True),
        ("--output json --nonsense", {}, True),
        ("plan --output=json", {}, True),
        ("--nonsense", {"JANITOR_OUTPUT": "json"}, True),
        ("--output text --nonsense", {"JANITOR_OUTPUT": "json"}, False),
        ("--output json --output text", {}, False),
        ("--output yaml", {}, False),
        ("-r x", {}, False),
    ],
)
def test_whether_a_document_was_asked_for(argv: str, environ: dict[str, str], json: bool) -> None:
    assert Line(argv.split(), environment(environ)).json == json


@pytest.mark.parametrize(
    ("argv", "command", "drop_in"),
    [
        ("", "help", True),
        ("-r x", "clean", True),
        ("clean --nonsense", "clean", True),
        ("--nonsense", "clean", True),
        ("-h", "help", False),
        ("plan", "plan", False),
        ("plan show", "plan show", False),
        ("pod list x --yes", "pod list", False),
    ],
)
def test_what_it_is_about(argv: str, command: str, drop_in: bool) -> None:
    line = Line(argv.split(), environment())
    assert (line.command, line.drop_in) == (command, drop_in)


def test_c5_where_marathon_is_as_far_as_a_wrong_line_tells(tmp_path: Path) -> None:
    def where(*argv: str, **environ: str) -> tuple[Target, Limits]:
        return Line(argv, environment(environ)).where()[:2]

    assert where("-n", "http://n/", "--nonsense", "-a", "x") == (Target(marathon="http://n/"), Limits())
    target, limits = where("-n", "http://n/", "-a", "tokensecret", "--timeout", "soon")
    assert (target.marathon, target.credentials.token, limits) == ("http://n/", Secret("tokensecret"), Limits())
    assert where("-n", "http://n", "--timeout", "9") == (Target(), Limits(9.0))
    assert where("-n", "http://n/", "--timeout", "9", "-r", "") == (Target(marathon="http://n/"), Limits(9.0))
    missing = str(tmp_path / "missing")
    assert where("-n", "http://n/", "--auth-token-file", missing)[0] == Target(marathon="http://n/")
    assert where("-r", "--dry-run", JANITOR_MARATHON_URL="http://n/")[0] == Target(), "nothing of it can be meant"
    assert where(JANITOR_MARATHON_URL="http://n/")[0] == Target(marathon="http://n/"), "an empty command line"


def test_secrets_are_hidden_before_anything_else_goes_wrong() -> None:
    env = environment({"DCOS_ACS_TOKEN": "clusterstoken"})
    line = Line(["-a", "tokensecret", "--nonsense"], env)
    with pytest.raises(UsageError):
        line.asked()
    assert env.redact("tokensecret clusterstoken") == "*** ***"


@pytest.mark.parametrize("output", ["json", "text"])
def test_a_bug_of_the_parser_is_told_as_one(monkeypatch: pytest.MonkeyPatch, output: str) -> None:
    def broken(argv: object) -> Typed:
        raise ValueError("broken")

    monkeypatch.setattr(grammar, "parse", broken)
    ran = janitor("-r", "x", "--output", output)
    assert ran.status == 5
    assert "this is a bug\n  why: ValueError: broken\n" in ran.stderr
    assert (output == "json") == ("this is a bug" in ran.stdout)


def test_a_signal_that_comes_while_the_line_is_read_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    env, plain = environment(), grammar.parse

    def interrupted(argv: list[str]) -> Typed:
        env.signals.handle(signal.SIGTERM)
        assert env.stop.wait(HANGS)  # it is raised in a thread of its own
        return plain(argv)

    monkeypatch.setattr(grammar, "parse", interrupted)
    assert main(["-r", "x", "-m", "http://127.0.0.1:1/"], env) == 143
