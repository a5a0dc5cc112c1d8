"""A read of which nothing usable came back is repeated alone: what was read before it still counts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from janitor.errors import HttpStatus, NoAnswer, Unreadable, Untrusted
from janitor.patience import Patience

T = TypeVar("T")

ATTEMPTS = 4
FIRST_PAUSE = 0.05
"""Seconds before the first repetition; the others wait longer."""

SOON = 1.0
"""A read that took longer than this until it failed is not repeated: whoever asked has to say what it waits for."""

_FROM_PROXIES = (502, 504)
"""A proxy did not reach the server behind it. A 503 is the server's own word, and is for whoever asked."""


def again(read: Callable[[], T], patience: Patience) -> T:
    """What `read` gives. When it fails for the moment, it is done up to three times more. For reads only (rule D4).

    Raises what the last attempt raised. Raises at once what a repetition does not change, and a redirect to a server
    that does not answer: there the leader has to be found first.
    """
    began = patience.clock()

    def attempt() -> T:
        nonlocal began
        began = patience.clock()
        return read()

    def worth_it(error: BaseException) -> bool:
        return _passes(error) and patience.clock() - began <= SOON

    return patience.repeat(attempt, attempts=ATTEMPTS, every=FIRST_PAUSE, when=worth_it)


def _passes(error: BaseException) -> bool:
    if isinstance(error, HttpStatus):
        return error.status in _FROM_PROXIES
    return isinstance(error, NoAnswer) and not (error.redirected or isinstance(error, (Unreadable, Untrusted)))
