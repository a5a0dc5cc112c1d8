"""`janitor clean`, and a command line without a command: the drop-in."""

from __future__ import annotations

from janitor import exits
from janitor.cleanup.outcome import Outcome
from janitor.cli.arguments.commands import Clean
from janitor.cli.results import Cleaned
from janitor.cli.session import Session
from janitor.exits import Exit


def run(asked: Clean, session: Session) -> Cleaned:
    """Clean up; when nothing is asked for, nobody is. Raises JanitorError only for what keeps it from beginning."""
    job = asked.job
    if job.role is None and job.principal is None and job.znode is None:
        notices = ("Neither a role (-r) nor a znode (-z) was given.",)
        outcome = Outcome(Exit.FAILED, False, False, "", (), None, notices=notices, dry_run=job.dry_run)
    else:
        outcome = session.clean(job)
    changes = outcome.result == "would-remove"
    return Cleaned(outcome, status=exits.of_dry_run(outcome.status, changes=changes, detailed=asked.detailed))
