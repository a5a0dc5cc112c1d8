from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from janitor.errors import Interrupted, OutOfTime, Unreachable
from janitor.patience import Patience, Stop
from janitor.transport import fanout
from janitor.transport.fanout import fan_out
from tests.clock import HANGS, Clock


@settings(max_examples=50)
@given(items=st.lists(st.integers(), max_size=60), concurrency=st.integers(1, 20))
def test_every_item_has_one_result(items: list[int], concurrency: int) -> None:
    results = list(fan_out(items, lambda item: item * 2, concurrency=concurrency, patience=Patience(HANGS)))
    assert sorted(item for item, _ in results) == sorted(items)
    assert all(result == item * 2 for item, result in results)


def test_no_more_at_once_than_asked_for_and_no_fewer() -> None:
    together = threading.Barrier(4)
    busy, most = 0, 0
    lock = threading.Lock()

    def work(_: int) -> None:
        nonlocal busy, most
        with lock:
            busy += 1
            most = max(most, busy)
        together.wait(HANGS)  # breaks unless four are at work at the same time
        with lock:
            busy -= 1

    results = list(fan_out(range(12), work, concurrency=4, patience=Patience(HANGS)))
    assert [result for _, result in results] == [None] * 12
    assert most == 4


def test_results_come_in_the_order_of_completion() -> None:
    quick_done = threading.Event()

    def work(item: str) -> str:
        if item == "slow":
            quick_done.wait(HANGS)
        return item

    order = []
    for item, _ in fan_out(["slow", "a", "b"], work, concurrency=2, patience=Patience(HANGS)):
        order.append(item)
        if item == "b":
            quick_done.set()
    assert order == ["a", "b", "slow"]


def test_an_exception_is_a_result_and_stops_no_other() -> None:
    def work(item: int) -> int:
        if item % 2:
            raise Unreachable(f"agent {item}")
        return item

    results = dict(fan_out(range(10), work, concurrency=3, patience=Patience(HANGS)))
    assert [results[item] for item in range(0, 10, 2)] == [0, 2, 4, 6, 8]
    assert all(isinstance(results[item], Unreachable) for item in range(1, 10, 2))


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit, GeneratorExit])
def test_what_is_no_exception_goes_through(kind: type[BaseException]) -> None:
    def work(_: int) -> None:
        raise kind

    with pytest.raises(kind):
        list(fan_out(range(10), work, concurrency=3, patience=Patience(HANGS)))


def test_items_and_results_are_handled_in_the_calling_thread() -> None:
    here = threading.current_thread()

    def items() -> Iterator[int]:
        for number in range(20):
            assert threading.current_thread() is here
            yield number

    workers = {
        result
        for _, result in fan_out(items(), lambda _: threading.current_thread(), concurrency=3, patience=Patience(HANGS))
    }
    assert here not in workers


def test_a_signal_lets_nothing_begin_and_what_is_under_way_end() -> None:
    stop = Stop()
    begun: list[int] = []

    def work(item: int) -> int:
        begun.append(item)
        if len(begun) == 4:
            stop.raise_(15)
        stop.wait(HANGS)
        return item

    seen: list[tuple[int, int | Exception]] = []
    with pytest.raises(Interrupted) as caught:
        seen.extend(fan_out(range(100), work, concurrency=4, patience=Patience(HANGS, stop=stop)))
    assert caught.value.signum == 15
    assert sorted(seen) == [(0, 0), (1, 1), (2, 2), (3, 3)]
    assert sorted(begun) == [0, 1, 2, 3]


def test_the_deadline_lets_nothing_begin() -> None:
    clock = Clock()
    begun: list[int] = []

    def work(item: int) -> None:
        begun.append(item)
        if item == 20:
            clock.jump()

    done: list[tuple[int, Exception | None]] = []
    with pytest.raises(OutOfTime):
        done.extend(fan_out(range(1000), work, concurrency=2, patience=Patience(600, clock=clock)))
    assert len(begun) == len(done)
    assert 21 <= len(done) <= 22, "the one beside it may have begun before"


def test_nothing_left_to_begin_is_no_reason_to_complain() -> None:
    stop = Stop()

    def work(item: int) -> int:
        stop.raise_(2)
        return item

    assert list(fan_out([7], work, concurrency=4, patience=Patience(HANGS, stop=stop))) == [(7, 7)]


@pytest.mark.parametrize("kind", ["signal", "deadline"])
def test_what_does_not_end_is_named_and_left_behind(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setattr(fanout, "GRACE", 0.1)
    never = threading.Event()
    stop = Stop()

    def work(item: str) -> str:
        if item == "hangs":
            assert never.wait(600), "nobody waits for this one"
        return item

    clock = Clock()
    results: dict[str, str | Exception] = {}
    patience = Patience(600, stop=stop, clock=clock)
    for item, result in fan_out(["hangs", "quick"], work, concurrency=2, patience=patience):
        results[item] = result
        if item == "quick":
            stop.raise_(15) if kind == "signal" else clock.jump()
    never.set()
    assert results["quick"] == "quick"
    assert isinstance(results["hangs"], Interrupted if kind == "signal" else OutOfTime)


def test_who_stops_listening_lets_nothing_more_begin() -> None:
    begun: list[int] = []
    for _ in fan_out(range(1000), begun.append, concurrency=2, patience=Patience(HANGS)):
        break
    assert len(begun) <= 4


def test_workers_end_with_the_work() -> None:
    before = threading.active_count()
    list(fan_out(range(50), lambda item: item, concurrency=8, patience=Patience(HANGS)))
    ends = time.monotonic() + HANGS
    while threading.active_count() > before and time.monotonic() < ends:
        time.sleep(0.005)
    assert threading.active_count() <= before


def test_concurrency_below_one_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        next(fan_out([1], str, concurrency=0, patience=Patience(1)))


def test_a_worker_that_hangs_for_good_does_not_keep_the_program() -> None:
    program = """
import threading
from janitor.patience import Patience, Stop
from janitor.transport import fanout
fanout.GRACE = 0.1
stop, begun = Stop(), []
def hang(item):
    begun.append(item)
    if len(begun) == 2:
        stop.raise_(15)
    threading.Event().wait()
print(len(list(fanout.fan_out([1, 2], hang, concurrency=2, patience=Patience(600, stop=stop)))))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=HANGS, check=True)
    assert (done.stdout, done.stderr) == ("2\n", "")
