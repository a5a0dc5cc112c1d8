"""`janitor uninstall NAME`: start it, watch it, explain what is stuck, finish it."""

from __future__ import annotations

import dataclasses

from janitor.cli.arguments.commands import Uninstall
from janitor.cli.commands.site import at_site
from janitor.cli.confirm import Confirm
from janitor.cli.ending import Ending
from janitor.cli.engine import Engine
from janitor.cli.environment import Environment
from janitor.cli.views.report import Report
from janitor.cli.views.sitedocument import uninstall_document
from janitor.exits import Exit
from janitor.uninstall.drive import MOST_TOLD, Driver
from janitor.uninstall.ended import Ended
from janitor.uninstall.missing import missing_lines
from janitor.uninstall.survey import Surveyor


def run(asked: Uninstall, env: Environment, engine: Engine) -> Ending:
    """Uninstall the service to its end. Raises JanitorError only for what keeps it from beginning."""
    with at_site(asked.common, env, engine) as (site, screen, report):
        driver = Driver(
            site=site,
            surveyor=Surveyor(site, asked.name, asked.choice),
            choice=asked.choice,
            patience=site.patience,
            view=screen,
            confirm=Confirm(env, screen, site.patience, yes=asked.yes),
            dry_run=asked.dry_run,
            reach=asked.common.target.reach,
        )
        ended = driver.run()
    if asked.detailed and ended.status == Exit.CLEAN and would_change(ended):
        ended = dataclasses.replace(ended, status=Exit.FOUND)
    return _tell(asked, ended, env, report)


def would_change(ended: Ended) -> bool:
    """Whether a run would do something after this dry run: more than to prove that nothing is there."""
    cleanups = [outcome.result for outcome in ended.cleanups]
    return bool(ended.next) and (not cleanups or "would-remove" in cleanups)


def _tell(asked: Uninstall, ended: Ended, env: Environment, report: Report) -> Ending:
    if asked.common.show.json:
        env.out.block(uninstall_document(asked.name, ended))
    else:
        forced = [step for step in ended.taken if step.startswith("Force ")]
        for step in ended.taken:
            if step not in forced[MOST_TOLD:]:
                env.out.line(f"Done: {step}")
        if len(forced) > MOST_TOLD:
            env.out.line(f"Done: Force {len(forced) - MOST_TOLD} more steps")
        if ended.next:
            env.out.line(f"A run would now: {ended.next}")
        for line in missing_lines(ended.given_up):
            env.out.line(f"Given up on: {line}")
        if ended.comebacks:
            env.out.line("For the day that it returns all the same:")
            for command in ended.comebacks:
                env.out.line(f"  {command}")
        if ended.status == Exit.CLEAN and not ended.next:
            env.out.line(ended.why or ended.summary)
    for outcome in ended.cleanups:
        report.outcome(outcome)
    if ended.why and ended.status != Exit.CLEAN:
        report.error(ended.why, ended.remedy)
    return Ending(ended.status)
