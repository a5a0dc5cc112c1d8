"""Connecting, losing the connection, ending: in time, said plainly, and without a word of kazoo's own."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from kazoo.client import KazooClient

from janitor.errors import Interrupted, UsageError, ZooKeeperTrouble
from janitor.events import Event, View, Waiting
from janitor.patience import Patience
from janitor.sandbox.gate import Gate
from janitor.secret import Secret
from janitor.zookeeper import session
from janitor.zookeeper.direct import KazooEnsemble
from janitor.zookeeper.paths import parse_hosts
from tests.clock import HANGS, Clock
from tests.zookeeper.server import SUPER, ZooKeeperServer, zookeeper_or_skip
from tests.zookeeper.trees import everything_below, grow, silently, snapshot


@pytest.fixture
def own_server() -> Iterator[ZooKeeperServer]:
    """A server that one test may stop and freeze."""
    zookeeper_or_skip()
    with ZooKeeperServer() as server:
        yield server


@contextmanager
def ensemble_at(
    address: str,
    patience: Patience | None = None,
    *,
    connect_within: float = 60.0,
    auth: str | None = None,
    view: View = lambda _: None,
) -> Iterator[KazooEnsemble]:
    """Have an ensemble within a `with`."""
    ensemble = KazooEnsemble(
        parse_hosts(address),
        patience or Patience(LONG),
        auth=Secret(auth) if auth else None,
        connect_within=connect_within,
        view=view,
    )
    try:
        yield ensemble
    finally:
        ensemble.close()


@contextmanager
def refused_port() -> Iterator[str]:
    """An address at which nobody listens, kept from being taken by somebody else."""
    with socket.socket() as claim:
        claim.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{claim.getsockname()[1]}"


LONG = 10 * HANGS
"""Seconds that nobody waits for."""


@contextmanager
def soon() -> Iterator[None]:
    """Fail when the block lasts as long as what it could wait for in vain (`LONG`), or nearly so."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began < HANGS


def trouble_at(
    address: str, *, connect_within: float = LONG, ends: Callable[[str], bool] | None = None
) -> ZooKeeperTrouble:
    """Give what is said when nothing is reached there, closing included soon.

    `ends`: the time to connect is over as soon as this is true of what is waited for.
    """
    clock = Clock()

    def end_of_time(event: Event) -> None:
        if ends is not None and isinstance(event, Waiting) and ends(event.what):
            clock.jump()

    with (
        soon(),
        ensemble_at(address, Patience(LONG, clock=clock), connect_within=connect_within, view=end_of_time) as ensemble,
        pytest.raises(ZooKeeperTrouble) as trouble,
    ):
        ensemble.look("/x")
    return trouble.value


# Not reached.


@pytest.fixture
def told_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is waited for is told soon; that all refuse is no answer yet."""
    monkeypatch.setattr(session, "TOLD_AFTER", 0.1)
    monkeypatch.setattr(session, "REFUSED_WITHIN", LONG)


@pytest.mark.usefixtures("told_soon")
def test_every_server_that_was_tried_is_named_with_what_became_of_it_and_the_option() -> None:
    with refused_port() as nobody, socket.create_server(("127.0.0.1", 0)) as mute:
        silent = f"127.0.0.1:{mute.getsockname()[1]}"
        trouble = trouble_at(
            f"{nobody},{silent}", ends=lambda said: f"{nobody} connection refused" in said and "no session" in said
        )
    assert f"{nobody} connection refused" in trouble.message
    assert f"{silent} accepts connections, but gives no session" in trouble.message
    assert trouble.remedy is not None
    assert "--zookeeper" in trouble.remedy


def test_where_every_server_refuses_that_is_told_and_taken_for_the_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long before the time is over that a server without a word is given."""
    monkeypatch.setattr(session, "REFUSED_WITHIN", LONG / 2)
    monkeypatch.setattr(session, "TOLD_AFTER", 0.1)
    told: list[Event] = []
    clock = Clock()
    with refused_port() as nobody, refused_port() as another:
        hosts = parse_hosts(f"{nobody},{another}")

        def tell(event: Event) -> None:
            """More time passes than a refusal is given, and less than a server without a word is."""
            told.append(event)
            if (
                isinstance(event, Waiting)
                and event.what.count("connection refused") == 2
                and clock() - began < LONG / 2
            ):
                clock.jump(LONG / 2)

        began = clock()
        ensemble = KazooEnsemble(hosts, Patience(2 * LONG, clock=clock), connect_within=LONG, view=tell)
        with soon(), pytest.raises(ZooKeeperTrouble) as trouble:
            ensemble.look("/x")
        ensemble.close()
        for server in (nobody, another):
            assert f"{server} connection refused" in trouble.value.message
            assert any(isinstance(event, Waiting) and f"{server} connection refused" in event.what for event in told)


@pytest.mark.usefixtures("told_soon")
def test_a_server_that_refuses_at_first_is_still_reached(zookeeper: ZooKeeperServer) -> None:
    with Gate("127.0.0.1", zookeeper.port) as gate:
        gate.refuse_connections()
        told: list[Event] = []

        def open_the_gate(event: Event) -> None:
            if not told:
                gate.accept_connections()
            told.append(event)

        ensemble = KazooEnsemble(parse_hosts(gate.address), Patience(LONG), connect_within=LONG, view=open_the_gate)
        assert not ensemble.look("/nothing").exists
        ensemble.close()
    assert isinstance(told[0], Waiting)
    assert "connection refused" in told[0].what


def test_a_connection_that_is_lost_is_told_while_it_is_waited_for(zookeeper: ZooKeeperServer) -> None:
    with Gate("127.0.0.1", zookeeper.port) as gate:
        lost: list[Waiting] = []

        def open_the_gate(event: Event) -> None:
            if isinstance(event, Waiting) and "connection refused" in event.what:
                lost.append(event)
                gate.accept_connections()

        ensemble = KazooEnsemble(parse_hosts(gate.address), Patience(LONG), view=open_the_gate)
        assert not ensemble.look("/nothing").exists
        gate.refuse_connections()
        assert not ensemble.look("/nothing").exists
        ensemble.close()
    assert lost


def test_the_total_deadline_ends_connecting_too() -> None:
    with refused_port() as nobody, ensemble_at(nobody, Patience(0.3), connect_within=LONG) as ensemble, soon():
        with pytest.raises(ZooKeeperTrouble):
            ensemble.look("/x")
        with pytest.raises(ZooKeeperTrouble, match="out of time"):
            ensemble.look("/x")


def test_names_that_do_not_exist_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolver(host: str, *args: object, **kwargs: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    trouble = trouble_at("zk-1.zk:2181,zk-2.zk:2182", connect_within=LONG)
    assert "zk-1.zk:2181 cannot be resolved (name or service not known)" in trouble.message
    assert "zk-2.zk:2182 cannot be resolved" in trouble.message


def test_a_resolver_that_hangs_holds_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = threading.Event()

    def resolver(host: str, *args: object, **kwargs: object) -> list[object]:
        answer.wait(LONG)
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    try:
        assert "zk-1.zk:2181 was not reached in time" in trouble_at("zk-1.zk:2181", connect_within=0.3).message
    finally:
        answer.set()


def test_a_signal_ends_connecting_at_once() -> None:
    patience = Patience(LONG)
    with (
        socket.create_server(("127.0.0.1", 0)) as mute,
        ensemble_at(f"127.0.0.1:{mute.getsockname()[1]}", patience, connect_within=LONG) as ensemble,
    ):

        def signal_it() -> None:
            connection, _ = mute.accept()
            with connection:
                patience.stop.raise_(2)

        signalling = threading.Thread(target=signal_it)
        signalling.start()
        with soon(), pytest.raises(Interrupted):
            ensemble.look("/x")
        signalling.join()


def test_one_server_of_several_is_enough(zookeeper: ZooKeeperServer, client: KazooClient) -> None:
    with refused_port() as nobody:
        servers = f"{nobody},{zookeeper.address}"
        with ensemble_at(servers, connect_within=LONG) as ensemble, soon():
            assert not ensemble.look("/nothing").exists


def test_credentials_of_another_form_are_a_usage_error_that_does_not_show_them() -> None:
    with pytest.raises(UsageError) as error:
        KazooEnsemble(parse_hosts("a"), Patience(1), auth=Secret("hunter2"))
    assert "hunter2" not in f"{error.value!r} {error.value.remedy}"


# Lost in the middle.


@pytest.mark.parametrize("count", [0, 60, 300, 5_000, 9_000])
def test_z3_answers_that_are_lost_are_looked_for_and_not_assumed(
    zookeeper: ZooKeeperServer, client: KazooClient, count: int
) -> None:
    """Three connections are reset after so many bytes of answers, whatever was done by then."""
    grow(client, ["/x", *(f"/x/{n}" for n in range(2500)), *(f"/x/{n}/y" for n in range(0, 2500, 5)), "/beside"])
    before = snapshot(client, "/beside")
    with Gate("127.0.0.1", zookeeper.port) as gate:
        for nth in (1, 2, 3):
            gate.when(nth=nth).reset_after(count)
        with ensemble_at(f"127.0.0.1:{gate.port}") as ensemble:
            removed = ensemble.remove("/x", client.exists("/x").czxid, silently)
        assert gate.connections > 3
    assert removed.state == "gone"
    assert removed.nodes <= 3001
    assert client.exists("/x") is None
    assert snapshot(client, "/beside") == before


def test_a_server_that_restarts_in_the_middle_is_waited_for(own_server: ZooKeeperServer) -> None:
    with own_server.connected() as client:
        grow(client, ["/x", *(f"/x/{n}" for n in range(5000))])
        czxid = client.exists("/x").czxid
    again = threading.Thread(target=own_server.start)
    restarts = iter([again])

    def restart_once(deleted: int, doing: str) -> None:
        if start := next(restarts, None):
            own_server.kill()
            start.start()

    with ensemble_at(own_server.address) as ensemble:
        removed = ensemble.remove("/x", czxid, restart_once)
        assert removed.state == "gone"
        assert not ensemble.look("/x").exists
    again.join(HANGS)


def test_a_server_that_does_not_return_is_told_at_the_deadline(own_server: ZooKeeperServer) -> None:
    clock = Clock()

    def end_of_time(event: Event) -> None:
        if isinstance(event, Waiting) and "connection refused" in event.what:
            clock.jump()

    with ensemble_at(own_server.address, Patience(LONG, clock=clock), view=end_of_time) as ensemble:
        assert not ensemble.look("/x").exists
        own_server.kill()
        with soon(), pytest.raises(ZooKeeperTrouble, match=r"(?i)lost the connection.*connection refused"):
            ensemble.look("/x")


def test_a_frozen_server_holds_us_until_the_deadline_and_neither_close_nor_a_signal_longer(
    own_server: ZooKeeperServer,
) -> None:
    clock = Clock()
    short, patience = Patience(LONG, clock=clock), Patience(LONG)
    before = set(threading.enumerate())
    with ensemble_at(own_server.address, short) as ensemble, ensemble_at(own_server.address, patience) as other:
        assert not ensemble.look("/x").exists
        assert not other.look("/x").exists
        with own_server.frozen():
            clock.jump(short.remaining() - 2)
            with soon(), pytest.raises(ZooKeeperTrouble, match="did not answer in time"):
                ensemble.look("/x")
            with soon():
                ensemble.close()
            threading.Timer(0.2, patience.stop.raise_, args=(2,)).start()
            with soon(), pytest.raises(Interrupted):
                other.look("/x")
            with soon():
                other.close()
            Patience(LONG).poll(
                lambda: set(threading.enumerate()) <= before or None, what="until the threads have ended"
            )


def test_an_expired_session_is_replaced(zookeeper: ZooKeeperServer, client: KazooClient) -> None:
    """The server forgets us in the middle, as when we were frozen for too long."""
    grow(client, ["/x", *(f"/x/{n}" for n in range(3000))])
    with ensemble_at(zookeeper.address) as ensemble:
        czxid = ensemble.look("/x").czxid
        known = ensemble._session._client
        expiry = iter([known.client_id])

        def expire_once(deleted: int, doing: str) -> None:
            if mine := next(expiry, None):
                # Whoever connects with our session's id takes it over, and ends it.
                thief = KazooClient(hosts=zookeeper.address, client_id=mine)
                thief.start()
                thief.stop()
                thief.close()

        assert ensemble.remove("/x", czxid, expire_once).state == "gone"
        assert list(everything_below(client, "/x")) == []


# Ended.


def test_no_thread_outlives_close(zookeeper: ZooKeeperServer, client: KazooClient) -> None:
    before = set(threading.enumerate())
    with ensemble_at(zookeeper.address) as ensemble:
        ensemble.look("/x")
        assert set(threading.enumerate()) - before
    ensemble.close()
    assert set(threading.enumerate()) <= before
    with pytest.raises(ZooKeeperTrouble, match="closed"):
        ensemble.look("/x")


SCRIPT = """
import logging, sys
from janitor.errors import ZooKeeperTrouble
from janitor.patience import Patience
from janitor.zookeeper.direct import KazooEnsemble
from janitor.zookeeper.paths import parse_hosts
there = KazooEnsemble(parse_hosts(sys.argv[1]), Patience(600))
print(there.look("/nothing").exists)
try:
    KazooEnsemble(parse_hosts(sys.argv[2]), Patience(600), connect_within=1).look("/x")
except ZooKeeperTrouble:
    print("trouble")
for name in ("janitor.zookeeper.kazoo", "kazoo.handlers.threading"):
    logging.getLogger(name).error("something that kazoo did not expect")
# Neither is closed.
"""


def test_kazoo_says_nothing_and_holds_no_process_at_its_end(zookeeper: ZooKeeperServer) -> None:
    with refused_port() as nobody:
        ended = subprocess.run(
            [sys.executable, "-W", "error", "-c", SCRIPT, zookeeper.address, nobody],
            capture_output=True,
            text=True,
            timeout=HANGS,
            check=False,
        )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "False\ntrouble\n", "")


@pytest.mark.usefixtures("told_soon")
def test_kazoos_warnings_are_shown_only_when_everything_is_asked_for(caplog: pytest.LogCaptureFixture) -> None:
    def warned(*_: str) -> bool:
        return any("refused" in record.getMessage().lower() for record in caplog.records)

    def wait(ends: Callable[[str], bool]) -> None:
        with refused_port() as nobody:
            trouble_at(nobody, ends=ends)

    caplog.set_level(logging.WARNING)
    wait(lambda said: "connection refused" in said)
    assert caplog.records == []
    caplog.set_level(logging.INFO, logger="janitor.zookeeper.kazoo")
    wait(warned)
    assert warned()


def test_no_credentials_in_any_log(
    zookeeper: ZooKeeperServer, client: KazooClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(1, logger="janitor.zookeeper.kazoo")
    caplog.set_level(1)
    with ensemble_at(zookeeper.address, auth=SUPER) as ensemble:
        ensemble.look("/zookeeper")
        _, password = ensemble._session._client.client_id
    text = "\n".join(f"{record.getMessage()} {record.args}" for record in caplog.records)
    assert "GetChildren" in text
    assert SUPER.partition(":")[2] not in text
    assert repr(password) not in text
    assert password.hex() not in text
