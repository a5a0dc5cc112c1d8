"""A gate on the wire: a TCP proxy before the sandbox, a real Mesos or ZooKeeper, that makes trouble when it is told.

    with Gate("127.0.0.1", 5050) as gate:
        gate.when(nth=3, line="POST /master/api/v1", body="UNRESERVE_RESOURCES").reset_after(0)
        gate.when(line="GET /master/slaves").drip(1, every=0.05)
        ...                                         # talk to gate.url() instead of the master
        assert gate.requests == 12

HTTP is told from anything else by its first byte and understood as far as counting needs: keep-alive, pipelining,
Content-Length, chunks. Anything else (ZooKeeper, TLS) is bytes: there a whole connection counts as one request.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, TypeVar

from janitor.sandbox.door import Door, bound
from janitor.sandbox.gate_plan import Action, Plan, Weather
from janitor.sandbox.gate_relay import Relay
from janitor.sandbox.gate_rules import Rule, When
from janitor.sandbox.gate_wire import Request

T = TypeVar("T")


class Gate:
    """A proxy to `target_host:target_port` on 127.0.0.1, in a thread of its own. A context manager.

    `port` is a free one unless given; OSError when that is taken.

    `connections` and `requests` count what was accepted and which HTTP requests were asked. What an action raised is
    raised again when the gate is left.
    """

    def __init__(self, target_host: str, target_port: int, *, port: int = 0) -> None:
        self.target = (target_host, target_port)
        self.connections = 0
        self.requests = 0
        self._rules: tuple[Rule, ...] = ()
        self._lock = threading.Lock()
        self._relays: dict[Relay, asyncio.Task[None]] = {}
        self._failures: list[BaseException] = []
        self._door: Door | None = None
        self._thaw: asyncio.TimerHandle | None = None
        # Bound and never listening, it keeps the port ours (and refused) while the listener is away.
        self._claim = bound("127.0.0.1", port)
        self.port: int = self._claim.getsockname()[1]
        self._loop = asyncio.new_event_loop()
        self._weather = Weather()
        self._thread = threading.Thread(target=self._live, name=f"gate-{self.port}", daemon=True)

    def __enter__(self) -> Gate:
        self._thread.start()
        self._in_loop(self._open())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._in_loop(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._claim.close()
        if error is None and self._failures:
            raise self._failures[0]

    @property
    def address(self) -> str:
        """`127.0.0.1:PORT`, as ZooKeeper's clients want it."""
        return f"127.0.0.1:{self.port}"

    def url(self, scheme: str = "http", path: str = "/") -> str:
        """A URL through the gate."""
        return f"{scheme}://{self.address}{path}"

    # -- faults

    def when(self, *, nth: int | None = None, line: str = "", body: str = "") -> When:
        """Mean every request, or those whose first line contains `line` and whose headers or body contain `body`;
        with `nth`, only the n-th of them (1 is the first), counted from now. Without HTTP: connections."""
        return When(self._add, nth, line, body)

    def refuse_connections(self) -> None:
        """From now on connections are refused, and the open ones are reset: as if the process had died."""
        self._in_loop(self._refuse())

    def accept_connections(self) -> None:
        """Listen again, on the same port."""
        self._in_loop(self._open())

    def reset_connections(self) -> None:
        """Reset the open connections, once; new ones are welcome."""
        self._in_loop(self._reset())

    def freeze(self, seconds: float | None = None) -> None:
        """Accept connections and let nothing through, either way, for so long or until `thaw`."""
        self._in_loop(self._freeze(seconds))

    def thaw(self) -> None:
        """Let what was held back through."""
        self._in_loop(self._melt())

    def delay(self, seconds: float) -> None:
        """From now on every request (without HTTP: every byte of an answer) is late by so much; connections do not
        wait for each other."""
        self._weather.latency = seconds

    def heal(self) -> None:
        """No more faults: connections accepted, nothing frozen, nothing late, no request meant."""
        with self._lock:
            self._rules = ()
        self.delay(0.0)
        self.thaw()
        self.accept_connections()

    # -- behind the wall

    def _add(self, rule: Rule) -> None:
        with self._lock:
            self._rules = (*self._rules, rule)

    def _plan(self, request: Request) -> Plan:
        self.requests += 1
        plan = Plan()
        with self._lock:
            for rule in self._rules:
                if rule.applies(request):
                    plan.add(rule.plan)
        return plan

    def _plan_raw(self, relay: Relay) -> Plan:
        plan = Plan()
        with self._lock:
            for rule in self._rules:
                if rule not in relay.rules_seen and rule.applies(None):
                    plan.add(rule.plan)
                relay.rules_seen.add(rule)
        return plan

    def _act(self, action: Action) -> None:
        try:
            action()
        except BaseException as error:
            self._failures.append(error)

    def _live(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_forever()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def _in_loop(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    async def _open(self) -> None:
        if self._door is None:
            self._door = Door(self._streams)
            self._door.open(bound("127.0.0.1", self.port))

    def _streams(self) -> asyncio.StreamReaderProtocol:
        return asyncio.StreamReaderProtocol(asyncio.StreamReader(limit=1 << 20), self._accept)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        relay = Relay((reader, writer), self._weather, self._plan, self._plan_raw, self._act)
        task = self._loop.create_task(self._carry(relay))
        self._relays[relay] = task
        task.add_done_callback(lambda _: self._relays.pop(relay))

    async def _carry(self, relay: Relay) -> None:
        try:
            await relay.run(*self.target)
        except asyncio.CancelledError:
            pass  # the gate closes
        except Exception as error:
            self._failures.append(error)  # such as a frame that is none: the connection was reset

    async def _refuse(self) -> None:
        door, self._door = self._door, None
        if door is not None:
            await door.close()
        await self._reset()

    async def _reset(self) -> None:
        tasks = list(self._relays.values())
        for relay, task in list(self._relays.items()):
            relay.drop(with_reset=True)
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _freeze(self, seconds: float | None) -> None:
        await self._melt()
        self._weather.flowing.clear()
        if seconds is not None:
            self._thaw = self._loop.call_later(seconds, self._weather.flowing.set)

    async def _melt(self) -> None:
        if self._thaw is not None:
            self._thaw.cancel()
            self._thaw = None
        self._weather.flowing.set()

    async def _close(self) -> None:
        await self._melt()
        await self._refuse()
