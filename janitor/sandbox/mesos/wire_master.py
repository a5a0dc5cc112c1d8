"""A master's HTTP: who is asked who they are, who is sent to the leader, and the v0 endpoints."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable
from dataclasses import dataclass

from janitor.sandbox.mesos import flags, show_master, show_roles, show_tasks, show_v0
from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.leader import Leader
from janitor.sandbox.mesos.masters import Master
from janitor.sandbox.mesos.operations import Kind
from janitor.sandbox.mesos.viewer import Viewer
from janitor.sandbox.mesos.wire import Call, Reply
from janitor.sandbox.mesos.wire_forms import Forms
from janitor.sandbox.mesos.wire_v1 import Api
from janitor.sandbox.mesos.world import World

READONLY, READWRITE = "readonly", "readwrite"

_FORMS = {
    "reserve": Kind.RESERVE,
    "unreserve": Kind.UNRESERVE,
    "create-volumes": Kind.CREATE,
    "destroy-volumes": Kind.DESTROY,
}


@dataclass(frozen=True)
class Route:
    """One endpoint: the realm that asks for credentials, whether it belongs to the leader, what answers."""

    realm: str | None
    leads: bool
    answer: Callable[[Call, str | None], Reply]


class MasterWire:
    """What one master answers."""

    def __init__(self, world: World, master: Master) -> None:
        self.world = world
        self.master = master
        self.name = master.address
        self._forms = Forms(world, self)
        self._api = Api(world, master, self, self._forms)
        self._metrics_free_at = 0.0
        self._slaves: tuple[tuple[object, ...], bytes, bytes | None] | None = None
        self._routes = self._table()

    def _table(self) -> dict[str, Route]:
        routes = {
            "/version": Route(None, False, self._version),
            "/master/health": Route(None, False, lambda _call, _who: Reply()),
            "/master/redirect": Route(None, False, self._redirect),
            "/master/flags": Route(READONLY, False, self._flags),
            "/metrics/snapshot": Route(READONLY, False, self._metrics),
            "/registrar(1)/registry": Route(READONLY, False, self._registry),
            "/master/slaves": Route(READONLY, True, self._get_slaves),
            "/master/state-summary": Route(READONLY, True, self._state_summary),
            "/master/frameworks": Route(READONLY, True, self._frameworks),
            "/master/teardown": Route(READWRITE, True, self._forms.teardown_form),
        }
        for name, answer in (("state", self._state), ("roles", self._roles), ("tasks", self._tasks)):
            routes[f"/master/{name}"] = Route(READONLY, True, answer)
            if not self.world.version.since(1, 8):
                routes[f"/master/{name}.json"] = Route(READONLY, True, answer)
        for name, kind in _FORMS.items():
            routes[f"/master/{name}"] = Route(READWRITE, True, self._forms.form(kind))
        if self.world.version.since(1, 0):
            routes["/master/version"] = Route(None, False, self._version)
            routes["/master/api/v1"] = Route(READWRITE, True, self._api.answer)
        return routes

    def answer(self, call: Call) -> Reply:
        """The answer of this master; raises `MasterAborted`."""
        path = self._canonical(call.path)
        route = self._find(path)
        if route is None:
            return self.plain(404, "404 Not Found.")
        principal = None
        if route.realm is not None and self.world.access.asks:
            principal = self.world.access.principal(call.headers.get("Authorization"))
            if principal is None:
                reply = self.plain(401, "401 Unauthorized.")
                reply.headers["WWW-Authenticate"] = self.world.access.challenge(route.realm)
                return reply
        if route.leads and self.world.version.since(1, 0) and self.world.leading is not self.master:
            kept = call.raw_query and self.world.version.since(1, 1)
            return self._elsewhere(f"{path}?{call.raw_query}" if kept else path)
        return route.answer(call, principal)

    def _canonical(self, path: str) -> str:
        """A path whose first segment is no process is the master's (libprocess rewrites it)."""
        path = path.rstrip("/")
        first = path.split("/")[1] if "/" in path else ""
        known = first in ("master", "version", "metrics", "registrar(1)", "logging", "system")
        return path if known else f"/master{path}"

    def _find(self, path: str) -> Route | None:
        while path:
            if (route := self._routes.get(path)) is not None:
                return route
            path = path.rpartition("/")[0]
        return None

    def plain(self, status: int, text: str) -> Reply:
        """A default body, which replies have from 1.8 on only."""
        return Reply.text(status, text if self.world.version.since(1, 8) else "")

    def _elsewhere(self, path: str) -> Reply:
        if self.master.follows is None:
            return Reply.text(503, "No leader elected")
        return Reply(307, headers={"Location": f"//{self.master.follows.address}{path}"})

    def viewer(self, principal: str | None) -> Viewer:
        """The eyes of who asks."""
        return Viewer(self.world.access, principal, self.world.version)

    @property
    def leader(self) -> Leader:
        """What this master knows: everything when it leads, nothing when it does not."""
        if self.world.leader is not None and self.world.leading is self.master:
            return self.world.leader
        return Leader("", self.world.version, self.world.clock, self.world.registry, self.world.network, 0.0)

    def _json(self, document: Json | dict[str, float]) -> Reply:
        return Reply(body=show_master.encode(document, self.world))

    def wrong_method(self, call: Call) -> Reply | None:
        """405 for anything but POST."""
        if call.method == "POST":
            return None
        text = f"Expecting one of {{ 'POST' }}, but received '{call.method}'"
        if self.world.version.since(1, 8):
            text = f"405 Method Not Allowed. {text}."
        return Reply.text(405, text, Allow="POST")

    # Reads

    def _version(self, _: Call, __: str | None) -> Reply:
        return self._json(show_master.version(self.world))

    def _redirect(self, call: Call, _: str | None) -> Reply:
        if not call.path.rstrip("/").endswith("redirect"):
            return self.plain(404, "404 Not Found.")
        leading = self.master.follows or self.master
        return Reply(307, headers={"Location": f"//{leading.address}"})

    def _flags(self, _: Call, principal: str | None) -> Reply:
        if not self.viewer(principal).flags():
            return self.plain(403, "403 Forbidden.")
        return self._json({"flags": flags.shown(self.world, self.master)})

    def _metrics(self, _: Call, principal: str | None) -> Reply:
        if not self.world.access.may(principal, "get_endpoints", "/metrics/snapshot"):
            return self.plain(403, "403 Forbidden.")
        reply = self._json(show_master.metrics(self.world, self.master))
        if limit := self.world.settings.metrics_per_second:
            now = asyncio.get_running_loop().time()
            reply.delay = max(0.0, self._metrics_free_at - now)
            self._metrics_free_at = now + reply.delay + 1 / limit
        return reply

    def _registry(self, _: Call, __: str | None) -> Reply:
        return self._json(show_v0.registry(self.world, self.master))

    def _get_slaves(self, call: Call, principal: str | None) -> Reply:
        leader, viewer = self.leader, self.viewer(principal)
        only = call.query.get("slave_id") if self.world.version.since(1, 4) else None
        if only is not None:
            return self._json(show_v0.slaves(leader, viewer, only))
        stamp = (leader.id, leader.generation, viewer.key)
        if self._slaves is None or self._slaves[0] != stamp:
            self._slaves = (stamp, show_master.encode(show_v0.slaves(leader, viewer, None), self.world), None)
        return Reply(body=self._slaves[1], packed=self._packed_slaves)

    def _packed_slaves(self) -> bytes:
        assert self._slaves is not None
        stamp, body, packed = self._slaves
        if packed is None:
            packed = gzip.compress(body, 1)
            self._slaves = (stamp, body, packed)
        return packed

    def _state(self, _: Call, principal: str | None) -> Reply:
        return self._json(show_v0.state(self.world, self.master, self.leader, self.viewer(principal)))

    def _state_summary(self, _: Call, principal: str | None) -> Reply:
        return self._json(show_v0.state_summary(self.master, self.leader, self.viewer(principal)))

    def _frameworks(self, call: Call, principal: str | None) -> Reply:
        only = call.query.get("framework_id") if self.world.version.since(1, 4) else None
        shown = show_v0.frameworks(self.leader, self.viewer(principal), only)
        return self._json({**shown, "unregistered_frameworks": []})

    def _roles(self, _: Call, principal: str | None) -> Reply:
        leader, viewer = self.leader, self.viewer(principal)
        names = show_roles.known_roles(leader, viewer)
        return self._json({"roles": [show_roles.role_v0(name, leader, viewer) for name in names]})

    def _tasks(self, call: Call, principal: str | None) -> Reply:
        viewer, leader = self.viewer(principal), self.leader
        every = [one for one in (*leader.frameworks.values(), *leader.completed) if viewer.framework(one)]
        tasks = [
            task
            for one in every
            for task in (*one.tasks.values(), *one.unreachable_tasks, *one.completed_tasks)
            if call.query.get("framework_id") in (None, task.framework_id)
            and call.query.get("task_id") in (None, task.id)
        ]
        newest_first = call.query.get("order") != "asc"
        tasks.sort(key=lambda task: task.statuses[0].timestamp if task.statuses else 0.0, reverse=newest_first)
        start, count = int(call.query.get("offset", 0)), int(call.query.get("limit", 100))
        shown = tasks[start : start + count]
        return self._json({"tasks": [show_tasks.task_v0(task, self.world.version) for task in shown]})
