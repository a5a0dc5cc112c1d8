"""A settled look at the cluster (rule L3): asked again until it is one, or until the deadline."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeVar

from janitor.cleanup.cluster import Cluster
from janitor.cleanup.credible import credible_roll, with_credible_date
from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.errors import HttpStatus, NoAnswer, OutOfTime, Unreadable, Untrusted, ZooKeeperTrouble
from janitor.events import View, Waiting
from janitor.holdings.owners import SETTLED_AFTER
from janitor.mesos.cluster import Agent, Counts, Flags, Leader, OwnState, Roll, Snapshot, Unknown
from janitor.patience import Patience
from janitor.transport.again import again
from janitor.transport.fanout import fan_out
from janitor.words import clause
from janitor.zookeeper.ensemble import Ensemble
from janitor.zookeeper.znode import Znode

T = TypeVar("T")

FIRST_CONTACT = 5.0
"""Seconds in which a master that never answered is asked again; one that did is asked until the deadline."""

NOBODY_ANSWERS = 10.0
"""Seconds without an answer of any agent after which no further one is asked: there is a firewall in between."""


@dataclass(frozen=True, slots=True)
class Wants:
    """What this look should gather beyond the usual.

    own       agents whose own state is wanted (rules P2, D5)
    counts    whether to ask /metrics/snapshot, which answers two requests a second
    znode     path of the znode to look at; None for not now
    apps      ids to ask Marathon for while the leader is young; empty for not
    tasks     whether to ask for all tasks, a large answer, though no agent is unreachable
    """

    own: frozenset[str] = frozenset()
    counts: bool = True
    znode: str | None = None
    apps: tuple[str, ...] = ()
    tasks: bool = False


class Looker:
    """Looks at one cluster, again and again.

    Remembers only whether the master ever answered, what speaks against the Date of its answers, and each znode as last
    seen: a large tree of znodes is walked as a whole at the first look only (rule O4).
    """

    def __init__(self, cluster: Cluster, patience: Patience, view: View) -> None:
        self._cluster = cluster
        self._patience = patience
        self._view = view
        self._reached = False
        self._doubts: dict[str, str] = {}
        self._znodes: dict[str, Znode] = {}
        self.version = ""

    def look(self, wants: Wants) -> Inventory:
        """A settled look.

        Raises what cannot change by asking again: Untrusted, LoginRefused, Unauthorized, Forbidden, Unreadable, TooOld
        and other statuses at once; Unreachable when the master never answered; OutOfTime with the last cause.
        """
        since = self._patience.clock()
        cause: list[NoAnswer | HttpStatus] = []

        def attempt() -> tuple[Snapshot, float] | None:
            try:
                return self._attempt(wants)
            except (Unreadable, Untrusted):
                raise
            except (NoAnswer, HttpStatus) as error:
                self._give_up_on(error, since)
                cause[:] = [error]
                self._cluster.master.forget_leader()
                return None

        def on_wait() -> None:
            why = f" ({clause(cause[0].message)})" if cause else ""
            waited = self._patience.clock() - since
            what = f"a settled view of the master at {self._cluster.master.url}{why}"
            self._view(Waiting(what, waited, self._patience.at_most(waited)))

        try:
            snapshot, now = self._patience.poll(
                attempt, every=0.1, at_most=3.0, what="waiting for the master", on_wait=on_wait
            )
        except OutOfTime as error:
            if not cause or cause[0] is error:
                raise
            last = cause[0]
            nobody = isinstance(last, NoAnswer) and not self._reached
            remedy = last.remedy or (self._cluster.master.remedy if nobody else None)
            raise OutOfTime(error.message, why=last.message, remedy=remedy) from error
        return self._with_witnesses(snapshot, now, wants)

    def _give_up_on(self, error: NoAnswer | HttpStatus, since: float) -> None:
        """Raise what asking again does not change."""
        if isinstance(error, HttpStatus) and not error.passes:
            raise error
        if self._patience.remaining() <= 0 or self._patience.stop.raised:
            raise error
        waited = self._patience.clock() - since
        # A follower sends everybody to a leader that died, until there is another one: it has answered all the same.
        self._reached |= isinstance(error, NoAnswer) and error.redirected
        if isinstance(error, NoAnswer) and not self._reached and waited > FIRST_CONTACT:
            error.remedy = error.remedy or self._cluster.master.remedy
            raise error

    def _attempt(self, wants: Wants) -> tuple[Snapshot, float] | None:
        """The five questions of rule L3, in order, and when they began; None when the leader changed meanwhile.

        What a look shows may be as old as its beginning: a late answer of one agent does not make it any newer.
        """
        master, ask = self._cluster.master, self._ask
        first = master.leader()
        now = self._patience.clock()
        self._reached = True
        pending = ask(lambda: master.operations(first.version))
        agents, recovered = ask(master.agents)
        frameworks = ask(master.frameworks)
        roll = credible_roll(ask(master.roll), agents)
        counts = ask(master.counts) if wants.counts or isinstance(roll, Unknown) else None
        flags = ask(lambda: master.flags(first.id))
        tasks = ask(master.tasks) if wants.tasks or _misses_agents(roll, counts) else ()
        last = ask(master.leader)
        if first.id != last.id:
            return None
        self.version = last.version
        last = with_credible_date(last, counts, frameworks, self._doubts.get(last.id, ""))
        self._doubts[last.id] = last.doubt
        if not agents and not recovered and isinstance(roll, Roll) and roll.admitted - roll.unreachable:
            return None  # the empty moment of a new leader: the registry knows better
        own = self._own_states([agent for agent in agents if agent.id in wants.own])
        return Snapshot(last, agents, recovered, frameworks, pending, roll, counts, flags, tasks, own), now

    def _ask(self, question: Callable[[], T]) -> T:
        """One question of a look. It is repeated alone: the first and the last one tell whether the look is settled."""
        return again(question, self._patience)

    def _own_states(self, agents: Sequence[Agent]) -> dict[str, OwnState | Unknown]:
        states: dict[str, OwnState | Unknown] = {}
        own_state, side_by_side = self._cluster.master.own_state, self._cluster.concurrency

        def ask(agent: Agent) -> OwnState | Unknown:
            return self._ask(lambda: own_state(agent))

        answered = self._patience.clock()
        while_some_answer = takewhile(lambda _: self._patience.clock() - answered < NOBODY_ANSWERS, agents)
        for agent, state in fan_out(while_some_answer, ask, concurrency=side_by_side, patience=self._patience):
            states[agent.id] = Unknown(str(state)) if isinstance(state, Exception) else state
            answered = self._patience.clock() if isinstance(state, OwnState) else answered
        silent = f"not asked: none of the agents asked before answered for {NOBODY_ANSWERS:g} s"
        return {**{agent.id: Unknown(silent) for agent in agents}, **states}

    def _with_witnesses(self, snapshot: Snapshot, now: float, wants: Wants) -> Inventory:
        """The look at Mesos, with ZooKeeper and Marathon where they are wanted."""
        znode = self._znode(snapshot.leader, snapshot.flags, wants.znode) if wants.znode is not None else None
        young = (snapshot.leader.age or 0.0) < SETTLED_AFTER
        apps = self._cluster.apps_named(wants.apps) if wants.apps and young else None
        return Inventory(snapshot, now, znode, apps)

    def znode(self, inventory: Inventory, path: str) -> ZnodeView | Unknown:
        """One look at a znode, in the ensemble of the cluster that was looked at."""
        return self._znode(inventory.snapshot.leader, inventory.snapshot.flags, path)

    def _znode(self, leader: Leader, flags: Flags, path: str) -> ZnodeView | Unknown:
        since = self._patience.clock()

        def tell(nodes: int) -> None:
            what = f"the check of all znodes below {path} ({nodes} so far)"
            waited = self._patience.clock() - since
            self._view(Waiting(what, waited, self._patience.at_most(waited)))

        self._patience.check(f"before {path} was looked at")
        try:
            ensemble = self._cluster.ensemble(flags, leader, self._patience)
            master_id = ensemble.master_id(self._cluster.mesos_path(flags, leader))
            expected = self._cluster.masters_register(flags, leader)
            znode = ensemble.look(path, self._znodes.get(path), tell)
            self._znodes[path] = znode
            beside = _beside(ensemble, path) if not znode.exists else ()
            return ZnodeView(znode, ensemble.name, master_id, self._patience.clock(), beside, expected)
        except ZooKeeperTrouble as error:
            if self._patience.remaining() <= 0:
                raise OutOfTime(error.message, remedy=error.remedy) from error
            return Unknown(error.message, error.remedy)


def _beside(ensemble: Ensemble, path: str) -> tuple[str, ...] | Unknown:
    """What else there is, to tell a typing mistake by: it decides nothing else, so that it may be unknown (rule S4)."""
    try:
        return ensemble.beside(path)
    except ZooKeeperTrouble as error:
        return Unknown(error.message)


def _misses_agents(roll: Roll | Unknown, counts: Counts | Unknown | None) -> bool:
    """Whether an agent is unreachable: only then the tasks are asked for (rule L2)."""
    if isinstance(roll, Roll):
        return bool(roll.unreachable)
    return isinstance(counts, Counts) and bool(counts.agents_unreachable)
