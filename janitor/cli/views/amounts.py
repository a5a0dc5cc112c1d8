"""How much there is, and how long it took, as people read it. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from janitor.words import called, counted, utc

_MEASURED = ("cpus", "mem", "disk", "gpus")
"""The names that come first, in this order; the rest is counted behind them."""


def size(megabytes: float) -> str:
    """A size as people read it: `512 MB`, `8.3 GB`, `1.2 TB`; `-` for nothing."""
    if not megabytes:
        return "-"
    for unit in ("MB", "GB", "TB"):
        if megabytes < 1000 or unit == "TB":
            break
        megabytes /= 1024
    return f"{megabytes:.0f} {unit}" if megabytes >= 100 or megabytes == int(megabytes) else f"{megabytes:.1f} {unit}"


def number(amount: float) -> str:
    """An amount as people read it: `4.4`; `-` for nothing."""
    return f"{amount:.10g}" if amount else "-"


def sum_of(thousandths: Mapping[str, int]) -> str:
    """`4.4 cpus, 8.3 GB of memory, 21 GB of disk, 3 ports`; "" for nothing. What it takes is what `events.Held` has."""
    return ", ".join(_parts(thousandths))


def together(several: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    """The sum of each resource."""
    sums: Counter[str] = Counter()
    for one in several:
        sums.update(one)
    return sums


def items(reservations: int, volumes: int) -> str:
    """`17 reservations and 3 volumes`: a volume's disk is one of the reservations, too."""
    both = [counted(reservations, "reservation")] + ([counted(volumes, "volume")] if volumes else [])
    return " and ".join(both)


def day(moment: float | None) -> str:
    """The day of epoch seconds, `2026-11-20` in UTC; `-` where nobody knows."""
    return utc(moment).partition(" ")[0] if moment is not None else "-"


def placed(agent_id: str, host: str) -> str:
    """An agent as people look for it: by its host, where it has one."""
    return f"{called(host)}  {called(agent_id)}" if host else f"agent {called(agent_id)}"


def lasted(seconds: float) -> str:
    """A time as people read it: `0.7 s`, `42 s`, `2 min 5 s`, `1 h 3 min`, `2 d 4 h`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 120:
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    hours = minutes // 60
    if hours >= 48:
        return f"{hours // 24} d {hours % 24} h"
    return f"{minutes} min {rest} s" if minutes < 60 else f"{hours} h {minutes % 60} min"


def _parts(thousandths: Mapping[str, int]) -> Iterator[str]:
    for name in (*_MEASURED, *sorted(thousandths.keys() - set(_MEASURED))):
        amount = thousandths.get(name, 0) / 1000
        if not amount:
            continue
        if name in ("mem", "disk"):
            yield f"{size(amount)} of {'memory' if name == 'mem' else 'disk'}"
        elif name.endswith("s"):
            yield f"{number(amount)} {called(name[:-1] if amount == 1 else name)}"
        else:
            yield f"{number(amount)} of {called(name)}"
