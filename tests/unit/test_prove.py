"""How it is known that an agent has nothing of what was asked for (rules P1, P2 and P2a)."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest

from janitor.cleanup.case import Case
from janitor.cleanup.job import Job
from janitor.cleanup.memory import Memory
from janitor.cleanup.pings import removals_waiting
from janitor.cleanup.pins import NO_PINS
from janitor.cleanup.proof import Proof
from janitor.cleanup.prove import (
    Finding,
    doubtful,
    earlier_operations,
    holds,
    prove,
    touching,
)
from janitor.cleanup.selection import pin
from janitor.mesos.cluster import Counts, Flags, Operation, OwnState, Snapshot, Unknown
from tests.unit.builders import (
    WITH_FEEDBACK,
    WITHOUT_FEEDBACK,
    Item,
    agent,
    case,
    job,
    look,
    operation,
    own_state,
    reserved,
    snapshot,
    volume,
    volume_on_static,
)

HELD = (reserved(), volume())


def _prove(
    seen: Snapshot, *, now: float = 1010.0, asked: Job | None = None, quiet_at: float | None = None, unread: str = ""
) -> Finding:
    """What is known of S1, which held HELD at 990 and has shown nothing of it since 1005."""
    asked = asked or job()
    memory = Memory().after_look(look(snapshot(agent("S1", *HELD)), now=990.0), asked)
    memory = memory.after_empty(["S1"], 1005.0).after_proofs((), (), (), quiet_at)
    memory = replace(memory, unread={"S1": unread} if unread else {})
    return prove(seen.agents[0], Case(look(seen, now=now), asked, memory))


def _s1(
    capabilities: frozenset[str] = WITH_FEEDBACK,
    *,
    pending: list[Operation] | None = None,
    own: OwnState | Unknown | None = None,
    flags: Flags | None = None,
    counts: Counts | Unknown | None = None,
) -> Snapshot:
    return snapshot(
        agent("S1", capabilities=capabilities),
        pending=pending,
        own={} if own is None else {"S1": own},
        flags=flags or Flags(ping_timeout=15.0, ping_misses=5),
        counts=counts or Counts(0, 0, waiting=0),
    )


def test_p1_an_agent_that_tells_operations_is_proven_when_none_is_pending() -> None:
    assert _prove(_s1(pending=[])) == Finding(Proof.BY_OPERATIONS)


@pytest.mark.parametrize("held", HELD)
def test_p1_a_pending_operation_of_an_operator_on_what_was_selected_is_waited_for(held: Item) -> None:
    finding = _prove(_s1(pending=[operation("S1", held)]))
    assert finding.proof is None
    assert finding.wait is not None
    assert "S1" in finding.wait.what


@pytest.mark.parametrize(
    "other",
    [
        operation("S2", *HELD),
        operation("S1", *HELD, framework_id="F1"),
        operation("S1", reserved("mem")),
        operation("S1", reserved(principal="another")),
    ],
    ids=["on another agent", "of a framework", "of another kind", "of another principal"],
)
def test_p1_other_operations_prove_nothing_and_hinder_nothing(other: Operation) -> None:
    assert _prove(_s1(pending=[other])) == Finding(Proof.BY_OPERATIONS)


NOT_TOLD = [
    pytest.param(WITH_FEEDBACK, None, id="a master before 1.6"),
    pytest.param(WITHOUT_FEEDBACK, [], id="an agent without RESOURCE_PROVIDER"),
]


@pytest.mark.parametrize("capabilities, pending", NOT_TOLD)
def test_p2_where_operations_are_not_told_the_agents_own_state_is_asked(
    capabilities: frozenset[str], pending: list[Operation] | None
) -> None:
    assert _prove(_s1(capabilities, pending=pending)) == Finding(ask=True)


@pytest.mark.parametrize("capabilities, pending", NOT_TOLD)
@pytest.mark.parametrize(
    ("own", "proven"),
    [
        (own_state(), True),
        (own_state(reserved(principal="another"), reserved(role="other")), True),
        (own_state(reserved("mem")), False),
        (own_state(reserved("cpus", 0.5)), False),
        (own_state(reserved("disk", 500.0)), False),
        (own_state(volume("v1")), False),
    ],
    ids=[
        "nothing",
        "something else",
        "what this run never saw",
        "a part of it",
        "the disk of the volume",
        "the volume",
    ],
)
def test_p2_the_agents_own_state_proves_it_or_tells_that_it_is_not_done(
    capabilities: frozenset[str], pending: list[Operation] | None, own: OwnState, proven: bool
) -> None:
    finding = _prove(_s1(capabilities, pending=pending, own=own))
    assert finding.proof == (Proof.BY_OWN_STATE if proven else None)
    assert finding.ask is not proven
    assert (finding.wait is None) is proven


CLOSED = Unknown("connection refused.")


@pytest.mark.parametrize("capabilities, pending", NOT_TOLD)
@pytest.mark.parametrize(
    ("now", "quiet_at", "proven"),
    [
        (1094.9, None, False),
        (1096.0, None, False),
        (1096.0, 1094.9, False),
        (1096.0, 1095.1, True),
    ],
    ids=["within the window", "nobody has read the metrics yet", "they were read too early", "read after it"],
)
def test_p2_where_it_cannot_be_read_it_must_have_answered_a_ping_since(
    capabilities: frozenset[str], pending: list[Operation] | None, now: float, quiet_at: float | None, proven: bool
) -> None:
    """Five pings of 15 s may be missed; an agent that went silent just after one is given up after 90 s."""
    finding = _prove(_s1(capabilities, pending=pending, own=CLOSED), now=now, quiet_at=quiet_at)
    assert finding.proof == (Proof.BY_PINGS if proven else None)
    if not proven:
        assert finding.wait is not None
        assert "connection refused" in finding.wait.what


def test_p2_the_wait_for_pings_says_how_long_it_takes() -> None:
    wait = _prove(_s1(own=CLOSED)).wait
    assert wait is not None
    assert (wait.since, wait.at_most) == (1005.0, 90.0)
    assert "--timeout 150s" in str(wait.remedy)


def test_p2_a_look_that_does_not_ask_again_proves_the_same_as_the_one_before() -> None:
    assert _prove(_s1(), now=1100.0, quiet_at=1096.0, unread="connection refused") == Finding(Proof.BY_PINGS)
    early = _prove(_s1(), unread="connection refused").wait
    assert early is not None
    assert "connection refused" in early.what


@pytest.mark.parametrize(
    ("counts", "says"),
    [
        (Counts(0, 0, waiting=1), "1 agent to remove, at most 1/20mins"),
        (Counts(0, 0, waiting=None, waiting_old=0), "does not tell master/slave_unreachable_scheduled"),
        (Unknown("metrics: 403 Forbidden."), "whether it waits to be removed: metrics: 403 Forbidden)"),
    ],
    ids=["somebody waits to be removed", "only the old metrics, which stay at zero", "no metrics"],
)
def test_p2_active_is_no_answered_ping_while_agents_may_wait_to_be_removed(counts: Counts | Unknown, says: str) -> None:
    finding = _prove(_s1(own=CLOSED, counts=counts, flags=Flags(removal_limit="1/20mins")), now=5000.0)
    assert finding.proof is None
    assert finding.wait is not None
    assert says in finding.wait.what
    assert finding.wait.at_most is None


def test_p2_masters_before_1_1_count_by_the_old_names() -> None:
    waiting = _s1(own=CLOSED, counts=Counts(0, 0, waiting_old=2), flags=Flags(removal_limit="1/20mins"))
    old = replace(waiting, leader=replace(waiting.leader, version="1.0.4"))
    finding = _prove(old, now=5000.0)
    assert finding.wait is not None
    assert "2 agents to remove" in finding.wait.what


def test_p2_where_no_limit_holds_removals_back_nobody_waits_for_one() -> None:
    """Mesos, SlaveObserver: without a limiter the permit is there at once. An agent that went away stays counted."""
    counted = _s1(own=CLOSED, counts=Counts(0, 0, waiting=1))
    listed = _prove(counted, now=5000.0)
    assert listed.wait is not None
    assert "to be in the master's list again" in listed.wait.what
    assert removals_waiting(counted) == 0
    assert _prove(counted, now=5000.0, quiet_at=4996.0) == Finding(Proof.BY_PINGS)


def test_p2_a_count_that_may_stay_for_ever_is_explained() -> None:
    finding = _prove(_s1(own=CLOSED, counts=Counts(0, 0, waiting=1), flags=Flags(removal_limit="1/20mins")), now=5000.0)
    assert finding.wait is not None
    assert finding.wait.remedy is not None
    assert "until another master leads" in finding.wait.remedy
    assert "own state can be read" in finding.wait.remedy


def test_p2_flags_that_cannot_be_read_tell_no_window() -> None:
    finding = _prove(_s1(own=CLOSED, flags=Flags(unread="403 Forbidden.")), now=5000.0, quiet_at=4000.0)
    assert finding.proof is None
    assert finding.wait is not None
    assert "(its own state cannot be read: connection refused; the master's flags cannot be read" in finding.wait.what


def test_p2_what_the_agent_shows_and_the_job_never_asked_for_is_no_hindrance() -> None:
    asked = job(labels=[("a", "1")])
    assert holds(own_state(reserved(labels={"a": "1"})), agent("S1"), asked)
    assert not holds(own_state(reserved(labels={"a": "2"})), agent("S1"), asked)


def test_p2_what_the_master_shows_there_too_is_nothing_that_is_still_to_be_done() -> None:
    """It came after the first look, and is named as new (rule S2)."""
    assert not holds(own_state(reserved("mem")), agent("S1", reserved("mem")), job())


@pytest.mark.parametrize(
    ("asked", "counts"),
    [
        (job(None, None, znode="dcos-service-kafka"), True),
        (job("*", None, znode="dcos-service-kafka"), True),
        (job(principal="another", znode="dcos-service-kafka"), True),
        (job(principal="another"), False),
        (job(None, None, znode="dcos-service-cassandra"), False),
        (job(None, None, znode="something"), False),
    ],
)
def test_s5_the_role_of_the_znode_counts_too(asked: Job, counts: bool) -> None:
    assert holds(own_state(reserved()), agent("S1"), asked) is counts


@pytest.mark.parametrize(
    ("asked", "concerned"),
    [
        (job(), True),
        (job(None, None, znode="dcos-service-kafka"), True),
        (job("*", None, znode="something"), False),
        (job(None, "kafka-principal"), False),
    ],
)
def test_p2a_only_what_an_agent_may_hold_of_what_was_asked_for_is_in_doubt(asked: Job, concerned: bool) -> None:
    old = agent("S1", capabilities=WITHOUT_FEEDBACK)
    assert doubtful(old, case(look(snapshot(old)), asked)) is concerned
    assert doubtful(agent("S1"), case(look(snapshot(agent("S1"), pending=None)), asked)) is concerned
    assert not doubtful(agent("S1"), case(look(snapshot(agent("S1"), pending=[])), asked))


def test_p1_touching_finds_an_operation_on_anything_that_was_pinned() -> None:
    pins = pin([agent("S1", *HELD)], (), job()).pins["S1"]
    ours = operation("S1", reserved("mem"), volume("v7"))
    assert touching("S1", pins, [operation("S2", *HELD), ours]) is ours
    assert touching("S1", NO_PINS, [ours]) is None


@pytest.mark.parametrize(
    ("pending", "asked", "waits"),
    [
        (operation("S1", reserved()), job(), True),
        (operation("S1", reserved()), job(principal=None), True),
        (operation("S1", reserved(principal="another")), job(), False),
        (operation("S1", reserved(principal="another")), job(any_principal=True), True),
        (operation("S1", reserved(role="other")), job(), False),
        (operation("S1", volume_on_static(), type="DESTROY"), job(), True),
        (operation("S1", reserved(), framework_id="F1"), job(), False),
        (operation("S1", reserved()), job(None, None, znode="x"), False),
        (operation("S1", reserved()), job(lost=["S1"]), False),
    ],
    ids=["ours", "the role's", "another principal's", "any principal's", "another role's", "of a volume on static",
         "a framework's", "nothing asked for", "on an agent that never returns"],
)  # fmt: skip
def test_p1_operations_of_an_earlier_run_on_what_was_asked_for_are_waited_for(
    pending: Operation, asked: Job, waits: bool
) -> None:
    seen = snapshot(agent("S1", active=False), pending=[pending])
    assert bool(earlier_operations(case(look(seen), asked))) is waits


def _odd_own_state() -> OwnState:
    summaries = (msgspec.Raw(b'{"cpus":1.0}'), msgspec.Raw(b'{"kafka-role":{"cpus":1.0}}'), msgspec.Raw(b"{}"))
    return OwnState("S1", {}, summaries)


def test_l4_an_own_state_that_contradicts_itself_proves_nothing_and_says_so() -> None:
    finding = _prove(_s1(WITHOUT_FEEDBACK, own=_odd_own_state()), now=1010.0)
    assert (finding.proof, finding.ask) == (None, True)
    assert finding.wait is not None
    assert "its list in reserved_resources_full is missing" in finding.wait.what


@pytest.mark.parametrize("agent_id", ["S1", None])
def test_l4_an_operation_that_may_touch_the_selection_is_waited_for(agent_id: str | None) -> None:
    unclear = Operation(agent_id, None, "UNRESERVE", frozenset(), unclear=True)
    finding = _prove(_s1(pending=[unclear]))
    assert finding.proof is None
    assert finding.wait is not None
    assert [wait.what for wait in earlier_operations(case(look(_s1(pending=[unclear])), job()))] == [
        "agent S1 to apply UNRESERVE" if agent_id else "an agent to apply UNRESERVE"
    ]


def test_l4_an_unclear_operation_of_another_agent_or_of_a_framework_is_not_waited_for() -> None:
    others = [
        Operation("S2", None, "UNRESERVE", frozenset(), unclear=True),
        Operation("S1", "F1", "UNRESERVE", frozenset(), unclear=True),
    ]
    assert _prove(_s1(pending=others)).proof == Proof.BY_OPERATIONS
