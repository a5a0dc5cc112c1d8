"""What of a sandbox cluster can be set, with the defaults that tests want: quick, and still one thing after another."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Pace:
    """How long each phase of a failover lasts, in seconds; None holds it until it is stepped by hand.

    `stale`       the other masters still send everybody to the dead one
    `recovering`  the new leader knows nothing: v0 reads are 200 and empty, v1 answers 503
    `recovered`   it knows its agents' ids, none has come back
    `agent`       between one agent that registers again and the next
    `framework`   between the last agent, or framework, and the next framework that subscribes again
    """

    stale: float | None = 0.05
    recovering: float | None = 0.05
    recovered: float | None = 0.05
    agent: float | None = 0.01
    framework: float | None = 0.01


@dataclass
class Settings:
    """Seconds throughout; real ones, the cluster's clock does not move timers."""

    latency: float = 0.0
    """added to every request, of masters and agents"""
    apply_delay: float | None = 0.01
    """from the master's 202 until the agent has done it; None holds operations until they are released"""
    ping_timeout: float = 15.0
    ping_limit: int = 5
    """an agent that misses this many pings is unreachable"""
    removal_rate_limit: str = ""
    """how often the master removes one that misses its pings, as `1/20mins`; "" for at once"""
    old_flag_names: bool = False
    """the master was started with the flags' names from before Mesos 1.0, as DC/OS does; it shows those"""
    executor_grace: float | None = 0.2
    """how long executors outlive a teardown; None until they are finished by hand"""
    exits_on_busy_volume: bool = True
    """an agent whose volume is removed under a running executor exits"""
    answers_before_abort: bool = False
    """a request that kills the master is still answered 202"""
    agents_ask: bool = False
    """agents, too, answer only those whom the masters know"""
    metrics_per_second: int = 2
    """/metrics/snapshot; 0 for no limit"""
    zk: str = "zk://127.0.0.1:2181/mesos"
    """the master's `zk` flag, as it shows it"""
    flags: dict[str, str] = field(default_factory=dict)
    """other flags to show"""
    pace: Pace = field(default_factory=Pace)

    @property
    def ping_window(self) -> float:
        """Seconds without an answer until an agent is unreachable."""
        return self.ping_timeout * self.ping_limit


_UNITS = {
    "weeks": 604_800_000_000_000,
    "days": 86_400_000_000_000,
    "hrs": 3_600_000_000_000,
    "mins": 60_000_000_000,
    "secs": 1_000_000_000,
    "ms": 1_000_000,
    "us": 1_000,
    "ns": 1,
}


def interval(rate: str) -> float:
    """Seconds between two permits of a rate such as `1/20mins`. Raises ValueError for anything else."""
    permits, _, per = rate.partition("/")
    return seconds_of(per) / float(permits)


def seconds_of(duration: str) -> float:
    """Seconds of a duration such as `15secs`. Raises ValueError for anything else."""
    count = duration.rstrip("abcdefghijklmnopqrstuvwxyz")
    if (unit := _UNITS.get(duration[len(count) :])) is None:
        raise ValueError(f"not a duration: {duration!r}")
    return float(count) * unit / 1e9


def duration(seconds: float) -> str:
    """Seconds as Mesos prints a duration: in the largest unit that makes it a whole number (stout duration.hpp)."""
    nanoseconds = round(seconds * 1e9)
    unit = next(name for name, size in _UNITS.items() if nanoseconds % size == 0 and (nanoseconds or name == "ns"))
    return f"{nanoseconds // _UNITS[unit]}{unit}"
