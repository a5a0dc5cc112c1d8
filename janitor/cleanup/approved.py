"""A selection that was seen before and approved, as one value: a later run removes that, and nothing else (rule S6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from janitor.cleanup.pins import Pins


@dataclass(frozen=True)
class Approved:
    """What a dry run saw.

    cluster   the name by the masters' own flag, None without one
    pins      agent id -> what was selected there, of those that held something
    hosts     agent id -> its host, of the same
    znode     czxid of the znode's root; 0 where there was none; None where none was asked for
    """

    cluster: str | None
    pins: Mapping[str, Pins]
    hosts: Mapping[str, str]
    znode: int | None = None
