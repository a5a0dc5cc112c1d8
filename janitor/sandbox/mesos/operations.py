"""The four operations of an operator: what each consumes and produces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property

from janitor.sandbox.mesos.algebra import Pool
from janitor.sandbox.mesos.resources import Resource
from janitor.sandbox.mesos.text import printed_all
from janitor.sandbox.mesos.version import Version


class Kind(Enum):
    """The names are those of Mesos's Offer.Operation.Type."""

    RESERVE = "RESERVE"
    UNRESERVE = "UNRESERVE"
    CREATE = "CREATE"
    DESTROY = "DESTROY"

    @property
    def plural(self) -> str:
        """What its list is called: `volumes` or `resources`."""
        return "volumes" if self in (Kind.CREATE, Kind.DESTROY) else "resources"

    def consumed(self, item: Resource) -> Resource:
        """What must be there, free, for this item."""
        if self is Kind.RESERVE:
            return item.released()
        return item.without_volume() if self is Kind.CREATE else item

    def produced(self, item: Resource) -> Resource:
        """What is there afterwards."""
        if self is Kind.UNRESERVE:
            return item.released()
        return item.without_volume() if self is Kind.DESTROY else item


@dataclass(frozen=True)
class Operation:
    """One accepted operation, pending until the agent has confirmed it; a framework's, or (None) an operator's."""

    uuid: str
    kind: Kind
    agent_id: str
    items: tuple[Resource, ...]
    framework_id: str | None = None

    @cached_property
    def consumed(self) -> tuple[Resource, ...]:
        """What its items take, in their order."""
        return tuple(self.kind.consumed(item) for item in self.items)

    @cached_property
    def produced(self) -> tuple[Resource, ...]:
        """What its items leave, in their order."""
        return tuple(self.kind.produced(item) for item in self.items)

    def conversions(self, version: Version) -> Iterator[tuple[Sequence[Resource], Sequence[Resource]]]:
        """What is taken and left together: item by item, but for a RESERVE from 1.10 on, which is one whole."""
        if self.kind is Kind.RESERVE and version.since(1, 10):
            yield tuple(Pool(self.consumed)), self.produced
        else:
            for old, new in zip(self.consumed, self.produced, strict=True):
                yield (old,), (new,)


class NotContained(Exception):
    """The 409: the text that the master answers with."""


def convert(operation: Operation, free: Pool, version: Version) -> None:
    """Try the operation on what is free. Raises `NotContained`; changes `free`."""
    kind = operation.kind
    for wanted, made in operation.conversions(version):
        if not free.contains_all(wanted):
            named = made if kind is Kind.RESERVE and not version.refinement else wanted
            text = f"{printed_all(free, version)} does not contain {printed_all(named, version)}"
            if not version.since(1, 5):
                gone = "Persistent volume does not exist"
                text = f"Invalid {kind.value} Operation: {gone if kind is Kind.DESTROY else text}"
            raise NotContained(text)
        free.take_all(wanted)
        free.update(made)
