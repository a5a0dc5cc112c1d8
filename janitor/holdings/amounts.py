"""How much of what: sums of reserved resources, in the units of Mesos."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from janitor.mesos.resources import Resource

_NONE: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Amounts:
    """A sum of items.

    thousandths   name of a resource -> how much; of ranges and sets how many values there are, in thousandths, too
    items         how many entries
    volumes       how many persistent volumes are among them
    volume_thousandths   of their disk (MB)
    """

    thousandths: Mapping[str, int] = field(default_factory=lambda: _NONE)
    items: int = 0
    volumes: int = 0
    volume_thousandths: int = 0

    @property
    def cpus(self) -> float:
        return self.of("cpus")

    @property
    def gpus(self) -> float:
        return self.of("gpus")

    @property
    def mem_mb(self) -> float:
        return self.of("mem")

    @property
    def disk_mb(self) -> float:
        """Disk in MB, the volumes' included."""
        return self.of("disk")

    @property
    def volumes_mb(self) -> float:
        return self.volume_thousandths / 1000

    def of(self, name: str) -> float:
        """How much of the resource of this name; 0 where there is none."""
        return self.thousandths.get(name, 0) / 1000


def total(amounts: Iterable[Amounts]) -> Amounts:
    """All of them together."""
    sums: dict[str, int] = {}
    items = volumes = volume = 0
    for one in amounts:
        for name, thousandths in one.thousandths.items():
            sums[name] = sums.get(name, 0) + thousandths
        items += one.items
        volumes += one.volumes
        volume += one.volume_thousandths
    return Amounts(sums, items, volumes, volume)


class Tally:
    """Adds items up, one by one."""

    __slots__ = ("_sums", "_volume", "_volumes", "items")

    def __init__(self) -> None:
        self._sums: dict[str, int] = {}
        self.items = self._volumes = self._volume = 0

    def add(self, item: Resource) -> None:
        """Add one item."""
        amount, name, sums = item.amount, item.kind.name, self._sums
        much = amount.thousandths or amount.counted  # of a scalar, which most are, the property is not asked
        sums[name] = sums.get(name, 0) + much
        self.items += 1
        if item.volume_id is not None:
            self._volumes += 1
            self._volume += much

    def amounts(self) -> Amounts:
        """What was added until now."""
        return Amounts(dict(self._sums), self.items, self._volumes, self._volume)
