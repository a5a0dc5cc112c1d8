"""How it is known that what an agent held is gone (rules P1 and P2)."""

from __future__ import annotations

import msgspec
import pytest

from janitor.cleanup.job import Job
from janitor.cleanup.memory import Memory
from janitor.cleanup.prove import (
    BY_OPERATIONS,
    BY_OWN_STATE,
    BY_PINGS,
    Proof,
    earlier_operations,
    holds,
    prove,
    touching,
)
from janitor.cleanup.selection import pin
from janitor.mesos.cluster import Flags, Operation, OwnState, Snapshot, Unknown
from tests.unit.builders import (
    WITH_FEEDBACK,
    WITHOUT_FEEDBACK,
    Item,
    agent,
    answer,
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


def _prove(seen: Snapshot, *, now: float = 1010.0, sent_at: float | None = 1000.0, asked: Job | None = None) -> Proof:
    """What is known of S1, which held HELD at 990 and was written to at `sent_at`."""
    asked = asked or job()
    memory = Memory().after_look(look(snapshot(agent("S1", *HELD)), now=990.0), asked)
    if sent_at is not None:
        memory = memory.after_answers([(answer(202), frozenset(), False)], sent_at)
    memory = memory.after_empty(["S1"], 1005.0)
    assert memory.selection is not None
    return prove(seen.agents[0], memory.selection.pins["S1"], look(seen, now=now), asked, memory)


def _s1(capabilities: frozenset[str] = WITH_FEEDBACK, *, pending: list[Operation] | None = None,
        own: OwnState | Unknown | None = None) -> Snapshot:  # fmt: skip
    return snapshot(
        agent("S1", capabilities=capabilities),
        pending=pending,
        own={} if own is None else {"S1": own},
        flags=Flags(ping_window=75.0),
    )


def test_p1_an_agent_that_tells_operations_is_proven_when_none_is_pending() -> None:
    assert _prove(_s1(pending=[])) == Proof(how=BY_OPERATIONS)


@pytest.mark.parametrize("held", HELD)
def test_p1_a_pending_operation_of_an_operator_on_what_was_selected_is_waited_for(held: Item) -> None:
    proof = _prove(_s1(pending=[operation("S1", held)]))
    assert proof.how is None
    assert proof.wait is not None
    assert "S1" in proof.wait.what


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
    assert _prove(_s1(pending=[other])) == Proof(how=BY_OPERATIONS)


NOT_TOLD = [
    pytest.param(WITH_FEEDBACK, None, id="a master before 1.6"),
    pytest.param(WITHOUT_FEEDBACK, [], id="an agent without RESOURCE_PROVIDER"),
]


@pytest.mark.parametrize("capabilities, pending", NOT_TOLD)
def test_p2_where_operations_are_not_told_the_agents_own_state_is_asked(
    capabilities: frozenset[str], pending: list[Operation] | None
) -> None:
    assert _prove(_s1(capabilities, pending=pending)) == Proof(ask=True)


@pytest.mark.parametrize("capabilities, pending", NOT_TOLD)
@pytest.mark.parametrize(
    ("own", "proven"),
    [
        (own_state(), True),
        (own_state(reserved("mem"), reserved(principal="another"), reserved(role="other")), True),
        (own_state(reserved("cpus", 0.5)), False),
        (own_state(reserved("disk", 500.0)), False),
        (own_state(volume("v1")), False),
    ],
    ids=["nothing", "something else", "a part of it", "the disk of the volume", "the volume"],
)
def test_p2_the_agents_own_state_proves_it_or_tells_that_it_is_not_done(
    capabilities: frozenset[str], pending: list[Operation] | None, own: OwnState, proven: bool
) -> None:
    proof = _prove(_s1(capabilities, pending=pending, own=own))
    assert proof.how == (BY_OWN_STATE if proven else None)
    assert proof.ask is not proven
    assert (proof.wait is None) is proven


@pytest.mark.parametrize(
    ("now", "sent_at", "proven"),
    [(1075.0, 1000.0, False), (1075.1, 1000.0, True), (1079.9, None, False), (1080.1, None, True)],
    ids=["not yet since the last write", "since the last write", "not yet since it was seen empty", "since then"],
)
@pytest.mark.parametrize("capabilities, pending", NOT_TOLD)
def test_p2_where_it_cannot_be_read_the_ping_window_must_have_passed_since_the_last_write(
    capabilities: frozenset[str], pending: list[Operation] | None, now: float, sent_at: float | None, proven: bool
) -> None:
    seen = _s1(capabilities, pending=pending, own=Unknown("connection refused"))
    proof = _prove(seen, now=now, sent_at=sent_at)
    assert proof.how == (BY_PINGS if proven else None)
    if not proven:
        assert proof.wait is not None
        assert proof.wait.at_most == 75.0
        assert "connection refused" in proof.wait.what


def test_p2_what_the_agent_shows_and_the_job_never_asked_for_is_no_hindrance() -> None:
    asked = job(labels=[("a", "1")])
    selection = pin([agent("S1", reserved(labels={"a": "1"}))], (), asked)
    assert holds(own_state(reserved(labels={"a": "1"})), selection.pins["S1"], asked)
    assert not holds(own_state(reserved(labels={"a": "2"})), selection.pins["S1"], asked)


def test_p1_touching_finds_an_operation_on_anything_that_was_pinned() -> None:
    pins = pin([agent("S1", *HELD)], (), job()).pins["S1"]
    ours = operation("S1", reserved("mem"), volume("v7"))
    assert touching("S1", pins, [operation("S2", *HELD), ours]) is ours
    assert touching("S1", {}, [ours]) is None


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
    given_up = frozenset(asked.lost_agents)
    assert bool(earlier_operations(look(seen), asked, given_up)) is waits


def _odd_own_state() -> OwnState:
    summaries = (msgspec.Raw(b'{"cpus":1.0}'), msgspec.Raw(b'{"kafka-role":{"cpus":1.0}}'), msgspec.Raw(b"{}"))
    return OwnState("S1", {}, summaries)


def test_l4_an_own_state_that_contradicts_itself_proves_nothing_and_says_so() -> None:
    proof = _prove(_s1(WITHOUT_FEEDBACK, own=_odd_own_state()), now=1010.0)
    assert (proof.how, proof.ask) == (None, True)
    assert proof.wait is not None
    assert "its list in reserved_resources_full is missing" in proof.wait.what


@pytest.mark.parametrize("agent_id", ["S1", None])
def test_l4_an_operation_that_may_touch_the_selection_is_waited_for(agent_id: str | None) -> None:
    unclear = Operation(agent_id, None, "UNRESERVE", frozenset(), unclear=True)
    proof = _prove(_s1(pending=[unclear]))
    assert proof.how is None
    assert proof.wait is not None
    assert [wait.what for wait in earlier_operations(look(_s1(pending=[unclear])), job(), frozenset())] == [
        "agent S1 to apply UNRESERVE" if agent_id else "an agent to apply UNRESERVE"
    ]


def test_l4_an_unclear_operation_of_another_agent_or_of_a_framework_is_not_waited_for() -> None:
    others = [
        Operation("S2", None, "UNRESERVE", frozenset(), unclear=True),
        Operation("S1", "F1", "UNRESERVE", frozenset(), unclear=True),
    ]
    assert _prove(_s1(pending=others)).how == BY_OPERATIONS
