"""A pseudo-terminal with a program on it, and what that program writes."""

from __future__ import annotations

import codecs
import os
import pty
import select
import subprocess
import termios
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.clock import HANGS

CHUNK = 65536
"""Bytes. A terminal gives at most 4,096 at once, which may end in the middle of a character."""


class Terminal:
    """A program whose standard streams are one terminal, which is its controlling terminal, too.

    `text` is what it wrote so far, with the line ends of a terminal (CR LF); what is typed is echoed there.
    `stdin`: another standard input than the terminal.
    """

    def __init__(
        self,
        argv: Sequence[str | Path],
        environ: Mapping[str, str],
        *,
        rows: int = 30,
        columns: int = 100,
        stdin: int | None = None,
        cwd: Path | None = None,
    ) -> None:
        self._ours, theirs = pty.openpty()
        termios.tcsetwinsize(theirs, (rows, columns))
        self._decoder = codecs.getincrementaldecoder("utf-8")()
        self.text = ""
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *argv] if stdin is None else list(argv),
            stdin=theirs if stdin is None else stdin,
            stdout=theirs,
            stderr=theirs,
            env=environ,
            cwd=cwd,
        )
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the program, whatever it does."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)

    def type(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def until(self, part: str) -> None:
        """Read until it has written this. A program that ends before fails the test with what it wrote."""
        deadline = time.monotonic() + HANGS
        while part not in self.text:
            assert self._read(deadline), self.text

    def end(self) -> int:
        """Read until it ends: its exit status."""
        return self.answer((), asks=())

    def answer(self, answers: Iterable[str], asks: tuple[str, ...]) -> int:
        """Type the answers, one whenever a line that waits ends like this, until it ends: its exit status."""
        deadline, left, seen = time.monotonic() + HANGS, iter(answers), 0
        while self._read(deadline):
            if asks and self.text[seen:].rstrip(" ").endswith(asks) and (said := next(left, None)) is not None:
                self.type(f"{said}\n")
                seen = len(self.text)
        return self.process.wait(HANGS)

    def _read(self, deadline: float) -> bool:
        """Wait for the next that it writes: whether more may come. One that hangs fails the test."""
        ready = select.select([self._ours], [], [], max(0.0, deadline - time.monotonic()))[0]
        assert ready, self.text
        try:
            data = os.read(self._ours, CHUNK)
        except OSError:  # Linux: nobody holds the other end any more
            return False
        self.text += self._decoder.decode(data)
        return bool(data)
