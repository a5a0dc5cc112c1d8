"""A real terminal and a real process: what is asked, what is typed, and Ctrl-C."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from janitor.patience import Patience
from tests.clock import HANGS
from tests.terminal import Terminal
from tests.uninstall.scene import Scene


class Janitor(Terminal):
    """`janitor ARGV...` on a terminal, for the length of a `with`."""

    def __init__(self, *argv: str) -> None:
        environ = {**os.environ, "TERM": "xterm", "HOME": "/nonexistent"}
        super().__init__([sys.executable, "-m", "janitor", *argv], environ)


@pytest.fixture
def kafka(scene: Scene) -> Scene:
    scene.services.run("kafka")
    return scene


def test_the_name_is_typed_and_it_goes_to_its_end(kafka: Scene) -> None:
    with Janitor("uninstall", "kafka", "--dcos-url", kafka.url) as terminal:
        terminal.until("Type kafka to go on: ")
        assert "an uninstall that has begun cannot be cancelled." in " ".join(terminal.text.split())
        assert not kafka.services.look("kafka")["uninstalling"]
        terminal.type("kafka\n")
        assert terminal.end() == 0
    assert "Service kafka is gone: app /kafka, framework" in terminal.text
    kafka.accepted("kafka", "kafka-role")


@pytest.mark.parametrize("typed", ["y\n", "\n", "kafk\n", "\x04"])
def test_anything_else_is_no_consent(kafka: Scene, typed: str) -> None:
    with Janitor("uninstall", "kafka", "--dcos-url", kafka.url) as terminal:
        terminal.until("Type kafka to go on: ")
        terminal.type(typed)
        assert terminal.end() == 6
    assert "Not confirmed: nothing was done." in terminal.text
    assert "(rule" not in terminal.text
    assert not kafka.services.look("kafka")["uninstalling"]
    assert "/kafka" in kafka.dcos.apps()


def test_a_sweep_asks_for_the_name_of_the_cluster_below_what_will_go(scene: Scene) -> None:
    scene.abandoned("hdfs", on=scene.agents[:2], port=9000)
    for typed, status in (("hdfs\n", 6), ("127.0.0.1\n", 0)):
        with Janitor("sweep", "--dcos-url", scene.url) as terminal:
            terminal.until("Type 127.0.0.1 to go on: ")
            assert "This will go, with all data in it:" in terminal.text
            shown = terminal.text.partition("with all data in it:")[2].splitlines()
            assert shown[1].split()[:2] == ["VERDICT", "SERVICE"]
            assert all(len(line) <= 100 for line in shown[1:3])
            terminal.type(typed)
            assert terminal.end() == status
        assert bool(scene.held("hdfs-role")) is bool(status)


def test_ctrl_c_at_the_question_does_nothing(kafka: Scene) -> None:
    with Janitor("uninstall", "kafka", "--dcos-url", kafka.url) as terminal:
        terminal.until("Type kafka to go on: ")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.end() == 130
    assert "Stopped before anything was done." in terminal.text
    assert not kafka.services.look("kafka")["uninstalling"]


def test_ctrl_c_stops_the_watching_only(scene: Scene) -> None:
    scene.begun()
    with Janitor("uninstall", "kafka", "--dcos-url", scene.url) as terminal:
        terminal.until("kill-tasks (parallel strategy)")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.end() == 130
    assert "The watching was stopped; the uninstall goes on in the cluster." in terminal.text
    assert "janitor uninstall kafka" in terminal.text.partition("To go on:")[2]
    scene.services.hold("kafka", False)
    Patience(HANGS).poll(lambda: True if "/kafka" not in scene.dcos.apps() else None)


def test_a_whole_phase_is_forced_by_typing_its_name(scene: Scene) -> None:
    scene.begun()
    with Janitor("plan", "force-complete", "kafka", "deploy", "kill-tasks", "--dcos-url", scene.url) as terminal:
        terminal.until("Type kill-tasks to go on: ")
        terminal.type("kill-tasks\n")
        assert terminal.end() == 0
    assert "forceComplete" in terminal.text
