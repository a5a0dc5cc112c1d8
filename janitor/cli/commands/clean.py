"""`janitor clean`, and a command line without a command: the drop-in."""

from __future__ import annotations

from janitor import exits
from janitor.cleanup.outcome import Outcome
from janitor.cli import logs
from janitor.cli.arguments.commands import Clean, Common
from janitor.cli.ending import Ending
from janitor.cli.engine import Engine
from janitor.cli.environment import Environment
from janitor.cli.views.document import document
from janitor.cli.views.live import watch
from janitor.cli.views.report import Report
from janitor.cli.views.transcript import Transcript
from janitor.errors import JanitorError, Refusal
from janitor.exits import Exit
from janitor.rules import Rule
from janitor.target import Run


def run(asked: Clean, env: Environment, engine: Engine) -> Ending:
    """Clean up, and show how it went. Raises JanitorError only for what keeps it from beginning."""
    with env.signals.politely():  # from here to the last line shown: what was done is to be told
        return _clean_and_tell(asked, env, engine)


def _clean_and_tell(asked: Clean, env: Environment, engine: Engine) -> Ending:
    show, target = asked.common.show, asked.common.target
    logs.configure(show.log_level, env.err)
    report = Report(env.err, quiet=show.quiet)
    transcript = Transcript(env.out, asked.job, target, verbose=show.verbose)
    if not show.json:
        transcript.opening()
    _announce(asked.common, report)
    error: JanitorError | None = None
    outcome: Outcome | None = None
    try:
        outcome = _clean(asked, env, engine, report)
        status = exits.of_dry_run(outcome.status, outcome.result, detailed=asked.detailed)
    except JanitorError as raised:
        error, status = raised, raised.exit_status
    try:
        if show.json:
            env.out.block(document(status, job=asked.job, target=target, outcome=outcome, error=error))
        elif outcome is not None:
            transcript.ending(outcome)
        else:
            transcript.tail(status)
    finally:  # what is left is told even where the transcript cannot be written
        if outcome is not None:
            report.outcome(outcome)
        elif error is not None:
            report.failure(error)
    rules: tuple[Rule, ...] = ()
    if outcome is not None:
        rules = tuple(blocked.rule for blocked in outcome.blocked)
    elif isinstance(error, Refusal):
        rules = (error.rule,)
    return Ending(status, rules, asked.job.dry_run, show.quiet)


def _announce(common: Common, report: Report) -> None:
    """Say what is unusual about the options."""
    if common.target.insecure:
        report.warning("--insecure: no certificate is verified, and whoever answers gets the token.", always=True)
    for text in common.notices:
        report.notice(text)


def _clean(asked: Clean, env: Environment, engine: Engine, report: Report) -> Outcome:
    """Have the engine do it, and show its events. When nothing is asked for, nobody is."""
    job = asked.job
    if job.role is None and job.principal is None and job.znode is None:
        notices = ("Neither a role (-r) nor a znode (-z) was given.",)
        return Outcome(Exit.FAILED, False, False, "", (), None, notices=notices, dry_run=job.dry_run)
    with watch(env, asked.common.show, report) as view:
        return engine.clean(job, Run(asked.common.target, asked.common.limits, view, env.stop))
