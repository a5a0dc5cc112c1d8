"""Finished screens of whole situations, to the letter: each as a pipe gets it, and on a terminal of 60 columns.

The files in screens/ have the command, then standard output, then standard error. After a change that is meant:

    python -m tests.cli.test_screens

writes them anew; read the difference as an operator would.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from janitor import rules
from janitor.cleanup.outcome import Blocked, Leftover, Outcome, ZnodeRecord
from janitor.cli.arguments.effective import Setting
from janitor.cli.arguments.line import Line
from janitor.cli.arguments.values import Stored
from janitor.cli.results import (
    Configured,
    ForceCompleted,
    FrameworksFound,
    FrameworkShutDown,
    HistoryRead,
    PlanFound,
    PodReplaced,
    PodsFound,
    PutBack,
    Rehearsed,
    Result,
    Scanned,
    Stands,
    SweptUp,
    Uninstalled,
)
from janitor.cli.views.view import View
from janitor.dcos.scheduler import Forced, Phase, Plan, PodInstance, PodTask, Step
from janitor.errors import ZooKeeperTrouble
from janitor.exits import Exit
from janitor.journal import Left
from janitor.mesos.cluster import Unknown
from janitor.message import Again, Message, do, notice_of
from janitor.records.history import AuditProof, AuditZnode, Done, History, Run
from janitor.scan.report import scan
from janitor.scan.sweep import Sweep, Swept
from janitor.uninstall.ended import Ended
from janitor.uninstall.explain import standing
from janitor.uninstall.missing import Missing
from janitor.uninstall.situation import Choice, WaitLimits
from janitor.zookeeper.restoring import PERMISSION, Names, Restored
from tests.cli.terminal import environment, written
from tests.unit.builders import agent, framework, reserved
from tests.unit.test_scan import REACH, city
from tests.unit.uninstall_world import UNINSTALLING, Watched, World, plan_of

SCREENS = Path(__file__).parent / "screens"
WIDTHS = {"pipe": None, "60": 60}
ID = "6b0d5c7a-1111-2222-3333-444455556666"

GONE = Outcome(
    Exit.CLEAN, True, True, "1.9.0", (), ZnodeRecord("/dcos-service-kafka", "gone", 44, "ZooKeeper", backup="/b/k.gz")
)
BUSY = Leftover("S1", "host1", "cpus:1.5 of kafka-role", "409 in use", do("Find it:", "dcos task"))


def _unread() -> Result:
    away = Unknown(Message("Marathon cannot be reached.", "connection refused"), do("Name it:", Again("-n", "URL/")))
    return Scanned(scan(replace(city(), apps=away, znodes=Unknown("zk1:2181 refuses"))), REACH)


def _swept() -> Result:
    found = scan(city())
    kafka, old = found.found[:2]
    blocked = Blocked(
        rules.O1,
        Exit.REFUSED,
        Message("Framework hdfs still owns these.", "it is active"),
        do("Wait."),
        lift="janitor clean -z dcos-service-old --override live-owner",
    )
    swept = (
        Swept(kafka, GONE),
        Swept(kafka, replace(GONE, status=Exit.FAILED, znode=None, leftovers=(BUSY,))),
        Swept(old, replace(GONE, status=Exit.REFUSED, znode=None, blocked=(blocked,))),
        Swept(old, why="not tried, since the sweep had stopped"),
    )
    stopped = Message("role hdfs-role is kept.", "it is active")
    return SweptUp(
        Sweep(found, (kafka, kafka, old, old), (found.found[2],), swept, stopped=stopped), REACH, status=Exit.FAILED
    )


def _status(*, stuck: bool) -> Result:
    world = World(znodes={"dcos-service-kafka": True})
    if stuck:
        held = reserved("cpus", 1.0, labels={"framework_id": "F1", "resource_id": "r-F1"})
        world.apps, world.plan = (UNINSTALLING,), plan_of("PENDING", "s9.example")
        world.frameworks, world.agents = (framework("F1"),), (agent("S1", held),)
    situation = Watched(world).look()
    return Stands(situation, standing(situation, Choice(), WaitLimits()), status=Exit.FOUND)


def _ended(*, well: bool) -> Result:
    taken = ("Have Cosmos uninstall package kafka of /kafka", *(f"Force broker / step-{n}" for n in range(9)))
    if well:
        away = Missing("S9", "host9", True, "never returns (--lost-agent)", "never returns", frozenset({"r1"}))
        comeback = "janitor clean -r kafka-role -p kafka-principal --label framework_id=F1"
        summary = "Service kafka is gone: app /kafka, framework F1, znode dcos-service-kafka."
        return Uninstalled(
            Ended(Exit.CLEAN, None, summary=summary, taken=taken, given_up=(away,), comebacks=(comeback,))
        )
    why = Message("The scheduler of kafka has not answered for 600 s", "502 Bad Gateway")
    remedy = do("Look at its task in Marathon.").also("If it never comes back:", "janitor uninstall kafka --manual")
    return Uninstalled(Ended(Exit.FAILED, None, why=why, remedy=remedy, taken=taken[:1]), status=Exit.FAILED)


def _history(*, brief: bool) -> Result:
    cluster = "http://leader.mesos:5050/master/"
    words = ["janitor", "clean", "-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka"]
    item = msgspec.Raw(b'{"name":"cpus","type":"SCALAR","scalar":{"value":1.5},"role":"kafka-role"}')
    whole = Run(
        run="3f2a91c0aa",
        janitor="1.0.0",
        user="root",
        host="m1",
        cluster=cluster,
        begun="2026-11-20T09:30:00.000Z",
        ended="2026-11-20T09:30:41.000Z",
        command=words,
        name="prod",
        mesos_version="1.9.0",
        api="http://10.0.0.1:5050/api/v1",
        status=5,
        meaning="failed, or not everything could be removed or checked",
        writes=[Done("UNRESERVE_RESOURCES", "S1", "host1", [item], 202)],
        proofs=[AuditProof("S1", "host1", "the agent's own state shows none of it")],
        znodes=[AuditZnode("/dcos-service-kafka")],
        leftovers=[Left("S2", "host2", "mem:64", "409 in use")],
    )
    killed = Run(
        run="90ab12cd",
        begun="2026-11-20T10:00:00.000Z",
        user="root",
        host="m1",
        cluster=cluster,
        command=["janitor", "sweep"],
    )
    return HistoryRead(History([whole, killed], [7]), brief=brief)


def _config() -> Result:
    notice = notice_of("Several clusters are attached: c1, c2.", do("Choose one:", "dcos cluster attach NAME"))
    stored = Stored("/root/.config/janitor/config.toml", True, "prod", notices=(notice,), profiles=("prod", "dev"))
    settings = (
        Setting("dcos-url", "https://prod.example.com", "profile"),
        Setting("audit-log", "/var/log/janitor/all/clusters/of/the/company.audit", "command line", "--audit-log"),
        Setting("protect", ("hdfs*", "marathon"), "file"),
        Setting("timeout", "30m", "variable", "JANITOR_TIMEOUT"),
        Setting("quiet", False, "default"),
        Setting("ca-cert", None, "default"),
    )
    return Configured(stored, settings)


def _restored(*, well: bool) -> Result:
    done = Restored("/dcos-service-kafka", "ZooKeeper at 10.0.0.5:2181", 44, created=44, ephemerals=2, verified=True)
    if well:
        return PutBack("/b/kafka.jsonl.gz", done)
    acls = Names(1, [("/dcos-service-kafka/a", "its ACL differs from the backup, and may not be set")])
    denied = ZooKeeperTrouble("ZooKeeper at 10.0.0.5:2181 denies the creation of /x.", why="NoAuth", remedy=PERMISSION)
    ended = replace(done, created=12, verified=False, acls=acls, error=denied, open=True)
    return PutBack("/b/kafka.jsonl.gz", ended, "janitor restore /b/kafka.jsonl.gz --continue", status=Exit.FAILED)


def _plan() -> Plan:
    steps = (Step("s1", "kafka-0:[broker]", "COMPLETE"), Step("s2", "kafka-1:[broker]", "STARTING"))
    return Plan("deploy", "STARTING", "serial", (Phase("p1", "kafka", "STARTING", "serial", steps),))


def _frameworks() -> Result:
    kafka = framework(f"{ID}-0002", holds=(reserved(),))
    return FrameworksFound((kafka, framework(f"{ID}-0003", "dev/hdfs", "dev__hdfs-role", active=False)))


RESULTS: dict[str, tuple[str, Callable[[], Result]]] = {
    "scan": ("scan", lambda: Scanned(scan(city()), REACH, status=Exit.FOUND)),
    "scan-nothing": ("scan --role x", lambda: Scanned(scan(city()).only(role="x"), REACH)),
    "scan-unread": ("scan", _unread),
    "sweep": ("sweep", _swept),
    "sweep-dry-run": (
        "sweep --dry-run",
        lambda: SweptUp(Sweep(scan(city()), scan(city()).found[:2], (), dry_run=True, backup="/b"), REACH),
    ),
    "sweep-nothing": ("sweep", lambda: SweptUp(Sweep(scan(city()), (), ()), REACH)),
    "status-znode-left": ("status kafka", lambda: _status(stuck=False)),
    "status-stuck": ("status kafka", lambda: _status(stuck=True)),
    "uninstalled": ("uninstall kafka", lambda: _ended(well=True)),
    "uninstall-failed": ("uninstall kafka", lambda: _ended(well=False)),
    "audit-list": ("audit list FILE", lambda: _history(brief=True)),
    "audit-show": ("audit show FILE", lambda: _history(brief=False)),
    "config": ("config", _config),
    "restored": ("restore FILE", lambda: _restored(well=True)),
    "restore-failed": ("restore FILE", lambda: _restored(well=False)),
    "plan": ("plan show kafka", lambda: PlanFound(_plan())),
    "forced": (
        "plan force-complete kafka deploy",
        lambda: ForceCompleted("Plan deploy", Forced(False, "Received cmd: forceComplete")),
    ),
    "pods": (
        "pod list kafka",
        lambda: PodsFound((PodInstance("kafka-0", (PodTask("t1", "kafka-0-broker", "TASK_RUNNING"),)),)),
    ),
    "pod-replaced": ("pod replace kafka kafka-0", lambda: PodReplaced("kafka-0")),
    "rehearsed": (
        "service shutdown kafka --dry-run",
        lambda: Rehearsed(("Shut down framework kafka (F1)", "roles: kafka-role", "holds: cpus:1.5")),
    ),
    "frameworks": ("service list", _frameworks),
    "shut-down": ("service shutdown kafka", lambda: FrameworkShutDown(framework())),
}
"""Name -> the command line, and what came of it."""


def screen(words: str, result: Result, width: int | None) -> str:
    """All that a person sees of it."""
    env = environment(columns=width, terminal=width is not None)
    View(Line(shlex.split(words), env), env).show(result)
    return f"$ janitor {words}\n--- stdout\n{written(env.out)}--- stderr\n{written(env.err)}"


@pytest.mark.parametrize("where", WIDTHS)
@pytest.mark.parametrize("name", RESULTS)
def test_a_screen(name: str, where: str) -> None:
    words, result = RESULTS[name]
    assert screen(words, result(), WIDTHS[where]) == (SCREENS / f"{name}-{where}.txt").read_text("utf-8")


def test_every_screen_is_of_a_result() -> None:
    assert {path.stem for path in SCREENS.glob("*.txt")} == {f"{name}-{where}" for name in RESULTS for where in WIDTHS}


if __name__ == "__main__":
    for name, (words, result) in RESULTS.items():
        for where, width in WIDTHS.items():
            (SCREENS / f"{name}-{where}.txt").write_text(screen(words, result(), width), "utf-8")
