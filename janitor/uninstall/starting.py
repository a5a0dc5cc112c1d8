"""How an uninstall begins: pods that have to be moved first, and what Cosmos is asked for. Pure."""

from __future__ import annotations

from dataclasses import replace

from janitor.message import Message, do
from janitor.uninstall.actions import Next, ReplacePod, StartUninstall, Stuck, WaitFor
from janitor.uninstall.situation import Choice, Situation, WaitLimits
from janitor.words import called, listed


def before_the_start(situation: Situation, choice: Choice, limits: WaitLimits) -> Next | None:
    """Pods on agents that never return can be moved now, and never again: their steps would wait for ever.

    None when there are none, or they are to be forced (or left) afterwards.
    """
    if situation.way != "modern" or choice.force_missing:
        return None
    lost = [pod for pod in situation.away_pods if pod.lost and pod.name not in situation.kept_pods]
    if not lost:
        return None
    if situation.replaced_for > limits.pods_elsewhere:
        names = listed(pod.name for pod in lost)
        return Stuck(
            f"{names} did not start on another agent within {limits.pods_elsewhere:.0f} s.",
            do("Go on without:", situation.paste_uninstall(replace(choice, force_missing=True))),
        )
    waiting = [pod for pod in lost if pod.name in situation.moved_pods]
    if len(waiting) == len(lost):
        return WaitFor(f"pod {called(lost[0].name)} to start on another agent")
    pod = next(pod for pod in lost if pod.name not in situation.moved_pods)
    return ReplacePod(
        f"Replace pod {called(pod.name)}: it was on agent {pod.agent_id}, which never returns",
        f"Replace pod {called(pod.name)} before the uninstall? It was on agent {pod.agent_id}, which never returns; "
        "afterwards its steps would have to be forced.",
        pod.name,
    )


def start(situation: Situation, choice: Choice) -> Next:
    """Have Cosmos uninstall its package, once that is known and was confirmed."""
    service = situation.service
    package = choice.package or service.package
    if package is None:
        manual = situation.paste_uninstall(replace(choice, way="manual"))
        return Stuck(
            Message(f"Cosmos does not know {service.app_id}.", "it carries no label DCOS_PACKAGE_NAME"),
            do("Name its package:", situation.paste_uninstall(replace(choice, package="PACKAGE"))).also(
                "Or go the manual way:", manual
            ),
        )
    question = f"Uninstall {service.name}? Its data is lost; this cannot be undone."
    if situation.way == "modern":
        question = f"Uninstall {service.name}? Its data is lost, and an uninstall that has begun cannot be cancelled."
    return StartUninstall(
        f"Have Cosmos uninstall package {package} of {service.app_id}", question, package, service.app_id
    )
