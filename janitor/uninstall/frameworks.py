"""Which of the frameworks of a service's name are its own: those of the first look, whatever comes later."""

from __future__ import annotations

from dataclasses import dataclass

from janitor.cleanup.claims import SETTLED_AFTER
from janitor.dcos.scheduler import NoSuchElement, SchedulerAway
from janitor.errors import BadAnswer, UsageError
from janitor.mesos.cluster import Framework, Snapshot
from janitor.uninstall.service import Service, is_uninstalling
from janitor.uninstall.site import Site
from janitor.words import called, listed


@dataclass(slots=True)
class Frameworks:
    """Remembers which frameworks are the service's own. settled: it is known which they are, or that there is none."""

    site: Site
    own: frozenset[str] = frozenset()
    settled: bool = False

    def split(self, snapshot: Snapshot, service: Service) -> tuple[tuple[Framework, ...], tuple[Framework, ...]]:
        """(its own, those of the same name that came later), of the registered ones.

        Its own are those of the first look; a leader that is younger than a minute may not know them yet (rule O2).
        """
        named = [f for f in snapshot.frameworks if f.id in service.framework_ids and not f.completed]
        if not self.settled:
            self.own |= frozenset(framework.id for framework in self._told_apart(named, service))
            age = snapshot.leader.age
            self.settled = bool(self.own) or age is None or age >= SETTLED_AFTER
        ours = tuple(framework for framework in named if framework.id in self.own)
        return ours, tuple(framework for framework in named if framework.id not in self.own)

    def _told_apart(self, named: list[Framework], service: Service) -> list[Framework]:
        """The frameworks that are meant. Of several, the one that its scheduler says is its own.

        Raises UsageError when nothing tells which is meant.
        """
        if len(named) <= 1:
            return named
        told = None
        if service.app is not None and not is_uninstalling(service.app):
            try:
                told = self.site.scheduler(service.scheduler_name).framework_id()
            except (SchedulerAway, NoSuchElement, BadAnswer):
                told = None
        meant = [f for f in named if f.id == told] or [f for f in named if f.active]
        if len(meant) == 1 and service.app is not None:
            return meant
        ids = listed((f"{f.id} ({'active' if f.active else 'inactive'})" for f in named), 20)
        raise UsageError(
            f"{len(named)} frameworks are named {called(service.name)}: {ids}.",
            remedy="Shut down those that are over, one by one: janitor service shutdown ID",
        )
