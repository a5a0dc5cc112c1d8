"""`janitor clean`, and a command line without a command: the drop-in."""

from __future__ import annotations

from janitor.cleanup.outcome import Outcome
from janitor.cli.arguments.commands import Clean
from janitor.cli.results import Cleaned
from janitor.cli.session import Session
from janitor.exits import Exit


def run(asked: Clean, session: Session) -> Cleaned:
    """Clean up; when nothing is asked for, nobody is. Raises JanitorError only for what keeps it from beginning."""
    job, to = asked.job, asked.save
    if job.role is None and job.principal is None and job.znode is None:
        notices = ("Neither a role (-r) nor a znode (-z) was given.",)
        outcome = Outcome(Exit.FAILED, False, False, "", (), None, notices=notices, dry_run=job.dry_run)
    else:
        if to is not None:
            from janitor.records import plan

            plan.check_new(to.path, to.source)
        outcome = session.clean(job)
    if to is not None:
        from janitor.records import plan

        outcome = plan.saved(outcome, job, asked.common.target, to.path, to.source)
    return Cleaned.of(outcome, detailed=asked.detailed)
