"""A backup put back: nothing is written over, parents come before children, and everything is looked at afterwards.

Every node is created at once with its own data and ACL, so that nobody reads meanwhile what only some may. Below a node
whose ACL lets us create nothing, nothing could be put back: such a node is created with one more entry, which is taken
away at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

from kazoo.client import KazooClient
from kazoo.exceptions import InvalidACLError, KazooException, NoAuthError, NodeExistsError, NoNodeError
from kazoo.protocol.states import ZnodeStat
from kazoo.security import ACL

from janitor import rules
from janitor.errors import JanitorError, Refusal, ZooKeeperTrouble
from janitor.message import Again, do
from janitor.words import called, command, foreign
from janitor.zookeeper.backupfile import BackupFile
from janitor.zookeeper.backupformat import ADMIN, ALL_PERMISSIONS, CREATE, Node, Permission
from janitor.zookeeper.ensemble import Progress
from janitor.zookeeper.kazoonode import Answer, Entries, acl_of, data_of, kazoo_acl, read, same_acl
from janitor.zookeeper.session import NO_AUTH, Pending, Session
from janitor.zookeeper.transactions import (
    OPERATION_BYTES,
    OPERATIONS,
    TRANSACTION_BYTES,
    TRANSACTIONS_AHEAD,
    cost_of,
    cut,
    failure,
)

NAMED = 20
"""Nodes that are kept by name where something of them differs."""

TOLD_EVERY = 2_000
"""Nodes between two tellings."""

OWN: Entries = (Permission(ALL_PERMISSIONS, "auth", ""),)
ANYONE: Entries = (Permission(CREATE | ADMIN, "world", "anyone"),)
"""What a node is given in addition while something has to be created below it: our own identity, where we have one."""

NOBODY: Entries = (Permission(0, "world", "anyone"),)
"""The ACL of a node of whose own nothing can be set: nobody but the super user may do anything with it."""

PERMISSION = do(
    "Use a client that may create it. On DC/OS Enterprise that is a client on the master's own loopback: run this on a "
    "master:",
    Again("--zookeeper", "127.0.0.1:2181"),
).also("Or log in to ZooKeeper as its super user:", Again("--zookeeper-auth-file", "FILE"))
"""What to do about a denial."""


@dataclass(slots=True)
class Names:
    """Some nodes: how many, and the first few of them, each with why."""

    count: int = 0
    first: list[tuple[str, str]] = field(default_factory=list)

    def add(self, path: str, why: str) -> None:
        """Count one more."""
        self.count += 1
        if len(self.first) < NAMED:
            self.first.append((path, why))


@dataclass(slots=True)
class Restored:
    """What a restore came to.

    path        the znode
    ensemble    where it is now
    nodes       how many nodes the backup has
    created     how many of them were created
    parents     znodes above it that were missing, and were created
    acls        nodes whose ACL could not be set as it was, with why
    unlike      nodes that are not as in the backup, with why
    unread      nodes of which only the size and the number of children could be compared, with why
    ephemerals  how many ephemeral nodes are named in the backup, which nobody can put back
    verified    whether everything was compared after it was written
    open        whether anybody may still create below some of them, and set their ACL: it ended before that was closed
    error       what ended it early
    """

    path: str
    ensemble: str
    nodes: int
    created: int = 0
    parents: tuple[str, ...] = ()
    acls: Names = field(default_factory=Names)
    unlike: Names = field(default_factory=Names)
    unread: Names = field(default_factory=Names)
    ephemerals: int = 0
    verified: bool = False
    open: bool = False
    dry_run: bool = False
    error: JanitorError | None = None

    @property
    def equal(self) -> bool:
        """Whether everything is there as it was, as far as the backup tells."""
        return self.verified and not (self.unlike.count or self.acls.count)


class Restoration:
    """One backup, put back at its own path.

    go_on: a part of it may be there, which then has to be as in the backup. has_identity: whether we have an identity
    of our own at ZooKeeper. `done` says how far it is, `begun` whether anything may have been written.
    """

    def __init__(
        self, session: Session, file: BackupFile, progress: Progress, *, go_on: bool = False, has_identity: bool = False
    ) -> None:
        self._session = session
        self._file = file
        self._tell = progress
        self._go_on = go_on
        self._path = file.header.path
        self.begun = False
        self._ours = OWN if has_identity else ANYONE
        self._settable: dict[Entries, Entries] = {}
        self._above: list[Node] = []
        self.done = Restored(self._path, session.name, file.nodes, ephemerals=file.end.ephemerals)

    def expect_room(self, client: KazooClient) -> None:
        """Go on only where nothing is written over (rule Z7). Raises Refusal, and kazoo's own."""
        self._session.answer(client.sync_async(self._path))
        if self._session.answer(client.exists_async(self._path)) is None:
            return
        if not (self._go_on or self.begun):
            raise self._there()
        self._expect_same(client)

    def run(self, client: KazooClient) -> None:
        """Put it back, from its beginning again after a lost connection. Raises what `Session.run` does."""
        self.expect_room(client)
        self._begin(client)
        self._create(client)
        self._close_up(client)
        self._verify(client)

    def _there(self) -> Refusal:
        return Refusal(
            f"{called(self._path)} exists in {self._session.name}. A restore overwrites nothing.",
            rule=rules.Z7,
            remedy=do("See what is there, and find out which service uses it:", self._look(self._path)).also(
                "If an earlier restore of this very file was interrupted, go on with it:", Again("--continue")
            ),
        )

    def _look(self, path: str) -> str:
        """The command that shows what is at the path, to be pasted."""
        return command("zkCli.sh", "-server", self._session.servers, "ls", path)

    def _expect_same(self, client: KazooClient) -> None:
        """Raise Refusal where a node is there that is not the backup's: it is somebody else's."""
        for number, (node, answer) in enumerate(
            self._session.pipelined(lambda node: data_of(client, node.path), self._file.nodes_in_order()), 1
        ):
            self._told(number, "comparing what is there")
            if isinstance(answer, NoNodeError | NoAuthError):
                continue
            if isinstance(answer, KazooException):
                raise answer
            data, stat = answer
            if data != node.content or stat.ephemeralOwner:
                raise Refusal(
                    f"{foreign(node.path, most=200)} exists in {self._session.name}, with other data than in "
                    "the backup. A restore overwrites nothing.",
                    rule=rules.Z7,
                    remedy=do("See what is there, and find out which service uses it:", self._look(node.path)),
                )

    def _begin(self, client: KazooClient) -> None:
        """Create what is missing above the znode, and then the root: nobody else can have it from then on."""
        root = next(self._file.nodes_in_order())
        again, self.begun = self.begun, True
        for end in (end for end, character in enumerate(self._path) if character == "/" and end):
            above = Node(self._path[:end], None, root.acl, 0, 1)
            there = self._session.answer(client.exists_async(above.path)) is not None
            if not there and self._one(client, above):
                self.done.parents += (above.path,)
                self._above.append(above)
            elif self._go_on and above not in self._above:
                self._above.append(above)  # an earlier run may have created it, and let us do more than its ACL does
        if self._one(client, root):
            self.done.created += 1
        elif not (self._go_on or again):
            raise self._there()

    def _create(self, client: KazooClient) -> None:
        """Create everything in order."""
        nodes = self._file.nodes_in_order()
        next(nodes)
        sent = 1
        answers = self._session.pipelined(
            lambda batch: self._send(client, batch), batches(nodes), ahead=TRANSACTIONS_AHEAD
        )
        for batch, answer in answers:
            if isinstance(answer, str) or failure(answer) is None:
                self.done.created += len(batch)
            else:
                for node in batch:
                    self.done.created += self._one(client, node)
            sent += len(batch)
            self._tell(sent, "restoring")

    def _send(self, client: KazooClient, batch: list[Node]) -> Pending[list[object] | str]:
        """Ask for the creation of some nodes at once."""
        if len(batch) == 1:
            return self._send_one(client, batch[0])
        transaction = client.transaction()
        for node in batch:
            transaction.create(node.path, node.content, acl=kazoo_acl(self._acl(node)))
        sent: Pending[list[object] | str] = transaction.commit_async()
        return sent

    def _send_one(self, client: KazooClient, node: Node) -> Pending[list[object] | str]:
        sent: Pending[list[object] | str] = client.create_async(node.path, node.content, acl=kazoo_acl(self._acl(node)))
        return sent

    def _one(self, client: KazooClient, node: Node) -> bool:
        """Create one node; false when it was there. An ACL that the server does not know is set as far as it goes.

        Raises ZooKeeperTrouble where it is denied.
        """
        answer = self._session.outcome(self._send_one(client, node))
        if isinstance(answer, InvalidACLError):
            self._settable[node.acl] = tuple(entry for entry in node.acl if self._takes(client, entry)) or NOBODY
            answer = self._session.outcome(self._send_one(client, node))
        if isinstance(answer, NodeExistsError):
            return False
        if isinstance(answer, NoAuthError):
            if self._session.answer(client.exists_async(node.path)) is not None:
                return False
            raise ZooKeeperTrouble(
                f"{self._session.name} denies the creation of {foreign(node.path, most=200)}.",
                why=NO_AUTH,
                denied=True,
                remedy=PERMISSION,
            )
        if isinstance(answer, KazooException):
            raise answer
        return True

    def _takes(self, client: KazooClient, entry: Permission) -> bool:
        """Whether the server knows an entry of an ACL: it says so before it says that there is such a node."""
        answer = self._session.outcome(client.create_async("/zookeeper", b"", acl=kazoo_acl((entry,))))
        return not isinstance(answer, InvalidACLError)

    def _final(self, node: Node) -> Entries:
        """The ACL that a node has at the end."""
        return self._settable.get(node.acl, node.acl)

    def _acl(self, node: Node) -> Entries:
        """The ACL that a node is created with."""
        if not self._closes(node):
            return self._final(node)
        self.done.open |= self._ours == ANYONE
        return (*self._final(node), *self._ours)

    def _closes(self, node: Node) -> bool:
        """Whether a node gets its own ACL only at the end, since something has to be created below it first."""
        if not self._file.has_children(node):
            return False
        return not any(entry.perms & CREATE and entry.scheme == "world" for entry in self._final(node))

    def _close_up(self, client: KazooClient) -> None:
        """Take away what we let ourselves do meanwhile, and nothing else."""
        open_ones: list[tuple[str, Entries]] = []

        def close() -> None:
            for _, answer in self._session.pipelined(lambda one: _set_acl(client, *one), open_ones):
                if isinstance(answer, KazooException) and not isinstance(answer, NoAuthError | NoNodeError):
                    raise answer
            open_ones.clear()

        closing = (node for node in chain(self._above, self._file.nodes_in_order()) if self._closes(node))
        for node, answer in self._session.pipelined(lambda node: acl_of(client, node.path), closing):
            if isinstance(answer, NoAuthError | NoNodeError):
                continue  # it is closed, or gone: that is seen when all is compared
            if isinstance(answer, KazooException):
                raise answer
            closed = self._without_ours(node, answer[0])
            if closed is not None:
                open_ones.append((node.path, closed))
            if len(open_ones) >= OPERATIONS:
                close()
        close()
        self.done.open = False

    def _without_ours(self, node: Node, shown: Sequence[ACL]) -> Entries | None:
        """The ACL without what we let ourselves do; None where it is not one that we gave: it is left alone then.

        What an earlier run could not set, of a scheme that the server does not know, is missing in it.
        """
        taken = tuple(entry for entry in node.acl if any(same_acl((one,), (entry,)) for one in shown)) or NOBODY
        for final in (self._final(node), taken):
            added = shown[len(final) :]
            if added and same_acl(shown[: len(final)], final) and all(map(self._is_ours, added)):
                return final
        return None

    def _is_ours(self, entry: ACL) -> bool:
        """Whether we added it. Our own identity is shown as what it is, not as `auth`."""
        (ours,) = self._ours
        if ours.scheme == "auth":
            return bool(entry.perms == ours.perms and entry.id.scheme != "world")
        return same_acl((entry,), self._ours)

    def _verify(self, client: KazooClient) -> None:
        """Compare everything: data, ACL, and how many nodes there are."""
        done = self.done
        done.acls, done.unlike, done.unread = Names(), Names(), Names()
        below: int | None = 0
        answers = read(self._session, client, self._file.nodes_in_order(), lambda node: node.path)
        for number, (node, data, acl) in enumerate(answers, 1):
            for answer in (data, acl):
                if isinstance(answer, KazooException) and not isinstance(answer, NoNodeError | NoAuthError):
                    raise answer
            self._told(number, "comparing")
            stat = self._compare(client, node, data)
            self._compare_acl(node, acl)
            below = None if stat is None or below is None else below + stat.numChildren
        if below is not None and below != done.nodes - 1:
            done.unlike.add(self._path, f"there are {below + 1} znodes by now")
        done.verified = True

    def _compare(self, client: KazooClient, node: Node, answer: Answer) -> ZnodeStat | None:
        """Compare the data of a node; its stat, None where it is gone."""
        if isinstance(answer, NoAuthError):
            stat: ZnodeStat | None = self._session.answer(client.exists_async(node.path))
            if stat is not None:
                self.done.unread.add(node.path, "its ACL does not let us read it")
                same = stat.dataLength == len(node.content or b"")
        elif isinstance(answer, tuple):
            same, stat = answer[0] == node.content, answer[1]
        else:
            stat = None
        if stat is None:
            self.done.unlike.add(node.path, "it is not there")
        elif not same:
            self.done.unlike.add(node.path, "its data is different")
        return stat

    def _compare_acl(self, node: Node, answer: Answer) -> None:
        if node.acl in self._settable:
            known = self._settable[node.acl]
            lost = ", ".join(sorted({entry.scheme for entry in node.acl if entry not in known}))
            left = ": nobody but the super user may use it" if known == NOBODY else ""
            self.done.acls.add(node.path, f"the server does not know the scheme {lost} of its ACL, or the id{left}")
        elif node.masked:
            self.done.acls.add(node.path, "ZooKeeper did not show the digest in its ACL when it was saved")
        elif isinstance(answer, tuple) and not same_acl(answer[0], node.acl):
            self.done.acls.add(node.path, "its ACL differs from the backup, and may not be set")

    def _told(self, number: int, doing: str) -> None:
        if number % TOLD_EVERY == 0:
            self._tell(number, doing)


def batches(nodes: Iterable[Node]) -> Iterator[list[Node]]:
    """Cut into what fits into one transaction. A node without data is alone: kazoo takes none into a transaction."""
    return cut(nodes, _bytes_of)


def _bytes_of(node: Node) -> int:
    if node.data is None:
        return TRANSACTION_BYTES
    return cost_of(node.path, 1) + len(node.data) + sum(map(_entry_bytes, node.acl))


def _entry_bytes(entry: Permission) -> int:
    return 2 * OPERATION_BYTES + len(entry.id.encode())


def _set_acl(client: KazooClient, path: str, acl: Entries) -> Pending[ZnodeStat]:
    sent: Pending[ZnodeStat] = client.set_acls_async(path, kazoo_acl(acl))
    return sent
