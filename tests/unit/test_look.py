"""A settled look: five questions in order, asked again until they agree (rules L2, L3, L4, D4). No wire, no waiting."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.look import FIRST_CONTACT, Looker, Wants
from janitor.errors import (
    BadAnswer,
    Forbidden,
    HttpStatus,
    JanitorError,
    OutOfTime,
    TooOld,
    Unauthorized,
    Unreachable,
    Unreadable,
    Untrusted,
    ZooKeeperTrouble,
)
from janitor.events import Event, Waiting
from janitor.mesos.cluster import (
    Agent,
    Counts,
    Flags,
    Framework,
    Leader,
    Operation,
    OwnState,
    Recovered,
    Roll,
    Snapshot,
    TaskPlace,
    Unknown,
)
from janitor.mesos.master import Master
from janitor.mesos.resources import Resource
from janitor.patience import Patience
from janitor.transport.http import Http, Reply
from janitor.zookeeper.ensemble import CARE, Care, Ensemble, Looking, Progress, unheard
from janitor.zookeeper.znode import Removed, Znode
from tests.unit.builders import ELECTED, HOUR, agent, own_state, registry, reserved, snapshot

RECOVERING = HttpStatus("503 Master has not finished recovery", status=503, body="", url="http://m/")
FORBIDDEN = Forbidden("403 Forbidden.", status=403, body="", url="http://m/")
UNAUTHORIZED = Unauthorized("401", status=401, body="", url="http://m/")


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> bool:
        self.now += seconds
        return False


@dataclass
class Calls:
    """A master that shows `seen`, but answers as `faults` say while there are some: (call, error or replacement)."""

    seen: Snapshot
    faults: dict[str, list[object]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = "http://leader.mesos:5050/master/"
    remedy: str = "Name the master with -m."

    def _answer(self, call: str, usual: object) -> object:
        self.asked.append(call)
        faults = self.faults.get(call, [])
        answer = faults.pop(0) if faults else usual
        if callable(answer):
            answer = answer()
        if isinstance(answer, JanitorError):
            raise answer
        return answer

    def forget_leader(self) -> None:
        self.asked.append("forget")

    def leader(self) -> Leader:
        return cast(Leader, self._answer("leader", self.seen.leader))

    def operations(self, version: str) -> tuple[Operation, ...] | None:
        return cast("tuple[Operation, ...] | None", self._answer("operations", self.seen.pending))

    def agents(self) -> tuple[tuple[Agent, ...], tuple[Recovered, ...]]:
        usual = (self.seen.agents, self.seen.recovered)
        return cast("tuple[tuple[Agent, ...], tuple[Recovered, ...]]", self._answer("agents", usual))

    def frameworks(self) -> tuple[Framework, ...]:
        return cast("tuple[Framework, ...]", self._answer("frameworks", self.seen.frameworks))

    def roll(self) -> Roll | Unknown:
        return cast("Roll | Unknown", self._answer("roll", self.seen.roll))

    def counts(self) -> Counts | Unknown:
        return cast("Counts | Unknown", self._answer("counts", self.seen.counts))

    def flags(self, leader_id: str) -> Flags:
        return cast(Flags, self._answer("flags", self.seen.flags))

    def tasks(self) -> tuple[TaskPlace, ...] | Unknown:
        return cast("tuple[TaskPlace, ...] | Unknown", self._answer("tasks", self.seen.tasks))

    def own_state(self, agent: Agent) -> OwnState | Unknown:
        return cast("OwnState | Unknown", self._answer(f"own {agent.id}", own_state()))

    def destroy_volumes(self, agent_id: str, volumes: Sequence[Resource]) -> Reply:
        raise AssertionError("a look writes nothing")

    def unreserve(self, agent_id: str, items: Sequence[Resource]) -> Reply:
        raise AssertionError("a look writes nothing")


@dataclass
class Zoo:
    """An ensemble with one znode, or with a trouble."""

    trouble: ZooKeeperTrouble | None = None
    there: bool = True
    unlisted: ZooKeeperTrouble | None = None
    name: str = "ZooKeeper at 10.0.0.1:2181"

    def look(self, path: str, before: Znode | None = None, tell: Looking = unheard) -> Znode:
        if self.trouble is not None:
            raise self.trouble
        return Znode(path, self.there, 7 if self.there else None, (), (), 1)

    def master_id(self, mesos_path: str) -> str | None:
        return "M1"

    def beside(self, path: str) -> tuple[str, ...]:
        if self.unlisted is not None:
            raise self.unlisted
        return ("dcos-service-kafka",)

    def remove(self, path: str, czxid: int | None, progress: Progress, care: Care = CARE) -> Removed:
        raise AssertionError("a look removes nothing")

    def close(self) -> None: ...


@dataclass
class Witnesses:
    """A cluster of such a master and such an ensemble, and a Marathon that has the app `kafka`."""

    master: Calls
    zoo: Zoo = field(default_factory=Zoo)
    concurrency: int = 2

    def ensemble(self, flags: Flags, leader: Leader, patience: Patience) -> Ensemble:
        return self.zoo

    def mesos_path(self, flags: Flags, leader: Leader) -> str:
        return "/mesos"

    def masters_register(self, flags: Flags, leader: Leader) -> bool:
        return True

    def apps_named(self, names: Sequence[str]) -> frozenset[str] | Unknown:
        self.master.asked.append("marathon")
        return frozenset(names) & {"kafka"}


@dataclass
class Looked:
    inventory: Inventory
    asked: list[str]
    events: list[Event]
    seconds: float


def look(calls: Calls, wants: Wants | None = None, *, timeout: float = 60.0, zoo: Zoo | None = None) -> Looked:
    time, events = Time(), list[Event]()
    patience = Patience(timeout, clock=time.clock, sleep=time.sleep)
    looker = Looker(Witnesses(calls, zoo or Zoo()), patience, events.append)
    inventory = looker.look(wants or Wants())
    return Looked(inventory, calls.asked, events, time.now - 1000.0)


SEEN = snapshot(agent("S1", reserved()), agent("S2"))
FIVE = ["leader", "operations", "agents", "frameworks", "leader"]


def test_l3_the_five_questions_are_asked_in_order_and_the_leader_first_and_last() -> None:
    looked = look(Calls(SEEN))
    assert [call for call in looked.asked if call in FIVE] == FIVE
    assert looked.inventory.snapshot.agents == SEEN.agents
    assert looked.seconds == 0.0
    assert looked.events == []


def test_l3_a_leader_that_changed_meanwhile_makes_it_no_look() -> None:
    other = replace(SEEN.leader, id="M2")
    looked = look(Calls(SEEN, {"leader": [SEEN.leader, other]}))
    assert [call for call in looked.asked if call in FIVE] == FIVE + FIVE
    assert looked.inventory.snapshot.leader.id == "M1"


@pytest.mark.parametrize(
    "error", [RECOVERING, Unreachable("connection lost"), BadAnswer("cut off"), OutOfTime("no answer in 60 s")]
)
def test_l3_a_leader_that_does_not_answer_for_the_moment_is_asked_again_at_the_named_url(error: JanitorError) -> None:
    looked = look(Calls(SEEN, {"leader": [error, error]}))
    assert looked.asked.count("forget") == 2
    assert looked.inventory.snapshot.agents == SEEN.agents
    waits = [event for event in looked.events if isinstance(event, Waiting)]
    assert waits
    assert error.message in waits[0].what


QUESTIONS = ["operations", "agents", "frameworks", "roll", "counts", "flags"]
LOST = [
    Unreachable("connection lost"),
    BadAnswer("cut off"),
    HttpStatus("502 Bad Gateway", status=502, body="", url="http://m/"),
]


@pytest.mark.parametrize("call", QUESTIONS)
@pytest.mark.parametrize("error", LOST)
def test_l3_a_question_whose_answer_was_lost_is_repeated_alone(call: str, error: JanitorError) -> None:
    looked = look(Calls(SEEN, {call: [error, error, error]}))
    assert looked.asked.count(call) == 4
    assert all(looked.asked.count(other) == 1 for other in QUESTIONS if other != call)
    assert [one for one in looked.asked if one in ("leader", "forget")] == ["leader", "leader"]
    assert looked.events == []


def test_l3_a_master_that_drops_every_second_answer_makes_a_look() -> None:
    lost = Unreachable("connection lost")
    faults: dict[str, list[object]] = {call: [lost] for call in [*QUESTIONS, "own S1"]}
    looked = look(Calls(SEEN, {**faults, "leader": [SEEN.leader, lost]}), Wants(own=frozenset({"S1"})))
    assert "forget" not in looked.asked
    assert looked.inventory.snapshot.own == {"S1": own_state()}


@pytest.mark.parametrize("call", QUESTIONS)
def test_l3_a_master_that_recovers_restarts_the_look(call: str) -> None:
    looked = look(Calls(SEEN, {call: [RECOVERING]}))
    assert looked.asked.count("forget") == 1
    assert looked.asked.count("operations") == 2


def sent_on_to_a_dead_leader() -> Unreachable:
    error = Unreachable("connection refused")
    error.redirected = True
    return error


@pytest.mark.parametrize("call", QUESTIONS)
def test_l3_a_master_that_is_gone_restarts_the_look_at_the_named_url(call: str) -> None:
    looked = look(Calls(SEEN, {call: [Unreachable("connection refused")] * 5}))
    assert looked.asked.count("forget") == 1
    assert look(Calls(SEEN, {call: [sent_on_to_a_dead_leader()]})).asked.count("forget") == 1


def test_l3_a_question_that_took_long_is_not_repeated_alone() -> None:
    calls = Calls(SEEN)
    time = Time()

    def slow() -> object:
        time.now += 60.0
        return Unreachable("no answer within 60 s")

    calls.faults["agents"] = [slow]
    Looker(Witnesses(calls), Patience(900.0, clock=time.clock, sleep=time.sleep), lambda _: None).look(Wants())
    assert calls.asked.count("forget") == 1


@pytest.mark.parametrize(
    "error", [UNAUTHORIZED, FORBIDDEN, Unreadable("a login page"), Untrusted("unknown CA"), TooOld("0.28")]
)
def test_l3_what_asking_again_does_not_change_is_raised_at_once(error: JanitorError) -> None:
    calls = Calls(SEEN, {"leader": [error]})
    with pytest.raises(type(error)):
        look(calls)
    assert calls.asked == ["leader"]


def test_a_master_that_never_answered_is_given_up_after_a_few_seconds() -> None:
    never: list[object] = [Unreachable("connection refused")] * 1000
    time = Time()
    patience = Patience(900.0, clock=time.clock, sleep=time.sleep)
    with pytest.raises(Unreachable) as caught:
        Looker(Witnesses(Calls(SEEN, {"leader": never})), patience, lambda _: None).look(Wants())
    assert FIRST_CONTACT < time.now - 1000.0 < 2 * FIRST_CONTACT
    assert caught.value.remedy is not None
    assert "-m" in caught.value.remedy


def test_d6_one_that_did_answer_is_asked_until_the_deadline() -> None:
    time = Time()
    patience = Patience(900.0, clock=time.clock, sleep=time.sleep)
    calls = Calls(SEEN)
    looker = Looker(Witnesses(calls), patience, lambda _: None)
    looker.look(Wants())
    calls.faults["leader"] = [Unreachable("connection refused")] * 10_000
    with pytest.raises(JanitorError) as caught:
        looker.look(Wants())
    assert time.now - 1000.0 >= 900.0
    assert "connection refused" in caught.value.message


def test_l6_the_empty_moment_of_a_new_leader_is_no_look() -> None:
    looked = look(Calls(SEEN, {"agents": [((), ())]}))
    assert looked.asked.count("agents") == 2
    assert looked.inventory.snapshot.agents == SEEN.agents


@pytest.mark.parametrize("roll", [registry(), registry("S1", unreachable=["S1"]), Unknown("403")])
def test_l6_a_cluster_without_agents_is_one(roll: Roll | Unknown) -> None:
    assert look(Calls(snapshot(roll=roll))).inventory.snapshot.agents == ()


def test_l2_the_metrics_are_left_alone_when_they_are_not_wanted_but_where_they_stand_in_for_the_registry() -> None:
    assert look(Calls(SEEN), Wants(counts=False)).inventory.snapshot.counts is None
    blind = replace(SEEN, roll=Unknown("403"))
    assert "counts" in look(Calls(blind), Wants(counts=False)).asked


@pytest.mark.parametrize(
    ("seen", "asked"),
    [
        (SEEN, False),
        (snapshot(agent("S1"), roll=registry("S1", unreachable=["S9"])), True),
        (snapshot(agent("S1"), roll=Unknown("403"), unreachable_count=1), True),
        (snapshot(agent("S1"), roll=Unknown("403"), counts=Unknown("403")), False),
    ],
)
def test_l2_tasks_are_asked_for_only_when_an_agent_is_unreachable(seen: Snapshot, asked: bool) -> None:
    assert ("tasks" in look(Calls(seen)).asked) is asked


def test_p2_only_the_agents_that_are_wanted_are_asked_and_one_that_fails_is_unknown() -> None:
    def broken() -> object:
        raise RuntimeError("broken")

    calls = Calls(SEEN, {"own S2": [broken]})
    states = look(calls, Wants(own=frozenset({"S1", "S2", "S9"}))).inventory.snapshot.own
    assert isinstance(states["S1"], OwnState)
    assert states["S2"] == Unknown("broken")
    assert sorted(states) == ["S1", "S2"]


@pytest.mark.parametrize(("age", "asked"), [(5.0, True), (None, True), (61.0, False)])
def test_o2_marathon_is_asked_only_about_a_young_leader(age: float | None, asked: bool) -> None:
    looked = look(Calls(snapshot(agent("S1"), age=age)), Wants(apps=("kafka", "other")))
    assert looked.inventory.apps == (frozenset({"kafka"}) if asked else None)


def test_l4_a_zookeeper_in_trouble_is_unknown_and_one_that_is_not_wanted_is_not_asked() -> None:
    trouble = Zoo(ZooKeeperTrouble("ZooKeeper at 10.0.0.1:2181 did not answer."))
    assert look(Calls(SEEN), Wants(znode="/x"), zoo=trouble).inventory.znode == Unknown(str(trouble.trouble))
    assert look(Calls(SEEN), zoo=trouble).inventory.znode is None


@pytest.mark.parametrize("seconds", [0.0, 30.0], ids=["before ZooKeeper was asked", "while it was asked"])
def test_d6_a_deadline_is_no_trouble_of_zookeeper(seconds: float) -> None:
    """What the run waits for would be lost behind it: that is told with the deadline."""
    time = Time()
    patience = Patience(30.0, clock=time.clock, sleep=time.sleep)

    class Slow(Zoo):
        def look(self, path: str, before: Znode | None = None, tell: Looking = unheard) -> Znode:
            time.sleep(seconds)
            raise ZooKeeperTrouble("ZooKeeper at 10.0.0.1:2181 did not answer.", remedy="Say where it is.")

    calls = Calls(SEEN, {"flags": [lambda: time.sleep(30.0 - seconds) or SEEN.flags]})
    looker = Looker(Witnesses(calls, Slow()), patience, lambda _: None)
    with pytest.raises(OutOfTime) as raised:
        looker.look(Wants(znode="/x"))
    told = (raised.value.message, raised.value.remedy)
    expected = ("ZooKeeper at 10.0.0.1:2181 did not answer.", "Say where it is.")
    assert told == (expected if seconds else ("Out of time after 30 s before /x was looked at.", None))


def test_s4_what_is_beside_a_znode_is_asked_for_where_it_is_not_there() -> None:
    def beside(zoo: Zoo) -> object:
        view = look(Calls(SEEN), Wants(znode="/x"), zoo=zoo).inventory.znode
        assert isinstance(view, ZnodeView)
        return view.beside

    denied = ZooKeeperTrouble("ZooKeeper denies listing /.")
    assert beside(Zoo()) == ()
    assert beside(Zoo(there=False)) == ("dcos-service-kafka",)
    assert beside(Zoo(there=False, unlisted=denied)) == Unknown("ZooKeeper denies listing /.")


# --- which sources are unknown, and which are asked again ----------


@dataclass
class Wire:
    """Stands where the HTTP client does, and answers everything with one reply."""

    reply: Reply | JanitorError

    def request(self, method: str, url: str, **_: object) -> Reply:
        if isinstance(self.reply, JanitorError):
            raise self.reply
        return self.reply


def _reply(status: int, body: bytes = b"") -> Reply:
    return Reply(status, {}, body, "http://m/", None)


SOURCES: list[Callable[[Master], object]] = [Master.roll, Master.counts, Master.tasks]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("status", [401, 403, 404, 405, 500])
def test_l4_a_source_that_may_not_be_read_is_unknown(source: Callable[[Master], object], status: int) -> None:
    master = Master(cast(Http, Wire(_reply(status, b"no"))), "http://m/master/")
    assert isinstance(source(master), Unknown)
    assert str(status) in master.flags("M1").unread


@pytest.mark.parametrize("source", SOURCES)
def test_l4_a_source_of_another_shape_is_unknown(source: Callable[[Master], object]) -> None:
    assert isinstance(source(Master(cast(Http, Wire(_reply(200, b"[]"))), "http://m/master/")), Unknown)


@pytest.mark.parametrize("source", [*SOURCES, lambda master: master.flags("M1")])
@pytest.mark.parametrize("reply", [_reply(502), _reply(503), _reply(504), BadAnswer("cut off"), Unreachable("lost")])
def test_d4_a_source_that_fails_for_the_moment_is_asked_again(
    source: Callable[[Master], object], reply: Reply | JanitorError
) -> None:
    with pytest.raises((HttpStatus, BadAnswer, Unreachable)):
        source(Master(cast(Http, Wire(reply)), "http://m/master/"))


def test_l7_the_date_of_a_proxy_is_no_clock_and_stays_none_in_a_look_without_the_metrics() -> None:
    twenty_years_on = replace(SEEN.leader, asked_at=ELECTED + 20 * 365 * 86_400)
    calls = Calls(replace(SEEN, leader=twenty_years_on, counts=Counts(0, 0, 2, uptime=HOUR)))
    looker = Looker(Witnesses(calls), Patience(60.0), lambda _: None)
    for wants in (Wants(), Wants(counts=False)):
        leader = looker.look(wants).snapshot.leader
        assert (leader.asked_at, leader.age) == (None, None)
        assert "master/uptime_secs" in leader.doubt


def test_l4_a_registry_that_lacks_a_registered_agent_is_unknown_and_the_counts_are_read() -> None:
    looked = look(Calls(replace(SEEN, roll=registry("S1"))), Wants(counts=False))
    assert isinstance(looked.inventory.snapshot.roll, Unknown)
    assert "counts" in looked.asked
