"""The documents of `--output json`, as types: docs/schema.json is made from them, and docs/json.md describes them.

    python -m janitor.cli.views.schema >docs/schema.json

Keys are stable: new ones may come, none changes its meaning while `schema` stays 1. A key is always there, and null
where there is nothing to say, but for those of `Error` that only a refusal has. No secret is in a document: neither
token, password nor ZooKeeper's digest.
"""

from __future__ import annotations

import json
import sys
import typing
from typing import Any, Literal

import msgspec
from msgspec import Struct, field

import janitor
from janitor.cli.views.parts import (
    AuditBrief,
    Differing,
    Error,
    Framework,
    Job,
    Missing,
    NamedZnode,
    Outcome,
    Reserved,
    Setting,
    StuckStep,
    Target,
)
from janitor.cli.views.scanned import Cluster, Holding
from janitor.dcos.scheduler import Plan, PodInstance
from janitor.exits import Exit
from janitor.records.audited import AuditRun


class Document(Struct, kw_only=True):
    """What every document has: `status` is the exit status, `meaning` says it in words."""

    schema: Literal[1] = 1
    janitor: str = janitor.__version__
    command: str = ""
    status: Exit = Exit.CLEAN
    meaning: str = ""
    error: Error | None = None


class CleanDocument(Document, kw_only=True):
    """`janitor clean`. `job` and `target` are null when the command line could not be read."""

    command: Literal["clean"] = "clean"
    job: Job | None = None
    target: Target | None = None
    outcome: Outcome | None = None


class ApplyDocument(Document, kw_only=True):
    """`janitor apply`. `file` is the plan; `job` and `target` are null when that, or the command line, was not read."""

    command: Literal["apply"] = "apply"
    file: str | None = None
    job: Job | None = None
    target: Target | None = None
    outcome: Outcome | None = None


class UninstallDocument(Document, kw_only=True):
    """`janitor uninstall`. `taken` are the steps that were taken; `next` is what a run would do (a dry run).

    `commands` are those that `remedy` names, each ready to be pasted.
    """

    command: Literal["uninstall"] = "uninstall"
    name: str | None = None
    summary: str | None = None
    why: str | None = None
    remedy: str | None = None
    commands: list[str] = field(default_factory=list)
    next: str | None = None
    taken: list[str] = field(default_factory=list)
    cleanups: list[Outcome] = field(default_factory=list)
    given_up: list[Missing] = field(default_factory=list)
    comebacks: list[str] = field(default_factory=list)


class StatusDocument(Document, kw_only=True):
    """`janitor status`. `way` is how the service would be uninstalled, `next` the command that goes on.

    `untold` is what could not be known: where Marathon was not read, that there is no `app` tells nothing.
    """

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
    untold: list[str] | None = None
    next: str | None = None


class ScanDocument(Document, kw_only=True):
    """`janitor scan`. With anything in `untold`, nothing is called abandoned; `notices` name what was not read."""

    command: Literal["scan"] = "scan"
    cluster: Cluster | None = None
    holdings: list[Holding] | None = None
    untold: list[str] | None = None
    notices: list[str] | None = None


class Swept(Struct):
    """A holding that was to go: `outcome` is its clean-up, null where nothing was tried, and `why` says why not."""

    holding: Holding
    gone: bool
    outcome: Outcome | None
    why: str | None


class SweepDocument(Document, kw_only=True):
    """`janitor sweep`. `chosen` is what was to go, `protected` what would have; `swept` is empty after a dry run.

    `stopped` is what ended it early, or null.
    """

    command: Literal["sweep"] = "sweep"
    cluster: Cluster | None = None
    dry_run: bool | None = None
    chosen: list[Holding] | None = None
    protected: list[Holding] | None = None
    swept: list[Swept] | None = None
    stopped: str | None = None
    untold: list[str] | None = None
    notices: list[str] | None = None


class RestoreDocument(Document, kw_only=True):
    """`janitor restore`. `created` counts nodes that were new, `parents` names what was created above the znode.

    `equal` says whether all is as in the backup; null where it was not compared. `acls` are nodes without the ACL that
    they had, `unlike` nodes that differ, `unread` nodes of which only the size was compared: how many, and the first of
    them. `ephemerals` are named in the backup, and cannot be put back.
    """

    command: Literal["restore"] = "restore"
    file: str | None = None
    dry_run: bool | None = None
    path: str | None = None
    ensemble: str | None = None
    nodes: int | None = None
    created: int | None = None
    parents: list[str] | None = None
    ephemerals: int | None = None
    equal: bool | None = None
    acls: Differing | None = None
    unlike: Differing | None = None
    unread: Differing | None = None
    next: str | None = None


class PlanShowDocument(Document, kw_only=True):
    """`janitor plan show`."""

    command: Literal["plan show"] = "plan show"
    name: str | None = None
    plan: Plan | None = None


class PlanForceCompleteDocument(Document, kw_only=True):
    """`janitor plan force-complete`: the part that was named, and whether it was COMPLETE `already`.

    `would` is what a run would do (a dry run).
    """

    command: Literal["plan force-complete"] = "plan force-complete"
    name: str | None = None
    plan: str | None = None
    phase: str | None = None
    step: str | None = None
    already: bool | None = None
    message: str | None = None
    dry_run: bool | None = None
    would: list[str] | None = None


class PodListDocument(Document, kw_only=True):
    """`janitor pod list`."""

    command: Literal["pod list"] = "pod list"
    name: str | None = None
    pods: list[PodInstance] | None = None


class PodReplaceDocument(Document, kw_only=True):
    """`janitor pod replace`. `would` is what a run would do (a dry run)."""

    command: Literal["pod replace"] = "pod replace"
    name: str | None = None
    pod: str | None = None
    dry_run: bool | None = None
    would: list[str] | None = None


class ServiceListDocument(Document, kw_only=True):
    """`janitor service list`."""

    command: Literal["service list"] = "service list"
    frameworks: list[Framework] | None = None


class ServiceShutdownDocument(Document, kw_only=True):
    """`janitor service shutdown`: the framework as it was before, null when none was shut down.

    `would` is what a run would do (a dry run), with the framework that it would shut down.
    """

    command: Literal["service shutdown"] = "service shutdown"
    framework: Framework | None = None
    dry_run: bool | None = None
    would: list[str] | None = None


class ConfigDocument(Document, kw_only=True):
    """`janitor config`. `file` is the configuration file, null where there is none; `profile` the one that is used.

    `not_used` are keys of the file that are not used, since another cluster is named; `notices` say so, and which
    cluster the DC/OS CLI is attached to, where that is the one that counts.
    """

    command: Literal["config"] = "config"
    file: str | None = None
    profile: str | None = None
    profiles: list[str] | None = None
    settings: list[Setting] | None = None
    not_used: list[str] | None = None
    notices: list[str] | None = None


class AuditListDocument(Document, kw_only=True):
    """`janitor audit list`. `unreadable` are the numbers of lines that cannot be read."""

    command: Literal["audit list"] = "audit list"
    runs: list[AuditBrief] | None = None
    unreadable: list[int] | None = None


class AuditShowDocument(Document, kw_only=True):
    """`janitor audit show`. `unreadable` are the numbers of lines that cannot be read."""

    command: Literal["audit show"] = "audit show"
    runs: list[AuditRun] | None = None
    unreadable: list[int] | None = None


class OtherDocument(Document, kw_only=True):
    """An error of a command that prints text, or of one whose verb could not be read."""

    command: Literal["plan", "pod", "service", "audit", "sandbox", "completion", "help", "version"] = "help"


DOCUMENTS: dict[str, type[Document]] = {
    name: kind for kind in Document.__subclasses__() for name in typing.get_args(typing.get_type_hints(kind)["command"])
}
"""The document of each command."""


ELSEWHERE = ("Phase", "Plan", "PodInstance", "PodTask", "Step")
"""Types of other rooms that are published as they are. What they say of themselves is for who reads the code."""


def schema() -> dict[str, Any]:
    """The JSON Schema of all documents (draft 2020-12)."""
    refs, components = msgspec.json.schema_components(dict.fromkeys(DOCUMENTS.values()))
    for name in ELSEWHERE:
        del components[name]["description"]
    for component in components.values():
        for name, described in component.get("properties", {}).items():
            if described.pop("default", component) is not component:
                # That is how a document is begun here: what is written has the key all the same.
                component["required"] = [*component.get("required", ()), name]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "What janitor prints with --output json",
        "oneOf": list(refs),
        "$defs": dict(sorted(components.items())),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(schema(), indent=1) + "\n")
