"""The v1 operator API of a master: POST /api/v1."""

from __future__ import annotations

from typing import Any

from janitor.sandbox.mesos import flags, messages, show_master, show_roles, show_v1, validation
from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.masters import Master
from janitor.sandbox.mesos.operations import Kind
from janitor.sandbox.mesos.wire import Call, Reply
from janitor.sandbox.mesos.wire_forms import Forms, Wire
from janitor.sandbox.mesos.world import World

_SINCE = {
    "GET_HEALTH": (1, 0),
    "GET_FLAGS": (1, 0),
    "GET_VERSION": (1, 0),
    "GET_METRICS": (1, 0),
    "GET_STATE": (1, 0),
    "GET_AGENTS": (1, 0),
    "GET_FRAMEWORKS": (1, 0),
    "GET_EXECUTORS": (1, 0),
    "GET_TASKS": (1, 0),
    "GET_ROLES": (1, 0),
    "GET_MASTER": (1, 0),
    "RESERVE_RESOURCES": (1, 0),
    "UNRESERVE_RESOURCES": (1, 0),
    "CREATE_VOLUMES": (1, 0),
    "DESTROY_VOLUMES": (1, 0),
    "TEARDOWN": (1, 5),
    "MARK_AGENT_GONE": (1, 5),
    "GET_OPERATIONS": (1, 6),
    "DRAIN_AGENT": (1, 9),
    "DEACTIVATE_AGENT": (1, 9),
    "REACTIVATE_AGENT": (1, 9),
}

_WRITES = {
    "RESERVE_RESOURCES": Kind.RESERVE,
    "UNRESERVE_RESOURCES": Kind.UNRESERVE,
    "CREATE_VOLUMES": Kind.CREATE,
    "DESTROY_VOLUMES": Kind.DESTROY,
}

_REQUIRED = {
    "TEARDOWN": "framework_id",
    "MARK_AGENT_GONE": "agent_id",
    "DRAIN_AGENT": "agent_id",
    "DEACTIVATE_AGENT": "agent_id",
    "REACTIVATE_AGENT": "agent_id",
    **dict.fromkeys(_WRITES, "agent_id"),
}


class _Refused(Exception):
    def __init__(self, reply: Reply) -> None:
        super().__init__(reply.status)
        self.reply = reply


def _refuse(status: int, text: str) -> _Refused:
    return _Refused(Reply.text(status, text))


class Api:
    """The calls that the sandbox knows, each from the release on that brought it."""

    def __init__(self, world: World, master: Master, wire: Wire, forms: Forms) -> None:
        self._world = world
        self._master = master
        self._wire = wire
        self._forms = forms

    def answer(self, call: Call, principal: str | None) -> Reply:
        """One call of the leader, through the checks in their order (http.cpp, Http::api)."""
        if not self._wire.leader.finished_recovery:
            return Reply.text(503, "Master has not finished recovery")
        if (refusal := self._wire.wrong_method(call)) is not None:
            return refusal
        try:
            document = self._parse(call)
            return self._dispatch(document, principal)
        except _Refused as refused:
            return refused.reply

    def _parse(self, call: Call) -> Json:
        kind = call.headers.get("Content-Type")
        if kind is None:
            raise _refuse(400, "Expecting 'Content-Type' to be present")
        if kind == "application/x-protobuf":
            raise _refuse(400, "Failed to parse body into Call protobuf")
        if kind != "application/json":
            raise _refuse(415, "Expecting 'Content-Type' of application/json or application/x-protobuf")
        try:
            document = messages.parse_json(call.body.decode(errors="replace"))
        except messages.Malformed as error:
            raise _refuse(400, f"Failed to parse body into JSON: {error}") from error
        if not isinstance(document, dict):
            raise _refuse(400, "Failed to convert JSON into Call protobuf: Expecting a JSON object")
        accept = call.headers.get("Accept", "*/*")
        if not any(
            each.partition(";")[0].strip() in ("*/*", "application/*", "application/json") for each in accept.split(",")
        ):
            raise _refuse(406, "Expecting 'Accept' to allow 'application/x-protobuf' or 'application/json'")
        return document

    def _dispatch(self, document: Json, principal: str | None) -> Reply:
        kind = document.get("type")
        since = _SINCE.get(str(kind))
        if kind is None or since is None or not self._world.version.since(*since):
            if kind is not None and not self._world.version.since(1, 5):
                raise _refuse(400, f"Failed to convert JSON into Call protobuf: Failed to find enum for '{kind}'")
            raise _refuse(400, "Failed to validate master::Call: Expecting 'type' to be present")
        kind = str(kind)
        if kind in _REQUIRED:
            return self._write(kind, document, principal)
        name = kind.lower()
        if kind == "GET_METRICS" and name not in document:
            raise _refuse(400, f"Failed to validate master::Call: Expecting '{name}' to be present")
        return Reply(body=show_master.encode({"type": kind, name: self._read(kind, principal)}, self._world))

    def _read(self, kind: str, principal: str | None) -> Json:
        world, master, leader = self._world, self._master, self._wire.leader
        viewer = self._wire.viewer(principal)
        if kind == "GET_HEALTH":
            return {"healthy": True}
        if kind == "GET_VERSION":
            return {"version_info": {"version": str(world.version), **show_master.BUILD}}
        if kind == "GET_FLAGS":
            if not viewer.flags():
                raise _Refused(self._wire.plain(403, "403 Forbidden."))
            return {"flags": [{"name": k, "value": v} for k, v in flags.shown(world, master).items()]}
        if kind == "GET_METRICS":
            return {"metrics": [{"name": k, "value": v} for k, v in show_master.metrics(world, master).items()]}
        if kind == "GET_MASTER":
            return show_v1.master_v1(world, master, leader)
        if kind == "GET_ROLES":
            names = show_roles.known_roles(leader, viewer)
            return {"roles": [show_roles.role_v1(name, leader) for name in names]} if names else {}
        if kind == "GET_EXECUTORS":
            return {}
        shown = {
            "GET_STATE": show_v1.state_v1,
            "GET_AGENTS": show_v1.agents_v1,
            "GET_FRAMEWORKS": show_v1.frameworks_v1,
            "GET_TASKS": show_v1.tasks_v1,
            "GET_OPERATIONS": show_v1.operations_v1,
        }
        return shown[kind](leader, viewer)

    def _write(self, kind: str, document: Json, principal: str | None) -> Reply:
        name, required = kind.lower(), _REQUIRED[kind]
        body = document.get(name)
        if body is None:
            raise _refuse(400, f"Failed to validate master::Call: Expecting '{name}' to be present")
        if not isinstance(body, dict):
            raise _refuse(400, "Failed to convert JSON into Call protobuf: Expecting a JSON object")
        target = (body.get(required) or {}).get("value")
        if target is None:
            raise _refuse(400, f"Failed to convert JSON into Call protobuf: Missing required fields: {name}.{required}")
        if kind in _WRITES:
            return self._operate(kind, str(target), body, principal)
        if kind == "TEARDOWN":
            return self._forms.teardown(str(target), principal)
        return self._agent_call(kind, str(target), body, principal)

    def _operate(self, kind: str, agent_id: str, body: Json, principal: str | None) -> Reply:
        operation = _WRITES[kind]
        try:
            raws = messages.resources(body.get(operation.plural) or [], f"{kind.lower()}.{operation.plural}")
        except messages.Malformed as error:
            raise _refuse(400, f"Failed to convert JSON into Call protobuf: {error}") from error
        if operation in (Kind.RESERVE, Kind.UNRESERVE):
            for raw in raws:
                if (mistake := validation.resource_mistake(raw, self._world.version)) is not None:
                    raise _refuse(400, f"Failed to validate master::Call: {mistake}")
        return self._forms.operate(operation, agent_id, raws, principal)

    def _agent_call(self, kind: str, agent_id: str, body: Json, principal: str | None) -> Reply:
        if not self._world.access.may(principal, _ACTIONS[kind], None):
            return self._wire.plain(403, "403 Forbidden.")
        leader = self._wire.leader
        if kind == "MARK_AGENT_GONE":
            return self._mark_gone(agent_id)
        view = leader.agents.get(agent_id)
        if view is None:
            return Reply.text(400, "Unknown agent")
        if kind == "REACTIVATE_AGENT":
            if not view.deactivated:
                return Reply.text(400, "Agent is not deactivated")
            if view.drain is not None and view.drain["state"] == "DRAINING":
                return Reply.text(400, "Agent is still in the DRAINING state")
            leader.deactivate(agent_id, deactivated=False)
            return Reply()
        if kind == "DRAIN_AGENT":
            if "AGENT_DRAINING" not in view.agent.capabilities:
                return Reply.text(400, f"Agent {agent_id} is not capable of draining")
            self._world.fates.drain(agent_id, **_drain_config(body))
            return Reply()
        leader.deactivate(agent_id, deactivated=True)
        return Reply()

    def _mark_gone(self, agent_id: str) -> Reply:
        registry = self._world.registry
        if agent_id not in registry.gone:
            if agent_id not in registry.admitted and agent_id not in registry.unreachable:
                return Reply.text(404, f"Agent '{agent_id}' not found")
            self._world.fates.give_up(agent_id)
        return Reply()


_ACTIONS = {
    "MARK_AGENT_GONE": "mark_agents_gone",
    "DRAIN_AGENT": "drain_agents",
    "DEACTIVATE_AGENT": "deactivate_agents",
    "REACTIVATE_AGENT": "reactivate_agents",
}


def _drain_config(body: Json) -> dict[str, Any]:
    """A grace period is a protobuf Duration: `seconds` and `nanos`; anything else in it is an unknown field."""
    period = body.get("max_grace_period") or {}
    return {
        "grace": int(period.get("seconds", 0)) + int(period.get("nanos", 0)) / 1e9,
        "mark_gone": bool(body.get("mark_gone", False)),
    }
