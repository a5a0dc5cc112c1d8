"""What is blocked ends: with the deadline, with a limit, with a signal; nothing outlives them (invariant 5)."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from janitor.errors import Interrupted, OutOfTime, Unreachable
from janitor.patience import Patience, Stop
from janitor.transport import dial
from janitor.transport import http as http_module
from janitor.transport.fanout import fan_out
from janitor.transport.http import Reply
from janitor.transport.trust import Tls
from tests.clock import HANGS
from tests.faults.conftest import MakeHttp
from tests.faults.wire import Request, Wire, WireServer, answer

LONG = 10 * HANGS
"""Seconds that nobody waits for: what ends in a test is ended by what the test is about."""

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"


def freeze(wire: Wire, _: Request) -> None:
    wire.hold()


def drip_headers(wire: Wire, _: Request) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\n")
    wire.drip(b"X-Never: ending\r\n", 0.002)


def drip_status(wire: Wire, _: Request) -> None:
    wire.drip(b"H", 0.002)


def drip_body(wire: Wire, _: Request) -> None:
    wire.send(HEAD)
    wire.drip(b"x", 0.002)


def freeze_in_body(wire: Wire, _: Request) -> None:
    wire.send(HEAD + b"some")
    wire.hold()


def drip_body_of_a_closing_connection(wire: Wire, _: Request) -> None:
    """http.client gives the connection up while its answer is still read."""
    wire.send(HEAD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
    wire.drip(b"x", 0.002)


def drip_chunks(wire: Wire, _: Request) -> None:
    wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    wire.drip(b"1\r\nx\r\n", 0.002)


BLOCKED = pytest.mark.parametrize(
    "behave",
    [freeze, drip_headers, drip_status, drip_body, drip_body_of_a_closing_connection, drip_chunks, freeze_in_body],
)


@contextlib.contextmanager
def takes(seconds: float) -> Iterator[None]:
    """What is inside takes that long at least, and ends long before anything else would end it (`LONG`)."""
    begun = time.monotonic()
    yield
    taken = time.monotonic() - begun
    assert seconds - 0.01 <= taken <= HANGS


def then(action: Callable[[], object], behave: Callable[[Wire, Request], None]) -> Callable[[Wire, Request], None]:
    """`behave`, and a moment after the request has come (when the client waits, most likely) `action`."""

    def both(wire: Wire, request: Request) -> None:
        threading.Timer(0.1, action).start()
        behave(wire, request)

    return both


@BLOCKED
def test_the_deadline_ends_a_blocked_answer(make_http: MakeHttp, behave: Callable[[Wire, Request], None]) -> None:
    with (
        WireServer(behave) as server,
        takes(0.3),
        pytest.raises(OutOfTime, match=r"Out of time after 0\.3 s") as caught,
    ):
        make_http(timeout=0.3).request("POST", server.url, body=b"x")
    assert caught.value.sent or not server.requests


@BLOCKED
def test_the_deadline_ends_a_blocked_answer_over_tls(
    make_http: MakeHttp, behave: Callable[[Wire, Request], None], server_tls: ssl.SSLContext, ca_file: str
) -> None:
    with WireServer(behave, tls=server_tls) as server, takes(0.3), pytest.raises(OutOfTime):
        make_http(timeout=0.3, tls=Tls(ca_cert=ca_file)).request("GET", server.url)


def test_a_limit_ends_one_request_and_not_the_run(make_http: MakeHttp) -> None:
    def slow_once(wire: Wire, request: Request) -> None:
        wire.hold() if request.target == "/slow" else wire.send(answer(200, b"quick"))

    with WireServer(slow_once) as server:
        http = make_http(timeout=LONG)
        http.request("GET", f"{server.url}/quick")
        with takes(0.2), pytest.raises(Unreachable, match=r"no answer within 0\.2 s"):
            http.request("GET", f"{server.url}/slow", limit=0.2)
        assert http.request("GET", f"{server.url}/quick", limit=LONG).body == b"quick"


def test_a_get_has_a_limit_of_its_own(make_http: MakeHttp, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow_once(wire: Wire, request: Request) -> None:
        wire.hold() if request.target == "/slow" else wire.send(answer(200, b"quick"))

    with WireServer(slow_once) as server:
        http = make_http(timeout=LONG)
        http.request("GET", f"{server.url}/quick")  # so that no connection has to be made within the limit
        monkeypatch.setattr(http_module, "READ_SECONDS", 0.2)
        with takes(0.2), pytest.raises(Unreachable, match=r"no answer within 0\.2 s"):
            http.request("GET", f"{server.url}/slow")
        with takes(0.4), pytest.raises(OutOfTime):
            make_http(timeout=0.4).request("DELETE", f"{server.url}/slow")


def test_a_limit_is_for_all_hops_together(make_http: MakeHttp) -> None:
    def slowly_elsewhere(wire: Wire, request: Request) -> None:
        wire.closing.wait(0.15)
        wire.send(answer(307, b"", f"Location: {request.target}x"))

    with WireServer(slowly_elsewhere) as server, takes(0.4), pytest.raises(Unreachable, match="no answer within"):
        make_http(timeout=LONG).request("GET", f"{server.url}/", limit=0.4)


def test_a_limit_never_goes_past_the_deadline(make_http: MakeHttp) -> None:
    with WireServer(freeze) as server, takes(0.2), pytest.raises(OutOfTime):
        make_http(timeout=0.2).request("GET", server.url, limit=LONG)


def test_another_patience_over_the_same_connections(make_http: MakeHttp) -> None:
    def slow_once(wire: Wire, request: Request) -> None:
        wire.hold() if request.target == "/slow" else wire.send(answer(200, b"quick"))

    with WireServer(slow_once) as server:
        http = make_http(timeout=LONG)
        http.request("GET", f"{server.url}/quick")
        short = http.with_patience(Patience(LONG))
        assert short.request("GET", f"{server.url}/quick").body == b"quick"
        assert server.connections == 1
        with takes(0.1), pytest.raises(OutOfTime):
            short.with_patience(Patience(0.1)).request("GET", f"{server.url}/slow")
        assert http.request("GET", f"{server.url}/quick").body == b"quick"


def test_nothing_begins_after_the_deadline_or_a_signal(make_http: MakeHttp) -> None:
    stop = Stop()
    with WireServer(answer()) as server:
        with pytest.raises(OutOfTime) as late:
            make_http(timeout=0).request("GET", server.url)
        assert not late.value.sent
        stop.raise_(15)
        with pytest.raises(Interrupted) as caught:
            make_http(stop=stop).request("GET", server.url)
    assert caught.value.signum == 15
    assert server.connections == 0


@BLOCKED
def test_a_signal_ends_a_blocked_answer(make_http: MakeHttp, behave: Callable[[Wire, Request], None]) -> None:
    stop = Stop()
    with WireServer(then(lambda: stop.raise_(15), behave)) as server, takes(0), pytest.raises(Interrupted) as caught:
        make_http(stop=stop, timeout=LONG).request("POST", server.url, body=b"x")
    assert caught.value.signum == 15


def test_a_real_signal_ends_what_the_main_thread_is_blocked_on(make_http: MakeHttp) -> None:
    stop = Stop()
    before = signal.signal(signal.SIGTERM, lambda signum, _: stop.raise_(signum))
    try:
        signalled = then(lambda: os.kill(os.getpid(), signal.SIGTERM), freeze)
        with WireServer(signalled) as server, takes(0), pytest.raises(Interrupted) as caught:
            make_http(stop=stop, timeout=LONG).request("GET", server.url)
        assert caught.value.signum == signal.SIGTERM
    finally:
        signal.signal(signal.SIGTERM, before)


def test_a_signal_ends_a_handshake(make_http: MakeHttp) -> None:
    stop = Stop()

    def hold(wire: Wire) -> None:
        threading.Timer(0.1, stop.raise_, [2]).start()
        wire.hold()

    with WireServer(greet=hold) as server, takes(0), pytest.raises(Interrupted):
        make_http(stop=stop, timeout=LONG).request("GET", f"https://127.0.0.1:{server.port}/")


@pytest.fixture
def unanswered() -> Iterator[str]:
    """The URL of a listener whose queue is full, so that a connection to it never comes about."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        waiting = []
        for _ in range(8):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(address)
            waiting.append(one)
        yield f"http://127.0.0.1:{address[1]}/"
        for one in waiting:
            one.close()


def test_the_deadline_ends_a_connect(make_http: MakeHttp, unanswered: str) -> None:
    with takes(0.3), pytest.raises(OutOfTime) as caught:
        make_http(timeout=0.3).request("POST", unanswered, body=b"")
    assert not caught.value.sent


def test_a_signal_ends_a_connect(make_http: MakeHttp, unanswered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = Stop()
    real = dial.new_socket

    def new_socket(family: int = socket.AF_INET, type: int = socket.SOCK_STREAM) -> socket.socket:
        threading.Timer(0.1, stop.raise_, [2]).start()
        return real(family, type)

    monkeypatch.setattr(dial, "new_socket", new_socket)
    monkeypatch.setattr(dial, "CONNECT_TIMEOUT", LONG)
    with takes(0), pytest.raises(Interrupted):
        make_http(stop=stop, timeout=LONG).request("GET", unanswered)


def test_a_connect_has_its_own_limit(make_http: MakeHttp, unanswered: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dial, "CONNECT_TIMEOUT", 0.2)
    with takes(0.2), pytest.raises(Unreachable, match=r"no connection within 0\.2 s") as caught:
        make_http(timeout=LONG).request("POST", unanswered, body=b"")
    assert not caught.value.sent


@pytest.fixture
def slow_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A resolver that does not answer: a look-up cannot be ended by anyone, so it is left behind. Set once asked."""
    asked, release = threading.Event(), threading.Event()
    real = socket.getaddrinfo

    def blocked(host: str, port: int, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> object:
        if flags & socket.AI_NUMERICHOST:
            return real(host, port, family, type, proto, flags)
        asked.set()
        release.wait(LONG)
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", blocked)
    yield asked
    release.set()
    for thread in threading.enumerate():
        if thread.name == "janitor-look-up":
            thread.join(HANGS)


@pytest.mark.usefixtures("slow_names")
def test_the_deadline_does_not_wait_for_a_name(make_http: MakeHttp) -> None:
    with takes(0.3), pytest.raises(OutOfTime) as caught:
        make_http(timeout=0.3).request("GET", "http://leader.mesos:5050/")
    assert not caught.value.sent


def test_a_signal_does_not_wait_for_a_name(make_http: MakeHttp, slow_names: threading.Event) -> None:
    stop = Stop()

    def signal_it() -> None:
        slow_names.wait(HANGS)
        stop.raise_(2)

    threading.Thread(target=signal_it).start()
    with takes(0), pytest.raises(Interrupted):
        make_http(stop=stop, timeout=LONG).request("GET", "http://leader.mesos:5050/")


def test_a_dead_first_address_leaves_time_for_the_second(
    make_http: MakeHttp, unanswered: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dial, "CONNECT_TIMEOUT", 4.0)
    real = socket.getaddrinfo
    dead_port = int(unanswered.rstrip("/").rpartition(":")[2])

    with WireServer(answer(200, b"second")) as server:

        def two(host: str, port: int, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0) -> object:
            if flags & socket.AI_NUMERICHOST:
                return real(host, port, family, type, proto, flags)
            kinds = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            return [(*kinds, ("127.0.0.1", dead_port)), (*kinds, ("127.0.0.1", server.port))]

        monkeypatch.setattr(socket, "getaddrinfo", two)
        with takes(2.0):
            assert make_http(timeout=LONG).request("GET", "http://two.example/").body == b"second"


def test_sixteen_blocked_workers_end_together_at_the_deadline(make_http: MakeHttp) -> None:
    with WireServer(freeze) as server:
        http = make_http(timeout=LONG)
        outcomes: list[tuple[int, Reply | Exception]] = []

        def ask_all() -> None:
            patience = Patience(1.0)
            hasty = http.with_patience(patience)
            results = fan_out(
                range(40), lambda _: hasty.request("POST", server.url, body=b""), concurrency=16, patience=patience
            )
            outcomes.extend(results)

        with takes(1.0), pytest.raises(OutOfTime):
            ask_all()
    assert len(server.requests) <= len(outcomes) <= 16
    assert all(isinstance(error, OutOfTime) for _, error in outcomes)


def test_sixteen_blocked_workers_end_together_with_a_signal(make_http: MakeHttp) -> None:
    stop = Stop()

    def hold(wire: Wire, _: Request) -> None:
        if len(server.requests) == 16:
            threading.Timer(0.1, stop.raise_, [15]).start()
        wire.hold()

    with WireServer(hold) as server:
        patience = Patience(LONG, stop=stop)
        http = make_http(stop=stop, timeout=LONG)
        outcomes: list[tuple[int, Reply | Exception]] = []
        results = fan_out(
            range(40), lambda _: http.request("POST", server.url, body=b""), concurrency=16, patience=patience
        )
        with takes(0), pytest.raises(Interrupted):
            outcomes.extend(results)
    assert len(outcomes) == 16
    assert all(isinstance(error, Interrupted) for _, error in outcomes)


def test_a_limit_of_one_thread_does_not_touch_the_connection_that_another_took_over(make_http: MakeHttp) -> None:
    """A kept connection changes hands between threads; a limit that fires late must find it gone from its own."""
    with WireServer(answer(200, b"x")) as server:
        http = make_http(timeout=LONG)
        lost: list[Exception] = []

        def ask() -> None:
            for _ in range(150):
                try:
                    http.request("POST", server.url, body=b"", limit=0.004)
                except Unreachable as error:
                    if "no answer within" not in error.message and "no connection within" not in error.message:
                        lost.append(error)

        threads = [threading.Thread(target=ask) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(HANGS)
    assert lost == []


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def until(condition: Callable[[], bool]) -> bool:
    """Whether it comes true."""
    ends = time.monotonic() + HANGS
    while not condition() and time.monotonic() < ends:
        time.sleep(0.005)
    return condition()


def test_no_descriptor_and_no_thread_is_left(server_tls: ssl.SSLContext, ca_file: str, make_http: MakeHttp) -> None:
    def sometimes(wire: Wire, request: Request) -> None:
        {"/ok": lambda: wire.send(answer(200, b"x")), "/cut": wire.cut, "/hold": wire.hold}[request.target]()

    threads, descriptors = threading.active_count(), open_descriptors()
    with WireServer(sometimes) as plain, WireServer(sometimes, tls=server_tls) as secure:
        for server in (plain, secure):
            http = make_http(tls=Tls(ca_cert=ca_file))
            for path in ("/ok", "/cut", "/ok", "/hold", "/ok"):
                with contextlib.suppress(Unreachable):
                    http.request("POST", server.url + path, body=b"", limit=0.1)
            http.close()
    assert until(lambda: threading.active_count() <= threads)
    assert until(lambda: open_descriptors() <= descriptors)
