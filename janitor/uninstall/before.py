"""What an operator has to know before an uninstall is begun. Pure."""

from __future__ import annotations

from dataclasses import replace

from janitor.uninstall.closing import name_the_znode, unknown_znode
from janitor.uninstall.groups import FEW
from janitor.uninstall.situation import Choice, Situation
from janitor.words import called, counted, listed


def warnings(situation: Situation, choice: Choice) -> list[str]:
    """What has to be known before it is begun."""
    service = situation.service
    warnings = [
        f"Role {called(role)} is shared with others: only what is this service's own is removed."
        for role in service.shared_roles
    ]
    for held in situation.untold:
        warnings.append(
            f"{counted(held.items, 'item')} of {called(held.principal or 'nobody')} in role {called(held.role)} "
            f"{'names' if held.items == 1 else 'name'} no framework, and another framework has this principal, too: "
            "it cannot be told whose that is, so it stays."
        )
    if situation.znode is False and (untold := unknown_znode(situation, choice)):
        warnings.append(f"{untold} {name_the_znode(situation, choice)}")
    away = [pod for pod in situation.away_pods if not pod.lost]
    for pod in away[:FEW]:
        lost = replace(choice, lost_agents=(*choice.lost_agents, pod.agent_id))
        warnings.append(
            f"Pod {called(pod.name)} is on agent {pod.agent_id}, which is away: the uninstall will wait until it is "
            "back. If it never returns, say so now, since its pods can be replaced only before: "
            f"{situation.paste_uninstall(lost)}"
        )
    if len(away) > FEW:
        names = listed(pod.name for pod in away[FEW:])
        warnings.append(f"{len(away) - FEW} more pods are on agents that are away: {names}.")
    return warnings
