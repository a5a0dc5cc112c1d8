"""What ZooKeeper told about a znode, and what became of it: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Znode:
    """One look at a znode and at what lives below it. Every path in it is the full one (chroot + path).

    `czxid` is the transaction that created the root node: two nodes of one name that were created at different times
    differ in it. `ephemerals` are the live (ephemeral) nodes (rule O4), some of them where there are very many.
    `unread` are the places that could not be read (rule L4: unknown protects). `nodes` is how many there are, the root
    included; None when they were not all counted in this look. `too_many` is how many nodes are looked at this way,
    when the tree has more than that; then it is among the unread.
    """

    path: str
    exists: bool
    czxid: int | None
    ephemerals: tuple[str, ...]
    unread: tuple[str, ...]
    nodes: int | None
    too_many: int | None = None


@dataclass(frozen=True, slots=True)
class Removed:
    """How a removal ended.

    `gone`: deleted, and not there when asked again. `missing`: it was not there in the first place. `root-left`:
    everything below is gone; the root, empty and without data, may not be removed from here (rule Z4). `nodes` counts
    what we were told that we deleted (0 through Exhibitor, which does not count), `sweeps` how often the tree was
    walked; `words` are the server's own, where there are some.
    """

    state: Literal["gone", "missing", "root-left"]
    nodes: int
    sweeps: int
    how: Literal["zookeeper", "exhibitor"]
    words: str
