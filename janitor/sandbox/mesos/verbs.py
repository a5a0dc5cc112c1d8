"""What the control API can do to a cluster: one method for each verb, JSON in and out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from janitor.sandbox.mesos import messages, show_agents
from janitor.sandbox.mesos.cluster import Amounts, Cluster, resources
from janitor.sandbox.mesos.formats import Json, from_json
from janitor.sandbox.mesos.frameworks import FrameworkInfo, Scheduler
from janitor.sandbox.mesos.leader import Leader
from janitor.sandbox.mesos.operations import Kind
from janitor.sandbox.mesos.resources import Disk, Labels, Reservation, Resource
from janitor.sandbox.mesos.settings import Pace
from janitor.sandbox.mesos.values import Scalar
from janitor.sandbox.mesos.world import World


def _labels(labels: Mapping[str, str] | None) -> Labels | None:
    return None if labels is None else tuple(labels.items())


class Verbs:
    """The verbs of `/mesos/`. Raises ValueError and KeyError for what makes no sense; the server answers 400."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    @property
    def _world(self) -> World:
        return self._cluster.world

    # Agents and what they hold

    async def add_agent(self, **spec: Any) -> str:
        """See `Cluster.add_agent`; the agent's id."""
        return (await self._cluster.add_agent(**spec)).id

    def reserve(
        self,
        agent: str,
        role: str,
        principal: str | None = None,
        amounts: Amounts | None = None,
        labels: Mapping[str, str] | None = None,
        refines: Sequence[Json] = (),
        raw: Sequence[Json] = (),
    ) -> None:
        """A dynamic reservation that is simply there. `refines` are the levels below it, `raw` whole resources."""
        below = [
            Reservation(level.get("type", "STATIC") == "DYNAMIC", level["role"], level.get("principal"))
            for level in refines
        ]
        stack = (*below, Reservation(True, role, principal, _labels(labels)))
        items = resources(amounts or {}, stack)
        items += [from_json(messages.resource(dict(each)), self._world.version) for each in raw]
        self._world.place(agent, Kind.RESERVE, items)

    def create_volume(
        self,
        agent: str,
        role: str,
        volume: str,
        size: float,
        principal: str | None = None,
        labels: Mapping[str, str] | None = None,
        path: str = "data",
        source: Mapping[str, Any] | None = None,
        static: bool = False,
        shared: bool = False,
    ) -> None:
        """A persistent volume that is simply there, its disk reserved for it (or, `static`, reserved before)."""
        level = Reservation(False, role) if static else Reservation(True, role, principal, _labels(labels))
        disk_source = Disk.text(source)
        bare = Disk(source=disk_source) if disk_source else None
        disk = Resource("disk", Scalar(size), (level,), bare)
        whole = Disk(disk_source, volume, principal, Disk.text({"mode": "RW", "container_path": path}))
        if not static:
            self._world.place(agent, Kind.RESERVE, [disk])
        self._world.place(agent, Kind.CREATE, [Resource("disk", disk.value, disk.stack, whole, shared=shared)])

    def unreserve(self, agent: str, raw: Sequence[Json]) -> None:
        """Reservations that simply vanish, on the agent and in the master's view."""
        items = [from_json(messages.resource(dict(each)), self._world.version) for each in raw]
        self._world.place(agent, Kind.UNRESERVE, items)

    def stop_agent(self, agent: str) -> None:
        """The process ends; see `World`, here and below."""
        self._world.fates.stop(agent)

    def start_agent(self, agent: str) -> None:
        """It runs, or is connected, again, and registers."""
        self._world.fates.start(agent)

    def disconnect_agent(self, agent: str) -> None:
        """Its connection to the master breaks; it lives on and answers itself."""
        self._world.fates.disconnect(agent)

    def freeze_agent(self, agent: str) -> None:
        """It is active to the master and answers nothing."""
        self._world.fates.freeze(agent)

    def thaw_agent(self, agent: str) -> None:
        """It does what waited."""
        self._world.fates.thaw(agent)

    def mark_unreachable(self, agent: str) -> None:
        """The ping window is over, now."""
        if self._world.agents[agent].linked and not self._world.agents[agent].frozen:
            self._world.fates.disconnect(agent)
        self._world.fates.lose(agent)

    def mark_gone(self, agent: str) -> None:
        """An operator has given it up."""
        self._world.fates.give_up(agent)

    def drain_agent(self, agent: str, grace: float = 0.0, mark_gone: bool = False) -> None:
        """An operator drains it."""
        self._world.fates.drain(agent, grace=grace, mark_gone=mark_gone)

    def deactivate_agent(self, agent: str) -> None:
        """An operator takes it out of service."""
        self._leader().deactivate(agent, deactivated=True)

    def reactivate_agent(self, agent: str) -> None:
        """And back into it."""
        self._leader().deactivate(agent, deactivated=False)

    # Frameworks

    def _leader(self) -> Leader:
        return self._world.lead()

    def subscribe(self, name: str, roles: Sequence[str], holds_offers: bool = False, **info: Any) -> str:
        """A framework subscribes; its id."""
        known = {field.name for field in fields(FrameworkInfo)}
        if unknown := set(info) - known - {"id"}:
            raise ValueError(f"a framework has no {', '.join(sorted(unknown))}")
        identity = info.pop("id", "")
        scheduler = Scheduler(FrameworkInfo(identity, name, tuple(roles), **info), holds_offers=holds_offers)
        return self._world.subscribe(scheduler).info.id

    def run_task(
        self,
        framework: str,
        agent: str,
        role: str | None = None,
        amounts: Amounts | None = None,
        name: str | None = None,
        labels: Mapping[str, str] | None = None,
    ) -> str:
        """A task on the role's dynamic reservations on that agent, whole, and on `amounts` of what is free; its id."""
        info = self._world.schedulers[framework].info
        role = role or info.roles[0]
        held = [item for item in self._leader().agents[agent].free() if item.is_dynamic and item.role == role]
        items = [*held, *resources(amounts or {})]
        task = self._world.run_task(framework, agent, items, name=name or f"{info.name}-task", role=role)
        task.labels.update(labels or {})
        return task.id

    def end_task(self, framework: str, task: str, state: str = "TASK_FINISHED") -> None:
        """A task ends by itself."""
        self._world.end_task(framework, task, state)

    def disconnect(self, framework: str) -> None:
        """Its scheduler goes away; its tasks run on."""
        self._world.disconnect_framework(framework)

    def reconnect(self, framework: str) -> None:
        """Its scheduler is back."""
        self._world.subscribe(self._world.schedulers[framework])

    def teardown(self, framework: str) -> None:
        """It is over: torn down, or finished by itself."""
        self._world.teardown(framework)

    def forget(self, framework: str) -> None:
        """The master does not remember it as completed any more."""
        leader = self._leader()
        kept = [one for one in leader.completed if one.info.id != framework]
        leader.completed.clear()
        leader.completed.extend(kept)
        leader.touch()

    def finish_executors(self) -> None:
        """Executors that are shutting down are over."""
        self._world.network.finish_executors()

    # Masters

    def fail_over(self, lose_in_flight: bool = False, by_hand: bool = False) -> None:
        """The leader is killed; `by_hand`: every phase waits for `step_failover`."""
        if by_hand:
            self._world.settings.pace = Pace(None, None, None, None, None)
        self._world.failover.begin(lose_in_flight=lose_in_flight)

    def next_step_of_failover(self, name: str) -> None:
        """A later step shall be the next one."""
        self._world.failover.advance(name)

    def step_failover(self) -> str | None:
        """The next phase; its name, or None when there was none left."""
        return self._world.failover.step()

    def finish_failover(self) -> list[str]:
        """All phases that are left."""
        return list(iter(self._world.failover.step, None))

    def forget_leader(self) -> None:
        """The masters that do not lead know of no leader."""
        self._world.forget_leader()

    def stop_master(self, index: int) -> None:
        """A master that does not lead ends."""
        self._world.masters[index].stop()

    def start_master(self, index: int) -> None:
        """A stopped master runs again."""
        self._world.failover.start_master(self._world.masters[index])

    # Time, access, settings

    def advance(self, seconds: float) -> float:
        """Move the cluster's clock; what it shows then."""
        self._world.clock.advance(seconds)
        return self._world.clock.now()

    def elected_ago(self, seconds: float) -> None:
        """The leader was elected that long ago, and its process began no later."""
        elected = self._world.clock.now() - seconds
        self._leader().elected = elected
        if self._world.leading is not None:
            self._world.leading.start_time = min(self._world.leading.start_time, elected)
        self._leader().touch()

    def set_access(
        self,
        users: Mapping[str, str] | None = None,
        tokens: Mapping[str, str] | None = None,
        acls: Mapping[str, Any] | None = None,
    ) -> None:
        """Who may ask (None: as it was), and what for."""
        access = self._world.access
        access.users = access.users if users is None else dict(users)
        access.tokens = access.tokens if tokens is None else dict(tokens)
        access.acls = access.acls if acls is None else dict(acls)
        for view in self._world.leader.agents.values() if self._world.leader else ():
            self._leader().touch(view)

    def set(self, **values: Any) -> None:
        """Settings by name; `pace` as a mapping of its fields."""
        settings = self._world.settings
        for name, value in values.items():
            if name not in {field.name for field in fields(settings)}:
                raise ValueError(f"no setting {name}")
            setattr(settings, name, Pace(**value) if name == "pace" else value)

    def release_operations(self, count: int | None = None) -> None:
        """Held operations arrive at their agents: the oldest `count`, or all."""
        self._world.network.release(count)

    # What happened

    def requests(self) -> list[Json]:
        """The log; see `wire.Entry`."""
        return self._cluster.log.entries()

    def counts(self) -> dict[str, int]:
        """Requests by path."""
        return self._cluster.log.counts()

    def clear_requests(self) -> None:
        """An empty log."""
        self._cluster.log.clear()

    def aborted(self) -> bool:
        """Whether a request has killed a master."""
        return self._world.aborted

    def truth(self) -> Json:
        """What agents hold and what the master shows, side by side; frameworks; what is pending."""
        world = self._world
        agents: Json = {}
        for agent in world.agents.values():
            view = world.leader.agents.get(agent.id) if world.leader else None
            agents[agent.id] = {
                "running": agent.running,
                "linked": agent.linked,
                "frozen": agent.frozen,
                "executors": [executor.id for executor in agent.executors.values()],
                "holds": show_agents.written(agent.resources, world.version),
                "registered": view is not None,
                "active": view is not None and view.active,
                "deactivated": view is not None and view.deactivated,
                "shown": show_agents.written(view.total, world.version) if view else [],
            }
        frameworks = {
            one.info.id: {**asdict(one.info), "active": one.active, "tasks": list(one.tasks)}
            for one in (world.leader.frameworks.values() if world.leader else ())
        }
        return {
            "agents": agents,
            "frameworks": frameworks,
            "held": world.network.held,
            "pending": len(world.leader.operations) if world.leader else 0,
            "leader": world.leading.address if world.leading else None,
            "aborted": world.aborted,
            "failover": [step.name for step in world.failover.steps],
        }
