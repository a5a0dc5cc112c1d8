"""A master that answers from memory, after a latency: `python -m benchmarks.canned RECORDING`.

It is a process of its own, and does as little as it can, so that what is measured is its client. It prints its port,
and ends when its stdin does. An agent's entry in /slaves loses the role's reservations with the unreserve.

    PUT /bench/latency   body: seconds; everything is as before a clean-up again, and the counters begin anew
    GET /bench/counters  {"requests": ..., "cpu": seconds that this process was busy}
"""

from __future__ import annotations

import asyncio
import json
import re
import selectors
import sys
import time
from pathlib import Path

from benchmarks.cluster import Recording, slaves

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_AGENT = re.compile(rb'"agent_id":\{"value":"([^"]+)"|slaveId=([^&]+)')
_CALL = re.compile(rb'"type": ?"([A-Z_]+)"')
_UNRESERVES = (b"UNRESERVE_RESOURCES", b"/master/unreserve")


class Master:
    """What is answered."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self.begin(0.0)

    def begin(self, latency: float) -> None:
        """As before any clean-up."""
        self.latency = latency
        self.requests = 0
        self._busy = time.process_time()
        self._now = dict(self._recording.before)

    def answer(self, line: bytes, body: bytes) -> tuple[int, bytes]:
        """Status and body for a request: its first line, and its body."""
        if b" /bench/" in line:
            return self._bench(line, body)
        self.requests += 1
        if line.startswith(b"GET /master/slaves"):
            return 200, slaves(list(self._now.values()))
        if line.startswith(b"GET "):
            return 200, self._recording.paths[line.split(b" ")[1].decode().lstrip("/")]
        if agent := _AGENT.search(body):
            if _UNRESERVES[0] in body or _UNRESERVES[1] in line:
                name = (agent[1] or agent[2]).decode()
                self._now[name] = self._recording.after[name]
            return 202, b""
        call = _CALL.search(body)
        return 200, self._recording.calls[call[1].decode()] if call else b""

    def _bench(self, line: bytes, body: bytes) -> tuple[int, bytes]:
        if line.startswith(b"PUT "):
            self.begin(float(body))
            return 200, b""
        return 200, json.dumps({"requests": self.requests, "cpu": time.process_time() - self._busy}).encode()


class Connection(asyncio.Protocol):
    """One client's connection: a request, its answer after the latency, the next."""

    def __init__(self, master: Master, date: str) -> None:
        self._master = master
        self._rest = f"Date: {date}\r\nContent-Type: application/json\r\nContent-Length: ".encode()
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        head, found, body = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = _LENGTH.search(head)
        if len(body) < (int(length[1]) if length else 0):
            return
        self._buffer = b""
        line = head[: head.find(b"\r\n")]
        status, answer = self._master.answer(line, body)
        reason = b"Accepted" if status == 202 else b"OK"
        whole = b"HTTP/1.1 %d %s\r\n%s%d\r\n\r\n%s" % (status, reason, self._rest, len(answer), answer)
        if self._master.latency:
            asyncio.get_running_loop().call_later(self._master.latency, self._write, whole)
        else:
            self._write(whole)

    def _write(self, whole: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(whole)


async def serve(recording: Recording) -> None:
    """Serve until stdin ends."""
    loop = asyncio.get_running_loop()
    master = Master(recording)
    server = await loop.create_server(lambda: Connection(master, recording.date), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    server.close()


if __name__ == "__main__":
    # select() takes microseconds; epoll would round each latency up to the next millisecond.
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(serve(Recording.read(Path(sys.argv[1]))))
