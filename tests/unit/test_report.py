"""From what a run saw and did to its outcome: 0 is the last thing that is set (rules P3, S5, L6)."""

from __future__ import annotations

import pytest

from janitor import rules
from janitor.cleanup.decide import decide
from janitor.cleanup.job import Job
from janitor.cleanup.memory import Memory
from janitor.cleanup.outcome import Outcome, ZnodeRecord
from janitor.cleanup.report import Course, outcome_of
from janitor.cli.views.report import Report
from janitor.errors import Forbidden, Interrupted, JanitorError, OutOfTime, Refusal
from janitor.mesos.cluster import Snapshot
from janitor.message import Remedy
from tests.cli.terminal import environment, written
from tests.unit.builders import (
    WITHOUT_FEEDBACK,
    ZNODE,
    agent,
    answer,
    framework,
    job,
    look,
    registry,
    reserved,
    snapshot,
    volume,
    znode_view,
)

HELD = snapshot(agent("S1", reserved(), volume()), agent("S2"))
GONE = snapshot(agent("S1"), agent("S2"))
DRY = Job(role="kafka-role", principal="kafka-principal", znode=ZNODE, dry_run=True)


def end(
    *looks: Snapshot,
    asked: Job | None = None,
    answers: tuple[tuple[int | None, str], ...] = (),
    error: JanitorError | None = None,
    znode: ZnodeRecord | None = None,
    there: bool = True,
) -> Outcome:
    """How a run over these looks ends; the answers came after the first."""
    asked = asked or job()
    memory = Memory()
    course = Course(asked, started=0.0, ended=12.5, error=error, znode=znode)
    for number, seen in enumerate(looks):
        view = znode_view(at=float(number), exists=there) if asked.znode is not None else None
        inventory = look(seen, now=float(number), znode=view)
        decision = decide(inventory, asked, memory)
        memory = decision.memory
        course.looked(inventory, decision)
        if number == 0 and answers:
            course.answers += [answer(status, words) for status, words in answers]
            kinds = frozenset(item.kind for work in decision.work for item in (*work.volumes, *work.reservations))
            memory = memory.after_answers([(one, kinds, False) for one in course.answers])
    return outcome_of(course, memory)


def test_p3_a_run_that_saw_nothing_has_failed() -> None:
    outcome = end(error=OutOfTime("Out of time after 900 s waiting for the master."))
    assert outcome.status == 5
    assert outcome.agents == ()
    assert outcome.error is not None
    assert end().status == 5


def test_p3_everything_proven_gone_is_0() -> None:
    outcome = end(HELD, GONE, answers=((202, ""), (202, "")))
    assert (outcome.status, outcome.leftovers, outcome.blocked) == (0, (), ())
    assert outcome.seconds == 12.5
    one, other = outcome.agents
    assert (one.agent_id, one.host, one.roles, one.volumes, one.items) == ("S1", "s1.example", ("kafka-role",), 1, 2)
    assert [said.status for said in one.answers] == [202, 202]
    assert one.proof is not None
    assert (other.agent_id, other.roles, other.items, other.proof) == ("S2", (), 0, None)


def test_p3_what_is_left_when_the_time_is_over_is_named_with_the_servers_words() -> None:
    outcome = end(HELD, HELD, answers=((409, "{} does not contain cpus:1"),), error=OutOfTime("Out of time."))
    assert outcome.status == 5
    assert {(left.agent_id, left.host, left.item, left.words) for left in outcome.leftovers} == {
        ("S1", "s1.example", "cpus:1", "409 {} does not contain cpus:1"),
        ("S1", "s1.example", "disk:500 (volume v1)", "409 {} does not contain cpus:1"),
    }
    assert all(left.remedy for left in outcome.leftovers)


def test_p3_what_was_sent_and_is_not_proven_is_a_leftover() -> None:
    held = snapshot(agent("S1", reserved(), capabilities=WITHOUT_FEEDBACK))
    gone = snapshot(agent("S1", capabilities=WITHOUT_FEEDBACK))
    outcome = end(held, gone, answers=((202, ""),), error=OutOfTime("Out of time."))
    assert [left.agent_id for left in outcome.leftovers] == ["S1"]


def test_p3_a_leftover_alone_makes_it_5_whatever_else_went_well() -> None:
    then = snapshot(agent("S2"), roll=registry("S2", unreachable=["S1"]))
    outcome = end(HELD, then, answers=((202, ""), (202, "")))
    assert outcome.status == 5
    assert {left.agent_id for left in outcome.leftovers} == {"S1"}


@pytest.mark.parametrize(
    ("state", "status"), [("gone", 0), ("missing", 0), ("root-left", 0), ("kept", 5), ("failed", 5)]
)
def test_z4_z5_what_became_of_the_znode_counts(state: str, status: int) -> None:
    record = ZnodeRecord(f"/{ZNODE}", state)  # type: ignore[arg-type]  # the parameter is one of the literals
    assert end(GONE, asked=job(znode=ZNODE), znode=record).status == status


def test_z5_a_znode_that_was_never_reached_is_kept_and_the_run_has_not_succeeded() -> None:
    outcome = end(HELD, asked=job(znode=ZNODE), error=OutOfTime("Out of time."))
    assert outcome.znode is not None
    assert (outcome.znode.path, outcome.znode.state) == (f"/{ZNODE}", "kept")
    assert outcome.status == 5


def test_z5_a_znode_that_is_not_there_does_not_stay() -> None:
    """Where an agent that is away keeps a second run from its end, there is nothing to keep any more."""
    away = snapshot(agent("S1", reserved(), active=False))
    for there, said in ((True, True), (False, False)):
        outcome = end(away, asked=job(znode=ZNODE), there=there)
        assert (outcome.status, outcome.znode and outcome.znode.state) == (5, "kept")
        env = environment({}, terminal=True)
        Report(env.err, quiet=False, width=None, colour=False).outcome(outcome)
        assert (f"The znode /{ZNODE} stays." in written(env.err)) is said


def test_s5_the_znode_that_stays_because_its_service_holds_more_is_told_as_such() -> None:
    seen = snapshot(agent("S1", reserved(role="slave_public/kafka-role")))
    outcome = end(seen, asked=job(znode=ZNODE))
    assert outcome.status == 5
    assert [blocked.rule.code for blocked in outcome.blocked] == ["S5"]


@pytest.mark.parametrize("asked", [job(), DRY])
def test_o1_a_refusal_before_the_first_write_is_its_status_and_nothing_is_left_over(asked: Job) -> None:
    outcome = end(snapshot(agent("S1", reserved()), frameworks=[framework()]), asked=asked)
    assert outcome.status == 6
    assert [blocked.rule.code for blocked in outcome.blocked] == ["O1"]
    assert outcome.leftovers == ()


def test_o1_a_refusal_in_a_later_round_says_what_is_done_and_what_is_left() -> None:
    then = snapshot(agent("S1", reserved()), agent("S2"), frameworks=[framework()])
    outcome = end(HELD, then, answers=((202, ""), (409, "does not contain")))
    assert outcome.status == 6
    assert [left.item for left in outcome.leftovers] == ["cpus:1"]
    assert [said.status for said in outcome.agents[0].answers] == [202, 409]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (Interrupted(2), 130),
        (Interrupted(15), 143),
        (OutOfTime("Out of time."), 5),
        (Forbidden("403 Forbidden.", status=403, body="", url="http://m/"), 5),
        (Refusal("refused", rule=rules.Z1), 6),
    ],
)
def test_an_error_that_ended_the_run_gives_the_status_even_when_the_last_look_was_clean(
    error: JanitorError, status: int
) -> None:
    outcome = end(GONE, error=error)
    assert outcome.status == status
    assert outcome.error == (error.message, error.remedy)


# --- --dry-run ----------


def test_a_dry_run_of_what_would_go_well_is_0_and_plans_the_znode() -> None:
    outcome = end(HELD, asked=DRY)
    assert outcome.status == 0
    assert outcome.dry_run
    assert outcome.leftovers == ()
    assert outcome.znode is not None
    assert outcome.znode.state == "planned"
    assert outcome.result == "would-remove"


def test_a_dry_run_plans_no_znode_that_is_not_there() -> None:
    outcome = end(snapshot(agent("S1")), asked=DRY, there=False)
    assert (outcome.status, outcome.result) == (0, "not-found")
    assert outcome.znode is not None
    assert outcome.znode.state == "missing"


@pytest.mark.parametrize(
    "seen",
    [
        snapshot(agent("S1", reserved(), active=False)),
        snapshot(agent("S1", reserved()), recovered=["S2"]),
        snapshot(agent("S1", reserved("cpus", 0.0))),
        snapshot(agent("S1", reserved(role="slave_public/kafka-role"))),
    ],
    ids=["a disconnected agent", "a recovered agent", "an item that cannot be sent", "more of the service"],
)
def test_a_dry_run_of_what_would_not_end_well_is_5_and_keeps_the_znode(seen: Snapshot) -> None:
    outcome = end(seen, asked=DRY)
    assert outcome.status == 5
    assert outcome.znode is not None
    assert outcome.znode.state == "kept"


def test_d5_executors_that_a_run_would_wait_out_do_not_fail_a_dry_run() -> None:
    outcome = end(snapshot(agent("S1", reserved()), frameworks=[framework(ended=5.0)]), asked=DRY)
    assert outcome.status == 0


def test_a_redirect_of_a_write_names_no_host_to_paste() -> None:
    """Whoever answers in the master's place chose it, and what is named gets the login."""
    words = "redirected to https://evil.example/api/v1, another host than the one asked: nothing was done"
    ended = end(HELD, HELD, answers=((302, words),))
    assert {one.words for one in ended.leftovers} == {f"302 {words}"}
    (remedy,) = {one.remedy for one in ended.leftovers}
    assert "gets the login" in remedy
    assert "evil.example" not in remedy
    assert Remedy.of(remedy).commands == ("-m http://MASTER:5050/master/",)
