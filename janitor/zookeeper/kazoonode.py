"""Nodes as kazoo gives and takes them: data and ACLs of many, read side by side; an ACL from kazoo's form and back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias, TypeVar

from kazoo.client import KazooClient
from kazoo.exceptions import KazooException
from kazoo.security import ACL, Id

from janitor.zookeeper.backupformat import Permission
from janitor.zookeeper.session import Pending, Session

Item = TypeVar("Item")

Entries: TypeAlias = tuple[Permission, ...]
"""An ACL."""

Answer: TypeAlias = tuple[Any, Any] | KazooException
"""What kazoo gives for a node's data or ACL, with its stat; or a refusal."""


def data_of(client: KazooClient, path: str) -> Pending[tuple[Any, Any]]:
    """Ask for a node's data, and its stat."""
    sent: Pending[tuple[Any, Any]] = client.get_async(path)
    return sent


def acl_of(client: KazooClient, path: str) -> Pending[tuple[Any, Any]]:
    """Ask for a node's ACL, and its stat."""
    sent: Pending[tuple[Any, Any]] = client.get_acls_async(path)
    return sent


def read(
    session: Session, client: KazooClient, items: Iterable[Item], path_of: Callable[[Item], str]
) -> Iterator[tuple[Item, Answer, Answer]]:
    """Each with what ZooKeeper says of its data and of its ACL. Raises kazoo's exceptions for a lost connection."""

    def send(request: tuple[Item, bool]) -> Pending[tuple[Any, Any]]:
        item, for_data = request
        return (data_of if for_data else acl_of)(client, path_of(item))

    requests = ((item, for_data) for item in items for for_data in (True, False))
    answers = session.pipelined(send, requests)
    for (item, _), data in answers:
        _, acl = next(answers)
        yield item, data, acl


def entries_of(acl: Iterable[ACL]) -> Entries:
    """An ACL as kazoo gives it."""
    return tuple(Permission(entry.perms, entry.id.scheme, entry.id.id) for entry in acl)


def kazoo_acl(acl: Entries) -> list[ACL]:
    """An ACL as kazoo takes it."""
    return [ACL(entry.perms, Id(entry.scheme, entry.id)) for entry in acl]


def same_acl(shown: Sequence[ACL], saved: Entries) -> bool:
    """Whether an ACL is the one that was saved. A digest that ZooKeeper does not show us counts as the same."""
    return len(shown) == len(saved) and all(map(_same, entries_of(shown), saved))


def _same(shown: Permission, saved: Permission) -> bool:
    if (shown.perms, shown.scheme) != (saved.perms, saved.scheme):
        return False
    return shown.id == saved.id or (shown.masked and shown.id.partition(":")[0] == saved.id.partition(":")[0])
