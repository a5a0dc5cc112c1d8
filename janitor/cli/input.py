"""Standard input, read by its descriptor: an answer that was typed ahead waits in no buffer that nobody looks into."""

from __future__ import annotations

import io
import os
import select
from typing import TextIO

from janitor.patience import Patience

BETWEEN_LOOKS = 0.1
"""Seconds between two looks at the stop flag and the clock."""

LONGEST_LINE = 64 * 1024


class Input:
    """What a person, or a pipe, has for us. A stream without a descriptor (in a test) is read as it is."""

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self._typed = b""
        try:
            self.descriptor: int | None = stream.fileno()
        except (OSError, ValueError):  # io.UnsupportedOperation is both
            self.descriptor = None

    def isatty(self) -> bool:
        """Whether somebody sits there."""
        return self.stream.isatty()

    def line(self, patience: Patience) -> str:
        """The next line without its end; what there is, at the end of the input.

        Raises OutOfTime at the deadline, and Interrupted when a signal comes meanwhile.
        """
        if self.descriptor is None:
            return self.stream.readline().rstrip("\r\n")
        ended = False
        while b"\n" not in self._typed and not ended and len(self._typed) < LONGEST_LINE:
            patience.check("waiting for an answer")
            if select.select([self.descriptor], [], [], min(BETWEEN_LOOKS, patience.remaining()))[0]:
                try:
                    piece = os.read(self.descriptor, io.DEFAULT_BUFFER_SIZE)
                except OSError:  # the terminal went away
                    piece = b""
                self._typed += piece
                ended = not piece
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode("utf-8", "surrogateescape").rstrip("\r")
