"""The loop: look, decide, act, settle, and again, until nothing of the selection is left; then the znode."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from janitor.cleanup.act import Sent, act
from janitor.cleanup.answers import said, succeeded
from janitor.cleanup.awaited import Awaited
from janitor.cleanup.cluster import Cluster
from janitor.cleanup.decide import Decision, decide
from janitor.cleanup.guards import first_verdict
from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.job import Job
from janitor.cleanup.look import Looker, Wants
from janitor.cleanup.memory import Memory
from janitor.cleanup.outcome import Blocked, Outcome, ZnodeRecord
from janitor.cleanup.report import Ending, bare_outcome_of, outcome_of
from janitor.cleanup.settle import settle
from janitor.cleanup.znode import remove_znode
from janitor.errors import Bug, JanitorError, Refusal, ZooKeeperTrouble
from janitor.events import Acting, AgentProven, Answered, Looked, Notice, View, Waiting
from janitor.exits import Exit
from janitor.mesos.roles import service_of
from janitor.patience import Patience
from janitor.zookeeper.ensemble import Care
from janitor.zookeeper.paths import names_of

_log = logging.getLogger(__name__)

LONGEST_PAUSE = 1.0
"""Seconds between two rounds of writes of which none succeeded."""

WALK_HOLDS = 60.0
"""Seconds for which the walk over a large znode at the beginning holds; after that it is walked once more before it is
deleted (rule O4)."""

LIGHT_AFTER = 3
"""Looks in a row without work after which ZooKeeper is left alone until something changes."""


def clean(cluster: Cluster, job: Job, znode: str | None, patience: Patience, view: View) -> Outcome:
    """Remove what the job asks for, prove it gone, and then delete the znode.

    znode: the job's, as the path that rule Z1 made of it. Everything that happens ends in the Outcome, a bug of our own
    included: what was sent until then is told.
    """
    with _seldom_collecting():
        return _Run(cluster, job, znode, patience, view).run()


@contextmanager
def _seldom_collecting() -> Iterator[None]:
    """Collect garbage seldom meanwhile: a look at a large cluster makes millions of objects, and no rings of them."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _bug(error: Exception) -> Bug:
    _log.debug("what nobody expected:", exc_info=error)
    return Bug(error)


class _Run:
    """What one run has seen and done so far."""

    def __init__(self, cluster: Cluster, job: Job, znode: str | None, patience: Patience, view: View) -> None:
        self._cluster = cluster
        self._job = job
        self._path = znode
        self._patience = patience
        self._view = view
        self._looker = Looker(cluster, patience, view)
        self._memory = Memory()
        self._ending = Ending(job=job, started=patience.clock())
        self._fruitless = 0

    def run(self) -> Outcome:
        try:
            inventory = self._rounds()
            if inventory is not None and self._path is not None:
                self._ending.znode, self._ending.refused = self._delete(inventory, self._path)
        except JanitorError as error:
            self._ending.error = error
        except Exception as error:
            self._ending.error = _bug(error)
        self._ending.version = self._looker.version
        self._ending.ended = self._patience.clock()
        try:
            return outcome_of(self._ending, self._memory)
        except Exception as error:
            self._ending.error = _bug(error)
            return bare_outcome_of(self._ending)

    def _rounds(self) -> Inventory | None:
        """Rounds until everything is proven gone: then the last look; None when the run ends otherwise."""
        wants = self._full(frozenset())
        asked: frozenset[str] = frozenset()
        idle = 0
        while True:
            inventory = self._looker.look(wants)
            decision = decide(inventory, self._job, self._memory)
            self._note(inventory, decision)
            whole = wants.znode is not None or self._path is None
            unasked, asked = decision.ask - asked, asked | decision.ask
            if decision.blocked is not None:
                return None
            if self._job.dry_run and not decision.guarded:
                if not unasked:
                    return None
                wants = self._full(wants.own | decision.ask)
            elif (decision.work or decision.clean) and not whole:
                wants = self._full(wants.own | decision.ask)
            elif decision.clean:
                return inventory if decision.kept is None else None
            elif decision.work:
                idle = 0
                wants = self._full(decision.ask | self._act(inventory, decision))
            elif decision.waits or decision.ask:
                idle += 1
                if not unasked:
                    self._wait(inventory, decision, idle)
                light = idle > LIGHT_AFTER and not decision.guarded
                wants = Wants(own=decision.ask) if light else self._full(decision.ask)
            else:
                return None

    def _full(self, own: frozenset[str]) -> Wants:
        return Wants(own=own, counts=True, znode=self._path, apps=self._names())

    def _names(self) -> tuple[str, ...]:
        """The Marathon app ids that the service of the znode, and that of the role, may have, for rule O2."""
        names = {name.strip("/") for name in names_of(self._path)} if self._path is not None else set()
        service = service_of(self._job.role) if self._job.role is not None else None
        if service is not None:
            names.add(service.replace("__", "/"))
        return tuple(sorted(names))

    def _note(self, inventory: Inventory, decision: Decision) -> None:
        """Remember the look, and tell what is new in it."""
        ending = self._ending
        self._memory = decision.memory
        for text in decision.notices:
            if text not in ending.notices:
                ending.notices.append(text)
                self._view(Notice(text))
        known = frozenset(ending.proofs)
        ending.looked(inventory, decision)
        for agent_id, proof in decision.proofs.items():
            if agent_id not in known:
                self._view(AgentProven(agent_id, ending.hosts.get(agent_id, ""), proof.sentence))
        items = sum(len(left.selected) for left in decision.left.values())
        volumes = sum(len(left.selected.volumes) for left in decision.left.values())
        agents = len(inventory.snapshot.agents)
        self._view(Looked(ending.rounds, inventory.snapshot.leader.version, agents, volumes, items))

    def _act(self, inventory: Inventory, decision: Decision) -> frozenset[str]:
        """Send the work and let it settle. Gives the agents whose own state the next look should read."""
        self._ending.rounds += 1
        requests = sum(step.requests for step in decision.work)
        self._view(Acting(self._ending.rounds, len(decision.work), requests))
        sent: list[Sent] = []
        try:
            for one in self._sending(decision):
                sent.append(one)
                answer = one.answer
                self._ending.answers.append(answer)
                self._view(
                    Answered(answer.agent_id, answer.host, answer.stage, answer.items, answer.status, answer.words)
                )
        finally:
            self._memory = self._memory.after_answers((one.answer, one.kinds, one.single) for one in sent)
        self._hold_off(sent)
        assert self._memory.selection is not None
        version = inventory.snapshot.leader.version
        settle(self._cluster.master, version, self._memory.selection, self._patience, self._view)
        touched = frozenset(step.agent_id for step in decision.work)
        told = inventory.snapshot.pending is not None
        return frozenset(
            agent.id
            for agent in inventory.snapshot.agents
            if agent.id in touched and not (told and agent.tells_operations)
        )

    def _hold_off(self, sent: Sequence[Sent]) -> None:
        """After a round in which nothing succeeded, leave the master alone for a while, longer each time."""
        if any(succeeded(one.answer) for one in sent):
            self._fruitless = 0
            return
        self._fruitless += 1
        now = self._patience.clock()
        what = f"the master to take what is sent ({said(sent[-1].answer)})" if sent else "the master"
        self._view(Waiting(what, now - self._ending.waiting_since("writes", now), self._patience.timeout))
        self._patience.pause(min(0.05 * 2**self._fruitless, LONGEST_PAUSE))

    def _sending(self, decision: Decision) -> Iterable[Sent]:
        master, concurrency = self._cluster.master, self._cluster.concurrency
        return act(decision.work, master, concurrency=concurrency, patience=self._patience)

    def _wait(self, inventory: Inventory, decision: Decision, idle: int) -> None:
        """Say what for, and look again later: soon at first, and never more often than a look takes itself."""
        now = self._patience.clock()
        if decision.waits:
            first = decision.waits[0]
            more = f" (and {len(decision.waits) - 1} more)" if len(decision.waits) > 1 else ""
            at_most = first.at_most if first.at_most is not None else self._patience.timeout
            waited = now - min(first.since, self._ending.waiting_since(first.what, now))
            self._view(Waiting(first.what + more, waited, at_most))
        took = now - inventory.now
        self._patience.pause(max(took, min(0.05 * 2 ** min(idle, 6), 2.0)))
        self._patience.check("waiting for " + decision.waits[0].what if decision.waits else "")

    def _delete(self, inventory: Inventory, path: str) -> tuple[ZnodeRecord, Blocked | None]:
        assert isinstance(inventory.znode, ZnodeView)
        ensemble = self._cluster.ensemble(inventory.snapshot.flags, inventory.snapshot.leader, self._patience)
        fresh = self._patience.clock() - self._ending.started < WALK_HOLDS
        seen = inventory.znode.znode if fresh else None
        care = Care("live-znode" in self._job.overrides, self._owners_again, seen)
        return remove_znode(ensemble, inventory.znode, path, self._memory, self._view, care)

    def _owners_again(self) -> None:
        """Between two sweeps over the znode: go on only when it still has no owner (rules O1 to O4, Z2).

        Raises Refusal when it has one by now, ZooKeeperTrouble when that cannot be told.
        """
        while True:
            inventory = self._looker.look(self._full(frozenset()))
            self._memory = self._memory.after_look(inventory, self._job)
            verdict = first_verdict(inventory, self._job, self._memory)
            if verdict is None:
                return
            if isinstance(verdict, Awaited):
                self._view(Waiting(verdict.what, inventory.now - verdict.since, self._patience.timeout))
                self._patience.pause(LONGEST_PAUSE)
                self._patience.check("waiting for " + verdict.what)
            elif verdict.status == Exit.REFUSED:
                raise Refusal(verdict.message, rule=verdict.rule, remedy=verdict.remedy)
            else:
                raise ZooKeeperTrouble(verdict.message, remedy=verdict.remedy)
