"""What the documents of `--output json` are made of, as types.

What the rest of Janitor has in the very shape in which it is published is taken from there; the published schema,
which a test holds, says so if it changes.
"""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from janitor.cleanup.outcome import ZnodeState
from janitor.events import Stage
from janitor.exits import Exit, Success


class Error(Struct):
    """What ended the command. `kind` is the class in janitor/errors.py, or "Outcome" where no single error did.

    `message` says what and why; `why` is its reason alone, null where it has none. `commands` are those that `remedy`
    and `ways` name, each ready to be pasted.
    """

    kind: str
    message: str
    why: str | None
    remedy: str | None
    commands: list[str]
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
    backup: str | None
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


class Blocked(Struct):
    """A rule that let the run go no further; `ways` are other ways out than `remedy`; `why` and `commands` as above."""

    rule: str
    rule_name: str
    status: Exit
    message: str
    why: str | None
    remedy: str | None
    override: str | None
    ways: list[str]
    commands: list[str]


class Leftover(Struct):
    """Something that is not proven gone: where, what, the server's own words, what to do, and the commands for it."""

    agent_id: str
    host: str
    item: str
    words: str
    remedy: str
    commands: list[str]


class Znode(Struct):
    """What became of the znode, why, what to do, and the commands for it; and the file that it was saved in first."""

    path: str
    state: ZnodeState
    nodes: int
    how: str
    words: str
    remedy: str | None
    commands: list[str]
    backup: str | None
    saved: int | None


class Outcome(Struct):
    """How a clean-up ended. `result` says how it ended well: null unless its status is 0."""

    ran: bool
    resources: bool
    dry_run: bool
    result: Success | None
    mesos_version: str | None
    rounds: int
    seconds: float
    agents: list[Agent]
    znode: Znode | None
    blocked: list[Blocked]
    leftovers: list[Leftover]
    notices: list[str]


class DifferingNode(Struct):
    """A node, and why it differs."""

    path: str
    why: str


class Differing(Struct):
    """Nodes that differ from a backup: how many, and the first of them."""

    count: int
    first: list[DifferingNode]


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


class Setting(Struct):
    """A setting: null where there is none, `***` for a secret. `source` is where it comes from, and `detail` how it is
    spelled there."""

    name: str
    value: str | bool | list[str] | None
    source: Literal["command line", "variable", "profile", "file", "default"]
    detail: str | None


class AuditBrief(Struct):
    """One run of an audit log, in short. `status` is null where it did not come to its end."""

    run: str
    begun: str
    ended: str | None
    user: str
    sudo_user: str | None
    host: str
    principal: str | None
    command: list[str]
    cluster: str
    status: int | None
