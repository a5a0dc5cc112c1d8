"""The sandbox's control API: one HTTP server on a port of its own, and its typed client.

    POST /<room>/<verb>   a JSON object of arguments -> {"result": ...}, or 400 {"error": "..."}
    POST /batch           a list of [room, verb, arguments], done in order

Rooms are objects whose public methods are the verbs: `mesos` is `janitor.sandbox.mesos.verbs.Verbs`.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import requests
from aiohttp import web

Json = dict[str, Any]
Amounts = Mapping[str, float | str]


class ControlServer:
    """The server's side: rooms by name."""

    def __init__(self) -> None:
        self._rooms: dict[str, object] = {}

    def mount(self, name: str, verbs: object) -> None:
        """Offer the public methods of `verbs` under `/name/`."""
        self._rooms[name] = verbs

    def app(self) -> web.Application:
        """The application to serve."""
        app = web.Application(client_max_size=256 * 1024 * 1024)
        app.router.add_post("/batch", self._batch)
        app.router.add_post("/{room}/{verb}", self._one)
        return app

    async def _do(self, room: str, verb: str, arguments: Json) -> Any:
        method = None if verb.startswith("_") else getattr(self._rooms.get(room), verb, None)
        if method is None:
            raise ValueError(f"no verb {room}/{verb}")
        result = method(**arguments)
        return await result if inspect.isawaitable(result) else result

    async def _one(self, request: web.Request) -> web.Response:
        return await self._answer([(request.match_info["room"], request.match_info["verb"], await request.json())])

    async def _batch(self, request: web.Request) -> web.Response:
        return await self._answer(await request.json(), many=True)

    async def _answer(self, calls: Sequence[Sequence[Any]], *, many: bool = False) -> web.Response:
        results = []
        for room, verb, arguments in calls:
            try:
                results.append(await self._do(room, verb, arguments))
            except (ValueError, KeyError, TypeError, IndexError) as error:
                return web.json_response({"error": f"{room}/{verb}: {error!r}"}, status=400)
        return web.json_response({"result": results if many else results[0]})


class ControlError(Exception):
    """The control server refused: the verb, and why."""


class Room:
    """A client of one room's verbs."""

    def __init__(self, url: str, room: str) -> None:
        self._url = url.rstrip("/")
        self._room = room
        self._session = requests.Session()
        self._session.trust_env = False
        self._waiting: list[tuple[str, str, Json]] | None = None

    def call(self, verb: str, **arguments: Any) -> Any:
        """One verb; what it answers. Raises `ControlError`."""
        if self._waiting is not None:
            self._waiting.append((self._room, verb, arguments))
            return None
        return self._post(f"/{self._room}/{verb}", arguments)

    def _post(self, path: str, body: Any) -> Any:
        answer = self._session.post(self._url + path, json=body, timeout=60)
        document = answer.json()
        if answer.status_code != 200:
            raise ControlError(document["error"])
        return document["result"]

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Verbs within are sent as one request at the end; none of them has a result."""
        self._waiting = []
        try:
            yield
            waiting, self._waiting = self._waiting, None
            self._post("/batch", waiting)
        finally:
            self._waiting = None

    def close(self) -> None:
        """Let the connection go."""
        self._session.close()


class Control(Room):
    """What can be done to a sandbox's Mesos, from any process. Agents and frameworks are named by their ids."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "mesos")

    def add_agent(
        self,
        amounts: Amounts | None = None,
        *,
        static: Mapping[str, Amounts] | None = None,
        extra: Sequence[Json] = (),
        attributes: Mapping[str, str] | None = None,
        version: str | None = None,
        capabilities: Sequence[str] | None = None,
        listens: bool | None = None,
        hostname: str | None = None,
    ) -> str:
        """A new agent; its id. `extra` are further resources in Mesos's JSON (disks with a source and the like)."""
        agent: str = self.call(
            "add_agent",
            amounts=amounts,
            static=static,
            extra=list(extra),
            attributes=attributes,
            version=version,
            capabilities=capabilities,
            listens=listens,
            hostname=hostname,
        )
        return agent

    def reserve(
        self,
        agent: str,
        role: str,
        principal: str | None = None,
        *,
        labels: Mapping[str, str] | None = None,
        refines: Sequence[Json] = (),
        raw: Sequence[Json] = (),
        **amounts: float | str,
    ) -> None:
        """A dynamic reservation: `reserve(agent, "kafka-role", "kafka-principal", cpus=1, ports="[9092-9092]")`."""
        self.call(
            "reserve",
            agent=agent,
            role=role,
            principal=principal,
            labels=labels,
            refines=list(refines),
            raw=list(raw),
            amounts=amounts,
        )

    def create_volume(
        self,
        agent: str,
        role: str,
        volume: str,
        size: float,
        principal: str | None = None,
        *,
        labels: Mapping[str, str] | None = None,
        path: str = "data",
        source: Mapping[str, Any] | None = None,
        static: bool = False,
        shared: bool = False,
    ) -> None:
        """A persistent volume with the disk reserved for it; `static`: on a disk that the agent was started with."""
        self.call(
            "create_volume",
            agent=agent,
            role=role,
            volume=volume,
            size=size,
            principal=principal,
            labels=labels,
            path=path,
            source=source,
            static=static,
            shared=shared,
        )

    def unreserve(self, agent: str, raw: Sequence[Json]) -> None:
        """Reservations that vanish behind everybody's back."""
        self.call("unreserve", agent=agent, raw=list(raw))

    def stop_agent(self, agent: str) -> None:
        """Its process ends: not active at once, unreachable after the ping window."""
        self.call("stop_agent", agent=agent)

    def start_agent(self, agent: str) -> None:
        """It runs, or is connected, again, and registers."""
        self.call("start_agent", agent=agent)

    def disconnect_agent(self, agent: str) -> None:
        """The network between it and the master breaks; it still answers on its own port."""
        self.call("disconnect_agent", agent=agent)

    def freeze_agent(self, agent: str) -> None:
        """Active to the master, and answering nothing."""
        self.call("freeze_agent", agent=agent)

    def thaw_agent(self, agent: str) -> None:
        """It does now what waited; nothing, when it was given up meanwhile."""
        self.call("thaw_agent", agent=agent)

    def mark_unreachable(self, agent: str) -> None:
        """The ping window is over for it, now."""
        self.call("mark_unreachable", agent=agent)

    def mark_gone(self, agent: str) -> None:
        """An operator gave it up, for ever."""
        self.call("mark_gone", agent=agent)

    def drain_agent(self, agent: str, *, grace: float = 0.0, mark_gone: bool = False) -> None:
        """An operator drains it: not active, and still answering."""
        self.call("drain_agent", agent=agent, grace=grace, mark_gone=mark_gone)

    def deactivate_agent(self, agent: str) -> None:
        """An operator takes it out of service: not active, and still answering."""
        self.call("deactivate_agent", agent=agent)

    def reactivate_agent(self, agent: str) -> None:
        """An operator puts it back into service."""
        self.call("reactivate_agent", agent=agent)

    def subscribe(
        self,
        name: str,
        role: str | Sequence[str],
        principal: str | None = None,
        *,
        holds_offers: bool = False,
        **info: Any,
    ) -> str:
        """A framework; its id. `info`: fields of `FrameworkInfo`, such as user, failover_timeout, id, webui_url."""
        roles = [role] if isinstance(role, str) else list(role)
        info = {**info, "name": name, "roles": roles, "principal": principal, "holds_offers": holds_offers}
        framework: str = self.call("subscribe", **info)
        return framework

    def run_task(
        self,
        framework: str,
        agent: str,
        *,
        role: str | None = None,
        name: str | None = None,
        labels: Mapping[str, str] | None = None,
        **amounts: float | str,
    ) -> str:
        """A task on the whole of the role's free dynamic reservations there, and on free `amounts`; its id."""
        task: str = self.call(
            "run_task", framework=framework, agent=agent, role=role, name=name, labels=labels, amounts=amounts
        )
        return task

    def end_task(self, framework: str, task: str, state: str = "TASK_FINISHED") -> None:
        """A task ends by itself."""
        self.call("end_task", framework=framework, task=task, state=state)

    def disconnect(self, framework: str) -> None:
        """Its scheduler goes away; its tasks run on."""
        self.call("disconnect", framework=framework)

    def reconnect(self, framework: str) -> None:
        """Its scheduler subscribes again."""
        self.call("reconnect", framework=framework)

    def teardown(self, framework: str) -> None:
        """It is completed; its executors end a moment later."""
        self.call("teardown", framework=framework)

    def forget(self, framework: str) -> None:
        """The master no longer lists it as completed."""
        self.call("forget", framework=framework)

    def finish_executors(self) -> None:
        """Executors that are shutting down are over."""
        self.call("finish_executors")

    def fail_over(self, *, lose_in_flight: bool = False, by_hand: bool = False) -> None:
        """The leader is killed. `by_hand`: each phase waits for `step_failover`."""
        self.call("fail_over", lose_in_flight=lose_in_flight, by_hand=by_hand)

    def next_step_of_failover(self, name: str) -> None:
        """Let a later step be the next one: agents come back in any order."""
        self.call("next_step_of_failover", name=name)

    def step_failover(self) -> str | None:
        """The next phase: elect, recover, agent ID, framework ID; None when it was over."""
        name: str | None = self.call("step_failover")
        return name

    def finish_failover(self) -> list[str]:
        """All phases that are left."""
        names: list[str] = self.call("finish_failover")
        return names

    def forget_leader(self) -> None:
        """The masters that do not lead know of no leader: 503 `No leader elected`."""
        self.call("forget_leader")

    def stop_master(self, index: int) -> None:
        """A master that does not lead ends (for the leader: `fail_over`)."""
        self.call("stop_master", index=index)

    def start_master(self, index: int) -> None:
        """A stopped master runs again; it leads when nobody else does."""
        self.call("start_master", index=index)

    def advance(self, seconds: float) -> float:
        """Move the cluster's clock; its new time."""
        now: float = self.call("advance", seconds=seconds)
        return now

    def elected_ago(self, seconds: float) -> None:
        """Let the leader have been elected so long ago."""
        self.call("elected_ago", seconds=seconds)

    def set_access(
        self,
        *,
        users: Mapping[str, str] | None = None,
        tokens: Mapping[str, str] | None = None,
        acls: Mapping[str, Any] | None = None,
    ) -> None:
        """Users with their secrets, DC/OS tokens with their principals, ACLs in Mesos's form; None: as before."""
        self.call("set_access", users=users, tokens=tokens, acls=acls)

    def set(self, **settings: Any) -> None:
        """Settings by name, see `janitor.sandbox.mesos.settings`: latency, apply_delay, ping_timeout, zk, ..."""
        self.call("set", **settings)

    def hold_operations(self) -> None:
        """Accepted operations reach no agent until they are released."""
        self.set(apply_delay=None)

    def release_operations(self, count: int | None = None) -> None:
        """Held operations arrive, the oldest `count` or all; later ones are held until `set(apply_delay=...)`."""
        self.call("release_operations", count=count)

    def requests(self, *, to: str | None = None, method: str | None = None) -> list[Json]:
        """The log, oldest first; of one process (`to`) or method."""
        entries: list[Json] = self.call("requests")
        return [e for e in entries if to in (None, e["to"]) and method in (None, e["method"])]

    def counts(self) -> dict[str, int]:
        """Requests by path."""
        counts: dict[str, int] = self.call("counts")
        return counts

    def writes(self) -> list[Json]:
        """The requests that could have changed something: forms, and v1 calls that do not begin with GET_."""
        return [e for e in self.requests(method="POST") if '"GET_' not in e["body"]]

    def clear_requests(self) -> None:
        """Forget the log."""
        self.call("clear_requests")

    def truth(self) -> Json:
        """What agents hold and what the master shows: see `Verbs.truth`."""
        truth: Json = self.call("truth")
        return truth

    def held_by(self, agent: str, role: str | None = None) -> list[Json]:
        """What the agent itself holds reserved, of one role or of all; in the endpoints' format."""
        holds = self.truth()["agents"][agent]["holds"]
        return [item for item in holds if _role(item) != "*" and role in (None, _role(item))]

    @property
    def aborted(self) -> bool:
        """Whether a request has killed a master."""
        return bool(self.call("aborted"))


def _role(item: Json) -> str:
    stack = item.get("reservations") or []
    return str(stack[-1]["role"] if stack else item.get("role", "*"))
