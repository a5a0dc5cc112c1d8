"""An audit log for people, and as a document: what each run removed, and the requests that reserve it again. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

import msgspec
from msgspec import Struct

from janitor.cli.views.tables import columns
from janitor.journal import Call, Left, RestoreEnd, RestoreIntent
from janitor.records.history import Done, History, Run, Undo, texts
from janitor.words import called, command, counted, foreign, listed

_LOGINS = {
    "token": "TOKEN=$(dcos config show core.dcos_acs_token)",
    "basic": "PRINCIPAL=... SECRET=...  # of the principal that reserved it: nobody reserves in the name of another",
}

MOST = 20
"""Resources and leftovers that are named in a line; the document has all of them."""


class AuditWrite(Struct):
    """One write to an agent, and its answer; `status` is null where none came: it may have had its effect."""

    call: Call
    agent_id: str
    host: str
    resources: list[Any]
    status: int | None
    words: str


class AuditRequest(Struct):
    """Another request that changed something: to Marathon, Cosmos, a scheduler or a master."""

    method: str
    url: str
    body: str | None
    status: int | None
    words: str


class AuditProof(Struct):
    """Nothing that was selected is left on this agent, and how that is known."""

    agent_id: str
    host: str
    proof: str


class AuditZnode(Struct):
    """A znode that was to be deleted, and what became of it: null where the run did not come that far.

    `backup` is the file in which it was saved first, null without one.
    """

    path: str
    state: str | None
    nodes: int | None
    words: str | None
    backup: str | None


class AuditRestore(Struct):
    """A znode that was to be put back from a file: null where the run did not come to the end of that."""

    path: str
    ensemble: str
    file: str
    nodes: int
    created: int | None
    equal: bool | None
    words: str | None


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


class AuditRun(Struct):
    """One run of an audit log. `status` is null where it did not come to its end."""

    run: str
    begun: str
    ended: str | None
    janitor: str
    user: str
    sudo_user: str | None
    host: str
    principal: str | None
    login: Literal["token", "basic"] | None
    command: list[str]
    cluster: str
    name: str | None
    mesos_version: str | None
    api: str | None
    status: int | None
    meaning: str | None
    error: str | None
    writes: list[AuditWrite]
    requests: list[AuditRequest]
    proofs: list[AuditProof]
    znodes: list[AuditZnode]
    restores: list[AuditRestore]
    leftovers: list[Left]
    again: list[AuditAgain]


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


def brief_of(run: Run) -> AuditBrief:
    """A run in short, as it stands in the document."""
    return msgspec.convert(run, AuditBrief, from_attributes=True)


def runs_of(history: History) -> list[AuditRun]:
    """The runs of a log, as they stand in the document."""
    return [_run(one) for one in history.runs]


def lines(history: History) -> Iterator[str]:
    """`janitor audit show`, for people."""
    for number, run in enumerate(history.runs):
        if number:
            yield ""
        yield from _shown(_run(run))
    if not history.runs:
        yield "The log has no run in it."
    yield from _unreadable(history)


def overview(history: History) -> Iterator[str]:
    """`janitor audit list`, for people: a line for each run."""
    rows = [
        (
            run.run[:8],
            run.begun or "-",
            called(_who(run.user, run.sudo_user, run.host)),
            str(run.status) if run.status is not None else "-",
            command(*run.command),
        )
        for run in history.runs
    ]
    yield from columns(("RUN", "BEGUN", "BY", "STATUS", "COMMAND"), rows)
    yield from _unreadable(history)


def _unreadable(history: History) -> Iterator[str]:
    if history.unreadable:
        numbers = ", ".join(map(str, history.unreadable[:MOST]))
        one = len(history.unreadable) == 1
        yield ""
        yield (
            f"{counted(len(history.unreadable), 'line')} of the log cannot be read ({numbers}): a crash or a full disk "
            f"cut {'it' if one else 'them'} off. What {'it' if one else 'they'} told is not shown here."
        )


def _run(run: Run) -> AuditRun:
    ends = {one.path: one for one in run.znodes}
    znodes = [
        AuditZnode(one.path, end.state, end.nodes, end.words or None, end.backup)
        if (end := ends.get(one.path)) is not None
        else AuditZnode(one.path, None, None, None, None)
        for one in run.znodes_begun
    ]
    return AuditRun(
        run=run.run,
        begun=run.begun,
        ended=run.ended,
        janitor=run.janitor,
        user=run.user,
        sudo_user=run.sudo_user,
        host=run.host,
        principal=run.principal,
        login=run.login,
        command=run.command,
        cluster=run.cluster,
        name=run.name,
        mesos_version=run.mesos_version,
        api=run.api,
        status=run.status,
        meaning=run.meaning,
        error=run.error or next((one.error for one in reversed(run.cleaned) if one.error), None),
        writes=[_write(one) for one in run.writes],
        requests=[AuditRequest(one.method, one.url, one.body, one.status, one.words) for one in run.requests],
        proofs=[AuditProof(one.agent_id, one.host, one.proof) for one in run.proofs],
        znodes=znodes,
        restores=[_restore(one, run.restores) for one in run.restores_begun],
        leftovers=[left for one in run.cleaned for left in one.leftovers],
        again=[
            AuditAgain(
                one.call, one.agent_id, one.host, one.sure, msgspec.json.decode(one.body), _curl(run, one.body.decode())
            )
            for one in run.again
        ],
    )


def _restore(begun: RestoreIntent, ends: list[RestoreEnd]) -> AuditRestore:
    end = next((one for one in ends if one.path == begun.path), None)
    told = (end.created, end.equal, end.words or None) if end is not None else (None, None, None)
    return AuditRestore(begun.path, begun.ensemble, begun.file, begun.nodes, *told)


def _write(one: Done) -> AuditWrite:
    resources = [msgspec.json.decode(raw) for raw in one.resources]
    return AuditWrite(one.call, one.agent_id, one.host, resources, one.status, one.words)


def _curl(run: Run, body: str) -> str | None:
    """The request, to paste; None where the log does not tell where the master is."""
    if run.api is None:
        return None
    login = {None: "", "token": ' -H "Authorization: token=$TOKEN"', "basic": ' -u "$PRINCIPAL:$SECRET"'}[run.login]
    content = command("-H", "Content-Type: application/json", "-d", body)
    return f"{command('curl', '-sS', '-i', '-X', 'POST', run.api)}{login} {content}"


def _shown(run: AuditRun) -> Iterator[str]:
    yield f"Run {called(run.run)}, begun {called(run.begun) or 'before the log tells'}"
    yield f"  by {called(_who(run.user, run.sudo_user, run.host))}{_as(run.principal)}, version {called(run.janitor)}"
    yield f"  {command(*run.command)}"
    if run.name is not None or run.mesos_version is not None:
        name = f"{called(run.name)}, " if run.name is not None else ""
        yield f"  cluster: {name}Mesos {called(run.mesos_version or '')}, at {called(run.cluster)}"
    else:
        yield f"  cluster: at {called(run.cluster)}"
    if run.status is not None:
        yield f"  ended {called(run.ended or '')} with {run.status}: {foreign(run.meaning or '')}"
    else:
        yield "  its end is not in the log: it was killed, or it still runs"
    if run.error:
        yield f"  {foreign(run.error)}"
    yield from _done(run)
    if run.leftovers:
        yield "  Left:"
        for left in run.leftovers[:MOST]:
            where = f"agent {called(left.agent_id)}: " if left.agent_id else ""
            yield f"    {where}{called(left.item)}: {foreign(left.words)}"
        if more := len(run.leftovers) - MOST:
            yield from [f"    and {more} more (--output json names each)"] if more > 0 else []
    yield from _to_reserve(run)


def _done(run: AuditRun) -> Iterator[str]:
    proofs = {one.agent_id: one.proof for one in run.proofs}
    by_agent: dict[tuple[str, str], list[AuditWrite]] = {}
    for one in run.writes:
        by_agent.setdefault((one.agent_id, one.host), []).append(one)
    for (agent_id, host), writes in by_agent.items():
        yield f"  Agent {called(agent_id)}{f' on {called(host)}' if host else ''}"
        for one in writes:
            what = listed(texts([msgspec.Raw(msgspec.json.encode(item)) for item in one.resources]), MOST)
            yield f"    {one.call} {_answer(one.status, one.words)}: {what}"
        if agent_id in proofs:
            yield f"    gone: {foreign(proofs[agent_id])}"
    for request in run.requests:
        yield f"  {request.method} {foreign(request.url)} {_answer(request.status, request.words)}"
    for znode in run.znodes:
        state = znode.state.replace("-", " ") if znode.state is not None else "how its deletion ended is not in the log"
        nodes = f", {counted(znode.nodes, 'node')} deleted" if znode.nodes else ""
        yield f"  Znode {called(znode.path)}: {state}{nodes}"
        if znode.backup is not None:
            yield f"    saved first in {called(znode.backup)}"
    for restore in run.restores:
        yield f"  Znode {called(restore.path)}: put back from {called(restore.file)}{_came_of(restore)}"


def _came_of(restore: AuditRestore) -> str:
    if restore.created is None:
        return ", how that ended is not in the log"
    nodes = f", {restore.created} of {counted(restore.nodes, 'node')} created"
    return nodes if restore.equal else f"{nodes}, not as it was saved"


def _to_reserve(run: AuditRun) -> Iterator[str]:
    if not run.again:
        return
    yield "  To reserve it again (a volume comes back empty; its data is gone):"
    if run.login is not None:
        yield f"    {_LOGINS[run.login]}"
    if any(not one.sure for one in run.again):
        yield "    No answer came for what is marked with a question mark: check first whether it is still there."
    for one in run.again:
        mark = "" if one.sure else "? "
        body = msgspec.json.encode(one.body).decode()
        yield f"    {mark}{one.curl or body}"


def _answer(status: int | None, words: str) -> str:
    if status is None:
        return f"without an answer ({foreign(words) or 'it is not in the log'})"
    return f"{status} {foreign(words)}".rstrip() if status >= 300 else str(status)


def _who(user: str, sudo_user: str | None, host: str) -> str:
    return f"{user}{f' (sudo by {sudo_user})' if sudo_user else ''} on {host}"


def _as(principal: str | None) -> str:
    return f", logged in as {called(principal)}" if principal is not None else ""
