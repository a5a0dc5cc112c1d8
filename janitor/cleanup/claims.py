"""Who may still want what was selected, or the znode (rules O1 to O3), and whether that is known yet (O2). Pure.

What is refused by these claims, and the way out that is printed, is in `refusals`.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from janitor.cleanup.job import Job
from janitor.cleanup.selection import Selection
from janitor.mesos.cluster import Framework
from janitor.mesos.resources import Kind
from janitor.zookeeper.paths import names_of

T = TypeVar("T", bound=Hashable)

SETTLED_AFTER = 60.0
"""Seconds after its election from which a leader knows its frameworks (rule O2)."""


FRAMEWORK_LABELS = ("framework_id", "marathon_framework_id")
"""Labels in which a reservation names its framework: an SDK's since 0.57.3, and Marathon's own. The first counts."""


@dataclass(frozen=True, slots=True)
class Owner:
    """Who reserved: a framework by its id, or else a principal (None: reserved without one)."""

    framework_id: str | None
    principal: str | None

    def __str__(self) -> str:
        if self.framework_id is not None:
            return f"framework {self.framework_id}"
        return f"principal {self.principal}" if self.principal is not None else "reservations without a principal"


@dataclass(frozen=True, slots=True)
class Claim:
    """A framework that still wants the selection, or may want the znode alone, and how that is known."""

    framework: Framework
    evidence: str
    znode_only: bool = False


def naming_label(kind: Kind) -> tuple[str, str] | None:
    """(key, value) of the label in which a reservation names its framework; None where it names none."""
    top = kind.stack[-1] if kind.stack else None
    for key in FRAMEWORK_LABELS:
        if top is not None and (value := top.label(key)):
            return key, value
    return None


def framework_id_of(kind: Kind) -> str | None:
    """The framework that a reservation names in its labels."""
    label = naming_label(kind)
    return label[1] if label is not None else None


def owners(kinds: Iterable[Kind]) -> Mapping[Owner, tuple[Kind, ...]]:
    """Who reserved what (rule O3): framework_id, else marathon_framework_id, else the principal.

    A reservation without an id joins the one id that its principal has elsewhere in the selection.
    """
    return _owners(frozenset(kinds))


def only_ones(named: Iterable[tuple[Hashable, T]]) -> Mapping[Hashable, T]:
    """whose -> the one that it names, of those who name exactly one: what names none joins that (rule O3)."""
    found: dict[Hashable, set[T]] = {}
    for whose, one in named:
        found.setdefault(whose, set()).add(one)
    return {whose: next(iter(ones)) for whose, ones in found.items() if len(ones) == 1}


@lru_cache(maxsize=8)  # each of the guards asks, in every round, about the same ten thousand kinds
def _owners(kinds: frozenset[Kind]) -> Mapping[Owner, tuple[Kind, ...]]:
    named = {kind: framework_id_of(kind) for kind in kinds}
    only = only_ones((kind.principal, one) for kind, one in named.items() if one is not None)
    found: dict[Owner, list[Kind]] = {}
    for kind, own in named.items():
        framework_id = own if own is not None else only.get(kind.principal)
        owner = Owner(framework_id, kind.principal if framework_id is None else None)
        found.setdefault(owner, []).append(kind)
    return {owner: tuple(held) for owner, held in found.items()}


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
    return next((str(item) for item in framework.each_allocated() if selection.marks.bear(item)), None)


def _excused(framework: Framework, job: Job, named: frozenset[str], only_named: bool) -> bool:
    """Whether an active framework of the role has nothing to do with the selection all the same (rule O1)."""
    if framework.id in named:
        return False
    return only_named or _differs(framework, job)


def _differs(framework: Framework, job: Job) -> bool:
    """Whether its principal is known, and another one than the one that was asked for."""
    told_apart = job.principal is not None and not job.any_principal
    return told_apart and bool(framework.principal) and framework.principal != job.principal


def living_owner(kinds: Iterable[Kind], role: str, frameworks: Iterable[Framework]) -> Framework | None:
    """A registered framework that could own some of these reservations: by its id, or its principal in the role."""
    frameworks = [framework for framework in frameworks if not framework.completed]
    for owner in owners(kinds):
        for framework in frameworks:
            if may_be(framework, owner, role):
                return framework
    return None


def may_be(framework: Framework, owner: Owner, role: str) -> bool:
    """Whether a registered framework may be this owner. A principal that is not known may be any."""
    if owner.framework_id is not None:
        return framework.id == owner.framework_id
    same = not framework.principal or owner.principal is None or framework.principal == owner.principal
    return same and role in framework.roles


def sorted_owners(of: Mapping[Owner, tuple[Kind, ...]]) -> list[tuple[Owner, tuple[Kind, ...]]]:
    return sorted(of.items(), key=lambda entry: str(entry[0]))
