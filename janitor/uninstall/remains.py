"""What is left for the clean-up once a scheduler is gone, and how to come back for what was given up. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from janitor.cleanup.job import Job
from janitor.dcos.naming import role_of
from janitor.mesos.roles import service_of
from janitor.uninstall.lost import known_as_lost
from janitor.uninstall.missing import Missing
from janitor.uninstall.service import Service
from janitor.uninstall.situation import Choice, Situation

Labels = tuple[tuple[str, str], ...]


def cleanup_jobs(situation: Situation, choice: Choice, *, dry_run: bool = False) -> tuple[Job, ...]:
    """The clean-ups that remove what the service left: one for each role and principal, the last with the znode.

    In a role that is shared, only what is the service's own by its principal, and by its framework's id where the
    reservations name it. Where another service of the same name is there, only what names the old framework, and no
    znode: it is that one's now.
    """
    service = situation.service
    replaced = situation.replaced or bool(situation.strangers)
    found: list[tuple[str, str | None, Labels]] = []
    for held in situation.reserved:
        pinned = held.framework_id if replaced or not service.owns(held.role) else None
        if replaced and held.framework_id not in service.framework_ids:
            continue
        labels: Labels = ((held.label, pinned),) if pinned is not None else ()
        if (held.role, held.principal, labels) not in found:
            found.append((held.role, held.principal, labels))
    if not found:
        found = [_nothing_left(service)]
    last = len(found) - 1
    znode = None if replaced or not knows_znode(situation, choice) else service.znode
    return tuple(
        Job(
            role=role,
            principal=principal,
            labels=labels,
            znode=znode if number == last else None,
            lost_agents=known_as_lost(choice, situation.snapshot),
            backup=choice.backup,
            dry_run=dry_run,
            role_seen=role in situation.seen_roles,
            reach=situation.reach,
        )
        for number, (role, principal, labels) in enumerate(found)
    )


def knows_znode(situation: Situation, choice: Choice) -> bool:
    """Whether there is a znode that may go with the service: one that is told, or that is there by its name."""
    return not choice.no_znode and (situation.service.place_told or situation.znode is True)


def _nothing_left(service: Service) -> tuple[str, str | None, Labels]:
    """What to ask for where nothing is left, to have that proven: never what others may hold in a shared role."""
    role, principal = service.roles[0], service.principals[0]
    if service.owns(role) or (service.marks.has_of_another_name(role) and principal not in service.marks.shared):
        return role, principal, ()
    if service.framework_ids:
        return role, None, tuple(("framework_id", framework_id) for framework_id in sorted(service.framework_ids))
    return role_of(service.name), principal, ()


def given_up(situation: Situation) -> tuple[Missing, ...]:
    """What was forced; and, once the scheduler is gone, all that is on agents that never return."""
    over = situation.service.app is None
    found = [replace(one, resource_ids=one.resource_ids if over else one.forced) for one in situation.missing]
    return tuple(one for one in found if one.lost and one.resource_ids)


def comeback_commands(missing: Iterable[Missing], situation: Situation) -> tuple[str, ...]:
    """Ready commands for the day the agents return: pinned to what was given up on, and to nothing else."""
    service = situation.service
    ids = sorted({resource_id for one in missing if one.lost for resource_id in one.resource_ids})
    if not ids:
        return ()
    labels = [word for resource_id in ids for word in ("--label", f"resource_id={resource_id}")]
    return tuple(
        situation.paste("clean", "-r", role, *who, *labels) for role in service.roles for who in _who(role, service)
    )


def _who(role: str, service: Service) -> list[tuple[str, ...]]:
    """The options that name a principal, one command after another.

    What is on an agent that is away may have been reserved as any of them. In NAME-role the labels alone do; elsewhere
    reservations that name no framework need the principal (rule O3).
    """
    if len(service.principals) > 1 and service_of(role) is not None:
        return [()]
    return [("-p", principal) for principal in service.principals]
