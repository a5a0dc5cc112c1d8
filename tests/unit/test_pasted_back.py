"""A command that is printed means the cluster that the run was about: each is pasted back, and has the same target."""

from __future__ import annotations

import ast
import re
import shlex
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from unittest.mock import MagicMock

import pytest

from janitor.cleanup.refusals import clusters_own
from janitor.cli.arguments.commands import PlanForceComplete, Restore, ServiceShutdown, Status, Uninstall
from janitor.cli.arguments.line import parse
from janitor.cli.commands import restore
from janitor.dcos.scheduler import Phase, Plan, Step
from janitor.errors import Interrupted, JanitorError, Refusal, UsageError
from janitor.secret import Secret
from janitor.target import STANDARD_MASTER, Credentials, Target
from janitor.uninstall.account import Account
from janitor.uninstall.actions import Done, Stuck
from janitor.uninstall.before import warnings
from janitor.uninstall.explain import standing, ways_out
from janitor.uninstall.missing import Missing
from janitor.uninstall.next_step import next_step
from janitor.uninstall.relook import check_unchanged
from janitor.uninstall.remains import comeback_commands
from janitor.uninstall.situation import Away, Choice, Situation, WaitLimits
from janitor.zookeeper.backup import Backup
from janitor.zookeeper.backupformat import Header, Node, Permission
from janitor.zookeeper.restoring import Restored
from tests.cli.terminal import environment
from tests.unit.builders import framework
from tests.unit.test_pasted_commands import ROOT, sources
from tests.unit.test_uninstall_next_step import GONE, INSTALLED, UNINSTALLING, app, plan, service, stuck
from tests.unit.uninstall_world import Watched, World

OWN = "clean|uninstall|status|plan|pod|service"
SECRET = "the-secret-token"
LIMITS = WaitLimits()

TARGETS = [
    Target(),
    Target(dcos_url="https://cluster.example.com"),
    Target(dcos_url="https://cluster.example.com", insecure=True, zookeeper="10.0.0.7:2181/chroot"),
    Target(mesos="http://10.0.0.5:5050/", marathon="http://10.0.0.6:8080/v2/apps/", ca_cert="/etc/my ca.pem"),
    Target(mesos="http://10.0.0.5:5050/", exhibitor="http://10.0.0.8:8181/", exhibitor_given=True),
]

TLS = Phase("p", "tls-cleanup", "ERROR", "serial", (Step("s", "tls-cleanup", "ERROR"),))
FAILED = Plan("deploy", "ERROR", None, (*plan(gives="COMPLETE").phases, TLS), ("no secrets",))

SITUATIONS = [
    INSTALLED,
    GONE,
    UNINSTALLING,
    replace(INSTALLED, way="legacy", service=service(replace(app(), labels={}))),
    replace(GONE, znode=True),
    replace(GONE, frameworks=(framework(),)),
    replace(GONE, missing=(Missing("S1", "", False, "is away", "away", frozenset({"r1"})),)),
    replace(GONE, service=replace(GONE.service, place_told=False, places=("a", "b"))),
    replace(UNINSTALLING, plan=Away("502", 1.0)),
    replace(UNINSTALLING, plan=Away("502", LIMITS.scheduler_away)),
    replace(UNINSTALLING, plan=plan(), stuck=(stuck("lost", "Gone."),)),
    replace(UNINSTALLING, plan=plan(), stuck=(stuck("away"), stuck("unknown"))),
    replace(UNINSTALLING, plan=FAILED),
    replace(GONE, service=replace(GONE.service, name="marathon")),
]


def said(situation: Situation) -> Iterator[str]:
    """All that an operator reads of this situation."""
    for choice in (Choice(), Choice(force_missing=True, lost_agents=("S9",))):
        following = next_step(situation, choice, LIMITS)
        yield following.why + following.remedy if isinstance(following, Stuck) else ""
        yield standing(situation, choice, LIMITS).next
        yield ways_out(situation, choice) or ""
        yield from (f"{one.text} {one.remedy or ''}" for one in warnings(situation, choice))
        account = Account(choice, situation, situation)
        yield account.go_on()
        yield account.done(Done()).remedy or ""
    given_up = [Missing("S1", "", True, "is marked gone", "marked gone", frozenset({"r1"}))]
    yield from comeback_commands(given_up, situation)


def refused(target: Target) -> Iterator[JanitorError]:
    """Errors that name a command, on this cluster."""
    yield clusters_own("marathon", target.reach)
    before = replace(INSTALLED, reach=target.reach)
    following = next_step(before, Choice(), LIMITS)
    with pytest.raises(Refusal) as changed:
        check_unchanged(following, before, replace(GONE, reach=target.reach), following, done=False)  # type: ignore[arg-type]
    yield changed.value
    several = World(frameworks=(framework("F1", active=False), framework("F2", active=False)))
    for world, choice in (
        (World(), Choice()),
        (several, Choice()),
        (World(apps=(app(),)), Choice(way="legacy")),
    ):
        watched = Watched(world, choice)
        watched.surveyor.site = replace(watched.site, reach=target.reach)
        with pytest.raises(UsageError) as caught:
            watched.look()
        yield caught.value


def commands(text: str) -> list[list[str]]:
    """The words of each of Janitor's commands in a text: up to the end of its sentence."""
    found = re.findall(rf"\bjanitor ((?:{OWN}|-r)\b.*?)(?:\. |; |\.?$)", text)
    return [shlex.split(each) for each in found]


def of_command(words: list[str]) -> Target:
    asked = parse(words, environment({}))
    return asked.common.target  # type: ignore[union-attr]


@pytest.mark.parametrize("number", range(len(TARGETS)))
def test_every_command_that_is_printed_means_this_cluster(number: int) -> None:
    target = replace(TARGETS[number], credentials=Credentials(token=Secret(SECRET)))
    texts = [text for seen in SITUATIONS for text in said(replace(seen, reach=target.reach))]
    texts += [f"{error.message} {error.remedy}" for error in refused(target)]
    every = [words for text in texts for words in commands(text)]
    assert {words[0] for words in every} >= {"clean", "uninstall", "status", "plan", "service"}
    assert not any(SECRET in text for text in texts)
    wrong = [words for words in every if replace(of_command(words), credentials=Credentials()) != TARGETS[number]]
    assert wrong == []


@pytest.mark.parametrize("seen", SITUATIONS[:-1])
def test_a_name_that_looks_like_an_option_is_none(seen: Situation) -> None:
    """A scheduler that calls a step `--yes` would have the whole phase forced, and no question asked."""
    odd = Phase("p", "--dry-run", "ERROR", "serial", (Step("s", "--yes", "ERROR"),))
    named = replace(seen, service=replace(seen.service, name="--yes"), reach=TARGETS[1].reach)
    if seen.plan is FAILED:
        phases = (*plan(gives="COMPLETE").phases, odd)
        named = replace(named, plan=Plan("deploy", "ERROR", None, phases, ("no secrets",)))
    every = [parse(words, environment({})) for text in said(named) for words in commands(text) if words[0] != "clean"]
    for asked in every:
        assert isinstance(asked, Status | Uninstall | PlanForceComplete | ServiceShutdown)
        assert asked.common.target == TARGETS[1]
        if isinstance(asked, PlanForceComplete):
            assert (asked.name, asked.yes) == ("--yes", False)
            assert (asked.phase, asked.step) in {
                ("--dry-run", "--yes"),
                ("unreserve-resources-10.0.0.5", "unreserve-r1"),
            }
        elif not isinstance(asked, ServiceShutdown):
            assert asked.name == "--yes"


CHOICES = [
    Choice(),
    Choice(way="manual", znode="ci/state"),
    Choice(way="legacy", package="beta kafka", no_znode=True),
    Choice(force_missing=True, lost_agents=("S1", "10.0.0.9"), cluster_framework=True),
]


@pytest.mark.parametrize("choice", CHOICES)
def test_what_goes_on_wants_the_same(choice: Choice) -> None:
    """A run that was told to go the manual way, or of an agent that never returns, goes on like that."""
    account = Account(choice, UNINSTALLING, UNINSTALLING)
    (going_on, _looking) = commands(account.go_on())
    asked = parse(going_on, environment({}))
    assert isinstance(asked, Uninstall)
    assert (asked.name, asked.choice) == ("kafka", choice)


def test_a_master_that_was_named_stays_the_one_that_is_meant(tmp_path: Path) -> None:
    """Also where it is the standard one: without it the cluster that the DC/OS CLI is attached to would be meant."""
    home = tmp_path / ".dcos" / "clusters" / "c1"
    home.mkdir(parents=True)
    (home / "dcos.toml").write_text('[core]\ndcos_url = "https://another.example.com"\n[cluster]\nname = "another"\n')
    (home / "attached").touch()
    env = environment({"HOME": str(tmp_path)})

    def of(*words: str) -> Target:
        asked = parse(["status", "kafka", *words], env)
        assert isinstance(asked, Status)
        return asked.common.target

    assert of().dcos_url == "https://another.example.com"
    here = of("-m", STANDARD_MASTER)
    assert here.dcos_url is None
    assert of(*here.reach) == here
    with_marathon = of("-n", "http://10.0.0.6:8080/v2/apps/")
    assert of(*with_marathon.reach) == with_marathon


# --- every command is made by the one function that wants to know the cluster -----------------------------------------

_FREE = ("words.py", "cli/manual.py", "cli/arguments/", "sandbox/")
"""The function itself; help and examples, which are about any cluster."""


_WRITTEN = re.compile(rf"\bjanitor (?:{OWN}) [A-Za-z{{-]")


def made_elsewhere(tree: ast.AST) -> Iterator[int]:
    """Lines on which a command of Janitor's own is put together, or written out."""
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}  # documentation
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and first.value == "janitor":
                yield node.lineno
        elif isinstance(node, ast.Constant) and id(node) not in told and _WRITTEN.search(str(node.value)):
            yield node.lineno


def test_no_message_makes_a_command_of_its_own() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}"
        for path in sources()
        if not path.relative_to(ROOT).as_posix().startswith(_FREE)
        for line in made_elsewhere(ast.parse(path.read_text("utf-8")))
    ]
    assert found == []


@pytest.mark.parametrize("options", [(), ("--zookeeper-tls", "--zookeeper-ca", "/etc/zk ca.pem")])
def test_the_command_that_goes_on_with_a_restore_asks_the_same_zookeeper_in_the_same_way(
    tmp_path: Path, options: tuple[str, ...]
) -> None:
    backup = Backup(str(tmp_path))
    backup.begin(Header(path="/x", ensemble="", saved="", janitor="", czxid="0x1", zxid="0x1"), "here")
    backup.write([Node("/x", "", (Permission(31, "world", "anyone"),), 0)])
    backup.finish()
    assert backup.saved is not None
    asked = parse(["restore", backup.saved.file, "--yes", "--zookeeper", "10.0.0.7:2181", *options], environment({}))
    assert isinstance(asked, Restore)
    session = MagicMock()
    session.site.zookeeper.return_value.__enter__.return_value.name = "ZooKeeper at 10.0.0.7:2181"
    session.site.put_back.return_value = Restored("/x", "ZooKeeper at 10.0.0.7:2181", 1, error=Interrupted(2))
    program, *words = shlex.split(restore.run(asked, session).again)
    going_on = parse(words, environment({}))
    assert isinstance(going_on, Restore)
    assert (program, going_on.file, going_on.go_on) == ("janitor", asked.file, True)
    assert going_on.common.target == asked.common.target


@pytest.mark.parametrize("text", ['command("janitor", "status", name)', 'x = "See: janitor service list --inactive"'])
def test_the_search_finds_them(text: str) -> None:
    assert list(made_elsewhere(ast.parse(text)))
