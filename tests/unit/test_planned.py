"""What is told before anything is written: plain values, of a decision that lets the run go on (rule S1)."""

from __future__ import annotations

from dataclasses import replace

from janitor.cleanup.decide import decide
from janitor.cleanup.job import Job
from janitor.cleanup.memory import Memory
from janitor.cleanup.planned import MOST_NAMED, planned
from janitor.events import Held, Planned
from janitor.mesos.cluster import Agent
from tests.unit.builders import ZNODE, agent, framework, job, look, reserved, snapshot, volume, znode_view


def told(*agents: Agent, asked: Job | None = None, exists: bool = True, lives: bool = False) -> Planned | None:
    asked = asked or job(znode=ZNODE)
    frameworks = [framework(active=True)] if lives else []
    seen = look(snapshot(*agents, frameworks=frameworks), znode=znode_view(exists=exists) if asked.znode else None)
    return planned(seen, decide(seen, asked, Memory()), asked)


def test_each_agent_with_its_amounts_and_its_volumes() -> None:
    ports = reserved("ports", ((31000, 31001), (31005, 31005)))
    plan = told(
        agent("S2", reserved("cpus", 0.5), reserved("mem", 512.0), volume("v1", 500.0), ports, host="b"),
        agent("S1", reserved("cpus", 2.0), reserved("cpus", 1.0, role="other"), host="a"),
        agent("S3", reserved("cpus", 1.0, role="other"), host="c"),
    )
    assert plan == Planned(
        agents=(
            Held("S1", "a", {"cpus": 2000}, 1),
            Held("S2", "b", {"cpus": 500, "mem": 512_000, "disk": 500_000, "ports": 3000}, 4, (("v1", 500.0),)),
        ),
        agent_count=2,
        reservations=5,
        volumes=1,
        thousandths={"cpus": 2500, "mem": 512_000, "disk": 500_000, "ports": 3000},
        znode=f"/{ZNODE}",
        nodes=None,
    )


def test_d2_what_can_be_in_no_request_does_not_go() -> None:
    allocated = replace(reserved("disk", 5.0), allocated=True)
    plan = told(agent("S1", reserved(), reserved("mem", 0.0004), allocated, volume("v1", 500.0, labels={"a": "1"})))
    assert plan is not None
    assert plan.agents == (Held("S1", "s1.example", {"cpus": 1000, "disk": 500_000}, 2, (("v1", 500.0),)),)
    assert (plan.reservations, plan.volumes, plan.thousandths) == (2, 1, {"cpus": 1000, "disk": 500_000})


def test_of_very_many_the_first_are_named_and_all_are_counted() -> None:
    plan = told(*(agent(f"S{number:02}", volume(f"v{number}")) for number in range(MOST_NAMED + 5)))
    assert plan is not None
    assert (len(plan.agents), plan.agent_count, plan.volumes) == (MOST_NAMED, MOST_NAMED + 5, MOST_NAMED + 5)
    assert plan.thousandths == {"disk": 500_000 * (MOST_NAMED + 5)}


def test_nothing_is_told_of_what_is_refused_or_not_there() -> None:
    """Rule O1: what a living owner holds does not go."""
    held = agent("S1", reserved())
    assert told(held, lives=True) is None
    assert told(agent("S1"), exists=False) is None
    alone = told(agent("S1"))
    assert alone is not None
    assert (alone.agents, alone.znode) == ((), f"/{ZNODE}")


def test_a_dry_run_says_so() -> None:
    plan = told(agent("S1", reserved()), asked=replace(job(znode=ZNODE), dry_run=True))
    assert plan is not None
    assert plan.dry_run
