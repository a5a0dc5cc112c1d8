"""Invariant 3: killed at any moment and started again, a clean-up comes to the same end. And rule D6: signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from janitor.events import Answered, ZnodeProgress
from janitor.patience import Patience, Stop
from janitor.sandbox.gate import Gate
from tests.engine.scene import Scene
from tests.zookeeper.trees import everything_below, grow, snapshot

EVERY = os.environ.get("JANITOR_TEST_EVERY_MOMENT") == "1"
"""Kill at every request, before and after it, and not at a sample of them."""


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


def janitor(scene: Scene, started: Callable[[int], None] = lambda _: None, *more: str) -> Process:
    """The command itself on the scene's target, as JSON; `started` gets its process id."""
    target = scene.target
    words = ["-r", "kafka-role", "-p", "kafka-principal", "-z", "dcos-service-kafka", "-m", target.mesos]
    words += ["-n", target.marathon, "-e", target.exhibitor, "--zookeeper", str(target.zookeeper)]
    process = subprocess.Popen(
        [sys.executable, "-m", "janitor", *words, "--timeout", "30s", "--output", "json", *more],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    started(process.pid)
    try:
        out, err = process.communicate(timeout=60)
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
        assert self._known.wait(10)
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


def moments(requests: int) -> list[tuple[int, str]]:
    """(n, when): the n-th request, before or after it was answered. The writes are in the middle of a run."""
    if EVERY:
        return [(number, when) for number in range(1, requests + 1) for when in ("before", "after")]
    middle = requests // 2
    return [(middle - 1, "after"), (middle, "before"), (middle + 1, "after"), (requests, "after")]


@pytest.mark.timeout(900 if EVERY else 120)
def test_invariant_3_killed_at_any_request_and_started_again(crowded: Scene, gate: Gate) -> None:
    """SIGKILL at the n-th request to the master; nothing else has changed, and the next run ends the same."""
    before = bystanders(crowded)
    ran = crowded.run()
    crowded.is_clean(ran)
    requests = gate.requests
    written = 0
    for number, when in moments(requests):
        crowded.kafka()
        gate.heal()
        victim = Victim()
        meant = gate.when(nth=number)
        (meant.call_before if when == "before" else meant.call_after)(victim.kill)
        ended = janitor(crowded, victim.started)
        assert ended.status in (-signal.SIGKILL, 0), ended.err
        written += 0 < len(crowded.held()) < 11
        assert bystanders(crowded) == before, f"killed {when} request {number}"
        gate.heal()
        crowded.is_clean(crowded.run())
    assert written, "no moment in the middle of the writes was met"


def test_invariant_3_killed_while_the_znode_is_deleted(scene: Scene) -> None:
    """Half a tree is a tree: the next run deletes the rest."""
    grow(scene.client, [f"/dcos-service-kafka/topics/t{number}" for number in range(3000)])
    with Gate("127.0.0.1", scene.zookeeper.port) as slow:
        slow.delay(0.01)
        scene.target = replace(scene.target, zookeeper=slow.address)
        victim = Victim()

        def kill_half_way() -> None:
            Patience(30).poll(lambda: True if topics(scene) < 2800 else None, every=0.005, at_most=0.005)
            victim.send(signal.SIGKILL)

        killer = threading.Thread(target=kill_half_way)
        killer.start()
        ended = janitor(scene, victim.started)
        killer.join()
    assert ended.status == -signal.SIGKILL
    assert scene.held() == []
    assert topics(scene) > 0
    scene.target = replace(scene.target, zookeeper=scene.zookeeper.address)
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
