"""What a service and a Mesos master write to ZooKeeper."""

from __future__ import annotations

import json
import uuid

from kazoo.client import KazooClient


def escaped(name: str) -> str:
    """Write a service's name as the SDK does in its znode: one leading slash dropped, the others as `__`."""
    return name.removeprefix("/").replace("/", "__")


def abandon_service(client: KazooClient, name: str, *, brokers: int = 3, live_lock: bool = False) -> str:
    """Write the tree that an SDK scheduler leaves when it dies in the middle of its uninstall; returns its path.

    With `live_lock`, the lease is ephemeral and lives as long as `client`'s session, as while a scheduler runs.
    """
    root = f"/dcos-service-{escaped(name)}"
    framework_id = f"{uuid.uuid4()}-0001"
    config = str(uuid.uuid4())
    nodes = {
        "FrameworkID": b"\x0a" + bytes([len(framework_id)]) + framework_id.encode(),
        "SchemaVersion": b"1",
        "servicename": name.encode(),
        "ConfigTarget": config.encode(),
        f"Configurations/{config}": json.dumps({"name": name, "pods": [{"type": "kafka"}]}).encode(),
        "Properties/uninstalling": b"true",
        "Properties/last-completed-update-type": b"DEPLOY",
        "lock/locks": b"",
        "lock/leases": b"",
        "topics/messages": b"{}",
    }
    for broker in range(brokers):
        task = f"kafka-{broker}-broker"
        nodes[f"Tasks/{task}/TaskInfo"] = f"\x0a{task}".encode()
        nodes[f"Tasks/{task}/TaskStatus"] = b"\x0a\x00"
        nodes[f"Tasks/{task}/Metadata/goal-state-override"] = b"NONE"
        nodes[f"Properties/{task}:task-status"] = b"\x0a\x00"
    for path, data in nodes.items():
        client.create(f"{root}/{path}", data, makepath=True)
    if live_lock:
        client.create(f"{root}/lock/leases/{uuid.uuid4()}-lease-0000000000", b"10.0.0.4", ephemeral=True)
    return root


def register_master(client: KazooClient, path: str, master_id: str, *, hostname: str = "10.0.0.10") -> str:
    """Write what a Mesos master that stands for election writes below `path`; returns the node's path.

    The node lives as long as `client`'s session. The master that registered first leads.
    """
    pid = f"master@{hostname}:5050"
    info = {
        "address": {"hostname": hostname, "ip": hostname, "port": 5050},
        "hostname": hostname,
        "id": master_id,
        "ip": 167772170,
        "pid": pid,
        "port": 5050,
        "version": "1.11.0",
    }
    client.ensure_path(path)
    written: str = client.create(f"{path}/json.info_", json.dumps(info).encode(), ephemeral=True, sequence=True)
    return written
