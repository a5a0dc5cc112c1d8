"""A role, or a principal, that was very likely mistyped (rule S4). Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from janitor import rules
from janitor.cleanup.asked import asks_for_resources
from janitor.cleanup.case import Case
from janitor.cleanup.evidence import MOST_COMMANDS, beside, is_reserved, roles_shown, selects_nothing
from janitor.cleanup.inventory import ZnodeView
from janitor.cleanup.near import mistaken_for, nearest
from janitor.cleanup.outcome import Blocked, refused
from janitor.cleanup.refusals import clean_command
from janitor.holdings.holding import Holding, holdings_of_role
from janitor.holdings.naming import znode_by_role
from janitor.holdings.owners import first_living
from janitor.mesos.roles import service_of
from janitor.message import do
from janitor.words import MOST_NAMES, called, counted


def mistyped_role(case: Case) -> Blocked | None:
    """Nobody has the role, and the principal holds something in one of a near name, whose owners are all dead."""
    role, principal = case.job.role, case.job.principal
    if role is None or principal is None or not selects_nothing(case) or is_reserved(case.snapshot, role):
        return None
    frameworks = case.snapshot.frameworks
    if any(role in framework.roles for framework in frameworks):
        return None
    found: dict[str, int] = {}
    for other in sorted(roles_shown(case.snapshot)):
        if not mistaken_for(role, other):
            continue
        held = [one for one in holdings_of_role(case.snapshot.agents, other) if one.removable]
        count = sum(one.removable for one in held if one.principal == principal)
        if count and first_living((one.owner for one in held), other, frameworks) is None:
            found[other] = count
    if not found:
        return None
    holds = _some(f"role {called(other)} holds {counted(count, 'reservation')} of it" for other, count in found.items())
    commands = [
        clean_command(replace(case.job, role=other, znode=_znode_of(case, other))) for other in [*found][:MOST_COMMANDS]
    ]
    return refused(
        rules.S4,
        f"Likely typo: role {role} is not known: nothing is reserved for it, and no framework has it. But principal "
        f"{principal} is known: {holds}.",
        [
            do(f"To clean that role{_rest(len(found))}:", *commands),
            do(f"If role {role} is right all the same:", clean_command(replace(case.job, principal=None))),
        ],
    )


def _znode_of(case: Case, role: str) -> str | None:
    """The znode to name with another role: its own one, where the one that was given is not there."""
    view = case.inventory.znode
    if service_of(role) is None or not isinstance(view, ZnodeView) or view.znode.exists:
        return case.job.znode
    implied = znode_by_role(role)
    return implied if implied in beside(view) else case.job.znode


def role_not_found(case: Case) -> Iterator[str]:
    role = case.job.role
    if role is None or not selects_nothing(case) or is_reserved(case.snapshot, role):
        return
    agents = case.snapshot.agents
    counts = {other: _count(holdings_of_role(agents, other)) for other in nearest(role, roles_shown(case.snapshot))}
    near = [f"role {called(other)} holds {counted(count, 'reservation')}" for other, count in counts.items() if count]
    yield f"Nothing of role {role} was found{f'; {_some(near)}' if near else ''}."


def mistyped_principal(case: Case) -> Blocked | None:
    """The role holds something, none of it the principal's, and no owner of it is alive."""
    job = case.job
    if not selects_nothing(case) or job.role is None:
        return None
    others = other_principals(case)
    if not others:
        return None
    if first_living((one.owner for one in others), job.role, case.snapshot.frameworks) is not None:
        return None
    counts = Counter[str]()
    for one in others:
        counts[one.principal or ""] += one.removable
    who = [f"{_named(one)} holds {counted(count, 'reservation')}" for one, count in sorted(counts.items())]
    commands = [
        clean_command(replace(job, principal=one or None, any_principal=not one))
        for one in sorted(counts)[:MOST_COMMANDS]
    ]
    return refused(
        rules.S4,
        f"Likely typo: role {job.role} holds reservations, but none of principal {job.principal}: {_some(who)}.",
        [
            do(f"To select them{_rest(len(counts))}:", *commands),
            do("Or all of the role, whoever reserved it:", clean_command(replace(job, any_principal=True))),
        ],
    )


def other_principals(case: Case) -> tuple[Holding, ...]:
    """What the role holds that could be asked for, when a principal was given and none of it is that principal's."""
    job = case.job
    if job.principal is None or job.any_principal or not asks_for_resources(job) or job.role is None:
        return ()
    others = tuple(one for one in holdings_of_role(case.snapshot.agents, job.role) if one.removable)
    return () if any(one.principal == job.principal for one in others) else others


def _some(told: Iterable[str]) -> str:
    """The first MOST_NAMES of these, and how many there are besides."""
    told = [*told]
    return "; ".join([*told[:MOST_NAMES], *([f"and {len(told) - MOST_NAMES} more"] if len(told) > MOST_NAMES else [])])


def _rest(number: int) -> str:
    """What stands before the commands of which only the first ones are written out."""
    return f" ({number - MOST_COMMANDS} more in the same way)" if number > MOST_COMMANDS else ""


def _count(held: Iterable[Holding]) -> int:
    return sum(one.removable for one in held)


def _named(principal: str) -> str:
    return f"principal {called(principal)}" if principal else "no principal at all"
