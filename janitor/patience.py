"""How long we wait, and what ends a wait: one total deadline and one stop flag for the whole run.

The only place that configures tenacity. Nothing else sleeps, and nothing else reads the monotonic clock to wait.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from typing import TypeVar

import tenacity

from janitor.errors import Interrupted, OutOfTime

T = TypeVar("T")


class Stop:
    """A flag that a signal handler raises; every wait listens to it. Listeners are called once, when it is raised.

    Built on bare locks: a threading.Event is set under a lock of its own, and a handler that runs in the very thread
    which holds that lock would wait for itself for ever.
    """

    def __init__(self) -> None:
        self._first = threading.Lock()  # taken by the first who raises, and never given back
        self._latch = threading.Lock()  # held until the flag goes up, then open for everybody
        self._latch.acquire()
        self._raised = False
        self._listeners: list[Callable[[], None]] = []
        self.signum = 0

    def raise_(self, signum: int) -> None:
        """Ask everything to end. Safe to call from a signal handler, and more than once: the first signal counts."""
        if not self._first.acquire(blocking=False):
            return
        self.signum = signum
        self._raised = True
        self._latch.release()
        with contextlib.suppress(IndexError):
            while True:
                self._listeners.pop(0)()

    def on_raise(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Have `listener` called when the flag goes up (at once, if it is up); it may run inside a signal handler.

        Gives back what takes the listener away again.
        """

        def once() -> None:
            listener()

        def forget() -> None:
            with contextlib.suppress(ValueError):
                self._listeners.remove(once)

        self._listeners.append(once)
        if self._raised:
            # Whoever takes it off the list calls it, so that nobody else does.
            with contextlib.suppress(ValueError):
                self._listeners.remove(once)
                listener()
        return forget

    def wait(self, seconds: float) -> bool:
        """Sleep, or return true as soon as the flag is up."""
        if self._raised:
            return True
        if self._latch.acquire(timeout=min(max(0.0, seconds), threading.TIMEOUT_MAX)):
            self._latch.release()
            return True
        return False

    @property
    def raised(self) -> bool:
        return self._raised


class Patience:
    """One total deadline, counted from `began` (monotonic; None for now). `timeout` is in seconds.

    `clock` gives monotonic seconds and `sleep` waits that many, true when it was cut short; tests pass their own.
    """

    def __init__(
        self,
        timeout: float,
        *,
        stop: Stop | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], bool] | None = None,
        began: float | None = None,
    ) -> None:
        self.timeout = timeout
        self.stop = stop or Stop()
        self.clock = clock
        self._sleep = sleep or self.stop.wait
        self.deadline = (clock() if began is None else began) + timeout

    def remaining(self) -> float:
        """Seconds left, never negative."""
        return max(0.0, self.deadline - self.clock())

    def at_most(self, waited: float, own: float | None = None) -> float:
        """Seconds that a wait can last in all which has lasted `waited`: to its own end, or to the deadline."""
        end = waited + self.remaining()
        return end if own is None else min(own, end)

    def within(self, seconds: float) -> Patience:
        """A shorter patience with the same stop flag: it ends after `seconds`, or with this one."""
        shorter = Patience(min(seconds, self.remaining()), stop=self.stop, clock=self.clock, sleep=self._sleep)
        shorter.deadline = min(shorter.deadline, self.deadline)
        return shorter

    def check(self, what: str = "") -> None:
        """Go on, or say why not.

        Raises Interrupted when a signal came, OutOfTime when the deadline has passed (`what` says while doing what).
        """
        if self.stop.raised:
            raise Interrupted(self.stop.signum)
        if self.remaining() <= 0:
            raise self._over(what)

    def _over(self, what: str) -> OutOfTime:
        return OutOfTime(f"Out of time after {self.timeout:g} s{' ' + what if what else ''}.", sent=False)

    def pause(self, seconds: float) -> None:
        """Wait so long, but never past the deadline. Raises Interrupted when a signal comes meanwhile."""
        if self._sleep(min(seconds, self.remaining())) or self.stop.raised:
            raise Interrupted(self.stop.signum)

    def stay(self, seconds: float) -> None:
        """Wait so long, whatever the deadline; from then on the whole time counts anew: nothing was done meanwhile.

        Raises Interrupted when a signal comes.
        """
        if self._sleep(seconds) or self.stop.raised:
            raise Interrupted(self.stop.signum)
        self.deadline = self.clock() + self.timeout

    def poll(
        self,
        probe: Callable[[], T | None],
        *,
        every: float = 0.05,
        at_most: float = 2.0,
        what: str = "",
        on_wait: Callable[[], None] | None = None,
    ) -> T:
        """Ask first, wait second, until `probe` gives something else than None; the waits double from `every`.

        Raises OutOfTime at the deadline, Interrupted on a signal, and whatever `probe` raises.
        """

        def before_sleep(_: tenacity.RetryCallState) -> None:
            if on_wait is not None:
                on_wait()

        def gave_up(_: tenacity.RetryCallState) -> T:
            raise self._over(what)

        def attempt() -> T | None:
            if self.stop.raised:
                raise Interrupted(self.stop.signum)
            return probe()

        result = tenacity.Retrying(
            retry=tenacity.retry_if_result(lambda found: found is None),
            wait=tenacity.wait_exponential(multiplier=every, exp_base=2, min=every, max=at_most),
            stop=lambda _: self.remaining() <= 0,
            sleep=self.pause,
            before_sleep=before_sleep,
            retry_error_callback=gave_up,
        )(attempt)
        assert result is not None
        return result

    def repeat(
        self, attempt: Callable[[], T], *, attempts: int, every: float, when: Callable[[BaseException], bool]
    ) -> T:
        """Do it, and again while it raises what `when` says may pass: `attempts` times in all, or until the deadline.

        The waits double from `every`. Raises what the last attempt raised, and Interrupted on a signal.
        """
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception(when),
            wait=tenacity.wait_exponential(multiplier=every, exp_base=2, min=every),
            stop=lambda state: state.attempt_number >= attempts or self.remaining() <= every,
            sleep=self.pause,
            reraise=True,
        )(attempt)
