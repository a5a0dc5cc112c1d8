"""`janitor uninstall NAME`: start it, watch it, explain what is stuck, finish it."""

from __future__ import annotations

import dataclasses

from janitor.cleanup.job import CLUSTER_FRAMEWORK
from janitor.cli.commands.site import at_site
from janitor.cli.confirm import Confirm
from janitor.cli.ending import Ending
from janitor.cli.engine import Engine
from janitor.cli.environment import Environment
from janitor.cli.grammar import Command
from janitor.cli.settings import detailed_exitcode, overrides_of
from janitor.cli.sitesettings import SiteSettings, site_settings
from janitor.cli.views.report import Report
from janitor.cli.views.sitedocument import uninstall_document
from janitor.errors import UsageError
from janitor.exits import Exit
from janitor.uninstall.drive import MOST_TOLD, Driver
from janitor.uninstall.ended import Ended
from janitor.uninstall.missing import missing_lines
from janitor.uninstall.situation import Choice, Way
from janitor.uninstall.survey import Surveyor
from janitor.zookeeper.paths import znode_path


def run(command: Command, env: Environment, engine: Engine) -> Ending:
    """Uninstall the service to its end. Raises JanitorError only for what keeps it from beginning."""
    chosen = site_settings(command, env)
    choice, detailed = choice_of(chosen), detailed_exitcode(chosen.sources)
    with at_site(chosen, env, engine) as (site, screen, report):
        driver = Driver(
            site=site,
            surveyor=Surveyor(site, command.words[0], choice),
            choice=choice,
            patience=site.patience,
            view=screen,
            confirm=Confirm(env, screen, site.patience, yes=chosen.sources.switch("yes")),
            dry_run=chosen.sources.switch("dry-run"),
            reach=chosen.target.reach,
        )
        ended = driver.run()
    if detailed and ended.status == Exit.CLEAN and would_change(ended):
        ended = dataclasses.replace(ended, status=Exit.FOUND)
    return _tell(command.words[0], ended, chosen, env, report)


def would_change(ended: Ended) -> bool:
    """Whether a run would do something after this dry run: more than to prove that nothing is there."""
    cleanups = [outcome.result for outcome in ended.cleanups]
    return bool(ended.next) and (not cleanups or "would-remove" in cleanups)


def choice_of(chosen: SiteSettings) -> Choice:
    """What the switches ask for. Raises UsageError for two ways at once."""
    sources = chosen.sources
    ways: list[Way] = []
    if sources.switch("legacy"):
        ways.append("legacy")
    if sources.switch("manual"):
        ways.append("manual")
    if len(ways) > 1:
        raise UsageError("--legacy and --manual are two ways: which one is meant?")
    package = sources.value("package")
    # Typed for this service: a variable that is set for `janitor clean` names the znode of another one.
    znode = sources.value("zk_path") if sources.on_command_line("zk_path") else None
    if znode is not None and sources.switch("no-znode"):
        raise UsageError("-z names a znode, and --no-znode says that there is none: which one is meant?")
    return Choice(
        way=ways[0] if ways else None,
        package=package.text if package else None,
        force_missing=sources.switch("force-complete-missing"),
        lost_agents=tuple(value.text for value in sources.values("lost-agent")),
        znode=znode_path(znode.text).strip("/") if znode is not None else None,
        no_znode=sources.switch("no-znode"),
        cluster_framework=CLUSTER_FRAMEWORK in overrides_of(sources, (CLUSTER_FRAMEWORK,)),
    )


def _tell(name: str, ended: Ended, chosen: SiteSettings, env: Environment, report: Report) -> Ending:
    if chosen.show.json:
        env.out.block(uninstall_document(name, ended))
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
