"""`janitor service list [--inactive]` and `janitor service shutdown ID|NAME`."""

from __future__ import annotations

from janitor import rules
from janitor.cleanup.refusals import clusters_own
from janitor.cli.arguments.commands import ServiceList, ServiceShutdown
from janitor.cli.commands.site import at_site
from janitor.cli.confirm import Confirm
from janitor.cli.ending import Ending
from janitor.cli.engine import Engine
from janitor.cli.environment import Environment
from janitor.cli.views.sitedocument import frameworks_document
from janitor.cli.views.tables import columns
from janitor.dcos.naming import is_clusters_own, near_names
from janitor.errors import NotConfirmed, Refusal, UsageError
from janitor.exits import Exit
from janitor.mesos.cluster import Framework
from janitor.words import called, listed

_CHANGED = "It changed while the question waited for its answer, and nothing was done."
_LOOK = "See what there is now: janitor service list --inactive"


def run(asked: ServiceList | ServiceShutdown, env: Environment, engine: Engine) -> Ending:
    """List the frameworks, or shut one down. Raises JanitorError."""
    return _list(asked, env, engine) if isinstance(asked, ServiceList) else _shut_down(asked, env, engine)


def _list(asked: ServiceList, env: Environment, engine: Engine) -> Ending:
    with at_site(asked.common, env, engine) as (site, _screen, _report):
        frameworks = site.frameworks()
    shown = [one for one in frameworks if not one.completed and (one.active or asked.inactive)]
    shown.sort(key=lambda framework: (framework.name, framework.id))
    if asked.common.show.json:
        env.out.block(frameworks_document(shown))
        return Ending(Exit.CLEAN)
    rows = [
        (
            one.name,
            "True" if one.active else "False",
            ",".join(one.roles),
            one.principal or "-",
            str(len(one.allocated)),
            one.id,
        )
        for one in shown
    ]
    for line in columns(("NAME", "ACTIVE", "ROLES", "PRINCIPAL", "HOLDS", "ID"), rows):
        env.out.line(line)
    return Ending(Exit.CLEAN)


def _shut_down(asked: ServiceShutdown, env: Environment, engine: Engine) -> Ending:
    with at_site(asked.common, env, engine) as (site, screen, report):
        frameworks = [one for one in site.frameworks() if not one.completed]
        framework = _meant(asked.framework, frameworks)
        if not asked.cluster_framework and is_clusters_own(framework.name, framework.principal):
            raise clusters_own(framework.name or framework.id)
        held = listed((str(item) for item in framework.allocated), 6, "nothing")
        shown = f"{called(framework.name)} ({framework.id})"
        report.told(
            f"Framework {shown}",
            (
                f"roles: {listed(framework.roles)}; principal: {called(framework.principal or 'none')}",
                f"holds: {held}",
                "Its tasks end; its reservations and volumes stay, and are offered to others of the role.",
            ),
        )
        confirm = Confirm(env, screen, site.patience, yes=asked.yes)
        if not confirm(
            f"Shut down framework {called(framework.name)} with all its tasks?", framework.name or framework.id
        ):
            raise NotConfirmed("Not confirmed: nothing was done.")
        now = next((one for one in site.frameworks() if one.id == framework.id), None)
        if now is None or now.completed:
            raise Refusal(f"{_CHANGED} Framework {shown} is gone.", rule=rules.O6, remedy=_LOOK)
        if (now.name, now.principal, now.active) != (framework.name, framework.principal, framework.active):
            state = "active" if now.active else "inactive"
            raise Refusal(f"{_CHANGED} Framework {shown} is now {state}.", rule=rules.O6, remedy=_LOOK)
        site.shut_down(framework.id, framework.principal)
    env.out.line(f"Framework {shown} is shut down.")
    return Ending(Exit.CLEAN)


def _meant(word: str, frameworks: list[Framework]) -> Framework:
    """The framework of this id, or the only one of this name. Raises UsageError."""
    by_id = [one for one in frameworks if one.id == word]
    named = by_id or [one for one in frameworks if one.name.strip("/") == word.strip("/")]
    if len(named) == 1:
        return named[0]
    if named:
        ids = listed((f"{one.id} ({'active' if one.active else 'inactive'})" for one in named), 20)
        raise UsageError(f"{len(named)} frameworks are named {word}: {ids}.", remedy="Give the id of the one you mean.")
    near = near_names(word, [one.name for one in frameworks if one.name])
    remedy = f"Did you mean {called(near[0])}?" if near else "See what there is: janitor service list --inactive"
    raise UsageError(f"There is no framework {word}.", remedy=remedy)
