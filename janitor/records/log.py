"""The audit log: one fact a line, appended to a file that several runs may write to at once."""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import pwd
import socket
import stat
import threading
import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Raw

import janitor
from janitor.dcos.login import uid_of
from janitor.errors import NotRecorded, OutOfTime, UsageError
from janitor.journal import Begin, End, Fact
from janitor.message import Again, do
from janitor.patience import Patience
from janitor.target import Target
from janitor.words import foreign

LOCK_SECONDS = 10.0
"""Seconds for which another run may hold the file: it takes it for one line each time."""

_ELSEWHERE = do("Make room on the disk, and run this again. It goes on where this run ended:", Again()).also(
    "Or name a file on another disk:", Again("--audit-log", "FILE")
)


def utc_now() -> str:
    """The time of day in UTC, in milliseconds, as RFC 3339 has it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class AuditLog:
    """One run's part of an audit log (a `janitor.journal.Journal`). Used by many threads at once.

    A line is written by one call, under a lock on the file, so that lines of several runs never mix. A line that a
    crash or a full disk cut off is ended before the next one begins. `redact` blanks secrets out of every text but
    what is the cluster's own (`Fact.exact`).
    """

    def __init__(self, path: str, source: str, redact: Callable[[str], str] = str) -> None:
        """Open the file, or make it (mode 0600). `source` is what named it, for messages.

        Raises UsageError for what is no regular file, or may not be read and written.
        """
        self.run = uuid.uuid4().hex
        self._named = f"{source} {path}"
        self._redact = redact
        self._lock = threading.Lock()
        self._numbers, self._writes = itertools.count(1), itertools.count(1)
        self._lost: NotRecorded | None = None
        self._descriptor = _opened(path, self._named)

    def record(self, fact: Fact, *, sync: bool = False) -> None:
        with self._lock:
            if self._lost is not None:
                raise self._lost
            try:
                self._append(self._line(fact))
                if sync:
                    self._sync()
            except OSError as error:
                reason = foreign(error.strerror or str(error))
                self._lost = NotRecorded(
                    f"{self._named} cannot be written: {reason}. Janitor does nothing that it cannot record.",
                    remedy=_ELSEWHERE,
                )
                raise self._lost from None

    def next_write(self) -> int:
        return next(self._writes)

    def close(self) -> None:
        """Let the file go; what still comes in, of a request that nobody waits for, is not recorded. Never raises."""
        with self._lock, contextlib.suppress(OSError):
            self._lost = self._lost or NotRecorded(f"{self._named} is closed.")
            os.close(self._descriptor)

    def _line(self, fact: Fact) -> bytes:
        whole = msgspec.structs.replace(fact, run=self.run, number=next(self._numbers), at=utc_now())
        encoded = msgspec.json.encode(whole, enc_hook=str)  # a message is a text that knows its parts
        text = encoded.decode("utf-8", "replace")
        if self._redact(text) != text:
            encoded = _blanked(text, fact.exact, self._redact)
        elif "\ufffd" in text:
            encoded = text.encode()
        if b"\n" in encoded or b"\r" in encoded:  # a resource is recorded as a master wrote it
            encoded = msgspec.json.format(encoded, indent=-1)
        return encoded + b"\n"

    def _append(self, line: bytes) -> None:
        with self._alone():
            end = os.lseek(self._descriptor, 0, os.SEEK_END)
            if end and os.pread(self._descriptor, 1, end - 1) != b"\n":
                line = b"\n" + line
            while line:  # on a disk that is nearly full a part goes first, and the rest raises
                line = line[os.write(self._descriptor, line) :]

    def _sync(self) -> None:
        os.fsync(self._descriptor)
        if not os.fstat(self._descriptor).st_nlink:
            raise FileNotFoundError(0, "it was removed while this run wrote to it")

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Hold the file. A signal that ends the run does not end the wait: what was done is still to be recorded."""

        def taken() -> bool | None:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return None
            return True

        try:
            Patience(LOCK_SECONDS).poll(taken, every=0.001, at_most=0.1)
        except OutOfTime:
            raise TimeoutError(0, f"another program has held it locked for {LOCK_SECONDS:g} s") from None
        try:
            yield
        finally:
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)


def begin(
    log: AuditLog, target: Target, command: tuple[str, ...], variables: Mapping[str, str], environ: Mapping[str, str]
) -> None:
    """Record who begins what, on the disk. command, variables: what was typed, and set. Raises NotRecorded."""
    given = target.credentials
    own = given.username if given.can_log_in else uid_of(given.token)
    login: Literal["token", "basic"] | None = "token" if given.can_log_in or given.token else None
    log.record(
        Begin(
            janitor=janitor.__version__,
            user=user(),
            sudo_user=environ.get("SUDO_USER"),
            host=socket.gethostname(),
            pid=os.getpid(),
            principal=given.mesos.principal if given.mesos is not None else own,
            login="basic" if given.mesos is not None else login,
            command=[*command],
            variables=dict(variables),
            cluster=target.dcos_url or target.mesos,
        ),
        sync=True,
    )


def end(log: AuditLog, status: int, meaning: str, error: str | None) -> None:
    """Record how the run ended, on the disk. Raises NotRecorded."""
    log.record(End(status=status, meaning=meaning, error=error), sync=True)


def user() -> str:
    """Who runs this, by the operating system: the name, or the number where there is none (in a container)."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


def _opened(path: str, named: str) -> int:
    """The file's descriptor, to read and to append. Raises UsageError."""
    try:
        # With O_NONBLOCK a pipe that nobody reads does not hold us up: it is refused below.
        flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NONBLOCK | os.O_CLOEXEC
        descriptor = os.open(path, flags, 0o600)
    except IsADirectoryError:
        raise UsageError(f"{named} is a directory; a file is wanted.") from None
    except FileNotFoundError:
        raise UsageError(
            f"{named}: there is no such directory.",
            remedy=do(
                "In a container, a directory of the host has to be mounted:",
                "docker run -v HOST_DIR:DIR IMAGE OPTIONS",
            ),
        ) from None
    except PermissionError:
        raise UsageError(
            f"{named} cannot be written: this user may not read and append to it.",
            remedy=do("In a container, run as this user:", 'docker run --user "$(id -u)" IMAGE OPTIONS').also(
                "Or name a file that the user may write to as whom it runs."
            ),
        ) from None
    except (OSError, ValueError) as error:
        reason = foreign(error.strerror or "") if isinstance(error, OSError) else "not a file name"
        raise UsageError(f"{named} cannot be written: {reason}.") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise UsageError(f"{named} is no regular file: what is written there could not be read again.")
    with contextlib.suppress(OSError):  # a new file's name is to survive a crash, too, where that can be had
        folder = os.open(Path(path).parent, os.O_RDONLY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    return descriptor


def _blanked(line: str, exact: frozenset[str], change: Callable[[str], str]) -> bytes:
    """The line with every text in it changed, but for the members that are exact."""
    members = msgspec.json.decode(line, type=dict[str, Raw])
    return msgspec.json.encode(
        {name: raw if name in exact else _each_text(msgspec.json.decode(raw), change) for name, raw in members.items()}
    )


def _each_text(value: object, change: Callable[[str], str]) -> object:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {change(str(key)): _each_text(below, change) for key, below in value.items()}
    if isinstance(value, list):
        return [_each_text(below, change) for below in value]
    return value
