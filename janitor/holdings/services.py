"""Which reservations are a service's: by the framework that they name, by who made them, by their role. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from janitor.dcos.naming import escape
from janitor.holdings.holding import Reserved, holdings
from janitor.mesos.cluster import Agent, Framework
from janitor.mesos.roles import service_of


@dataclass(frozen=True, slots=True)
class Marks:
    """What tells a service's reservations from those of others, in whatever role they are.

    name          of the service, as Marathon has it
    framework_ids of its frameworks, registered or completed
    principals    that it reserves with
    living        ids of registered frameworks that are not its own
    others        ids of all frameworks that are known not to be its own, completed ones included
    shared        its principals that frameworks of other names have, too: they tell nothing apart
    """

    name: str
    framework_ids: frozenset[str]
    principals: frozenset[str]
    living: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()
    shared: frozenset[str] = frozenset()

    def owns(self, role: str) -> bool:
        """Whether the role is this service's alone by its name: NAME-role, also behind a pre-reserved role."""
        return role.rpartition("/")[2] == f"{escape(self.name)}-role"

    def hold(self, held: Reserved) -> bool:
        """Whether these are the service's: by the framework, else by its own role, else by the principal alone.

        An id that no framework is known by says nothing: masters forget completed frameworks.
        """
        if held.framework_id in self.framework_ids:
            return True
        if self.owns(held.role):
            return held.framework_id not in self.living
        if held.framework_id in self.others or service_of(held.role) is not None:
            return False  # another framework's, or in the role of a service of another name
        return held.principal in self.principals and held.principal not in self.shared

    def untold(self, held: Reserved) -> bool:
        """Whether these may be the service's, and nothing tells: a principal of several, and no framework named."""
        if held.framework_id is not None or self.hold(held) or service_of(held.role) is not None:
            return False
        return held.principal in self.shared


def marks_of(
    name: str,
    own: Iterable[Framework],
    frameworks: Iterable[Framework],
    principals: Iterable[str],
    later: frozenset[str],
) -> Marks:
    """The marks of a service. own: the frameworks of its name; later: ids of those among them that came later."""
    ids = frozenset(framework.id for framework in own) - later
    rest = [framework for framework in frameworks if framework.id not in ids]
    principals = frozenset(principals)
    return Marks(
        name=name,
        framework_ids=ids,
        principals=principals,
        living=frozenset(framework.id for framework in rest if not framework.completed),
        others=frozenset(framework.id for framework in rest),
        shared=principals & {framework.principal for framework in rest if framework.id not in later},
    )


def reservations(agents: Iterable[Agent]) -> tuple[Reserved, ...]:
    """Every dynamic reservation of the cluster, counted by what it says of its owner. Raises as `holdings` does."""
    return tuple(one for holding in holdings(agents) if holding.dynamic for one in holding.parts)
