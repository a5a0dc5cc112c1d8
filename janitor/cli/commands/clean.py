"""`janitor clean`, and a command line without a command: the drop-in."""

from __future__ import annotations

from dataclasses import replace

from janitor.cleanup.outcome import Outcome
from janitor.cli.arguments.commands import Clean, Save
from janitor.cli.results import Cleaned
from janitor.cli.session import Session
from janitor.errors import JanitorError
from janitor.exits import Exit
from janitor.message import do
from janitor.words import command, own_command


def run(asked: Clean, session: Session) -> Cleaned:
    """Clean up; when nothing is asked for, nobody is. Raises JanitorError only for what keeps it from beginning."""
    job = asked.job
    if job.role is None and job.principal is None and job.znode is None:
        notices = ("Neither a role (-r) nor a znode (-z) was given.",)
        outcome = Outcome(Exit.FAILED, False, False, "", (), None, notices=notices, dry_run=job.dry_run)
    else:
        if asked.save is not None:
            from janitor.records.plan import check_new

            check_new(asked.save.path, asked.save.source)
        outcome = session.clean(job)
    if asked.save is not None:
        outcome = _saved(outcome, asked, asked.save)
    return Cleaned.of(outcome, detailed=asked.detailed)


def _saved(outcome: Outcome, asked: Clean, to: Save) -> Outcome:
    """Save what a dry run would remove, and say so; only where it saw all of it, and may remove it."""
    if outcome.result != "would-remove" or outcome.seen is None:
        why = "there is nothing to remove" if outcome.status == Exit.CLEAN else "it would not be whole"
        return replace(outcome, notices=(*outcome.notices, f"No plan was saved: {why}."))
    from janitor.records.plan import plan_of, save

    target, znode = asked.common.target, outcome.znode
    plan = plan_of(
        asked.job,
        outcome.seen,
        url=target.dcos_url or target.mesos,
        version=outcome.version,
        nodes=znode.nodes if znode is not None else None,
    )
    try:
        save(plan, to.path, to.source)
    except JanitorError as error:
        return replace(outcome, error=(error.message, error.remedy), status=error.exit_status)
    apply = own_command(target.reach, "apply", to.path)
    saved = do(f"The plan is saved in {command(to.path)} ({plan.digest}).").also("To do that and nothing else:", apply)
    return replace(outcome, notices=(*outcome.notices, saved))
