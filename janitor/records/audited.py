"""A run of an audit log as it is published: what it removed, and the requests that reserve it again. Pure."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct, field

from janitor.journal import Call, Left
from janitor.records.history import About, Again, AuditProof, AuditRequest, AuditRestore, AuditZnode, Done, Run, Undo
from janitor.words import command

_LOGINS = {None: "", "token": ' -H "Authorization: token=$TOKEN"', "basic": ' -u "$PRINCIPAL:$SECRET"'}
"""What a request to paste logs in with."""


class AuditWrite(Struct):
    """One write to an agent, and its answer; `status` is null where none came: it may have had its effect."""

    call: Call
    agent_id: str
    host: str
    resources: list[Any]
    status: int | None
    words: str


class AuditAgain(Struct):
    """A request that reserves again what was released, or makes a volume again: `body` goes to the master's `api`.

    `sure` is false where no answer came: what it is about may still be there.
    """

    call: Undo
    agent_id: str
    host: str
    sure: bool
    body: Any
    curl: str | None


class AuditRun(About, kw_only=True):
    """One run of an audit log. `status` is null where it did not come to its end."""

    writes: list[AuditWrite] = field(default_factory=list)
    requests: list[AuditRequest] = field(default_factory=list)
    proofs: list[AuditProof] = field(default_factory=list)
    znodes: list[AuditZnode] = field(default_factory=list)
    restores: list[AuditRestore] = field(default_factory=list)
    leftovers: list[Left] = field(default_factory=list)
    again: list[AuditAgain] = field(default_factory=list)


def audited(run: Run) -> AuditRun:
    """A run as it is published."""
    return AuditRun(
        **{name: getattr(run, name) for name in About.__struct_fields__},
        writes=[_write(one) for one in run.writes],
        requests=run.requests,
        proofs=run.proofs,
        znodes=run.znodes,
        restores=run.restores,
        leftovers=run.leftovers,
        again=[_again(run, one) for one in run.again],
    )


def _write(one: Done) -> AuditWrite:
    resources = [msgspec.json.decode(raw) for raw in one.resources]
    return AuditWrite(one.call, one.agent_id, one.host, resources, one.status, one.words)


def _again(run: Run, one: Again) -> AuditAgain:
    body = msgspec.json.decode(one.body)
    return AuditAgain(one.call, one.agent_id, one.host, one.sure, body, _curl(run, one.body.decode()))


def _curl(run: Run, body: str) -> str | None:
    """The request, to paste; None where the log does not tell where the master is."""
    if run.api is None:
        return None
    content = command("-H", "Content-Type: application/json", "-d", body)
    return f"{command('curl', '-sS', '-i', '-X', 'POST', run.api)}{_LOGINS[run.login]} {content}"
