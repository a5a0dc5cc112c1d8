"""What services and Mesos masters write into ZooKeeper.

Sources: dcos-commons curator/CuratorPersister.java, state/*, storage/PersisterUtils.java (a service's tree); Mesos
src/master/contender/zookeeper.cpp (json.info_*).
"""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

from kazoo.client import KazooClient
from kazoo.exceptions import NodeExistsError
from kazoo.protocol.states import KazooState

MESOS = "/mesos"


def client_of(hosts: str, *, auth: str | None = None) -> KazooClient:
    """A client that is not started yet and logs nowhere; `auth` is "user:password" for the digest scheme."""
    quiet = logging.getLogger("janitor.sandbox.zookeeper")
    quiet.propagate = False
    if not quiet.handlers:
        quiet.addHandler(logging.NullHandler())
    return KazooClient(hosts=hosts, auth_data=[("digest", auth)] if auth else None, logger=quiet)


class NobodyAnswers(Exception):
    """No ZooKeeper answers; the message says where."""


@contextmanager
def connected(hosts: str, patience: float = 15.0) -> Iterator[KazooClient]:
    """A client with a session. Raises NobodyAnswers when there is none within `patience` seconds.

    Interrupted, it ends at once. KeyboardInterrupt then says so, where no answer has come.
    """
    client = client_of(hosts)
    try:
        client.start_async().wait(patience)
        if not client.connected:
            raise NobodyAnswers(f"no ZooKeeper answers at {hosts}")
        yield client
    except KeyboardInterrupt:
        if client.connected:
            raise
        raise KeyboardInterrupt(f"the ZooKeeper at {hosts} did not answer") from None
    finally:
        if client.connected:
            _end(client)
        else:  # ending it waits for the server that is silent
            threading.Thread(target=_end, args=(client,), name="zookeeper-end", daemon=True).start()


def _end(client: KazooClient) -> None:
    client.stop()
    client.close()


def service_znode(name: str) -> str:
    """The znode of an SDK service: one leading slash of the name dropped, the others as `__`."""
    return f"/dcos-service-{name.removeprefix('/').replace('/', '__')}"


def leave_service(client: KazooClient, name: str, framework_id: str, tasks: Iterable[str]) -> str:
    """Write the tree that an SDK scheduler leaves when it is removed without an uninstall; returns its path.

    Below it also stands what Kafka's brokers keep there themselves.
    """
    config = str(uuid.uuid4())
    nodes: dict[str, bytes] = {
        "": b"",
        "FrameworkID": _framework_id(framework_id),
        "SchemaVersion": b"1",
        "servicename": name.encode(),
        "ConfigTarget": config.encode(),
        f"Configurations/{config}": json.dumps({"name": name, "role": f"{name}-role"}).encode(),
        "Properties/last-completed-update-type": b"DEPLOY",
        "lock/locks": b"",
        "lock/leases": b"",
        "controller_epoch": b"1",
        "admin/delete_topics": b"",
        "brokers/ids": b"",
        "brokers/topics/events/partitions/0/state": b'{"controller_epoch":1,"leader":0,"version":1,"isr":[0,1,2]}',
        "config/topics/events": b'{"version":1,"config":{}}',
    }
    for task in tasks:
        nodes[f"Tasks/{task}/TaskInfo"] = b"\x0a" + bytes([len(task)]) + task.encode()
        nodes[f"Tasks/{task}/TaskStatus"] = b"\x10\x01"
        nodes[f"Tasks/{task}/Metadata/goal-state-override"] = b"NONE"
        nodes[f"Properties/{task}:task-status"] = b"\x10\x01"
    root = service_znode(name)
    _write(client, {f"{root}/{path}".rstrip("/"): data for path, data in nodes.items()})
    return root


def leave_spark(client: KazooClient) -> str:
    """Write the tree of a Spark dispatcher (MesosClusterPersistenceEngine.scala); returns its path."""
    root = "/spark_mesos_dispatcher"
    _write(client, {root: b"", **{f"{root}/{name}": b"" for name in ("driverQueue", "launchedDrivers", "retryList")}})
    return root


def write_system_trees(client: KazooClient) -> list[str]:
    """The trees of the cluster itself, a line of each: what nobody may ever delete. Returns their top-level paths."""
    nodes = {
        "/cluster-id": str(uuid.uuid4()).encode(),
        "/cosmos/package/repositories": b"{}",
        "/dcos/users/operator@example.com": b"{}",
        "/marathon/state/apps": b"",
        "/metronome/state": b"",
        "/mesos/log_replicas": b"",
        "/navstar_key": b"",
    }
    _write(client, nodes)
    return sorted({"/" + path.split("/")[1] for path in nodes})


def _write(client: KazooClient, nodes: Mapping[str, bytes]) -> None:
    for path, data in nodes.items():
        try:
            client.create(path, data, makepath=True)
        except NodeExistsError:
            client.set(path, data)


@dataclass(frozen=True, slots=True)
class Contender:
    """A Mesos master that stands for election, as its znode tells."""

    id: str
    url: str
    version: str

    def info(self) -> bytes:
        """MasterInfo as JSON; `ip` is the address in network byte order, read as little-endian."""
        where = urlsplit(self.url)
        packed = int.from_bytes(bytes(map(int, str(where.hostname).split("."))), "little")
        address = {"hostname": where.hostname, "ip": where.hostname, "port": where.port}
        said = {"id": self.id, "ip": packed, "port": where.port, "hostname": where.hostname, "version": self.version}
        return json.dumps({**said, "pid": f"master@{where.netloc}", "address": address}).encode()


class Election:
    """The `json.info_*` of a cluster's masters, kept as long as `client`'s session lives. The leader stands first."""

    def __init__(self, client: KazooClient, path: str = MESOS) -> None:
        self._client = client
        self._path = path
        self._nodes: dict[str, str] = {}
        client.add_listener(self._listen)

    def hold(self, contenders: Iterable[Contender]) -> None:
        """Have exactly these stand, in this order: who is gone leaves, who has to stand further back stands anew."""
        wanted = list(contenders)
        standing = [name for name in self._nodes if any(name == each.id for each in wanted)]
        agreed = 0
        while agreed < len(standing) and standing[agreed] == wanted[agreed].id:
            agreed += 1
        for gone in [name for name in self._nodes if name not in standing[:agreed]]:
            self._client.delete(self._nodes.pop(gone))
        for each in wanted[agreed:]:
            node: str = self._client.create(
                f"{self._path}/json.info_", each.info(), ephemeral=True, sequence=True, makepath=True
            )
            self._nodes[each.id] = node

    def _listen(self, state: str) -> None:
        if state == KazooState.LOST:
            self._nodes.clear()  # they were ephemeral


def _framework_id(text: str) -> bytes:
    """A FrameworkID as protobuf: field 1, length-delimited."""
    return b"\x0a" + bytes([len(text)]) + text.encode()
