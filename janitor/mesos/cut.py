"""The answer of /slaves, cut into its agents while it comes in, so that a large one never stands whole in memory."""

from __future__ import annotations

import re
from collections.abc import Callable

LARGE = 32 << 20
"""Bytes of an answer from which on it is cut, and nothing of it is kept as it is."""

TRIES = 64
"""Places at which one entry may seem to end. Where it ends at none of them, the answer is left to a decoder whole."""

_OPENING = re.compile(rb'\s*\{\s*"slaves"\s*:\s*\[\s*')
_FIRST_NAME = re.compile(rb'\{"[^"\\]{1,64}":')
_LONGEST_OPENING = 256


class Cutter:
    """A body that is written piece by piece. What `take` wants of it is taken out, and `getvalue` gives the rest.

    An entry ends where the next one seems to begin, with the name with which the first one began: `},{"id":`. That is
    a guess, and only where `take` finds a whole JSON object there it was right, since no object is the beginning of
    another one. Whatever cannot be cut so is in the rest, which is an answer of the same kind, but for its length.

    take    gets the bytes up to such a place; gives False when they are no whole object
    large   bytes from which on the answer is cut
    """

    def __init__(self, take: Callable[[bytes], bool], large: int) -> None:
        self._take = take
        self._large = large
        self._opening = b""
        self._next = b""
        self._held = bytearray()
        self._cutting = True
        self._from = 0
        self._tries = 0

    def write(self, piece: bytes) -> int:
        """Take in the next piece; gives by how many bytes more is held now."""
        before = len(self._opening) + len(self._held)
        self._held += piece
        if self._cutting and (self._opening or len(self._held) > self._large):
            self._cutting = self._cut()
        return len(self._opening) + len(self._held) - before

    def getvalue(self) -> bytes:
        """The body without what was taken out."""
        return self._opening + bytes(self._held)

    def _cut(self) -> bool:
        """Take out what is whole by now; gives whether that can go on."""
        held = self._held
        if not self._opening and not self._opened():
            return len(held) <= _LONGEST_OPENING
        begin = 0
        while (end := held.find(self._next, max(self._from, begin))) >= 0:
            if self._take(bytes(held[begin : end + 1])):
                begin, self._tries = end + len(b"},"), 0
                continue
            self._tries += 1
            if self._tries == TRIES:
                break
            self._from = end + 1
        self._from = max(self._from, len(held) - len(self._next), begin) - begin
        del held[:begin]
        return self._tries < TRIES

    def _opened(self) -> bool:
        """Whether the answer begins as it has to; then its opening is set apart."""
        opening = _OPENING.match(self._held)
        name = _FIRST_NAME.match(self._held, opening.end()) if opening else None
        if opening is None or name is None:
            return False
        self._opening, self._next = opening[0], b"}," + name[0]
        del self._held[: opening.end()]
        return True
