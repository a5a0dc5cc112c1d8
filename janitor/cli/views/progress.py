"""What is going on, as plain state: events go in, lines come out. How they are shown is the business of others."""

from __future__ import annotations

from dataclasses import dataclass, field

from janitor.cli.views.amounts import items, lasted
from janitor.events import (
    Acting,
    AgentProven,
    Answered,
    Event,
    Looked,
    PlanSeen,
    RequestSent,
    Restoring,
    Staying,
    Waiting,
    ZnodeProgress,
)
from janitor.uninstall.tree import shortened
from janitor.words import counted


@dataclass(slots=True)
class Progress:
    """The latest of each fact. `rounds` counts from 1."""

    looked: Looked | None = None
    acting: Acting | None = None
    waiting: Waiting | Staying | None = None
    znode: ZnodeProgress | None = None
    restoring: Restoring | None = None
    plan: PlanSeen | None = None
    answered: int = 0
    refused: int = 0
    proven: set[str] = field(default_factory=set)

    def take(self, event: Event) -> None:
        """Remember one event."""
        if isinstance(event, Waiting | Staying):
            self.waiting = event
            return
        if not isinstance(event, RequestSent | PlanSeen):  # these are looks, while the wait goes on
            self.waiting = None
        if isinstance(event, Looked):
            self.looked, self.plan = event, None  # a clean-up looks: its plan is over
        elif isinstance(event, Acting):
            self.acting, self.answered, self.refused = event, 0, 0
        elif isinstance(event, Answered):
            self.answered += 1
            self.refused += event.status is None or event.status >= 300
        elif isinstance(event, AgentProven):
            self.proven.add(event.agent_id)
        elif isinstance(event, ZnodeProgress):
            self.znode = event
        elif isinstance(event, Restoring):
            self.restoring = event
        elif isinstance(event, PlanSeen):
            self.plan, self.looked, self.acting = event, None, None

    def lines(self, most: int = 1000) -> list[str]:
        """What an operator wants to see at a glance, a plan in at most so many lines; empty before the first event."""
        lines = list(shortened(self.plan.tree, most)) if self.plan is not None else []
        if self.looked is not None:
            lines.append(seen(self.looked))
        if self.acting is not None:
            refused = f", {self.refused} not accepted" if self.refused else ""
            lines.append(
                f"Round {self.acting.round}: {self.answered} of {self.acting.requests} requests answered{refused}; "
                f"proven gone on {counted(len(self.proven), 'agent')}"
            )
        if self.znode is not None:
            lines.append(deleting(self.znode))
        if self.restoring is not None:
            lines.append(restoring(self.restoring))
        if self.waiting is not None:
            lines.append(staying(self.waiting) if isinstance(self.waiting, Staying) else waits(self.waiting))
        elif self.plan is not None:
            lines.append("Reading the state of the cluster")
        return lines


def seen(event: Looked) -> str:
    """A settled look, in a line."""
    left = items(event.reservations_left, event.volumes_left) if event.reservations_left else "nothing left"
    return f"Mesos {event.version}, {counted(event.agents, 'agent')}: {left} to remove"


def sending(event: Acting) -> str:
    """The beginning of a round of writes, in a line."""
    return f"Round {event.round}: {counted(event.requests, 'request')} to {counted(event.agents, 'agent')}"


def deleting(event: ZnodeProgress) -> str:
    """How far the znode is, in a line."""
    of = f"{event.deleted} of {event.nodes}" if event.nodes is not None and event.nodes >= event.deleted else ""
    deleted = f"{of} nodes" if of else counted(event.deleted, "node")
    if event.path in event.doing:  # it names the znode itself
        doing = event.doing[:1].upper() + event.doing[1:]
        return f"{doing}: {deleted} deleted" if event.deleted else doing
    return f"Znode {event.path}: {event.doing}, {deleted} deleted"


def restoring(event: Restoring) -> str:
    """How far a restore is, in a line."""
    return f"{event.path}: {event.doing}, {event.done} of {event.nodes} nodes"


def staying(event: Staying) -> str:
    """A stay, in a line: how long in hours and days."""
    so_far, at_most = lasted(event.waited), lasted(event.at_most)
    return f"The rest is clean. Staying for {event.what} ({so_far} so far, at most {at_most})"


def waits(event: Waiting) -> str:
    """A wait, in a line."""
    return f"Waiting for {event.what} ({event.waited:.0f} s, at most {event.at_most:.0f} s)"
