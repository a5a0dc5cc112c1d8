"""Who reserved, and whether a framework that is registered may be that owner (rules O1 to O3). Pure.

The one place that says so: the guards of a clean-up, an uninstall, the status of a service and a scan all ask here.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from janitor.mesos.cluster import Framework
from janitor.mesos.resources import Kind
from janitor.mesos.roles import offered

T = TypeVar("T", bound=Hashable)

SETTLED_AFTER = 60.0
"""Seconds after its election from which a leader knows its frameworks (rule O2)."""

MARATHON_TASK = "marathon_task_id"
"""The label of a reservation that Marathon made for a resident task (mesosphere/marathon: TaskLabels.scala)."""

MARATHON_LABEL = "marathon_framework_id"
"""The label in which such a reservation names the Marathon that made it."""

FRAMEWORK_LABELS = ("framework_id", MARATHON_LABEL)
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


def living_owner(kinds: Iterable[Kind], role: str, frameworks: Iterable[Framework]) -> Framework | None:
    """A registered framework that could own some of these reservations: by its id, or its principal in the role."""
    return first_living(owners(kinds), role, frameworks)


def first_living(of: Iterable[Owner], role: str, frameworks: Iterable[Framework]) -> Framework | None:
    """The first registered framework that may be one of these owners."""
    frameworks = [framework for framework in frameworks if not framework.completed]
    return next((framework for owner in of for framework in frameworks if may_be(framework, owner, role)), None)


def may_be(framework: Framework, owner: Owner, role: str) -> bool:
    """Whether a registered framework may be this owner. A principal that is not known may be any.

    A framework of a role below this one is offered what is reserved for this one, too.
    """
    if owner.framework_id is not None:
        return framework.id == owner.framework_id
    same = not framework.principal or owner.principal is None or framework.principal == owner.principal
    return same and offered(role, framework.roles) is not None


def sorted_owners(of: Mapping[Owner, tuple[Kind, ...]]) -> list[tuple[Owner, tuple[Kind, ...]]]:
    return sorted(of.items(), key=lambda entry: str(entry[0]))
