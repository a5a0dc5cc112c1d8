"""What must be settled before anything is written (rules L4, L5, O2, O4, S4, Z2), one guard at a time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from janitor.cleanup.awaited import Awaited
from janitor.cleanup.case import Case
from janitor.cleanup.filtered import filtered_frameworks, filtered_reservations, uncounted_agents
from janitor.cleanup.guards import GUARDS, first_objection, likely_typo, live_owner, settled_leader, unshared_role
from janitor.cleanup.inventory import Inventory
from janitor.cleanup.job import Job
from janitor.cleanup.memory import Memory
from janitor.cleanup.objection import Objection
from janitor.cleanup.outcome import Blocked
from janitor.cleanup.znodeguards import live_znode, right_ensemble
from janitor.errors import Unreadable
from janitor.mesos.cluster import Counts, Framework, Unknown
from janitor.rules import Override
from tests.unit.builders import (
    HOUR,
    ZNODE,
    agent,
    case,
    framework,
    job,
    look,
    reserved,
    snapshot,
    static,
    volume,
    znode_view,
)

Guard = Callable[[Case], Objection]
WITH_ZNODE = job(znode=ZNODE)


def ask(guard: Guard, inventory: Inventory, asked: Job, before: Memory | None = None) -> Objection:
    """What one guard says of a look, with the memory that this look makes."""
    return guard(case(inventory, asked, before))


def refusal(verdict: Objection) -> tuple[str, int, str | None] | None:
    """(rule, status, override) of a refusal, None for "go on"."""
    assert not isinstance(verdict, Awaited), verdict
    return None if verdict is None else (verdict.rule.code, verdict.status, verdict.override)


# --- L5: a filtered view ----------

HIDDEN = {"cpus": 2.0}


@pytest.mark.parametrize(
    ("inventory", "asked", "blocked"),
    [
        (look(snapshot(agent("S1", hidden=HIDDEN))), job(), True),
        (look(snapshot(agent("S1"), agent("S2", reserved(role="other"), hidden=HIDDEN))), job(), True),
        (look(snapshot(agent("S1"))), job(), False),
        (look(snapshot(agent("S1", reserved()), agent("S2", hidden=HIDDEN))), job(), False),
        (look(snapshot(agent("S1", reserved(principal="x")), agent("S2", hidden=HIDDEN))), job(), False),
        (look(snapshot(agent("S1", static()), agent("S2", hidden=HIDDEN))), job(), False),
        (look(snapshot(agent("S1", hidden=HIDDEN))), job("*"), False),
        (look(snapshot(agent("S1", hidden=HIDDEN))), job("*", znode=ZNODE), True),
        (look(snapshot(agent("S1", hidden=HIDDEN))), job(None, None, znode=ZNODE), True),
        (look(snapshot(agent("S1", reserved(), hidden=HIDDEN))), job(None, None, znode=ZNODE), False),
        (look(snapshot(agent("S1", hidden=HIDDEN))), job(None, None, znode="kafka"), False),
        (look(snapshot(agent("S1", reserved(), hidden=HIDDEN))), job(znode=ZNODE), False),
        (look(snapshot(agent("S1", reserved(), hidden=HIDDEN))), job(znode="dcos-service-hdfs"), True),
        (look(snapshot(agent("S1", hidden={"ports": "[1-9]"}))), job(), True),
        (look(snapshot(agent("S1", hidden={"racks": "{a}"}))), job(), True),
    ],
    ids=["nothing visible", "another role visible", "nothing hidden", "the role visible", "another principal visible",
         "static visible", "star", "star and a service znode", "service znode", "service znode, its role visible",
         "a znode of no service", "the role and its own znode", "the role and another service's znode",
         "hidden ranges", "hidden sets"],
)  # fmt: skip
def test_l5_when_something_is_hidden_and_nothing_of_the_role_is_visible_it_cannot_be_told(
    inventory: Inventory, asked: Job, blocked: bool
) -> None:
    expected = ("L5", 5, "filtered-view") if blocked else None
    assert refusal(ask(filtered_reservations, inventory, asked)) == expected


def test_l5_an_empty_list_of_the_role_is_nothing_visible() -> None:
    one = replace(agent("S1", hidden=HIDDEN), reserved={"kafka-role": msgspec.Raw(b"[]")})
    assert refusal(ask(filtered_reservations, look(snapshot(one)), job())) == ("L5", 5, "filtered-view")


def test_l5_the_role_stays_visible_for_the_run_that_saw_it() -> None:
    before = Memory().after_look(look(snapshot(agent("S1", reserved()))), job())
    cleaned = look(snapshot(agent("S1"), agent("S2", hidden=HIDDEN)))
    assert ask(filtered_reservations, cleaned, job(), before) is None


def test_l5_the_message_says_what_is_hidden_and_which_permission_it_may_be() -> None:
    verdict = ask(filtered_reservations, look(snapshot(agent("S1", hidden=HIDDEN))), job())
    assert isinstance(verdict, Blocked)
    assert "cpus:2" in verdict.message
    assert "S1" in verdict.message
    assert verdict.remedy is not None
    assert "dcos:mesos:master:framework:role:kafka-role" in verdict.remedy


def _counted(more: int) -> Inventory:
    """A look in which the master counts so many more active frameworks than it shows."""
    shown = [framework("F5", "x", "other"), framework("F6", "y", "other", active=False)]
    return look(snapshot(agent("S1", reserved()), frameworks=shown, counts=1 + more))


def test_l5_a_difference_of_frameworks_counts_when_it_stays_in_three_looks() -> None:
    memory = Memory()
    seen: list[str] = []
    for more in (1, 1, 0, 1, 1, 1):
        verdict = ask(filtered_frameworks, _counted(more), job(), memory)
        memory = memory.after_look(_counted(more), job())
        seen.append("go on" if verdict is None else type(verdict).__name__)
    assert seen == ["Awaited", "Awaited", "go on", "Awaited", "Awaited", "Blocked"]
    assert refusal(filtered_frameworks(Case(_counted(1), job(), memory))) == ("L5", 5, "filtered-view")


def test_l5_a_look_without_the_metrics_changes_nothing_about_the_difference() -> None:
    light = replace(_counted(1), snapshot=replace(_counted(1).snapshot, counts=None))
    memory = Memory().after_look(_counted(1), job())
    assert memory.after_look(light, job()).hidden_looks == memory.hidden_looks == 1
    assert Memory().after_look(light, job()).hidden_looks == 0


def test_l5_more_frameworks_shown_than_counted_are_no_difference() -> None:
    assert ask(filtered_frameworks, _counted(-1), job()) is None


@pytest.mark.parametrize(
    ("asked", "blocked"), [(job(), True), (job(principal="absent"), False), (job(principal="absent", znode="x"), True)]
)
def test_l5_metrics_that_cannot_be_read_matter_where_the_absence_of_an_owner_would_be_evidence(
    asked: Job, blocked: bool
) -> None:
    inventory = look(snapshot(agent("S1", reserved()), counts=Unknown("403 Forbidden.")))
    expected = ("L5", 5, "filtered-view") if blocked else None
    assert refusal(ask(filtered_frameworks, inventory, asked)) == expected


# --- O2: absence is evidence only after 60 s ----------


@pytest.mark.parametrize(
    ("age", "waits"), [(0.0, True), (59.9, True), (60.0, False), (HOUR, False), (None, True)]
)  # fmt: skip
def test_o2_a_leader_younger_than_a_minute_is_waited_for(age: float | None, waits: bool) -> None:
    verdict = ask(settled_leader, look(snapshot(agent("S1", reserved()), age=age)), job())
    assert isinstance(verdict, Awaited) is waits


def test_o2_the_wait_is_for_what_is_left_of_the_minute() -> None:
    verdict = ask(settled_leader, look(snapshot(agent("S1", reserved()), age=45.0)), job())
    assert isinstance(verdict, Awaited)
    assert verdict.at_most == pytest.approx(15.0)


@pytest.mark.parametrize(("later", "waits"), [(59.0, True), (60.0, False)])
def test_o2_where_no_age_is_known_the_run_itself_sees_the_leader_lead_for_a_minute(later: float, waits: bool) -> None:
    seen = snapshot(agent("S1", reserved()), age=None, dated=False)
    before = Memory().after_look(look(seen, now=1000.0), job())
    verdict = ask(settled_leader, look(seen, now=1000.0 + later), job(), before)
    assert isinstance(verdict, Awaited) is waits


def test_o2_another_leader_starts_the_minute_again() -> None:
    before = Memory().after_look(look(snapshot(agent("S1", reserved()), age=None), now=0.0), job())
    other = look(snapshot(agent("S1", reserved()), age=None, leader="M2"), now=90.0)
    assert isinstance(ask(settled_leader, other, job(), before), Awaited)


@pytest.mark.parametrize(
    ("inventory", "convinced"),
    [
        (look(snapshot(agent("S1", reserved()), age=5.0), apps=frozenset()), True),
        (look(snapshot(agent("S1", reserved()), age=5.0), apps=frozenset({"kafka"})), False),
        (look(snapshot(agent("S1", reserved()), age=5.0), apps=Unknown("503")), False),
        (look(snapshot(agent("S1", reserved()), age=5.0), znode=znode_view()), True),
        (look(snapshot(agent("S1", reserved()), age=5.0), znode=znode_view(ephemerals=("/x/lock/1",))), False),
        (look(snapshot(agent("S1", reserved()), age=5.0), znode=znode_view(unread=("/x/lock",))), False),
        (look(snapshot(agent("S1", reserved()), age=5.0), znode=znode_view(exists=False)), False),
        (look(snapshot(agent("S1", reserved()), age=5.0), znode=Unknown("no ZooKeeper")), False),
        (
            look(snapshot(agent("S1", reserved()), age=5.0), znode=znode_view(), apps=frozenset({"kafka"})),
            False,
        ),
    ],
    ids=["no such app", "the app is there", "Marathon unknown", "no ephemeral", "an ephemeral", "unread", "no znode",
         "ZooKeeper unknown", "an app, although no ephemeral"],
)  # fmt: skip
def test_o2_marathon_or_the_znode_may_convince_and_what_is_unknown_does_not(
    inventory: Inventory, convinced: bool
) -> None:
    assert (ask(settled_leader, inventory, WITH_ZNODE) is None) is convinced


@pytest.mark.parametrize(
    ("role", "znode", "convinced"),
    [
        ("kafka-role", "dcos-service-kafka", True),
        ("slave_public/kafka-role", "dcos-service-kafka", True),
        ("kafka-role", "dcos-service-cassandra", False),
        ("kafka-role", "spark_mesos_dispatcher", False),
        ("spark-role", "spark_mesos_dispatcher", True),
        ("kafka-role", "something", True),
        (None, "dcos-service-cassandra", True),
    ],
)
def test_o2_the_znode_of_another_service_tells_nothing_of_the_role(
    role: str | None, znode: str, convinced: bool
) -> None:
    asked = job(role, znode=znode)
    seen = snapshot(agent("S1", reserved(role=role or "kafka-role")), age=5.0)
    inventory = look(seen, znode=znode_view(path=f"/{znode}"))
    assert (ask(settled_leader, inventory, asked) is None) is convinced


@pytest.mark.parametrize(
    ("asked", "waits"),
    [
        (job("other-role"), False),
        (job("other-role", znode="x"), True),
        (job(principal="typo"), True),
        (job(), True),
    ],
    ids=["nothing is selected", "a znode is", "a likely typo, where owners matter", "something is selected"],
)
def test_o2_nothing_is_waited_for_where_no_absence_is_used(asked: Job, waits: bool) -> None:
    verdict = ask(settled_leader, look(snapshot(agent("S1", reserved()), age=5.0)), asked)
    assert isinstance(verdict, Awaited) is waits


# --- O4: a live znode ----------


@pytest.mark.parametrize(
    ("alive", "path", "blocked"),
    [
        (framework("F1", "kafka", "x"), "/dcos-service-kafka", True),
        (framework("F1", "/kafka", "x"), "/dcos-service-kafka", True),
        (framework("F1", "/a/b", "x"), "/dcos-service-a__b", True),
        (framework("F1", "a/b", "x"), "/dcos-service-a__b", True),
        (framework("F1", "a__b", "x"), "/dcos-service-a__b", True),
        (framework("F1", "kafka", "x"), "/chroot/dcos-service-kafka", True),
        (framework("F1", "a__b/c", "x"), "/dcos-service-a__b__c", True),
        (framework("F1", "kafka", "x"), "/dcos-service-kafka/Tasks", True),
        (framework("F1", "spark", "*"), "/spark_mesos_dispatcher", True),
        (framework("F1", "/path/to/spark", "*"), "/spark_mesos_dispatcher__path_to_spark", True),
        (framework("F1", "marathon-user", "*"), "/universe/marathon-user", True),
        (framework("F1", "spark", "*"), "/spark_mesos_dispatcher_s2", False),
        (framework("F1", "kafka2", "x"), "/dcos-service-kafka", False),
        (framework("F1", "kafka", "x"), "/kafka", False),
        (framework("F1", "kafka", "x", active=False), "/dcos-service-kafka", False),
        (framework("F1", "kafka", "x", ended=3.0), "/dcos-service-kafka", False),
        (replace(framework("F1", "kafka", "x", ended=3.0), active=True), "/dcos-service-kafka", False),
    ],
)
def test_o4_an_active_framework_of_the_znodes_name_lives(alive: Framework, path: str, blocked: bool) -> None:
    inventory = look(snapshot(frameworks=[alive]), znode=znode_view(path=path))
    assert refusal(ask(live_znode, inventory, WITH_ZNODE)) == (("O4", 6, "live-znode") if blocked else None)


def test_o4_an_ephemeral_is_waited_out_for_a_session_timeout_and_then_refused() -> None:
    memory = Memory()
    seen: list[str] = []
    for at in (0.0, 30.0, 59.9, 60.0):
        inventory = look(snapshot(), now=at, znode=znode_view(ephemerals=("/x/lock/1",), at=at))
        verdict = ask(live_znode, inventory, WITH_ZNODE, memory)
        memory = memory.after_look(inventory, WITH_ZNODE)
        seen.append(type(verdict).__name__)
    assert seen == ["Awaited", "Awaited", "Awaited", "Blocked"]
    assert refusal(live_znode(Case(inventory, WITH_ZNODE, memory))) == ("O4", 6, "live-znode")


def test_o4_an_ephemeral_that_ended_lets_the_run_go_on_and_a_later_one_starts_again() -> None:
    memory = Memory()
    seen: list[str] = []
    for at, ephemerals in ((0.0, ("/x/lock/1",)), (50.0, ()), (70.0, ("/x/lock/2",))):
        inventory = look(snapshot(), now=at, znode=znode_view(ephemerals=ephemerals, at=at))
        verdict = ask(live_znode, inventory, WITH_ZNODE, memory)
        memory = memory.after_look(inventory, WITH_ZNODE)
        seen.append("go on" if verdict is None else type(verdict).__name__)
    assert seen == ["Awaited", "go on", "Awaited"]


def test_o4_an_active_framework_of_the_name_is_not_waited_out() -> None:
    inventory = look(snapshot(frameworks=[framework()]), znode=znode_view(ephemerals=("/x/lock/1",)))
    assert refusal(ask(live_znode, inventory, WITH_ZNODE)) == ("O4", 6, "live-znode")


def test_o4_what_cannot_be_read_below_the_znode_stops_the_run() -> None:
    verdict = ask(live_znode, look(snapshot(), znode=znode_view(unread=("/x/lock",))), WITH_ZNODE)
    assert refusal(verdict) == ("O4", 5, "live-znode")


def test_o4_more_than_can_be_looked_at_through_exhibitor_stops_the_run() -> None:
    view = znode_view(unread=("/x",))
    inventory = look(snapshot(), znode=replace(view, znode=replace(view.znode, too_many=1000)))
    verdict = ask(live_znode, inventory, WITH_ZNODE)
    assert refusal(verdict) == ("O4", 5, "live-znode")
    assert isinstance(verdict, Blocked)
    assert "more than 1000 znodes" in verdict.message
    assert "--zookeeper" in str(verdict.remedy)


@pytest.mark.parametrize("overrides", [[], ["live-znode"]])
def test_l4_a_zookeeper_that_cannot_be_read_stops_the_run_whatever_is_overridden(overrides: list[Override]) -> None:
    inventory = look(snapshot(), znode=Unknown("ZooKeeper at 10.0.0.1:2181 did not answer."))
    verdict = ask(live_znode, inventory, job(znode=ZNODE, overrides=overrides))
    assert refusal(verdict) == ("L4", 5, None)


def test_o4_without_a_znode_nothing_is_asked() -> None:
    assert ask(live_znode, look(snapshot(frameworks=[framework()])), job()) is None


# --- Z2: the right ensemble ----------


def test_z2_an_ensemble_of_another_leader_is_looked_at_again_and_then_refused() -> None:
    memory = Memory()
    seen: list[str] = []
    for master_id in ("M9", "M9", "M1", "M9", "M9", "M9"):
        inventory = look(snapshot(), znode=znode_view(master_id=master_id))
        verdict = ask(right_ensemble, inventory, WITH_ZNODE, memory)
        memory = memory.after_look(inventory, WITH_ZNODE)
        seen.append("go on" if verdict is None else type(verdict).__name__)
    assert seen == ["Awaited", "Awaited", "go on", "Awaited", "Awaited", "Blocked"]
    assert refusal(right_ensemble(Case(inventory, WITH_ZNODE, memory))) == ("Z2", 6, None)


@pytest.mark.parametrize("master_id", [None, "M1"])
def test_z2_an_ensemble_that_names_no_leader_or_this_one_is_right(master_id: str | None) -> None:
    assert ask(right_ensemble, look(snapshot(), znode=znode_view(master_id=master_id)), WITH_ZNODE) is None


def test_z2_where_masters_should_be_registered_and_none_is_the_ensemble_is_another_ones() -> None:
    memory = Memory()
    seen: list[str] = []
    for master_id in (None, "M1", None, None, None):
        inventory = look(snapshot(), znode=replace(znode_view(master_id=master_id), expected=True))
        verdict = ask(right_ensemble, inventory, WITH_ZNODE, memory)
        memory = memory.after_look(inventory, WITH_ZNODE)
        seen.append("go on" if verdict is None else type(verdict).__name__)
    assert seen == ["Awaited", "go on", "Awaited", "Awaited", "Blocked"]
    verdict = right_ensemble(Case(inventory, WITH_ZNODE, memory))
    assert refusal(verdict) == ("Z2", 6, None)
    assert isinstance(verdict, Blocked)
    assert "none is registered" in verdict.message


def test_z2_what_the_ensemble_says_is_told_in_bounded_words() -> None:
    memory = Memory()
    for _ in range(3):
        inventory = look(snapshot(), znode=znode_view(master_id="M\n9" * 10_000))
        memory = memory.after_look(inventory, WITH_ZNODE)
    verdict = right_ensemble(Case(inventory, WITH_ZNODE, memory))
    assert isinstance(verdict, Blocked)
    assert len(verdict.message) < 1000
    assert "\n" not in verdict.message


# --- O5 and the order ----------

LIVE = look(snapshot(agent("S1", reserved()), frameworks=[framework()]), znode=znode_view())
TWO_OWNERS = look(snapshot(agent("S1", reserved(), reserved("mem", principal="x"))))


@pytest.mark.parametrize(
    ("override", "guard", "inventory", "asked"),
    [
        ("live-owner", live_owner, LIVE, job()),
        ("shared-role", unshared_role, TWO_OWNERS, job(principal=None)),
        ("live-znode", live_znode, LIVE, WITH_ZNODE),
        (
            "live-znode",
            live_znode,
            look(snapshot(), znode=znode_view(unread=("/x/lock",))),
            WITH_ZNODE,
        ),
        ("filtered-view", filtered_reservations, look(snapshot(agent("S1", hidden=HIDDEN))), job()),
        (
            "filtered-view",
            filtered_frameworks,
            look(snapshot(agent("S1", reserved()), counts=Unknown("403"))),
            job(),
        ),
    ],
)
def test_o5_each_override_lifts_its_own_refusal_and_no_other_one_does(
    override: Override, guard: Guard, inventory: Inventory, asked: Job
) -> None:
    others: set[Override] = {"live-owner", "shared-role", "live-znode", "filtered-view"}
    others.discard(override)
    verdict = ask(guard, inventory, replace(asked, overrides=frozenset(others)))
    assert isinstance(verdict, Blocked)
    assert verdict.override == override
    assert ask(guard, inventory, replace(asked, overrides=frozenset({override}))) is None


def test_o5_nothing_lifts_a_likely_typo_or_another_clusters_ensemble() -> None:
    every: list[Override] = ["live-owner", "shared-role", "live-znode", "filtered-view"]
    typo = job(principal="typo", overrides=every)
    assert isinstance(ask(likely_typo, look(snapshot(agent("S1", reserved()))), typo), Blocked)
    foreign = look(snapshot(), znode=znode_view(master_id="M9"))
    asked = job(znode=ZNODE, overrides=every)
    memory = Memory().after_look(foreign, asked).after_look(foreign, asked)
    assert isinstance(ask(right_ensemble, foreign, asked, memory), Blocked)


def test_every_guard_lets_a_plain_cluster_pass() -> None:
    inventory = look(snapshot(agent("S1", reserved(), volume()), agent("S2")), znode=znode_view())
    assert ask(first_objection, inventory, WITH_ZNODE) is None
    assert len(GUARDS) == len(set(GUARDS)) == 9


def test_a_live_owner_is_told_before_a_young_leader_is_waited_for() -> None:
    inventory = look(snapshot(agent("S1", reserved()), frameworks=[framework()], age=1.0))
    assert refusal(ask(first_objection, inventory, job())) == ("O1", 6, "live-owner")


def test_l4_a_number_of_frameworks_that_the_master_does_not_tell_is_unknown() -> None:
    inventory = look(snapshot(agent("S1", reserved()), counts=Counts(None, 0, 1)))
    assert refusal(ask(filtered_frameworks, inventory, job())) == ("L5", 5, "filtered-view")


def test_l6_agents_that_are_counted_and_not_shown_are_waited_for_in_three_looks() -> None:
    short = look(snapshot(agent("S1", reserved()), roll=Unknown("403"), active_count=2))
    memory, seen = Memory(), list[bool]()
    for _ in range(4):
        memory = memory.after_look(short, job())
        seen.append(isinstance(uncounted_agents(Case(short, job(), memory)), Awaited))
    assert seen == [True, True, False, False]


def test_l4_what_a_framework_holds_matters_only_where_something_is_selected() -> None:
    odd = replace(framework("F9", "x", "other"), allocated_raw=b'[{"name":"caf\xe9"}]')
    ended = replace(framework("F8", "y", "other", ended=5000.0), allocated_raw=b"5")
    assert ask(live_owner, look(snapshot(agent("S1"), frameworks=[odd, ended])), job()) is None
    assert ask(live_owner, look(snapshot(agent("S1", reserved()), frameworks=[ended])), job()) is None
    with pytest.raises(Unreadable, match="F9"):
        ask(live_owner, look(snapshot(agent("S1", reserved()), frameworks=[odd])), job())
