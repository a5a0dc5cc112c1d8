"""The verdicts, and what they are made from."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import TypeVar

from janitor.dcos.marathon import App
from janitor.dcos.scheduler import Plan
from janitor.mesos.cluster import Snapshot, Unknown, once

T = TypeVar("T")


class Verdict(Enum):
    """What is known of the owner of a holding. The values stand in documents and metrics."""

    IN_USE = "in_use"
    DISCONNECTED = "disconnected"
    UNINSTALLING = "uninstalling"
    ABANDONED = "abandoned"
    ZNODE_ONLY = "znode_only"
    AGENTS_AWAY = "agents_away"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class StateNode:
    """A znode that may be a service's state. `nodes` are counted with it; None where they were not counted.

    live   somebody is connected to it: it has ephemeral znodes; None where that was not looked at
    """

    path: str
    nodes: int | None = None
    live: bool | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """All that was seen of the cluster. What could not be read is Unknown, with the reason (rule L4).

    plans   id of an app -> the plan of its uninstall, read after the snapshot
    known   what was worked out of it once, for every holding that is judged
    """

    snapshot: Snapshot
    apps: tuple[App, ...] | Unknown
    znodes: tuple[StateNode, ...] | Unknown
    plans: Mapping[str, Plan | Unknown] = field(default_factory=dict)
    known: dict[Hashable, object] = field(default_factory=dict, init=False, repr=False, compare=False)

    def once(self, what: str, work: Callable[[], T]) -> T:
        """What `work` gives, which is worked out at the first call and kept as `what`."""
        return once(self.known, what, work)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict, and why.

    service    the name of the service, where something tells it
    evidence   what was seen that speaks for the verdict, a line each
    missing    what could not be known, a line each: without it there is no *abandoned*
    znode      where the service keeps its state, where it is known and there
    since      epoch seconds: when the owner that is there registered, or when the one that is not ended; None where
               nothing tells
    """

    verdict: Verdict
    service: str | None
    evidence: tuple[str, ...]
    missing: tuple[str, ...] = ()
    znode: StateNode | None = None
    since: float | None = None
