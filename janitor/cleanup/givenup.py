"""When `--lost-agent` cannot be meant (rule L6): a mistake of the command line, before anything is written. Pure."""

from __future__ import annotations

from janitor import rules
from janitor.cleanup.case import Case
from janitor.cleanup.lost import is_there, likely_mistake, not_lost, unknown
from janitor.cleanup.outcome import Blocked
from janitor.exits import Exit
from janitor.mesos.cluster import Roll
from janitor.message import Again, do


def mistaken_loss(case: Case) -> Blocked | None:
    """An agent that is there is not lost; and a word that means no agent may be a typing mistake.

    One that comes back after the first look proves the operator's word wrong: that ends the run. What a word means is
    asked at the first look alone, and where the registry tells which agents there are.
    """
    snapshot, first = case.snapshot, case.memory.looks == 1
    agent = not_lost(snapshot.agents, case.job.lost_agents)
    if agent is not None:
        words = [word for word in case.job.lost_agents if word not in (agent.id, agent.host)]
        others = [option for word in words for option in ("--lost-agent", word)]
        leave_out = do(
            "Leave the option out. What is on the agent will be cleaned:",
            Again(*others, without=["--lost-agent"]),
        )
        return Blocked(rules.L6, Exit.USAGE if first else Exit.FAILED, is_there(agent), leave_out)
    if not first or not isinstance(snapshot.roll, Roll):
        return None
    for word, ids in case.meant.items():
        remedy = likely_mistake(word, snapshot, snapshot.roll) if not ids else None
        if remedy is not None:
            return Blocked(rules.L6, Exit.USAGE, unknown(word), remedy)
    return None
