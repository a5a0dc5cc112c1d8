"""What a run remembers from look to look, as a frozen value: it is replaced, never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from janitor.cleanup.answers import is_final, is_refused, said, succeeded
from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.job import Job
from janitor.cleanup.outcome import Answer
from janitor.cleanup.selection import Selection, pin
from janitor.holdings.away import fewer_shown
from janitor.mesos.cluster import Counts, OwnState, Unknown
from janitor.mesos.resources import Kind

TRIES = 8
"""Rounds of "look again" answers on one agent before its words are taken as final."""


@dataclass(frozen=True, slots=True)
class Final:
    """An answer after which nothing more is tried for these kinds on that agent."""

    kinds: frozenset[Kind]
    answer: Answer


@dataclass(frozen=True, slots=True)
class AgentMemory:
    """What this run did on one agent.

    tries       rounds in a row whose answer was "look again": after a second one, item by item (rule D1)
    final       answers that ended it for some kinds
    bad         the last answer that was not a success, None where there was none
    """

    tries: int = 0
    final: tuple[Final, ...] = ()
    bad: Answer | None = None

    @property
    def words(self) -> str:
        """What that answer says, for the report; "" where there was none."""
        return said(self.bad) if self.bad is not None else ""

    def ended(self, kind: Kind) -> Final | None:
        """The answer after which nothing more is tried for this kind."""
        return next((final for final in self.final if kind in final.kinds), None)


@dataclass(frozen=True, slots=True)
class Memory:
    """What makes "it is not listed any more" different from "it is gone".

    looks           settled looks so far
    selection       pinned at the first settled look; empty before
    agents          agent id -> what was done there
    leader_seen     leader id -> when this run first saw it lead, on the run's own clock
    away_since      agent id -> since when it is seen disconnected
    empty_since     agent id -> since when neither the master nor the agent itself shows anything of it
    told            agents whose own state has shown nothing of it since then: that is read once, and stays true
    unread          agent id -> why its own state could not be read when it was last asked
    doubted         agents that may hold what the master does not show, and have not proven that they do not (rule P2a)
    returned        doubted agents of which the master shows something after all: an earlier run's work was lost there
    quiet_at        when the last look began whose metrics show that no agent waits to be removed (rule P2)
    ephemeral_since since when live nodes under the znode are seen (rule O4)
    root            czxid of the znode at the first look, 0 when there was none; None before. Of an approved plan it,
                    and the selection, are what the plan says
    role_seen       a look has shown something of the role that was asked for: then all of it is visible (rule L5)
    hidden_looks    looks in a row in which the master counted more active frameworks than it showed (rule L5)
    missing_looks   looks in a row in which the master counted more active agents than it showed (rule L6)
    foreign_looks   looks in a row in which the ensemble named another leader, or none where it had to (rule Z2)
    asked           agents that were asked for their own state: to hear from others, no time is lost (rule P2a)
    idle            looks in a row after which there was nothing to do but to wait
    fruitless       rounds of writes in a row of which none succeeded
    """

    looks: int = 0
    selection: Selection = field(default_factory=lambda: Selection({}, {}))
    agents: dict[str, AgentMemory] = field(default_factory=dict)
    leader_seen: dict[str, float] = field(default_factory=dict)
    away_since: dict[str, float] = field(default_factory=dict)
    empty_since: dict[str, float] = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    unread: dict[str, str] = field(default_factory=dict)
    doubted: frozenset[str] = frozenset()
    returned: frozenset[str] = frozenset()
    quiet_at: float | None = None
    ephemeral_since: float | None = None
    root: int | None = None
    role_seen: bool = False
    hidden_looks: int = 0
    missing_looks: int = 0
    foreign_looks: int = 0
    asked: frozenset[str] = frozenset()
    idle: int = 0
    fruitless: int = 0

    def of(self, agent_id: str) -> AgentMemory:
        return self.agents.get(agent_id, AgentMemory())

    def after_look(self, inventory: Inventory, job: Job) -> Memory:
        """With what a settled look adds: the pin at the first one, and since when things are as they are."""
        snapshot, now = inventory.snapshot, inventory.now
        root = self.root
        if job.approved is not None:
            selection, root = Selection(job.approved.pins, job.approved.hosts), job.approved.znode
        elif self.looks == 0:
            selection = pin(snapshot.agents, _expected(inventory), job)
        else:
            selection = self.selection.joined(snapshot.agents, job)
        away = [agent.id for agent in snapshot.agents if not agent.served]
        seen = replace(
            self,
            looks=self.looks + 1,
            selection=selection,
            root=root,
            leader_seen={snapshot.leader.id: now, **self.leader_seen},
            away_since={agent_id: self.away_since.get(agent_id, now) for agent_id in away},
            role_seen=self.role_seen
            or any(bytes(agent.reserved.get(job.role or "", b"[]")) != b"[]" for agent in snapshot.agents),
            hidden_looks=_hidden_looks(inventory, self.hidden_looks),
            missing_looks=_missing_looks(inventory, self.missing_looks),
        )
        return seen._after_znode(inventory.znode, snapshot.leader.id)

    def _after_znode(self, view: ZnodeView | Unknown | None, leader_id: str) -> Memory:
        if not isinstance(view, ZnodeView):
            return self
        foreign = view.master_id != leader_id if view.master_id is not None else view.expected
        since = self.ephemeral_since if self.ephemeral_since is not None else view.at
        return replace(
            self,
            root=(view.znode.czxid or 0) if self.root is None else self.root,
            ephemeral_since=since if view.znode.ephemerals else None,
            foreign_looks=self.foreign_looks + 1 if foreign else 0,
        )

    def after_empty(self, empty: Iterable[str], now: float) -> Memory:
        """With the agents of which neither the master nor their own state shows anything that was asked for."""
        return replace(self, empty_since={agent_id: self.empty_since.get(agent_id, now) for agent_id in empty})

    def after_own_states(self, own: Mapping[str, OwnState | Unknown]) -> Memory:
        """With why the own state of agents could not be read, of those that were asked this time."""
        kept = {agent_id: why for agent_id, why in self.unread.items() if agent_id not in own}
        new = {agent_id: state.why for agent_id, state in own.items() if isinstance(state, Unknown)}
        return replace(self, unread={**kept, **new})

    def after_proofs(
        self, told: Iterable[str], doubted: Iterable[str], returned: Iterable[str], quiet_at: float | None
    ) -> Memory:
        """With what is known by now of the agents that show nothing of the selection."""
        return replace(
            self,
            told=frozenset(told),
            doubted=frozenset(doubted),
            returned=frozenset(returned),
            quiet_at=quiet_at,
        )

    def after_decision(self, ask: frozenset[str], *, waits: bool, writes: bool) -> Memory:
        """With whom the next look asks, and whether the run waits for it or writes first."""
        idle = 0 if writes else self.idle + waits
        return replace(self, asked=self.asked | ask, idle=idle)

    def after_answers(self, answers: Iterable[tuple[Answer, frozenset[Kind], bool]]) -> Memory:
        """With what was answered: (answer, kinds in the request, whether it was the only item) each."""
        answers = tuple(answers)
        fruitless = 0 if any(succeeded(answer) for answer, _, _ in answers) else self.fruitless + 1
        agents = dict(self.agents)
        by_agent: dict[str, list[tuple[Answer, frozenset[Kind], bool]]] = {}
        for entry in answers:
            by_agent.setdefault(entry[0].agent_id, []).append(entry)
        for agent_id, entries in by_agent.items():
            agents[agent_id] = _after(self.of(agent_id), entries)
        return replace(self, agents=agents, fruitless=fruitless)


def _after(before: AgentMemory, entries: list[tuple[Answer, frozenset[Kind], bool]]) -> AgentMemory:
    final = before.final
    bad = [answer for answer, _, _ in entries if not succeeded(answer)]
    again = any(is_refused(answer) for answer in bad)
    for answer, kinds, single in entries:
        if is_final(answer, single=single) or (is_refused(answer) and single and before.tries >= TRIES):
            final = (*final, Final(kinds, answer))
    return AgentMemory(
        tries=before.tries + 1 if again else 0,
        final=final,
        bad=bad[-1] if bad else None,
    )


def _expected(inventory: Inventory) -> frozenset[str]:
    """Agents that the cluster is known to have without showing them."""
    snapshot = inventory.snapshot
    expected = {agent.id for agent in snapshot.recovered}
    if not isinstance(snapshot.roll, Unknown):
        expected |= snapshot.roll.admitted | snapshot.roll.unreachable
    return frozenset(expected)


def _hidden_looks(inventory: Inventory, before: int) -> int:
    counts = inventory.snapshot.counts
    if not isinstance(counts, Counts) or counts.frameworks_active is None:
        return before
    shown = sum(framework.active and not framework.completed for framework in inventory.snapshot.frameworks)
    return before + 1 if counts.frameworks_active > shown else 0


def _missing_looks(inventory: Inventory, before: int) -> int:
    """Where the registry tells who should be there, nothing has to be counted."""
    snapshot = inventory.snapshot
    if not isinstance(snapshot.roll, Unknown):
        return 0
    if not isinstance(snapshot.counts, Counts) or snapshot.counts.agents_active is None:
        return before
    return before + 1 if fewer_shown(snapshot) else 0
