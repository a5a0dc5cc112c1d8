"""Who may still want the selection (rules O1 and O3)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from janitor.cleanup.claims import live_claims
from janitor.cleanup.job import Job
from janitor.cleanup.refusals import blocked_by_owner, shared_role
from janitor.cleanup.selection import pin
from janitor.holdings.owners import Owner, living_owner, owners
from janitor.mesos.cluster import Framework
from janitor.message import Remedy
from tests.unit.builders import Item, agent, framework, job, reserved, static, volume, volume_on_static

F1, F2 = {"framework_id": "F1"}, {"framework_id": "F2"}
SHARED = "team"
"""A role that is not of the form NAME-role."""


def _claims(items: list[Item], frameworks: list[Framework], asked: Job | None = None) -> list[str]:
    asked = asked or job()
    selection = pin([agent("S1", *items)], (), asked)
    return [claim.framework.id for claim in live_claims(selection, frameworks, asked)]


@pytest.mark.parametrize(
    ("owner", "alive"),
    [
        (framework(), True),
        (framework(principal=None), True),
        (framework(principal=""), True),
        (framework(principal="another"), False),
        (framework(active=False), False),
        (framework(ended=100.0), False),
        (framework("F1", "other", "other-role"), False),
        (framework("F1", "kafka", "other-role", "kafka-role"), True),
        (framework("F1", "kafka", "kafka-role/topics"), True),
        (framework("F1", "kafka", "kafka-role2", "other/kafka-role"), False),
    ],
    ids=["active", "of an unknown principal", "of no principal", "of another principal", "inactive", "completed",
         "of another role", "of several roles", "of a role below it, which is offered the same", "of roles beside it"],
)  # fmt: skip
def test_o1_an_active_framework_of_the_role_owns_unless_its_known_principal_differs(
    owner: Framework, alive: bool
) -> None:
    assert _claims([reserved()], [owner]) == ([owner.id] if alive else [])


@pytest.mark.parametrize("asked", [job(principal=None), job(any_principal=True)])
def test_o1_where_the_whole_role_is_selected_a_framework_of_any_principal_owns(asked: Job) -> None:
    assert _claims([reserved()], [framework(principal="another")], asked) == ["F1"]


@pytest.mark.parametrize("active", [True, False])
@pytest.mark.parametrize(
    ("selected", "held"),
    [
        (reserved("cpus", 4.0), reserved("cpus", 0.5)),
        (reserved("cpus", labels={"resource_id": "r1"}), reserved("cpus", labels={"resource_id": "r1", "x": "y"})),
        (volume("v1"), volume("v1", labels={"added": "later"})),
        (volume_on_static("v1"), volume_on_static("v1")),
    ],
    ids=["stack", "resource_id", "persistence id", "persistence id on a static reservation"],
)
def test_o1_whoever_holds_an_item_of_the_selection_owns_active_or_not_of_whatever_role_and_principal(
    active: bool, selected: Item, held: Item
) -> None:
    holder = framework("F9", "x", "some-role", principal="another", active=active, holds=[held])
    assert _claims([selected], [holder]) == ["F9"]


@pytest.mark.parametrize(
    ("selected", "held"),
    [
        (reserved(), reserved(principal="another")),
        (reserved(labels={"resource_id": "r1"}), reserved(labels={"resource_id": "r2"})),
        (reserved(), reserved(role="kafka-role/sub")),
        (volume("v1"), volume("v1", role="other-role")),
        (volume_on_static("v1"), static("cpus")),
        (volume_on_static("v1"), volume_on_static("v2")),
    ],
    ids=["another principal", "another resource_id", "another role", "the same id in another role",
         "another static resource", "another volume"],
)  # fmt: skip
def test_o1_whoever_holds_something_else_does_not_own(selected: Item, held: Item) -> None:
    assert _claims([selected], [framework("F9", "x", "some-role", principal="another", holds=[held])]) == []


def test_o1_a_completed_framework_owns_nothing() -> None:
    assert _claims([reserved()], [framework(ended=5.0, holds=[reserved()])]) == []


@pytest.mark.parametrize(
    ("items", "expected"),
    [
        ([reserved(labels=F1)], ["F1"]),
        ([reserved(labels=F2)], []),
        ([reserved(labels=F2), reserved("mem")], []),
        ([reserved(labels={"marathon_framework_id": "F1"})], ["F1"]),
        ([reserved()], ["F1"]),
    ],
    ids=["its own id", "another id", "no id joins the one of its principal", "Marathon's own label", "no id at all"],
)
def test_o1_where_the_selection_names_frameworks_those_alone_matter(items: list[Item], expected: list[str]) -> None:
    assert _claims(items, [framework("F1")]) == expected


def test_o1_a_named_framework_owns_even_with_another_principal() -> None:
    assert _claims([reserved(labels=F1)], [framework("F1", principal="another")]) == ["F1"]


def test_o1_a_named_framework_that_is_active_owns_though_it_gave_up_the_role() -> None:
    moved = framework("F1", "kafka", "group")
    assert _claims([reserved(labels=F1)], [moved]) == ["F1"]
    assert _refusal([reserved(labels=F1)], [moved], job())[0].endswith("it is active, and these reservations name it.")
    assert _claims([reserved(labels=F2)], [moved]) == []
    assert _claims([reserved(labels=F1)], [framework("F1", "kafka", "group", active=False)]) == []


def test_o1_a_selection_that_is_named_only_in_part_still_has_every_framework_of_the_role_to_fear() -> None:
    asked = job(principal=None)
    items = [reserved(labels=F2), reserved(principal="another")]
    assert _claims(items, [framework("F1")], asked) == ["F1"]


@pytest.mark.parametrize("asked", [job("*", None), job(None, None), job(None)])
def test_o1_nobody_owns_what_is_not_reserved(asked: Job) -> None:
    assert _claims([reserved()], [framework("F1", "kafka", "kafka-role", "*")], asked) == []


def test_o1_nobody_matters_when_nothing_is_selected() -> None:
    assert _claims([reserved(principal="another"), static()], [framework()]) == []


def test_o1_the_refusal_names_the_framework_and_the_next_step() -> None:
    asked = job()
    selection = pin([agent("S1", reserved())], (), asked)
    frameworks = [framework("F-17", "kafka"), framework("F-18")]
    refusal = blocked_by_owner(live_claims(selection, frameworks, asked), selection, frameworks, asked)
    assert refusal is not None
    assert (refusal.rule.code, refusal.status, refusal.override) == ("O1", 6, "live-owner")
    assert "kafka (F-17, principal kafka-principal, active)" in refusal.message
    assert "1 more" in refusal.message
    assert refusal.remedy == "To remove the service, before this is run again: janitor uninstall kafka"
    assert refusal.ways == (
        "If it is uninstalling already, see how far it is: janitor status kafka",
        "If its scheduler is gone for good: janitor service shutdown F-17",
    )
    assert blocked_by_owner((), selection, frameworks, asked) is None


# --- O3 ----------


def _owners(*items: Item) -> set[Owner]:
    return set(owners(item.parsed().kind for item in items))


def test_o3_an_owner_is_the_framework_id_else_marathons_else_the_principal() -> None:
    assert _owners(reserved(labels={**F1, "marathon_framework_id": "M"})) == {Owner("F1", None)}
    assert _owners(reserved(labels={"marathon_framework_id": "M"})) == {Owner("M", None)}
    assert _owners(reserved(principal="p")) == {Owner(None, "p")}
    assert _owners(reserved(principal=None)) == {Owner(None, None)}


def test_o3_an_item_without_an_id_joins_the_one_id_of_its_principal_and_of_no_other() -> None:
    assert _owners(reserved(labels=F1), reserved()) == {Owner("F1", None)}
    assert _owners(reserved(labels=F1), reserved(principal="p")) == {Owner("F1", None), Owner(None, "p")}
    assert len(_owners(reserved(labels=F1), reserved(labels=F2), reserved())) == 3


def test_o3_the_owner_of_a_volume_on_a_static_reservation_is_who_created_it() -> None:
    assert _owners(volume_on_static(principal="p")) == {Owner(None, "p")}
    assert _owners(volume_on_static(), reserved(labels=F1)) == {Owner("F1", None)}


def _shared(
    items: list[Item], frameworks: list[Framework] | None = None, *, role: str = "kafka-role", asked: Job | None = None
) -> bool:
    asked = asked or job(role, None)
    refusal = shared_role(pin([agent("S1", *items)], (), asked), frameworks or [], asked)
    assert refusal is None or (refusal.rule.code, refusal.status, refusal.override) == ("O3", 6, "shared-role")
    return refusal is not None


@pytest.mark.parametrize(
    ("items", "shared"),
    [
        ([], False),
        ([reserved()], False),
        ([reserved(), reserved("mem", principal="other")], True),
        ([reserved(), reserved("mem", principal=None)], True),
        ([reserved(labels=F1), reserved("mem", labels=F2)], False),
        ([reserved(labels=F1), reserved("mem", labels=F2), reserved("disk")], False),
        ([reserved(labels=F1), reserved("mem", labels=F2, principal="other")], True),
        ([volume_on_static("v1", principal="p1"), volume_on_static("v2", principal="p2")], True),
        ([volume_on_static(), reserved()], False),
    ],
    ids=["nothing", "one principal", "two principals", "with and without principal", "two ids of one principal",
         "and one without", "two ids of two principals", "volumes of two principals", "a volume and a reservation"],
)  # fmt: skip
def test_o3_in_a_role_of_one_service_the_dead_owners_of_one_principal_are_one(items: list[Item], shared: bool) -> None:
    assert _shared(items) is shared


@pytest.mark.parametrize(
    ("alive", "shared"),
    [
        (framework("F1"), True),
        (framework("F2", active=False), True),
        (framework("F3"), False),
        (framework("F1", ended=9.0), False),
    ],
    ids=["one of them is active", "one is registered, but inactive", "another one is", "one has completed"],
)
def test_o3_owners_of_one_principal_are_not_one_while_one_of_them_lives(alive: Framework, shared: bool) -> None:
    assert _shared([reserved(labels=F1), reserved("mem", labels=F2)], [alive]) is shared


@pytest.mark.parametrize(
    ("items", "shared"),
    [
        ([reserved(role=SHARED)], True),
        ([reserved(role=SHARED, labels=F1)], False),
        ([reserved(role=SHARED, labels={"marathon_framework_id": "M"})], False),
        ([reserved(role=SHARED, labels=F1), reserved("mem", role=SHARED, labels=F2)], True),
        ([reserved(role=SHARED, labels=F1), reserved("mem", role=SHARED)], False),
        ([volume_on_static(role=SHARED)], True),
        ([static(role=SHARED)], False),
    ],
    ids=[
        "no id",
        "one id",
        "Marathon's id",
        "two ids",
        "one id, and one that joins it",
        "a volume on static",
        "nothing",
    ],
)
def test_o3_in_any_other_role_reservations_without_a_framework_id_cannot_be_told_apart(
    items: list[Item], shared: bool
) -> None:
    assert _shared(items, role=SHARED) is shared


@pytest.mark.parametrize(
    ("items", "asked", "shared"),
    [
        ([reserved(role=SHARED)], job(SHARED), False),
        ([reserved(role=SHARED)], job(SHARED, any_principal=True), True),
        ([reserved(role=SHARED), volume_on_static(role=SHARED)], job(SHARED), False),
        ([reserved(), volume_on_static()], job(), False),
        ([reserved(role=SHARED), reserved(role=SHARED, principal="other")], job(SHARED), False),
        ([reserved(role=SHARED, labels=F1), reserved("mem", role=SHARED, labels=F2)], job(SHARED), True),
        (
            [reserved(role=SHARED, labels=F1), reserved("mem", role=SHARED, labels=F2)],
            job(SHARED, None, labels=[("framework_id", "F1")]),
            False,
        ),
        ([reserved(), reserved(principal="other")], job(any_principal=True), True),
    ],
    ids=["-p", "-p, but any", "-p, with a volume on static", "the same in NAME-role", "-p leaves one of two",
         "-p leaves two ids", "a label leaves one", "any principal of two"],
)  # fmt: skip
def test_o3_what_is_given_may_tell_them_apart(items: list[Item], asked: Job, shared: bool) -> None:
    assert _shared(items, asked=asked) is shared


def test_o3_the_refusal_lists_the_owners_and_what_selects_each() -> None:
    asked = job(SHARED, None)
    items = [reserved(role=SHARED, labels=F1), reserved(role=SHARED, principal="other")]
    refusal = shared_role(pin([agent("S1", *items)], (), asked), [], asked)
    assert refusal is not None
    assert "framework F1" in refusal.message
    assert "principal other" in refusal.message
    label, principal = f"janitor -r {SHARED} --label framework_id=F1", f"janitor -r {SHARED} -p other"
    assert refusal.remedy == f"To choose one owner, run one of these: {label}; {principal}"
    assert isinstance(refusal.remedy, Remedy)
    assert refusal.remedy.commands == (label, principal)


@pytest.mark.parametrize(
    ("items", "alive", "found"),
    [
        ([reserved()], framework(), True),
        ([reserved()], framework(active=False), True),
        ([reserved()], framework(principal=None), True),
        ([reserved(principal=None)], framework(), True),
        ([reserved()], framework(principal="other"), False),
        ([reserved()], framework("F1", "x", "other-role"), False),
        ([reserved()], framework(ended=1.0), False),
        ([reserved(labels=F1)], framework("F1", "x", "other-role", principal="other"), True),
        ([reserved(labels=F1)], framework("F2"), False),
    ],
)
def test_s4_an_owner_lives_by_its_id_or_its_principal_in_the_role(
    items: list[Item], alive: Framework, found: bool
) -> None:
    assert (living_owner((item.parsed().kind for item in items), "kafka-role", [alive]) is not None) is found


# --- O1: the znode whose name names no framework ----------

ELSEWHERE = "spark_mesos_dispatcher"


@pytest.mark.parametrize(
    ("alive", "asked", "owns"),
    [
        (framework(), job(znode=ELSEWHERE), True),
        (framework(), job(principal=None, znode=ELSEWHERE), True),
        (framework(principal=None), job(znode=ELSEWHERE), True),
        (framework(principal="another"), job(znode=ELSEWHERE), False),
        (framework(principal="another"), job(znode=ELSEWHERE, any_principal=True), True),
        (framework(active=False), job(znode=ELSEWHERE), False),
        (framework(ended=5.0), job(znode=ELSEWHERE), False),
        (framework("F1", "x", "other-role"), job(znode=ELSEWHERE), False),
        (framework("F1", "x", "*"), job("*", znode=ELSEWHERE), False),
        (framework(), job(None, None, znode=ELSEWHERE), False),
        (framework(), job(znode="dcos-service-kafka"), False),
        (framework(), job(), False),
    ],
    ids=["active in the role", "no principal asked for", "of an unknown principal", "of another principal",
         "of another principal, where any is meant", "inactive", "completed", "of another role", "star", "no role",
         "a znode that names its framework", "no znode"],
)  # fmt: skip
def test_o1_an_active_framework_of_the_role_owns_a_znode_whose_name_names_none(
    alive: Framework, asked: Job, owns: bool
) -> None:
    assert _claims([], [alive], asked) == (["F1"] if owns else [])


def test_o1_what_is_reserved_for_a_dead_one_lets_nobody_take_the_znode_of_the_living() -> None:
    asked = job(znode=ELSEWHERE)
    refusal = _refusal([reserved(labels=F2)], [framework("F1", "spark")], asked)
    assert "spark (F1, principal kafka-principal, active) may own the znode spark_mesos_dispatcher" in refusal[0]
    assert "janitor -r kafka-role -p kafka-principal" in refusal[1]
    assert "-z" not in refusal[1]
    assert "janitor uninstall" not in refusal[1]


# --- O1: the way out harms no neighbour ----------


def _refusal(items: list[Item], frameworks: list[Framework], asked: Job) -> tuple[str, str]:
    """(message, remedy) of O1."""
    selection = pin([agent("S1", *items)], (), asked)
    refusal = blocked_by_owner(live_claims(selection, frameworks, asked), selection, frameworks, asked)
    assert refusal is not None
    assert (refusal.rule.code, refusal.status, refusal.override) == ("O1", 6, "live-owner")
    return refusal.message, "\n".join([refusal.remedy or "", *refusal.ways])


GONE, LIVING = {"framework_id": "GONE"}, {"framework_id": "LIVING"}
TWO = [reserved(role="dev", labels=GONE), reserved("mem", role="dev", labels=LIVING)]


def test_o1_in_a_shared_role_the_dead_one_is_told_from_its_living_neighbour() -> None:
    frameworks = [framework("LIVING", "/dev/b", "dev"), framework("GONE", "/dev/a", "dev", ended=9.0)]
    message, remedy = _refusal(TWO, frameworks, job("dev", znode="dcos-service-dev__a"))
    assert "/dev/b (LIVING" in message
    dead_one = "janitor -r dev -p kafka-principal --label framework_id=GONE -z dcos-service-dev__a"
    assert remedy == f"To remove just what the dead one left: {dead_one}"


def test_o1_the_commands_that_are_printed_mean_the_same_cluster() -> None:
    frameworks = [framework("LIVING", "/dev/b", "dev"), framework("GONE", "/dev/a", "dev", ended=9.0)]
    asked = replace(job("dev", znode="dcos-service-dev__a"), reach=("-m", "http://other:5050/master/"))
    assert _refusal(TWO, frameworks, asked)[1] == (
        "To remove just what the dead one left: janitor -r dev -p kafka-principal --label framework_id=GONE "
        "-z dcos-service-dev__a -m http://other:5050/master/"
    )
    asked = replace(job(), reach=("-m", "http://other:5050/master/"))
    assert _refusal([reserved()], [framework("F1", "kafka")], asked)[1].splitlines()[:3] == [
        "To remove the service, before this is run again: janitor uninstall kafka -m http://other:5050/master/",
        "If it is uninstalling already, see how far it is: janitor status kafka -m http://other:5050/master/",
        "If its scheduler is gone for good: janitor service shutdown F1 -m http://other:5050/master/",
    ]


def test_o1_where_the_service_was_installed_anew_the_znode_is_the_living_ones() -> None:
    items = [reserved(labels=GONE), reserved("mem", labels=LIVING)]
    frameworks = [framework("LIVING", "kafka"), framework("GONE", "kafka", ended=9.0)]
    _, remedy = _refusal(items, frameworks, job(znode="dcos-service-kafka"))
    assert remedy.splitlines()[-1] == (
        "To remove just what the dead one left: janitor -r kafka-role -p kafka-principal --label framework_id=GONE"
    )


def test_o1_what_a_running_task_of_the_clusters_own_marathon_holds_is_not_on_offer() -> None:
    def of(task: str) -> Item:
        return reserved(role="x", labels={"marathon_framework_id": "M", "marathon_task_id": task})

    frameworks = [framework("M", "marathon", "x", holds=[of("web.1")])]
    _, remedy = _refusal([of("db.1"), of("web.1")], frameworks, job("x"))
    assert remedy.endswith("one of these: janitor -r x -p kafka-principal --label marathon_task_id=db.1")


def test_o1_where_it_is_not_known_which_dead_one_is_meant_each_is_on_offer_and_no_living_one() -> None:
    items = [*TWO, reserved("disk", role="dev", labels={"marathon_framework_id": "OLD"})]
    _, remedy = _refusal(items, [framework("LIVING", "/dev/b", "dev")], job("dev", znode="dcos-service-dev__a"))
    begin, end = "janitor -r dev -p kafka-principal --label", "-z dcos-service-dev__a"
    choices = f"{begin} framework_id=GONE {end}; {begin} marathon_framework_id=OLD {end}"
    assert remedy == f"To remove just what a dead one left, one of these: {choices}"


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("kafka", job()),
        ("/kafka", job(znode="dcos-service-kafka")),
        ("/dev/kafka", job("dev__kafka-role")),
        ("/dev/kafka", job("dev", znode="dcos-service-dev__kafka")),
        ("spark", job("spark", znode=ELSEWHERE)),
        ("marathon-user", job("prod", znode="universe/marathon-user")),
    ],
)
def test_o1_the_service_that_was_named_may_be_uninstalled(name: str, asked: Job) -> None:
    role = asked.role or ""
    _, remedy = _refusal([reserved(role=role)], [framework("F1", name, role)], asked)
    assert f"janitor uninstall {name.strip('/')}\n" in remedy
    assert "janitor service shutdown F1" in remedy


@pytest.mark.parametrize("name", ["kafka2", "dev/kafka", "prod"])
def test_o1_another_service_is_never_offered_for_uninstall(name: str) -> None:
    _, remedy = _refusal([reserved()], [framework("F1", name)], job())
    assert "uninstall" not in remedy
    assert "shutdown" not in remedy
    assert f"{name} lives" in remedy


@pytest.mark.parametrize(
    ("name", "principal"),
    [("marathon", "dcos_marathon"), ("marathon", None), ("metronome", "x"), ("m", "dcos_metronome")],
)
def test_o1_the_clusters_own_frameworks_are_never_offered_for_shutdown(name: str, principal: str | None) -> None:
    leaked = reserved(role=name, principal=None, labels={"marathon_framework_id": "M", "marathon_task_id": "db.1"})
    _, remedy = _refusal([leaked], [framework("M", name, name, principal=principal)], job(name, None))
    assert "uninstall" not in remedy
    assert "janitor service" not in remedy
    assert "is one of the cluster's own frameworks" in remedy
    assert "--label marathon_task_id=db.1" in remedy


# --- O3: advice names the key that the reservations carry ----------


def _choice(items: list[Item], frameworks: list[Framework], asked: Job) -> str:
    refusal = shared_role(pin([agent("S1", *items)], (), asked), frameworks, asked)
    assert refusal is not None
    return " ".join([refusal.remedy or "", *refusal.ways])


M1, M2 = {"marathon_framework_id": "M1"}, {"marathon_framework_id": "M2"}


def test_s4_advice_names_the_key_that_the_reservations_really_carry() -> None:
    remedy = _choice([reserved(role=SHARED, labels=M1), reserved("mem", role=SHARED, labels=M2)], [], job(SHARED))
    assert remedy == (
        "To choose one owner, run one of these: "
        f"janitor -r {SHARED} -p kafka-principal --label marathon_framework_id=M1; "
        f"janitor -r {SHARED} -p kafka-principal --label marathon_framework_id=M2"
    )


def test_o3_a_living_owner_is_not_on_offer() -> None:
    items = [reserved(role=SHARED, labels=F1), reserved("mem", role=SHARED, labels=F2)]
    assert _choice(items, [framework("F2", "x", SHARED)], job(SHARED)).endswith(
        f"these: janitor -r {SHARED} -p kafka-principal --label framework_id=F1"
    )


def test_o3_a_principal_that_selects_anothers_reservations_too_is_not_on_offer() -> None:
    items = [
        reserved(role=SHARED, labels=F1),
        reserved("mem", role=SHARED, labels=F2),
        reserved("disk", role=SHARED),
        reserved("gpus", role=SHARED, principal="other"),
    ]
    remedy = _choice(items, [], job(SHARED, None))
    begin = f"janitor -r {SHARED}"
    choices = f"{begin} --label framework_id=F1; {begin} --label framework_id=F2; {begin} -p other"
    assert remedy.endswith(f"run one of these: {choices}")
