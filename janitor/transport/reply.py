"""An answer that came back whole."""

from __future__ import annotations

import datetime
import email.utils
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from urllib3 import BaseHTTPResponse

from janitor.errors import BadAnswer
from janitor.numbers import moment

_PIECE = 1 << 20
LONGEST_TEXT = 1 << 16
"""Bytes of a body that are taken for words."""
_WITHOUT_BODY = (204, 304)


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
    redact: Callable[[str], str] = field(default=str, repr=False, compare=False)
    """Blanks out the secrets that the server may have been sent, and may quote."""

    @property
    def text(self) -> str:
        """The beginning of the body as UTF-8, without secrets; what is no UTF-8 is replaced."""
        return self.redact(self.body[:LONGEST_TEXT].decode("utf-8", "replace"))


def content(answer: BaseHTTPResponse, method: str, max_bytes: int, url: str) -> bytes:
    """The whole body of `answer` to `method`, decoded. `url` is as it may be shown.

    Raises BadAnswer without a frame that tells where it ends, or when it is larger
    than `max_bytes`; and what urllib3 raises for one that is cut off.
    """
    if method == "HEAD" or answer.status in _WITHOUT_BODY:
        answer.drain_conn()
        return b""
    length = answer.headers.get("Content-Length", "")
    chunked = answer.headers.get("Transfer-Encoding", "").lower() == "chunked"
    if not chunked and not (length.isascii() and length.isdigit()):
        # An answer that was cut inside its headers looks like this, with its status and an empty body.
        raise BadAnswer(f"{url}: the answer does not say where it ends (no Content-Length, no chunks).")
    too_large = BadAnswer(f"{url}: the answer is larger than {max_bytes:,} bytes.")
    if not chunked and (len(length) > 18 or int(length) > max_bytes):
        raise too_large
    pieces: list[bytes] = []
    size = 0
    while piece := answer.read(_PIECE, decode_content=True):
        size += len(piece)
        if size > max_bytes:
            raise too_large
        pieces.append(piece)
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)


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
