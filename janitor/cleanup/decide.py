"""The decision: pure and total, from a settled look, the job and the memory of this run (rules S, O, D, P).

Proof is the same decision made again: nothing of the selection is left, and everything else that would have to be
known is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from janitor import rules
from janitor.cleanup.answers import is_forbidden, is_held, said
from janitor.cleanup.asked import MOST, asked_on
from janitor.cleanup.awaited import Awaited
from janitor.cleanup.case import Case
from janitor.cleanup.givenup import mistaken_loss
from janitor.cleanup.guards import Objection, first_objection, still_to_register
from janitor.cleanup.inventory import Inventory
from janitor.cleanup.job import Job
from janitor.cleanup.memory import AgentMemory, Memory
from janitor.cleanup.outcome import Answer, Blocked, Leftover
from janitor.cleanup.proof import Proof
from janitor.cleanup.proofs import prove_all
from janitor.cleanup.prove import earlier_operations, tells
from janitor.cleanup.roll import call_roll
from janitor.cleanup.selection import Remaining, asks_for_resources
from janitor.cleanup.typos import not_found
from janitor.cleanup.writers import writers
from janitor.exits import Exit
from janitor.mesos.cluster import Agent
from janitor.mesos.resources import Resource
from janitor.mesos.roles import implied_by_znode, related
from janitor.words import counted, own_command


@dataclass(frozen=True, slots=True)
class AgentWork:
    """What to send to one agent for one resource provider: the volumes first, then everything (rule D1)."""

    agent_id: str
    host: str
    provider: str | None
    volumes: Sequence[Resource]
    reservations: Sequence[Resource]
    one_by_one: bool = False

    @property
    def requests(self) -> int:
        if self.one_by_one:
            return len(self.volumes) + len(self.reservations)
        return bool(self.volumes) + bool(self.reservations)


@dataclass(frozen=True, slots=True)
class Write:
    """Send this work, let it settle, and look at everything again.

    own     agents whose own state that look should read
    """

    work: tuple[AgentWork, ...]
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Look once more.

    own     agents whose own state to read
    whole   whether to look at the znode and at Marathon, too
    after   seconds to wait before it, if the looks themselves take no longer; 0 for at once
    """

    own: frozenset[str] = frozenset()
    whole: bool = True
    after: float = 0.0


@dataclass(frozen=True, slots=True)
class Refuse:
    """A rule ends the run."""

    blocked: Blocked


@dataclass(frozen=True, slots=True)
class Stop:
    """Nothing more can be done: what is left stays; so does the znode. Where a dry run has seen all, it stops, too."""


@dataclass(frozen=True, slots=True)
class Finish:
    """All that was asked for on agents is proven gone, as this very look shows: the znode may go."""


Move = Write | LookAgain | Refuse | Stop | Finish
"""What the run does next."""

LIGHT_AFTER = 3
"""Looks in a row without work after which ZooKeeper is left alone until something changes."""

LONGEST_WAIT = 2.0
"""Seconds between two looks that only wait."""


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do now, and what stands in the way of the end.

    memory     with what this look added
    move       what the run does next
    work       what is to be sent; empty while a guard waits. A dry run only shows it
    waits      look again for these, before the end can be told
    leftovers  what would be left if the run ended now, beyond what `work` still removes
    proofs     agent id -> how it is known that nothing is left there
    ask        agents whose own state the next look should read
    clean      everything asked for on agents is proven gone
    left       agent id -> what this look shows of the selection there
    kept       why the znode stays although the agents are clean (rule S5)
    """

    memory: Memory
    move: Move
    work: tuple[AgentWork, ...] = ()
    waits: tuple[Awaited, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    notices: tuple[str, ...] = ()
    proofs: Mapping[str, Proof] = field(default_factory=dict)
    ask: frozenset[str] = frozenset()
    left: Mapping[str, Remaining] = field(default_factory=dict)
    clean: bool = False
    kept: Blocked | None = None

    @property
    def blocked(self) -> Blocked | None:
        """The rule that ends the run here."""
        return self.move.blocked if isinstance(self.move, Refuse) else None


def decide(inventory: Inventory, job: Job, memory: Memory) -> Decision:
    """What follows from this look. `memory` is what the run remembered before it; the new one is in the decision."""
    case = Case(inventory, job, memory.after_look(inventory, job))
    mistake = mistaken_loss(case)
    if mistake is not None:
        return Decision(case.memory, Refuse(mistake))
    roll = call_roll(case)
    proven = prove_all(case)
    leftovers = (*roll.leftovers, *_unsendable(case, proven.memory.returned))
    notices = (*_no_clock(case), *roll.notices, *proven.notices, *_named_and_left(case))
    objection = first_objection(case)
    if not still_to_register(case) and not isinstance(objection, Blocked):
        notices += tuple(not_found(case))
    ask, waits = proven.ask, [*proven.waits, *roll.waits, *earlier_operations(case)]
    work: list[AgentWork] = []
    if isinstance(objection, Awaited):
        waits.append(objection)
    elif objection is None:
        ready = writers(case, _workable(case))
        ask |= ready.ask
        waits += ready.waits
        work = [step for agent in ready.agents for step in _work(agent, case.left[agent.id], case.memory.of(agent.id))]
    open_ends = work or waits or leftovers or ask or any(kept.selected for kept in case.left.values())
    open_ends = bool(work or waits or leftovers or ask or any(kept.selected for kept in case.left.values()))
    clean, kept = not open_ends and not isinstance(objection, Blocked), part_of_a_service(case)
    move = _move(case, objection, work, waits=bool(waits), ask=ask, clean=clean, kept=kept is not None)
    memory = proven.memory.after_decision(
        ask, waits=isinstance(move, LookAgain) and move.after > 0, writes=isinstance(move, Write)
    )
    return Decision(
        memory=memory,
        move=move,
        work=tuple(work),
        waits=tuple(waits),
        leftovers=leftovers,
        notices=notices,
        proofs=proven.proofs,
        ask=ask,
        left=case.left,
        clean=clean,
        kept=kept,
    )


def _move(
    case: Case,
    objection: Objection,
    work: Sequence[AgentWork],
    *,
    waits: bool,
    ask: frozenset[str],
    clean: bool,
    kept: bool,
) -> Move:
    """What the run does next. Before it writes or ends, it looks at everything."""
    if isinstance(objection, Blocked):
        return Refuse(objection)
    guarded = isinstance(objection, Awaited)
    unasked = ask - case.memory.asked
    again = LookAgain(ask | case.snapshot.own.keys())
    if case.job.dry_run and not guarded:
        return again if unasked else Stop()
    whole = case.inventory.znode is not None or not case.path
    if (work or clean) and not whole:
        return again
    if clean:
        return Stop() if kept else Finish()
    if work:
        return Write(tuple(work), ask | _untold(case, work))
    if not (waits or ask):
        return Stop()
    idle = case.memory.idle + 1
    after = 0.0 if unasked else min(0.05 * 2 ** min(idle, 6), LONGEST_WAIT)
    return LookAgain(ask, whole=guarded or idle <= LIGHT_AFTER, after=after)


def _untold(case: Case, work: Sequence[AgentWork]) -> frozenset[str]:
    """The agents of this work of which the master does not tell what they have done (rule P2)."""
    touched = frozenset(step.agent_id for step in work)
    return frozenset(
        agent.id for agent in case.snapshot.agents if agent.id in touched and not tells(agent, case.snapshot)
    )


def _workable(case: Case) -> tuple[Agent, ...]:
    """The agents that answer and still have something (rule D3)."""
    return tuple(agent for agent in case.snapshot.agents if agent.served and case.left[agent.id].selected)


def _work(agent: Agent, kept: Remaining, memory: AgentMemory) -> list[AgentWork]:
    """One piece of work per resource provider: two in one request are refused (rules D1, D2)."""
    items = kept.selected
    if memory.final:
        items = items.only(number for number, item in enumerate(items) if memory.ended(item.kind) is None)
    work = []
    for provider in sorted(items.providers, key=str):
        of_provider = items.of(provider)
        work.append(
            AgentWork(
                agent_id=agent.id,
                host=agent.host,
                provider=provider,
                volumes=of_provider.volumes,
                reservations=of_provider.dynamic,
                one_by_one=memory.tries >= 2,
            )
        )
    return [step for step in work if step.requests]


_RETURNED = "The master shows it again: the agent had not done what an earlier run asked of it, or it is new."
_SELECT = "Run this again: it is selected then."


def _unsendable(case: Case, returned: frozenset[str]) -> list[Leftover]:
    """What is there and nothing is sent for: answers that are final, and what changed under a pinned stack."""
    leftovers = []
    for agent in case.snapshot.agents:
        kept, done = case.left[agent.id], case.memory.of(agent.id)
        for item in kept.selected if done.final else ():
            final = done.ended(item.kind)
            if final is not None:
                leftovers.append(
                    Leftover(agent.id, agent.host, str(item), said(final.answer), _remedy(final.answer, item))
                )
        for excess in kept.excess:
            remedy = "Look who uses the role now; run this again to select what is there."
            leftovers.append(Leftover(agent.id, agent.host, str(excess.item), excess.why, remedy))
        if agent.id in returned:
            leftovers += [Leftover(agent.id, agent.host, str(item), _RETURNED, _SELECT) for item in kept.new]
    return leftovers


def _remedy(answer: Answer, item: Resource) -> str:
    if is_forbidden(answer):
        what = "volume" if item.volume_id is not None else "reservation"
        principal = item.volume_principal if item.volume_id is not None else item.top.principal
        return (
            f"Use credentials that may delete it; on DC/OS: delete on "
            f"dcos:mesos:master:{what}:principal:{principal or ''} (and the same for what else is listed)."
        )
    if is_held(answer):
        return "A task still holds it: find it (dcos task), end it, run this again."
    return "Read the master's words above; when the cause is gone, run this again."


def part_of_a_service(case: Case) -> Blocked | None:
    """Rule S5: the role that the znode's name implies still holds dynamic reservations that were not selected.

    What is on an agent that never returns (rule L6) holds nothing up.
    """
    job = case.job
    if job.znode is None:
        return None
    for agent in case.snapshot.agents:
        if agent.id in case.given_up:
            continue
        for role in sorted(agent.roles):
            if not implied_by_znode(case.path, role):
                continue
            kept = case.left[agent.id].selected
            if role == job.role and len(kept.dynamic) == asked_on(agent, job).dynamic:
                continue
            selected = frozenset(kept)
            others = [item for item in agent.resources(role) if item.dynamic and item not in selected]
            if others:
                return Blocked(
                    rules.S5,
                    Exit.FAILED,
                    f"The znode {job.znode} stays: role {role} still holds reservations of its service, "
                    f"{others[0]} on agent {agent.id} ({agent.host}) for one.",
                    f"Clean that role, too: {own_command(job.reach, '-r', role, '-z', job.znode)}",
                )
    return None


def _no_clock(case: Case) -> tuple[str, ...]:
    """Rule L7: ages are not taken by a Date that contradicts the master's own clock."""
    doubt = case.snapshot.leader.doubt
    if not doubt:
        return ()
    return (f"The Date of the master's answers is no clock: {doubt}. Ages are counted from this run's first look.",)


def _named_and_left(case: Case) -> tuple[str, ...]:
    """What stands close to the selection and is not part of it (rules S1, S2, S4)."""
    notices: list[str] = []
    if asks_for_resources(case.job):
        notices += _role_notices(case, case.job.role or "")
    for agent_id, kept in sorted(case.left.items()):
        if kept.new:
            new = _listed([*map(str, kept.new[:MOST])], len(kept.new))
            notices.append(f"New on agent {agent_id} since the first look, and left: {new}.")
    return tuple(notices)


def _role_notices(case: Case, role: str) -> Iterable[str]:
    asked = [asked_on(agent, case.job) for agent in case.snapshot.agents]
    others = sum((Counter(one.others) for one in asked), Counter[str | None]())
    if count := others.total():
        names = ", ".join(sorted({principal or "none" for principal in others}))
        left = "was not asked for, and is left" if count == 1 else "were not asked for, and are left"
        yield f"Role {role} holds {counted(count, 'item')} that {left} (principal {names})."
    if static := [text for one in asked for text in one.static]:
        listed = _listed(static, sum(one.statics for one in asked))
        yield f"Statically reserved for role {role}, and left (the agents' flags reserve it): {listed}."
    near = sorted({other for agent in case.snapshot.agents for other in agent.reserved if related(role, other)})
    for other in near:
        yield f"Role {other} has reservations, too, and is left: it is another role than {role}."


def _listed(texts: Sequence[str], count: int) -> str:
    shown = ", ".join(texts[:MOST])
    return shown if count <= MOST else f"{shown} and {count - MOST} more"
