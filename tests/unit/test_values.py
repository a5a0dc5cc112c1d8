"""From a server's text to values: whatever it writes, the end is a value, "not known", or Unreadable (rules L4, L7)."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janitor.errors import JanitorError, TooOld, Unreadable
from janitor.mesos.cluster import Counts, Flags, OwnState, Roll, TaskPlace, Unknown
from janitor.mesos.master import Master
from janitor.mesos.values import duration
from janitor.numbers import LATEST, count, decimal, moment, moment_of_nanoseconds, whole
from janitor.transport.http import Http, Reply
from janitor.transport.reply import epoch
from tests.unit.builders import agent

HUGE = "9" * 401
LONGER_THAN_PYTHON_READS = "9" * 5000


class Wire:
    """Stands where the HTTP client does, and answers everything with one body."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    def request(self, _method: str, _url: str, **_: object) -> Reply:
        return Reply(200, {}, self.body, "http://m/master/api/v1", 1_700_000_000.0)


def master(body: bytes | str | dict[str, Any]) -> Master:
    if isinstance(body, dict):
        body = json.dumps(body)
    return Master(cast(Http, Wire(body.encode() if isinstance(body, str) else body)), "http://m/master/")


# --- numbers ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "number"),
    [("0", 0), ("007", 7), ("9" * 18, 10**18 - 1), ("", None), ("²", None), ("٣", None), ("1_0", None), ("+1", None),
     ("-1", None), (" 1", None), ("1\n", None), ("1.0", None), (HUGE, None), (LONGER_THAN_PYTHON_READS, None)],
)  # fmt: skip
def test_a_whole_number_is_read_strictly(text: str, number: int | None) -> None:
    assert whole(text) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("15", 15.0), ("1.5", 1.5), ("1.2.3", None), (".5", None), ("5.", None), ("nan", None), ("inf", None),
     ("1e3", None), ("²", None), (HUGE, None), (LONGER_THAN_PYTHON_READS, None)],
)  # fmt: skip
def test_a_decimal_number_is_read_strictly(text: str, number: float | None) -> None:
    assert decimal(text) == number


@given(st.text())
def test_whatever_is_no_number_is_none(text: str) -> None:
    for read in (whole, decimal):
        value = read(text)
        assert value is None or 0 <= value < 10**18 + 1


@given(st.floats(), st.integers())
def test_moments_and_counts_are_within_reason_or_none(seconds: float, nanoseconds: int) -> None:
    assert (found := moment(seconds)) is None or 0 <= found <= LATEST
    assert (found := moment_of_nanoseconds(nanoseconds)) is None or 0 <= found <= LATEST + 1
    assert (counted := count(seconds)) is None or 0 <= counted <= 10**15


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("15secs", 15.0), ("1.5mins", 90.0), ("2hrs", 7200.0), ("250ms", 0.25), ("1.2.3secs", None), ("secs", None),
     ("15", None), ("²secs", None), (HUGE + "secs", None), ("15seconds", None), ("", None)],
)  # fmt: skip
def test_durations(text: str, seconds: float | None) -> None:
    assert duration(text) == seconds


# --- answers ---------------------------------------------------------------------------------------------------------


def flags(**values: str) -> dict[str, Any]:
    return {"get_flags": {"flags": [{"name": name, "value": value} for name, value in values.items()]}}


@pytest.mark.parametrize(
    ("timeout", "misses", "window"),
    [("20secs", "4", 80.0), ("1.2.3secs", "5", 75.0), ("15secs", "²", 75.0), ("15secs", HUGE, 75.0), ("", "", 75.0)],
)
def test_l4_an_odd_flag_leaves_the_default_and_proves_nothing(timeout: str, misses: str, window: float) -> None:
    found = master(flags(agent_ping_timeout=timeout, max_agent_ping_timeouts=misses)).flags("M1")
    assert found.ping_window == window
    assert bool(found.unread) is (timeout != "20secs")


def test_l2_flags_are_read_by_their_old_names_too() -> None:
    """As DC/OS sets them."""
    old = {"slave_ping_timeout": "15secs", "max_slave_ping_timeouts": "20", "slave_removal_rate_limit": "1/20mins"}
    found = master(flags(**old)).flags("M1")
    assert (found.ping_window, found.answer_window, found.removal_limit, found.unread) == (300, 315, "1/20mins", "")


def removals(kind: str, *counts: object) -> dict[str, object]:
    return dict(
        zip([f"master/slave_{kind}_{end}" for end in ("scheduled", "completed", "canceled")], counts, strict=False)
    )


@pytest.mark.parametrize(
    ("metrics", "waiting", "old"),
    [
        ({**removals("unreachable", 5, 2, 1), **removals("shutdowns", 0, 0, 0)}, 2, 0),
        (removals("shutdowns", 3, 1, 2), None, 0),
        (removals("unreachable", 3, 1), None, None),
        (removals("unreachable", 3, "many", 1), None, None),
    ],
)
def test_p2_the_metrics_tell_how_many_agents_wait_to_be_removed(
    metrics: dict[str, object], waiting: int | None, old: int | None
) -> None:
    found = master({"master/frameworks_active": 0, **metrics}).counts()
    assert isinstance(found, Counts)
    assert (found.waiting, found.waiting_old) == (waiting, old)


def test_l4_a_flag_in_latin_1_spoils_no_other() -> None:
    body = json.dumps(
        flags(cluster="caf?", zk="zk://z:2181/mesos", agent_ping_timeout="1mins", max_agent_ping_timeouts="2")
    )
    asked = master(body.encode().replace(b"caf?", b"caf\xe9"))
    assert asked.flags("M1") == Flags("zk://z:2181/mesos", ping_timeout=60.0, ping_misses=2)


@pytest.mark.parametrize("odd", ["null", '"many"', "1e400", HUGE, "-1", "[]", "true", LONGER_THAN_PYTHON_READS])
def test_l4_an_odd_metric_is_not_known_and_spoils_no_other(odd: str) -> None:
    body = '{"master/slaves_unreachable":%s,"x/odd":%s,"master/frameworks_active":2.0,"master/slaves_active":3}'
    assert master(body % (odd, odd)).counts() == Counts(2, None, 3, None)


@pytest.mark.parametrize("odd", ["nan", "-nan", "inf", "-inf", "NaN", "Infinity"])
def test_l4_a_metric_that_is_no_number_as_c_prints_it_spoils_no_other(odd: str) -> None:
    """A master formats doubles with snprintf, which knows numbers that JSON does not."""
    body = '{"a/p50": %s,"master/slaves_unreachable":%s,"master/frameworks_active":2.0,"x/nan":%s}'
    assert master(body % (odd, odd, odd)).counts() == Counts(2)


def test_l4_metrics_that_are_no_json_at_all_are_unknown() -> None:
    assert isinstance(master(b'{"a":nonsense,"master/frameworks_active":2.0}').counts(), Unknown)


def test_l4_a_metric_with_a_name_in_latin_1_spoils_no_other() -> None:
    assert master(b'{"master/frameworks/caf\xe9/x":1,"master/frameworks_active":2}').counts() == Counts(2)


@pytest.mark.parametrize(
    ("nanoseconds", "since"), [(1_700_000_000_500_000_000, 1_700_000_000.5), (HUGE, None), (-1, None)]
)
def test_an_odd_time_of_an_unreachable_agent_is_not_known(nanoseconds: object, since: float | None) -> None:
    body = '{"master":{"info":{}},"unreachable":{"slaves":[{"id":{"value":"U"},"timestamp":{"nanoseconds":%s}}]}}'
    roll = master(body % nanoseconds).roll()
    assert isinstance(roll, Roll)
    assert (roll.unreachable, roll.since.get("U")) == (frozenset({"U"}), since)


@pytest.mark.parametrize(
    ("ended", "at"),
    [
        ('{"nanoseconds":1700000000500000000}', 1_700_000_000.5),
        (f'{{"nanoseconds":{HUGE}}}', math.inf),
        ('{"nanoseconds":946684800000000000000}', math.inf),
        ("null", math.inf),
        ('"yesterday"', math.inf),
    ],
    ids=["a time", "10^401", "the year 30000", "none", "a text"],
)
def test_l7_a_framework_whose_end_has_no_time_ended_nobody_knows_when(ended: str, at: float) -> None:
    body = (
        '{"get_frameworks":{"completed_frameworks":[{"framework_info":{"id":{"value":"F"}},"unregistered_time":%s}]}}'
    )
    found = master(body % ended).frameworks()[0]
    assert (found.completed, found.completed_at, found.active) == (True, at, False)


@pytest.mark.parametrize("elected", ["1e400", "-5", "946684800000", '"yesterday"', HUGE])
def test_l8_an_election_that_cannot_be_dated_is_not_known(elected: str) -> None:
    body = '{"get_master":{"master_info":{"id":"M1","version":"1.9.0"},"elected_time":%s,"start_time":1.5}}'
    leader = master(body % elected).leader()
    assert (leader.elected, leader.age, leader.started) == (None, None, 1.5)


@pytest.mark.parametrize("version", ["²", "one.nine", "1", "٣.1", HUGE, "1_0.2", "."])
def test_l1_a_version_that_is_none_is_unreadable(version: str) -> None:
    body = {"get_master": {"master_info": {"id": "M1", "version": version}, "elected_time": 1.0}}
    with pytest.raises(Unreadable, match="which is not a version"):
        master(body).leader()


def test_l1_an_old_version_is_too_old() -> None:
    with pytest.raises(TooOld, match=r"0\.28\.3"):
        master({"get_master": {"master_info": {"id": "M1", "version": "0.28.3"}, "elected_time": 1.0}}).leader()


# --- texts -----------------------------------------------------------------------------------------------------------

LATIN_1 = b"caf\xe9"


def test_l4_a_frameworks_name_in_latin_1_is_only_shown() -> None:
    body = b'{"get_frameworks":{"frameworks":[{"framework_info":{"id":{"value":"F"},"name":"%s","roles":["%s","b"],'
    body += b'"principal":"%s"},"active":true,"connected":true}]}}'
    found = master(body % (LATIN_1, LATIN_1, LATIN_1)).frameworks()[0]
    assert (found.name, found.roles) == ("caf\ufffd", ("caf\ufffd", "b"))
    assert found.principal is None, "not known: it may be anybody's"


@pytest.mark.parametrize("name", [b"5", b"null", b"[1]", b'{"a":1}'])
def test_l4_a_frameworks_name_that_is_no_text_is_only_shown(name: bytes) -> None:
    body = b'{"get_frameworks":{"frameworks":[{"framework_info":{"id":{"value":"F"},"name":%s},"active":true}]}}' % name
    assert master(body).frameworks()[0].name == ("" if name == b"null" else name.decode())


def test_l4_what_a_framework_holds_is_read_when_it_is_asked_for() -> None:
    body = b'{"get_frameworks":{"frameworks":[{"framework_info":{"id":{"value":"F"},"name":"x"},"active":false,'
    body += b'"allocated_resources":[{"name":"%s"}]}]}}'
    found = master(body % LATIN_1).frameworks()[0]
    with pytest.raises(Unreadable, match="what framework F holds"):
        _ = found.allocated


def test_o1_a_framework_that_does_not_say_whether_it_is_active_may_live() -> None:
    assert (
        master({"get_frameworks": {"frameworks": [{"framework_info": {"id": {"value": "F"}}}]}}).frameworks()[0].active
    )


AGENT = b'{"id":"%s","hostname":"%s","version":"%s","pid":"%s","active":true,"reserved_resources_full":{"%s":%s},'
AGENT += b'"resources":{"cpus":9.0},"reserved_resources":{"%s":{"cpus":1.0}},"unreserved_resources":{"cpus":8.0}}'
ITEMS = b'[{"name":"cpus","scalar":{"value":1.0},"role":"%s","reservation":{"principal":"p"}}]'


def slaves(id: bytes = b"S1", shown: bytes = b"x", role: bytes = b"kafka-role", items: bytes = b"") -> Master:
    entry = AGENT % (id, shown, shown, shown, role, items or ITEMS % role, role)
    return master(b'{"slaves":[%s],"recovered_slaves":[{"id":"R","hostname":"%s"}]}' % (entry, shown))


def test_l4_an_agents_host_in_latin_1_is_only_shown() -> None:
    agents, recovered = slaves(shown=LATIN_1).agents()
    assert (agents[0].host, agents[0].version, recovered[0].host) == ("caf\ufffd",) * 3
    assert len(agents[0].resources("kafka-role")) == 1


def test_l4_a_capability_in_latin_1_is_one_that_is_not_known() -> None:
    entry = b'{"id":"S1","active":true,"capabilities":["%s",5,"RESOURCE_PROVIDER"]}' % LATIN_1
    assert master(b'{"slaves":[%s]}' % entry).agents()[0][0].tells_operations


def test_l4_another_role_in_latin_1_spoils_nothing() -> None:
    one = slaves(role=LATIN_1).agents()[0][0]
    assert (one.resources("kafka-role"), one.hidden()) == ((), "")
    with pytest.raises(Unreadable, match="not in UTF-8"):
        one.resources("café")


def test_l4_the_roles_own_items_in_latin_1_are_unknown() -> None:
    items = ITEMS.replace(b'"p"', b'"%s"')
    one = slaves(items=items % (b"kafka-role", LATIN_1)).agents()[0][0]
    with pytest.raises(Unreadable, match="kafka-role"):
        one.resources("kafka-role")


def test_l4_an_agents_id_in_latin_1_is_unknown() -> None:
    with pytest.raises(Unreadable):
        slaves(id=LATIN_1).agents()


def test_l4_an_agent_that_is_listed_twice_is_unknown() -> None:
    entry = AGENT % (b"S1", b"h", b"1", b"p", b"r", b"[]", b"r")
    with pytest.raises(Unreadable, match="agent S1 twice"):
        master(b'{"slaves":[%s,%s]}' % (entry, entry)).agents()


def test_d3_an_agent_that_does_not_say_whether_it_is_active_is_not_served() -> None:
    assert not master(b'{"slaves":[{"id":"S1"}]}').agents()[0][0].served


# --- operations, tasks, own states -----------------------------------------------------------------------------------


@pytest.mark.parametrize("resources", [b'[{"name":"caf\xe9"}]', b"5", b"[]"])
def test_l4_an_operation_of_which_one_cannot_tell_what_it_touches_is_unclear(resources: bytes) -> None:
    body = b'{"get_operations":{"operations":[{"info":{"type":"UNRESERVE","unreserve":{"resources":%s}}}]}}' % resources
    found = master(body).operations("1.9.0")
    assert found is not None
    assert [(one.type, one.kinds, one.unclear) for one in found] == [("UNRESERVE", frozenset(), True)]


def test_l4_a_task_whose_resources_cannot_be_read_is_unclear() -> None:
    body = b'{"get_tasks":{"tasks":[{"framework_id":{"value":"F"},"agent_id":{"value":"S"},"name":"caf\xe9",'
    body += b'"resources":[{"name":"caf\xe9"}]}]}}'
    assert master(body).tasks() == (TaskPlace("F", "S", frozenset(), name="caf\ufffd", unclear=True),)


def own(body: bytes) -> OwnState | Unknown:
    return master(body).own_state(agent("S1"))


def test_l4_an_executor_with_a_name_in_latin_1_spoils_no_own_state() -> None:
    body = b'{"id":"S1","reserved_resources_full":{},"frameworks":[{"id":"F","executors":[{"id":"%s"}]},{"id":"G"}]}'
    state = own(body % LATIN_1)
    assert isinstance(state, OwnState)
    assert state.executors == {"F"}


STATE = b'{"id":"S1","reserved_resources_full":%s,"resources":{"cpus":9.0},'
STATE += b'"reserved_resources":%s,"unreserved_resources":{"cpus":8.0}}'


@pytest.mark.parametrize(
    "body",
    [
        STATE % (b"{}", b'{"kafka-role":{"cpus":1.0}}'),
        STATE % (b'{"kafka-role":[]}', b'{"kafka-role":{"cpus":1.0}}'),
        STATE % (b"{}", b"{}"),
        STATE % (b'{"kafka-role":%s}' % ITEMS % b"other", b'{"kafka-role":{"cpus":1.0}}'),
        STATE % (b'{"kafka-role":%s}' % ITEMS % LATIN_1, b'{"kafka-role":{"cpus":1.0}}'),
    ],
    ids=["missing", "empty", "a filtered view", "another role", "another encoding"],
)
def test_p2_an_own_state_that_contradicts_itself_proves_nothing(body: bytes) -> None:
    state = own(body)
    assert isinstance(state, OwnState)
    with pytest.raises(Unreadable, match="S1"):
        state.resources("kafka-role")


@pytest.mark.parametrize(
    "body",
    [STATE % (b"null", b"{}"), b'{"id":"S1"}', b'{"id":"S1","resources":{},"reserved_resources":{}}'],
    ids=["null", "nothing but its id", "summaries alone, as before Mesos 1.1"],
)
def test_p2_an_own_state_without_any_list_proves_nothing(body: bytes) -> None:
    state = own(body)
    assert isinstance(state, Unknown)
    assert "does not tell what is reserved there" in state.why


def test_p2_an_own_state_is_read_for_the_role_that_is_asked_for() -> None:
    state = own(STATE % (b'{"other":[{"name":"%s"}]}' % LATIN_1, b'{"other":{"cpus":1.0}}'))
    assert isinstance(state, OwnState)
    assert state.resources("kafka-role") == ()


# --- anything at all -------------------------------------------------------------------------------------------------

QUESTIONS: list[Callable[[Master], object]] = [
    Master.leader,
    Master.agents,
    Master.frameworks,
    lambda asked: asked.operations("1.9.0"),
    Master.roll,
    Master.counts,
    lambda asked: asked.flags("M1"),
    Master.tasks,
    lambda asked: asked.own_state(agent("S1")),
]

ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 10**400, 2**63, 2**64, 1e308, 0, "", "²", "1.2.3secs", "9" * 5000, "\ud7ff", "[²-³]", [], {}, [[]]]
)
SOUND: list[dict[str, Any]] = [
    {"get_master": {"master_info": {"id": "M1", "version": "1.9.0"}, "elected_time": 1.0, "start_time": 1.0}},
    {"slaves": [{"id": "S1", "hostname": "h", "pid": "p", "active": True,
                 "capabilities": ["X"], "version": "1.9.0", "resources": {"cpus": 1.0, "ports": "[1-2]"},
                 "unreserved_resources": {"cpus": 1.0},
                 "reserved_resources": {"r": {"cpus": 1.0}}, "reserved_resources_full": {"r": [
                     {"name": "cpus", "scalar": {"value": 1.0}, "role": "r", "reservation": {"principal": "p"}}]}}],
     "recovered_slaves": [{"id": "R", "hostname": "h"}]},
    {"get_frameworks": {"frameworks": [{"framework_info": {"id": {"value": "F"}, "name": "n", "roles": ["r"]},
                                        "active": True, "unregistered_time": {"nanoseconds": 1}}]}},
    {"get_operations": {"operations": [{"info": {"type": "RESERVE", "reserve": {"resources": []}},
                                        "latest_status": {"state": "X"}, "agent_id": {"value": "S1"}}]}},
    {"master": {"info": {}}, "slaves": {"slaves": [{"info": {"id": {"value": "S1"}}}]},
     "unreachable": {"slaves": [{"id": {"value": "U"}, "timestamp": {"nanoseconds": 1}}]}},
    {"master/frameworks_active": 1.0, "master/slaves_unreachable": 0.0, "master/slaves_active": 1.0},
    {"get_flags": {"flags": [{"name": "agent_ping_timeout", "value": "15secs"},
                             {"name": "max_agent_ping_timeouts", "value": "5"}]}},
    {"get_tasks": {"tasks": [{"framework_id": {"value": "F"}, "agent_id": {"value": "S1"}, "resources": []}]}},
    {"id": "S1", "reserved_resources_full": {"r": []}, "frameworks": [{"id": "F", "executors": [{"id": "e"}]}]},
]  # fmt: skip


def spoilt(value: Any, draw: st.DrawFn) -> Any:
    """The answer with something odd in one place of it."""
    if draw(st.integers(0, 3)) == 0 or not isinstance(value, dict | list) or not value:
        return draw(ODD)
    if isinstance(value, list):
        return [spoilt(value[0], draw), *value[1:]]
    key = draw(st.sampled_from(sorted(value)))
    return {**value, key: spoilt(value[key], draw)}


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    body = json.dumps(spoilt(draw(st.sampled_from(SOUND)), draw)).encode()
    cut = draw(st.integers(0, len(body)))
    return body[:cut] + draw(st.sampled_from([b"", b"\xe9", b"\xed\xa0\x80"])) + body[cut:]


@given(answers())
def test_whatever_a_server_answers_only_our_errors_are_raised(body: bytes) -> None:
    asked = master(body)
    for question in QUESTIONS:
        try:
            value = question(asked)
            if question is Master.agents:
                for one in cast("tuple[tuple[Any, ...], object]", value)[0]:
                    one.resources("r")
                    one.hidden()
        except JanitorError:
            pass


@given(
    st.one_of(st.text(), st.dates().map(str), st.from_regex(r"\w{3}, \d{1,3} [A-Z][a-z]{2} \d{1,6} \d+:\d+:\d+ \S+"))
)
def test_whatever_a_date_header_says_it_is_a_time_or_none(text: str) -> None:
    assert (date := epoch(text)) is None or 0 <= date <= LATEST


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("Sun, 06 Nov 1994 08:49:37 GMT", 784111777.0),
        ("Sun, 06 Nov 30000 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:37 +9999999", None),
        ("Sun, 06 Nov 1904 08:49:37 GMT", None),
        ("Sun, 06 Nov 1994 08:49:²² GMT", None),
        ("Sun, 06 Nov " + "9" * 5000 + " 08:49:37 GMT", None),
    ],
)
def test_l7_a_date_that_no_calendar_has_is_none(text: str, date: float | None) -> None:
    assert epoch(text) == date
