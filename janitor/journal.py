"""What a run keeps of itself for afterwards: facts as plain values, and the protocol of whoever takes them down.

Events are for people who watch, and may be lost; a fact is recorded before what it tells about begins. So a journal may
be used by any thread, and one that cannot record raises: what was to follow does not happen.

The facts are the lines of an audit log (docs/audit.schema.json is made from them, docs/records.md describes them).
"""

from __future__ import annotations

from typing import ClassVar, Literal, Protocol

from msgspec import Raw, Struct

Call = Literal["DESTROY_VOLUMES", "UNRESERVE_RESOURCES"]


class Fact(Struct, frozen=True, kw_only=True, tag_field="event"):
    """What every line has.

    run      the run that wrote it: several may write to one file
    number   its place among the lines of the run, from 1
    at       when it was written, in UTC

    `exact` names what is the cluster's own, and stays as it is even where a secret is spelled the same: whoever may ask
    the master sees it anyway, and with a piece of it blanked nothing could be reserved again.
    """

    exact: ClassVar[frozenset[str]] = frozenset()

    schema: Literal[1] = 1
    run: str = ""
    number: int = 0
    at: str = ""


class Begin(Fact, frozen=True, kw_only=True, tag="begin"):
    """A run begins: who, where, and with which command. Secrets are blanked out.

    user         the user of the operating system; `sudo_user` who became that user with sudo
    principal    as whom it logs in to the cluster; null without a login, and where the token does not tell
    login        how: with a token of DC/OS, or as a principal of Mesos's own (basic); null without a login
    variables    the variables of the environment that stood for options
    cluster      the URL by which the cluster was named
    """

    janitor: str
    user: str
    sudo_user: str | None
    host: str
    pid: int
    principal: str | None
    login: Literal["token", "basic"] | None
    command: list[str]
    variables: dict[str, str]
    cluster: str


class Level(Struct, frozen=True):
    """One level of a reservation; the last one of a stack is its top. `labels` are pairs of key and value."""

    type: Literal["STATIC", "DYNAMIC", "UNKNOWN"]
    role: str
    principal: str | None
    labels: list[tuple[str, str | None]]


class Pinned(Struct, frozen=True, omit_defaults=True):
    """What was found of one reservation on an agent, all its items together.

    thousandths   how much, for a scalar: 1500 is 1.5
    ranges        for ranges: first and last number of each
    members       for a set
    volumes       the ids of the persistent volumes in it
    items         how many items it was
    source        the source of the disk, as JSON
    creator       the principal of a volume on a static reservation
    """

    name: str
    reservations: list[Level]
    thousandths: int = 0
    ranges: list[tuple[int, int]] = []
    members: list[str] = []
    volumes: list[str] = []
    items: int = 1
    provider: str | None = None
    source: str | None = None
    creator: str | None = None


class Asked(Fact, frozen=True, kw_only=True, tag="asked"):
    """A clean-up begins: what it was asked for. `approved` is true where a saved plan says what goes."""

    role: str | None
    principal: str | None
    any_principal: bool
    labels: list[tuple[str, str]]
    znode: str | None
    overrides: list[str]
    lost_agents: list[str]
    dry_run: bool
    approved: bool


class Cluster(Fact, frozen=True, kw_only=True, tag="cluster"):
    """The cluster as the first look of a clean-up shows it. `name` is that of the masters' own flag, null without.

    api   where the master takes its calls
    """

    name: str | None
    master_id: str
    version: str
    api: str


class Selected(Fact, frozen=True, kw_only=True, tag="selected"):
    """What was selected on one agent: nothing else there can be removed by this clean-up."""

    exact: ClassVar[frozenset[str]] = frozenset({"agent_id", "items"})

    agent_id: str
    host: str
    items: list[Pinned]


class Intent(Fact, frozen=True, kw_only=True, tag="intent"):
    """What a round is about to send to one agent, synced to the disk before the round's first write."""

    exact: ClassVar[frozenset[str]] = frozenset({"agent_id", "resources"})

    round: int
    agent_id: str
    host: str
    call: Call
    resources: list[Raw]


class Write(Fact, frozen=True, kw_only=True, tag="write"):
    """One write is about to be sent, with exactly these resources. Without an answer it may have had its effect."""

    exact: ClassVar[frozenset[str]] = frozenset({"agent_id", "resources"})

    write: int
    agent_id: str
    host: str
    call: Call
    resources: list[Raw]


class Request(Fact, frozen=True, kw_only=True, tag="request"):
    """Another request that changes something is about to be sent: to Marathon, Cosmos, a scheduler or a master."""

    write: int
    method: str
    url: str
    body: str | None


class Answer(Fact, frozen=True, kw_only=True, tag="answer"):
    """What was answered to a write or a request; `status` is null when no answer came, and `words` then say why."""

    write: int
    status: int | None
    words: str


class Proof(Fact, frozen=True, kw_only=True, tag="proof"):
    """Everything that was selected on this agent is gone, and how that is known."""

    agent_id: str
    host: str
    proof: str


class ZnodeIntent(Fact, frozen=True, kw_only=True, tag="znode_intent"):
    """The znode is about to be deleted, with everything below it; synced to the disk before that."""

    path: str
    ensemble: str
    czxid: int | None
    nodes: int | None


class ZnodeEnd(Fact, frozen=True, kw_only=True, tag="znode_end"):
    """What became of the znode. `backup` is the file in which it was saved first, `saved` how many nodes are in it."""

    path: str
    state: str
    nodes: int
    words: str
    backup: str | None = None
    saved: int | None = None


class RestoreIntent(Fact, frozen=True, kw_only=True, tag="restore_intent"):
    """A znode is about to be put back from a backup; synced to the disk before that."""

    path: str
    ensemble: str
    file: str
    nodes: int


class RestoreEnd(Fact, frozen=True, kw_only=True, tag="restore_end"):
    """What came of a restore: the nodes that were created, and whether all is there as it was saved."""

    path: str
    created: int
    equal: bool
    words: str


class Left(Struct, frozen=True):
    """What is left, and why."""

    agent_id: str
    host: str
    item: str
    words: str


class Cleaned(Fact, frozen=True, kw_only=True, tag="cleaned"):
    """A clean-up ended. `result` says how it ended well."""

    status: int
    result: str | None
    rounds: int
    blocked: list[str]
    leftovers: list[Left]
    error: str | None


class End(Fact, frozen=True, kw_only=True, tag="end"):
    """The run ended: its exit status, what that means, and the error that ended it."""

    status: int
    meaning: str
    error: str | None


Line = (
    Begin
    | Asked
    | Cluster
    | Selected
    | Intent
    | Write
    | Request
    | Answer
    | Proof
    | ZnodeIntent
    | ZnodeEnd
    | RestoreIntent
    | RestoreEnd
    | Cleaned
    | End
)
"""Any line of an audit log."""


class Journal(Protocol):
    """Takes facts down. Used by many threads at once."""

    def record(self, fact: Fact, *, sync: bool = False) -> None:
        """Record it; with `sync`, it and all before it are on the disk afterwards.

        Raises NotRecorded when that cannot be done; from then on every call does.
        """

    def next_write(self) -> int:
        """The number of the next write or request of this run."""


class _Unrecorded:
    """Where nobody asked for an audit log."""

    def record(self, fact: Fact, *, sync: bool = False) -> None:
        pass

    def next_write(self) -> int:
        return 0


UNRECORDED: Journal = _Unrecorded()
"""Records nothing."""
