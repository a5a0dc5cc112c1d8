"""The calls to a Mesos master: one method per question (rule L2) or write. Nothing is tried again here.

Every method raises what the transport raises (NoAnswer and its kind), Unreadable for a web page or an answer of another
shape, and Unauthorized, Forbidden or HttpStatus with the master's own words.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeVar
from urllib.parse import urlencode, urljoin, urlsplit

import msgspec

from janitor import rules
from janitor.errors import BadAnswer, HttpStatus, NoAnswer, Trouble, Unreadable
from janitor.mesos import floor, values, wire
from janitor.mesos.agenturl import at_its_own_address, behind_router
from janitor.mesos.cluster import (
    Agent,
    Counts,
    Flags,
    Framework,
    Leader,
    Operation,
    OwnState,
    Recovered,
    Roll,
    TaskPlace,
    Unknown,
    version_number,
)
from janitor.mesos.cut import LARGE, Cutter
from janitor.mesos.resources import Resource
from janitor.message import Again, Remedy, Way, do
from janitor.transport.advice import CLUSTER, FROM_OUTSIDE, LOGIN, TOKEN
from janitor.transport.basic import wants_basic
from janitor.transport.bodies import ANSWER, EVERYTHING, TAKEN_APART, Body
from janitor.transport.http import Http, Reply
from janitor.transport.jsonbody import decode, expect
from janitor.transport.urls import shown
from janitor.words import called, foreign

T = TypeVar("T")

_NAME_THE_CLUSTER = do("Give the cluster's own URL, such as https://dcos.example.com:", CLUSTER)
_NAME_THE_MASTER = Remedy([Way("Name the master:", (Again("-m", "http://MASTER:5050/master/"),)), FROM_OUTSIDE])

_A_PRINCIPAL = do(
    "This Mesos asks for a principal of its own:", Again("--mesos-principal", "NAME", "--mesos-secret-file", "FILE")
).also("If it is the Mesos of DC/OS, give a token:", TOKEN)
_ANOTHER_PRINCIPAL = do(
    "Mesos does not accept this principal with this secret: compare them with the --credentials of its masters. "
    "To give another one:",
    Again("--mesos-principal", "NAME", "--mesos-secret-file", "FILE"),
)

_READ_SECONDS = 60.0
_WRITE_SECONDS = 60.0
"""A request that takes longer is no answer: whoever asked looks again, and says so."""

_OWN_STATE_SECONDS = 5.0
"""An agent's own state is a second opinion: one that does not answer soon is unknown."""

_OWN_STATE_BYTES = 32 << 20
"""It has the agent's tasks of some days in it, and is asked of many agents at once."""


class Master:
    """A Mesos master, reached at `url` (ending in a slash, as in `http://leader.mesos:5050/master/`).

    agents_url is where Admin Router leads to the agents, when the master is reached through it; None for a master at
    its own address, whose agents are asked at theirs.
    agents_http asks an agent at its own address once more when it wants HTTP Basic authentication; None without a
    principal to give. find says where the leading master answers, where `url` does not: it is asked when one is needed,
    and once more after `forget_leader`; what it raises is raised.
    """

    def __init__(
        self,
        http: Http,
        url: str,
        agents_url: str | None = None,
        *,
        agents_http: Http | None = None,
        find: Callable[[], str] | None = None,
    ) -> None:
        self._http = http
        self._agents_http = agents_http
        self._named = url
        self._find = find or (lambda: url)
        self._found: str | None = None
        self._agents_url = agents_url
        self._direct = agents_url is None  # behind Admin Router nobody else is a leader: it leads to the leader itself
        self._decoding = threading.Lock()
        self._times: dict[str, values.Times] = {}
        self._flags: dict[str, Flags] = {}

    @property
    def url(self) -> str:
        """The URL that the operator named."""
        return self._named

    @property
    def remedy(self) -> str:
        """What to do when no master answers at its URL, or something else does."""
        return _NAME_THE_MASTER if self._agents_url is None else _NAME_THE_CLUSTER

    def forget_leader(self) -> None:
        """Ask where the leader is again: the one that was found may be gone."""
        self._found = None

    @property
    def _url(self) -> str:
        """Where the master answers that is asked now."""
        if self._found is None:
            self._found = self._find()
        return self._found

    # --- reads ----------------------------------------------------------------------------------------------------

    def leader(self) -> Leader:
        """The leading master (v1 GET_MASTER). Raises TooOld for a Mesos below 1.0 (rule L1)."""
        reply = self._v1("GET_MASTER")
        if reply.status in floor.WITHOUT_V1:
            raise floor.why_without_v1(reply, self._version(), self._named, self.remedy)
        answer = self._read(reply, wire.GetMasterAnswer, "GET_MASTER").get_master
        if reply.url.endswith("/api/v1"):
            self._found = reply.url.removesuffix("api/v1")
        info = answer.master_info
        version = called(info.version) or self._version()
        if version is None:
            raise floor.no_master(reply, self._named, self.remedy)
        if (refusal := floor.too_old(version, self._named)) is not None:
            raise refusal
        told = answer.elected_time != wire.NOTHING
        elected, started = values.times_of(answer) if told else self._times_of(info.id)
        return Leader(info.id, self._url, version, elected, reply.date, started)

    def agents(self) -> tuple[tuple[Agent, ...], tuple[Recovered, ...]]:
        """The registered agents, sorted by id, and those that have not registered with this leader yet."""
        taken: list[Agent] = []

        def anew() -> Cutter:
            taken.clear()
            return Cutter(lambda entry: values.take_agent(entry, taken), LARGE)

        reply = self._from_root(self._url + "slaves", TAKEN_APART, into=anew)
        rest = self._read(reply, wire.V0Slaves, "/slaves")
        return values.agents_of(rest, taken, packed=bool(taken) or len(reply.body) > LARGE)

    def frameworks(self) -> tuple[Framework, ...]:
        """The registered and the completed frameworks, with what they hold (v1 GET_FRAMEWORKS)."""
        reply = self._v1("GET_FRAMEWORKS", EVERYTHING)
        answer = self._read(reply, wire.GetFrameworksAnswer, "GET_FRAMEWORKS")
        return values.frameworks_of(answer.get_frameworks, packed=len(reply.body) > LARGE)

    def operations(self, version: str) -> tuple[Operation, ...] | None:
        """What is still under way (v1 GET_OPERATIONS); None where the master has no such call (before 1.6)."""
        if version_number(version) < (1, 6):
            return None
        answer = self._read(self._v1("GET_OPERATIONS", EVERYTHING), wire.GetOperationsAnswer, "GET_OPERATIONS")
        return values.operations_of(answer.get_operations)

    def roll(self) -> Roll | Unknown:
        """Which agents the cluster should have (the registry; it does not redirect, so the leader itself is asked)."""
        try:
            reply = self._from_root(self._root() + "registrar(1)/registry", EVERYTHING)
            registry = self._read(reply, wire.Registry, "the registry")
        except (HttpStatus, BadAnswer) as error:
            return Unknown(_why_unknown(error))
        if not registry.master:
            return Unknown(f"{self._url} shows an empty registry: it does not lead.")
        return values.roll_of(registry)

    def counts(self) -> Counts | Unknown:
        """What the master counts, whatever this reader may see (/metrics/snapshot, two requests a second at most)."""
        try:
            reply = self._from_root(self._root() + "metrics/snapshot")
            reply = replace(reply, body=wire.with_numbers(reply.body))
            return values.counts_of(self._read(reply, wire.Metrics, "/metrics/snapshot"))
        except (HttpStatus, BadAnswer) as error:
            return Unknown(_why_unknown(error))

    def flags(self, leader_id: str) -> Flags:
        """The master's own flags, read once per leader; Mesos's defaults where they may not be read."""
        if leader_id not in self._flags:
            try:
                answer = self._read(self._v1("GET_FLAGS"), wire.GetFlagsAnswer, "GET_FLAGS")
                self._flags[leader_id] = values.flags_of(answer.get_flags.flags)
            except (HttpStatus, BadAnswer) as error:
                self._flags[leader_id] = Flags(unread=_why_unknown(error))
        return self._flags[leader_id]

    def tasks(self) -> tuple[TaskPlace, ...] | Unknown:
        """Where tasks are and were (v1 GET_TASKS). Asked only when an agent is unreachable (rule L6)."""
        try:
            answer = self._read(self._v1("GET_TASKS", EVERYTHING), wire.GetTasksAnswer, "GET_TASKS").get_tasks
        except (HttpStatus, BadAnswer) as error:
            return Unknown(_why_unknown(error))
        return values.tasks_of(answer)

    def own_state(self, agent: Agent) -> OwnState | Unknown:
        """What the agent itself says; Unknown when it cannot be asked. Raises NoAnswer when its answer was lost.

        At its own address it is asked without a token (rule P2): whoever listens there was not named by the operator.
        A principal of Mesos's own goes there when the agent asks for one: that is what its secret is for.
        """
        try:
            url = self._own_url(agent)
            reply = self._ask_agent(self._http, url, with_token=not self._direct)
            if self._agents_http is not None and wants_basic(reply):
                reply = self._ask_agent(self._agents_http, url, with_token=True)
            with self._decoding:  # one at a time: a state may be many times as large as its text
                state = self._read(reply, wire.V0AgentState, "the agent's state")
                if state.id != agent.id:
                    return Unknown(f"{url} is now agent {foreign(state.id, 80)}.")
                return values.own_state_of(state)
        except Trouble as error:
            if isinstance(error, NoAnswer) and error.sent and not isinstance(error, Unreadable):
                raise  # it began to answer: asking again may help
            return Unknown(error.message)

    # --- writes ---------------------------------------------------------------------------------------------------

    def destroy_volumes(self, agent_id: str, volumes: Sequence[Resource]) -> Reply:
        """Ask for the volumes' destruction, exactly as they were shown. Every status comes back as a Reply.

        Raises Unreadable for a web page that says that all is well: nobody has read what was asked for.
        """
        _last_line_of_defence(volumes)
        return self._write("DESTROY_VOLUMES", "destroy_volumes", "volumes", agent_id, [item.raw for item in volumes])

    def unreserve(self, agent_id: str, items: Sequence[Resource]) -> Reply:
        """Ask for the reservations' end, volumes in their released form. As `destroy_volumes` does."""
        _last_line_of_defence(items)
        raws = [item.released() for item in items]
        return self._write("UNRESERVE_RESOURCES", "unreserve_resources", "resources", agent_id, raws)

    def teardown(self, framework_id: str, version: str) -> None:
        """Shut the framework down with all its tasks. Reservations and volumes stay: they belong to the role.

        v1 TEARDOWN since 1.5, the form endpoint before. Raises HttpStatus with the master's words when it refuses.
        """
        if version_number(version) >= (1, 5):
            body = {"type": "TEARDOWN", "teardown": {"framework_id": {"value": framework_id}}}
            reply = self._post(msgspec.json.encode(body), _WRITE_SECONDS, recorded=True)
        else:
            reply = self._http.request(
                "POST",
                self._url + "teardown",
                body=urlencode({"frameworkId": framework_id}).encode(),
                content_type="application/x-www-form-urlencoded",
                leader_redirects=self._direct,
                stays=not self._direct,
                limit=_WRITE_SECONDS,
                recorded=True,
            )
        self._expect(reply, (200,), f"teardown of framework {framework_id}")

    # --- how --------------------------------------------------------------------------------------------------------

    def _ask_agent(self, http: Http, url: str, *, with_token: bool) -> Reply:
        return http.request(
            "GET",
            url,
            with_token=with_token,
            stays=True,
            limit=_OWN_STATE_SECONDS,
            max_bytes=_OWN_STATE_BYTES,
        )

    def _write(self, call: str, member: str, key: str, agent_id: str, raws: Iterable[bytes]) -> Reply:
        body = {"agent_id": {"value": agent_id}, key: [msgspec.Raw(raw) for raw in raws]}
        reply = self._post(msgspec.json.encode({"type": call, member: body}), _WRITE_SECONDS)
        if 300 <= reply.status < 400:
            return replace(reply, body=_not_followed(reply).encode())
        return expect(reply, (200, 202), call) if reply.status in (200, 202) else reply

    def _v1(self, call: str, max_bytes: int = ANSWER) -> Reply:
        return self._post(msgspec.json.encode({"type": call}), _READ_SECONDS, max_bytes, reads=True)

    def _post(
        self, body: bytes, limit: float, max_bytes: int = ANSWER, *, reads: bool = False, recorded: bool = False
    ) -> Reply:
        return self._http.request(
            "POST",
            self._url + "api/v1",
            body=body,
            content_type="application/json",
            leader_redirects=self._direct,
            stays=not self._direct,
            reads=reads,
            limit=limit,
            max_bytes=max_bytes,
            recorded=recorded,
        )

    def _get(self, name: str, max_bytes: int = ANSWER) -> Reply:
        return self._from_root(self._url + name, max_bytes)

    def _from_root(self, url: str, max_bytes: int = ANSWER, into: Callable[[], Body] = io.BytesIO) -> Reply:
        return self._http.request(
            "GET",
            url,
            leader_redirects=self._direct,
            stays=not self._direct,
            limit=_READ_SECONDS,
            max_bytes=max_bytes,
            into=into,
        )

    def _read(self, reply: Reply, shape: type[T], what: str) -> T:
        return decode(self._expect(reply, (200,), what), shape, what, remedy=self.remedy)

    def _expect(self, reply: Reply, statuses: tuple[int, ...], what: str) -> Reply:
        """The reply, when its status is one of these. A 401 names the login that is asked for."""
        login = LOGIN
        if wants_basic(reply):
            login = _ANOTHER_PRINCIPAL if self._agents_http is not None else _A_PRINCIPAL
        return expect(reply, statuses, what, login=login)

    def _root(self) -> str:
        return self._url.removesuffix("master/")

    def _times_of(self, leader_id: str) -> values.Times:
        """/state is large: it is read once per leader, and only where GET_MASTER has no elected_time (rule L8)."""
        if leader_id not in self._times:
            self._times[leader_id] = values.times_of(self._read(self._get("state", EVERYTHING), wire.V0State, "/state"))
        return self._times[leader_id]

    def _version(self) -> str | None:
        """What the master says that it runs; before 1.0 it says so at the root only, and in its state."""
        places = (self._url + "version", self._root() + "version", self._url + "state")
        return floor.told_version(lambda url: self._from_root(url, EVERYTHING), places)

    def _own_url(self, agent: Agent) -> str:
        if self._agents_url is not None:
            return behind_router(self._agents_url, agent.id, agent.pid)
        return at_its_own_address(agent.id, agent.pid, self._url.partition("://")[0])


def _not_followed(reply: Reply) -> str:
    """What a redirect of a write means: a write goes to nobody but the leader that a named master gives.

    Whoever answered chose where it leads: no command to paste may name that place, since the login would go there.
    """
    there = urljoin(reply.url, reply.headers.get("Location", ""))
    other = "" if _host(there) == _host(reply.url) else ", another host than the one asked"
    return f"redirected to {reply.redact(shown(there))}{other}: nothing was done"


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # a server may name anything
        return None


def _why_unknown(error: HttpStatus | BadAnswer) -> str:
    """Why a source is unknown (rule L4). Raises the error itself where asking again may help (rules L3 and D4)."""
    again = error.passes if isinstance(error, HttpStatus) else not isinstance(error, Unreadable)
    if again:
        raise error
    return error.message


def _last_line_of_defence(items: Sequence[Resource]) -> None:
    """Rule D2, right at the request: a master aborts on an item without a value, and refuses the rest."""
    if not items:
        raise ValueError(f"refusing to send an empty list (rule {rules.D2})")
    if any(not item.amount.positive for item in items):
        raise ValueError(f"refusing to send a resource without a positive value: it kills the master (rule {rules.D2})")
    if any(item.allocated for item in items):
        raise ValueError(f"refusing to send a resource with allocation_info (rule {rules.D2})")
    if len({item.kind.provider for item in items}) > 1:
        raise ValueError(f"refusing to send resources of two resource providers in one request (rule {rules.D2})")
