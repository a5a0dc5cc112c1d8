"""The decision: pure and total, from a settled look, the job and the memory of this run (rules S, O, D, P).

Proof is the same decision made again: nothing of the selection is left, and everything else that would have to be
known is known.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from janitor.cleanup.absent import still_to_register
from janitor.cleanup.approval import outdated
from janitor.cleanup.awaited import Awaited
from janitor.cleanup.beside import named_and_left, no_clock
from janitor.cleanup.case import Case
from janitor.cleanup.givenup import mistaken_loss
from janitor.cleanup.guards import first_objection
from janitor.cleanup.inventory import Inventory
from janitor.cleanup.job import Job
from janitor.cleanup.memory import Memory
from janitor.cleanup.move import LookAgain, Move, Refuse, Write, next_move
from janitor.cleanup.outcome import Blocked, Leftover
from janitor.cleanup.proof import Proof
from janitor.cleanup.proofs import prove_all
from janitor.cleanup.prove import earlier_operations
from janitor.cleanup.roll import call_roll
from janitor.cleanup.selection import Remaining
from janitor.cleanup.typos import not_found
from janitor.cleanup.unsent import unsent
from janitor.cleanup.work import AgentWork, work_on, workable
from janitor.cleanup.writers import writers
from janitor.cleanup.znodeguards import part_of_a_service


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
    other = outdated(case)
    if other is not None:
        return Decision(case.memory, Refuse(other), left=case.left)
    roll = call_roll(case)
    proven = prove_all(case)
    stays = unsent(case, proven.memory.returned)
    leftovers = (*roll.leftovers, *stays)
    notices = (*no_clock(case), *roll.notices, *proven.notices, *named_and_left(case))
    objection = first_objection(case)
    if not still_to_register(case) and not isinstance(objection, Blocked):
        notices += tuple(not_found(case))
    ask, waits = proven.ask, [*proven.waits, *roll.waits, *earlier_operations(case)]
    work: list[AgentWork] = []
    if isinstance(objection, Awaited):
        waits.append(objection)
    elif objection is None:
        ready = writers(case, workable(case))
        ask |= ready.ask
        waits += ready.waits
        work = [step for agent in ready.agents for step in work_on(agent, case)]
    open_ends = bool(work or waits or leftovers or ask or any(kept.selected for kept in case.left.values()))
    clean, kept = not open_ends and not isinstance(objection, Blocked), part_of_a_service(case)
    rest = bool(work or stays or ask or objection or len(waits) > len(roll.waits))
    move = next_move(
        case,
        objection,
        work,
        waits=bool(waits),
        ask=ask,
        clean=clean,
        kept=kept is not None,
        away=roll.away if not rest else "",
    )
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
