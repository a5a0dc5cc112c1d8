"""The same work on many items side by side, with results in the thread that asked."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterable, Iterator
from typing import TypeAlias, TypeVar

from janitor.errors import Interrupted, OutOfTime
from janitor.patience import Patience

T = TypeVar("T")
R = TypeVar("R")

GRACE = 2.0
"""Seconds for what is under way to end by itself when the time is over. Its sockets are shut, so it ends at once."""

_Result: TypeAlias = tuple[int, R | BaseException]


def fan_out(
    items: Iterable[T], work: Callable[[T], R], *, concurrency: int, patience: Patience
) -> Iterator[tuple[T, R | Exception]]:
    """Do `work` on each item, at most `concurrency` at a time, and yield what came of it in the order of completion.

    An exception of one item is its result and stops no other. Items are taken, and results yielded, in the calling
    thread. When a signal comes or the time is over no further item begins, and what is under way ends; an item that
    does not is yielded with Interrupted or OutOfTime, and what it did is unknown. If items are left that were never
    begun, Interrupted or OutOfTime is raised after the last result. What is no Exception (KeyboardInterrupt,
    SystemExit) is raised at once.

    The workers are daemon threads: a ThreadPoolExecutor waits for its threads when the interpreter ends, so one that is
    blocked for good would keep an interrupted run from ending.
    """
    if concurrency < 1:
        raise ValueError("concurrency must be at least 1")
    waiting: queue.SimpleQueue[tuple[int, T] | None] = queue.SimpleQueue()
    results: queue.SimpleQueue[_Result[R] | None] = queue.SimpleQueue()
    under_way: dict[int, T] = {}
    source = enumerate(items)
    threads = 0

    def worker() -> None:
        while (task := waiting.get()) is not None:
            number, item = task
            try:
                results.put((number, work(item)))
            except BaseException as error:
                results.put((number, error))

    forget = patience.stop.on_raise(lambda: results.put(None))
    try:
        left = True
        while True:
            while left and len(under_way) < concurrency and _may_begin(patience):
                task = next(source, None)
                if task is None:
                    left = False
                    break
                under_way[task[0]] = task[1]
                waiting.put(task)
                if threads < len(under_way):
                    threads += 1
                    threading.Thread(target=worker, name=f"janitor-worker-{threads}", daemon=True).start()
            if not under_way:
                break
            result = _next_result(results, patience)
            if result is None:
                yield from _abandoned(under_way, patience)
                break
            number, outcome = result
            item = under_way.pop(number)
            if isinstance(outcome, BaseException) and not isinstance(outcome, Exception):
                raise outcome
            yield item, outcome
        if left and next(source, None) is not None:
            patience.check("with work left to begin")
    finally:
        forget()
        for _ in range(threads):
            waiting.put(None)


def _may_begin(patience: Patience) -> bool:
    return not patience.stop.raised and patience.remaining() > 0


def _next_result(results: queue.SimpleQueue[_Result[R] | None], patience: Patience) -> _Result[R] | None:
    """What was finished next; None when the time is over and nothing more ends by itself."""
    return _result_within(results, patience) or _result_within(results, Patience(GRACE))


def _result_within(results: queue.SimpleQueue[_Result[R] | None], patience: Patience) -> _Result[R] | None:
    """What was finished next; None when the time is over, or a signal came."""
    while _may_begin(patience):
        try:
            result = results.get(timeout=patience.remaining())
        except queue.Empty:
            break
        if result is not None:
            return result
    return None


def _abandoned(under_way: dict[int, T], patience: Patience) -> Iterator[tuple[T, Exception]]:
    for item in under_way.values():
        if patience.stop.raised:
            yield item, Interrupted(patience.stop.signum)
        else:
            yield item, OutOfTime(f"Out of time after {patience.timeout:g} s, without an answer.", sent=True)
