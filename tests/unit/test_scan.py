"""What a scan says of a cluster: its lines, its totals, its commands, and its status."""

from __future__ import annotations

import io
import shlex
from dataclasses import replace

import msgspec
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from janitor.cleanup.outcome import Leftover, Outcome
from janitor.cli.environment import Channel
from janitor.cli.results import SweptUp
from janitor.cli.views.amounts import size
from janitor.cli.views.metrics import exposition
from janitor.cli.views.page import page
from janitor.cli.views.report import Report
from janitor.cli.views.scan import lines
from janitor.cli.views.sweep import lines as sweep_lines
from janitor.exits import Exit
from janitor.holdings.verdict import Seen, StateNode, Verdict
from janitor.mesos.cluster import Counts, Unknown
from janitor.message import Again, Message, do
from janitor.redact import Redactor
from janitor.scan.report import Scan, scan
from janitor.scan.sweep import Choice, Sweep, Swept, choose, surprised, unmatched
from janitor.words import own_command
from tests.unit.builders import HOUR, Item, agent, framework, reserved, snapshot, volume, volume_on_static
from tests.unit.test_holdings import app, seen

KAFKA = {"resource_id": "r1", "framework_id": "F1"}
REACH = ("-m", "http://10.0.0.1:5050/master/")


def city() -> Seen:
    """One service in use, one abandoned, a znode alone, and capacity that somebody reserved ahead."""
    hdfs = reserved("cpus", 3.0, role="hdfs-role", principal="hdfs-principal")
    ahead = reserved("mem", 2048.0, role="batch", principal="ops")
    return seen(
        agent("S1", reserved("cpus", 1.5, labels=KAFKA), volume("v1", 10240.0, labels=KAFKA), hdfs),
        agent("S2", reserved("mem", 4096.0, labels=KAFKA), ahead),
        frameworks=(
            framework("F1", ended=HOUR / 2),
            framework("F2", "hdfs", "hdfs-role", principal="hdfs-principal"),
        ),
        apps=(app("/hdfs"),),
        znodes=(StateNode("dcos-service-kafka", 44, live=False), StateNode("dcos-service-old", 3, live=False)),
    )


def told(found: Scan, width: int | None = None) -> str:
    return "\n".join(lines(found, REACH, width, scan_again))


def scan_again(again: Again) -> str:
    """The command line of this run."""
    return own_command(again.more, "scan")


def with_unreadable(cluster: Seen, agent_id: str, role: str) -> Seen:
    """The same, and what is reserved for the role on one agent cannot be read."""
    broken = {role: msgspec.Raw(b'[{"name":7}]')}
    agents = [
        replace(one, reserved={**one.reserved, **broken}) if one.id == agent_id else one
        for one in cluster.snapshot.agents
    ]
    return replace(cluster, snapshot=replace(cluster.snapshot, agents=tuple(agents)))


def test_l4_what_cannot_be_read_is_unknown_and_so_is_what_it_could_change() -> None:
    """The rest of the role, and znodes of which nobody knows any more that nothing is reserved; nothing else."""
    old = reserved("cpus", 1.0, role="old-role", principal="old-principal", labels={"framework_id": "F3"})
    cluster = seen(
        agent("S1", reserved("cpus", 1.5, labels=KAFKA), old),
        agent("S2", reserved("mem", 4096.0, labels=KAFKA)),
        frameworks=(framework("F1", ended=HOUR / 2), framework("F3", "old", "old-role", ended=HOUR / 2)),
        znodes=(StateNode("dcos-service-alone", 3, live=False),),
    )
    before = {(one.role, one.verdict) for one in scan(cluster).found}
    assert before == {
        ("kafka-role", Verdict.ABANDONED), ("old-role", Verdict.ABANDONED), ("", Verdict.ZNODE_ONLY),
    }  # fmt: skip
    found = scan(with_unreadable(cluster, "S2", "kafka-role"))
    assert sorted((one.role, one.verdict.value, one.amounts.items) for one in found.found) == [
        ("", "unknown", 0),
        ("kafka-role", "unknown", 0),
        ("kafka-role", "unknown", 1),
        ("old-role", "abandoned", 1),
    ]
    unread = next(one for one in found.found if one.role == "kafka-role" and not one.amounts.items)
    assert unread.holding is not None
    assert [share.agent_id for share in unread.holding.shares] == ["S2"]
    (why,) = unread.judgement.missing
    assert "reserved_resources_full['kafka-role'] of agent S2" in why
    assert all(why in one.judgement.missing for one in found.found if one.role != "old-role")
    assert all(one.removal is None for one in found.found if one.role != "old-role")
    assert found.untold == ()
    assert why in told(found)
    assert "kafka-role" in exposition(found)


def test_l4_of_an_agent_that_cannot_be_read_at_all_everything_could_be() -> None:
    broken = [
        replace(one, totals=(one.totals[0], msgspec.Raw(b"7"), one.totals[2])) if one.id == "S2" and one.totals else one
        for one in city().snapshot.agents
    ]
    cluster = replace(city(), snapshot=replace(city().snapshot, agents=tuple(broken)))
    found = scan(cluster)
    assert {one.verdict for one in found.found} == {Verdict.UNKNOWN, Verdict.IN_USE}
    assert any("agent S2" in line for line in found.untold)


def test_everything_has_a_line_and_what_is_left_has_its_command() -> None:
    found = scan(city())
    assert [(one.verdict, one.judgement.service) for one in found.found] == [
        (Verdict.ABANDONED, "kafka"),
        (Verdict.ZNODE_ONLY, "old"),
        (Verdict.UNKNOWN, None),
        (Verdict.IN_USE, "hdfs"),
    ]
    assert found.status == Exit.FOUND
    assert told(found).splitlines() == [
        "Mesos 1.9.0 at http://leader.mesos:5050/master/: 2 agents",
        "",
        "VERDICT     SERVICE  ROLE        PRINCIPAL        AGENTS  CPUS   MEM   DISK  GPUS  VOLUMES    ZNODE  SINCE",
        "abandoned   kafka    kafka-role  kafka-principal       2   1.5  4 GB  10 GB     -  1 (10 GB)     44"
        "  2023-11-14",
        "znode only  old      -           -                     -     -     -      -     -  -              3  -",
        "unknown     -        batch       ops                   1     -  2 GB      -     -  -              -  -",
        "in use      hdfs     hdfs-role   hdfs-principal        1     3     -      -     -  -              -  -",
        "",
        "In use: 3 cpus on 1 agent",
        "Abandoned: 1.5 cpus, 4 GB of memory, 10 GB of disk on 2 agents "
        "(13 % of all cpus, 50 % of all memory, 100 % of all disk)",
        "Znode only: 1 znode",
        "Unknown: 2 GB of memory on 1 agent",
        "",
        "kafka, role kafka-role by kafka-principal: abandoned",
        "  No framework that could own it is registered.",
        "  Marathon has no app of it.",
        "  Framework kafka (F1) is completed.",
        "  It has the label of the SDK's reservations (resource_id).",
        "  Its znode dcos-service-kafka is there.",
        "    janitor clean -r kafka-role -p kafka-principal -z dcos-service-kafka -m http://10.0.0.1:5050/master/",
        "",
        "old, znode dcos-service-old: znode only",
        "  No framework that could own it is registered.",
        "  Marathon has no app of it.",
        "  No reservation is its service's (old).",
        "    janitor clean -z dcos-service-old -m http://10.0.0.1:5050/master/",
        "",
        "batch, role batch by ops: unknown",
        "  No framework that could own it is registered.",
        "  Marathon has no app of it.",
        "  Not known: Which service owned it: neither its role nor a framework tells the name of one.",
        "  Not known: Who reserved it: there is no sign of a service. An operator may have, ahead of time.",
        "",
        "To see what one command would remove:",
        "    janitor sweep --dry-run -m http://10.0.0.1:5050/master/",
    ]


@pytest.mark.parametrize("width", [40, 60, 80, 100, 120, 200])
def test_a_narrow_terminal_has_fewer_columns_and_no_broken_lines(width: int) -> None:
    """Names are shortened; a number, or its heading, never is: half of one is another one."""
    away = agent("S3", reserved("disk", 10240.0, role="far-role"), active=False)
    cluster = city()
    cluster = seen(*cluster.snapshot.agents, away, frameworks=cluster.snapshot.frameworks, apps=cluster.apps)
    whole, table = (told(scan(cluster), columns).split("\n\n")[1].splitlines() for columns in (None, width))
    assert len(table) == len(whole)
    assert max(map(len, table)) <= width
    assert table[1].split()[0] == "abandoned"
    assert set(table[0].split()) - {"SERVI…"} <= set(whole[0].split())
    for shown, full in zip(table, whole, strict=True):
        assert {word for word in shown.split() if word[0].isdigit()} <= set(full.split())
    assert "10 GB" in table[1]


@pytest.mark.parametrize("width", [40, 60, 80])
def test_prose_is_folded_between_words_and_a_command_is_not_folded(width: int) -> None:
    whole, narrow = told(scan(city())), told(scan(city()), width)
    longer = [line for line in narrow.splitlines() if len(line) > width]
    commands = [line for line in whole.splitlines() if line.startswith(("    janitor clean", "    janitor sweep"))]
    assert longer == [command for command in commands if len(command) > width]
    assert set(commands) <= set(narrow.splitlines())
    assert narrow.split("\n\n")[-1].split() == whole.split("\n\n")[-1].split()


def test_two_lives_of_one_service_are_told_apart_and_the_znode_goes_with_the_last() -> None:
    second = {"resource_id": "r2", "framework_id": "F0"}
    found = scan(
        seen(
            agent("S1", reserved("cpus", 2.0, labels=KAFKA), reserved("cpus", 1.0, labels=second)),
            frameworks=(framework("F1", ended=HOUR / 2), framework("F0", ended=HOUR)),
            znodes=(StateNode("dcos-service-kafka", 44, live=False),),
        )
    )
    clean = "clean -r kafka-role -p kafka-principal --label framework_id="
    commands = [shlex.join(one.command) for one in found.found]
    assert commands == [f"{clean}F1", f"{clean}F0 -z dcos-service-kafka"]
    goes = "The znode goes with the last of what its service holds."
    assert [one.judgement.evidence[-1] == goes for one in found.found] == [True, False]


SDK = {"resource_id": "r1"}
LATER = {"resource_id": "r2", "framework_id": "F2"}


@pytest.mark.parametrize(
    ("held", "told_of"),
    [
        ((reserved(principal=None, labels=SDK), reserved("mem", 8.0, principal="ops")), "ops"),
        ((reserved(labels=SDK), reserved("mem", 8.0, labels=KAFKA), reserved("mem", 9.0, labels=LATER)), "F1"),
        ((reserved(labels=SDK), volume_on_static()), "volumes on static"),
    ],
    ids=["without a principal", "without a framework", "a volume on what is static"],
)
def test_what_no_cleanup_takes_alone_is_not_offered(held: tuple[Item, ...], told_of: str) -> None:
    """A clean-up without -p takes the whole role (rule S3), one without a label every framework's, and of what is
    static the volumes (rule S1): none of that was called abandoned."""
    found = scan(seen(agent("S1", *held), frameworks=(framework("F0", ended=HOUR / 2),)))
    (one,) = (
        one
        for one in found.found
        if (it := one.holding) and it.dynamic and it.framework_id is None and it.principal != "ops"
    )
    assert (one.verdict, one.removal) == (Verdict.UNKNOWN, None)
    assert told_of in one.judgement.missing[-1]


@pytest.mark.parametrize("label", [KAFKA, SDK], ids=["labelled", "not"])
def test_the_znode_of_a_service_that_is_back_does_not_go_with_its_earlier_life(label: dict[str, str]) -> None:
    """Its scheduler is down, so that nothing is connected to the znode; its state is there all the same."""
    old = reserved(principal="old-account", labels=label)
    back = framework("F2", "kafka", "prod", principal="kafka", active=False)
    over = framework("F1", principal="old-account", ended=HOUR / 2)
    node = StateNode("dcos-service-kafka", 44, live=False)
    (found,) = scan(seen(agent("S1", old), frameworks=(over, back), znodes=(node,))).found
    assert found.removal is None or found.removal.znode is None
    assert (found.verdict is Verdict.ABANDONED) == (label is KAFKA)
    stays = "The znode stays. Framework kafka (F2) is disconnected."
    assert (stays in found.judgement.evidence) == (label is KAFKA)


def test_the_znode_stays_while_anything_of_its_service_does() -> None:
    """A part of it is in another role, on an agent that is away: rule S5 does not tie that role to the znode."""
    moved = reserved("mem", 64.0, role="dev", labels=KAFKA)
    found = scan(
        seen(
            agent("S1", reserved(labels=KAFKA)),
            agent("S2", moved, active=False),
            frameworks=(framework("F1", ended=HOUR / 2),),
            znodes=(StateNode("dcos-service-kafka", 44, live=False),),
        )
    )
    assert [one.verdict for one in found.found] == [Verdict.ABANDONED, Verdict.AGENTS_AWAY]
    assert found.found[0].command == ("clean", "-r", "kafka-role", "-p", "kafka-principal")
    stays = "The znode stays: its service also has role dev, and that is not called abandoned."
    assert found.found[0].judgement.evidence[-1] == stays


@pytest.mark.parametrize(
    "pattern", ["kafka", "kafka-role", "prod/kafka", "prod__*", "/prod/*", "dcos-service-prod__kafka"]
)
def test_what_is_protected_may_be_called_by_any_of_its_names(pattern: str) -> None:
    found = scan(
        seen(
            agent("S1", reserved(labels=KAFKA)),
            frameworks=(framework("F1", "/prod/kafka", ended=HOUR / 2),),
            znodes=(StateNode("dcos-service-prod__kafka", 44, live=False),),
        )
    )
    chosen, protected = choose(found, Choice(protect=(pattern,)))
    assert (len(chosen), len(protected)) == (0, 1)


def test_a_list_for_every_cluster_may_name_what_is_not_here() -> None:
    found = scan(seen(agent("S1", reserved(labels=KAFKA)), frameworks=(framework("F1", ended=HOUR / 2),)))
    chosen, protected = choose(found, Choice(protect_always=("postgres*", "kafka")))
    assert (len(chosen), len(protected)) == (0, 1)
    assert len(choose(found, Choice(protect_always=("postgres*",)))[0]) == 1


def test_what_a_cleanup_would_take_by_now_and_was_not_shown_is_a_surprise() -> None:
    over = framework("F1", ended=HOUR / 2)
    shown = scan(seen(agent("S1", reserved(labels=KAFKA)), frameworks=(over,)))
    more = (reserved(labels=KAFKA), reserved("mem", 8.0, labels=LATER))
    now = scan(seen(agent("S1", *more), frameworks=(over, framework("F2", ended=60.0))))
    assert surprised(shown.found, shown) == ""
    assert "would remove it, too" in surprised(shown.found, now)


def test_what_a_view_does_not_tell_is_said_once_and_nothing_is_abandoned() -> None:
    cluster = city()
    filtered = Seen(
        snapshot(*cluster.snapshot.agents, counts=Counts(5, frameworks_inactive=0)),
        Unknown(
            Message("Marathon does not answer.", "connection refused"),
            do("Name it:", Again("-n", "http://MARATHON:8080/marathon/")),
        ),
        Unknown("ZooKeeper at 10.0.0.1:2181 does not answer"),
    )
    found = scan(filtered)
    text = told(found)
    assert found.status == Exit.CLEAN
    assert not found.of(Verdict.ABANDONED, Verdict.ZNODE_ONLY)
    assert text.count("5 hidden frameworks") == 1
    assert text.splitlines()[1:10] == [
        "Notice: Marathon could not be read, so that nothing is known of any app.",
        "  why: Marathon does not answer: connection refused.",
        "  do:  Name it:",
        "         janitor scan -n http://MARATHON:8080/marathon/",
        "Notice: ZooKeeper could not be read, so that no znode is shown.",
        "  why: ZooKeeper at 10.0.0.1:2181 does not answer",
        "Nothing is called abandoned here, since this view does not tell:",
        "  Whether its app is in Marathon.",
        "  What 5 hidden frameworks may hold: the master counts more than it shows.",
    ]
    assert text.count("Marathon does not answer") == 1
    assert found.untold[0] == "Whether its app is in Marathon: Marathon does not answer: connection refused."
    assert "janitor clean" not in text
    shown = page(found, REACH, str, scan_again)
    assert "<code>janitor scan -n http://MARATHON:8080/marathon/</code>" in shown
    assert shown.count("Marathon does not answer") == 1


def test_a_cluster_with_nothing() -> None:
    found = scan(seen(agent("S1")))
    assert found.status == Exit.CLEAN
    assert told(found).splitlines()[-1] == "Nothing is reserved, and no service has a znode."


@pytest.mark.parametrize(
    ("choice", "notices"),
    [
        (Choice(service="kafak"), ["Nothing is held by a service kafak. Did you mean kafka?"]),
        (Choice(role="kafak*"), ["Nothing is reserved for a role kafak*. Did you mean kafka-role?"]),
        (Choice(service="zzz"), ["Nothing is held by a service zzz. There are: hdfs, kafka, old."]),
        (Choice(service="/kafka", role="kafka-*"), []),
        (Choice(service="old"), ["znode dcos-service-old stays. With --znodes it is removed, too."]),
        (Choice(service="old", znodes=True), []),
        (
            Choice(service="hdfs"),
            [
                "role hdfs-role by hdfs-principal stays, since it is in use: Framework hdfs (F2) is active. "
                "App /hdfs is there, with 1 task."
            ],
        ),
    ],
)
def test_s4_a_name_that_matches_nothing_is_said_and_is_no_error(choice: Choice, notices: list[str]) -> None:
    """A second run finds nothing more of what the first one removed: that ends with 0, and still in clear words."""
    found = scan(city())
    assert list(unmatched(found, choice)) == notices
    assert bool(choose(found, choice)[0]) is (not notices)


def test_a_role_that_matches_nothing_is_said() -> None:
    text = told(scan(city()).only(role="kafak*"))
    assert "Notice: Nothing is reserved for a role kafak*. Did you mean kafka-role?" in text
    assert text.splitlines()[-1] == "Nothing matches these options; 4 other lines not shown."


def test_a_sweep_is_named_where_all_that_it_would_remove_is_shown() -> None:
    """A sweep takes other options than a scan: of a part that is shown it would remove more."""
    assert "janitor sweep" not in told(scan(city()).only(role="kafka-role"))
    assert "janitor sweep" not in told(scan(seen(agent("S1"))))


def test_names_from_the_cluster_steer_no_terminal_and_run_no_command() -> None:
    role = "x-role;reboot"
    hostile = reserved(role=role, principal="p\x1b[2J'\"", labels={"framework_id": "F9"})
    named = reserved(role="y-role", labels={"framework_id": "F\x1b[2J\nFramework forged"})
    over = framework("F9", "x\nFramework forged", role, principal="p", ended=HOUR)
    found = scan(seen(agent("S1", hostile, named), frameworks=(over,)))
    text = told(found)
    assert "\x1b" not in text
    assert not any(line.startswith("Framework forged") for line in text.splitlines())
    typed = next(line for line in text.splitlines() if "janitor clean" in line)
    assert "'x-role;reboot'" in typed


def test_who_is_disconnected_or_away_is_told_with_the_evidence() -> None:
    away = agent("S1", reserved(labels=KAFKA), active=False)
    lost = told(scan(seen(away)))
    assert "kafka, role kafka-role by kafka-principal: on agents that are away\n  All its agents are away: " in lost
    gone = told(scan(seen(agent("S1", reserved(labels=KAFKA)), frameworks=(framework("F1", active=False),))))
    assert "  Framework kafka (F1) is disconnected." in gone
    assert "    janitor status kafka -m http://10.0.0.1:5050/master/" in gone.splitlines()


def test_names_from_the_cluster_are_labels_of_metrics_and_nothing_else() -> None:
    """What a collector reads back is what the cluster has, whatever is in it."""
    names = ['a"b\\c', "line\n# EOF\njanitor_forged 1", "x{y=\"z\"}, 'q'"]
    held = [reserved(role=f"r{n}", labels={"framework_id": f"F{n}"}) for n in range(len(names))]
    over = tuple(framework(f"F{n}", name, f"r{n}", ended=HOUR) for n, name in enumerate(names))
    text = exposition(scan(seen(agent("S1", *held), frameworks=over)))
    families = {family.name: family.samples for family in text_string_to_metric_families(text)}
    assert {one.labels["service"] for one in families["janitor_reserved_cpus"]} == set(names)
    assert "janitor_forged" not in families


def test_some_lines_alone() -> None:
    found = scan(city())
    assert [one.role for one in found.only([Verdict.ABANDONED]).found] == ["kafka-role"]
    assert [one.role for one in found.only(role="h*").found] == ["hdfs-role"]
    assert found.only([Verdict.IN_USE]).status == Exit.CLEAN


@pytest.mark.parametrize(
    ("megabytes", "read"),
    [(0, "-"), (1, "1 MB"), (512.5, "512 MB"), (1536, "1.5 GB"), (999, "999 MB"), (1024 * 1024 * 3, "3 TB")],
)
def test_sizes_are_as_people_read_them(megabytes: float, read: str) -> None:
    assert size(megabytes) == read


def test_a_terminal_shows_a_few_screens_of_a_thousand_holdings_and_a_pipe_all() -> None:
    items = [
        reserved("cpus", 1.0, role=f"s{n}-role", principal="p", labels={"resource_id": "r", "framework_id": f"F{n}"})
        for n in range(1000)
    ]
    over = tuple(framework(f"F{n}", f"s{n}", f"s{n}-role", ended=HOUR / 2) for n in range(1000))
    found = scan(seen(agent("S1", *items), frameworks=over))
    whole, screens = told(found).splitlines(), told(found, 80).splitlines()
    assert sum(line.startswith("    janitor clean ") for line in whole) == 1000
    assert len(screens) < 250
    assert "and 940 more lines" in screens
    assert sum(line.startswith("    janitor clean ") for line in screens) == 20
    assert "    janitor scan | less" in screens
    assert "Abandoned: 1000 cpus on 1 agent (100 % of all cpus)" in [line[:51] for line in screens]


def test_a_sweep_of_a_thousand_holdings_names_a_few_and_counts_the_rest() -> None:
    found = scan(city()).found[0]
    gone = Outcome(Exit.CLEAN, True, True, "1.9.0", (), None)
    left = replace(gone, status=Exit.FAILED, leftovers=(Leftover("S1", "h1", "cpus:1", "busy", "wait"),))
    swept = tuple(Swept(found, outcome) for outcome in [gone] * 500 + [left] * 500)
    done = Sweep(scan(city()), (found,) * 1000, (), swept)
    shown = list(sweep_lines(done, REACH))
    assert shown.count("  and 480 more holdings (--output json names each)") == 2
    assert len(shown) < 80
    err = io.StringIO()
    Report(Channel(err, Redactor())).result(SweptUp(done, REACH))
    assert len(err.getvalue().splitlines()) < 80
    assert "and what is left of 492 more holdings (--output json names it)\n" in err.getvalue()
