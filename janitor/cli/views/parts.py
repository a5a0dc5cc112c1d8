"""What the documents of `--output json` are made of, as types. A key that a document has is always there."""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from janitor.events import Stage
from janitor.exits import Exit
from janitor.exits import Result as Meaning


class Error(Struct):
    """What ended the command. `kind` is the class in janitor/errors.py, or "Outcome" where no single error did."""

    kind: str
    message: str
    remedy: str | None = None
    rule: str | UnsetType = UNSET
    rule_name: str | UnsetType = UNSET
    override: str | UnsetType = UNSET
    ways: list[str] | UnsetType = UNSET


class Job(Struct):
    """What a clean-up was asked for."""

    role: str | None
    principal: str | None
    any_principal: bool
    labels: list[tuple[str, str]]
    znode: str | None
    overrides: list[str]
    lost_agents: list[str]
    dry_run: bool


class Target(Struct):
    """Where it was."""

    mesos: str
    marathon: str
    exhibitor: str
    zookeeper: str | None


class Answer(Struct):
    """What the master said to one write; `status` is null when no answer came, and `words` then say why."""

    stage: Stage
    items: int
    status: int | None
    words: str


class Agent(Struct):
    """What was selected on one agent, what was answered, and how it is known that nothing is left (`proof`)."""

    agent_id: str
    host: str
    roles: list[str]
    volumes: int
    items: int
    proof: str | None
    answers: list[Answer]


class Znode(Struct):
    """What became of the znode; `nodes` is how many were deleted, or would be."""

    path: str
    state: Literal["gone", "missing", "root-left", "kept", "failed", "planned"]
    nodes: int
    how: str
    words: str
    remedy: str | None


class Blocked(Struct):
    """A rule that let the run go no further; `ways` are other ways out than `remedy`."""

    rule: str
    rule_name: str
    status: Exit
    message: str
    remedy: str | None
    override: str | None
    ways: list[str]


class Leftover(Struct):
    """What was asked for and is not proven gone: where, what, the server's words, what to do."""

    agent_id: str
    host: str
    item: str
    words: str
    remedy: str


class Outcome(Struct):
    """How a clean-up ended. `result` says how it ended well: null unless its status is 0."""

    ran: bool
    resources: bool
    dry_run: bool
    result: Meaning | None
    mesos_version: str | None
    rounds: int
    seconds: float
    agents: list[Agent]
    znode: Znode | None
    blocked: list[Blocked]
    leftovers: list[Leftover]
    notices: list[str]


class Missing(Struct):
    """An agent that does not answer and may hold reservations of the service; `lost`: it never returns."""

    agent_id: str | None
    host: str | None
    lost: bool
    state: str
    resource_ids: list[str]


class Framework(Struct):
    """A framework; `holds` are the resources that are allocated to it."""

    id: str
    name: str
    roles: list[str]
    principal: str | None
    active: bool
    connected: bool
    holds: list[str]


class Step(Struct):
    """A step of a phase."""

    id: str
    name: str
    status: str
    message: str


class Phase(Struct):
    """A phase of a plan."""

    id: str
    name: str
    status: str
    strategy: str | None
    steps: list[Step]


class Plan(Struct):
    """A plan, as its scheduler serves it."""

    name: str
    status: str
    strategy: str | None
    phases: list[Phase]
    errors: list[str]


class NamedZnode(Struct):
    """The service's znode; `exists` is null where that could not be told."""

    name: str
    exists: bool | None


class Reserved(Struct):
    """What is reserved of the service, by one framework under one role."""

    role: str
    principal: str | None
    framework_id: str | None
    items: int


class StuckStep(Struct):
    """A step that does not end, why, and whether it is safe to force it."""

    phase: str
    step: str
    status: str
    why: str
    agent_id: str | None
    safe: bool


class PodTask(Struct):
    """A task of a pod."""

    id: str
    name: str
    status: str


class Pod(Struct):
    """A pod, as `node-0`."""

    name: str
    tasks: list[PodTask]
