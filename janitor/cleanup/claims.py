"""Who may still want what was selected, or the znode (rules O1 to O3), and whether that is known yet (O2). Pure.

What is refused by these claims, and the way out that is printed, is in `refusals`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from janitor.cleanup.job import Job
from janitor.cleanup.selection import Selection
from janitor.holdings.owners import owners
from janitor.mesos.cluster import Framework
from janitor.zookeeper.paths import names_of


@dataclass(frozen=True, slots=True)
class Claim:
    """A framework that still wants the selection, or may want the znode alone, and how that is known."""

    framework: Framework
    evidence: str
    znode_only: bool = False


def live_claims(selection: Selection, frameworks: Iterable[Framework], job: Job) -> tuple[Claim, ...]:
    """The frameworks that still want the selection, or may want the znode (rule O1); none for `*`."""
    kinds = selection.kinds
    nameless_znode = job.znode is not None and not names_of(job.path)
    if job.role in (None, "*") or not (kinds or nameless_znode):
        return ()
    of = owners(kinds)
    named = frozenset(owner.framework_id for owner in of if owner.framework_id is not None)
    only_named = all(owner.framework_id is not None for owner in of)
    frameworks = tuple(framework for framework in frameworks if not framework.completed)
    claims: list[Claim] = []
    for framework in frameworks:
        held = _held_by(framework, selection)
        lives = framework.active and job.role in framework.roles
        if held is not None:
            claims.append(Claim(framework, f"it holds {held}"))
        elif lives and kinds and not _excused(framework, job, named, only_named):
            claims.append(Claim(framework, f"it is active and subscribed to role {job.role}"))
        elif lives and nameless_znode and not _differs(framework, job):
            evidence = f"it is active and subscribed to role {job.role}, and the znode's name names no framework"
            claims.append(Claim(framework, evidence, znode_only=True))
    return tuple(sorted(claims, key=lambda claim: claim.znode_only))


def _held_by(framework: Framework, selection: Selection) -> str | None:
    """An item of the selection that the framework holds."""
    reserved = (item for item in framework.each_allocated() if item.kind.stack)
    return next((str(item) for item in reserved if selection.marks.bear(item)), None)


def _excused(framework: Framework, job: Job, named: frozenset[str], only_named: bool) -> bool:
    """Whether an active framework of the role has nothing to do with the selection all the same (rule O1)."""
    if framework.id in named:
        return False
    return only_named or _differs(framework, job)


def _differs(framework: Framework, job: Job) -> bool:
    """Whether its principal is known, and another one than the one that was asked for."""
    told_apart = job.principal is not None and not job.any_principal
    return told_apart and bool(framework.principal) and framework.principal != job.principal
