"""The HTTP API of a master, directly: what these tests and the sandbox's own talk through."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from typing import Any

import requests

from tests.clock import HANGS

Json = dict[str, Any]


class Master:
    """One master at `url`, which ends with `/master/`."""

    def __init__(self, url: str, auth: tuple[str, str] | None = None, verify: str | bool = True) -> None:
        self.url = url
        self.root = url.removesuffix("master/")
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = auth
        self.session.verify = verify

    def get(self, path: str, **options: Any) -> requests.Response:
        """GET below /master/, or anywhere with a leading slash; redirects are not followed."""
        url = self.root + path[1:] if path.startswith("/") else self.url + path
        return self.session.get(url, allow_redirects=False, timeout=HANGS, **options)

    def form(self, endpoint: str, **fields: Any) -> requests.Response:
        """A form endpoint; lists are sent as JSON."""
        data = {key: value if isinstance(value, str) else json.dumps(value) for key, value in fields.items()}
        return self.session.post(self.url + endpoint, data=data, allow_redirects=False, timeout=HANGS)

    def call(self, kind: str, **body: Any) -> requests.Response:
        """A v1 call."""
        document: Json = {"type": kind}
        if body:
            document[kind.lower()] = body
        return self.session.post(self.root + "api/v1", json=document, allow_redirects=False, timeout=HANGS)

    def slaves(self) -> list[Json]:
        """/slaves"""
        answer = self.get("slaves")
        assert answer.status_code == 200, answer.text
        slaves: list[Json] = answer.json()["slaves"]
        return slaves

    def slave(self, agent: str) -> Json | None:
        """One agent of /slaves, or None when it is not listed."""
        return next((each for each in self.slaves() if each["id"] == agent), None)

    def reserved(self, agent: str, role: str) -> list[Json]:
        """What /slaves shows reserved for a role on an agent."""
        slave = self.slave(agent)
        assert slave is not None
        items: list[Json] = slave["reserved_resources_full"].get(role, [])
        return items

    def operations(self) -> list[Json]:
        """What is pending."""
        answer = self.call("GET_OPERATIONS")
        assert answer.status_code == 200, answer.text
        pending: list[Json] = answer.json()["get_operations"].get("operations", [])
        return pending


def eventually(holds: Callable[[], Any], within: float = HANGS) -> Any:
    """Ask until the answer is true, and return it; fails after `within` seconds."""
    deadline = time.monotonic() + within
    while not (answer := holds()):
        assert time.monotonic() < deadline, f"not within {within:.0f} s"
        time.sleep(0.01)
    return answer


def dynamic(
    name: str, amount: float, role: str, principal: str | None = None, labels: dict[str, str] | None = None
) -> Json:
    """A dynamically reserved scalar, in the format that every release from 1.0 on understands."""
    owner: Json = {} if principal is None else {"principal": principal}
    if labels is not None:
        owner["labels"] = {"labels": [{"key": key, "value": value} for key, value in labels.items()]}
    return {"name": name, "type": "SCALAR", "scalar": {"value": amount}, "role": role, "reservation": owner}


def volume(disk: Json, identity: str, principal: str | None = None) -> Json:
    """A persistent volume on a reserved disk."""
    persistence = {"id": identity} if principal is None else {"id": identity, "principal": principal}
    return {**disk, "disk": {"persistence": persistence, "volume": {"mode": "RW", "container_path": "data"}}}


def without_volumes(items: Sequence[Json]) -> list[Json]:
    """Items as they are unreserved: volumes' disks keep their source only."""
    bare = []
    for item in items:
        disk = {key: value for key, value in item.get("disk", {}).items() if key == "source"}
        rest = {key: value for key, value in item.items() if key != "disk"}
        bare.append({**rest, "disk": disk} if disk else rest)
    return bare
