"""Numbers that somebody else wrote: read strictly, or not at all. Pure.

Python's own `int` and `float` take more than a server means (`²` is a digit, `1_0` is ten), and raise for what is too
long. Here everything ends in a number within reason, or in None.
"""

from __future__ import annotations

import math
import re

_WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)
_DECIMAL = re.compile(r"[0-9]{1,18}(?:\.[0-9]{1,18})?", re.ASCII)

LATEST = 253_402_300_799.0
"""The last second of the year 9999: what a calendar can show."""


def whole(text: str) -> int | None:
    """A whole number from ASCII digits, up to 18 of them; None when it is none."""
    return int(text) if _WHOLE.fullmatch(text) else None


def decimal(text: str) -> float | None:
    """A number from ASCII digits, perhaps with a point between them; None when it is none."""
    return float(text) if _DECIMAL.fullmatch(text) else None


def count(value: float) -> int | None:
    """A count that came as a floating number; None when it cannot be one."""
    return int(value) if math.isfinite(value) and 0 <= value <= 10**15 else None


def moment(seconds: float) -> float | None:
    """Epoch seconds between 1970 and the year 9999; None for any other."""
    return seconds if 0 <= seconds <= LATEST else None


def moment_of_nanoseconds(nanoseconds: int) -> float | None:
    """Epoch seconds from epoch nanoseconds; None before 1970 and after the year 9999."""
    return nanoseconds / 1e9 if 0 <= nanoseconds <= LATEST * 1e9 else None
