"""The documents of `--output json`, as types: docs/schema.json is made from them, and docs/json.md describes them.

Keys are stable: new ones may come, none changes its meaning while `schema` stays 1. A key is always there, and null
where there is nothing to say, but for those of `Error` that only a refusal has. No secret is in a document: neither
token, password nor ZooKeeper's digest.
"""

from __future__ import annotations

import types
import typing
from typing import Any, Literal

import msgspec
from msgspec import UNSET, Struct, UnsetType, field

import janitor
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


class Document(Struct, kw_only=True):
    """What every document has: `status` is the exit status, `meaning` says it in words."""

    schema: Literal[1] = 1
    janitor: str = janitor.__version__
    command: str = ""
    status: Exit = Exit.CLEAN
    meaning: str = ""
    error: Error | None = None


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


class CleanDocument(Document, kw_only=True):
    """`janitor clean`. `job` and `target` are null when the command line could not be read."""

    command: Literal["clean"] = "clean"
    job: Job | None = None
    target: Target | None = None
    outcome: Outcome | None = None


class Missing(Struct):
    """An agent that does not answer and may hold reservations of the service; `lost`: it never returns."""

    agent_id: str | None
    host: str | None
    lost: bool
    state: str
    resource_ids: list[str]


class UninstallDocument(Document, kw_only=True):
    """`janitor uninstall`. `taken` are the steps that were taken; `next` is what a run would do (a dry run)."""

    command: Literal["uninstall"] = "uninstall"
    name: str | None = None
    summary: str | None = None
    why: str | None = None
    remedy: str | None = None
    next: str | None = None
    taken: list[str] = field(default_factory=list)
    cleanups: list[Outcome] = field(default_factory=list)
    given_up: list[Missing] = field(default_factory=list)
    comebacks: list[str] = field(default_factory=list)


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


class StatusDocument(Document, kw_only=True):
    """`janitor status`. `way` is how the service would be uninstalled, `next` the command that goes on."""

    command: Literal["status"] = "status"
    name: str | None = None
    way: str | None = None
    app: str | None = None
    package: str | None = None
    frameworks: list[Framework] | None = None
    roles: list[str] | None = None
    principals: list[str] | None = None
    znode: NamedZnode | None = None
    reserved: list[Reserved] | None = None
    plan: Plan | None = None
    stuck: list[StuckStep] | None = None
    missing: list[Missing] | None = None
    next: str | None = None


class PlanShowDocument(Document, kw_only=True):
    """`janitor plan show`."""

    command: Literal["plan show"] = "plan show"
    name: str | None = None
    plan: Plan | None = None


class PlanForceCompleteDocument(Document, kw_only=True):
    """`janitor plan force-complete`: the part that was named, and whether it was COMPLETE `already`."""

    command: Literal["plan force-complete"] = "plan force-complete"
    name: str | None = None
    plan: str | None = None
    phase: str | None = None
    step: str | None = None
    already: bool | None = None
    message: str | None = None


class PodTask(Struct):
    """A task of a pod."""

    id: str
    name: str
    status: str


class Pod(Struct):
    """A pod, as `node-0`."""

    name: str
    tasks: list[PodTask]


class PodListDocument(Document, kw_only=True):
    """`janitor pod list`."""

    command: Literal["pod list"] = "pod list"
    name: str | None = None
    pods: list[Pod] | None = None


class PodReplaceDocument(Document, kw_only=True):
    """`janitor pod replace`."""

    command: Literal["pod replace"] = "pod replace"
    name: str | None = None
    pod: str | None = None


class ServiceListDocument(Document, kw_only=True):
    """`janitor service list`."""

    command: Literal["service list"] = "service list"
    frameworks: list[Framework] | None = None


class ServiceShutdownDocument(Document, kw_only=True):
    """`janitor service shutdown`: the framework as it was before, null when none was shut down."""

    command: Literal["service shutdown"] = "service shutdown"
    framework: Framework | None = None


class OtherDocument(Document, kw_only=True):
    """An error of a command that prints text, or of one whose verb could not be read."""

    command: Literal["plan", "pod", "service", "sandbox", "help", "version"] = "help"


DOCUMENTS: dict[str, type[Document]] = {
    name: kind for kind in Document.__subclasses__() for name in typing.get_args(typing.get_type_hints(kind)["command"])
}
"""The document of each command."""


def schema() -> dict[str, Any]:
    """The JSON Schema of all documents (draft 2020-12)."""
    kinds = list(dict.fromkeys(DOCUMENTS.values()))
    refs, components = msgspec.json.schema_components(kinds)
    for name, component in components.items():
        if "properties" not in component:
            continue
        # A default is how a document is begun here: what is written has the key all the same.
        component["required"] = [one for one, of in component["properties"].items() if _always(globals()[name], one)]
        for of in component["properties"].values():
            of.pop("default", None)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What janitor prints with --output json",
        "oneOf": list(refs),
        "$defs": dict(sorted(components.items())),
    }


def _always(kind: type[Struct], name: str) -> bool:
    hint = typing.get_type_hints(kind)[name]
    return not (isinstance(hint, types.UnionType) and UnsetType in typing.get_args(hint))
