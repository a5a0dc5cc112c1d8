"""Invariant 3: killed at any moment and started again, a clean-up comes to the same end. And rule D6: signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from janitor.events import Answered, ZnodeProgress
from janitor.patience import Patience, Stop
from janitor.sandbox.gate import Gate
from janitor.zookeeper.transactions import OPERATIONS, TRANSACTIONS_AHEAD
from tests.clock import HANGS
from tests.engine.scene import Scene
from tests.zookeeper.trees import everything_below, grow, snapshot

AHEAD = OPERATIONS * TRANSACTIONS_AHEAD
"""Deletions that may be under way when the first ones are answered."""


UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"


@dataclass
class Process:
    """How a janitor process ended."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.out)
        return found


def janitor(
    scene: Scene, started: Callable[[int], None] = lambda _: None, *more: str, program: str = "janitor"
) -> Process:
    """The command itself on the scene's target, as JSON; `started` gets its process id."""
    target = scene.target
    words = ["-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka", "-m", target.mesos]
    words += ["-n", target.marathon, "-e", target.exhibitor, "--zookeeper", str(target.zookeeper)]
    process = subprocess.Popen(
        [sys.executable, "-m", program, *words, "--timeout", f"{HANGS:.0f}s", "--output", "json", *more],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    started(process.pid)
    try:
        out, err = process.communicate(timeout=HANGS)
    finally:
        process.kill()
    return Process(process.returncode, out, err)


class Victim:
    """A process that is not started yet, and can be signalled by who only knows that it will be."""

    def __init__(self) -> None:
        self._known = threading.Event()
        self._pid = 0

    def started(self, pid: int) -> None:
        self._pid = pid
        self._known.set()

    def kill(self) -> None:
        self.send(signal.SIGKILL)

    def send(self, signum: int) -> None:
        assert self._known.wait(HANGS)
        os.kill(self._pid, signum)


def bystanders(scene: Scene) -> tuple[list[str], dict[str, tuple[bytes, int]]]:
    """What no run on this scene may touch."""
    items = [json.dumps(item) for role in ("cassandra-role", "kafka-role2") for item in scene.held(role)]
    return items, snapshot(scene.client, "/dcos-service-cassandra", "/dcos-service-kafka2")


@pytest.fixture
def crowded(scene: Scene) -> Scene:
    scene.neighbours()
    return scene


def test_the_command_itself_does_the_main_job(crowded: Scene, gate: Gate) -> None:
    before = bystanders(crowded)
    ran = janitor(crowded)
    assert ran.status == 0, ran.err
    assert (crowded.held(), crowded.znode()) == ([], False)
    assert bystanders(crowded) == before
    assert janitor(crowded).status == 0


@dataclass(frozen=True)
class Moment:
    """The `nth` request that holds `text`, before or after the master served it; how much the agents hold then.

    Before: the request never reaches the master.

    Agents are served one after the other, so the writes have an order: the volume and everything else of the first
    agent, of the second, and everything of the third, which has no volume.
    """

    text: str
    nth: int
    when: str
    held: int

    def __str__(self) -> str:
        return f"{self.when} {self.text.lower()} {self.nth}"


MOMENTS = (
    Moment("GET_FRAMEWORKS", 1, "before", 11),
    Moment("GET_FRAMEWORKS", 1, "after", 11),
    Moment("DESTROY_VOLUMES", 1, "before", 11),
    Moment("DESTROY_VOLUMES", 1, "after", 11),
    Moment("UNRESERVE_RESOURCES", 1, "before", 11),
    Moment("UNRESERVE_RESOURCES", 1, "after", 7),
    Moment("DESTROY_VOLUMES", 2, "before", 7),
    Moment("DESTROY_VOLUMES", 2, "after", 7),
    Moment("UNRESERVE_RESOURCES", 2, "before", 7),
    Moment("UNRESERVE_RESOURCES", 2, "after", 3),
    Moment("UNRESERVE_RESOURCES", 3, "before", 3),
    Moment("UNRESERVE_RESOURCES", 3, "after", 0),
    Moment("GET_FRAMEWORKS", 2, "before", 0),
    Moment("GET_FRAMEWORKS", 2, "after", 0),
)
"""Around every write, and around a question of the first look and of the one that proves it gone."""


@pytest.mark.parametrize("moment", MOMENTS, ids=str)
def test_invariant_3_killed_at_any_write_and_started_again(crowded: Scene, gate: Gate, moment: Moment) -> None:
    """SIGKILL; nothing else has changed, and the next run ends the same."""
    before = bystanders(crowded)
    victim = Victim()
    meant = gate.when(body=moment.text, nth=moment.nth)
    if moment.when == "before":
        meant.call_before(victim.kill)
        meant.answer_instead(UNAVAILABLE)
    else:
        meant.call_after(victim.kill)
    ended = janitor(crowded, victim.started, "--concurrency", "1")
    assert ended.status == -signal.SIGKILL, ended.err
    # An agent does what the master accepted a moment later.
    Patience(HANGS).poll(lambda: True if len(crowded.held()) == moment.held else None, every=0.01)
    assert crowded.znode()
    assert bystanders(crowded) == before
    gate.heal()
    crowded.is_clean(crowded.run())


def test_invariant_3_killed_while_the_znode_is_deleted(scene: Scene) -> None:
    """Half a tree is a tree: the next run deletes the rest. It dies by its own hand: nobody can be too late."""
    grow(scene.client, [f"/dcos-service-kafka/topics/t{number}" for number in range(3 * AHEAD)])
    ended = janitor(scene, program="tests.engine.dies_deleting")
    assert ended.status == -signal.SIGKILL, ended.err
    assert scene.held() == []
    assert 0 < topics(scene) < 3 * AHEAD
    scene.is_clean(scene.run())


def topics(scene: Scene) -> int:
    """How many of the topics are left."""
    stat = scene.client.exists("/dcos-service-kafka/topics")
    return stat.numChildren if stat is not None else 0


@pytest.mark.parametrize("signum, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_command_at_once_and_it_says_what_is_done(
    crowded: Scene, gate: Gate, signum: int, status: int
) -> None:
    """While a write hangs: its answer never comes, and nobody waits for it."""
    before = bystanders(crowded)
    victim = Victim()

    def hang_and_signal() -> None:
        gate.freeze()
        victim.send(signum)

    gate.when(body="UNRESERVE_RESOURCES", nth=2).call_before(hang_and_signal)
    ran = janitor(crowded, victim.started, "--concurrency", "1")
    gate.thaw()
    assert ran.status == status
    assert "Cleanup completed successfully" not in ran.out + ran.err
    assert ran.document["status"] == status
    assert crowded.znode()
    assert bystanders(crowded) == before
    gate.heal()
    crowded.is_clean(crowded.run())


def test_an_interrupted_run_names_what_is_not_done(scene: Scene) -> None:
    stop = Stop()
    scene.recorder.on(Answered, lambda: stop.raise_(2), when=lambda answered: answered.stage == "unreserve")
    ran = scene.run(stop=stop, concurrency=1)
    assert (ran.status, scene.znode()) == (130, True)
    left = {one.agent_id for one in ran.outcome.leftovers if one.agent_id}
    for agent in scene.agents[:3]:
        assert agent in left or not scene.control.held_by(agent, "kafka-role")
    assert left
    assert ran.outcome.znode is not None
    assert ran.outcome.znode.state == "kept"
    scene.is_clean(scene.run())


def test_an_interruption_while_the_znode_is_deleted(scene: Scene) -> None:
    grow(scene.client, [f"/dcos-service-kafka/topics/t{number}" for number in range(3000)])
    stop = Stop()
    scene.recorder.on(ZnodeProgress, lambda: stop.raise_(15), nth=3)
    ran = scene.run(stop=stop)
    assert ran.status == 143
    assert ran.outcome.znode is not None
    assert ran.outcome.znode.state in ("kept", "failed")
    assert len(list(everything_below(scene.client, "/dcos-service-kafka"))) > 1
    scene.is_clean(scene.run())


@pytest.mark.parametrize("error", [ZeroDivisionError("oops"), MemoryError("no more"), RecursionError("deep")], ids=repr)
def test_p3_what_nobody_expected_in_mid_run_is_told_with_all_that_was_sent(scene: Scene, error: Exception) -> None:
    """The answers, what is left, that it is a bug and where to report it; the next run goes on from there."""

    def fail() -> None:
        raise error

    scene.recorder.on(Answered, fail, nth=2)
    ran = scene.run(concurrency=1)
    outcome = ran.outcome
    assert outcome.status == 5
    assert outcome.error is not None
    message, remedy = outcome.error
    assert message == f"this is a bug: {type(error).__name__}: {error}"
    assert "where you got Janitor" in str(remedy)
    assert [answer.status for agent in outcome.agents for answer in agent.answers] == [202, 202]
    assert len(ran.writes) == 2
    assert outcome.leftovers
    assert outcome.znode is not None
    assert outcome.znode.state == "kept"
    scene.is_clean(scene.run())


def test_p3_a_report_that_cannot_be_made_still_tells_the_answers(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("janitor.cleanup.run.outcome_of", fail)
    outcome = scene.run().outcome
    assert outcome.status == 5
    assert outcome.error is not None
    assert outcome.error[0] == "this is a bug: ZeroDivisionError: oops"
    assert {answer.status for agent in outcome.agents for answer in agent.answers} == {202}
