"""The loop: look, decide, act, settle, and again, until nothing of the selection is left; then the znode."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import takewhile

from janitor.cleanup import recorded
from janitor.cleanup.act import Sent, act
from janitor.cleanup.answers import said
from janitor.cleanup.awaited import Awaited
from janitor.cleanup.case import Case
from janitor.cleanup.cluster import Cluster
from janitor.cleanup.decide import Decision, decide
from janitor.cleanup.guards import first_objection
from janitor.cleanup.inventory import Inventory, ZnodeView
from janitor.cleanup.job import Job
from janitor.cleanup.look import Looker, Wants
from janitor.cleanup.memory import Memory
from janitor.cleanup.move import Finish, LookAgain, Refuse, Stay, Stop, Write
from janitor.cleanup.outcome import Blocked, Outcome, ZnodeRecord
from janitor.cleanup.planned import planned
from janitor.cleanup.report import Course, bare_outcome_of, outcome_of
from janitor.cleanup.settle import settle
from janitor.cleanup.work import AgentWork
from janitor.cleanup.znode import remove_znode
from janitor.errors import Bug, JanitorError, NotRecorded, OutOfTime, Refusal, Unreachable, ZooKeeperTrouble
from janitor.events import Acting, AgentProven, Answered, Looked, Notice, Planned, Staying, View, Waiting
from janitor.exits import Exit
from janitor.holdings.naming import names_of, written
from janitor.journal import UNRECORDED, Journal, Proof, ZnodeEnd
from janitor.mesos.roles import service_of
from janitor.patience import Patience
from janitor.zookeeper.backup import Backup, masked
from janitor.zookeeper.ensemble import Care

_log = logging.getLogger(__name__)

LONGEST_PAUSE = 1.0
"""Seconds between two rounds of writes of which none succeeded."""

STAY_EVERY = 30.0
"""Seconds between two looks while the run stays for agents that are away; where a look takes long, twenty of them."""

LOOK_HOLDS = 60.0
"""Seconds for which a round of writes goes by what was seen before it; then everything is looked at again, owners first
of all (rules O1 to O4)."""

WALK_HOLDS = 60.0
"""Seconds for which the walk over a large znode at the beginning holds; after that it is walked once more before it is
deleted (rule O4)."""


def clean(cluster: Cluster, job: Job, patience: Patience, view: View, journal: Journal | None = None) -> Outcome:
    """Remove what the job asks for, prove it gone, and then delete the znode. `journal` keeps what was done.

    The job's znode has passed rule Z1. Everything that happens ends in the Outcome, a bug of our own
    included: what was sent until then is told.
    """
    with _seldom_collecting():
        return _Run(cluster, job, patience, view, journal or UNRECORDED).run()


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

    def __init__(self, cluster: Cluster, job: Job, patience: Patience, view: View, journal: Journal) -> None:
        self._cluster = cluster
        self._journal = journal
        self._recorded: set[str] = set()
        self._job = job
        self._patience = patience
        self._view = view
        self._looker = Looker(cluster, patience, view)
        self._memory = Memory()
        self._course = Course(job=job, started=patience.clock())
        self._planned: Planned | None = None
        self._staying: str | None = None
        self._stays_since: float | None = None

    def run(self) -> Outcome:
        try:
            self._journal.record(recorded.asked(self._job))
            inventory = self._rounds()
            if inventory is not None and isinstance(inventory.znode, ZnodeView):
                self._course.znode, self._course.refused = self._delete(inventory, inventory.znode)
                self._record_znode(self._course.znode)
        except JanitorError as error:
            self._course.error = error
        except Exception as error:
            self._course.error = _bug(error)
        self._course.version = self._looker.version
        self._course.ended = self._patience.clock()
        outcome = self._outcome()
        try:
            self._journal.record(recorded.cleaned(outcome), sync=True)
        except NotRecorded as error:
            self._course.error = self._course.error or error
            outcome = self._outcome()
        return outcome

    def _outcome(self) -> Outcome:
        try:
            return outcome_of(self._course, self._memory)
        except Exception as error:
            self._course.error = _bug(error)
            return bare_outcome_of(self._course)

    def _rounds(self) -> Inventory | None:
        """Rounds until everything is proven gone: then the last look; None when the run ends otherwise."""
        wants = self._wants(LookAgain())
        while True:
            try:
                inventory = self._looker.look(wants)
            except (OutOfTime, Unreachable):  # days are long: a master that was away comes back, too
                if self._staying is None or not self._stays(self._staying):
                    raise
                continue
            decision = decide(inventory, self._job, self._memory)
            self._note(inventory, decision)
            if not isinstance(decision.move, Stay):
                self._staying = None
            match decision.move:
                case Finish():
                    return inventory
                case Refuse() | Stop():
                    return None
                case Stay(what):
                    if not self._stays(what, self._patience.clock() - inventory.now):
                        return None
                    wants = self._wants(LookAgain(whole=False))
                case Write(work, own):
                    self._write(inventory, work)
                    wants = self._wants(LookAgain(own))
                case LookAgain(after=after) as again:
                    if after:
                        self._wait(inventory, decision.waits, after)
                    wants = self._wants(again)

    def _stays(self, what: str, look: float = 0.0) -> bool:
        """Stay for a while; False when the operator's time for that is over. `look`: how long one takes.

        It is no work: from the next look on the run has its whole time again.
        """
        now = self._patience.clock()
        self._staying, self._stays_since = what, self._stays_since if self._stays_since is not None else now
        stayed, at_most = now - self._stays_since, self._job.wait_for_agents
        if stayed >= at_most:
            return False
        self._view(Staying(what, stayed, at_most))
        self._patience.stay(min(max(STAY_EVERY, 20 * look), at_most - stayed))
        return True

    def _wants(self, again: LookAgain) -> Wants:
        if not again.whole:
            return Wants(own=again.own)
        return Wants(own=again.own, znode=self._job.path or None, apps=self._names())

    def _names(self) -> tuple[str, ...]:
        """The Marathon app ids that the service of the znode, and that of the role, may have, for rule O2."""
        names = {written(name) for name in names_of(self._job.path)}
        service = service_of(self._job.role) if self._job.role is not None else None
        if service is not None:
            names.add(written(service))
        return tuple(sorted(names))

    def _note(self, inventory: Inventory, decision: Decision) -> None:
        """Remember the look, and tell what is new in it."""
        course = self._course
        self._memory = decision.memory
        self._record_selection(inventory)
        for text in decision.notices:
            self._tell(text)
        if not self._planned:
            self._planned = planned(inventory, decision, self._job)
            if self._planned is not None:
                self._view(self._planned)
        known = frozenset(course.proofs)
        course.looked(inventory, decision)
        for agent_id, proof in decision.proofs.items():
            if agent_id not in known:
                host = course.hosts.get(agent_id, "")
                self._journal.record(Proof(agent_id=agent_id, host=host, proof=proof.sentence))
                self._view(AgentProven(agent_id, host, proof.sentence))
        items = sum(len(left.selected) for left in decision.left.values())
        volumes = sum(left.selected.volume_count for left in decision.left.values())
        agents = len(inventory.snapshot.agents)
        self._view(Looked(course.rounds, inventory.snapshot.leader.version, agents, volumes, items))

    def _record_selection(self, inventory: Inventory) -> None:
        """Keep what was selected: of each agent once, also of those that came later."""
        if self._journal is UNRECORDED:
            return
        if not self._recorded:
            self._journal.record(recorded.cluster(inventory, self._cluster.master.url))
            self._recorded.add("")
        selection = self._memory.selection
        for agent_id in sorted(selection.holders - self._recorded):
            host = selection.hosts.get(agent_id, "")
            self._journal.record(recorded.selected(agent_id, host, selection.of(agent_id)))
        self._recorded |= selection.holders

    def _record_intents(self, work: Sequence[AgentWork]) -> None:
        """Keep what a round is about to send, on the disk before its first write."""
        if self._journal is UNRECORDED:
            return
        last = None
        for intent in recorded.intents(self._course.rounds, work):
            if last is not None:
                self._journal.record(last)
            last = intent
        if last is not None:
            self._journal.record(last, sync=True)

    def _record_znode(self, record: ZnodeRecord) -> None:
        self._journal.record(
            ZnodeEnd(
                path=record.path,
                state=record.state,
                nodes=record.nodes,
                words=record.words,
                backup=record.backup or None,
                saved=record.saved if record.backup else None,
            ),
            sync=True,
        )

    def _write(self, inventory: Inventory, work: Sequence[AgentWork]) -> None:
        """Send the work and let it settle."""
        self._course.rounds += 1
        self._record_intents(work)
        requests = sum(step.requests for step in work)
        self._view(Acting(self._course.rounds, len(work), requests))
        sent: list[Sent] = []
        try:
            for one in self._sending(work):
                sent.append(one)
                answer = one.answer
                self._course.answers.append(answer)
                self._view(
                    Answered(answer.agent_id, answer.host, answer.stage, answer.items, answer.status, answer.words)
                )
        finally:
            self._memory = self._memory.after_answers((one.answer, one.kinds, one.single) for one in sent)
        self._hold_off(sent)
        version = inventory.snapshot.leader.version
        settle(self._cluster.master, version, self._memory.selection, self._patience, self._view)

    def _hold_off(self, sent: Sequence[Sent]) -> None:
        """After a round in which nothing succeeded, leave the master alone for a while, longer each time."""
        if not self._memory.fruitless:
            return
        now = self._patience.clock()
        what = f"the master to take what is sent ({said(sent[-1].answer)})" if sent else "the master"
        waited = now - self._course.waiting_since("writes", now)
        self._view(Waiting(what, waited, self._patience.at_most(waited)))
        self._patience.pause(min(0.05 * 2**self._memory.fruitless, LONGEST_PAUSE))

    def _sending(self, work: Sequence[AgentWork]) -> Iterable[Sent]:
        master, concurrency = self._cluster.master, self._cluster.concurrency
        clock, began = self._patience.clock, self._patience.clock()
        # Once the time is over nothing begins any more, and it is said that work is left.
        due = takewhile(lambda _: clock() - began < LOOK_HOLDS or self._patience.remaining() <= 0, work)
        return act(due, master, concurrency=concurrency, patience=self._patience, journal=self._journal)

    def _wait(self, inventory: Inventory, waits: Sequence[Awaited], after: float) -> None:
        """Say what for, and look again later: never more often than a look takes itself."""
        now = self._patience.clock()
        if waits:
            first = waits[0]
            more = f" (and {len(waits) - 1} more)" if len(waits) > 1 else ""
            waited = now - min(first.since, self._course.waiting_since(first.what, now))
            self._view(Waiting(first.what + more, waited, self._patience.at_most(waited, first.at_most)))
        self._patience.pause(max(now - inventory.now, after))
        self._patience.check("waiting for " + waits[0].what if waits else "")

    def _delete(self, inventory: Inventory, view: ZnodeView) -> tuple[ZnodeRecord, Blocked | None]:
        ensemble = self._cluster.ensemble(inventory.snapshot.flags, inventory.snapshot.leader, self._patience)
        fresh = self._patience.clock() - self._course.started < WALK_HOLDS
        seen = view.znode if fresh else None
        if view.znode.exists:
            self._journal.record(recorded.znode_intent(view), sync=True)
        backup = Backup(self._job.backup) if self._job.backup is not None else None
        care = Care("live-znode" in self._job.overrides, self._owners_again, seen, backup)
        try:
            return remove_znode(ensemble, view, self._job.path, self._memory, self._view, care, self._job.reach)
        finally:
            saved = backup.saved if backup is not None else None
            if saved is not None and saved.masked:
                self._tell(masked(saved.masked))

    def _tell(self, text: str) -> None:
        """Tell what is worth knowing, once."""
        if text not in self._course.notices:
            self._course.notices.append(text)
            self._view(Notice(text))

    def _owners_again(self) -> None:
        """Between two sweeps over the znode: go on only when it still has no owner (rules O1 to O4, Z2).

        Raises Refusal when it has one by now, ZooKeeperTrouble when that cannot be told.
        """
        while True:
            inventory = self._looker.look(self._wants(LookAgain()))
            self._memory = self._memory.after_look(inventory, self._job)
            no = first_objection(Case(inventory, self._job, self._memory))
            if no is None:
                return
            if isinstance(no, Awaited):
                waited = inventory.now - no.since
                self._view(Waiting(no.what, waited, self._patience.at_most(waited, no.at_most)))
                self._patience.pause(LONGEST_PAUSE)
                self._patience.check("waiting for " + no.what)
            elif no.status == Exit.REFUSED:
                raise Refusal(no.message, rule=no.rule, remedy=no.remedy)
            else:
                raise ZooKeeperTrouble(no.message, remedy=no.remedy)
