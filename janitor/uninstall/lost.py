"""`--lost-agent` where a whole service is looked at: whom it means, and when it cannot be meant (rule L6). Pure."""

from __future__ import annotations

from janitor.cleanup.lost import agents_meant, is_there, not_lost, those_away, unknown
from janitor.dcos.scheduler import Plan
from janitor.errors import UsageError
from janitor.holdings.where import host_of
from janitor.mesos.cluster import Snapshot, Unknown
from janitor.message import Again, do
from janitor.uninstall.situation import Away, Choice, Situation


def lost_agents(choice: Choice, snapshot: Snapshot) -> frozenset[str]:
    """The words themselves, hosts among them, and the ids that they mean."""
    meant = agents_meant(snapshot, choice.lost_agents)
    return frozenset(choice.lost_agents).union(*meant.values())


def known_as_lost(choice: Choice, snapshot: Snapshot) -> tuple[str, ...]:
    """The ids that the words mean: what a clean-up, which knows nothing of plans, can make use of."""
    return tuple(sorted(frozenset[str]().union(*agents_meant(snapshot, choice.lost_agents).values())))


def check_lost(choice: Choice, situation: Situation) -> None:
    """Raise UsageError when an agent that is said to be lost answers, or when there is no such agent.

    Where neither the registry nor the scheduler tells which agents there are, any may be meant.
    """
    snapshot = situation.snapshot
    agent = not_lost(snapshot.agents, choice.lost_agents)
    if agent is not None:
        words = [word for word in choice.lost_agents if word not in (agent.id, agent.host)]
        others = [option for word in words for option in ("--lost-agent", word)]
        raise UsageError(is_there(agent), remedy=do("Leave the option out:", Again(*others, without=["--lost-agent"])))
    if isinstance(snapshot.roll, Unknown) or isinstance(situation.plan, Away):
        return
    hosts = {host_of(phase) for phase in situation.plan.phases} if isinstance(situation.plan, Plan) else set()
    for word, ids in agents_meant(snapshot, choice.lost_agents).items():
        if not ids and word not in hosts:
            raise UsageError(unknown(word), remedy=those_away(snapshot, snapshot.roll))
