"""An answer that came back whole."""

from __future__ import annotations

import datetime
import email.utils
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from janitor.numbers import moment

LONGEST_TEXT = 1 << 16
"""Bytes of a body that are taken for words."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A complete answer, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """Looked up whatever the case."""
    body: bytes
    """Decoded, where it came compressed."""
    url: str
    """The URL that answered, after redirects."""
    date: float | None
    """The answer's Date header in epoch seconds (rule L7); None when it is missing or unreadable."""
    asked: str = ""
    """The URL that was asked, where a redirect led to another one."""
    framed: bool = True
    """Whether it said where it ends. One that did not is whole where it is complete JSON."""
    through: str = ""
    """ " (through the proxy http://HOST:PORT)", where one was used: it may be the proxy that answers."""
    redact: Callable[[str], str] = field(default=str, repr=False, compare=False)
    """Blanks out the secrets that the server may have been sent, and may quote."""
    share: object = field(default=None, repr=False, compare=False)
    """What the body holds of the budget that all bodies have together."""

    @property
    def text(self) -> str:
        """The beginning of the body as UTF-8, without secrets; what is no UTF-8 is replaced."""
        return self.redact(self.body[:LONGEST_TEXT].decode("utf-8", "replace"))


@functools.lru_cache(maxsize=16)
def epoch(date: str | None) -> float | None:
    """A Date header in epoch seconds; None when it is missing or unreadable."""
    if date is None:
        return None
    try:
        found = email.utils.parsedate_to_datetime(date)
        return moment((found if found.tzinfo else found.replace(tzinfo=datetime.UTC)).timestamp())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
