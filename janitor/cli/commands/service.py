"""`janitor service list [--inactive]` and `janitor service shutdown ID|NAME`."""

from __future__ import annotations

from janitor import rules
from janitor.cleanup.refusals import clusters_own
from janitor.cli.arguments.commands import ServiceList, ServiceShutdown
from janitor.cli.results import FrameworksFound, FrameworkShutDown, Rehearsed
from janitor.cli.session import Session
from janitor.dcos.naming import is_clusters_own
from janitor.errors import Refusal
from janitor.events import Told
from janitor.message import do
from janitor.uninstall.service import framework_meant, listing
from janitor.words import called, listed

_CHANGED = "It changed while you were asked, and nothing was done."


def run(asked: ServiceList | ServiceShutdown, session: Session) -> FrameworksFound | FrameworkShutDown | Rehearsed:
    """List the frameworks, or shut one down. Raises JanitorError."""
    if isinstance(asked, ServiceShutdown):
        return _shut_down(asked, session)
    shown = [one for one in session.site.frameworks() if not one.completed and (one.active or asked.inactive)]
    return FrameworksFound(tuple(sorted(shown, key=lambda framework: (framework.name, framework.id))))


def _shut_down(asked: ServiceShutdown, session: Session) -> FrameworkShutDown | Rehearsed:
    site = session.site
    framework = framework_meant(asked.framework, [one for one in site.frameworks() if not one.completed], site.reach)
    if not asked.cluster_framework and is_clusters_own(framework.name, framework.principal):
        raise clusters_own(framework.name or framework.id, site.reach)
    shown = f"{called(framework.name)} ({framework.id})"
    details = (
        f"roles: {listed(framework.roles)}; principal: {called(framework.principal or 'none')}",
        f"holds: {listed((str(item) for item in framework.allocated), 6, 'nothing')}",
        "Its tasks end; its reservations and volumes stay, and are offered to others of the role.",
    )
    if asked.dry_run:
        return Rehearsed.of((f"Shut down framework {shown}", *details), detailed=asked.detailed, framework=framework)
    session.view(Told(f"Framework {shown}", details))
    question = f"Shut down framework {called(framework.name)} with all its tasks?"
    session.insist(question, framework.name or framework.id, yes=asked.yes)
    look = do("See what there is now:", listing(site.reach))
    now = next((one for one in site.frameworks() if one.id == framework.id), None)
    if now is None or now.completed:
        raise Refusal(f"{_CHANGED} Framework {shown} is gone.", rule=rules.O6, remedy=look)
    if (now.name, now.principal, now.active) != (framework.name, framework.principal, framework.active):
        state = "active" if now.active else "inactive"
        raise Refusal(f"{_CHANGED} Framework {shown} is now {state}.", rule=rules.O6, remedy=look)
    site.shut_down(framework.id, framework.principal)
    return FrameworkShutDown(framework)
