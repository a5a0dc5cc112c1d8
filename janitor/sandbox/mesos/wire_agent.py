"""An agent's own HTTP: `/slave(1)/state`, `/slave(1)/flags`, `/slave(1)/health`, v1 GET_AGENT."""

from __future__ import annotations

import asyncio

from aiohttp import web

from janitor.sandbox.mesos import messages, show_agent_state, show_master
from janitor.sandbox.mesos.agents import Agent
from janitor.sandbox.mesos.formats import Json
from janitor.sandbox.mesos.wire import Call, Log, Reply, handler
from janitor.sandbox.mesos.world import World
from janitor.sandbox.serve import Handler

_POLL = 0.01


class AgentWire:
    """What one agent answers. It asks nobody who they are, unless it is told to (`Settings.agents_ask`)."""

    def __init__(self, world: World, agent: Agent) -> None:
        self.world = world
        self.agent = agent
        self.name = agent.id

    def answer(self, call: Call) -> Reply:
        """The answer of this agent."""
        path = call.path.rstrip("/")
        open_to_all = path.endswith(("/health", "/version"))
        asks = self.world.settings.agents_ask and not open_to_all
        if asks and self.world.access.principal(call.headers.get("Authorization")) is None:
            realm = "readwrite" if path.endswith("/api/v1") else "readonly"
            return Reply.text(401, "401 Unauthorized.", WWW_Authenticate=f'Basic realm="mesos-agent-{realm}"')
        if path in ("/slave(1)/state", "/state", "/slave(1)/state.json"):
            return self._json(show_agent_state.state(self.agent, self.world))
        if path in ("/slave(1)/flags", "/flags"):
            return self._json({"flags": show_agent_state.flags(self.world, self.agent)})
        if path in ("/slave(1)/health", "/health"):
            return Reply()
        if path == "/version":
            return self._json(show_master.version(self.world))
        if path in ("/api/v1", "/slave(1)/api/v1"):
            return self._api(call)
        return Reply.text(404, "404 Not Found." if self.world.version.since(1, 8) else "")

    def _api(self, call: Call) -> Reply:
        try:
            kind = messages.parse_json(call.body.decode(errors="replace")).get("type")
        except (messages.Malformed, AttributeError):
            return Reply.text(400, "Failed to parse body into JSON")
        if kind == "GET_AGENT" and self.world.version.since(1, 4):
            return self._json({"type": kind, "get_agent": show_agent_state.agent_v1(self.agent, self.world)})
        if kind == "GET_STATE":
            return self._json({"type": kind, "get_state": {"get_tasks": {}, "get_executors": {}, "get_frameworks": {}}})
        if not self.world.version.since(1, 5):
            return Reply.text(400, f"Failed to find enum for '{kind}'")
        return Reply.text(400, "Failed to validate agent::Call: Expecting 'type' to be present")

    def _json(self, document: Json) -> Reply:
        return Reply(body=show_master.encode(document, self.world))


def agent_handler(wire: AgentWire, log: Log) -> Handler:
    """The handler of an agent: a frozen one answers when it is thawed."""
    answer = handler(wire, log)

    async def handle(request: web.Request) -> web.StreamResponse:
        while wire.agent.frozen and request.transport is not None:
            await asyncio.sleep(_POLL)
        response: web.StreamResponse = await answer(request)
        return response

    return handle
