"""`janitor status NAME`: where the service stands, what is stuck and why, and the exact next command."""

from __future__ import annotations

from janitor.cli.arguments.commands import Status
from janitor.cli.commands.site import at_site
from janitor.cli.ending import Ending
from janitor.cli.engine import Engine
from janitor.cli.environment import Environment
from janitor.cli.views.sitedocument import status_document
from janitor.exits import Exit
from janitor.uninstall.explain import standing
from janitor.uninstall.lost import check_lost
from janitor.uninstall.situation import WaitLimits
from janitor.uninstall.survey import Surveyor
from janitor.words import called


def run(asked: Status, env: Environment, engine: Engine) -> Ending:
    """One look. Ends with 0 when nothing of it is left, 10 when something is, 5 when that could not be told."""
    choice = asked.choice
    with at_site(asked.common, env, engine) as (site, _screen, report):
        surveyor = Surveyor(site, asked.name, choice)
        situation = surveyor.look()
        check_lost(choice, situation)
    stands = standing(situation, surveyor.why, choice, WaitLimits())
    status = {True: Exit.FOUND, False: Exit.CLEAN, None: Exit.FAILED}[stands.left]
    if asked.common.show.json:
        env.out.block(status_document(status, situation, stands))
        return Ending(status)
    env.out.line(f"Service {called(situation.service.name)}")
    for line in stands.lines:
        env.out.line(f"  {line}")
    if stands.stuck:
        env.out.line("Stuck")
        for line in stands.stuck:
            env.out.line(f"  {line}")
    if stands.missing:
        env.out.line("Missing")
        for line in stands.missing:
            env.out.line(f"  {line}")
    env.out.line(f"Next: {stands.next}")
    if status == Exit.FAILED:
        report.error(f"Whether something is left cannot be told: {stands.untold}")
    return Ending(status)
