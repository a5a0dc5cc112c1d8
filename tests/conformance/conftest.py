"""The same tests for a real master and for the sandbox.

`JANITOR_TEST_MESOS_URL` names a real one (`http://host:port/master/`) with three plain agents and without
authentication; unset, it is the sandbox, in the releases whose answers were recorded.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest

from janitor.sandbox import Sandbox
from tests.conformance.client import Master, without_volumes

REAL = os.environ.get("JANITOR_TEST_MESOS_URL")


@pytest.fixture(scope="session", params=["real"] if REAL else ["1.2", "1.4", "1.9", "1.12"])
def master(request: pytest.FixtureRequest) -> Iterator[Master]:
    if REAL:
        yield Master(REAL)
        return
    with Sandbox(version=request.param, agents=3) as sandbox:
        yield Master(sandbox.master_url)


@pytest.fixture
def release(master: Master) -> tuple[int, int]:
    """The master's major and minor release."""
    major, minor, *_ = master.get("/version").json()["version"].split(".")
    return int(major), int(minor)


@pytest.fixture
def agent(master: Master) -> str:
    """One of its agents."""
    identity: str = min(each["id"] for each in master.slaves())
    return identity


@pytest.fixture
def role(master: Master) -> Iterator[str]:
    """A role of this test's own; whatever is left of it at the end is removed."""
    name = f"test-{uuid.uuid4().hex[:12]}-role"
    yield name
    for slave in master.slaves():
        items = slave["reserved_resources_full"].get(name, [])
        if volumes := [each for each in items if "persistence" in each.get("disk", {})]:
            master.form("destroy-volumes", slaveId=slave["id"], volumes=volumes)
        if items:
            master.form("unreserve", slaveId=slave["id"], resources=without_volumes(items))
