"""A large cluster's answers, as the sandbox gives them before and after a clean-up, to be served from memory."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import msgspec
import requests

from janitor.sandbox.rehearsal import Rehearsal

ROLE, PRINCIPAL = "kafka-role", "kafka-principal"
CALLS = ("GET_MASTER", "GET_OPERATIONS", "GET_FRAMEWORKS", "GET_FLAGS", "GET_TASKS")
PATHS = ("registrar(1)/registry", "metrics/snapshot")


class Recording(msgspec.Struct):
    """What a master answers.

    calls          v1 call -> body
    paths          path from the root -> body
    before, after  agent id -> its entry in /slaves, with the role's reservations and without
    date           the Date header of all of it
    """

    calls: dict[str, bytes]
    paths: dict[str, bytes]
    before: dict[str, bytes]
    after: dict[str, bytes]
    date: str

    def write(self, file: Path) -> None:
        """Keep it for another process."""
        file.write_bytes(msgspec.msgpack.encode(self))

    @classmethod
    def read(cls, file: Path) -> Recording:
        """What `write` kept."""
        return msgspec.msgpack.decode(file.read_bytes(), type=cls)


@dataclass(frozen=True, slots=True)
class Look:
    """/slaves at one moment."""

    entries: dict[str, bytes]
    date: str


def record(agents: int) -> Recording:
    """Build the sandbox's scenario `big` with so many agents, clean it up, and keep what was answered around that."""
    with Rehearsal("big", agents=agents) as cluster:
        url = cluster.master_url
        calls = {call: requests.post(url + "api/v1", json={"type": call}, timeout=60).content for call in CALLS}
        paths = {path: requests.get(url.removesuffix("master/") + path, timeout=60).content for path in PATHS}
        before = _look(url)
        command = [sys.executable, "-m", "janitor", "-m", url, "-r", ROLE, "-p", PRINCIPAL]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        after = _look(url)
    return Recording(calls, paths, before.entries, after.entries, before.date)


def slaves(entries: list[bytes]) -> bytes:
    """The body of /slaves with these entries."""
    return b'{"slaves":[' + b",".join(entries) + b'],"recovered_slaves":[]}'


def many(recording: Recording, agents: int) -> bytes:
    """A /slaves of so many agents, each with an id of its own."""
    entries: list[bytes] = []
    while len(entries) < agents:
        for agent, entry in recording.before.items():
            entries.append(entry.replace(agent.encode(), b"%s-%d" % (agent.encode(), len(entries))))
    return slaves(entries[:agents])


def _look(url: str) -> Look:
    answer = requests.get(url + "slaves", timeout=60)
    entries = {entry["id"]: json.dumps(entry, separators=(",", ":")).encode() for entry in answer.json()["slaves"]}
    return Look(entries, answer.headers["Date"])
