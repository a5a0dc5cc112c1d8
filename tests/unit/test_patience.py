from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from janitor.errors import Interrupted, OutOfTime
from janitor.patience import Patience, Stop


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> bool:
        self.slept.append(seconds)
        self.now += seconds
        return False


def patience(timeout: float, clock: Clock) -> Patience:
    return Patience(timeout, clock=clock, sleep=clock.sleep)


def test_time_runs_out() -> None:
    clock = Clock()
    waiting = patience(10, clock)
    waiting.check()
    clock.now += 9
    assert waiting.remaining() == pytest.approx(1)
    clock.now += 5
    assert waiting.remaining() == 0
    with pytest.raises(OutOfTime, match="Out of time after 10 s while testing") as caught:
        waiting.check("while testing")
    assert not caught.value.sent


@given(st.floats(0, 100), st.floats(0, 100))
def test_a_part_of_the_time_is_never_longer_than_the_whole(whole: float, part: float) -> None:
    clock = Clock()
    shorter = patience(whole, clock).within(part)
    assert shorter.remaining() == pytest.approx(min(whole, part), abs=1e-6)


def test_a_part_has_the_same_stop() -> None:
    waiting = Patience(10)
    waiting.stop.raise_(2)
    with pytest.raises(Interrupted):
        waiting.within(5).check()


def test_a_pause_does_not_go_past_the_deadline() -> None:
    clock = Clock()
    waiting = patience(10, clock)
    waiting.pause(3)
    waiting.pause(100)
    assert clock.slept == [3, 7]


def test_poll_asks_first_and_waits_second() -> None:
    clock = Clock()
    assert patience(10, clock).poll(lambda: "at once") == "at once"
    assert clock.slept == []


def test_poll_waits_twice_as_long_each_time_up_to_its_most() -> None:
    clock = Clock()
    answers = iter([None, None, None, None, None, "there"])
    waited: list[None] = []
    found = patience(100, clock).poll(lambda: next(answers), every=0.5, at_most=3, on_wait=lambda: waited.append(None))
    assert found == "there"
    assert clock.slept == [0.5, 1, 2, 3, 3]
    assert len(waited) == 5


@pytest.mark.parametrize("falsy", [0, "", False, ()])
def test_poll_takes_everything_but_none_for_an_answer(falsy: object) -> None:
    assert patience(10, Clock()).poll(lambda: falsy) == falsy


def test_poll_ends_at_the_deadline_with_a_last_look() -> None:
    clock = Clock()
    looks: list[float] = []
    with pytest.raises(OutOfTime, match="for the agents"):
        patience(10, clock).poll(lambda: looks.append(clock.now), every=3, at_most=3, what="for the agents")
    assert looks == [1000, 1003, 1006, 1009, 1010]


def test_poll_lets_an_error_through() -> None:
    def probe() -> None:
        raise ValueError("mine")

    with pytest.raises(ValueError, match="mine"):
        patience(10, Clock()).poll(probe)


def test_a_signal_ends_a_poll() -> None:
    waiting = Patience(600)
    begun = time.monotonic()
    with pytest.raises(Interrupted) as caught:
        waiting.poll(threading.Timer(0.1, waiting.stop.raise_, [15]).start, every=600, at_most=600)
    assert time.monotonic() - begun < 60
    assert caught.value.signum == 15


def test_the_first_signal_counts() -> None:
    stop = Stop()
    stop.raise_(15)
    stop.raise_(2)
    assert (stop.raised, stop.signum) == (True, 15)


def test_every_wait_ends_when_the_flag_goes_up() -> None:
    stop = Stop()
    ended: list[bool] = []
    threads = [threading.Thread(target=lambda: ended.append(stop.wait(600))) for _ in range(8)]
    for thread in threads:
        thread.start()
    stop.raise_(2)
    for thread in threads:
        thread.join(60)
    assert ended == [True] * 8
    assert stop.wait(60)


def test_a_wait_without_a_signal_is_a_sleep() -> None:
    stop = Stop()
    begun = time.monotonic()
    assert not stop.wait(0.05)
    assert not stop.wait(0)
    assert not stop.wait(-1)
    assert time.monotonic() - begun >= 0.049


def test_listeners_are_called_once_and_may_leave() -> None:
    stop = Stop()
    called: list[str] = []
    stop.on_raise(lambda: called.append("early"))
    forget = stop.on_raise(lambda: called.append("gone"))
    forget()
    stop.raise_(2)
    stop.raise_(2)
    stop.on_raise(lambda: called.append("late"))
    forget()
    assert called == ["early", "late"]


def test_signals_while_waiting_never_wait_for_themselves() -> None:
    """A handler runs in the thread that it interrupts, also in the middle of that thread's own wait.

    A flag made of threading.Event hangs here: it is set under the lock that the interrupted wait holds.
    """
    program = """
import signal
from janitor.patience import Stop
signal.signal(signal.SIGALRM, lambda signum, frame: stop.raise_(signum))
for number in range(2000):
    stop = Stop()
    signal.setitimer(signal.ITIMER_REAL, 0.00002 + (number % 50) * 0.00001)
    while not stop.wait(0.000001):
        pass
print("ended")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "ended\n"


def test_a_signal_handler_of_the_main_thread_ends_its_own_wait() -> None:
    stop = Stop()
    before = signal.signal(signal.SIGUSR1, lambda signum, _: stop.raise_(signum))
    try:
        threading.Timer(0.1, os.kill, [os.getpid(), signal.SIGUSR1]).start()
        assert stop.wait(60)
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_thing_is_repeated_while_it_may_pass_and_no_longer_than_that() -> None:
    slept: list[float] = []

    def sleep(seconds: float) -> bool:
        slept.append(seconds)
        return False

    patience = Patience(60, sleep=sleep)
    tried: list[int] = []

    def fails(times: int, error: Exception) -> str:
        tried.append(0)
        if len(tried) <= times:
            raise error
        return "done"

    def repeat(times: int, error: Exception) -> str:
        tried.clear()
        slept.clear()
        return patience.repeat(
            lambda: fails(times, error), attempts=4, every=0.5, when=lambda error: isinstance(error, OSError)
        )

    assert (repeat(0, OSError()), len(tried), slept) == ("done", 1, [])
    assert (repeat(3, OSError()), len(tried), slept) == ("done", 4, [0.5, 1.0, 2.0])
    with pytest.raises(OSError, match="lost"):
        repeat(4, OSError("lost"))
    assert len(tried) == 4
    with pytest.raises(ValueError, match="wrong"):
        repeat(1, ValueError("wrong"))
    assert len(tried) == 1


def test_nothing_is_repeated_at_the_deadline() -> None:
    patience = Patience(0)
    with pytest.raises(OSError, match="lost"):
        patience.repeat(open_nothing, attempts=4, every=0.5, when=lambda _: True)


def open_nothing() -> None:
    raise OSError("lost")


@pytest.mark.parametrize(
    ("waited", "own", "at_most"),
    [(0, None, 30), (5, None, 35), (5, 75, 35), (5, 20, 20)],
    ids=["to the deadline", "it began before", "its own end comes later", "its own end comes first"],
)
def test_no_wait_is_said_to_last_longer_than_the_run(waited: float, own: float | None, at_most: float) -> None:
    """Ten of forty seconds are over."""
    clock = Clock()
    waiting = patience(40, clock)
    clock.now += 10
    assert waiting.at_most(waited, own) == at_most
