"""`janitor status NAME`: where the service stands, what is stuck and why, and the exact next command."""

from __future__ import annotations

from janitor.cli.commands.site import at_site
from janitor.cli.commands.uninstall import choice_of
from janitor.cli.ending import Ending
from janitor.cli.engine import Engine
from janitor.cli.environment import Environment
from janitor.cli.grammar import Command
from janitor.cli.sitesettings import site_settings
from janitor.cli.views.sitedocument import status_document
from janitor.exits import Exit
from janitor.uninstall.explain import standing
from janitor.uninstall.lost import check_lost
from janitor.uninstall.situation import WaitLimits
from janitor.uninstall.survey import Surveyor
from janitor.words import called


def run(command: Command, env: Environment, engine: Engine) -> Ending:
    """One look. Ends with 0 when nothing of it is left, 10 when something is, 5 when that could not be told."""
    chosen = site_settings(command, env)
    choice = choice_of(chosen)
    with at_site(chosen, env, engine) as (site, _screen, report):
        surveyor = Surveyor(site, command.words[0], choice)
        situation = surveyor.look()
        check_lost(choice, situation)
    stands = standing(situation, surveyor.why, choice, WaitLimits())
    status = {True: Exit.FOUND, False: Exit.CLEAN, None: Exit.FAILED}[stands.left]
    if chosen.show.json:
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
