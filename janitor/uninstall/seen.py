"""What one look at a service brought, as one value: what was asked and what was answered. Nothing is decided here."""

from __future__ import annotations

from dataclasses import dataclass

from janitor.cleanup.inventory import Inventory
from janitor.dcos.marathon import App
from janitor.dcos.scheduler import Plan, PodInstance
from janitor.holdings.holding import Reserved
from janitor.mesos.cluster import Snapshot, Unknown


@dataclass(frozen=True, slots=True)
class Seen:
    """One look. What could not be read is Unknown, with the reason (rule L4); what was not asked is None.

    name       of the service, as the operator gave it
    apps       every app of Marathon, which was asked before Mesos
    no_apps    why Marathon could not be read: then there are none here, and whether there is one is not known
    inventory  Mesos
    reserved   every dynamic reservation that Mesos shows, counted
    claimed    the framework's id that its scheduler says is its own, where several frameworks bear its name
    dcos       (major, minor) of DC/OS, where that decides; None also when it cannot be told
    znodes     which znodes were looked at, in order, and whether each exists
    plan       the plan of its scheduler, which was asked after Mesos
    pods       the pods of its scheduler
    reach      the options that name this cluster: a command that is printed has to mean the same one
    """

    name: str
    apps: tuple[App, ...]
    inventory: Inventory
    reserved: tuple[Reserved, ...] = ()
    claimed: str | Unknown | None = None
    dcos: tuple[int, int] | None = None
    znodes: tuple[tuple[str, bool | Unknown], ...] = ()
    plan: Plan | Unknown | None = None
    pods: tuple[PodInstance, ...] | Unknown | None = None
    reach: tuple[str, ...] = ()
    no_apps: Unknown | None = None

    @property
    def snapshot(self) -> Snapshot:
        return self.inventory.snapshot

    @property
    def now(self) -> float:
        """Seconds on the run's own clock when Mesos was asked."""
        return self.inventory.now
