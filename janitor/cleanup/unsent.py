"""What is there and nothing is sent for, as leftovers (rules D4, S2, P2a, P3). Pure."""

from __future__ import annotations

from janitor.cleanup.answers import is_forbidden, is_held, said
from janitor.cleanup.case import Case
from janitor.cleanup.outcome import Answer, Leftover
from janitor.mesos.resources import Resource
from janitor.message import Again, Remedy, do

_RETURNED = "The master shows it again: the agent had not done what an earlier run asked of it, or it is new."

_SELECT = do("To remove it, run this again:", Again())


def unsent(case: Case, returned: frozenset[str]) -> list[Leftover]:
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
            remedy = do("Find out who uses the role now. To remove what is there now, too, run this again:", Again())
            leftovers.append(Leftover(agent.id, agent.host, str(excess.item), excess.why, remedy))
        if agent.id in returned:
            leftovers += [Leftover(agent.id, agent.host, str(item), _RETURNED, _SELECT) for item in kept.new]
    return leftovers


def _remedy(answer: Answer, item: Resource) -> Remedy:
    if is_forbidden(answer):
        volume = item.volume_id is not None
        principal = (item.volume_principal if volume else item.top.principal) or ""
        acl = "destroy_volumes (creator_principals" if volume else "unreserve_resources (reserver_principals"
        return do(
            "Use credentials that may delete it, and run this again. On DC/OS the permission is "
            f"dcos:mesos:master:{'volume' if volume else 'reservation'}:principal:{principal} delete (and the same for "
            f"what else is listed); on Mesos the ACL is {acl}: {principal}).",
        )
    if is_held(answer):
        return do("A task still holds it. Find it:", "dcos task").also("End it, then run this again:", Again())
    return do("Read the master's words above. When the cause is gone, run this again:", Again())
