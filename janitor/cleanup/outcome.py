"""How a clean-up ended, as one value: the transcript, the document and the exit status are made from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from janitor.cleanup.approved import Approved
from janitor.cleanup.proof import Proof
from janitor.events import Stage
from janitor.exits import Exit, Success
from janitor.message import Message, Own, Remedy
from janitor.rules import Override, Rule


@dataclass(frozen=True, slots=True)
class Answer:
    """What the master said to one write. `status` is None when no answer came, and `words` then say why."""

    agent_id: str
    host: str
    stage: Stage
    items: int
    status: int | None
    words: str


@dataclass(frozen=True, slots=True)
class AgentRecord:
    """One agent of the cluster as the clean-up saw it: what was selected there, what was answered, what is proven.

    roles      every role that had reservations there at the first look (the original lists them), sorted
    volumes    how many persistent volumes were selected
    items      how many reserved items were selected, the volumes' own disks included
    answers    in the order in which they came
    proof      how it is known that nothing is left (rule P2); None when it is not known or nothing was selected
    thousandths   name of a resource -> how much of it was selected; of ports how many, in thousandths, too
    """

    agent_id: str
    host: str
    roles: tuple[str, ...]
    volumes: int
    items: int
    answers: tuple[Answer, ...]
    proof: Proof | None
    thousandths: Mapping[str, int] = field(default_factory=dict)


THE_PROOF = "the proof"
"""What a leftover names where nothing was seen to be left, and it could not be proven."""

WHATEVER = "whatever "
"""How a leftover begins that names what an agent may hold without showing it."""


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something that was asked for and is not proven gone: where, what, the server's own words, what to do."""

    agent_id: str
    host: str
    item: str
    words: str
    remedy: str

    @property
    def known(self) -> bool:
        """Whether it is one reservation that was seen, and not what an agent may hold or what is not known yet."""
        return self.item != THE_PROOF and not self.item.startswith(WHATEVER)


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why the run went no further: the rule, and whether it is a refusal or cannot be told.

    message: what and why (`message.Message`); remedy: what to do (`message.Remedy`); ways: other ways out.
    lift: the command that goes ahead all the same; it is told last.
    """

    rule: Rule
    status: Exit
    message: str
    remedy: str | None = None
    ways: tuple[str, ...] = ()
    lift: str | None = None

    @property
    def override(self) -> Override | None:
        """What `--override` lifts it."""
        return self.rule.override

    @property
    def cited(self) -> Message:
        """The message with its rule."""
        return Message.of(self.message).citing(f"rule {self.rule}")


def refused(rule: Rule, message: str, remedies: Iterable[str]) -> Blocked:
    """A refusal with what to do, a line each."""
    first, *others = remedies
    return Blocked(rule, Exit.REFUSED, message, first, tuple(others))


ZnodeState = Literal["gone", "missing", "root-left", "kept", "failed", "planned"]


@dataclass(frozen=True, slots=True)
class ZnodeRecord:
    """What became of the znode.

    gone        it was deleted, `nodes` of them
    missing     there was none (success)
    root-left   empty, but its root may not be removed from here (rule Z4): success, and `remedy` removes it
    kept        it stays, `words` says why
    failed      its deletion failed or stopped half-way
    planned     it is there, and a run would delete it

    backup: the file in which it was saved first, or, where it is planned, the directory in which it would be; "" for
    nowhere. saved: how many nodes are in it. absent: it was kept from a run that saw that there is none.
    """

    path: str
    state: ZnodeState
    nodes: int = 0
    how: str = ""
    words: str = ""
    remedy: str | None = None
    backup: str = ""
    saved: int = 0
    absent: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a clean-up.

    status      the exit status (docs/rules.md); 0 exactly when everything asked for is proven gone
    ran         whether there was anything to do: a role, a principal or a znode was given
    resources   whether the resource stages ran: a role other than `*` was given
    agents      every agent that the first settled look showed, sorted by id; empty when there was none
    error       the error that ended the run, if one did: (message, remedy)
    seen        of a dry run, what a run would remove: what can be saved and approved
    """

    status: Exit
    ran: bool
    resources: bool
    version: str
    agents: tuple[AgentRecord, ...]
    znode: ZnodeRecord | None
    blocked: tuple[Blocked, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    notices: tuple[str, ...] = ()
    error: tuple[str, str | None] | None = None
    dry_run: bool = False
    rounds: int = 0
    seconds: float = 0.0
    seen: Approved | None = field(default=None, compare=False, repr=False)

    def whole(self, own: Own) -> Outcome:
        """The same with every command that runs this again written out by `own`: for a part of something larger."""
        return replace(
            self,
            leftovers=tuple(replace(one, remedy=Remedy.of(one.remedy).whole(own)) for one in self.leftovers),
            blocked=tuple(_whole(one, own) for one in self.blocked),
            znode=self.znode and replace(self.znode, remedy=_written(self.znode.remedy, own)),
            error=self.error and (self.error[0], _written(self.error[1], own)),
        )

    @property
    def result(self) -> Success | None:
        """Which of its meanings a status of 0 has; None for any other status.

        removed        what was asked for was there, and is removed and proven gone
        not-found      nothing of it was there
        would-remove   a dry run: it is there, and a run would remove it
        """
        if self.status != Exit.CLEAN or not self.ran:
            return None
        znode = self.znode is not None and self.znode.state in ("gone", "root-left", "planned")
        if not znode and not any(agent.items for agent in self.agents):
            return "not-found"
        return "would-remove" if self.dry_run else "removed"

    @property
    def touched(self) -> bool:
        """Whether something was sent: it may have changed something."""
        znode = self.znode
        deleted = znode is not None and (znode.nodes > 0 or znode.state == "failed") and znode.state != "planned"
        return deleted or any(agent.answers for agent in self.agents)


def _whole(blocked: Blocked, own: Own) -> Blocked:
    ways = tuple(Remedy.of(way).whole(own) for way in blocked.ways)
    return replace(blocked, remedy=_written(blocked.remedy, own), ways=ways)


def _written(remedy: str | None, own: Own) -> Remedy | None:
    return None if remedy is None else Remedy.of(remedy).whole(own)
