"""The gate, over real sockets: what it passes on untouched, and each of its faults as a client meets it."""

from __future__ import annotations

import signal
import socket
import socketserver
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, IncompleteRead, RemoteDisconnected
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from janitor.sandbox.gate import Gate
from tests.clock import HANGS


class Answers(BaseHTTPRequestHandler):
    """Paths: /size/N (N bytes), /chunked (three chunks), /endless (until closed), /nothing (204); POST echoes."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, bytes]]

    def do_GET(self) -> None:
        self.seen.append((self.requestline, b""))
        if self.path == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self.wfile.write(b"3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nTrailer: t\r\n\r\n")
        elif self.path == "/endless":
            self.send_response(200)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(b"until the end")
        elif self.path == "/nothing":
            self.send_response(204)
            self.end_headers()
        else:
            self._body(b"x" * int(self.path.rsplit("/", 1)[1]))

    def do_HEAD(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5000")
        self.end_headers()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.requestline, body))
        self._body(body)

    def _body(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


class Target(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A reset connection is what these tests are about."""


@pytest.fixture
def seen() -> list[tuple[str, bytes]]:
    return []


@pytest.fixture
def gate(seen: list[tuple[str, bytes]]) -> Iterator[Gate]:
    handler = type("Handler", (Answers,), {"seen": seen})
    with Target(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            with Gate("127.0.0.1", server.server_port) as gate:
                yield gate
        finally:
            server.shutdown()
            thread.join()


class Shout(socketserver.BaseRequestHandler):
    """No HTTP: answers every byte with that byte, in upper case, a hundred times."""

    def handle(self) -> None:
        while data := self.request.recv(4096):
            self.request.sendall(b"".join(bytes([byte]) * 100 for byte in data.upper()))


@pytest.fixture
def raw_gate() -> Iterator[Gate]:
    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            """A reset connection is what these tests are about."""

    with Server(("127.0.0.1", 0), Shout) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            with Gate("127.0.0.1", server.server_address[1]) as gate:
                yield gate
        finally:
            server.shutdown()
            thread.join()


class Client:
    """One keep-alive connection."""

    def __init__(self, gate: Gate, timeout: float = HANGS) -> None:
        self.connection = HTTPConnection("127.0.0.1", gate.port, timeout=timeout)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        self.connection.request(method, path, body=body)
        return self.connection.getresponse().read()


def ask(gate: Gate, method: str, path: str, body: bytes | None = None, timeout: float = HANGS) -> bytes:
    with Client(gate, timeout) as client:
        return client.ask(method, path, body)


def everything(sock: socket.socket) -> bytes:
    """All that comes until the end; a reset shows as ConnectionResetError."""
    parts = []
    while part := sock.recv(65536):
        parts.append(part)
    return b"".join(parts)


def until_reset(sock: socket.socket) -> bytes:
    """All that comes before a reset; a clean end is a failure."""
    received = b""
    try:
        while part := sock.recv(65536):
            received += part
    except ConnectionResetError:
        return received
    raise AssertionError(f"it ended cleanly after {len(received)} bytes")


def dial(gate: Gate) -> socket.socket:
    return socket.create_connection(("127.0.0.1", gate.port), timeout=HANGS)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + HANGS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


def test_without_faults_everything_passes_and_is_counted(gate: Gate, seen: list[tuple[str, bytes]]) -> None:
    with Client(gate) as client:
        assert client.ask("GET", "/size/200000") == b"x" * 200000
        assert client.ask("GET", "/chunked") == b"abcde"
        assert client.ask("HEAD", "/size/1") == b""
        assert client.ask("GET", "/nothing") == b""
        assert client.ask("POST", "/echo", b"hello" * 30000) == b"hello" * 30000
        assert client.ask("GET", "/endless") == b"until the end"
    assert (gate.connections, gate.requests) == (1, 6)
    assert [line.split()[1] for line, _ in seen] == ["/size/200000", "/chunked", "/nothing", "/echo", "/endless"]


def test_pipelined_requests_are_told_apart(gate: Gate) -> None:
    gate.when(nth=2).swap_answer(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\ntwo")
    with dial(gate) as sock:
        sock.sendall(
            b"POST /1 HTTP/1.1\r\nContent-Length: 3\r\n\r\noneGET /size/2 HTTP/1.1\r\n\r\n"
            b"POST /3 HTTP/1.1\r\nConnection: close\r\nContent-Length: 5\r\n\r\nthree"
        )
        bodies = [part.split(b"\r\n\r\n", 1)[1] for part in everything(sock).split(b"HTTP/1.1 ")[1:]]
    assert bodies == [b"one", b"two", b"three"]
    assert gate.requests == 3


def test_a_request_that_expects_a_100_passes(gate: Gate, seen: list[tuple[str, bytes]]) -> None:
    with dial(gate) as sock:
        sock.sendall(b"POST /x HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\nConnection: close\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 100 ")
        sock.sendall(b"hi")
        assert everything(sock).endswith(b"hi")
    assert seen == [("POST /x HTTP/1.1", b"hi")]


def test_a_chunked_request_is_read_to_its_end_and_its_text_is_found(gate: Gate, seen: list[tuple[str, bytes]]) -> None:
    gate.when(nth=1, body="needle").answer_instead(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfound")
    with dial(gate) as sock:
        sock.sendall(b"POST /x HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n")
        sock.sendall(b"9\r\nhaystack \r\n6\r\nneedle\r\n0\r\n\r\n")
        sock.sendall(b"GET /size/3 HTTP/1.1\r\nConnection: close\r\n\r\n")
        answers = everything(sock)
    assert answers.startswith(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfoundHTTP/1.1 200 OK\r\n")
    assert answers.endswith(b"xxx")
    assert gate.requests == 2
    assert [line for line, _ in seen] == ["GET /size/3 HTTP/1.1"]


def test_a_frame_that_is_none_is_a_reset_and_is_not_kept_quiet() -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody_answers:

        def run() -> None:
            with Gate("127.0.0.1", nobody_answers.getsockname()[1]) as gate, dial(gate) as sock:
                sock.sendall(b"POST /x HTTP/1.1\r\nContent-Length: many\r\n\r\n")
                assert until_reset(sock) == b""

        with pytest.raises(ValueError, match="many"):
            run()


def test_it_refuses_connections_and_resets_the_open_ones_until_it_listens_again(gate: Gate) -> None:
    with Client(gate) as client:
        client.ask("GET", "/size/1")
        gate.refuse_connections()
        with pytest.raises((ConnectionResetError, RemoteDisconnected, BrokenPipeError)):
            client.ask("GET", "/size/1")
    with pytest.raises(ConnectionRefusedError):
        dial(gate)
    gate.accept_connections()
    assert ask(gate, "GET", "/size/3") == b"xxx"


def test_it_resets_after_so_many_bytes_of_the_chosen_answer(gate: Gate, seen: list[tuple[str, bytes]]) -> None:
    gate.when(nth=2, line="POST /api", body="UNRESERVE").reset_after(10)
    assert ask(gate, "POST", "/api", b"RESERVE") == b"RESERVE"
    assert ask(gate, "POST", "/api", b"UNRESERVE 1") == b"UNRESERVE 1"
    with dial(gate) as sock:
        sock.sendall(b"POST /api HTTP/1.1\r\nContent-Length: 11\r\n\r\nUNRESERVE 2")
        assert until_reset(sock) == b"HTTP/1.1 2"
    assert seen[-1] == ("POST /api HTTP/1.1", b"UNRESERVE 2"), "the target did its work"
    assert ask(gate, "POST", "/api", b"UNRESERVE 3") == b"UNRESERVE 3"


def test_a_reset_before_the_first_byte(gate: Gate) -> None:
    gate.when().reset_after(0)
    with pytest.raises((ConnectionResetError, RemoteDisconnected)):
        ask(gate, "GET", "/size/10")


def test_a_large_answer_is_delivered_up_to_the_very_byte_of_the_reset(gate: Gate) -> None:
    gate.when().reset_after(700_000)
    with dial(gate) as sock:
        sock.sendall(b"GET /size/900000 HTTP/1.1\r\n\r\n")
        assert len(until_reset(sock)) == 700_000


def test_it_cuts_cleanly_after_so_many_bytes(gate: Gate) -> None:
    gate.when(line="/size/5000").cut_after(2000)
    with dial(gate) as sock:
        sock.sendall(b"GET /size/5000 HTTP/1.1\r\n\r\n")
        assert len(everything(sock)) == 2000
    with pytest.raises(IncompleteRead):
        ask(gate, "GET", "/size/5000")
    assert ask(gate, "GET", "/size/4") == b"xxxx"


def test_it_drips(gate: Gate) -> None:
    gate.when().drip(10, every=0.01)
    started = time.monotonic()
    assert ask(gate, "GET", "/size/100") == b"x" * 100
    assert time.monotonic() - started >= 0.1


def test_it_freezes_and_thaws(gate: Gate, seen: list[tuple[str, bytes]]) -> None:
    gate.freeze()
    with pytest.raises(TimeoutError):
        ask(gate, "GET", "/size/1", timeout=0.1)
    assert seen == []
    with Client(gate) as client:
        client.connection.request("GET", "/size/2")
        gate.thaw()
        assert client.connection.getresponse().read() == b"xx"


def test_it_freezes_for_a_time_with_a_connection_open(gate: Gate) -> None:
    with Client(gate) as client:
        client.ask("GET", "/size/1")
        started = time.monotonic()
        gate.freeze(0.2)
        assert client.ask("GET", "/size/3") == b"xxx"
        assert time.monotonic() - started >= 0.19


def test_it_delays_without_making_connections_wait_for_each_other(gate: Gate) -> None:
    """One after the other they would take two minutes."""
    gate.delay(1.0)
    started = time.monotonic()
    threads = [threading.Thread(target=ask, args=(gate, "GET", "/size/1", None, HANGS)) for _ in range(120)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1.0 <= time.monotonic() - started < 118


def test_an_answer_instead_never_reaches_the_target(gate: Gate, seen: list[tuple[str, bytes]]) -> None:
    gate.when(nth=1).answer_instead(b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy")
    with Client(gate) as client:
        assert client.ask("GET", "/size/9") == b"busy"
        assert client.ask("GET", "/size/2") == b"xx"
    assert [line for line, _ in seen] == ["GET /size/2 HTTP/1.1"]


def test_a_swapped_answer_hides_what_the_target_did(gate: Gate, seen: list[tuple[str, bytes]]) -> None:
    gate.when(nth=1).swap_answer(b"HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n")
    with Client(gate) as client:
        assert client.ask("POST", "/x", b"done") == b""
        assert client.ask("POST", "/x", b"seen") == b"seen"
    assert [body for _, body in seen] == [b"done", b"seen"]


def test_an_action_before_comes_before_the_target_and_after_before_the_client(
    gate: Gate, seen: list[tuple[str, bytes]]
) -> None:
    story: list[str] = []
    gate.when(nth=2, line="POST").call_before(lambda: story.append(f"before: {len(seen)}"))
    gate.when(nth=2, line="POST").call_after(lambda: story.append(f"after: {len(seen)}"))
    for body in (b"1", b"2", b"3"):
        ask(gate, "POST", "/x", body)
        story.append(body.decode())
    assert story == ["1", "before: 1", "after: 2", "2", "3"]


def test_an_action_may_use_the_gate_itself(gate: Gate, seen: list[tuple[str, bytes]]) -> None:
    gate.when(nth=1).call_after(gate.refuse_connections)
    with pytest.raises((ConnectionResetError, RemoteDisconnected)):
        ask(gate, "POST", "/x", b"done")
    assert seen == [("POST /x HTTP/1.1", b"done")]
    gate.heal()
    assert ask(gate, "GET", "/size/1") == b"x"


def test_it_signals_a_process_before_the_target_sees_the_request(gate: Gate, seen: list[tuple[str, bytes]]) -> None:
    code = f"import http.client as h; c = h.HTTPConnection('127.0.0.1', {gate.port}); c.request('GET', '/size/1')"
    begin = "import sys; sys.stdin.read(1); "  # not before the gate knows what to do
    client = subprocess.Popen([sys.executable, "-c", f"{begin}{code}; c.getresponse()"], stdin=subprocess.PIPE)
    assert client.stdin is not None
    gate.when(line="/size/1").signal_before(client.pid, signal.SIGKILL)
    client.stdin.close()
    assert client.wait(HANGS) == -signal.SIGKILL
    until(lambda: len(seen) == 1)  # what was sent arrives all the same


def test_what_an_action_raises_is_not_lost() -> None:
    with Target(("127.0.0.1", 0), type("H", (Answers,), {"seen": []})) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()

        def fail() -> None:
            raise LookupError("no such thing")

        def run() -> None:
            with Gate("127.0.0.1", server.server_port) as gate:
                gate.when().call_before(fail)
                assert ask(gate, "GET", "/size/1") == b"x"

        with pytest.raises(LookupError, match="no such thing"):
            run()
        server.shutdown()
        thread.join()


def test_a_target_that_is_not_there_is_a_reset() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        with (
            Gate("127.0.0.1", nobody.getsockname()[1]) as gate,
            pytest.raises((ConnectionResetError, RemoteDisconnected)),
        ):
            ask(gate, "GET", "/")


def test_bytes_that_are_no_http_pass(raw_gate: Gate) -> None:
    with dial(raw_gate) as sock:
        sock.sendall(b"ruok")
        sock.shutdown(socket.SHUT_WR)
        assert everything(sock) == b"R" * 100 + b"U" * 100 + b"O" * 100 + b"K" * 100
    assert (raw_gate.connections, raw_gate.requests) == (1, 0)


def test_without_http_the_nth_is_a_connection_and_bytes_count_from_its_start(raw_gate: Gate) -> None:
    raw_gate.when(nth=2).reset_after(250)
    raw_gate.when(line="GET").cut_after(0)
    for expected in (400, 250, 400):
        with dial(raw_gate) as sock:
            sock.sendall(b"\0abc")
            received = 0
            try:
                while received < 400:
                    received += len(sock.recv(1000))
            except ConnectionResetError:
                pass
            assert received == expected


def test_without_http_a_rule_made_in_mid_connection_counts_from_there(raw_gate: Gate) -> None:
    with dial(raw_gate) as sock:
        sock.sendall(b"\0")
        received = 0
        while received < 100:
            received += len(sock.recv(1000))
        raw_gate.when().cut_after(30)
        sock.sendall(b"\0")
        assert len(everything(sock)) == 30


def test_without_http_latency_is_added_once_however_many_pieces_are_under_way(raw_gate: Gate) -> None:
    raw_gate.delay(1.0)
    with dial(raw_gate) as sock:
        started = time.monotonic()
        for _ in range(150):
            sock.sendall(b"\0")
            time.sleep(0.002)  # so that they travel as pieces of their own
        received = 0
        while received < 150 * 100:
            received += len(sock.recv(4096))
        assert 1.0 <= time.monotonic() - started < 140


def test_it_drops_what_is_open_and_welcomes_what_is_new(raw_gate: Gate) -> None:
    with dial(raw_gate) as sock:
        sock.sendall(b"\0")
        sock.recv(1)
        raw_gate.reset_connections()
        with pytest.raises(ConnectionResetError):
            everything(sock)
    with dial(raw_gate) as sock:
        sock.sendall(b"a")
        assert sock.recv(1) == b"A"
