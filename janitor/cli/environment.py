"""What the process stands in: streams, terminal, variables, signals, clock. Nothing else asks the system for them."""

from __future__ import annotations

import _thread
import contextlib
import errno
import io
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from types import FrameType
from typing import TextIO

from janitor.cli.input import Input
from janitor.errors import Interrupted, JanitorError
from janitor.namedfile import Reading
from janitor.patience import Patience, Stop
from janitor.redact import Redactor
from janitor.secret import Secret
from janitor.words import folded, harmless

BETWEEN_WAITS = 60.0
"""Seconds between two lines about waiting, where nothing can move (a pipe, a container's log)."""

BETWEEN_STAYS = 3600.0
"""The same while all the rest is done, and a run stays for agents that are away."""


class Channel:
    """An output stream that never raises: `trouble` says what went wrong, and from then on it swallows what it gets.

    `used` tells whether anything was written. A reader that went away (EPIPE: `| head`) is no
    trouble, since it meant to.
    """

    def __init__(self, stream: TextIO, redact: Redactor, *, terminal: bool = False) -> None:
        self.stream = stream
        self.terminal = terminal
        self.trouble: str | None = None
        self.used = False
        self._redact = redact
        self._open = True

    def line(
        self,
        text: str = "",
        most: int | None = None,
        *,
        style: str = "",
        styled: int | None = None,
        width: int | None = None,
        hanging: int = 0,
    ) -> None:
        """Write one line, of at most `most` characters; nothing in `text` can begin another, or steer a terminal.

        style     how a terminal with colours shows it, in the words of rich, such as `bold red`; where `styled` is
                  given, only so many characters at its beginning
        width     columns of a terminal on which it is folded between words; what cannot be parted stays whole
        hanging   how far the lines are indented that follow on the first then
        """
        text = self._redact(text)
        if most is not None and len(text) > most:
            text = text[: most - 3] + "..."
        lines = [harmless(text)]
        if width is not None and len(text) >= width:
            lines = folded(lines[0], width, following=" " * hanging)
        for number, line in enumerate(lines):
            end = len(line) if styled is None else 0 if number else styled
            if style and end:
                from rich.style import Style

                line = Style.parse(style).render(line[:end]) + line[end:]
            self._write(line + "\n")

    def block(self, text: str) -> None:
        """Write several lines of our own making at once."""
        self._write("".join(harmless(line) + "\n" for line in self._redact(text).split("\n")))

    def exact(self, text: str) -> None:
        """Write one line that holds no secret, though a word in it may be spelled like one: it stays as it is."""
        self._write(harmless(text) + "\n")

    def shown(self, text: str) -> str:
        """What a line shows of a text: no secret, and nothing that could steer a terminal or begin another line."""
        return harmless(self._redact(text))

    def raw(self, text: str) -> None:
        """Write what is meant for the terminal itself: its caller has seen to secrets and to harm."""
        self._write(text)

    def _write(self, text: str) -> None:
        if not self._open:
            return
        self.used = True
        try:
            self.stream.write(text)
            self.stream.flush()
        except (OSError, ValueError) as error:
            self._open = False
            if not isinstance(error, BrokenPipeError):
                self.trouble = error.strerror or str(error) if isinstance(error, OSError) else str(error)


class Unbreakable(io.StringIO):
    """A channel as a stream, for those who write to one: never raises, where the stream itself does (a full disk)."""

    def __init__(self, channel: Channel) -> None:
        super().__init__()
        self._channel = channel

    def write(self, text: str, /) -> int:
        self._channel.raw(text)
        return len(text)


class Signals:
    """What Ctrl-C and SIGTERM do: the first raises the stop flag, the second ends the process at once.

    Outside of `politely` nothing listens to the flag, so the first one ends what is under way itself, as Interrupted.
    """

    def __init__(self, stop: Stop, *, say: Callable[[str], None], leave: Callable[[int], None]) -> None:
        self.stop = stop
        self._say = say
        self._leave = leave
        self._polite = False
        self._seen = 0

    def listen(self) -> None:
        """Take over the signals, except one that we were started to ignore (nohup, a shell's background job)."""
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self.handle)

    @contextlib.contextmanager
    def politely(self) -> Iterator[None]:
        """While this lasts a signal only raises the flag: who works inside listens to it, and ends in good order."""
        before, self._polite = self._polite, True
        try:
            yield
        finally:
            self._polite = before

    def handle(self, number: int, _frame: FrameType | None = None) -> None:
        """Take one signal. Public for tests; the system calls it otherwise."""
        self._seen += 1
        if self._seen > 1:
            self._leave(128 + number)
            return
        if not self._polite:
            self.stop.raise_(number)
            raise Interrupted(number)
        self._say("janitor: stopping; once more ends it at once.")
        # From a thread of its own: the flag takes a lock, which the interrupted code may hold at this very moment.
        _thread.start_new_thread(self.stop.raise_, (number,))


@dataclass(slots=True)
class Environment:
    """Everything that the command line takes from, or gives to, the system. Tests hand in their own.

    width    columns of the terminal; None to ask it each time, since it may change
    colour   whether colours are welcome: no NO_COLOR, and no terminal that is known to have none
    clock    monotonic seconds
    began    what the clock showed at the start: `--timeout` counts from there
    verbose_errors   show the traceback of a bug (`--log-level debug`)
    """

    stdin: Input
    out: Channel
    err: Channel
    environ: Mapping[str, str]
    stop: Stop
    signals: Signals
    redact: Redactor
    width: int | None = None
    colour: bool = False
    clock: Callable[[], float] = time.monotonic
    verbose_errors: bool = False
    on_leave: list[Callable[[], None]] = field(default_factory=list)
    began: float = field(init=False)

    def __post_init__(self) -> None:
        self.began = self.clock()

    @property
    def live(self) -> bool:
        """Whether stderr is a terminal on which something may move."""
        return self.err.terminal and self.environ.get("TERM", "") != "dumb"

    def coloured(self, channel: Channel) -> bool:
        """Whether what goes to a channel may have colours."""
        return self.colour and channel.terminal

    def columns(self, channel: Channel) -> int | None:
        """How wide the terminal of a channel is; None where it is none."""
        if not channel.terminal:
            return None
        return self.width or shutil.get_terminal_size().columns

    @property
    def can_ask(self) -> bool:
        """Whether somebody is there to answer: both the question and the answer need a terminal."""
        return self.err.terminal and self.stdin.isatty()

    def ask(self, question: str, patience: Patience) -> str:
        """Ask on the terminal, and give the answer without its newline; "" at the end of the input.

        The last line of `question` is what the answer is typed behind; what is before it is folded between words.

        Raises OutOfTime at the deadline, and Interrupted when a signal comes meanwhile.
        """
        *before, prompt = self.redact(question).splitlines()
        for line in before:
            self.err.line(line, width=self.columns(self.err))
        self.err.raw(harmless(prompt))
        try:
            return self.stdin.line(patience)
        except JanitorError:
            self.err.line()
            raise

    def reading(self, timeout: float, *, quiet: bool) -> Reading:
        """How files that were named are read in a run of so many seconds."""
        due = self.clock()

        def on_wait(what: str, waited: float, at_most: float) -> None:
            from janitor.cli.views.progress import waits
            from janitor.events import Waiting

            nonlocal due
            if not quiet and self.clock() >= due:
                due = self.clock() + BETWEEN_WAITS
                self.err.line(waits(Waiting(what, waited, at_most)))

        patience = Patience(timeout, stop=self.stop, clock=self.clock, began=self.began)
        stream = self.stdin.stream if self.stdin.descriptor is None else None
        return Reading(
            patience, on_wait, (lambda most: stream.read(most).encode("utf-8", "surrogateescape")) if stream else None
        )

    def hide(self, *secrets: Secret | None) -> None:
        """Never show these, on any stream or in any log."""
        self.redact.hide(*secrets)


def of_this_process() -> Environment:
    """The real one. From here on Ctrl-C and SIGTERM are ours."""
    redact, stop = Redactor(), Stop()
    on_leave: list[Callable[[], None]] = []

    def leave(status: int) -> None:
        for last_thing in on_leave:
            with contextlib.suppress(Exception):  # nothing may keep us: this is the second Ctrl-C
                last_thing()
        os._exit(status)

    signals = Signals(stop, say=_say_from_a_handler, leave=leave)
    signals.listen()
    out, err = _channel(sys.stdout, redact), _channel(sys.stderr, redact)
    return Environment(
        stdin=Input(sys.stdin if sys.stdin is not None else io.StringIO()),
        out=out,
        err=err,
        environ=os.environ,
        stop=stop,
        signals=signals,
        redact=redact,
        colour=not os.environ.get("NO_COLOR") and os.environ.get("TERM", "") not in ("", "dumb"),
        on_leave=on_leave,
    )


def close(env: Environment) -> None:
    """Let go of the streams, so that the interpreter finds nothing to complain about when it ends."""
    for channel, number in ((env.out, 1), (env.err, 2)):
        try:
            channel.stream.flush()
        except (OSError, ValueError):
            # What is still buffered can never be written; the interpreter would try once more, and print that.
            with open(os.devnull, "w") as nothing:
                os.dup2(nothing.fileno(), number)


def _channel(stream: TextIO | None, redact: Redactor) -> Channel:
    if stream is None:  # started with the stream closed (`>&-`)
        return Channel(io.StringIO(), redact)
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="backslashreplace")
    return Channel(stream, redact, terminal=stream.isatty())


def _say_from_a_handler(text: str) -> None:
    # Not through the stream: the signal may have come in the middle of a write to it, and streams are not reentrant.
    try:
        os.write(2, f"{text}\n".encode())
    except OSError as error:
        if error.errno not in {errno.EPIPE, errno.EBADF, errno.EAGAIN, errno.ENOSPC, errno.EIO}:
            raise
