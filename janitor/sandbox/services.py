"""Services on a sandbox's cluster: what they reserve, and what stays of them.

kafka = Service("kafka")
for agent in agents:
    kafka.reserve(control, agent)
kafka.abandon(control)
...
assert held(control, kafka.role) == []
"""

from __future__ import annotations

import json
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Unpack

from janitor.sandbox.control import Control
from janitor.sandbox.mesos.verbs_frameworks import Info
from janitor.sandbox.znodes import service_znode

Json = dict[str, Any]

LARGE_AGENT: dict[str, float | str] = {
    "cpus": 16,
    "mem": 64000,
    "disk": 200000,
    "ports": "[1025-2180, 2182-3887, 3889-5049, 5052-8079, 8082-8180, 8182-32000]",
}
"""What an agent of DC/OS offers: everything but the ports of DC/OS itself."""


@dataclass
class Service:
    """A service as the DC/OS SDK runs it: role, principal and znode follow from its name (rule of its SchedulerUtils).

    `tells_framework` puts a `framework_id` label on its reservations, as the SDK does from 0.57.3 on.
    """

    name: str
    role: str = ""
    principal: str = ""
    tells_framework: bool = False
    framework_id: str = ""
    agents: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.role = self.role or f"{self.znode.removeprefix('/dcos-service-')}-role"
        self.principal = self.principal or f"{self.name}-principal"

    @property
    def znode(self) -> str:
        """`/dcos-service-kafka`"""
        return service_znode(self.name)

    def subscribe(self, control: Control, *, holds_offers: bool = False, **info: Unpack[Info]) -> str:
        """Its scheduler subscribes; the framework's id."""
        self.framework_id = control.subscribe(self.name, self.role, self.principal, holds_offers=holds_offers, **info)
        return self.framework_id

    def reserve(
        self, control: Control, agent: str, *, volume: float | None = 5000, port: int = 9092, cpus: float = 1.0
    ) -> None:
        """Reserve as the SDK does: each resource alone, with a `resource_id` of its own, executor and task apart.

        Without a `volume` (in MB) it is what a pod holds whose volume is gone or was never created.
        """
        for amounts in ({"cpus": 0.1}, {"mem": 32}, {"disk": 256}, {"cpus": cpus}, {"mem": 2048}):
            control.reserve(agent, self.role, self.principal, labels=self._labels(), **amounts)
        control.reserve(agent, self.role, self.principal, labels=self._labels(), ports=f"[{port}-{port}]")
        if volume is not None:
            control.create_volume(
                agent,
                self.role,
                str(uuid.uuid4()),
                volume,
                self.principal,
                labels=self._labels(),
                path=f"{self.name.strip('/').replace('/', '-')}-data",
            )
        self.agents.append(agent)

    def run(self, control: Control, agent: str) -> str:
        """A task on everything it has reserved there; the task's id."""
        return control.run_task(self.framework_id, agent, name=f"{self.name.strip('/')}-{self.agents.index(agent)}")

    def abandon(self, control: Control, *, ago: float = 600.0) -> None:
        """It was torn down so many seconds ago (the cluster's clock is moved on), and only its reservations stay."""
        tasks = control.truth()["frameworks"][self.framework_id]["tasks"]
        control.teardown(self.framework_id)
        control.finish_executors()
        deadline = time.monotonic() + 30
        while any(executor in tasks for agent in control.truth()["agents"].values() for executor in agent["executors"]):
            if time.monotonic() > deadline:
                raise TimeoutError(f"executors of {self.name} still run")
            time.sleep(0.02)
        control.advance(ago)

    def _labels(self) -> dict[str, str]:
        labels = {"resource_id": str(uuid.uuid4())}
        return {**labels, "framework_id": self.framework_id} if self.tells_framework else labels


def held(control: Control, role: str) -> list[Json]:
    """What agents themselves hold of a role, whatever a master shows."""
    return [item for agent in control.truth()["agents"].values() for item in agent["holds"] if _role(item) == role]


def everything_but(control: Control, role: str) -> dict[str, list[str]]:
    """What else each agent holds reserved, in a form to compare: the same before and after a clean-up of `role`.

    Unreserved amounts are left out: what the role gave back is among them.
    """
    return {
        name: sorted(json.dumps(item, sort_keys=True) for item in agent["holds"] if _role(item) not in ("*", role))
        for name, agent in control.truth()["agents"].items()
    }


def _role(item: Json) -> str:
    """The role of the top of a resource's stack; Mesos before 1.4 writes no stack."""
    stack = item.get("reservations") or []
    return str(stack[-1]["role"] if stack else item.get("role", "*"))
