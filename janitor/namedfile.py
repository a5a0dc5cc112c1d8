"""Files that an operator named: secrets, keys, certificates, the DC/OS CLI's own. One way to read them all.

Bounded in size and in time. A pipe that somebody writes to works (`<(...)`, /dev/stdin), and while nobody does, that is
told and a signal ends the wait.
"""

from __future__ import annotations

import contextlib
import os
import select
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from janitor.errors import UsageError
from janitor.message import do
from janitor.patience import Patience
from janitor.words import foreign

STANDARD_INPUT = ("-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0")
"""By descriptor: a container's user may not open /dev/stdin again by its name."""

BETWEEN_LOOKS = 0.25
"""Seconds between two looks at the stop flag."""

UNTIL = 60.0
"""Seconds in which a file has to be read, unless somebody says otherwise."""

SILENT = 1.0
"""Seconds without a word, in which a pipe that is about to be written to is."""

_once: dict[str, bytes] = {}
"""What came out of pipes and standard input, by their names: it comes once, and may be asked for again."""


def _silent(_what: str, _waited: float, _at_most: float) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Reading:
    """How files are read.

    patience        until when
    on_wait         who is told of a wait: what for, seconds so far, seconds at most
    standard_input  gives so many bytes of standard input where that is no descriptor of the process (in a test)
    """

    patience: Patience = field(default_factory=lambda: Patience(UNTIL))
    on_wait: Callable[[str, float, float], None] = _silent
    standard_input: Callable[[int], bytes] | None = None


def read_named(path: str, named: str, reading: Reading, *, most: int) -> bytes:
    """Read the whole file of at most `most` bytes; `-` is standard input. `named` is how messages call it.

    Raises UsageError for what cannot be read, OutOfTime at the deadline, Interrupted on a signal.
    """
    if path in STANDARD_INPUT and reading.standard_input is not None:
        content = reading.standard_input(most + 1)
    elif path in _once:
        content = _once[path]
    else:
        content = _content(path, named, reading, most)
    if len(content) > most:
        raise UsageError(f"{named} is too large: at most {most // 1024} KiB are read.")
    return content


def _content(path: str, named: str, reading: Reading, most: int) -> bytes:
    with told(named):
        if path in STANDARD_INPUT:
            content = _once[path] = _read(0, f"{named} (standard input)", reading, most)
        else:
            # Without O_NONBLOCK, a pipe that nobody writes to would not even open.
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            try:
                content = _read(descriptor, named, reading, most)
                if not _is_file(descriptor):
                    _once[path] = content
            finally:
                os.close(descriptor)
    return content


@contextlib.contextmanager
def told(named: str) -> Iterator[None]:
    """Have what goes wrong with a file end as a UsageError that says what to do."""
    try:
        yield
    except IsADirectoryError:
        raise UsageError(f"{named} is a directory; a file is wanted.") from None
    except FileNotFoundError:
        raise UsageError(
            f"{named}: there is no such file.",
            remedy=do(
                "In a container, a file of the host has to be mounted:", "docker run -v HOST_FILE:FILE:ro IMAGE OPTIONS"
            ),
        ) from None
    except PermissionError:
        raise UsageError(
            f"{named} cannot be read: this user may not.",
            remedy=do("In a container, run as this user:", 'docker run --user "$(id -u)" IMAGE OPTIONS').also(
                "Or give it on standard input, as the file -."
            ),
        ) from None
    except (OSError, ValueError) as error:
        reason = foreign(error.strerror or "") if isinstance(error, OSError) else "not a file name"
        raise UsageError(f"{named} cannot be read: {reason}.") from None


def _is_file(descriptor: int) -> bool:
    return stat.S_ISREG(os.fstat(descriptor).st_mode)


def _read(descriptor: int, named: str, reading: Reading, most: int) -> bytes:
    """What is there, up to `most` bytes and one more."""
    pieces: list[bytes] = []
    size = 0
    may_wait = not _is_file(descriptor)
    while size <= most:
        if may_wait:
            _wait(descriptor, named, reading)
        try:
            piece = os.read(descriptor, min(65536, most + 1 - size))
        except BlockingIOError:  # somebody else was faster
            continue
        if not piece:
            break
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _wait(descriptor: int, named: str, reading: Reading) -> None:
    """Wait until there is something to read, or the end. Raises OutOfTime and Interrupted."""
    patience = reading.patience
    began = patience.clock()
    poller = select.poll()
    poller.register(descriptor, select.POLLIN)
    while not poller.poll(1000 * min(BETWEEN_LOOKS, patience.remaining())):
        patience.check(f"waiting for {named}: its writer has not finished")
        if (waited := patience.clock() - began) >= SILENT:
            reading.on_wait(f"the writer of {named} to finish", waited, patience.timeout)
