"""What was asked for is not there, and something of a near name is (rule S4)."""

from __future__ import annotations

import pytest

from janitor.cleanup.awaited import Awaited
from janitor.cleanup.guards import likely_typo
from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.job import Job
from janitor.cleanup.memory import Memory
from janitor.cleanup.outcome import Blocked
from janitor.cleanup.typos import not_found
from janitor.mesos.cluster import Snapshot, Unknown
from tests.unit.builders import (
    ZNODE,
    Item,
    agent,
    case,
    framework,
    job,
    look,
    reserved,
    snapshot,
    static,
    volume_on_static,
    znode_view,
)


def ask(inventory: Inventory, asked: Job, before: Memory | None = None) -> Blocked | Awaited | None:
    """What the guard says of a look, with the memory that this look makes."""
    return likely_typo(case(inventory, asked, before))


def refused(inventory: Inventory, asked: Job) -> tuple[str, str]:
    """(message, remedy) of a refusal, which nothing lifts."""
    verdict = ask(inventory, asked)
    assert isinstance(verdict, Blocked), verdict
    assert (verdict.rule.code, verdict.status, verdict.override) == ("S4", 6, None)
    return verdict.message, "\n".join([verdict.remedy or "", *verdict.ways])


def told(inventory: Inventory, asked: Job, before: Memory | None = None) -> list[str]:
    """The notices."""
    return [*not_found(case(inventory, asked, before))]


# --- the principal ----------

TYPO = job(principal="kafka-principle", znode=ZNODE)


def test_s4_reservations_of_other_principals_alone_and_no_owner_alive_are_a_likely_typo() -> None:
    seen = snapshot(agent("S1", reserved(), reserved("mem", principal="it's mine")), agent("S2", reserved()))
    message, remedy = refused(look(seen), TYPO)
    assert "principal it's mine holds 1 reservation; principal kafka-principal holds 2 reservations" in message
    assert f"janitor -r kafka-role -p kafka-principal -z {ZNODE}" in remedy
    assert """-p 'it'"'"'s mine'""" in remedy
    assert "--any-principal" in remedy


def test_s4_what_was_reserved_without_a_principal_is_selected_by_any_principal() -> None:
    _, remedy = refused(look(snapshot(agent("S1", reserved(principal=None)))), job(principal="typo"))
    assert "janitor -r kafka-role --any-principal" in remedy


@pytest.mark.parametrize(
    ("seen", "asked"),
    [
        (snapshot(agent("S1", reserved()), frameworks=[framework()]), TYPO),
        (snapshot(agent("S1", reserved()), frameworks=[framework(active=False)]), TYPO),
        (snapshot(agent("S1")), TYPO),
        (snapshot(agent("S1", static(), reserved(role="other-role"))), TYPO),
        (snapshot(agent("S1", reserved()), agent("S2", reserved(principal="kafka-principle"))), TYPO),
        (snapshot(agent("S1", reserved(), volume_on_static(principal="kafka-principle"))), TYPO),
        (snapshot(agent("S1", reserved())), job(principal="x", any_principal=True)),
        (snapshot(agent("S1", reserved())), job(principal=None)),
        (snapshot(agent("S1", reserved())), job("*", "x")),
    ],
    ids=["owner alive", "owner registered", "nothing reserved", "nothing dynamic", "the principal holds something",
         "the principal holds a volume on static", "any principal", "no principal", "star"],
)  # fmt: skip
def test_s4_otherwise_it_is_no_typo(seen: Snapshot, asked: Job) -> None:
    assert ask(look(seen), asked) is None


def test_s4_a_volume_on_a_static_reservation_of_another_principal_is_a_likely_typo_too() -> None:
    assert "-p kafka-principal" in refused(look(snapshot(agent("S1", volume_on_static()))), TYPO)[1]


def test_s4_agents_that_are_still_to_register_may_hold_what_was_asked_for() -> None:
    verdict = ask(look(snapshot(agent("S1", reserved()), recovered=["S2"])), TYPO)
    assert isinstance(verdict, Awaited)


def test_s4_a_run_that_has_removed_what_was_asked_for_does_not_call_it_a_typo_afterwards() -> None:
    both = look(snapshot(agent("S1", reserved(), reserved("mem", principal="other"))))
    before = Memory().after_look(both, job())
    assert ask(look(snapshot(agent("S1", reserved("mem", principal="other")))), job(), before) is None


# --- the role ----------

ELSEWHERE = [reserved(role="kafka-role"), reserved("mem", role="kafka-role")]


def test_s4_a_role_that_nobody_has_beside_one_of_a_near_name_that_the_principal_holds() -> None:
    message, remedy = refused(look(snapshot(agent("S1", *ELSEWHERE))), job("kafka"))
    assert message == (
        "Likely typo: role kafka is not known: nothing is reserved for it, and no framework has it. But principal "
        "kafka-principal is known: role kafka-role holds 2 reservations of it."
    )
    assert remedy.splitlines() == [
        "To clean that role: janitor -r kafka-role -p kafka-principal",
        "If role kafka is right all the same: janitor -r kafka",
    ]


def test_s4_the_command_names_the_znode_of_the_other_role_where_the_one_that_was_given_is_not_there() -> None:
    view = znode_view(path="/dcos-service-kafak", exists=False, beside=("dcos-service-kafka",))
    seen = look(snapshot(agent("S1", *ELSEWHERE)), znode=view)
    _, remedy = refused(seen, job("kafka", znode="dcos-service-kafak"))
    assert "janitor -r kafka-role -p kafka-principal -z dcos-service-kafka\n" in remedy


ENDED = framework("F0", "kafka", "kafka", ended=9.0)


@pytest.mark.parametrize(
    ("seen", "asked"),
    [
        (snapshot(agent("S1", *ELSEWHERE)), job("kafka", None)),
        (snapshot(agent("S1", *ELSEWHERE)), job("kafka", "another")),
        (snapshot(agent("S1", *ELSEWHERE), frameworks=[framework()]), job("kafka")),
        (snapshot(agent("S1", *ELSEWHERE), frameworks=[framework(active=False)]), job("kafka")),
        (snapshot(agent("S1", *ELSEWHERE), frameworks=[ENDED]), job("kafka")),
        (snapshot(agent("S1", *ELSEWHERE), frameworks=[framework("F1", "x", "kafka", principal="x")]), job("kafka")),
        (snapshot(agent("S1", *ELSEWHERE, static(role="kafka"))), job("kafka")),
        (snapshot(agent("S1", reserved(role="kafka2-role"))), job("kafka-role")),
        (snapshot(agent("S1", reserved(role="cassandra-role"))), job("kafka-role")),
        (snapshot(agent("S1")), job("kafka")),
        (snapshot(agent("S1", static(role="kafka-role"))), job("kafka")),
        (snapshot(agent("S1", *ELSEWHERE)), job("*")),
    ],
    ids=["no principal is given", "of another principal", "its owner is alive", "its owner is registered",
         "a completed framework had the role: a second run", "a framework has the role", "something static is reserved",
         "a service beside it", "no near name", "nothing anywhere", "nothing dynamic", "star"],
)  # fmt: skip
def test_s4_without_that_evidence_the_role_is_no_typo(seen: Snapshot, asked: Job) -> None:
    assert ask(look(seen), asked) is None


def test_s4_the_role_of_an_agent_that_is_still_to_register_may_be_the_one() -> None:
    assert isinstance(ask(look(snapshot(agent("S1", *ELSEWHERE), recovered=["S2"])), job("kafka")), Awaited)


def test_s4_a_role_that_is_not_found_is_told_with_the_nearest_that_hold_something() -> None:
    seen = look(snapshot(agent("S1", *ELSEWHERE, reserved(role="hdfs-role"))))
    assert told(seen, job("kafka", None)) == ["Nothing of role kafka was found; role kafka-role holds 2 reservations."]
    assert told(look(snapshot(agent("S1"))), job()) == ["Nothing of role kafka-role was found."]


def test_s4_a_run_that_removed_something_does_not_tell_that_nothing_was_found() -> None:
    before = Memory().after_look(look(snapshot(agent("S1", reserved()))), job())
    assert told(look(snapshot(agent("S1"))), job(), before) == []


# --- a label ----------

R1 = {"resource_id": "r1"}
M1 = {"marathon_framework_id": "M1", "marathon_task_id": "db.1"}


def labelled(*labels: tuple[str, str]) -> Job:
    return job(labels=labels)


@pytest.mark.parametrize(
    ("items", "asked", "command"),
    [
        ([reserved(labels=R1)], labelled(("resouce_id", "r1")), "--label resource_id=r1"),
        ([reserved(labels=M1)], labelled(("framework_id", "M1")), "--label marathon_framework_id=M1"),
        (
            [reserved(labels={**R1, "zone": "a"})],
            labelled(("zone", "a"), ("resouce_id", "r1")),
            "--label zone=a --label resource_id=r1",
        ),
    ],
)
def test_s4_a_key_that_none_carries_beside_a_near_one(items: list[Item], asked: Job, command: str) -> None:
    message, remedy = refused(look(snapshot(agent("S1", *items))), asked)
    assert "no reservation of role kafka-role has a label" in message
    assert remedy == f"To select by that: janitor -r kafka-role -p kafka-principal {command}"


def test_s4_where_the_value_is_none_of_the_near_keys_the_values_are_listed() -> None:
    items = [reserved(labels={"resource_id": f"r{number:02}"}) for number in range(22)]
    _, remedy = refused(look(snapshot(agent("S1", *items))), labelled(("resouce_id", "x")))
    assert (remedy or "").startswith("The values of resource_id there: r00, r01, r02, r03, ")
    assert (remedy or "").endswith(", r18, r19 and 2 more.")


@pytest.mark.parametrize(
    ("seen", "asked"),
    [
        (snapshot(agent("S1", reserved(labels=R1))), labelled(("resource_id", "gone"))),
        (snapshot(agent("S1", reserved(labels=R1))), labelled(("zone", "a"))),
        (snapshot(agent("S1", reserved())), labelled(("resource_id", "r1"))),
        (snapshot(agent("S1")), labelled(("resouce_id", "r1"))),
        (
            snapshot(agent("S1", reserved(labels=M1)), frameworks=[framework("F9", ended=9.0)]),
            labelled(("framework_id", "F9")),
        ),
    ],
    ids=["a value that is gone", "no near key", "no labels at all", "nothing reserved",
         "a framework that this master knows: a second run"],
)  # fmt: skip
def test_s4_what_may_be_a_second_run_is_not_refused(seen: Snapshot, asked: Job) -> None:
    assert ask(look(seen), asked) is None


def test_s4_a_value_that_none_carries_is_told_with_the_values_that_there_are_the_nearest_first() -> None:
    items = [reserved(labels={"pod": value}) for value in ("broker-0", "broker-1", "zoo-0")]
    assert told(look(snapshot(agent("S1", *items))), labelled(("pod", "zoo-1"))) == [
        "No reservation of role kafka-role has the label pod=zoo-1: nothing of it was found. "
        "The values of pod there: zoo-0, broker-0, broker-1."
    ]
    assert told(look(snapshot(agent("S1", *items))), labelled(("zone", "a"))) == [
        "No reservation of role kafka-role has the label zone=a: nothing of it was found. The labels there: pod."
    ]


# --- the znode ----------


def missing(*beside: str, path: str = "/dcos-service-kafak") -> ZnodeView:
    return znode_view(path=path, exists=False, beside=beside)


TYPED = job(znode="dcos-service-kafak")


@pytest.mark.parametrize("role", ["kafka-role", "kafka", "slave_public/kafka-role"])
def test_s4_a_role_implies_the_znode_of_its_name(role: str) -> None:
    seen = look(snapshot(agent("S1")), znode=missing("dcos-service-kafka"))
    assert f"the one of role {role}" in refused(seen, job(role, znode="dcos-service-kafak"))[0]


@pytest.mark.parametrize("items", [[reserved()], []])
def test_s4_a_znode_that_is_not_there_beside_the_one_of_the_role(items: list[Item]) -> None:
    seen = look(snapshot(agent("S1", *items)), znode=missing("dcos-service-kafka", "mesos"))
    message, remedy = refused(seen, TYPED)
    assert (
        "there is no znode /dcos-service-kafak, but there is dcos-service-kafka, the one of role kafka-role" in message
    )
    assert "janitor -r kafka-role -p kafka-principal -z dcos-service-kafka\n" in remedy
    assert remedy.endswith("leave it out: janitor -r kafka-role -p kafka-principal")


@pytest.mark.parametrize(
    ("view", "asked"),
    [
        (missing("dcos-service-hdfs"), TYPED),
        (missing("dcos-service-kafka"), job("prod", znode="dcos-service-kafak")),
        (missing("dcos-service-kafka"), job(None, None, znode="dcos-service-kafak")),
        (znode_view(exists=False, beside=Unknown("denied")), TYPED),
        (znode_view(), job(znode=ZNODE)),
        (Unknown("no ZooKeeper"), TYPED),
        (None, TYPED),
    ],
    ids=["the role's is not there either", "the role implies none", "no role", "unknown", "it is there",
         "ZooKeeper unknown", "not looked at"],
)  # fmt: skip
def test_s4_otherwise_the_znode_is_no_typo(view: ZnodeView | Unknown | None, asked: Job) -> None:
    assert ask(look(snapshot(agent("S1")), znode=view), asked) is None


def test_s4_a_znode_that_went_meanwhile_is_no_typo() -> None:
    before = Memory().after_look(look(snapshot(agent("S1")), znode=znode_view()), job(znode=ZNODE))
    gone = look(snapshot(agent("S1")), znode=znode_view(exists=False, beside=("dcos-service-kafka",)))
    assert ask(gone, job(znode=ZNODE), before) is None
    assert told(gone, job(None, None, znode=ZNODE), before) == []


def test_s4_a_znode_that_is_not_there_is_told_with_near_names_and_none_of_the_clusters_own() -> None:
    seen = look(snapshot(), znode=missing("dcos-service-kafka", "mesos", "dcos-service-x"))
    assert told(seen, job(None, None, znode="dcos-service-kafak")) == [
        "There is no znode /dcos-service-kafak: nothing of it was found. Near names: dcos-service-kafka."
    ]
    assert told(look(snapshot(), znode=missing("mesos", path="/messos")), job(None, None, znode="messos")) == [
        "There is no znode /messos: nothing of it was found."
    ]
    denied = znode_view(path="/x", exists=False, beside=Unknown("ZooKeeper denies listing /."))
    assert told(look(snapshot(), znode=denied), job(None, None, znode="x")) == [
        "There is no znode /x: nothing of it was found. What other znodes there are could not be read: ZooKeeper "
        "denies listing /."
    ]
