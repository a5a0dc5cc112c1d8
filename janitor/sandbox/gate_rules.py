"""Which requests a gate makes trouble for, and what trouble."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass

from janitor.sandbox.gate_plan import Action, Plan
from janitor.sandbox.gate_wire import Request


@dataclass(eq=False, slots=True)
class Rule:
    """What is done to the requests that are meant: to the `nth` of them, or to all."""

    nth: int | None
    line: str
    body: str
    plan: Plan
    seen: int = 0

    def applies(self, request: Request | None) -> bool:
        """Count the request (None: a connection that is not HTTP) if it is of the kind meant; true if it is the one."""
        if request is None:
            if self.line or self.body:
                return False
        elif self.line not in request.line or (self.body and not request.contains(self.body)):
            return False
        self.seen += 1
        return self.nth is None or self.nth == self.seen


class When:
    """Which requests are meant; its methods say what happens to them. Several for one request come together."""

    def __init__(self, add: Callable[[Rule], None], nth: int | None, line: str, body: str) -> None:
        self._add = add
        self._nth, self._line, self._body = nth, line, body

    def _have(self, plan: Plan) -> None:
        self._add(Rule(self._nth, self._line, self._body, plan))

    def reset_after(self, count: int) -> None:
        """The connection is reset after so many bytes of the answer (0: before the first). The target did its work."""
        self._have(Plan(ends_after=count, resets=True))

    def cut_after(self, count: int) -> None:
        """The connection ends cleanly (FIN) after so many bytes of the answer."""
        self._have(Plan(ends_after=count))

    def drip(self, count: int, every: float) -> None:
        """The answer comes in portions of so many bytes, one `every` so many seconds."""
        self._have(Plan(drip=(count, every)))

    def swap_answer(self, raw: bytes) -> None:
        """The target does its work, and the client gets these bytes (head and body) for an answer."""
        self._have(Plan(swap=raw))

    def answer_instead(self, raw: bytes) -> None:
        """The gate answers with these bytes; the target never sees the request."""
        self._have(Plan(instead=raw))

    def call_before(self, action: Action) -> None:
        """Call this while the request is held back: the target has not seen it. In a thread of its own."""
        self._have(Plan(before=[action]))

    def call_after(self, action: Action) -> None:
        """Call this while the answer is held back: the target has done its work, the client does not know it yet."""
        self._have(Plan(after=[action]))

    def signal_before(self, pid: int, signum: int) -> None:
        """Signal a process while the request is held back."""
        self.call_before(lambda: os.kill(pid, signum))
