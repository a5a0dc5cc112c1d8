"""What an operator has to know before an uninstall is begun. Pure."""

from __future__ import annotations

from dataclasses import replace

from janitor.events import Warned
from janitor.holdings.groups import FEW
from janitor.message import do
from janitor.uninstall.closing import left_alone, name_the_znode, unknown_znode
from janitor.uninstall.situation import Choice, Situation
from janitor.words import called, listed


def warnings(situation: Situation, choice: Choice) -> list[Warned]:
    """What has to be known before it is begun."""
    service = situation.service
    warnings = [
        Warned(f"Role {called(role)} is shared with others: only what is this service's own is removed.")
        for role in service.shared_roles
    ]
    warnings += map(Warned, left_alone(situation))
    if situation.znode is False and (unknown := unknown_znode(situation, choice)):
        warnings.append(Warned(unknown, name_the_znode(situation, choice)))
    away = [pod for pod in situation.away_pods if not pod.lost]
    for pod in away[:FEW]:
        lost = replace(choice, lost_agents=(*choice.lost_agents, pod.agent_id))
        what = (
            f"Pod {called(pod.name)} is on agent {pod.agent_id}, which is away: the uninstall waits until it is back."
        )
        say_so = "If it never returns, say so now. Its pods can be replaced only before the uninstall begins:"
        warnings.append(Warned(what, do(say_so, situation.paste_uninstall(lost))))
    if len(away) > FEW:
        names = listed(pod.name for pod in away[FEW:])
        warnings.append(Warned(f"{len(away) - FEW} more pods are on agents that are away: {names}."))
    return warnings
