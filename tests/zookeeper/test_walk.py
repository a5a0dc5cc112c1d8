"""A walk over a large tree: it survives a lost connection, and ends at the deadline and at a signal."""

from __future__ import annotations

import pytest
from kazoo.client import KazooClient

from janitor.errors import Interrupted, ZooKeeperTrouble
from janitor.patience import Patience
from janitor.sandbox.gate import Gate
from janitor.zookeeper.direct import KazooEnsemble
from janitor.zookeeper.paths import parse_hosts
from tests.clock import HANGS
from tests.zookeeper.server import ZooKeeperServer, zookeeper_or_skip
from tests.zookeeper.trees import grow


@pytest.mark.parametrize("count", [0, 20, 5_000, 100_000])
def test_a_connection_that_is_lost_in_a_walk_begins_it_again(
    zookeeper: ZooKeeperServer, client: KazooClient, count: int
) -> None:
    grow(client, ["/x", *(f"/x/{n}" for n in range(3000))])
    with Gate("127.0.0.1", zookeeper.port) as gate:
        gate.when(nth=1).reset_after(count)
        ensemble = KazooEnsemble(parse_hosts(gate.address), Patience(HANGS))
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
        patience = Patience(8 if signal is None else HANGS)
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
