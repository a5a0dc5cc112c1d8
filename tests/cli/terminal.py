"""The command line in-process: streams as arguments, an engine that plays what it is told, nothing of the system."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from janitor.cleanup.job import Job
from janitor.cleanup.outcome import Outcome
from janitor.cli.engine import Engine
from janitor.cli.environment import Channel, Environment, Signals
from janitor.cli.input import Input
from janitor.cli.main import main
from janitor.dcos.marathon import App
from janitor.events import Event
from janitor.journal import Journal
from janitor.patience import Patience, Stop
from janitor.redact import Redactor
from janitor.target import Limits, Run, Target
from janitor.transport.http import Reply


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class PlayedMarathon:
    """A Marathon of one app, or of none."""

    apps: Mapping[str, App]
    reply: Reply | None = None
    error: Exception | None = None
    asked: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)

    def app(self, id: str, /) -> App | None:
        self.asked.append(id)
        if self.error is not None:
            raise self.error
        return self.apps.get(id)

    def delete(self, id: str, /) -> Reply:
        self.deleted.append(id)
        assert self.reply is not None
        return self.reply


class PlayedEngine(Engine):
    """Tells `events`, then gives `outcome` or raises `error`; remembers what it was asked for."""

    def __init__(
        self,
        outcome: Outcome | None = None,
        *,
        error: Exception | None = None,
        events: Sequence[Event | Callable[[], None]] = (),
        marathon: PlayedMarathon | None = None,
    ) -> None:
        self.outcome = outcome
        self.error = error
        self.events = events
        self.played_marathon = marathon
        self.jobs: list[tuple[Job, Target, Limits]] = []
        self.marathon_targets: list[Target] = []
        self.marathon_patience: list[float] = []

    def clean(self, job: Job, run: Run) -> Outcome:
        self.jobs.append((job, run.target, run.limits))
        for event in self.events:
            if isinstance(event, Event):
                run.view(event)
            else:
                event()
        if self.error is not None:
            raise self.error
        assert self.outcome is not None, "the engine was asked, which it should not have been"
        return self.outcome

    def marathon(self, target: Target, patience: Patience, journal: Journal | None = None) -> PlayedMarathon:
        self.marathon_targets.append(target)
        self.marathon_patience.append(patience.remaining())
        assert self.played_marathon is not None, "Marathon was asked, which it should not have been"
        return self.played_marathon


@dataclass
class Ran:
    """What a run left: its streams and its status."""

    status: int
    stdout: str
    stderr: str


def environment(
    environ: Mapping[str, str] | None = None,
    *,
    stdin: str = "",
    terminal: bool = False,
    columns: int | None = None,
    colour: bool = False,
    clock: Callable[[], float] | None = None,
) -> Environment:
    """An environment in memory. `terminal` makes stderr one, `columns` makes stdout one of that width."""
    redact, stop = Redactor(), Stop()
    left: list[int] = []
    return Environment(
        stdin=Input(io.StringIO(stdin)),
        out=Channel(io.StringIO(), redact, terminal=columns is not None),
        err=Channel(io.StringIO(), redact, terminal=terminal),
        environ=dict(environ or {}),
        stop=stop,
        signals=Signals(stop, say=lambda _: None, leave=left.append),
        redact=redact,
        width=columns or 80,
        colour=colour,
        clock=clock or Clock(),
    )


def written(channel: Channel) -> str:
    """What has been written to a channel of `environment`."""
    assert isinstance(channel.stream, io.StringIO)
    return channel.stream.getvalue()


def janitor(
    *argv: str,
    engine: Engine | None = None,
    environ: Mapping[str, str] | None = None,
    stdin: str = "",
    terminal: bool = False,
    columns: int | None = None,
    colour: bool = False,
    clock: Callable[[], float] | None = None,
) -> Ran:
    """Run the command line as `janitor argv...` would, without a process.

    The real engine takes the real time, from which a run's deadline counts; the played one a clock that stands.
    """
    if clock is None and type(engine) is Engine:
        clock = time.monotonic
    env = environment(environ, stdin=stdin, terminal=terminal, columns=columns, colour=colour, clock=clock)
    status = main(argv, env, engine or PlayedEngine())
    return Ran(status, written(env.out), written(env.err))
