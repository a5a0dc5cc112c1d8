"""An ensemble of three real servers, of which one may be lost."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing

import pytest

from janitor.patience import Patience
from janitor.sandbox.ports import claimed_port
from janitor.zookeeper.direct import KazooEnsemble
from janitor.zookeeper.paths import parse_hosts
from tests.clock import HANGS
from tests.zookeeper.server import ZooKeeperServer, zookeeper_or_skip
from tests.zookeeper.trees import grow, snapshot


@pytest.fixture
def three() -> Iterator[list[ZooKeeperServer]]:
    zookeeper_or_skip()
    with ExitStack() as stack:
        ports = [(stack.enter_context(claimed_port()), stack.enter_context(claimed_port())) for _ in range(3)]
        members = tuple(f"server.{n}=127.0.0.1:{peer}:{vote}" for n, (peer, vote) in enumerate(ports, 1))
        limits = ("initLimit=60", "syncLimit=60")
        servers = [ZooKeeperServer(extra=(*members, *limits), member=number) for number in (1, 2, 3)]
        for server in servers:
            stack.push(server)  # at the end it is killed, and its directory removed
        with ThreadPoolExecutor(3) as pool:  # none of them serves alone
            list(pool.map(ZooKeeperServer.start, servers))
        yield servers


def mode(server: ZooKeeperServer) -> str:
    """`leader` or `follower`."""
    lines = dict(line.partition(": ")[::2] for line in server.four_letters("srvr").splitlines())
    return lines.get("Mode", "")


def test_the_leader_may_be_lost_in_the_middle(three: list[ZooKeeperServer]) -> None:
    assert sorted(map(mode, three)) == ["follower", "follower", "leader"]
    leader = next(server for server in three if mode(server) == "leader")
    other = next(server for server in three if server is not leader)
    with other.connected() as client:
        grow(client, ["/x", *(f"/x/{n}" for n in range(5000)), "/beside", "/beside/y"])
        czxid, before = client.exists("/x").czxid, snapshot(client, "/beside")
    deleted_before: list[int] = []

    def lose_it(deleted: int, doing: str) -> None:
        if deleted and not deleted_before:
            deleted_before.append(deleted)
            leader.kill()

    hosts = parse_hosts(",".join(server.address for server in three))
    with closing(KazooEnsemble(hosts, Patience(HANGS), connect_within=HANGS)) as ensemble:
        removed = ensemble.remove("/x", czxid, lose_it)
        assert removed.state == "gone"
        assert not ensemble.look("/x").exists
    assert 0 < deleted_before[0] < 5000
    assert mode(leader) == ""
    with other.connected() as client:
        assert client.exists("/x") is None
        assert snapshot(client, "/beside") == before
