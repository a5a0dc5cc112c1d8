"""How every command runs: its work under a view, with the engine, one deadline and one stop flag; then its result."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from janitor.cli.arguments.local import NoCluster
from janitor.cli.arguments.verbs import COMMANDS
from janitor.cli.confirm import Confirm
from janitor.cli.engine import Engine
from janitor.cli.environment import Environment
from janitor.cli.results import Result, failed
from janitor.cli.views.view import View
from janitor.errors import JanitorError, NotConfirmed, NotRecorded
from janitor.exits import Exit
from janitor.target import Run

if TYPE_CHECKING:
    from janitor.cleanup.job import Job
    from janitor.cleanup.outcome import Outcome
    from janitor.cli.arguments.commands import Arguments, Common, OnCluster
    from janitor.cli.views.live import Screen
    from janitor.connect import DcosSite
    from janitor.journal import Journal
    from janitor.records.log import AuditLog


class Command(Protocol):
    """A module of `janitor.cli.commands`. Its `run` gets what was asked for, and a Session; without a cluster, the
    Environment instead. It raises JanitorError."""

    run: Callable[[Any, Any], Result]


class Session:
    """What a command works with. It never prints: it hands events to `view`, and gives its result back."""

    def __init__(
        self, env: Environment, engine: Engine, common: Common, screen: Screen, journal: Journal | None = None
    ) -> None:
        self.view = screen
        self._env = env
        self._engine = engine
        self._run = Run(common.target, common.limits, screen, env.stop, journal)
        self._close: Callable[[], None] = lambda: None

    def clean(self, job: Job) -> Outcome:
        """The clean-up. Raises JanitorError only for what is wrong before there is an outcome."""
        return self._engine.clean(job, self._run)

    @cached_property
    def site(self) -> DcosSite:
        """The cluster, logged in to. Raises JanitorError for what keeps a login from succeeding."""
        site = self._engine.site(self._run)
        self._close = site.close
        site.login()
        return site

    @property
    def width(self) -> int | None:
        """Columns of the terminal on which an operator is asked; None where there is none."""
        return self._env.columns(self._env.err)

    def confirm(self, *, yes: bool) -> Confirm:
        """What asks the operator, within the run's time; with `yes`, every question counts as answered."""
        return Confirm(self._env, self.view, self.site.patience, yes=yes)

    def insist(self, question: str, name: str, *, yes: bool) -> None:
        """Ask, and go on only when it was confirmed. Raises NotConfirmed."""
        if not self.confirm(yes=yes)(question, name):
            raise NotConfirmed("Not confirmed: nothing was done.")

    def close(self) -> None:
        """End every connection."""
        self._close()


def load(command: str, env: Environment) -> Command:
    """The module of a command. It is imported only now: the help should not wait for an HTTP library.

    From then on the time of the run counts.
    """
    module: Command = importlib.import_module(COMMANDS[command].module)
    env.began = env.clock()
    return module


class Trail:
    """The audit log of a run, where one was asked for. It stays open after the end of the run: the Marathon app goes
    only then.
    """

    def __init__(self, env: Environment) -> None:
        self._env = env
        self._log: AuditLog | None = None

    def begin(self, common: Common) -> AuditLog | None:
        """Open the log that was asked for, with who begins what in it. Raises UsageError and NotRecorded."""
        audit, env = common.audit, self._env
        if audit is not None:
            from janitor.records.log import AuditLog, begin

            log = AuditLog(audit.path, audit.source, env.redact)
            begin(log, common.target, audit.command, dict(audit.variables), env.environ)
            self._log = log
        return self._log

    def end(self, result: Result, view: View) -> Result:
        """The result, once its end is in the audit log: where that cannot be written, it is no success."""
        if self._log is None:
            return result
        try:
            self._record_end(self._log, result)
        except NotRecorded as error:
            view.report.error(error.message, error.remedy)
            if result.status == Exit.CLEAN:
                return replace(result, status=error.exit_status)
        return result

    def journal(self, common: Common, result: Result) -> Journal | None:
        """What takes down what is done after the end, None where nobody asked for that.

        A run that ended before it had a log gets one now. Raises UsageError and NotRecorded.
        """
        if self._log is None and (log := self.begin(common)) is not None:
            self._record_end(log, result)
        return self._log

    def close(self) -> None:
        """Let the file go. Never raises."""
        if self._log is not None:
            self._log.close()

    def _record_end(self, log: AuditLog, result: Result) -> None:
        from janitor.records.log import end

        end(log, result.status, result.meaning, result.why)


def run(command: Command, asked: Arguments, view: View, env: Environment, engine: Engine, trail: Trail) -> Result:
    """Run a command and show what it came to. The audit log stays open.

    Raises JanitorError only before anything is shown, and by a command that reaches no cluster.
    """
    if isinstance(asked, NoCluster):
        result = command.run(asked, env)
        view.show(result)
        return result
    with env.signals.politely():  # from here to the last line shown: what was done is to be told
        return _on_cluster(command, asked, view, env, engine, trail)


def _on_cluster(
    command: Command, asked: OnCluster, view: View, env: Environment, engine: Engine, trail: Trail
) -> Result:
    from janitor.cli import logs
    from janitor.cli.views.live import watch

    common = asked.common
    logs.configure(common.show.log_level, env.err)
    view.begin(common)
    try:
        log = trail.begin(common)
        with watch(env, common.show, view.report, view.planned) as screen:
            session = Session(env, engine, common, screen, log)
            try:
                result = command.run(asked, session)
            finally:
                session.close()
    except JanitorError as error:
        result = failed(error)
    result = trail.end(result, view)
    view.show(result)
    return result
