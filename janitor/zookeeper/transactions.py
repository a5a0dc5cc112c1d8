"""What fits into one transaction of ZooKeeper, and which operation of one was refused. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from kazoo.exceptions import KazooException, RolledBackError, RuntimeInconsistency

OPERATIONS = 500
"""Deletions in one transaction at most."""

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
    batch: list[str] = []
    size = 0
    for path in paths:
        cost = cost_of(path, operations)
        if batch and (len(batch) == OPERATIONS or size + cost > TRANSACTION_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(path)
        size += cost
    if batch:
        yield batch
