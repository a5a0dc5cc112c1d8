"""The rehearsals' own ZooKeeper, and the znodes that masters keep in it."""

from __future__ import annotations

import json
import socket
import tempfile
from pathlib import Path

import pytest

from janitor.sandbox.znodes import Contender, Election, client_of
from janitor.sandbox.zookeeper import NoZooKeeper, ZooKeeper
from tests.clock import HANGS
from tests.zookeeper.server import zookeeper_or_skip


def test_it_serves_when_it_is_there_and_leaves_nothing_behind() -> None:
    zookeeper_or_skip()
    with ZooKeeper() as zookeeper:
        client = client_of(zookeeper.address)
        client.start(timeout=HANGS)
        election = Election(client)
        masters = [Contender(f"id-{n}", f"http://127.0.0.1:{5050 + n}", "1.12.0") for n in range(3)]
        election.hold(masters)
        nodes = sorted(client.get_children("/mesos"))
        infos = [json.loads(client.get(f"/mesos/{node}")[0]) for node in nodes]
        assert [info["id"] for info in infos] == ["id-0", "id-1", "id-2"]
        assert infos[1]["address"] == {"hostname": "127.0.0.1", "ip": "127.0.0.1", "port": 5051}
        assert infos[1]["pid"] == "master@127.0.0.1:5051"
        assert infos[1]["ip"] == 16777343, "127.0.0.1 in network byte order, read as little-endian"
        election.hold([masters[2], masters[1]])
        ids = [json.loads(client.get(f"/mesos/{node}")[0])["id"] for node in sorted(client.get_children("/mesos"))]
        assert ids == ["id-2", "id-1"], "the new leader stands first"
        client.stop()
        client.close()
        host, port = zookeeper.address.split(":")
        directories = [path for path in Path(tempfile.gettempdir()).glob("sandbox-zookeeper-*") if _names(path, port)]
        assert len(directories) == 1
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((host, int(port)), timeout=HANGS)
    assert not directories[0].exists()


def test_one_that_does_not_start_says_so() -> None:
    zookeeper_or_skip()
    with pytest.raises(NoZooKeeper, match="did not start"), ZooKeeper(patience=0.0):
        pass


def _names(directory: Path, port: str) -> bool:
    try:
        return f"clientPort={port}\n" in (directory / "zoo.cfg").read_text()
    except OSError:  # another test's, which has just ended
        return False
