"""Many reads at once, over a second session: the same answers as kazoo's, and its faults are the first one's."""

from __future__ import annotations

import socket
from collections.abc import Callable
from typing import TypeVar

import pytest
from kazoo.client import KazooClient
from kazoo.exceptions import NoAuthError, NoNodeError
from kazoo.security import make_acl

from janitor.errors import Interrupted, ZooKeeperTrouble
from janitor.patience import Patience
from janitor.sandbox.gate import Gate
from janitor.secret import Secret
from janitor.zookeeper import reader
from janitor.zookeeper.direct import KazooEnsemble
from janitor.zookeeper.paths import parse_hosts
from janitor.zookeeper.reader import Reader, by_kazoo
from janitor.zookeeper.session import Session
from tests.zookeeper.server import SUPER, ZooKeeperServer, zookeeper_or_skip
from tests.zookeeper.trees import grow

T = TypeVar("T")

NOBODY = [make_acl("digest", "nobody:x", all=True)]


def within(address: str, work: Callable[[Session, KazooClient], T], *, auth: str | None = None) -> T:
    """Do something within a session."""
    session = Session(parse_hosts(address), Patience(60), auth=Secret(auth) if auth else None)
    try:
        return session.run(lambda client: work(session, client))
    finally:
        session.close()


def answers(session: Session, client: KazooClient, paths: list[str]) -> list[tuple[str, object]]:
    """Everything that a reader says of these nodes, the names sorted, a refusal by its class."""
    asked = Reader(session, client)
    try:
        told = list(asked(paths))
        assert (asked._socket is not None) == (len(paths) >= reader.FEW)
    finally:
        asked.close()
    return [
        (path, (sorted(answer[0]), answer[1]) if isinstance(answer, tuple) else type(answer)) for path, answer in told
    ]


def test_the_answers_are_those_of_kazoo(zookeeper: ZooKeeperServer, client: KazooClient) -> None:
    grow(client, ["/x", "/x/parent", *(f"/x/parent/größe-{n}" for n in range(3000)), "/x/hidden", "/x/hidden/1"])
    client.create("/x/live", ephemeral=True)
    client.set_acls("/x/hidden", NOBODY)
    session_id, _ = client.client_id
    leaves = [f"/x/parent/größe-{n}" for n in range(600)]
    paths = ["/x/parent", *leaves, "/x/hidden", "/x/nothing", "/x/live", "/x"]
    told = within(zookeeper.address, lambda session, own: answers(session, own, paths))
    assert told == [
        ("/x/parent", (sorted(f"größe-{n}" for n in range(3000)), 0)),
        *((leaf, ([], 0)) for leaf in leaves),
        ("/x/hidden", NoAuthError),
        ("/x/nothing", NoNodeError),
        ("/x/live", ([], session_id)),
        ("/x", (["hidden", "live", "parent"], 0)),
    ]


def test_of_a_few_nodes_kazoo_itself_asks(zookeeper: ZooKeeperServer, client: KazooClient) -> None:
    grow(client, ["/x", "/x/a"])
    told = within(zookeeper.address, lambda session, own: answers(session, own, ["/x", "/x/a", "/x/b"]))
    assert told == [("/x", (["a"], 0)), ("/x/a", ([], 0)), ("/x/b", NoNodeError)]


def test_it_has_the_rights_of_the_first_session(zookeeper: ZooKeeperServer, client: KazooClient) -> None:
    grow(client, ["/x", "/x/hidden", "/x/hidden/1"])
    client.set_acls("/x/hidden", NOBODY)
    paths = ["/x/hidden"] * 300
    told = within(zookeeper.address, lambda session, own: answers(session, own, paths), auth=SUPER)
    assert told == [("/x/hidden", (["1"], 0))] * 300


def test_nothing_of_it_stays_open(zookeeper: ZooKeeperServer, client: KazooClient) -> None:
    grow(client, ["/x", *(f"/x/{n}" for n in range(1000))])
    ensemble = KazooEnsemble(parse_hosts(zookeeper.address), Patience(60))
    assert not ensemble.look("/nothing").exists
    before = zookeeper.four_letters("cons").count("sid=")
    assert ensemble.look("/x").nodes == 1001
    again = Patience(20).poll(lambda: zookeeper.four_letters("cons").count("sid=") == before or None)
    assert again
    ensemble.close()


def test_where_no_second_connection_can_be_had_kazoo_goes_on_alone() -> None:
    zookeeper_or_skip()
    with ZooKeeperServer(extra=("maxClientCnxns=1",)) as server:
        with server.connected() as client:
            grow(client, ["/x", *(f"/x/{n}" for n in range(600))])
        ensemble = KazooEnsemble(parse_hosts(server.address), Patience(60))
        assert ensemble.look("/x").nodes == 601
        ensemble.close()


@pytest.mark.parametrize("count", [0, 20, 5_000, 100_000])
def test_a_connection_that_is_lost_in_a_walk_begins_it_again(
    zookeeper: ZooKeeperServer, client: KazooClient, count: int
) -> None:
    grow(client, ["/x", *(f"/x/{n}" for n in range(3000))])
    with Gate("127.0.0.1", zookeeper.port) as gate:
        gate.when(nth=2).reset_after(count)
        ensemble = KazooEnsemble(parse_hosts(gate.address), Patience(60))
        assert ensemble.look("/x").nodes == 3001
        ensemble.close()
        assert gate.connections > 1


@pytest.mark.parametrize("signal", [None, 15])
def test_a_server_that_falls_silent_in_a_walk_holds_nobody_longer_than_the_deadline_and_a_signal(
    signal: int | None,
) -> None:
    zookeeper_or_skip()
    with ZooKeeperServer() as server:
        with server.connected() as client:
            grow(client, ["/x", *(f"/x/{n}" for n in range(12_000))])
        patience = Patience(8 if signal is None else 600)
        ensemble = KazooEnsemble(parse_hosts(server.address), patience)

        def fall_silent(_: int) -> None:
            server.freeze()
            if signal is not None:
                patience.stop.raise_(signal)

        try:
            with pytest.raises(ZooKeeperTrouble if signal is None else Interrupted):
                ensemble.look("/x", None, fall_silent)
        finally:
            server.thaw()
            ensemble.close()


def test_a_second_session_that_never_comes_about_holds_nobody(
    zookeeper: ZooKeeperServer, client: KazooClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(client, ["/x", *(f"/x/{n}" for n in range(600))])
    monkeypatch.setattr(reader, "TIMEOUT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(Session, "peer", lambda _: silent.getsockname())
        ensemble = KazooEnsemble(parse_hosts(zookeeper.address), Patience(60))
        assert ensemble.look("/x").nodes == 601
        ensemble.close()


def test_a_second_session_that_falls_silent_is_taken_for_lost(
    zookeeper: ZooKeeperServer, client: KazooClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(client, ["/x", *(f"/x/{n}" for n in range(3000))])
    monkeypatch.setattr(reader, "SESSION_TIMEOUT", 0.5)
    with Gate("127.0.0.1", zookeeper.port) as gate:
        gate.when(nth=2).drip(20_000, every=600)
        ensemble = KazooEnsemble(parse_hosts(gate.address), Patience(60))
        assert ensemble.look("/x").nodes == 3001
        ensemble.close()
        assert gate.connections > 2


def test_by_kazoo_alone_it_is_the_same(zookeeper: ZooKeeperServer, client: KazooClient) -> None:
    grow(client, ["/x", *(f"/x/{n}" for n in range(300))])
    paths = ["/x", *(f"/x/{n}" for n in range(300)), "/x/nothing"]

    def both(session: Session, own: KazooClient) -> bool:
        asked = Reader(session, own)
        ours = [(path, str(answer)) for path, answer in asked(paths)]
        asked.close()
        return ours == [(path, str(answer)) for path, answer in by_kazoo(session, own, paths)]

    assert within(zookeeper.address, both)
