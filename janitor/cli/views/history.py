"""An audit log for people: what each run removed, and the requests that reserve it again. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from janitor.cli.views.tables import columns
from janitor.records.audited import AuditRun, AuditWrite, audited
from janitor.records.history import AuditRestore, History, texts
from janitor.words import called, command, counted, folded, foreign, listed

_LOGINS = {
    "token": "TOKEN=$(dcos config show core.dcos_acs_token)",
    "basic": "PRINCIPAL=... SECRET=...  # of the principal that reserved it: nobody reserves in the name of another",
}

MOST = 20
"""Resources and leftovers that are named in a line; the document has all of them."""


def lines(history: History) -> Iterator[str]:
    """`janitor audit show`, for people."""
    for number, run in enumerate(history.runs):
        if number:
            yield ""
        yield from _shown(audited(run))
    if not history.runs:
        yield "The log has no run in it."
    yield from _unreadable(history)


def overview(history: History, width: int | None = None) -> Iterator[str]:
    """`janitor audit list`, for people: a line for each run, or two on a narrow terminal."""
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
    yield from columns(("RUN", "BEGUN", "BY", "STATUS", "COMMAND"), rows, width)
    for line in _unreadable(history):
        yield from folded(line, width)


def _unreadable(history: History) -> Iterator[str]:
    if history.unreadable:
        numbers = ", ".join(map(str, history.unreadable[:MOST]))
        one = len(history.unreadable) == 1
        yield ""
        yield (
            f"{counted(len(history.unreadable), 'line')} of the log cannot be read ({numbers}): a crash or a full disk "
            f"cut {'it' if one else 'them'} off. What {'it' if one else 'they'} told is not shown here."
        )


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
