"""The body of an answer, read and decompressed within limits: of one body, and of all that are held at once."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from typing import Protocol

from urllib3 import BaseHTTPResponse

from janitor.errors import BadAnswer, Unreadable

ANSWER = 16 << 20
"""Bytes that are enough for most answers."""

EVERYTHING = 512 << 20
"""Bytes that are enough for a list of all there is in a cluster of ten thousand agents."""

REFUSAL = 4 << 20
"""Bytes that are read of an answer that is no success: it is there for its words, and the rest is let go."""

TAKEN_APART = 4 << 30
"""Bytes that are enough for the agents of the largest cluster, where little of the answer is held at once."""

AT_ONCE = 768 << 20
"""Bytes of all bodies that are held at once."""

_PIECE = 1 << 20
_WITHOUT_BODY = (204, 304)
_JSON_ENDS = ((b"{", b"}"), (b"[", b"]"))


class Body(Protocol):
    """Where the pieces of a body go, such as a BytesIO."""

    def write(self, piece: bytes, /) -> int:
        """Take in the next piece; gives how many bytes more are held then, fewer than none when some are let go."""

    def getvalue(self) -> bytes:
        """What is left of it for the reply."""


class BodyBudget:
    """How many bytes of bodies are held at once. Used by many threads."""

    def __init__(self, most: int = AT_ONCE) -> None:
        self.most = most
        self.held = 0
        self._lock = threading.RLock()  # the collector may give a body back in the middle of anything

    def take(self, size: int) -> bool:
        """Whether there is room for so many bytes more; then they are held."""
        with self._lock:
            if self.held + size > self.most:
                return False
            self.held += size
            return True

    def give_back(self, size: int) -> None:
        """So many bytes are held no more."""
        with self._lock:
            self.held -= size


class BudgetShare:
    """What one body holds of the budget, until nobody holds the share any more."""

    def __init__(self, budget: BodyBudget) -> None:
        self._budget = budget
        self._size = 0

    def grow(self, size: int) -> bool:
        """Whether there is room for so many bytes more; fewer than none are given back."""
        if not self._budget.take(size):
            return False
        self._size += size
        return True

    @property
    def size(self) -> int:
        """Bytes that it holds."""
        return self._size

    def __del__(self) -> None:
        self._budget.give_back(self._size)


def _ends_with_connection(answer: BaseHTTPResponse) -> bool:
    """Whether an answer without any frame ends where its connection does: of HTTP/1.0, or one that says so."""
    if "Content-Length" in answer.headers or "Transfer-Encoding" in answer.headers:
        return False
    return answer.version == 10 or "close" in answer.headers.get("Connection", "").lower()


def content(
    answer: BaseHTTPResponse,
    method: str,
    max_bytes: int,
    share: BudgetShare,
    url: str,
    into: Callable[[], Body] = io.BytesIO,
    *,
    reads: bool = False,
    arrived: Callable[[int], None] = lambda _: None,
) -> bytes:
    """The whole body of `answer` to `method`, decompressed. `url` is as it may be shown.

    `into` makes what the body of a success is written into: a reader of its own may take something out of it. Of an
    answer that is no success it is the beginning, when it is long. `reads`: the request changes nothing, so that an
    answer without a frame, as of an HTTP/1.0 proxy, may prove itself: by its status when it is no success, else as JSON
    that is complete. Its beginning and its end are looked at here, the rest when it is decoded. `arrived` is told the
    bytes of each piece.

    Raises Unreadable when a body is larger than `max_bytes` once it is decompressed, or when more than EVERYTHING of it
    has to be held; BadAnswer without a frame that tells where it ends, or when all the bodies that are held would
    become too large; and what urllib3 raises for one that is cut off.
    """
    if method == "HEAD" or answer.status in _WITHOUT_BODY:
        answer.drain_conn()
        return b""
    length = answer.headers.get("Content-Length", "")
    chunked = answer.headers.get("Transfer-Encoding", "").lower() == "chunked"
    sized = length.isascii() and length.isdigit()
    # An answer that was cut inside its headers looks like this, with its status and an empty body.
    unframed = BadAnswer(f"{url}: the answer does not say where it ends (no Content-Length, no chunks).")
    if not (chunked or sized or (reads and _ends_with_connection(answer))):
        raise unframed
    for_its_words = answer.status >= 300
    if sized and not chunked and int(length) > max_bytes and not for_its_words:
        raise _too_large(url, max_bytes)
    body, size = io.BytesIO() if for_its_words else into(), 0
    # urllib3 decompresses no more at once than it is asked for (since 2.6): a bomb goes off in pieces.
    while piece := answer.read(_PIECE, decode_content=True):
        arrived(len(piece))
        if not share.grow(body.write(piece)):
            raise BadAnswer(f"{url}: the answers that are being read are too large together.")
        size += len(piece)
        if for_its_words and size >= min(REFUSAL, max_bytes):
            answer.close()
            break
        if size > max_bytes:
            raise _too_large(url, max_bytes)
        if share.size > EVERYTHING:
            raise _too_large(url, EVERYTHING)
    whole = body.getvalue()
    if not (chunked or sized or for_its_words) and (whole.lstrip()[:1], whole.rstrip()[-1:]) not in _JSON_ENDS:
        raise unframed
    return whole


def _too_large(url: str, most: int) -> Unreadable:
    return Unreadable(f"{url}: the answer is larger than {most:,} bytes.")
