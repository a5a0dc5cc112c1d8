"""Who may still want what was selected, or the znode (rules O1 to O3), and whether that is known yet (O2). Pure.

What is refused by these claims, and the way out that is printed, is in `refusals`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from janitor.cleanup.job import Job
from janitor.cleanup.selection import Selection
from janitor.holdings.naming import names_of
from janitor.holdings.owners import Owner, may_be, owners
from janitor.mesos.cluster import Framework
from janitor.mesos.roles import offered
from janitor.words import called


@dataclass(frozen=True, slots=True)
class Claim:
    """A framework that still wants the selection, or may want the znode alone, and how that is known."""

    framework: Framework
    evidence: str
    znode_only: bool = False


def live_claims(selection: Selection, frameworks: Iterable[Framework], job: Job) -> tuple[Claim, ...]:
    """The frameworks that still want the selection, or may want the znode (rule O1); none for `*`."""
    kinds, role = selection.kinds, job.role
    nameless_znode = job.znode is not None and not names_of(job.path)
    if role in (None, "*") or not (kinds or nameless_znode):
        return ()
    of = owners(kinds)
    named = [owner for owner in of if owner.framework_id is not None]
    # Reservations that name no framework, and the znode, are of whoever is in the role with the principal asked for.
    nameless = Owner(None, None if job.any_principal else job.principal)
    claims: list[Claim] = []
    for framework in frameworks:
        if framework.completed:
            continue
        subscribed = offered(role, framework.roles)
        in_role = f"it is active and subscribed to role {called(subscribed or role)}"
        held = _held_by(framework, selection)
        if held is not None:
            claims.append(Claim(framework, f"it holds {held}"))
        elif not framework.active:
            continue
        elif any(may_be(framework, owner, role) for owner in named):
            claims.append(Claim(framework, in_role if subscribed else "it is active, and these reservations name it"))
        elif len(named) < len(of) and may_be(framework, nameless, role):
            claims.append(Claim(framework, in_role))
        elif nameless_znode and may_be(framework, nameless, role):
            claims.append(Claim(framework, f"{in_role}, and the znode's name names no framework", znode_only=True))
    return tuple(sorted(claims, key=lambda claim: claim.znode_only))


def _held_by(framework: Framework, selection: Selection) -> str | None:
    """An item of the selection that the framework holds."""
    reserved = (item for item in framework.each_allocated() if item.kind.stack)
    return next((str(item) for item in reserved if selection.marks.bear(item)), None)
