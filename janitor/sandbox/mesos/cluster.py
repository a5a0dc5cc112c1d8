"""A world with its doors: every master, and every agent if wanted, listens on a port of its own."""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, Unpack

from aiohttp import web

from janitor.sandbox.mesos import messages
from janitor.sandbox.mesos.agents import Agent
from janitor.sandbox.mesos.formats import from_json
from janitor.sandbox.mesos.masters import Master
from janitor.sandbox.mesos.resources import Reservation, Resource
from janitor.sandbox.mesos.values import Ranges, Scalar
from janitor.sandbox.mesos.version import Version
from janitor.sandbox.mesos.wire import Log, handler
from janitor.sandbox.mesos.wire_agent import AgentWire, agent_handler
from janitor.sandbox.mesos.wire_master import MasterWire
from janitor.sandbox.mesos.world import World
from janitor.sandbox.serve import Handler, Host, Served, one_handler

Amounts = Mapping[str, float | str]
"""Resources by name: numbers, or ranges as `[9092-9093, 9100-9100]`."""

PLAIN_AGENT: dict[str, float | str] = {"cpus": 8, "mem": 8192, "disk": 20000, "ports": "[31000-32000]"}


class AgentSpec(TypedDict, total=False):
    """What an agent may be beside what it has unreserved."""

    static: Mapping[str, Amounts] | None
    """reserved by role on its command line"""
    extra: Sequence[Mapping[str, Any]]
    """further resources as Mesos writes them: disks with a source, resources of a provider"""
    attributes: Mapping[str, str] | None
    version: str | None
    capabilities: Sequence[str] | None
    agent_id: str | None
    listens: bool | None
    """whether it has a port of its own; None: as all of them"""
    hostname: str | None
    """what it is called where it listens"""


def _ranges(text: str) -> Ranges:
    pairs = (each.split("-") for each in text.strip("[] ").split(",") if each.strip())
    return Ranges.of((int(begin), int(end)) for begin, end in pairs)


def resources(amounts: Amounts, stack: Sequence[Reservation] = ()) -> list[Resource]:
    """Amounts as resources of one stack. Raises ValueError for a text that is no ranges."""
    return [
        Resource(name, _ranges(amount) if isinstance(amount, str) else Scalar(amount), tuple(stack))
        for name, amount in amounts.items()
    ]


class _Process:
    """A server has its port before what it serves is known: a master's answers name the port."""

    def __init__(self) -> None:
        self._handler: Handler | None = None

    def answers(self, handler: Handler) -> None:
        """From now on this answers."""
        self._handler = handler

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One request."""
        if self._handler is None:
            raise web.HTTPServiceUnavailable
        return await self._handler(request)


class Cluster:
    """Masters and agents on real ports. Its methods belong to the loop's thread."""

    def __init__(
        self,
        host: Host,
        world: World,
        *,
        tls: ssl.SSLContext | None = None,
        agent_tls: ssl.SSLContext | None = None,
        agents_listen: bool = True,
    ) -> None:
        self._host = host
        self.world = world
        self.log = Log()
        self._tls = tls
        self._agent_tls = agent_tls
        self._agents_listen = agents_listen
        self.served: list[Served] = []

    async def add_master(self, port: int = 0) -> Master:
        """One more master; the first leads. Raises CannotListen."""
        process = _Process()
        served = await self._host.add(one_handler(process.handle), self._tls, port)
        master = self.world.add_master(self._host.address, served.port)
        master.door = served
        process.answers(handler(MasterWire(self.world, master), self.log))
        self.served.append(served)
        return master

    async def add_agent(self, amounts: Amounts | None = None, **spec: Unpack[AgentSpec]) -> Agent:
        """One more agent. `amounts` is what it has unreserved."""
        items = [
            item
            for role, reserved in (spec.get("static") or {}).items()
            for item in resources(reserved, [Reservation(dynamic=False, role=role)])
        ]
        items += resources(PLAIN_AGENT if amounts is None else amounts)
        items += [from_json(messages.resource(dict(raw)), self.world.version) for raw in spec.get("extra", ())]
        number = len(self.world.agents)
        address, port, door = f"10.0.{number // 250}.{number % 250 + 1}", 5051, None
        process = _Process()
        listens = spec.get("listens")
        if self._agents_listen if listens is None else listens:
            door = await self._host.add(one_handler(process.handle), self._agent_tls)
            address, port = self._host.address, door.port
        agent = self.world.add_agent(
            items,
            hostname=spec.get("hostname") or address,
            ip=address,
            port=port,
            attributes=dict(spec.get("attributes") or {}),
            capabilities=spec.get("capabilities"),
            version=Version.parse(version) if (version := spec.get("version")) else None,
            agent_id=spec.get("agent_id"),
            door=door,
        )
        process.answers(agent_handler(AgentWire(self.world, agent), self.log))
        return agent
