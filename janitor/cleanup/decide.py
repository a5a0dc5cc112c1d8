"""The decision: pure and total, from a settled look, the job and the memory of this run (rules S, O, D, P).

Proof is the same decision made again: nothing of the selection is left, and everything else that would have to be
known is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from janitor import rules
from janitor.cleanup.answers import is_forbidden, is_held, said
from janitor.cleanup.asked import MOST, asked_on
from janitor.cleanup.awaited import Awaited
from janitor.cleanup.guards import first_verdict, still_to_register
from janitor.cleanup.inventory import Inventory
from janitor.cleanup.job import Job
from janitor.cleanup.memory import AgentMemory, Memory
from janitor.cleanup.outcome import Answer, Blocked, Leftover
from janitor.cleanup.proof import Proof
from janitor.cleanup.proofs import prove_all
from janitor.cleanup.prove import earlier_operations
from janitor.cleanup.roll import call_roll, given_up_on, mistaken_loss
from janitor.cleanup.selection import Remaining, asks_for_resources, remaining
from janitor.cleanup.typos import not_found
from janitor.cleanup.writers import writers
from janitor.exits import Exit
from janitor.mesos.cluster import Agent
from janitor.mesos.resources import Resource
from janitor.mesos.roles import implied_by_znode, related
from janitor.words import command, counted


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
class Decision:
    """What to do now, and what stands in the way of the end.

    memory     with what this look added
    work       to send now; empty while a guard waits
    blocked    the run ends here
    waits      look again for these, before the end can be told
    leftovers  what would be left if the run ended now, beyond what `work` still removes
    proofs     agent id -> how it is known that nothing is left there
    ask        agents whose own state the next look should read
    guarded    a guard waits: nothing is written before it is satisfied
    clean      everything asked for on agents is proven gone: the znode may go
    left       agent id -> what this look shows of the selection there
    kept       why the znode stays although the agents are clean (rule S5)
    """

    memory: Memory
    work: tuple[AgentWork, ...] = ()
    blocked: Blocked | None = None
    waits: tuple[Awaited, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    notices: tuple[str, ...] = ()
    proofs: dict[str, Proof] = field(default_factory=dict)
    ask: frozenset[str] = frozenset()
    left: dict[str, Remaining] = field(default_factory=dict)
    guarded: bool = False
    clean: bool = False
    kept: Blocked | None = None


def decide(inventory: Inventory, job: Job, memory: Memory) -> Decision:
    """What follows from this look. `memory` is what the run remembered before it; the new one is in the decision."""
    first = memory.selection is None
    memory = memory.after_look(inventory, job)
    selection = memory.selection
    assert selection is not None
    mistake = mistaken_loss(inventory, job, first=first)
    if mistake is not None:
        return Decision(memory, blocked=mistake)
    given_up = given_up_on(inventory, job, selection)
    left = {
        agent.id: remaining(agent, selection, job) if agent.id not in given_up else Remaining()
        for agent in inventory.snapshot.agents
    }
    roll = call_roll(inventory, job, memory)
    proven = prove_all(inventory, job, memory, left, given_up)
    memory = proven.memory
    leftovers = [*roll.leftovers, *_unsendable(inventory, left, memory)]
    notices = (*_no_clock(inventory), *roll.notices, *proven.notices, *_named_and_left(inventory, job, left))
    verdict = first_verdict(inventory, job, memory)
    if not still_to_register(inventory, job) and not isinstance(verdict, Blocked):
        notices += tuple(not_found(inventory, job, memory))
    ask, waits = proven.ask, [*proven.waits, *roll.waits, *earlier_operations(inventory, job, given_up)]
    work: list[AgentWork] = []
    if isinstance(verdict, Awaited):
        waits.append(verdict)
    elif verdict is None:
        ready = writers(inventory, job, memory, _workable(inventory, left))
        ask |= ready.ask
        waits += ready.waits
        work = [step for agent in ready.agents for step in _work(agent, left[agent.id], memory.of(agent.id))]
    open_ends = work or waits or leftovers or ask or any(kept.selected for kept in left.values())
    return Decision(
        memory=memory,
        work=tuple(work),
        blocked=verdict if isinstance(verdict, Blocked) else None,
        waits=tuple(waits),
        leftovers=tuple(leftovers),
        notices=notices,
        proofs=proven.proofs,
        ask=ask,
        left=left,
        guarded=isinstance(verdict, Awaited),
        clean=not open_ends and not isinstance(verdict, Blocked),
        kept=part_of_a_service(inventory, job, left, given_up),
    )


def _workable(inventory: Inventory, left: dict[str, Remaining]) -> tuple[Agent, ...]:
    """The agents that answer and still have something (rule D3)."""
    return tuple(agent for agent in inventory.snapshot.agents if agent.served and left[agent.id].selected)


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


def _unsendable(inventory: Inventory, left: dict[str, Remaining], memory: Memory) -> list[Leftover]:
    """What is there and nothing is sent for: answers that are final, and what changed under a pinned stack."""
    leftovers = []
    for agent in inventory.snapshot.agents:
        kept, done = left[agent.id], memory.of(agent.id)
        for item in kept.selected if done.final else ():
            final = done.ended(item.kind)
            if final is not None:
                leftovers.append(
                    Leftover(agent.id, agent.host, str(item), said(final.answer), _remedy(final.answer, item))
                )
        for excess in kept.excess:
            remedy = "Look who uses the role now; run this again to select what is there."
            leftovers.append(Leftover(agent.id, agent.host, str(excess.item), excess.why, remedy))
        if agent.id in memory.returned:
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


def part_of_a_service(
    inventory: Inventory, job: Job, left: dict[str, Remaining], given_up: frozenset[str]
) -> Blocked | None:
    """Rule S5: the role that the znode's name implies still holds dynamic reservations that were not selected.

    What is on an agent that never returns (rule L6) holds nothing up.
    """
    if job.znode is None:
        return None
    path = "/" + job.znode.strip("/")
    for agent in inventory.snapshot.agents:
        if agent.id in given_up:
            continue
        for role in sorted(agent.roles):
            if not implied_by_znode(path, role):
                continue
            kept = left[agent.id].selected
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
                    f"Clean that role, too: {command('janitor', '-r', role, '-z', job.znode, *job.reach)}",
                )
    return None


def _no_clock(inventory: Inventory) -> tuple[str, ...]:
    """Rule L7: ages are not taken by a Date that contradicts the master's own clock."""
    doubt = inventory.snapshot.leader.doubt
    if not doubt:
        return ()
    return (f"The Date of the master's answers is no clock: {doubt}. Ages are counted from this run's first look.",)


def _named_and_left(inventory: Inventory, job: Job, left: dict[str, Remaining]) -> tuple[str, ...]:
    """What stands close to the selection and is not part of it (rules S1, S2, S4)."""
    notices: list[str] = []
    role = job.role or ""
    if asks_for_resources(job):
        notices += _role_notices(inventory, job, role)
    for agent_id, kept in sorted(left.items()):
        if kept.new:
            new = _listed([*map(str, kept.new[:MOST])], len(kept.new))
            notices.append(f"New on agent {agent_id} since the first look, and left: {new}.")
    return tuple(notices)


def _role_notices(inventory: Inventory, job: Job, role: str) -> Iterable[str]:
    asked = [asked_on(agent, job) for agent in inventory.snapshot.agents]
    others = sum((Counter(one.others) for one in asked), Counter[str | None]())
    if count := others.total():
        names = ", ".join(sorted({principal or "none" for principal in others}))
        left = "was not asked for, and is left" if count == 1 else "were not asked for, and are left"
        yield f"Role {role} holds {counted(count, 'item')} that {left} (principal {names})."
    if static := [text for one in asked for text in one.static]:
        listed = _listed(static, sum(one.statics for one in asked))
        yield f"Statically reserved for role {role}, and left (the agents' flags reserve it): {listed}."
    near = sorted({other for agent in inventory.snapshot.agents for other in agent.reserved if related(role, other)})
    for other in near:
        yield f"Role {other} has reservations, too, and is left: it is another role than {role}."


def _listed(texts: Sequence[str], count: int) -> str:
    shown = ", ".join(texts[:MOST])
    return shown if count <= MOST else f"{shown} and {count - MOST} more"
