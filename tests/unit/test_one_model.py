"""Whose something is, is one thing: a scan, the guards of a clean-up and an uninstall never contradict each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TypeVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from janitor.cleanup.asked import asked_on
from janitor.cleanup.case import Case
from janitor.cleanup.guards import likely_typo, live_owner, unshared_role
from janitor.cleanup.job import Job
from janitor.cleanup.objection import Objection
from janitor.cleanup.outcome import Blocked
from janitor.cleanup.roll import call_roll
from janitor.cleanup.znodeguards import live_znode, part_of_a_service
from janitor.dcos.marathon import App
from janitor.errors import UsageError
from janitor.holdings.judge import judge_znode
from janitor.holdings.naming import written
from janitor.holdings.services import reservations
from janitor.holdings.verdict import Judgement, Seen, StateNode, Verdict
from janitor.mesos.cluster import Counts, Framework, Roll, TaskPlace, Unknown
from janitor.scan.report import Found, Scan, scan
from janitor.uninstall.service import Service, identify
from tests.unit.builders import HOUR, Item, agent, case, framework, look, registry, reserved, volume, znode_view
from tests.unit.clusters import AGENT_IDS, Spec, frameworks
from tests.unit.test_decide_properties import EXAMPLES
from tests.unit.test_holdings import APPS, CLUSTERS, seen

T = TypeVar("T")
NAMES = st.sampled_from(["kafka", "/kafka", "other", "spark", "a/b", "a__b", "universe"])
FRAMEWORKS = st.lists(
    st.builds(lambda one, name: replace(one, name=name), frameworks(), NAMES), max_size=3, unique_by=lambda one: one.id
).map(tuple)
ALL_ZNODES = st.lists(
    st.builds(
        StateNode,
        st.sampled_from(
            [
                "dcos-service-kafka",
                "dcos-service-other",
                "dcos-service-a__b",
                "spark_mesos_dispatcher",
                "universe/other",
            ]
        ),
        st.just(3),
        st.sampled_from([False, False, True, None]),
    ),
    max_size=3,
    unique_by=lambda one: one.path,
).map(tuple)
ROLES = st.frozensets(st.sampled_from(["kafka-role", "other-role", "a__b-role"]), max_size=1)
TASKS = st.lists(
    st.builds(TaskPlace, st.sampled_from(["F1", "F2", "F9"]), st.sampled_from(["S8", "S9"]), ROLES), max_size=2
).map(tuple)
NOT_READ = Unknown("not readable")
UNREACHABLE = Roll(frozenset(AGENT_IDS), frozenset({"S9"}), frozenset())
TO_REGISTER = Roll(frozenset({*AGENT_IDS, "S9"}), frozenset(), frozenset())


def shown(
    cluster: Sequence[Spec],
    known: tuple[Framework, ...],
    apps: tuple[App, ...],
    znodes: tuple[StateNode, ...],
    roll: Roll | Unknown | None = None,
    tasks: tuple[TaskPlace, ...] | Unknown = (),
) -> Seen:
    """The cluster, with nothing hidden in it: a scan calls nothing abandoned otherwise.

    roll: None where every agent is there; agents of which the registry does not tell are unreachable, too.
    """
    agents = [Spec(one.id, one.items, True, False, one.capabilities, hidden=False).shown() for one in cluster]
    whole = seen(*agents, frameworks=known, apps=apps, znodes=znodes)
    if roll is None:
        return whole
    if isinstance(roll, Roll):
        gone = frozenset(AGENT_IDS) - {one.id for one in agents}
        roll = replace(roll, gone=gone)
    assert isinstance(whole.snapshot.counts, Counts)
    counts = replace(whole.snapshot.counts, agents_active=len(agents), agents_unreachable=1)
    return replace(whole, snapshot=replace(whole.snapshot, roll=roll, tasks=tasks, counts=counts))


CITIES = st.builds(shown, CLUSTERS, FRAMEWORKS, APPS, ALL_ZNODES)
AWAY = st.builds(
    shown,
    CLUSTERS,
    FRAMEWORKS,
    APPS,
    ALL_ZNODES,
    st.sampled_from([UNREACHABLE, UNREACHABLE, NOT_READ, TO_REGISTER]),
    TASKS | st.just(NOT_READ),
)


def znode_alone(node: StateNode, there: Seen) -> tuple[Judgement, Case]:
    """What a scan says of a znode, whoever else may hold something, and the clean-up of it alone."""
    judgement = judge_znode(node, there)
    assert judgement is not None
    view = znode_view(path=f"/{node.path}", ephemerals=("/x/1",) if node.live else ())
    return judgement, case(look(there.snapshot, znode=view), Job(znode=node.path))


@settings(max_examples=EXAMPLES)
@given(CITIES)
def test_o4_a_guard_refuses_just_the_znodes_that_a_scan_calls_an_active_frameworks(there: Seen) -> None:
    assert isinstance(there.znodes, tuple)
    for node in there.znodes:
        judgement, asked = znode_alone(node, there)
        lives = any(line.endswith(" is active.") for line in judgement.evidence)
        assert isinstance(live_znode(asked), Blocked) is lives, (judgement, there)
        if live_znode(asked) is not None:
            assert judgement.verdict is not Verdict.ZNODE_ONLY


@settings(max_examples=EXAMPLES)
@given(CITIES)
def test_s5_a_guard_keeps_just_the_znodes_that_a_scan_calls_still_used_by_their_role(there: Seen) -> None:
    assert isinstance(there.znodes, tuple)
    for node in there.znodes:
        judgement, asked = znode_alone(node, there)
        if judgement.verdict in (Verdict.UNKNOWN, Verdict.ZNODE_ONLY):  # else somebody is there, which is told first
            said = any("rule S5" in line for line in judgement.missing)
            assert (part_of_a_service(asked) is not None) is said, (judgement, there)


@settings(max_examples=EXAMPLES)
@given(AWAY)
def test_l6_the_roll_call_keeps_just_the_znodes_that_a_scan_calls_perhaps_used_by_who_is_away(there: Seen) -> None:
    assert isinstance(there.znodes, tuple)
    for node in there.znodes:
        judgement, asked = znode_alone(node, there)
        if judgement.verdict in (Verdict.UNKNOWN, Verdict.ZNODE_ONLY):
            roll = call_roll(asked)
            said = any(map(_names_agents_away, judgement.missing))
            assert bool(roll.leftovers or roll.waits) is said, (roll, judgement)
    for found in scan(there).found:
        if found.removal is not None and found.removal.znode is not None:
            view = znode_view(path=found.removal.path)
            roll = call_roll(case(look(there.snapshot, znode=view), found.removal))
            assert (roll.leftovers, roll.waits) == ((), ()), found


def _names_agents_away(line: str) -> bool:
    return any(words in line for words in ("which is unreachable", "did not register", "agents that are away hold"))


@settings(max_examples=EXAMPLES)
@given(CITIES | AWAY)
def test_what_a_scan_calls_abandoned_no_guard_refuses_and_no_living_service_has(there: Seen) -> None:
    found = scan(there)
    for one in found.found:
        if one.removal is not None:
            _no_guard_refuses(one, found, there)
    abandoned = found.of(Verdict.ABANDONED)
    if abandoned:
        _no_living_service_has(abandoned, there)
        _an_uninstall_by_its_name_takes_it(abandoned, there)


def _no_guard_refuses(found: Found, all_of_it: Scan, there: Seen) -> None:
    """Rules O1, O3, O4, S4, S5: the very clean-up that a scan prints, and a sweep runs."""
    assert found.removal is not None
    view = znode_view(path=found.removal.path) if found.removal.znode is not None else None
    asked = case(look(there.snapshot, znode=view), found.removal)
    objections: list[Objection] = [guard(asked) for guard in (live_owner, unshared_role, likely_typo, live_znode)]
    assert objections == [None] * 4, (found.removal, objections)
    node = found.judgement.znode
    alone = sum(one.judgement.znode == node for one in all_of_it.found) == 1  # else the others are gone by then
    # What can be in no request (rule D2) stays, and its znode with it: that is told as a leftover.
    if alone and not any(asked_on(agent, found.removal).unfit for agent in there.snapshot.agents):
        assert part_of_a_service(asked) is None


def _no_living_service_has(abandoned: Sequence[Found], there: Seen) -> None:
    """What an uninstall of a service would take that is registered, or has an app, is no abandoned one's."""
    frameworks, apps = there.snapshot.frameworks, there.apps
    assert isinstance(apps, tuple)
    ended = {one.id for one in frameworks if one.completed}
    names = {one.name for one in frameworks if not one.completed} | {one.id for one in apps}
    living = [one for name in names if (one := _service(name, there)) is not None]
    for part in (part for one in abandoned if one.holding is not None for part in one.holding.parts):
        if part.framework_id not in ended:  # what an earlier life left is told apart by that life's own id
            assert not any(one.marks.hold(part) for one in living), part


def _an_uninstall_by_its_name_takes_it(abandoned: Sequence[Found], there: Seen) -> None:
    for found in abandoned:
        name = found.judgement.service
        assert found.holding is not None
        assert name is not None
        one = _service(written(name), there)
        assert one is None or all(one.marks.hold(part) for part in found.holding.parts), (found, one)


def _service(name: str, there: Seen) -> Service | None:
    """As an uninstall knows it; None where the name means several."""
    assert isinstance(there.apps, tuple)
    try:
        return identify(name, there.apps, there.snapshot.frameworks, reservations(there.snapshot.agents))
    except UsageError:
        return None


# --- what hypothesis once found, with the verdict written by hand ---

F1 = {"framework_id": "F1"}


def only(found: Scan, role: str, framework_id: str | None = "F1") -> Found:
    """The one line of this owner in this role."""
    (one,) = (one for one in found.found if (it := one.holding) and (it.role, it.framework_id) == (role, framework_id))
    return one


def test_s5_a_znode_is_not_alone_while_the_role_of_its_name_holds_something() -> None:
    """The reservation names a framework of another name: whose it is, nobody knows, and a clean-up keeps the znode."""
    there = seen(
        agent("S1", reserved(role="other-role", labels=F1)),
        frameworks=(framework("F1", "kafka", active=False),),
        znodes=(StateNode("dcos-service-other", 3, live=False),),
    )
    found = scan(there)
    assert only(found, "other-role").verdict is Verdict.DISCONNECTED
    (node,) = (one for one in found.found if one.holding is None)
    assert (node.verdict, node.removal) == (Verdict.UNKNOWN, None)
    assert node.judgement.missing == (
        "Whether the reservations of role other-role are its service's: it is the role of that name, and framework F1 "
        "holds something there (rule S5 still-reserved).",
    )


def test_s5_the_znode_does_not_go_with_one_owner_while_another_holds_something_in_the_role_of_its_name() -> None:
    two = (reserved(labels=F1), reserved("mem", 8.0, labels={"framework_id": "F2"}))
    there = seen(
        agent("S1", *two),
        frameworks=(framework("F1", ended=HOUR / 2), framework("F2", "third", "third")),
        znodes=(StateNode("dcos-service-kafka", 3, live=False),),
    )
    assert only(scan(there), "kafka-role").command == (
        "clean", "-r", "kafka-role", "-p", "kafka-principal", "--label", "framework_id=F1"
    )  # fmt: skip


@pytest.mark.parametrize("path", ["dcos-service-kafka", "dcos-service-kafka/Tasks"])
def test_s5_what_is_below_a_services_znode_stays_with_it(path: str) -> None:
    held = look(seen(agent("S1", reserved())).snapshot, znode=znode_view(path=f"/{path}"))
    kept = part_of_a_service(case(held, Job(znode=path)))
    assert kept is not None
    assert "role kafka-role still holds reservations of its service" in kept.message


@pytest.mark.parametrize(("role", "path"), [("kafka-role", "dcos-service-kafka"), ("prod", "spark_mesos_dispatcher")])
def test_l6_a_znode_does_not_go_while_an_agent_is_away_that_a_task_of_its_owner_was_on(role: str, path: str) -> None:
    """The name of the second one tells nothing of the role; that its holding goes with it does."""
    name = {"prod": "spark"}.get(role, "kafka")
    past = framework("F1", name, role, ended=HOUR / 2)
    held, node = agent("S1", reserved(role=role, labels=F1)), StateNode(path, 3, live=False)
    whole = seen(held, frameworks=(past,), znodes=(node,))
    assert only(scan(whole), role).command[-2:] == ("-z", path)
    away = replace(whole.snapshot, roll=registry("S1", unreachable=["S9"]))
    tied = replace(away, tasks=(TaskPlace("F1", "S9", frozenset()),))
    found = only(scan(Seen(tied, (), (node,))), role)
    assert (found.verdict, found.removal) == (Verdict.ABANDONED, Job(role=role, principal="kafka-principal"))
    elsewhere = replace(away, tasks=(TaskPlace("F2", "S9", frozenset()),))
    assert only(scan(Seen(elsewhere, (), (node,))), role).command[-2:] == ("-z", path)


def test_l6_a_znode_alone_is_unknown_while_an_agent_is_away_that_its_service_was_on() -> None:
    node = StateNode("dcos-service-kafka", 3, live=False)
    there = seen(agent("S1"), frameworks=(framework("F1", ended=HOUR / 2),), znodes=(node,))
    away = registry("S1", unreachable=["S8", "S9"])
    tasks = (TaskPlace("F1", "S9", frozenset()), TaskPlace("F9", "S8", frozenset({"kafka-role"})))
    judgement = judge_znode(node, replace(there, snapshot=replace(there.snapshot, roll=away, tasks=tasks)))
    assert judgement is not None
    assert judgement.missing == (
        "What agent S8 holds, which is unreachable: framework F9 had a task there, and so of 1 more agent (rule L6 "
        "lost-agent).",
    )


class _Counted(tuple[T, ...]):
    """Tasks, or agents, that count how often they are gone through."""

    passes = 0

    def __iter__(self) -> Iterator[T]:
        _Counted.passes += 1
        return super().__iter__()


def test_l6_the_tasks_and_agents_of_a_large_cluster_are_not_gone_through_for_each_znode() -> None:
    passes = []
    for count in (1, 50):
        _Counted.passes = 0
        nodes = tuple(StateNode(f"dcos-service-s{n}", 3, live=False) for n in range(count))
        there = seen(agent("S1"), znodes=nodes)
        tasks = _Counted([TaskPlace("F1", "S9", frozenset({"s0-role"})), *[TaskPlace("F2", "S1", frozenset())] * 9])
        away, agents = registry("S1", unreachable=["S9"]), _Counted(there.snapshot.agents)
        whole = replace(there.snapshot, roll=away, tasks=tasks, agents=agents)
        found = scan(Seen(whole, (), nodes)).of(Verdict.ZNODE_ONLY)
        assert len(found) == count - 1
        passes.append(_Counted.passes)
    assert passes[0] == passes[1]


def test_o3_what_names_no_framework_in_a_services_own_role_is_that_services() -> None:
    """It joined framework F1, which is called otherwise. An uninstall of kafka takes all of it, one of other a part."""
    held = (reserved("cpus", 1.0), reserved("cpus", 1.0, labels=F1))
    found = only(scan(seen(agent("S1", *held), frameworks=(framework("F1", "other", ended=1.0),))), "kafka-role")
    assert (found.verdict, found.judgement.service) == (Verdict.ABANDONED, "kafka")
    assert found.command == ("clean", "-r", "kafka-role", "-p", "kafka-principal")
    labelled = only(scan(seen(agent("S1", held[1]), frameworks=(framework("F1", "other", ended=1.0),))), "kafka-role")
    assert (labelled.verdict, labelled.judgement.service) == (Verdict.ABANDONED, "other")


def test_what_names_no_framework_and_is_of_a_principal_of_several_is_unknown() -> None:
    held = (reserved("cpus", 1.0, role="prod"), reserved("cpus", 1.0, role="prod", labels=F1))
    past = framework("F1", "other", "prod", ended=HOUR / 2)
    neighbour = framework("F2", "third", "third", ended=HOUR / 2)
    found = only(scan(seen(agent("S1", *held), frameworks=(past, neighbour))), "prod")
    assert found.verdict is Verdict.UNKNOWN
    assert found.judgement.missing == (
        "Who owns 1 reservation that names no framework: principal kafka-principal is not service other's alone.",
    )
    assert only(scan(seen(agent("S1", *held), frameworks=(past,))), "prod").verdict is Verdict.ABANDONED


@pytest.mark.parametrize(
    ("role", "principal", "by"),
    [("kafka-role", "another", "role kafka-role"), ("prod", "kafka-principal", "principal kafka-principal")],
)
def test_what_names_a_framework_that_the_master_forgot_may_be_that_of_a_service_that_is_there(
    role: str, principal: str, by: str
) -> None:
    """A master forgets completed frameworks: the id may be that of an earlier life, and may be anybody's."""
    held = agent("S1", reserved(role=role, principal=principal, labels={**F1, "resource_id": "r1"}))
    there = framework("F2", active=False)
    found = only(scan(seen(held, frameworks=(there,), znodes=(StateNode("dcos-service-kafka", 3),))), role)
    assert found.verdict is Verdict.UNKNOWN
    assert (
        f"Whether service kafka, which is there, still uses it: {by} is its own, and the master does not know "
        "framework F1, which the label names."
    ) in found.judgement.missing
    ended = framework("F1", ended=HOUR / 2)
    assert only(scan(seen(held, frameworks=(there, ended))), role).verdict is Verdict.ABANDONED


@pytest.mark.parametrize(
    ("shown", "held"),
    [
        (volume("v1", 9.0, labels={"resource_id": "r1"}), volume("v1", 9.0, principal="another")),
        (reserved(labels={"resource_id": "r1"}), reserved(role="prod", labels={"resource_id": "r1"})),
    ],
    ids=["a volume of the role", "a resource_id"],
)
def test_o1_what_a_framework_holds_by_its_mark_is_in_use_whatever_else_is_said_of_it(shown: Item, held: Item) -> None:
    holder = framework("F2", "other", "other-role", principal="third", holds=[held])
    found = only(scan(seen(agent("S1", shown), frameworks=(holder,))), "kafka-role", None)
    assert found.verdict is Verdict.IN_USE
    assert only(scan(seen(agent("S1", shown))), "kafka-role", None).verdict is Verdict.ABANDONED
