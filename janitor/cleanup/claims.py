"""Who may still want what was selected (rules O1 to O3), and whether that is known yet (O2). Pure.

`clean` refuses by these claims; other commands show them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from janitor.cleanup.job import Job
from janitor.cleanup.outcome import Blocked
from janitor.cleanup.selection import RESOURCE_ID, Selection
from janitor.mesos.cluster import Framework
from janitor.mesos.resources import Kind, Reservation
from janitor.mesos.roles import service_of
from janitor.words import command

SETTLED_AFTER = 60.0
"""Seconds after its election from which a leader knows its frameworks (rule O2)."""


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
    """A framework that still wants the selection, and how that is known."""

    framework: Framework
    evidence: str


def framework_id_of(kind: Kind) -> str | None:
    """The framework that a reservation names in its labels (SDK 0.57.3 and later, or Marathon's own)."""
    if not kind.stack:
        return None
    top = kind.stack[-1]
    return top.label("framework_id") or top.label("marathon_framework_id")


def owners(kinds: Iterable[Kind]) -> Mapping[Owner, tuple[Kind, ...]]:
    """Who reserved what (rule O3): framework_id, else marathon_framework_id, else the principal.

    A reservation without an id joins the one id that its principal has elsewhere in the selection.
    """
    return _owners(frozenset(kinds))


@lru_cache(maxsize=8)  # each of the guards asks, in every round, about the same ten thousand kinds
def _owners(kinds: frozenset[Kind]) -> Mapping[Owner, tuple[Kind, ...]]:
    named = {kind: framework_id_of(kind) for kind in kinds}
    ids: dict[str | None, set[str]] = {}
    for kind, framework_id in named.items():
        if framework_id is not None:
            ids.setdefault(kind.principal, set()).add(framework_id)
    found: dict[Owner, list[Kind]] = {}
    for kind, framework_id in named.items():
        if framework_id is None and len(ids.get(kind.principal, ())) == 1:
            framework_id = next(iter(ids[kind.principal]))
        owner = Owner(framework_id, kind.principal if framework_id is None else None)
        found.setdefault(owner, []).append(kind)
    return {owner: tuple(held) for owner, held in found.items()}


def live_claims(selection: Selection, frameworks: Iterable[Framework], job: Job) -> tuple[Claim, ...]:
    """The frameworks that still want the selection (rule O1); none for `*`, none when nothing is selected."""
    kinds = selection.kinds
    if not kinds or job.role in (None, "*"):
        return ()
    of = owners(kinds)
    named = frozenset(owner.framework_id for owner in of if owner.framework_id is not None)
    only_named = all(owner.framework_id is not None for owner in of)
    frameworks = tuple(frameworks)
    marks = _marks(selection) if any(framework.allocated for framework in frameworks) else None
    claims: list[Claim] = []
    for framework in frameworks:
        if framework.completed:
            continue
        held = marks.held_by(framework) if marks is not None else None
        if held is not None:
            claims.append(Claim(framework, f"it holds {held}"))
        elif framework.active and job.role in framework.roles and not _excused(framework, job, named, only_named):
            claims.append(Claim(framework, f"it is active and subscribed to role {job.role}"))
    return tuple(claims)


@dataclass(frozen=True, slots=True)
class _Marks:
    """What tells that an allocated item belongs to the selection."""

    stacks: frozenset[tuple[Reservation, ...]]
    resource_ids: frozenset[str | None]
    roles: frozenset[str]
    volumes: frozenset[str]

    def held_by(self, framework: Framework) -> str | None:
        """An item of the selection that the framework holds: by resource_id, persistence id, or the whole stack."""
        for item in framework.allocated:
            if not item.kind.stack:
                continue
            same_volume = item.volume_id in self.volumes and item.top.role in self.roles
            if item.kind.stack in self.stacks or item.top.label(RESOURCE_ID) in self.resource_ids or same_volume:
                return str(item)
        return None


def _marks(selection: Selection) -> _Marks:
    # A static reservation is whoever's of the role: there only the volume itself tells.
    stacks = frozenset(kind.stack for kind in selection.kinds if kind.stack and kind.stack[-1].type == "DYNAMIC")
    return _Marks(
        stacks=stacks,
        resource_ids=frozenset(stack[-1].label(RESOURCE_ID) for stack in stacks) - {None},
        roles=frozenset(kind.stack[-1].role for kind in selection.kinds if kind.stack),
        volumes=selection.volume_ids,
    )


def _excused(framework: Framework, job: Job, named: frozenset[str], only_named: bool) -> bool:
    """Whether an active framework of the role has nothing to do with the selection all the same (rule O1)."""
    if framework.id in named:
        return False
    if only_named:
        return True
    told_apart = job.principal is not None and not job.any_principal
    return told_apart and bool(framework.principal) and framework.principal != job.principal


def living_owner(kinds: Iterable[Kind], role: str, frameworks: Iterable[Framework]) -> Framework | None:
    """A registered framework that could own some of these reservations: by its id, or its principal in the role."""
    frameworks = [framework for framework in frameworks if not framework.completed]
    for owner in owners(kinds):
        for framework in frameworks:
            if _may_be(framework, owner, role):
                return framework
    return None


def _may_be(framework: Framework, owner: Owner, role: str) -> bool:
    """Whether a registered framework may be this owner. A principal that is not known may be any."""
    if owner.framework_id is not None:
        return framework.id == owner.framework_id
    same = not framework.principal or owner.principal is None or framework.principal == owner.principal
    return same and role in framework.roles


def shared_role(selection: Selection, frameworks: Iterable[Framework], job: Job) -> Blocked | None:
    """Reservations of several owners, and nothing given that tells them apart (rule O3)."""
    kinds = selection.kinds
    if not kinds or job.role is None:
        return None
    frameworks = tuple(frameworks)
    of = owners(kinds)
    service = service_of(job.role)
    groups = _merged_dead(of, job.role, frameworks) if service is not None else of
    given = job.principal is not None and not job.any_principal
    nameless = service is None and any(owner.framework_id is None for owner in of)
    if len(groups) <= 1 and (given or not nameless):
        return None
    who = "; ".join(f"{owner} ({len(held)} kinds of reservation)" for owner, held in sorted_owners(of))
    if len(groups) > 1:
        message = f"Role {job.role} is shared: its selected reservations have {len(groups)} owners: {who}."
    else:
        message = (
            f"Role {job.role} is not the role of one service (NAME-role), and its reservations do not name their "
            f"framework: they cannot be told apart ({who})."
        )
    remedy = "Say which is meant: -p PRINCIPAL, or --label framework_id=ID."
    choices = ", ".join(_selector(owner) for owner, _ in sorted_owners(of))
    return Blocked("O3", 6, message, f"{remedy} Here: {choices}.", "shared-role")


def sorted_owners(of: Mapping[Owner, tuple[Kind, ...]]) -> list[tuple[Owner, tuple[Kind, ...]]]:
    return sorted(of.items(), key=lambda entry: str(entry[0]))


def _selector(owner: Owner) -> str:
    if owner.framework_id is not None:
        return command("--label", f"framework_id={owner.framework_id}")
    return command("-p", owner.principal) if owner.principal is not None else ""


def _merged_dead(
    of: Mapping[Owner, tuple[Kind, ...]], role: str, frameworks: tuple[Framework, ...]
) -> dict[object, tuple[Kind, ...]]:
    """In NAME-role, owners of one principal that are all dead are one: an upgraded SDK, a repeated install (O3)."""
    groups: dict[object, tuple[Kind, ...]] = {}
    by_principal: dict[str | None, list[Owner]] = {}
    for owner, held in of.items():
        by_principal.setdefault(held[0].principal, []).append(owner)
    for principal, same in by_principal.items():
        held = tuple(kind for owner in same for kind in of[owner])
        if living_owner(held, role, frameworks) is None:
            groups[("dead", principal)] = held
        else:
            groups.update({owner: of[owner] for owner in same})
    return groups


def blocked_by_owner(claims: tuple[Claim, ...]) -> Blocked | None:
    """The refusal that names the live owner and the next step (rule O1)."""
    if not claims:
        return None
    first = claims[0]
    framework = first.framework
    state = "active" if framework.active else "inactive, its tasks may still run"
    more = f" ({len(claims) - 1} more frameworks, too)" if len(claims) > 1 else ""
    message = (
        f"Framework {framework.name} ({framework.id}, principal {framework.principal or 'unknown'}, {state}) "
        f"still owns what was selected: {first.evidence}{more}."
    )
    name = framework.name.strip("/")
    remedy = (
        f"To remove the service: {command('janitor', 'uninstall', name)}. If it is uninstalling already, see how far "
        f"it is: {command('janitor', 'status', name)}. If its scheduler is gone for good: "
        f"{command('janitor', 'service', 'shutdown', framework.id)}. "
        "Then run this again."
    )
    return Blocked("O1", 6, message, remedy, "live-owner")
