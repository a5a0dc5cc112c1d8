"""What an audit log tells, run by run: what was removed, and the requests that reserve it again."""

from __future__ import annotations

import itertools
import os
import stat
from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec
from msgspec import Raw, Struct, field

from janitor import journal
from janitor.errors import UsageError
from janitor.mesos.resources import parse_list
from janitor.namedfile import told

Undo = Literal["RESERVE_RESOURCES", "CREATE_VOLUMES"]

LONGEST_LINE = 64 << 20
"""Bytes of one line at most. A longer one is none of ours, and is not held: what was named may be any file."""

_TOO_LONG = b"..."
"""What stands for it: no line of a log can be read of it."""

_LINE = msgspec.json.Decoder(journal.Line)


class Done(Struct):
    """One write and its answer; `status` is None where no answer came: then it may have had its effect."""

    call: journal.Call
    agent_id: str
    host: str
    resources: list[Raw]
    status: int | None = None
    words: str = ""

    @property
    def removed(self) -> bool:
        """Whether it was accepted, or may have been."""
        return self.status in (None, 200, 202)


class AuditRequest(Struct):
    """Another request that changed something: to Marathon, Cosmos, a scheduler or a master."""

    method: str
    url: str
    body: str | None
    status: int | None = None
    words: str = ""


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
    state: str | None = None
    nodes: int | None = None
    words: str | None = None
    backup: str | None = None


class AuditRestore(Struct):
    """A znode that was to be put back from a file: null where the run did not come to the end of that."""

    path: str
    ensemble: str
    file: str
    nodes: int
    created: int | None = None
    equal: bool | None = None
    words: str | None = None


class Again(Struct):
    """A request that reserves again what was released, or makes a volume again that was destroyed: it is empty then.

    sure   whether what it is about was accepted; else no answer came, and it may still be there
    """

    call: Undo
    agent_id: str
    host: str
    resources: list[Raw]
    sure: bool = True

    @property
    def body(self) -> bytes:
        """The body of the request, for the v1 API of the master."""
        member, key = {
            "RESERVE_RESOURCES": ("reserve_resources", "resources"),
            "CREATE_VOLUMES": ("create_volumes", "volumes"),
        }[self.call]
        content = {"agent_id": {"value": self.agent_id}, key: self.resources}
        return msgspec.json.encode({"type": self.call, member: content})


class About(Struct, kw_only=True):
    """Who ran what, on which cluster, and how it ended. `status` is None where it did not come to its end."""

    run: str
    begun: str = ""
    ended: str | None = None
    janitor: str = ""
    user: str = ""
    sudo_user: str | None = None
    host: str = ""
    principal: str | None = None
    login: Literal["token", "basic"] | None = None
    command: list[str] = field(default_factory=list)
    cluster: str = ""
    name: str | None = None
    mesos_version: str | None = None
    api: str | None = None
    status: int | None = None
    meaning: str | None = None
    error: str | None = None


class Run(About, kw_only=True):
    """One run, as its lines tell it."""

    writes: list[Done] = field(default_factory=list)
    requests: list[AuditRequest] = field(default_factory=list)
    proofs: list[AuditProof] = field(default_factory=list)
    znodes: list[AuditZnode] = field(default_factory=list)
    restores: list[AuditRestore] = field(default_factory=list)
    leftovers: list[journal.Left] = field(default_factory=list)

    @property
    def again(self) -> Iterator[Again]:
        """What it takes to have everything back, in this order: on each agent reservations before volumes."""
        by_agent: dict[str, list[Done]] = {}
        for one in self.writes:
            by_agent.setdefault(one.agent_id, []).append(one)
        for writes in by_agent.values():
            removed = [one for one in writes if one.removed]
            yield from _again("RESERVE_RESOURCES", [one for one in removed if one.call == "UNRESERVE_RESOURCES"])
            yield from _again("CREATE_VOLUMES", [one for one in removed if one.call == "DESTROY_VOLUMES"])


class History(Struct):
    """A whole log: its runs in the order in which they began, and the numbers of lines that cannot be read."""

    runs: list[Run]
    unreadable: list[int]


def read(path: str, only: str = "") -> History:
    """Read an audit log; `only` the run whose id begins with this.

    Raises UsageError for what cannot be read, for a file that is no audit log, and for a run that it does not have.
    """
    named = f"The audit log {path}"
    runs: dict[str, _Reading] = {}
    unreadable: list[int] = []
    with told(named):
        for number, line in _lines(path, named):
            try:
                fact = _LINE.decode(line)
                if isinstance(fact, journal.Write):
                    msgspec.json.decode(msgspec.json.encode(fact.resources))  # it does not look into a Raw by itself
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                unreadable.append(number)
                continue
            if fact.run.startswith(only):
                runs.setdefault(fact.run, _Reading(Run(run=fact.run))).take(fact)
    if only and not runs:
        raise UsageError(f"{named} has no run whose id begins with {only!r}.", remedy="Leave --run out to see all.")
    if unreadable and not runs:
        raise UsageError(f"{named} is no audit log: none of its lines is one.")
    return History([one.run for one in runs.values()], unreadable)


def texts(resources: Iterable[Raw]) -> list[str]:
    """Resources in words; of what cannot be read its JSON."""
    found = []
    for raw in resources:
        try:
            found += [str(item) for item in parse_list(b"[" + bytes(raw) + b"]", "the log")]
        except Exception:
            found.append(bytes(raw).decode("utf-8", "replace"))
    return found


def _lines(path: str, named: str) -> Iterator[tuple[int, bytes]]:
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UsageError(f"{named} is no regular file.")
        for number in itertools.count(1):
            line = file.readline(LONGEST_LINE)
            if not line:
                return
            rest = line
            while len(rest) == LONGEST_LINE and not rest.endswith(b"\n"):
                line, rest = _TOO_LONG, file.readline(LONGEST_LINE)
            if line.strip():
                yield number, line


class _Reading:
    """Puts one run together from its lines."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self._writes: dict[int, Done | AuditRequest] = {}

    def take(self, fact: journal.Line) -> None:
        run = self.run
        match fact:
            case journal.Begin():
                run.begun, run.janitor, run.cluster = fact.at, fact.janitor, fact.cluster
                run.user, run.sudo_user, run.host = fact.user, fact.sudo_user, fact.host
                run.principal, run.login, run.command = fact.principal, fact.login, fact.command
            case journal.Cluster():
                run.name, run.mesos_version, run.api = fact.name, fact.version, fact.api
            case journal.Write():
                done = Done(fact.call, fact.agent_id, fact.host, fact.resources)
                self._writes[fact.write] = done
                run.writes.append(done)
            case journal.Request():
                requested = AuditRequest(fact.method, fact.url, fact.body)
                self._writes[fact.write] = requested
                run.requests.append(requested)
            case journal.Answer() if fact.write in self._writes:
                answered = self._writes[fact.write]
                answered.status, answered.words = fact.status, fact.words
            case journal.Proof():
                run.proofs.append(AuditProof(fact.agent_id, fact.host, fact.proof))
            case journal.ZnodeIntent():
                run.znodes.append(AuditZnode(fact.path))
            case journal.ZnodeEnd():
                for znode in (one for one in run.znodes if one.path == fact.path):
                    znode.state, znode.nodes, znode.words = fact.state, fact.nodes, fact.words or None
                    znode.backup = fact.backup
            case journal.RestoreIntent():
                run.restores.append(AuditRestore(fact.path, fact.ensemble, fact.file, fact.nodes))
            case journal.RestoreEnd():
                for restore in (one for one in run.restores if one.path == fact.path):
                    restore.created, restore.equal, restore.words = fact.created, fact.equal, fact.words or None
            case journal.Cleaned():
                run.leftovers += fact.leftovers
                run.error = fact.error or run.error
            case journal.End():
                run.ended, run.status, run.meaning = fact.at, fact.status, fact.meaning
                run.error = fact.error or run.error


def _again(call: Undo, writes: list[Done]) -> Iterator[Again]:
    """A request for each write. What was sent twice is asked for once: an agent brought it back in between."""
    known: set[bytes] = set()
    for one in sorted(writes, key=lambda write: write.status is None):
        fresh = [raw for raw in one.resources if bytes(raw) not in known]
        known.update(map(bytes, fresh))
        if fresh:
            yield Again(call, one.agent_id, one.host, fresh, sure=one.status is not None)
