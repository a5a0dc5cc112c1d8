"""What fits into one transaction of ZooKeeper, and which operation of one was refused. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from kazoo.exceptions import KazooException, RolledBackError, RuntimeInconsistency

Item = TypeVar("Item")

OPERATIONS = 500
"""Nodes in one transaction at most."""

TRANSACTIONS_AHEAD = 4
"""Transactions sent ahead of their answers."""

TRANSACTION_BYTES = 512 * 1024
"""Bytes of one transaction at most: ZooKeeper drops a connection that sends more than jute.maxbuffer, 1 MB."""

OPERATION_BYTES = 64
"""What an operation takes beside its path at most: header, lengths, version, ACL, and the name of a child."""


def failure(answer: list[object] | KazooException) -> tuple[int, KazooException] | None:
    """Which operation of a transaction was refused, and why; None when all of it was done.

    ZooKeeper tells the operations before it that they were rolled back, those after it that they were not looked at.
    """
    if isinstance(answer, KazooException):
        return -1, answer
    for number, result in enumerate(answer):
        if isinstance(result, KazooException) and not isinstance(result, RolledBackError | RuntimeInconsistency):
            return number, result
    refused = next((result for result in answer if isinstance(result, KazooException)), None)
    return (-1, refused) if refused is not None else None


def cost_of(path: str, operations: int) -> int:
    """Bytes that so many operations on a path take, at most."""
    return operations * (len(path.encode()) + OPERATION_BYTES)


def batches(paths: Iterable[str], operations: int = 1) -> Iterator[list[str]]:
    """Cut into batches, each of which fits into one transaction by number and by bytes.

    operations: how many of them each path takes
    """
    return cut(paths, lambda path: cost_of(path, operations))


def cut(items: Iterable[Item], cost: Callable[[Item], int]) -> Iterator[list[Item]]:
    """Cut anything into such batches. cost: the bytes that an item takes; one of TRANSACTION_BYTES is alone."""
    batch: list[Item] = []
    size = 0
    for item in items:
        more = cost(item)
        if batch and (len(batch) == OPERATIONS or size + more > TRANSACTION_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(item)
        size += more
    if batch:
        yield batch
