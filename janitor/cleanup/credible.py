"""Whether the sources of one look agree with each other (rules L4, L7). Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from janitor.mesos.cluster import Agent, Counts, Framework, Leader, Roll, Unknown

SLACK = 60.0
"""Seconds by which two clocks, or two answers of one look, may differ."""


def credible_roll(roll: Roll | Unknown, agents: Iterable[Agent]) -> Roll | Unknown:
    """The registry, unless it lacks an agent that is registered: then it does not tell who is missing."""
    if isinstance(roll, Unknown):
        return roll
    known = roll.admitted | roll.unreachable | roll.gone
    lacking = next((agent for agent in agents if agent.id not in known), None)
    if lacking is None:
        return roll
    return Unknown(f"The registry does not list agent {lacking.id}, which is registered.")


def with_credible_date(
    leader: Leader, counts: Counts | Unknown | None, frameworks: Iterable[Framework], before: str = ""
) -> Leader:
    """The leader without the Date of its answer where that is no clock (rule L7): a proxy may have written it.

    before: what the last look held against it, which stays where the metrics were not read this time.
    """
    doubt = _against(leader, counts, frameworks)
    if not doubt and not isinstance(counts, Counts):
        doubt = before
    return replace(leader, asked_at=None, doubt=doubt) if doubt else leader


def _against(leader: Leader, counts: Counts | Unknown | None, frameworks: Iterable[Framework]) -> str:
    """What the Date contradicts, in words; "" for nothing."""
    date, elected = leader.asked_at, leader.elected
    if date is None:
        return ""
    if elected is not None and elected - date > SLACK:
        return "it lies before the leader's election"
    if any(one.completed_at is not None and SLACK < one.completed_at - date < float("inf") for one in frameworks):
        return "it lies before the end of a framework"
    uptime = counts.uptime if isinstance(counts, Counts) else None
    if uptime is None:
        return ""
    if elected is not None and date - elected > uptime + SLACK:
        return "it says that the leader was elected before its process began (master/uptime_secs)"
    if leader.started is not None and abs(leader.started + uptime - date) > SLACK:
        return "it contradicts the master's start_time and master/uptime_secs"
    return ""
