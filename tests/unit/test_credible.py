"""Sources of one look that contradict each other: a registry that lacks an agent (L4), a Date that is no clock (L7)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from janitor.cleanup.awaited import Awaited
from janitor.cleanup.case import Case
from janitor.cleanup.credible import credible_roll, with_credible_date
from janitor.cleanup.decide import decide
from janitor.cleanup.guards import settled_leader
from janitor.cleanup.memory import Memory
from janitor.cleanup.move import LookAgain
from janitor.mesos.cluster import Counts, Framework, Leader, Unknown
from tests.unit.builders import ELECTED, HOUR, agent, framework, job, look, registry, reserved, snapshot

NOW = ELECTED + HOUR
YEARS = 20 * 365 * 86_400.0


def leader(date: float | None = NOW, elected: float | None = ELECTED, started: float | None = None) -> Leader:
    return Leader("M1", "http://m/master/", "1.9.0", elected, date, started)


def doubt(asked: Leader, uptime: float | None, *frameworks: Framework) -> str:
    seen = with_credible_date(asked, Counts(0, 0, 0, uptime), frameworks)
    assert (seen.asked_at is None) is bool(seen.doubt or asked.asked_at is None)
    return seen.doubt


@pytest.mark.parametrize(
    ("asked", "uptime"),
    [
        (leader(), HOUR),
        (leader(), HOUR + YEARS),
        (leader(), HOUR - 59),
        (leader(), None),
        (leader(NOW + YEARS), None),
        (leader(ELECTED - 59), None),
        (leader(None), HOUR),
        (leader(elected=None), 5.0),
        (leader(started=ELECTED - 100), HOUR + 100),
        (leader(NOW + 59, started=ELECTED), HOUR),
    ],
)
def test_l7_a_date_within_a_minute_is_a_clock(asked: Leader, uptime: float | None) -> None:
    assert doubt(asked, uptime) == ""


@pytest.mark.parametrize(
    ("asked", "uptime", "why"),
    [
        (leader(NOW + YEARS), HOUR, "before its process began"),
        (leader(NOW + 61), HOUR, "before its process began"),
        (leader(ELECTED - 61), None, "before the leader's election"),
        (leader(NOW - YEARS), HOUR, "before the leader's election"),
        (leader(NOW + 3000, started=ELECTED - 9000), HOUR + 9000, "start_time"),
        (leader(NOW - 3000, started=ELECTED - 9000), HOUR + 9000, "start_time"),
        (leader(NOW + YEARS, elected=None, started=ELECTED), HOUR, "start_time"),
    ],
)
def test_l7_a_date_that_contradicts_the_master_by_more_than_a_minute_is_none(
    asked: Leader, uptime: float | None, why: str
) -> None:
    assert why in doubt(asked, uptime)


def test_l7_a_date_before_the_end_of_a_framework_is_no_clock() -> None:
    assert doubt(leader(), None, framework(ended=-30.0)) == ""
    assert "end of a framework" in doubt(leader(), None, framework(ended=-3000.0))
    assert doubt(leader(), None, replace(framework(ended=1.0), completed_at=float("inf"))) == ""


def test_l7_a_doubt_stays_while_the_metrics_are_not_read() -> None:
    assert with_credible_date(leader(), None, (), "so it was").doubt == "so it was"
    assert with_credible_date(leader(), Unknown("403"), (), "so it was").doubt == "so it was"
    assert with_credible_date(leader(), Counts(0, 0, 0, HOUR), (), "so it was").doubt == ""


def test_l7_without_a_clock_the_run_waits_for_what_it_has_seen_itself_and_says_why() -> None:
    told = with_credible_date(leader(NOW + YEARS), Counts(0, 0, 0, HOUR), ())
    seen = replace(snapshot(agent("S1", reserved())), leader=told)
    first = decide(look(seen, now=1000.0), job(), Memory())
    assert (first.work, type(first.move)) == ((), LookAgain)
    assert any("its election time is not known" in wait.what for wait in first.waits)
    assert any("Date header of the master's answers is wrong" in notice for notice in first.notices)
    wait = settled_leader(Case(look(seen, now=1059.0), job(), first.memory))
    assert isinstance(wait, Awaited)
    assert settled_leader(Case(look(seen, now=1060.0), job(), first.memory)) is None


def test_l4_a_registry_that_lacks_a_registered_agent_tells_nothing() -> None:
    agents = (agent("S1"), agent("S2"))
    assert credible_roll(registry("S1", "S2", "S3"), agents) == registry("S1", "S2", "S3")
    assert credible_roll(registry("S1", unreachable=["S2"]), agents) == registry("S1", unreachable=["S2"])
    assert credible_roll(registry("S1", gone=["S2"]), agents) == registry("S1", gone=["S2"])
    assert credible_roll(Unknown("403"), agents) == Unknown("403")
    assert credible_roll(registry("S1"), agents) == Unknown("The registry does not list agent S2, which is registered.")
