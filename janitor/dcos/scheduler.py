"""The HTTP API of an SDK scheduler: plans and pods (dcos-commons: sdk/scheduler, http/endpoints).

    GET  v1/plans                                ["deploy", "recovery", ...]
    GET  v1/plans/PLAN                           {"status", "phases": [{"id", "name", "status", "strategy", "steps": [
                                                 {"id", "name", "status", "message"}]}], "errors": [...], "strategy"}
    POST v1/plans/PLAN/forceComplete?phase&step  {"message"}
    GET  v1/pod/status                           {"pods": [{"name", "instances": [
                                                 {"name", "tasks": [{"id", "name", "status"}]}]}]}
    POST v1/pod/POD/replace                      {"pod", "tasks": [...]}
    GET  v1/state/frameworkId                    ["<id>"]

A plan is 200 when COMPLETE, 202 while it goes on, 417 when it has errors (since SDK 0.30); all three carry it. What is
complete already is 208, with plain text. While it uninstalls, a scheduler serves its plans alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

import msgspec

from janitor.dcos.permissions import named
from janitor.errors import Trouble, Unreachable
from janitor.message import Message
from janitor.transport.http import Http, Reply
from janitor.transport.jsonbody import decode, expect, own_words
from janitor.transport.urls import segment_of, shown
from janitor.words import answered, foreign

COMPLETE = "COMPLETE"

RESTARTS_WITHIN = 600.0
"""Seconds in which a scheduler that restarts is back: its task is killed and started, perhaps on another agent that
fetches the package first, and Admin Router renews its list of services every 25 s."""

RESTARTING = f"Scheduler is restarting (normal, up to {RESTARTS_WITHIN / 60:.0f} minutes)"
"""What a scheduler does that does not answer, until that time has passed."""


def to_answer(name: str, why: str) -> Message:
    """What is waited for while the scheduler of this service restarts. why: who said at which URL that it is away."""
    return Message(f"the scheduler of {name} to answer", f"{RESTARTING}: {why}")


class SchedulerAway(Trouble):
    """The scheduler does not answer: its task is not there, restarts, or the router does not know it (yet).

    `why` is who said so at which URL, without a guess at what the scheduler does.
    """

    def __init__(self, why: str, *, remedy: str | None = None) -> None:
        super().__init__(RESTARTING, why=why, remedy=remedy)

    @property
    def why(self) -> str:
        return self.message.why


class NoSuchElement(Trouble):
    """The scheduler answers and has no such plan, phase, step or pod; `message` is its own word for it."""


class Step(msgspec.Struct, frozen=True):
    """One step of a phase. `status` is PENDING, PREPARED, STARTING, COMPLETE, ...; ids change with every start."""

    id: str = ""
    name: str = ""
    status: str = ""
    message: str = ""


class Phase(msgspec.Struct, frozen=True):
    """One phase of a plan. `strategy` is told since SDK 0.40."""

    id: str = ""
    name: str = ""
    status: str = ""
    strategy: str | None = None
    steps: tuple[Step, ...] = ()


class Plan(msgspec.Struct, frozen=True):
    """A plan, as it stands."""

    name: str = ""
    status: str = ""
    strategy: str | None = None
    phases: tuple[Phase, ...] = ()
    errors: tuple[str, ...] = ()

    @property
    def complete(self) -> bool:
        return self.status == COMPLETE

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps of all phases, in order."""
        return tuple(step for phase in self.phases for step in phase.steps)

    @property
    def left(self) -> tuple[Step, ...]:
        """Those that are not COMPLETE."""
        return tuple(step for step in self.steps if step.status != COMPLETE)


class _Plan(msgspec.Struct):
    """A plan on the wire. Every SDK tells status and phases: JSON without them is another program's."""

    status: str
    phases: tuple[Phase, ...]
    strategy: str | None = None
    errors: tuple[str, ...] = ()


class PodTask(msgspec.Struct, frozen=True):
    """One task of a pod instance, such as `node-0-server`."""

    id: str = ""
    name: str = ""
    status: str = ""


class PodInstance(msgspec.Struct, frozen=True):
    """One pod instance such as `node-0`, with its tasks."""

    name: str
    tasks: tuple[PodTask, ...] = ()


class _Pod(msgspec.Struct):
    """A type of pod, with its instances."""

    name: str = ""
    instances: tuple[PodInstance, ...] = ()


class _Pods(msgspec.Struct):
    """The answer of v1/pod/status."""

    pods: tuple[_Pod, ...]


class _Message(msgspec.Struct):
    """The answer of a forceComplete."""

    message: str


class _Replaced(msgspec.Struct):
    """The answer of a replace."""

    pod: str


@dataclass(frozen=True, slots=True)
class Forced:
    """What came of a forceComplete; `already` when the element was complete before."""

    already: bool
    message: str


class Scheduler:
    """One service's scheduler, below `base` (".../service/<name>/", or the scheduler's own address).

    Every method raises SchedulerAway when it does not answer, NoSuchElement for what it does not have, and the
    transport's errors for the rest (a 401, a 403, another status).
    """

    def __init__(self, http: Http, base: str) -> None:
        self._http = http
        self._base = base

    def plans(self) -> tuple[str, ...]:
        """The names of the plans there are."""
        return decode(self._get("v1/plans", (200,), "the plans"), tuple[str, ...], "the plans")

    def plan(self, name: str) -> Plan:
        """A plan as it stands."""
        what = f"plan {name}"
        reply = self._get(f"v1/plans/{_segment('plan', name)}", (200, 202, 417), what)
        seen = decode(reply, _Plan, what)
        return Plan(name, seen.status, seen.strategy, seen.phases, seen.errors)

    def force_complete(self, plan: str, phase: str | None = None, step: str | None = None) -> Forced:
        """Have the element count as complete. Only the scheduler's memory changes: its restart forgets it."""
        query = {key: value for key, value in (("phase", phase), ("step", step)) if value is not None}
        path = f"v1/plans/{_segment('plan', plan)}/forceComplete" + (f"?{urlencode(query)}" if query else "")
        what = f"force-complete of {' '.join(part for part in (plan, phase, step) if part)}"
        reply = self._post(path, (200, 208), what)
        already = reply.status == 208
        return Forced(already, own_words(reply) if already else foreign(decode(reply, _Message, what).message))

    def pods(self) -> tuple[PodInstance, ...]:
        """Every pod instance with its tasks. Not served while the scheduler uninstalls (NoSuchElement then)."""
        pods = decode(self._get("v1/pod/status", (200,), "the pods"), _Pods, "the pods").pods
        return tuple(instance for pod in pods for instance in pod.instances)

    def replace_pod(self, pod: str) -> None:
        """Have the pod's tasks moved to another agent, and what they held given up."""
        what = f"replace of pod {pod}"
        decode(self._post(f"v1/pod/{_segment('pod', pod)}/replace", (200,), what), _Replaced, what)

    def framework_id(self) -> str | None:
        """The framework's id, None when it has none or does not serve it (while it uninstalls)."""
        try:
            reply = self._get("v1/state/frameworkId", (200,), "the framework id")
        except NoSuchElement:
            return None
        ids = decode(reply, tuple[str, ...], "the framework id")
        return ids[0] if ids else None

    def _get(self, path: str, statuses: tuple[int, ...], what: str) -> Reply:
        return self._request("GET", path, statuses, what)

    def _post(self, path: str, statuses: tuple[int, ...], what: str) -> Reply:
        return self._request("POST", path, statuses, what)

    def _request(self, method: str, path: str, statuses: tuple[int, ...], what: str) -> Reply:
        try:
            reply = self._http.request(method, self._base + path, stays=True, recorded=method == "POST")
        except Unreachable as error:
            raise SchedulerAway(error.message) from error
        if reply.status in (502, 503, 504) or (reply.status == 404 and "service not found" in own_words(reply)):
            said = answered(reply.status, _proxys_words(reply))
            raise SchedulerAway(f"{shown(reply.url)}: {said}")
        if reply.status == 404:
            raise NoSuchElement(own_words(reply) or f"{what}: not found")
        with named():
            return expect(reply, statuses, what)


def _segment(what: str, name: str) -> str:
    """A name, as a segment of a path. Raises NoSuchElement for one that leads elsewhere: no scheduler has it."""
    segment = segment_of(name)
    if segment is None:
        raise NoSuchElement(f"{foreign(repr(name), 200)} is no name of a {what}.")
    return segment


def _proxys_words(reply: Reply) -> str:
    """What Admin Router says in the scheduler's place; its web pages say the status alone, several times."""
    is_page = reply.headers.get("Content-Type", "").startswith("text/html")
    return "from Admin Router" if is_page else own_words(reply)
