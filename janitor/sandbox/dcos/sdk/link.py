"""A scheduler's connection to the sandbox's Mesos: what it is offered, and what it does with it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from janitor.sandbox.dcos.sdk.spec import Pod, Spec
from janitor.sandbox.dcos.sdk.state import Reserved, TaskRecord
from janitor.sandbox.mesos.cluster import resources
from janitor.sandbox.mesos.frameworks import Framework, FrameworkInfo, Scheduler
from janitor.sandbox.mesos.operations import Kind, NotContained
from janitor.sandbox.mesos.resources import Disk, Reservation, Resource
from janitor.sandbox.mesos.values import Scalar
from janitor.sandbox.mesos.views import View
from janitor.sandbox.mesos.world import World

TWO_WEEKS = 14 * 24 * 3600.0
EXECUTOR: Mapping[str, float | str] = {"cpus": 0.1, "mem": 32, "disk": 256}


class Removed(Exception):
    """Mesos answered `Framework has been removed`: the scheduler's process ends."""


class Link:
    """The framework of one service."""

    def __init__(self, world: World, spec: Spec, webui_url: str) -> None:
        self._world = world
        self._spec = spec
        self._webui_url = webui_url
        self.framework_id: str | None = None

    def subscribe(self, framework_id: str | None) -> str:
        """Register, or be there again; the framework's id. Raises Removed."""
        info = FrameworkInfo(
            framework_id or "",
            self._spec.name,
            (self._spec.own_role,),
            self._spec.own_principal,
            failover_timeout=TWO_WEEKS,
            webui_url=self._webui_url,
            hostname="127.0.0.1",
        )
        self.framework_id = framework_id
        self.check()
        self.framework_id = self._world.subscribe(Scheduler(info)).info.id
        return self.framework_id

    def check(self) -> None:
        """Raises Removed when the framework was torn down, by whomever."""
        leader = self._world.leader
        if leader is not None and any(one.info.id == self.framework_id for one in leader.completed):
            raise Removed

    def disconnect(self) -> None:
        """The process is gone; the framework stays, with its tasks."""
        known = self._world.schedulers.get(self.framework_id or "")
        if known is not None and known.alive:
            known.alive = False
            if self.framework is not None:
                self._world.disconnect_framework(known.info.id)

    @property
    def framework(self) -> Framework | None:
        """What the leader knows of it; None while it is not registered."""
        leader = self._world.leader
        return leader.frameworks.get(self.framework_id or "") if leader is not None else None

    @property
    def possible(self) -> bool:
        """Whether there is a leader to register with."""
        return self._world.leader is not None and self._world.leader.finished_recovery

    @property
    def connected(self) -> bool:
        """Whether it would be offered something now."""
        framework = self.framework
        return framework is not None and framework.connected

    def offered(self) -> Iterator[tuple[View, list[Resource]]]:
        """What each active agent has free of its role; another framework's offers and tasks keep theirs."""
        leader = self._world.leader
        for view in list(leader.agents.values()) if leader is not None else ():
            if view.active and view.agent.answers:
                yield view, [item for item in view.free() if item.is_dynamic and item.role == self._spec.own_role]

    def give_back(self, agent_id: str, items: Sequence[Resource]) -> None:
        """DESTROY and UNRESERVE in one accepted offer; what is gone meanwhile is offered no more."""
        volumes = [item for item in items if item.is_volume]
        bare = [item.without_volume() if item.is_volume else item for item in items]
        with suppress(NotContained):
            if volumes:
                self._world.operate(str(self.framework_id), Kind.DESTROY, agent_id, volumes)
            self._world.operate(str(self.framework_id), Kind.UNRESERVE, agent_id, bare)

    def kill(self, task_id: str) -> None:
        """Have a task killed; nothing happens where its agent does not answer."""
        if self.framework is not None:
            self._world.kill_task(str(self.framework_id), task_id)

    def teardown(self) -> None:
        """The framework is over."""
        if self.framework is not None:
            self._world.teardown(str(self.framework_id))

    def task_state(self, task_id: str) -> str | None:
        """What the master says of a task; None when it does not know it."""
        framework = self.framework
        if framework is None:
            return None
        every = (*framework.tasks.values(), *framework.unreachable_tasks, *framework.completed_tasks)
        return next((task.state for task in every if task.id == task_id), None)

    # Launching

    def launch(self, pod: Pod, instance: str, agent_id: str) -> TaskRecord | None:
        """Reserve for a pod instance on an agent, and run its task; None where there is not enough.

        It is simply there: reserving takes no time here, giving back does.
        """
        view = self._world.lead().agents.get(agent_id)
        if view is None or not view.active or not view.agent.answers:
            return None
        reserved = [Reserved(str(uuid.uuid4()), name, amount) for name, amount in _amounts(pod)]
        if pod.volume is not None:
            reserved.append(Reserved(str(uuid.uuid4()), "disk", pod.volume, str(uuid.uuid4())))
        bare = [self._reservation(each) for each in reserved]
        if not view.free().contains_all([item.released() for item in bare]):
            return None
        self._world.place(agent_id, Kind.RESERVE, bare)
        volumes = [self._volume(each, pod) for each in reserved if each.volume is not None]
        if volumes:
            self._world.place(agent_id, Kind.CREATE, volumes)
        record = TaskRecord(f"{instance}-{pod.task}", instance, "", agent_id, view.agent.hostname, reserved)
        self.run(record)
        return record

    def run(self, record: TaskRecord) -> bool:
        """A new task on what is reserved for it; False unless all of that is offered."""
        wanted = {each.resource_id for each in record.reserved}
        for view, items in self.offered():
            held = [item for item in items if resource_id(item) in wanted]
            if view.agent.id == record.agent_id and len(held) == len(wanted):
                framework_id, role = str(self.framework_id), self._spec.own_role
                task = self._world.run_task(framework_id, record.agent_id, held, name=record.name, role=role)
                record.task_id = task.id
                return True
        return False

    def agents(self) -> list[str]:
        """The agents that could be offered, in their order."""
        leader = self._world.leader
        return [view.agent.id for view in leader.agents.values() if view.active] if leader is not None else []

    def _reservation(self, reserved: Reserved) -> Resource:
        labels = [("resource_id", reserved.resource_id)]
        if self._spec.release.tells_framework:
            labels.append(("framework_id", str(self.framework_id)))
        level = Reservation(True, self._spec.own_role, self._spec.own_principal, tuple(labels))
        (item,) = resources({reserved.name: reserved.amount}, [level])
        return item

    def _volume(self, reserved: Reserved, pod: Pod) -> Resource:
        bare = self._reservation(reserved)
        mount = Disk.text({"mode": "RW", "container_path": f"{pod.kind}-data"})
        disk = Disk(None, reserved.volume, self._spec.own_principal, mount)
        assert isinstance(bare.value, Scalar)
        return Resource("disk", bare.value, bare.stack, disk)


def resource_id(item: Resource) -> str | None:
    """The label by which the SDK knows a reservation."""
    labels = dict(item.stack[-1].labels or ()) if item.stack else {}
    return labels.get("resource_id")


def _amounts(pod: Pod) -> list[tuple[str, float | str]]:
    """Every resource alone, the executor's share apart from the task's."""
    own: dict[str, float | str] = {"cpus": pod.cpus, "mem": pod.mem, "disk": pod.disk}
    amounts = [*EXECUTOR.items(), *((name, value) for name, value in own.items() if value)]
    if pod.port is not None:
        amounts.append(("ports", f"[{pod.port}-{pod.port}]"))
    return amounts
