"""What a cluster is held by, and whether its owner is still there: by example, and for any cluster."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from math import inf

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from janitor.dcos.marathon import App
from janitor.dcos.scheduler import Phase, Plan, Step
from janitor.holdings.holding import holdings
from janitor.holdings.judge import judge, judge_znode
from janitor.holdings.services import reservations
from janitor.holdings.verdict import Judgement, Seen, StateNode, Verdict
from janitor.mesos.cluster import Agent, Counts, Framework, Recovered, Unknown
from tests.unit.builders import (
    ELECTED,
    HOUR,
    PRINCIPAL,
    ROLE,
    Item,
    agent,
    framework,
    reserved,
    snapshot,
    static,
    volume,
)
from tests.unit.clusters import AGENT_IDS, Spec, frameworks, specs
from tests.unit.test_decide_properties import EXAMPLES

SDK = {"resource_id": "r1"}

several = settings(max_examples=2 * EXAMPLES)


def app(id: str = "/kafka", *, uninstalls: bool = False, tasks: int = 1, **labels: str) -> App:
    env = {"SDK_UNINSTALL": "true"} if uninstalls else {}
    return App(id, "./scheduler", (), None, env, labels, "1", tasks, ())


def seen(
    *agents: Agent,
    frameworks: tuple[Framework, ...] = (),
    apps: tuple[App, ...] | Unknown = (),
    znodes: tuple[StateNode, ...] | Unknown = (),
    counts: Counts | Unknown | None = None,
    age: float = HOUR,
) -> Seen:
    registered = [one for one in frameworks if not one.completed]
    active = sum(one.active for one in registered)
    told = Counts(active, frameworks_inactive=len(registered) - active) if counts is None else counts
    return Seen(snapshot(*agents, frameworks=frameworks, counts=told, age=age), apps, znodes)


def verdict(cluster: Seen, role: str = ROLE) -> Judgement:
    """On the one holding of the role."""
    (found,) = [one for one in holdings(cluster.snapshot.agents) if one.role == role]
    return judge(found, cluster)


# --- whose what is ---


def test_one_owner_on_two_agents_is_one_holding() -> None:
    (held,) = holdings(
        [
            agent("S1", reserved("cpus", 1.5), reserved("mem", 512.0), volume("v1", 500.0)),
            agent("S2", reserved("cpus", 0.5), reserved("ports", value=((1, 10),)), active=False),
        ]
    )
    assert (held.role, held.principal, held.framework_id) == (ROLE, PRINCIPAL, None)
    assert (held.amounts.cpus, held.amounts.mem_mb, held.amounts.disk_mb, held.amounts.of("ports")) == (2, 512, 500, 10)
    assert (held.amounts.items, held.amounts.volumes, held.amounts.volumes_mb) == (5, 1, 500)
    assert [(share.agent_id, share.served, share.amounts.items) for share in held.shares] == [
        ("S1", True, 3),
        ("S2", False, 2),
    ]
    assert [share.agent_id for share in held.away] == ["S2"]


def test_o3_what_names_no_framework_joins_the_only_one_that_its_principal_names() -> None:
    labelled = reserved("cpus", 1.0, labels={"framework_id": "F1"})
    (one,) = holdings([agent("S1", labelled, reserved("mem", 8.0))])
    assert (one.framework_id, one.amounts.items) == ("F1", 2)
    other = reserved("cpus", 1.0, labels={"framework_id": "F2"})
    apart = holdings([agent("S1", labelled, other, reserved("mem", 8.0))])
    assert [(found.framework_id, found.amounts.items) for found in apart] == [(None, 1), ("F1", 1), ("F2", 1)]


def test_what_an_agents_configuration_reserves_is_a_holding_of_its_own() -> None:
    fixed, made = holdings([agent("S1", static(), reserved())])
    assert (fixed.dynamic, fixed.principal, made.dynamic, made.principal) == (False, None, True, PRINCIPAL)


# --- verdicts ---

OVER = framework("F1", ended=HOUR / 2)


def test_abandoned_is_earned() -> None:
    found = verdict(seen(agent("S1", reserved(labels=SDK)), frameworks=(OVER,)))
    assert (found.verdict, found.service, found.missing) == (Verdict.ABANDONED, "kafka", ())
    assert "Framework kafka (F1) is completed." in found.evidence
    assert "Marathon has no app of it." in found.evidence


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"apps": Unknown("marathon.mesos: name or service not known")}, "marathon.mesos"),
        ({"counts": Unknown("403 Forbidden.")}, "403 Forbidden."),
        ({"counts": Counts(1, frameworks_inactive=0)}, "hidden framework"),
        ({"counts": Counts(0, frameworks_inactive=1)}, "not connected"),
        ({"counts": Counts(None)}, "does not count them"),
        ({"age": 20.0}, "will still register"),
        ({"znodes": Unknown("ZooKeeper does not answer")}, "ZooKeeper does not answer"),
        ({"znodes": (StateNode("dcos-service-kafka", 9, live=True),)}, "something is connected to it"),
        ({"znodes": (StateNode("dcos-service-kafka"),)}, "was not told"),
    ],
)
def test_what_is_not_certain_is_unknown_and_says_what_is_missing(changed: dict[str, object], told: str) -> None:
    cluster = seen(agent("S1", reserved(labels=SDK)), frameworks=(OVER,), **changed)  # type: ignore[arg-type]
    found = verdict(cluster)
    assert found.verdict is Verdict.UNKNOWN
    assert told in "\n".join(found.missing)


def test_l5_a_view_that_hides_something_is_unknown() -> None:
    hiding = agent("S1", reserved(labels=SDK), hidden={"cpus": 2.0})
    found = verdict(seen(hiding, frameworks=(OVER,)))
    assert found.verdict is Verdict.UNKNOWN
    assert "agent S1 has cpus" in found.missing[0]


def test_what_an_operator_reserved_ahead_is_unknown() -> None:
    ahead = verdict(seen(agent("S1", reserved(role="batch", principal="ops"))), "batch")
    assert ahead.verdict is Verdict.UNKNOWN
    assert "An operator may have, ahead of time." in ahead.missing[-1]
    fixed = verdict(seen(agent("S1", static(role="slave_public"))), "slave_public")
    assert fixed.verdict is Verdict.UNKNOWN
    assert "own configuration" in fixed.evidence[0]


@pytest.mark.parametrize(
    ("owner", "apps", "expected"),
    [
        (framework("F1"), (), Verdict.IN_USE),
        (framework("F1"), (app(),), Verdict.IN_USE),
        (framework("F1", active=False), (), Verdict.DISCONNECTED),
        (framework("F1"), (app(uninstalls=True),), Verdict.UNINSTALLING),
        (None, (app(uninstalls=True),), Verdict.UNINSTALLING),
        (None, (app(),), Verdict.IN_USE),
        (None, (app("/pipeline", DCOS_SERVICE_NAME="kafka"),), Verdict.IN_USE),
        (framework("F9", "spark", "spark-role", principal="spark"), (app("/spark"),), Verdict.ABANDONED),
        (framework("F9", "odd", "odd", principal="odd", holds=[reserved(labels=SDK)]), (), Verdict.IN_USE),
    ],
)
def test_who_is_still_there(owner: Framework | None, apps: tuple[App, ...], expected: Verdict) -> None:
    there = () if owner is None else (owner,)
    found = verdict(seen(agent("S1", reserved(labels=SDK)), frameworks=there, apps=apps))
    assert found.verdict is expected, found


DAY = 86400.0


@pytest.mark.parametrize(
    ("seen_last", "timeout", "until"),
    [
        (
            (ELECTED, None),
            14 * DAY,
            "14 days after that, its failover timeout: at least until 2023-11-28 22:13:20 UTC.",
        ),
        (
            (ELECTED - DAY, ELECTED),
            2 * HOUR,
            "after that, its failover timeout: at least until 2023-11-15 00:13:20 UTC.",
        ),
        ((ELECTED - DAY, None), 2 * HOUR, " for 2 hours after that, its failover timeout."),
        ((None, None), 2 * HOUR, " for 2 hours after that, its failover timeout."),
        ((ELECTED, None), 1e300, "its failover timeout."),
        ((ELECTED, None), 0.0, "is disconnected."),
    ],
)
def test_until_when_a_disconnected_framework_may_return(
    seen_last: tuple[float | None, float | None], timeout: float, until: str
) -> None:
    """A master never tells when it was disconnected: at the earliest when it registered last."""
    registered, again = seen_last
    gone = replace(
        framework("F1", active=False), registered_at=registered, reregistered_at=again, failover_timeout=timeout
    )
    found = verdict(seen(agent("S1", reserved(labels=SDK)), frameworks=(gone,)))
    assert found.verdict is Verdict.DISCONNECTED
    assert found.evidence[0].endswith(until)


def test_since_when_it_is_so_where_that_is_known() -> None:
    held = agent("S1", reserved(labels=SDK))
    lives = replace(framework("F1"), registered_at=ELECTED)
    assert verdict(seen(held, frameworks=(lives,))).since == ELECTED
    assert verdict(seen(held, frameworks=(framework("F1"),))).since is None
    assert verdict(seen(held, frameworks=(framework("F1", ended=60.0),))).since == ELECTED + HOUR - 60.0
    forgotten = replace(framework("F1"), active=False, completed_at=inf)
    assert verdict(seen(held, frameworks=(forgotten,))).since is None
    assert verdict(seen(held)).since is None


@pytest.mark.parametrize(
    ("owner", "role"),
    [(framework("F2", principal="renamed"), ROLE), (framework("F2", "shop", "prod", principal="renamed"), "prod")],
    ids=["its own role", "its name"],
)
def test_a_framework_that_has_another_account_by_now_still_owns_what_names_no_framework(
    owner: Framework, role: str
) -> None:
    """Its scheduler need not be in Marathon; between two tasks it holds nothing of it."""
    over = framework("F1", "shop", role, ended=HOUR / 2)
    found = verdict(seen(agent("S1", reserved(role=role, labels=SDK)), frameworks=(over, owner)), role)
    assert found.verdict is Verdict.IN_USE


MARATHONS = (
    framework("M1", "marathon", "slave_public", principal="dcos_marathon"),
    framework("M2", "marathon-user", "user", principal="marathon-user"),
)


@pytest.mark.parametrize("active", [True, False])
def test_what_joined_a_framework_that_is_gone_may_be_that_of_one_that_is_registered(active: bool) -> None:
    """Reservations without a label join those of F1, which is forgotten; F2 has the same role and account."""
    held = agent("S1", reserved("cpus", labels={"framework_id": "F1"}), reserved("mem"))
    found = verdict(seen(held, frameworks=(framework("F2", active=active),)))
    assert found.verdict is (Verdict.IN_USE if active else Verdict.DISCONNECTED)


def test_what_another_marathon_may_run_is_unknown() -> None:
    """Unless its framework is completed: no scheduler can ever have that id again."""
    held = agent("S1", reserved(labels=SDK))
    found = verdict(seen(held, frameworks=MARATHONS))
    assert found.verdict is Verdict.UNKNOWN
    assert "another Marathon, which was not asked: marathon-user" in found.missing[-1]
    assert verdict(seen(held, frameworks=MARATHONS[:1])).verdict is Verdict.ABANDONED
    over = seen(agent("S1", reserved(labels={"framework_id": "F1", **SDK})), frameworks=(*MARATHONS, OVER))
    assert verdict(over).verdict is Verdict.ABANDONED
    alone = judge_znode(StateNode("dcos-service-x", 3, live=False), seen(agent("S1"), frameworks=MARATHONS))
    assert alone is not None
    assert alone.verdict is Verdict.UNKNOWN


UNINSTALLS = Plan(
    "deploy",
    "IN_PROGRESS",
    "serial",
    (
        Phase("p1", "kill-tasks", "COMPLETE", "parallel", (Step("s0", "kill-task-kafka-0", "COMPLETE"),)),
        Phase("p2", "unreserve-resources", "IN_PROGRESS", "parallel", (Step("s1", "unreserve-r1", "PREPARED"),)),
    ),
)
LEFT_OF_IT = "App /kafka uninstalls itself. 1 of 2 steps is left: unreserve-r1 (PREPARED)."


@pytest.mark.parametrize(
    ("plan", "owner", "served", "told"),
    [
        (
            UNINSTALLS,
            framework("F1"),
            True,
            f"{LEFT_OF_IT} Nothing is stuck: what they wait for will be offered to its scheduler.",
        ),
        (UNINSTALLS, framework("F1", active=False), True, LEFT_OF_IT),
        (
            UNINSTALLS,
            framework("F1"),
            False,
            f"{LEFT_OF_IT} Stuck, 1 step: Agent S1 on s1.example is disconnected; it may come back.",
        ),
        (
            UNINSTALLS,
            framework("F1", holds=[reserved(labels=SDK)]),
            True,
            f"{LEFT_OF_IT} Waiting, 1 step: Agent S1 on s1.example has it, and a task of framework kafka (F1) uses it: "
            "that has to end first.",
        ),
        (
            changed(UNINSTALLS, errors=("No such agent.",), phases=UNINSTALLS.phases[1:]),
            framework("F1", active=False),
            True,
            "App /kafka uninstalls itself. 1 of 1 step is left: unreserve-r1 (PREPARED). Errors of its plan: No such "
            "agent.",
        ),
        (
            changed(UNINSTALLS, status="COMPLETE", phases=UNINSTALLS.phases[:1]),
            framework("F1"),
            True,
            "App /kafka uninstalls itself. Its plan is COMPLETE.",
        ),
        (
            Unknown("502 Bad Gateway."),
            framework("F1"),
            True,
            "App /kafka uninstalls itself. Its scheduler does not tell its plan: 502 Bad Gateway.",
        ),
    ],
    ids=["moves", "nobody is offered it", "away", "a task", "errors", "done", "untold"],
)
def test_whether_an_uninstall_moves_and_what_is_stuck(
    plan: Plan | Unknown, owner: Framework, served: bool, told: str
) -> None:
    cluster = seen(agent("S1", reserved(labels=SDK), active=served), frameworks=(owner,), apps=(app(uninstalls=True),))
    found = verdict(replace(cluster, plans={"/kafka": plan}))
    assert (found.verdict, found.evidence[-1]) == (Verdict.UNINSTALLING, told)


def test_an_app_that_is_started_with_the_role_may_own_it() -> None:
    """A framework without a failover timeout is completed whenever its scheduler restarts."""
    over = framework("F1", "own", "special", principal="own", ended=20.0)
    started = replace(app("/scheduler"), args=("--role=special",))
    found = verdict(
        seen(agent("S1", reserved(role="special", principal="own")), frameworks=(over,), apps=(started,)), "special"
    )
    assert found.verdict is Verdict.UNKNOWN
    assert "app /scheduler" in found.missing[-1]


def test_l6_agents_that_are_to_register_may_know_more_frameworks() -> None:
    cluster = seen(agent("S1", reserved(labels=SDK)), frameworks=(OVER,))
    waits = replace(cluster, snapshot=replace(cluster.snapshot, recovered=(Recovered("S2", "s2.example"),)))
    found = verdict(waits)
    assert (found.verdict, "use 1 agent that did not register" in found.missing[0]) == (Verdict.UNKNOWN, True)


def test_a_sparks_dispatcher_may_be_called_otherwise_than_its_znode() -> None:
    node = StateNode("spark_mesos_dispatcher", 3, live=False)
    by_hand = framework("D1", "Spark Cluster", "spark", principal="spark")
    started = replace(app("/jobs"), cmd="dispatcher --dir /spark_mesos_dispatcher")
    for cluster in (seen(agent("S1"), frameworks=(by_hand,)), seen(agent("S1"), apps=(started,))):
        found = judge_znode(node, cluster)
        assert found is not None
        assert found.verdict is Verdict.UNKNOWN


def test_what_is_left_of_an_earlier_life_is_abandoned_beside_the_new_one() -> None:
    """The reservations name a framework that is over; the app of the same name has another one."""
    old = reserved(labels={"framework_id": "F1", **SDK})
    found = verdict(seen(agent("S1", old), frameworks=(OVER, framework("F2")), apps=(app(),)))
    assert found.verdict is Verdict.ABANDONED


@pytest.mark.parametrize(
    ("labels", "known", "forgotten"),
    [({}, Verdict.ABANDONED, Verdict.ABANDONED), ({"DCOS_COMMONS_API_VERSION": "v1"}, Verdict.IN_USE, Verdict.UNKNOWN)],
    ids=["any app", "a scheduler"],
)
def test_a_scheduler_without_a_framework_may_be_that_of_one_that_is_over(
    labels: dict[str, str], known: Verdict, forgotten: Verdict
) -> None:
    """A master forgets frameworks that are over: what it no longer tells never makes more of it abandoned."""
    held = agent("S1", reserved(role="data-role", labels={"framework_id": "F1", **SDK}))
    over = framework("F1", "pipeline", "data-role", ended=HOUR / 2)
    apps = (replace(app("/pipeline"), labels=labels),)
    assert verdict(seen(held, frameworks=(over,), apps=apps), "data-role").verdict is known
    told = verdict(seen(held, apps=apps), "data-role")
    assert told.verdict is forgotten
    assert ("app /pipeline" in "".join(told.missing)) is (forgotten is Verdict.UNKNOWN)


def test_marathons_own_reservations_are_its_apps() -> None:
    labels = {"marathon_framework_id": "M1", "marathon_task_id": "prod_db.5ac6-1"}
    held = reserved(role="slave_public", principal="marathon", labels=labels)
    there = verdict(seen(agent("S1", held), apps=(app("/prod/db"),)), "slave_public")
    assert (there.verdict, there.service) == (Verdict.IN_USE, "prod/db")
    gone = verdict(seen(agent("S1", held)), "slave_public")
    assert (gone.verdict, gone.service) == (Verdict.ABANDONED, "prod/db")
    assert "Marathon reserved it for prod_db.5ac6-1." in gone.evidence


def test_of_more_of_marathons_tasks_than_are_looked_at_nothing_is_called_abandoned() -> None:
    """One of the others may be of an app that is there."""
    over = framework("M1", "marathon", "slave_public", principal="marathon", ended=HOUR / 2)

    def held(count: int) -> Judgement:
        items = [
            reserved(
                role="slave_public",
                principal="marathon",
                labels={"marathon_framework_id": "M1", "marathon_task_id": f"db{n}.5ac6"},
            )
            for n in range(count)
        ]
        return verdict(seen(agent("S1", *items), frameworks=(over,), apps=(app("/other"),)), "slave_public")

    assert held(99).verdict is Verdict.ABANDONED
    assert held(101).verdict is Verdict.UNKNOWN
    assert "only 100 of its tasks" in held(101).missing[-1]


@pytest.mark.parametrize(
    ("role", "expected"), [("kafka-role", Verdict.IN_USE), ("prod", Verdict.UNKNOWN)], ids=["its own", "shared"]
)
def test_an_app_that_has_another_account_by_now_still_owns_its_own_role(role: str, expected: Verdict) -> None:
    """A role of another form may be a group's: there the account tells, and what has another one is not this app's."""
    moved = replace(app("/pipeline"), env={"FRAMEWORK_ROLE": role, "FRAMEWORK_PRINCIPAL": "renamed"})
    assert verdict(seen(agent("S1", reserved(role=role, labels=SDK)), apps=(moved,)), role).verdict is expected


def test_l6_agents_that_are_away_come_before_abandoned() -> None:
    away = verdict(seen(agent("S1", reserved(labels=SDK), active=False), frameworks=(OVER,)))
    assert away.verdict is Verdict.AGENTS_AWAY
    one_of_two = verdict(
        seen(agent("S1", reserved(labels=SDK), active=False), agent("S2", reserved(labels=SDK)), frameworks=(OVER,))
    )
    assert one_of_two.verdict is Verdict.ABANDONED


def test_a_znode_without_an_owner() -> None:
    node = StateNode("dcos-service-prod__kafka", 12, live=False)
    alone = judge_znode(node, seen(agent("S1")))
    assert alone is not None
    assert (alone.verdict, alone.service) == (Verdict.ZNODE_ONLY, "prod/kafka")
    owned = judge_znode(node, seen(agent("S1"), apps=(app("/prod/kafka"),)))
    assert owned is not None
    assert owned.verdict is Verdict.IN_USE
    registered = judge_znode(node, seen(agent("S1"), frameworks=(framework("F1", "prod/kafka", active=False),)))
    assert registered is not None
    assert registered.verdict is Verdict.DISCONNECTED
    unsure = judge_znode(node, seen(agent("S1"), apps=Unknown("no Marathon")))
    assert unsure is not None
    assert (unsure.verdict, "no Marathon" in unsure.missing[0]) == (Verdict.UNKNOWN, True)
    assert judge_znode(node, seen(agent("S1")), {node.path}) is None
    assert judge_znode(StateNode("mesos", 3, live=False), seen(agent("S1"))) is None


# --- any cluster ---


def amount(item: Item) -> int:
    """How much, in thousandths: of ranges and sets the number of their members."""
    if isinstance(item.value, tuple):
        ports = {port for low, high in item.value for port in range(low, high + 1)}
        return 1000 * len(ports)
    if isinstance(item.value, frozenset):
        return 1000 * len(item.value)
    return int(item.value * 1000 + 0.5)


def owner(item: Item) -> tuple[str, str | None, bool]:
    """Whose it is by rule S1, the framework aside."""
    top = item.stack[-1]
    by = item.volume_principal if top.type == "STATIC" else top.principal
    return item.role, by, top.type == "DYNAMIC"


CLUSTERS = st.lists(st.sampled_from(AGENT_IDS), unique=True, max_size=3).flatmap(
    lambda ids: st.tuples(*(specs(id) for id in ids))
)


@several
@given(CLUSTERS)
def test_every_item_is_in_one_holding_and_amounts_add_up(cluster: tuple[Spec, ...]) -> None:
    found = holdings([spec.shown() for spec in cluster])
    for spec in cluster:
        there = Counter(owner(item) for item in spec.items)
        counted: Counter[tuple[str, str | None, bool]] = Counter()
        sums: Counter[str] = Counter()
        for holding in found:
            for share in holding.shares:
                if share.agent_id == spec.id:
                    counted[holding.role, holding.principal, holding.dynamic] += share.amounts.items
                    sums.update(share.amounts.thousandths)
        assert counted == there
        expected: Counter[str] = Counter()
        for item in spec.items:
            expected[item.name] += amount(item)
        assert {name: much for name, much in sums.items() if much} == {n: much for n, much in expected.items() if much}


def says(item: Item) -> tuple[str, str | None, bool, str | None]:
    """Whose it is, and the framework that its own reservation names."""
    labels = item.stack[-1].labels
    named = next(
        (value for wanted in ("framework_id", "marathon_framework_id") for key, value in labels if key == wanted), None
    )
    return (*owner(item), named)


@several
@given(CLUSTERS)
def test_o3_the_parts_of_a_holding_say_the_same_of_one_owner_or_nothing(cluster: tuple[Spec, ...]) -> None:
    """What a holding joins is told apart all the same: an uninstall goes by what each reservation says itself."""
    found = holdings([spec.shown() for spec in cluster])
    counted: Counter[tuple[str, str | None, bool, str | None]] = Counter()
    for holding in found:
        for part in holding.parts:
            assert (part.role, part.principal) == (holding.role, holding.principal)
            assert part.framework_id in (holding.framework_id, None)
            counted[part.role, part.principal, holding.dynamic, part.framework_id] += part.items
        assert sum(part.items for part in holding.parts) == holding.amounts.items
    assert counted == Counter(says(item) for spec in cluster for item in spec.items)
    dynamic = Counter(says(item) for spec in cluster for item in spec.items if owner(item)[2])
    told = {
        (one.role, one.principal, True, one.framework_id): one.items
        for one in reservations([s.shown() for s in cluster])
    }
    assert told == dynamic


APPS = st.lists(
    st.builds(app, st.sampled_from(["/kafka", "/other", "/prod/kafka"]), uninstalls=st.booleans()), max_size=2
).map(tuple)
ZNODES = st.lists(
    st.builds(
        StateNode,
        st.sampled_from(["dcos-service-kafka", "dcos-service-other", "spark_mesos_dispatcher"]),
        st.just(3),
        st.sampled_from([False, True, None]),
    ),
    max_size=2,
).map(tuple)


def without_apps(cluster: Seen) -> Seen:
    return replace(cluster, apps=Unknown("not readable"))


def without_znodes(cluster: Seen) -> Seen:
    return replace(cluster, znodes=Unknown("not readable"))


def without_counts(cluster: Seen) -> Seen:
    return replace(cluster, snapshot=replace(cluster.snapshot, counts=Unknown("not readable")))


def without_a_framework(cluster: Seen) -> Seen:
    """One that is registered is hidden; the master counts it all the same."""
    shown = list(cluster.snapshot.frameworks)
    hidden = next((one for one in shown if not one.completed), None)
    if hidden is not None:
        shown.remove(hidden)
    return replace(cluster, snapshot=replace(cluster.snapshot, frameworks=tuple(shown)))


def without_completed(cluster: Seen) -> Seen:
    shown = tuple(one for one in cluster.snapshot.frameworks if not one.completed)
    return replace(cluster, snapshot=replace(cluster.snapshot, frameworks=shown))


def younger(cluster: Seen) -> Seen:
    return seen(
        *cluster.snapshot.agents,
        frameworks=cluster.snapshot.frameworks,
        apps=cluster.apps,
        znodes=cluster.znodes,
        age=5.0,
    )


@several
@given(
    CLUSTERS,
    st.lists(frameworks(), max_size=2, unique_by=lambda one: one.id).map(tuple),
    APPS,
    ZNODES,
    st.sampled_from([without_apps, without_znodes, without_counts, without_a_framework, without_completed, younger]),
)
def test_less_knowledge_makes_nothing_abandoned(
    agents: tuple[Spec, ...],
    owners: tuple[Framework, ...],
    apps: tuple[App, ...],
    znodes: tuple[StateNode, ...],
    less: Callable[[Seen], Seen],
) -> None:
    cluster = seen(*(spec.shown() for spec in agents), frameworks=owners, apps=apps, znodes=znodes)
    poorer = less(cluster)
    gone = {Verdict.ABANDONED, Verdict.ZNODE_ONLY}
    for holding in holdings(cluster.snapshot.agents):
        if judge(holding, poorer).verdict in gone:
            assert judge(holding, cluster).verdict in gone
    for node in znodes:
        before, after = judge_znode(node, cluster, []), judge_znode(node, poorer)
        assert before is not None
        assert after is not None
        if after.verdict in gone:
            assert before.verdict in gone


def test_what_the_view_does_not_tell_is_worked_out_once_for_all_holdings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten thousand agents are not gone over again for each of a thousand holdings."""
    asked: Counter[str] = Counter()
    hidden = Agent.hidden
    monkeypatch.setattr(Agent, "hidden", lambda one: asked.update([one.id]) or hidden(one))
    items = [reserved(role=f"s{n}-role", principal=f"s{n}", labels=SDK) for n in range(20)]
    cluster = seen(agent("S1", *items), agent("S2", *items))
    assert {judge(one, cluster).verdict for one in holdings(cluster.snapshot.agents)} == {Verdict.ABANDONED}
    assert asked == {"S1": 1, "S2": 1}
