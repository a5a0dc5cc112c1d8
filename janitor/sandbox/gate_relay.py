"""One connection through the gate: two streams, what was asked on one, and what is done to the answers on the other."""

from __future__ import annotations

import asyncio
import fcntl
import socket
import struct
import termios
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

from janitor.sandbox.gate_plan import Action, Plan, Weather
from janitor.sandbox.gate_wire import PIECE, Request, read_answer, read_request


class Relay:
    """Carries one connection. `plan(request)` is asked once per HTTP request; `plan_raw(relay)` for everything else."""

    def __init__(
        self,
        client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
        weather: Weather,
        plan: Callable[[Request], Plan],
        plan_raw: Callable[[Relay], Plan],
        act: Callable[[Action], object],
    ) -> None:
        self.client, self.to_client = client
        self.weather = weather
        self.plan = plan
        self.plan_raw = plan_raw
        self.act = act
        self.rules_seen: set[object] = set()
        self._unanswered: deque[tuple[Request, Plan]] = deque()
        self._answered = asyncio.Event()
        self._target: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def run(self, host: str, port: int) -> None:
        """Until both sides have ended, or one was reset: a reset is passed on as a reset, an end as an end."""
        reset = True
        try:
            await self.weather.flowing.wait()
            self._target = await asyncio.open_connection(host, port, limit=1 << 20)
            reset = await self._relay(*self._target)
        except OSError:
            pass  # no connection to the target, or it was lost: the client sees a reset
        finally:
            self.drop(with_reset=reset)
            for writer in self._writers():
                with suppress(OSError):
                    await writer.wait_closed()

    def drop(self, *, with_reset: bool) -> None:
        """End both sides now."""
        for writer in self._writers():
            if with_reset:
                _make_close_a_reset(writer)
            writer.transport.abort()

    def _writers(self) -> list[asyncio.StreamWriter]:
        return [self.to_client] + ([self._target[1]] if self._target else [])

    async def _relay(self, target: asyncio.StreamReader, to_target: asyncio.StreamWriter) -> bool:
        """Returns whether it ended with a reset."""
        first = await self.client.read(1)
        http = first.isalpha() and first.isupper()
        upward = self._requests if http else self._bytes_up
        downward = self._answers if http else self._bytes_down
        asking = asyncio.create_task(upward(first, to_target))
        answering = asyncio.create_task(downward(target))
        try:
            await asyncio.wait({asking, answering}, return_when=asyncio.FIRST_COMPLETED)
            if asking.done() and (lost := asking.exception()) is not None and not answering.done():
                if not isinstance(lost, OSError):
                    raise lost
                return True  # the client was reset
            reset = await answering
            asking.cancel()
            await asyncio.wait({asking})
            if not reset:
                await self._end_client()
            return reset
        finally:
            for task in (asking, answering):
                task.cancel()
            await asyncio.gather(asking, answering, return_exceptions=True)

    async def _end_client(self) -> None:
        """FIN, then read on until the client has ended too: closing over unread bytes would turn the FIN into a RST."""
        with suppress(OSError):
            await self.to_client.drain()
            self.to_client.write_eof()
            while await self.client.read(PIECE):
                pass

    # -- HTTP

    async def _requests(self, first: bytes, to_target: asyncio.StreamWriter) -> None:
        while first:
            try:
                request = await read_request(first, self.client, self.to_client)
            except asyncio.IncompleteReadError as error:
                to_target.write(error.partial)
                break
            plan = self.plan(request)
            await self.weather.flowing.wait()
            await asyncio.sleep(self.weather.latency)
            for action in plan.before:
                await asyncio.to_thread(self.act, action)
            if plan.instead is None:
                self._unanswered.append((request, plan))
                to_target.write(request.raw)
                await to_target.drain()
            else:
                while self._unanswered:  # answers keep the order of the requests
                    self._answered.clear()
                    await self._answered.wait()
                self.to_client.write(plan.instead)
                await self.to_client.drain()
            first = await self.client.read(1)
        to_target.write_eof()

    async def _answers(self, target: asyncio.StreamReader) -> bool:
        nobody = (Request("", "", b""), Plan())
        while first := await target.read(1):
            request, plan = self._unanswered[0] if self._unanswered else nobody
            pieces = read_answer(first, target, request.method)
            if plan.after or plan.swap is not None:
                whole = b"".join([piece async for piece in pieces])
                for action in plan.after:
                    await asyncio.to_thread(self.act, action)
                pieces = _one(whole if plan.swap is None else plan.swap)
            sent = 0
            async for piece in pieces:
                if await self._send(piece, sent, plan):
                    return plan.resets
                sent += len(piece)
            if self._unanswered:
                self._unanswered.popleft()
            self._answered.set()
        return False

    # -- anything else

    async def _bytes_up(self, first: bytes, to_target: asyncio.StreamWriter) -> None:
        piece = first
        while piece:
            await self.weather.flowing.wait()
            to_target.write(piece)
            await to_target.drain()
            piece = await self.client.read(PIECE)
        to_target.write_eof()

    async def _bytes_down(self, target: asyncio.StreamReader) -> bool:
        """A delay line: every piece is late by the latency, and none waits for the one before it to be late."""
        line: asyncio.Queue[tuple[float, bytes | None]] = asyncio.Queue(maxsize=1000)
        loop = asyncio.get_running_loop()

        async def read() -> None:
            end: bytes | None = b""
            try:
                while piece := await target.read(PIECE):
                    await line.put((loop.time() + self.weather.latency, piece))
            except OSError:
                end = None
            await line.put((loop.time(), end))

        reading = asyncio.create_task(read())
        plan, sent = Plan(), 0
        try:
            while True:
                due, piece = await line.get()
                if not piece:
                    return piece is None
                await asyncio.sleep(due - loop.time())
                news = self.plan_raw(self)
                if news.ends_after is not None:
                    news.ends_after += sent  # a rule made in mid-connection counts from there
                plan.add(news)
                if await self._send(piece, sent, plan):
                    return plan.resets
                sent += len(piece)
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    async def _send(self, piece: bytes, sent: int, plan: Plan) -> bool:
        """Pass a piece of an answer on, of which `sent` bytes went before. True when the plan ends it here."""
        await self.weather.flowing.wait()
        ends = plan.ends_after is not None and sent + len(piece) >= plan.ends_after
        if plan.ends_after is not None and ends:
            piece = piece[: max(0, plan.ends_after - sent)]
        size, pause = plan.drip or (len(piece), 0.0)
        for start in range(0, len(piece), max(1, size)):
            self.to_client.write(piece[start : start + size])
            await self.to_client.drain()
            await asyncio.sleep(pause)
        if ends:
            await _delivered(self.to_client)
        return ends


async def _one(piece: bytes) -> AsyncIterator[bytes]:
    yield piece


def _make_close_a_reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        linger_not = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not)


async def _delivered(writer: asyncio.StreamWriter, within: float = 2.0) -> None:
    """Wait until the other side's kernel has the bytes: a RST would take back what is still on its way."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + within
    sock = writer.get_extra_info("socket")
    with suppress(OSError):
        while loop.time() < deadline:
            unsent = struct.unpack("i", fcntl.ioctl(sock.fileno(), termios.TIOCOUTQ, b"\0" * 4))[0]
            if unsent + writer.transport.get_write_buffer_size() == 0:
                return
            await asyncio.sleep(0.001)
