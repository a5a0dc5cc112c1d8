"""The small facts that the engine tells while it works. It never prints: it hands these to a view.

Every event is a plain frozen value. A view is any callable that takes one; what it does not know it ignores.
Times are seconds. Texts are meant for an operator and hold no secret.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

Stage = Literal["destroy", "unreserve"]


@dataclass(frozen=True, slots=True)
class Event:
    """The root of all events."""


@dataclass(frozen=True, slots=True)
class RequestSent(Event):
    """One HTTP request is about to go out. Shown only when asked for (`-v`)."""

    method: str
    url: str


@dataclass(frozen=True, slots=True)
class Notice(Event):
    """Something an operator should know; nothing is wrong."""

    text: str


@dataclass(frozen=True, slots=True)
class Warned(Event):
    """Something an operator should look at; the run goes on. `remedy` says what to do about it, where that is known."""

    text: str
    remedy: str | None = None


@dataclass(frozen=True, slots=True)
class Waiting(Event):
    """The run waits: for what, how long already, and how long at most. Sent on every turn; the view throttles."""

    what: str
    waited: float
    at_most: float


@dataclass(frozen=True, slots=True)
class Staying(Event):
    """All the rest is clean, and the run stays until these agents are back: as `Waiting`, for hours or days."""

    what: str
    waited: float
    at_most: float


@dataclass(frozen=True, slots=True)
class Held:
    """What will go on one agent.

    thousandths  name of a resource -> how much, the volumes' disk included; of ports and sets how many, in thousandths
    volumes      the id of each persistent volume, and its size in MB
    """

    agent_id: str
    host: str
    thousandths: Mapping[str, int]
    reservations: int
    volumes: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Planned(Event):
    """This will go, or would in a dry run; told once, before anything is written.

    agents   the first of them by host; `agent_count` says how many there are
    znode    its path where it is there, else ""; `nodes` with all below it, None where they were not counted
    """

    agents: tuple[Held, ...]
    agent_count: int
    reservations: int
    volumes: int
    thousandths: Mapping[str, int]
    znode: str = ""
    nodes: int | None = None
    dry_run: bool = False


@dataclass(frozen=True, slots=True)
class Looked(Event):
    """A settled look at the cluster: how many agents it shows and how many items of the selection are left."""

    round: int
    version: str
    agents: int
    volumes_left: int
    reservations_left: int


@dataclass(frozen=True, slots=True)
class Acting(Event):
    """A round of writes begins: on so many agents, so many requests."""

    round: int
    agents: int
    requests: int


@dataclass(frozen=True, slots=True)
class Answered(Event):
    """The master answered one write, or did not (`status` is None then and `words` says why)."""

    agent_id: str
    host: str
    stage: Stage
    items: int
    status: int | None
    words: str


@dataclass(frozen=True, slots=True)
class AgentProven(Event):
    """Everything selected on this agent is gone, and `proof` says how that is known (rule P2)."""

    agent_id: str
    host: str
    proof: str


@dataclass(frozen=True, slots=True)
class ZnodeProgress(Event):
    """The znode's deletion goes on: so many nodes are deleted by now, of how many where that is known."""

    path: str
    deleted: int
    doing: str
    nodes: int | None = None


@dataclass(frozen=True, slots=True)
class Restoring(Event):
    """A znode is put back: so many of its nodes are done by now, of how many."""

    path: str
    done: int
    nodes: int
    doing: str


@dataclass(frozen=True, slots=True)
class Told(Event):
    """A step that an uninstall took, or what it found out: one line, and the details below it."""

    text: str
    details: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PlanSeen(Event):
    """A plan as it stands: its tree as the DC/OS CLI draws it. Sent at every look; a log shows what changed."""

    name: str
    tree: tuple[str, ...]


View = Callable[[Event], None]
"""What takes the events."""


def silent(_: Event) -> None:
    """A view that shows nothing."""
