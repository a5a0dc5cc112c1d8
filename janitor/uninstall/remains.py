"""What is left for the clean-up once a scheduler is gone, and how to come back for what was given up. Pure."""

from __future__ import annotations

import shlex
from collections.abc import Iterable

from janitor.cleanup.job import Job
from janitor.uninstall.service import Reserved, Service
from janitor.uninstall.situation import Situation
from janitor.uninstall.stuck import StuckStep


def cleanup_jobs(situation: Situation, lost_agents: tuple[str, ...]) -> tuple[Job, ...]:
    """The clean-ups that remove what the service left: one for each role and principal, the last with the znode.

    In a role that is shared, only what is the service's own by its principal, and by its framework's id where the
    reservations name it.
    """
    service = situation.service
    found: list[tuple[str, str | None, tuple[tuple[str, str], ...]]] = []
    for held in situation.reserved:
        if held.role not in service.roles or (service.shared and not _own(held, service)):
            continue
        labels = (("framework_id", held.framework_id),) if service.shared and held.framework_id else ()
        if (held.role, held.principal, labels) not in found:
            found.append((held.role, held.principal, labels))
    if not found:
        found = [(service.roles[0], service.principals[0], ())]
    last = len(found) - 1
    return tuple(
        Job(
            role=role,
            principal=principal,
            labels=labels,
            znode=service.znode if number == last else None,
            lost_agents=lost_agents,
        )
        for number, (role, principal, labels) in enumerate(found)
    )


def _own(held: Reserved, service: Service) -> bool:
    if held.framework_id is not None:
        return held.framework_id in service.framework_ids
    return held.principal in service.principals


def comeback_commands(given_up: Iterable[StuckStep], service: Service) -> tuple[str, ...]:
    """Ready commands for the day the agents return: pinned to what was given up on, and to nothing else."""
    ids = sorted({stuck.resource_id for stuck in given_up})
    if not ids:
        return ()
    labels = [word for resource_id in ids for word in ("--label", f"resource_id={resource_id}")]
    return tuple(
        shlex.join(["janitor", "clean", "-r", role, "-p", service.principals[0], *labels]) for role in service.roles
    )
