"""A real terminal and a real process: what is asked, what is typed, and Ctrl-C."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time

import pytest

from janitor.patience import Patience
from tests.uninstall.scene import Scene


class Terminal:
    """`janitor ARGV...` on a terminal of 100 columns and 30 lines, for the length of a `with`."""

    def __init__(self, *argv: str) -> None:
        self._argv = argv
        self.text = ""

    def __enter__(self) -> Terminal:
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (30, 100))
        environ = {**os.environ, "TERM": "xterm", "HOME": "/nonexistent"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "janitor", *self._argv],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environ,
            start_new_session=True,
        )
        os.close(theirs)
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def until(self, part: str, seconds: float = 30.0) -> None:
        deadline = time.monotonic() + seconds
        while part not in self.text:
            assert time.monotonic() < deadline, self.text
            self._read(0.1)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def end(self, seconds: float = 30.0) -> int:
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.text
            self._read(0.1)
        self._read(0.1)
        return self.process.returncode

    def _read(self, seconds: float) -> None:
        with contextlib.suppress(OSError):  # the other side is closed
            while select.select([self._ours], [], [], seconds)[0]:
                data = os.read(self._ours, 65536)
                if not data:
                    return
                self.text += data.decode()
                seconds = 0.0


@pytest.fixture
def kafka(scene: Scene) -> Scene:
    scene.services.run("kafka")
    return scene


def test_the_name_is_typed_and_it_goes_to_its_end(kafka: Scene) -> None:
    with Terminal("uninstall", "kafka", "--dcos-url", kafka.url) as terminal:
        terminal.until("Type kafka to go on: ")
        assert "an uninstall that has begun cannot be cancelled" in terminal.text
        assert not kafka.services.look("kafka")["uninstalling"]
        terminal.type("kafka\n")
        assert terminal.end() == 0
    assert "Service kafka is gone: app /kafka, framework " in terminal.text
    kafka.accepted("kafka", "kafka-role")


@pytest.mark.parametrize("typed", ["y\n", "\n", "kafk\n", "\x04"])
def test_anything_else_is_no_consent(kafka: Scene, typed: str) -> None:
    with Terminal("uninstall", "kafka", "--dcos-url", kafka.url) as terminal:
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
        with Terminal("sweep", "--dcos-url", scene.url) as terminal:
            terminal.until("Type 127.0.0.1 to go on: ")
            assert "This will go, with all data in it:" in terminal.text
            shown = terminal.text.partition("with all data in it:")[2].splitlines()
            assert shown[1].split()[:2] == ["VERDICT", "SERVICE"]
            assert all(len(line) <= 100 for line in shown[1:3])
            terminal.type(typed)
            assert terminal.end() == status
        assert bool(scene.held("hdfs-role")) is bool(status)


def test_ctrl_c_at_the_question_does_nothing(kafka: Scene) -> None:
    with Terminal("uninstall", "kafka", "--dcos-url", kafka.url) as terminal:
        terminal.until("Type kafka to go on: ")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.end() == 130
    assert "Stopped before anything was done." in terminal.text
    assert not kafka.services.look("kafka")["uninstalling"]


def test_ctrl_c_stops_the_watching_only(scene: Scene) -> None:
    scene.begun()
    with Terminal("uninstall", "kafka", "--dcos-url", scene.url) as terminal:
        terminal.until("kill-tasks (parallel strategy)")
        terminal.process.send_signal(signal.SIGINT)
        assert terminal.end() == 130
    assert "The watching was stopped; the uninstall goes on in the cluster." in terminal.text
    assert "janitor uninstall kafka" in terminal.text.partition("To go on:")[2]
    scene.services.hold("kafka", False)
    Patience(20).poll(lambda: True if "/kafka" not in scene.dcos.apps() else None)


def test_a_whole_phase_is_forced_by_typing_its_name(scene: Scene) -> None:
    scene.begun()
    with Terminal("plan", "force-complete", "kafka", "deploy", "kill-tasks", "--dcos-url", scene.url) as terminal:
        terminal.until("Type kill-tasks to go on: ")
        terminal.type("kill-tasks\n")
        assert terminal.end() == 0
    assert "forceComplete" in terminal.text
